"""Tries the draft of a process on past requests: which of them would get other steps or other people.

Each is held against the version that it ran, both with the people of today, so that what differs is the process alone. The work
is bounded, however many conditions there are: what is left out is counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from application import cumulating
from application.calendars import Calendars
from application.planning import Preview
from approval.calendar import BusinessCalendar
from approval.conditions import RequestFacts
from approval.matrix import Match, matched
from approval.model import Code, Frozen, Refusal, refuse
from approval.process import NamedSource, PurchaseProcess
from approval.routing import Directory, RoutedStep, evaluations, route, sources
from approval.trial import StepDifference, differences
from crm import directory, past_requests, processes
from crm.pool import Pool
from crm.records import RequestRecord

MOST: Final = 500
"""Requests that are tried at once."""
_BATCH: Final = 50
_MOST_WORK: Final = 200_000_000
"""Evaluations: some five seconds."""


class TriedRequest(Frozen):
    """A request for which the draft differs from the version that it ran."""

    id: UUID
    number: str
    version: int
    """That it ran, of ``process_key``."""
    process_key: str
    steps: tuple[StepDifference, ...]
    more: bool
    """Whether more people are asked in all; ``fewer``: fewer."""
    fewer: bool
    refusal: Refusal | None
    """What would refuse the send."""


class Trial(Frozen):
    """What a draft would do to past requests."""

    tried: int
    left_out: int
    """Of those that were asked for, because it would take too long."""
    other_steps: int
    other_people: int
    more: int
    fewer: int
    refused: int
    requests: tuple[TriedRequest, ...]
    """Those for which something differs, newest first."""


async def try_draft(pool: Pool, calendars: Calendars, key: str, last: int) -> Trial:
    """Route the requests that were sent last by the draft of a process.

    Args:
        pool: the CRM database.
        calendars: the business time that sums of requests look back by.
        key: of the process.
        last: how many, at most ``MOST``.

    Raises:
        RefusedError: ``not_found``.
    """
    draft = await processes.load_draft(pool, key)
    if draft is None:
        raise refuse(Code.NOT_FOUND)
    calendar = await calendars.newest(pool)
    versions: dict[tuple[str, int], PurchaseProcess] = {}
    found: list[TriedRequest] = []
    tried, work, before, left_out = 0, 0, None, 0
    while tried < last and not left_out:
        batch = await past_requests.sent_before(pool, before, min(_BATCH, last - tried))
        if not batch:
            break
        await _load_versions(pool, batch, versions)
        takes = [_work(draft, versions, record) for record in batch]
        fits = sum(work + sum(takes[: index + 1]) <= _MOST_WORK for index in range(len(batch)))
        work, left_out = work + sum(takes), len(batch) - fits
        found += await _try_all(pool, calendar, draft, versions, batch[:fits])
        tried, before = tried + fits, batch[-1].id
    return _counted(found, tried, last - tried if left_out else 0)


async def try_one(pool: Pool, calendars: Calendars, draft: PurchaseProcess, number: str) -> Preview:
    """The steps that a draft would give one request, with the people of today.

    Args:
        draft: saved or not.
        number: of the request, which was sent or not; capitals or not.

    Raises:
        RefusedError: ``not_found``.
    """
    record = await past_requests.numbered(pool, number.strip().upper())
    if record is None:
        raise refuse(Code.NOT_FOUND)
    sent = (await past_requests.sent_at(pool, [record.id])).get(record.id)
    calendar = await calendars.newest(pool)
    record = await cumulating.added_up(pool, draft, record, calendar, sent or datetime.now(UTC), until=sent)
    facts = record.facts()
    matches = await asyncio.to_thread(matched, draft, facts)
    people = await directory.for_routing(pool, sources(draft, matches), [record.owner.username])
    steps = await asyncio.to_thread(route, draft, facts, people, matches)
    return Preview(steps=steps, refusal=_refusal(steps), request=record)


def _counted(found: Sequence[TriedRequest], tried: int, left_out: int) -> Trial:
    return Trial(
        tried=tried,
        left_out=left_out,
        other_steps=sum(any(step.is_other for step in one.steps) for one in found),
        other_people=sum(any(step.added or step.gone for step in one.steps if not step.is_other) for one in found),
        more=sum(one.more for one in found),
        fewer=sum(one.fewer for one in found),
        refused=sum(one.refusal is not None for one in found),
        requests=tuple(found),
    )


async def _load_versions(
    pool: Pool, batch: Iterable[RequestRecord], versions: dict[tuple[str, int], PurchaseProcess]
) -> None:
    for record in batch:
        assert record.run is not None  # noqa: S101 - it was sent
        ran = (record.run.process_key, record.run.process_version)
        if ran not in versions:
            version = await processes.load_version(pool, *ran)
            assert version is not None  # noqa: S101 - versions stay
            versions[ran] = version.document


def _ran(versions: Mapping[tuple[str, int], PurchaseProcess], record: RequestRecord) -> PurchaseProcess:
    assert record.run is not None  # noqa: S101 - it was sent
    return versions[record.run.process_key, record.run.process_version]


def _work(draft: PurchaseProcess, versions: Mapping[tuple[str, int], PurchaseProcess], record: RequestRecord) -> int:
    facts = record.facts()
    return evaluations(draft, facts) + evaluations(_ran(versions, record), facts)


class _Case(NamedTuple):
    """A request, and what is known of it by the version that it ran and by the draft, in this order."""

    record: RequestRecord
    processes: tuple[PurchaseProcess, PurchaseProcess]
    facts: tuple[RequestFacts, RequestFacts]


async def _cases(
    pool: Pool,
    calendar: BusinessCalendar,
    draft: PurchaseProcess,
    versions: Mapping[tuple[str, int], PurchaseProcess],
    batch: Sequence[RequestRecord],
) -> list[_Case]:
    """The requests, added up by both with what had been sent when they were."""
    sent_at = await past_requests.sent_at(pool, [record.id for record in batch])
    cases = []
    for record in batch:
        ran, at = _ran(versions, record), sent_at[record.id]
        then = now = await cumulating.added_up(pool, ran, record, calendar, at, until=at)
        if draft.cumulative != ran.cumulative:
            now = await cumulating.added_up(pool, draft, record, calendar, at, until=at)
        cases.append(_Case(record=record, processes=(ran, draft), facts=(then.facts(), now.facts())))
    return cases


async def _try_all(
    pool: Pool,
    calendar: BusinessCalendar,
    draft: PurchaseProcess,
    versions: Mapping[tuple[str, int], PurchaseProcess],
    batch: Sequence[RequestRecord],
) -> list[TriedRequest]:
    cases = await _cases(pool, calendar, draft, versions, batch)

    def asked() -> list[list[Mapping[str, Match]]]:
        return [[matched(*both) for both in zip(case.processes, case.facts, strict=True)] for case in cases]

    matches = await asyncio.to_thread(asked)
    named: list[NamedSource] = []
    for case, (then, now) in zip(cases, matches, strict=True):
        named += [*sources(case.processes[0], then), *sources(draft, now)]
    people = await directory.for_routing(pool, list(dict.fromkeys(named)), {one.owner.username for one in batch})

    def tried() -> list[TriedRequest]:
        return [
            one for case, found in zip(cases, matches, strict=True) if (one := _tried(case, people, found)) is not None
        ]

    return await asyncio.to_thread(tried)


def _tried(case: _Case, people: Directory, matches: Sequence[Mapping[str, Match]]) -> TriedRequest | None:
    """What differs for one request; None: nothing."""
    record = case.record
    assert record.run is not None  # noqa: S101 - it was sent
    then, now = (
        route(process, facts, people, found)
        for process, facts, found in zip(case.processes, case.facts, matches, strict=True)
    )
    refusal = _refusal(now)
    steps = differences(then, now)
    if not steps and refusal is None:
        return None
    asked_then, asked_now = _asked(then), _asked(now)
    return TriedRequest(
        id=record.id,
        number=record.number,
        version=record.run.process_version,
        process_key=record.run.process_key,
        steps=steps,
        more=asked_now > asked_then,
        fewer=asked_now < asked_then,
        refusal=refusal,
    )


def _refusal(routed: Iterable[RoutedStep]) -> Refusal | None:
    """What would refuse to send a request."""
    routed = tuple(routed)
    if all(step.plan.skipped for step in routed):
        return Refusal(code=Code.NO_ELIGIBLE_APPROVER, params={"variant": "all_skipped"})
    return next((step.refusal for step in routed if step.refusal is not None), None)


def _asked(routed: Iterable[RoutedStep]) -> int:
    """How many are asked in all steps together."""
    return sum(len(step.plan.approvers) for step in routed if not step.plan.skipped)
