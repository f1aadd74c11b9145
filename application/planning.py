"""Which steps and approvers a send would give a request now: its process asked of today's directory."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from application import cumulating
from application.calendars import Calendars
from application.resuming import Resumed, resumed, with_carried
from approval.calendar import BusinessCalendar
from approval.changes import ProposedChange
from approval.line_decisions import FIELD as LINE_DECISION
from approval.matrix import matched
from approval.model import Code, FieldError, Frozen, Refusal, RefusedError, StepState, refuse
from approval.process import PurchaseProcess
from approval.routing import (
    Replanned,
    Rerouted,
    RoutedStep,
    StepPlan,
    evaluations,
    plan_again,
    plan_round,
    route,
    sources,
)
from approval.state import Assignment, Step
from crm import directory, processes, requests
from crm.pool import Connection, Pool
from crm.processes import ProcessVersion
from crm.records import RequestRecord
from crm.visibility import Viewer

_AT_ONCE: Final = 40_000
"""Evaluations that are asked for on the event loop: a millisecond. What takes longer goes to a thread. The evaluator holds
Python's lock for as long as one condition takes, so that others wait for one condition, never for a whole process.
"""


class Preview(Frozen):
    """What a send would run now, and the first thing that would refuse it."""

    steps: tuple[RoutedStep, ...]
    refusal: Refusal | None
    resumed: Mapping[str, Resumed] = {}
    """Of a resend by delta: what it does with each step."""
    request: RequestRecord | None = None
    """As it would be sent: with what it is added up to with others; None: nobody knows the process."""


class Planned(Frozen):
    """The round that a send begins."""

    process: ProcessVersion
    steps: tuple[StepPlan, ...]
    request: RequestRecord
    """As it is sent."""


async def preview(pool: Pool, calendars: Calendars, record: RequestRecord, viewer: Viewer) -> Preview:
    """What a send would run now, and what would refuse it.

    Args:
        viewer: who reads it.
    """
    try:
        process = await _process_for(pool, record)
    except RefusedError as error:
        return Preview(steps=(), refusal=error.refusal)
    record = await _added_up(pool, process.document, record, calendars)
    if record.cumulated is not None:
        others = [one.id for one in record.cumulated.requests]
        seen = frozenset(await requests.visible(pool, others, viewer))
        record = record.model_copy(update={"cumulated_seen": seen})
    steps = await _route(pool, process.document, record)
    refusal = next((step.refusal for step in steps if step.refusal is not None), None)
    if refusal is None and all(step.plan.skipped for step in steps):
        refusal = Refusal(code=Code.NO_ELIGIBLE_APPROVER, params={"variant": "all_skipped"})
    found = await resumed(pool, process.document, record, [step.plan for step in steps])
    return Preview(steps=steps, refusal=refusal, resumed=found, request=record)


async def plan_send(
    connection: Connection, calendars: Calendars, record: RequestRecord, choices: Mapping[str, str]
) -> Planned:
    """The round that a send begins, settled.

    Args:
        connection: in the transaction of the send, which keeps others from being added up with the same requests.
        choices: approver by step key, where the process lets the requester choose.

    Raises:
        RefusedError: ``not_connected``, ``approver_not_chosen``, ``approver_not_eligible``, ``no_eligible_approver``.
    """
    process = await _process_for(connection, record)
    await cumulating.lock(connection, process.document, record)
    record = await _added_up(connection, process.document, record, calendars)
    plans = plan_round(await _route(connection, process.document, record), choices)
    steps = with_carried(plans, await resumed(connection, process.document, record, plans))
    return Planned(process=process, steps=steps, request=record)


async def plan_undecided(pool: Pool | Connection, record: RequestRecord) -> tuple[StepPlan, ...]:
    """The steps that the running round has yet to decide, with the approvers that the directory gives today.

    Conditions are not asked again: that the round has these steps was settled when it began, or when a change added one.

    Raises:
        RefusedError: ``no_eligible_approver``, ``approver_not_eligible``.
    """
    return await plan_steps(pool, record, _undecided_steps(record))


async def plan_steps(pool: Pool | Connection, record: RequestRecord, keys: Container[str]) -> tuple[StepPlan, ...]:
    """Some steps of the running round, as ``plan_undecided`` has them: what keeps another step from being run is not asked.

    Args:
        keys: of the steps.

    Raises:
        RefusedError: ``no_eligible_approver``, ``approver_not_eligible``.
    """
    process = (await _process_for(pool, record)).document
    proposed = record.run.proposed if record.run is not None else ()
    changed = record.with_changes(change for change in proposed if change.field != LINE_DECISION)
    routed = await _route(pool, process.only(keys), changed)
    return plan_again(routed, _choices_so_far(record))


def approvers_in_words(plans: tuple[StepPlan, ...]) -> str:
    """Who the steps have now, for the timeline: ``manager: Lê Hoàng Nam (manager2); director: ...``."""
    people = ((plan.key, [f"{person.name} ({person.username})" for person in plan.approvers]) for plan in plans)
    return "; ".join(f"{step}: {', '.join(names)}" for step, names in people)[:4000]


async def plan_moved(
    executor: Pool | Connection,
    record: RequestRecord,
    version: int,
    calendar: BusinessCalendar | None,
    now: datetime,
) -> Replanned:
    """The steps that another version of a run's process has for the request as it is decided on; none while it is returned.

    Raises:
        RefusedError: ``invalid``: there is no such version; a step cannot be run.
    """
    assert record.run is not None  # noqa: S101 - only what was sent is moved
    process = await processes.load_version(executor, record.run.process_key, version)
    if process is None:
        raise refuse(Code.INVALID, FieldError(pointer="/to_version", message="no_such_version"))
    return await plan_by(executor, process.document, record, calendar, now)


async def plan_by(
    executor: Pool | Connection,
    process: PurchaseProcess,
    record: RequestRecord,
    calendar: BusinessCalendar | None,
    now: datetime,
) -> Replanned:
    """The steps that a process would have for the request of a run as it is decided on; none while it is returned.

    Raises:
        RefusedError: a step that is still to be decided cannot be run.
    """
    if record.run is None or not record.run.open_steps:
        return Replanned()
    changed = record.with_changes(change for change in record.run.proposed if change.field != LINE_DECISION)
    changed = await cumulating.added_up(executor, process, changed, calendar, now)
    approved = {step.plan.key for step in record.run.steps if step.state is StepState.APPROVED}
    plans: list[StepPlan] = []
    for step in await _route(executor, process, changed):
        plans += [step.plan] if step.plan.key in approved else plan_again((step,), _choices_so_far(record))
    return Replanned(steps=tuple(plans), cumulated=changed.cumulated)


async def route_with(
    connection: Connection,
    record: RequestRecord,
    proposed: Iterable[ProposedChange],
    calendar: BusinessCalendar | None,
    now: datetime,
) -> Rerouted:
    """The steps of a run's process as they would be routed if the request were as approvers propose; none where the
    process asks nothing of the request.

    Args:
        connection: in a transaction, if the process adds requests up.
        calendar: whose business time counts.
        now: UTC.
    """
    process = (await _process_for(connection, record)).document
    if process.matrix is None and all(step.when is None for step in process.approval_steps):
        return Rerouted()
    changed = record.with_changes(change for change in proposed if change.field != LINE_DECISION)  # fewer drop no step
    await cumulating.lock(connection, process, changed)
    changed = await cumulating.added_up(connection, process, changed, calendar, now)
    return Rerouted(steps=await _route(connection, process, changed), cumulated=changed.cumulated)


async def _added_up(
    executor: Pool | Connection, process: PurchaseProcess, record: RequestRecord, calendars: Calendars
) -> RequestRecord:
    """The request as it would be sent now."""
    calendar = await calendars.newest(executor) if process.cumulative else None
    return await cumulating.added_up(executor, process, record, calendar, datetime.now(UTC))


async def _process_for(executor: Pool | Connection, record: RequestRecord) -> ProcessVersion:
    """The process version of the run, or, before the first send, of the connection."""
    if record.run is not None:
        version = await processes.load_version(executor, record.run.process_key, record.run.process_version)
    else:
        version = await processes.connected_version(executor)
    if version is None:
        raise refuse(Code.NOT_CONNECTED)
    return version


async def _route(
    executor: Pool | Connection, process: PurchaseProcess, record: RequestRecord
) -> tuple[RoutedStep, ...]:
    facts, owner = record.facts(), record.owner.username
    if evaluations(process, facts) <= _AT_ONCE:
        matches = matched(process, facts)
        people = await directory.for_routing(executor, sources(process, matches), [owner])
        return route(process, facts, people, matches)
    matches = await asyncio.to_thread(matched, process, facts)
    people = await directory.for_routing(executor, sources(process, matches), [owner])
    return await asyncio.to_thread(route, process, facts, people, matches)


def _undecided_steps(record: RequestRecord) -> set[str]:
    """Keys of the steps that the round has yet to decide: only their approvers matter any more."""
    if record.run is None:
        return set()
    return {step.plan.key for step in record.run.steps if step.state in (StepState.OPEN, StepState.WAITING)}


def _choices_so_far(record: RequestRecord) -> dict[str, str]:
    """The approvers that the requester chose for this round."""
    if record.run is None:
        return {}
    return {
        step.plan.key: _first_asked(step).person.username
        for step in record.run.steps
        if any(reason.code == "chosen_by_requester" for reason in step.plan.why)
    }


def _first_asked(step: Step) -> Assignment:
    """Whom a step that has one approver was given to, whoever has their place by now or was added to them."""
    asked = [one for one in step.seats if one.added_by is None]
    given = asked[0] if asked else step.assignments[0]
    by_id = {one.id: one for one in step.assignments}
    while given.forwarded_from in by_id:
        given = by_id[given.forwarded_from]
    return given
