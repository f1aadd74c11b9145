"""Which steps and approvers a send would give a request now: its process asked of today's directory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from application.resuming import Resumed, resumed, with_carried
from approval.changes import ProposedChange
from approval.model import Code, Frozen, Refusal, RefusedError, StepState, refuse
from approval.process import PurchaseProcess
from approval.routing import RoutedStep, StepPlan, evaluations, plan_again, plan_round, route
from crm import directory, processes
from crm.pool import Connection, Pool
from crm.processes import ProcessVersion
from crm.records import RequestRecord

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


async def preview(pool: Pool, record: RequestRecord) -> Preview:
    """What a send would run now, and what would refuse it."""
    try:
        process = await _process_for(pool, record)
    except RefusedError as error:
        return Preview(steps=(), refusal=error.refusal)
    steps = await _route(pool, process.document, record)
    refusal = next((step.refusal for step in steps if step.refusal is not None), None)
    if refusal is None and all(step.plan.skipped for step in steps):
        refusal = Refusal(code=Code.NO_ELIGIBLE_APPROVER, params={"variant": "all_skipped"})
    found = await resumed(pool, process.document, record, [step.plan for step in steps])
    return Preview(steps=steps, refusal=refusal, resumed=found)


async def plan_send(
    connection: Connection, record: RequestRecord, choices: Mapping[str, str]
) -> tuple[ProcessVersion, tuple[StepPlan, ...]]:
    """The process and the settled steps of the round that a send begins.

    Args:
        choices: approver by step key, where the process lets the requester choose.

    Raises:
        RefusedError: ``not_connected``, ``approver_not_chosen``, ``approver_not_eligible``, ``no_eligible_approver``.
    """
    process = await _process_for(connection, record)
    plans = plan_round(await _route(connection, process.document, record), choices)
    return process, with_carried(plans, await resumed(connection, process.document, record, plans))


async def plan_undecided(pool: Pool, record: RequestRecord) -> tuple[StepPlan, ...]:
    """The steps that the running round has yet to decide, with the approvers that the directory gives today.

    Conditions are not asked again: that the round has these steps was settled when it began, or when a change added one.

    Raises:
        RefusedError: ``no_eligible_approver``, ``approver_not_eligible``.
    """
    process = (await _process_for(pool, record)).document
    routed = await _route(pool, process.only(_undecided_steps(record)), record)
    return plan_again(routed, _choices_so_far(record))


async def route_with(
    connection: Connection, record: RequestRecord, proposed: Iterable[ProposedChange]
) -> tuple[RoutedStep, ...]:
    """The steps of a run's process as they would be routed if the request were as approvers propose; none where the
    process asks nothing of the request.
    """
    process = (await _process_for(connection, record)).document
    if all(step.when is None for step in process.approval_steps):
        return ()
    return await _route(connection, process, record.with_changes(proposed))


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
    people = await directory.for_routing(executor, process, record.owner.username)
    facts = record.facts()
    if evaluations(process, facts) <= _AT_ONCE:
        return route(process, facts, people)
    return await asyncio.to_thread(route, process, facts, people)


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
        step.plan.key: step.seats[0].person.username
        for step in record.run.steps
        if any(reason.code == "chosen_by_requester" for reason in step.plan.why)
    }
