"""How much waits, and since when: what those who watch over the product are told."""

from __future__ import annotations

from typing import Final

from approval.model import Frozen
from crm.commands import OVERDUE
from crm.pool import Pool


class Waiting(Frozen):
    """What waits of one kind."""

    what: str
    """``commands`` without an outcome, ``events`` that were not told on, ``deliveries`` and ``mails`` that should be tried by
    now, ``deadlines`` that have passed and did nothing."""
    count: int
    oldest_seconds: float
    """Since when the first of it waits; 0: nothing does."""


class Reconciled(Frozen):
    """What the reconciler left."""

    findings: int
    """That wait for a person."""
    seconds: float | None
    """How long ago its last pass ended; None: there was none."""


_AS_WAITING: Final = "count(*) AS count, coalesce(extract(epoch FROM now() - min(since)), 0)::float8 AS oldest_seconds"


async def waiting(pool: Pool) -> list[Waiting]:
    """What waits for the product to work on it, of each kind but deadlines."""
    rows = await pool.fetch(
        f"""WITH commands_waiting AS (SELECT created_at AS since FROM commands WHERE {OVERDUE}),
            events_waiting AS (SELECT created_at AS since FROM outbox WHERE dispatched_at IS NULL),
            deliveries_waiting AS (
                SELECT d.next_try_at AS since FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id
                WHERE e.off_reason IS NULL AND d.done_at IS NULL AND d.next_try_at <= now()),
            mails_waiting AS (
                SELECT next_try_at AS since FROM mails WHERE state IN ('waiting', 'sending') AND next_try_at <= now()),
            pushes_waiting AS (SELECT next_try_at AS since FROM pushes WHERE next_try_at <= now())
            SELECT 'commands' AS what, {_AS_WAITING} FROM commands_waiting
            UNION ALL SELECT 'events', {_AS_WAITING} FROM events_waiting
            UNION ALL SELECT 'deliveries', {_AS_WAITING} FROM deliveries_waiting
            UNION ALL SELECT 'mails', {_AS_WAITING} FROM mails_waiting
            UNION ALL SELECT 'pushes', {_AS_WAITING} FROM pushes_waiting"""  # noqa: S608
    )
    return [Waiting(**row) for row in rows]


async def late(pool: Pool) -> Waiting:
    """Reminders and escalations that were due and are not done: a run's clock rings some minutes after its time at most.

    What expires is left out: a step does when the last who is waited on has had all of their time. So is what stands still: a
    run that is held, and a place whose clock is stopped. Every open place is looked at.
    """
    row = await pool.fetchrow(
        f"""SELECT 'deadlines' AS what, {_AS_WAITING} FROM (
                SELECT (alarm ->> 'at')::timestamptz AS since
                FROM assignments a JOIN runs r ON r.request_id = a.request_id, jsonb_array_elements(a.alarms) alarm
                WHERE a.state = 'open' AND r.hold IS NULL AND alarm ->> 'kind' <> 'expire'
                    AND alarm ->> 'done_at' IS NULL AND (alarm ->> 'at')::timestamptz <= now()
                    AND NOT jsonb_path_exists(a.pauses, '$[*] ? (!exists(@.until) || @.until == null)')
            ) passed"""  # noqa: S608
    )
    assert row is not None  # noqa: S101 - it counts
    return Waiting(**row)


async def reconciled(pool: Pool) -> Reconciled:
    """What the reconciler left, and when it looked last."""
    row = await pool.fetchrow(
        """SELECT (SELECT count(*) FROM findings WHERE NOT mended AND gone_at IS NULL) AS findings,
               (SELECT extract(epoch FROM now() - max(ended_at))::float8 FROM reconciliations) AS seconds"""
    )
    assert row is not None  # noqa: S101 - it counts
    return Reconciled(**row)
