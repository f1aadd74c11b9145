"""Counting what the overview shows: how much each request adds to the figures, and keeping their sums as requests change.

Every change of a request leaves a row in ``overview_changes`` (a trigger does, in the same transaction). ``count_some``, of which
one works at a time, takes some of these rows away, counts the requests that they name as those are now, and replaces what each of
them added before: all of it in one transaction. So the sums are those of the requests whatever dies in between, in whichever order
changes are committed, and however often a request is counted. What a change that is committed later leaves is there the next time.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from approval.model import Frozen
from crm.pool import Pool, lock_timeout

BATCH: Final = 500
"""Changes that one transaction counts."""

GROWTH: Final = 1.1
"""Durations are counted in classes, each so much longer than the one before: class ``n`` begins at ``GROWTH ** n`` seconds."""

_LOCK: Final = 0x6F76657276696577
"""One at a time counts: two would take the same parts away twice."""


class Figure(StrEnum):
    """What is counted, and what the columns of ``overview_sums`` mean for it. ``number`` is of requests unless it says otherwise."""

    STATUS = "status"
    """Requests by month of the request date, currency and status (``what``), with their totals."""
    SUPPLIER = "supplier"
    """Of completed requests the goods that are bought, by month, currency and supplier (``what``), with their amounts."""
    OPEN = "open"
    """Requests in progress, by the day on which they were sent last."""
    DUE = "due"
    """Requests in progress, by the day of the first deadline of those who are waited on."""
    STEP = "step"
    """Decided visits of steps, by the month in which they were decided, process (``what``), step and class of duration
    (``size``); ``amount`` is how long they waited in all, in seconds."""
    WAITING = "waiting"
    """Visits of steps that wait now, by the day since when, process and step; ``amount`` is the sum of the moments at which they
    began to, as seconds since 1970."""
    RETURNED = "returned"
    """How often requests were returned to their owners, by month, process and step."""
    SENT_BACK = "sent_back"
    """How often they were returned to an earlier step."""
    REJECTED = "rejected"
    """How often they were rejected for good."""
    ASKED = "asked"
    """Requests in progress that wait on somebody, who is the ``owner`` here, by the day since when."""
    ASKED_DUE = "asked_due"
    """The same by the day of that person's first deadline."""
    DECISION = "decision"
    """Decisions of a person, again as the ``owner``, by day."""


EVERYBODY: Final = ""
"""The owner of sums over all owners."""


class Progress(Frozen):
    """What one transaction has come to."""

    counted: int
    """Changes that it took."""
    done: bool
    """Whether nothing was left: the figures are as of now."""


async def count_some(pool: Pool, zone: ZoneInfo) -> Progress:
    """Count some of what has changed; nothing if somebody else is doing so.

    Args:
        zone: the company's, in which days begin.
    """
    async with pool.acquire() as connection, connection.transaction():
        turn = await connection.fetchrow(_TAKE_TURN, _LOCK)
        assert turn is not None  # noqa: S101 - it answers in any case
        if not turn["mine"]:
            return Progress(counted=0, done=True)
        at: datetime = turn["at"]  # before the changes are read: what was committed by then is among them
        changes = await connection.fetch(_TAKE, BATCH)
        if changes:
            request_ids = list({row["request_id"] for row in changes})
            await connection.execute(_COUNT, request_ids, zone.key)
            await connection.execute("DELETE FROM overview_sums WHERE number = 0")
        done = len(changes) < BATCH
        if done:
            await connection.execute("UPDATE overview_state SET counted_at = $1", at)
        return Progress(counted=len(changes), done=done)


async def count_anew(pool: Pool) -> int:
    """Forget all figures, and have every request counted again; how many there are.

    Whoever counts does the work: until it is done the figures say that they are not complete.

    Raises:
        asyncpg.LockNotAvailableError: somebody counts for longer than ``crm.pool.LOCK_SECONDS``.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "SELECT set_config('lock_timeout', $1, true), pg_advisory_xact_lock($2)", lock_timeout(), _LOCK
        )
        await connection.execute("UPDATE overview_state SET counted_at = NULL")
        await connection.execute("DELETE FROM overview_sums")
        await connection.execute("TRUNCATE overview_counted")
        # What has changed is not forgotten before every request is to be counted: others go on changing requests meanwhile.
        answer = await connection.execute(
            "INSERT INTO overview_changes (request_id) SELECT id FROM purchase_requests", timeout=_ANEW_SECONDS
        )
        return int(answer.rpartition(" ")[2])


_ANEW_SECONDS: Final = 600
_TAKE_TURN: Final = "SELECT pg_try_advisory_xact_lock($1) AS mine, statement_timestamp() AS at"
_TAKE: Final = """
DELETE FROM overview_changes WHERE id = ANY (ARRAY(SELECT id FROM overview_changes ORDER BY id LIMIT $1)) RETURNING request_id
"""


def _month(moment: str) -> str:
    return f"date_trunc('month', {moment} AT TIME ZONE $2::text)::date"


PARTS: Final = f"""
WITH request AS (
    SELECT r.id AS request_id, r.owner, r.currency, r.process_status, r.total, r.process_status = 'in_progress' AS in_progress,
        date_trunc('month', r.request_date::timestamp)::date AS month, runs.process_key AS process, runs.sent_at
    FROM purchase_requests r LEFT JOIN runs ON runs.request_id = r.id WHERE r.id = ANY ($1)
), visits AS (
    SELECT a.request_id, a.step, min(a.opened_at) AS opened_at,
        max(a.closed_at) FILTER (WHERE a.state IN ('approved', 'returned', 'rejected')) AS decided_at,
        bool_or(a.state = 'open') AS open, bool_or(a.state IN ('open', 'waiting', 'paused')) AS undecided,
        min(a.due_at) FILTER (WHERE a.state = 'open') AS due_at
    FROM assignments a WHERE a.request_id = ANY ($1) GROUP BY a.request_id, a.round, a.step, a.visit
), places AS (
    SELECT a.request_id, a.person, coalesce(a.acted_by, a.person) AS actor, a.state, a.opened_at, a.due_at, a.closed_at
    FROM assignments a WHERE a.request_id = ANY ($1)
), decided AS (
    SELECT request_id, step, decided_at, greatest(0, extract(epoch FROM decided_at - opened_at)) AS seconds
    FROM visits WHERE decided_at IS NOT NULL AND opened_at IS NOT NULL AND NOT undecided
)
SELECT request_id, '{Figure.STATUS}' AS figure, owner, month AS day, currency, process_status AS what, '' AS step, 0 AS size,
    1 AS number, total AS amount
FROM request
UNION ALL
SELECT request_id, '{Figure.SUPPLIER}', owner, month, currency, btrim(coalesce(l.supplier, '')), '', 0, 1, sum(l.quantity * l.unit_price)
FROM request JOIN purchase_request_lines l USING (request_id)
WHERE process_status = 'completed' AND l.decision IS NULL GROUP BY request_id, owner, month, currency, btrim(coalesce(l.supplier, ''))
UNION ALL
SELECT request_id, '{Figure.OPEN}', owner, (sent_at AT TIME ZONE $2::text)::date, '', '', '', 0, 1, 0
FROM request WHERE in_progress AND sent_at IS NOT NULL
UNION ALL
SELECT request_id, '{Figure.DUE}', owner, (min(due_at) AT TIME ZONE $2::text)::date, '', '', '', 0, 1, 0
FROM request JOIN visits USING (request_id) WHERE in_progress GROUP BY request_id, owner HAVING min(due_at) IS NOT NULL
UNION ALL
SELECT request_id, '{Figure.STEP}', owner, {_month("decided_at")}, '', process, step, floor(ln(greatest(1, seconds)) / ln({GROWTH}))::integer,
    1, seconds
FROM request JOIN decided USING (request_id) WHERE process IS NOT NULL
UNION ALL
SELECT request_id, '{Figure.WAITING}', owner, (opened_at AT TIME ZONE $2::text)::date, '', process, step, 0, 1, extract(epoch FROM opened_at)
FROM request JOIN visits USING (request_id) WHERE in_progress AND open AND opened_at IS NOT NULL
UNION ALL
SELECT request_id, CASE WHEN ends_run THEN '{Figure.REJECTED}' WHEN returned_to IS NULL THEN '{Figure.RETURNED}' ELSE '{Figure.SENT_BACK}' END,
    owner, {_month("t.at")}, '', process, coalesce(t.step, ''), 0, 1, 0
FROM request JOIN timeline t USING (request_id) WHERE t.accepted AND t.action = 'reject' AND process IS NOT NULL
UNION ALL
SELECT request_id, '{Figure.ASKED}', person, (min(opened_at) AT TIME ZONE $2::text)::date, '', '', '', 0, 1, 0
FROM request JOIN places USING (request_id) WHERE in_progress AND state = 'open' GROUP BY request_id, person HAVING min(opened_at) IS NOT NULL
UNION ALL
SELECT request_id, '{Figure.ASKED_DUE}', person, (min(due_at) AT TIME ZONE $2::text)::date, '', '', '', 0, 1, 0
FROM request JOIN places USING (request_id) WHERE in_progress AND state = 'open' GROUP BY request_id, person HAVING min(due_at) IS NOT NULL
UNION ALL
SELECT request_id, '{Figure.DECISION}', actor, (closed_at AT TIME ZONE $2::text)::date, '', '', '', 0, 1, 0
FROM places WHERE state IN ('approved', 'returned', 'rejected') AND closed_at IS NOT NULL
"""  # noqa: S608
"""What the requests $1 add to the figures, with days in the time zone $2: what the figures are, said once."""

_COLUMNS: Final = "figure, owner, day, currency, what, step, size, number, amount"
_KEY: Final = "figure, owner, day, currency, what, step, size"

_COUNT: Final = f"""
WITH fresh AS MATERIALIZED ({PARTS}), changed AS (
    SELECT {_COLUMNS} FROM fresh
    UNION ALL
    SELECT p.figure, p.owner, p.day, p.currency, p.what, p.step, p.size, -p.number, -p.amount
    FROM overview_counted c, unnest(c.parts) AS p WHERE c.request_id = ANY ($1)
), kept AS (
    INSERT INTO overview_counted AS c (request_id, parts)
    SELECT request_id, array_agg(ROW ({_COLUMNS})::overview_part ORDER BY {_COLUMNS}) FROM fresh GROUP BY request_id
    ON CONFLICT (request_id) DO UPDATE SET parts = excluded.parts WHERE c.parts IS DISTINCT FROM excluded.parts
), gone AS (
    DELETE FROM overview_counted WHERE request_id = ANY ($1) AND request_id NOT IN (SELECT request_id FROM fresh)
)
INSERT INTO overview_sums AS s ({_COLUMNS})
SELECT figure, whose, day, currency, what, step, size, sum(number), sum(amount)
FROM changed, unnest(ARRAY[owner, '{EVERYBODY}']) AS whose
GROUP BY figure, whose, day, currency, what, step, size HAVING sum(number) <> 0 OR sum(amount) <> 0
ON CONFLICT ({_KEY}) DO UPDATE SET number = s.number + excluded.number, amount = s.amount + excluded.amount
"""  # noqa: S608
"""One statement: what was added before is read as it was before this statement replaces it."""
