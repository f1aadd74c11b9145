"""The figures of the overview as somebody may see them: sums that are kept (``crm.overview_counting``), and the newest reasons.

Amounts of several currencies stand beside each other and are never added up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from approval.model import Frozen, Person, ProcessStatus
from approval.values import Sum
from crm.overview_counting import EVERYBODY, Figure
from crm.together import Reader
from crm.visibility import VISIBLE, Viewer

MOST_SUPPLIERS: Final = 1000
"""Of one answer, those with the largest amounts."""
MOST_REASONS_LOOKED_AT: Final = 2000
"""The newest of the company, among which those are looked for that somebody may read."""


class Grouping(StrEnum):
    """By what spending is told apart."""

    MONTH = "month"
    STATUS = "status"
    DEPARTMENT = "department"
    SUPPLIER = "supplier"


class Months(Frozen):
    """Some months, both included; each by its first day."""

    first: date
    last: date


class Spending(Frozen):
    """What some requests come to."""

    month: date | None = None
    """Of the request date; its first day."""
    status: ProcessStatus | None = None
    department: str | None = None
    """Of the owners now; empty: none."""
    supplier: str | None = None
    """Empty: none is named."""
    currency: str
    requests: int
    amount: Sum


class OnDay(Frozen):
    """So many requests, and the day that they have in common."""

    day: date
    requests: int


class OpenRequests(Frozen):
    """Requests in progress."""

    sent: tuple[OnDay, ...]
    """By the day on which they were sent last."""
    due: tuple[OnDay, ...]
    """By the day of the first deadline of those who are waited on."""


class StepSums(Frozen):
    """How long one step of a process has taken and takes."""

    process: str
    step: str
    visits: int
    """How often it was decided."""
    seconds: Decimal
    """How long it had been waited for in all, then."""
    classes: tuple[tuple[int, int], ...]
    """Classes of durations (see ``crm.overview_counting.GROWTH``), and how many were in each; the shortest first."""
    waiting: int
    """How often it waits now."""
    waiting_since: Decimal
    """The sum of the moments since when, as seconds since 1970."""


class Returns(Frozen):
    """How often requests went back from one step of a process."""

    process: str
    step: str
    returned: int
    sent_back: int
    """To an earlier step."""
    rejected: int


class ReturnReason(Frozen):
    """Why somebody returned or rejected a request."""

    request_id: UUID
    number: str
    actor: Person
    at: datetime
    ends_run: bool
    text: str


class Scope(Frozen):
    """Whose requests somebody's figures are of: a part of what ``crm.visibility`` lets them see, by owners alone."""

    everybody: bool
    owners: tuple[str, ...]
    """If not everybody's: their own, and those of everyone below them."""
    completed_of_all: bool
    """Whether they see everybody's completed requests, too."""

    @classmethod
    def of(cls, viewer: Viewer) -> Scope:
        """What a viewer sees by their roles and by whom they look after."""
        return cls(
            everybody=viewer.sees_all,
            owners=(viewer.username, *viewer.reports),
            completed_of_all=viewer.sees_completed,
        )

    @property
    def whose(self) -> list[str]:
        """The owners of the sums to be added up."""
        return [EVERYBODY] if self.everybody else list(self.owners)


async def counted_at(reader: Reader) -> datetime | None:
    """As of when the figures are; None: they are being counted for the first time, or anew."""
    rows = await reader.fetch("SELECT counted_at FROM overview_state")
    return rows[0]["counted_at"] if rows else None


async def spending(reader: Reader, scope: Scope, months: Months, grouping: Grouping) -> list[Spending]:
    """What requests come to: by month and status, by status, or, of completed ones, by department or supplier."""
    rows = await reader.fetch(
        _SPENDING[grouping], scope.whose, months.first, months.last, scope.completed_of_all and not scope.everybody
    )
    return [Spending(**row) for row in rows]


_SUMS: Final = "sum(number)::bigint AS requests, sum(amount) AS amount"
_OF_STATUS: Final = f"""
    SELECT day, currency, what, number, amount FROM overview_sums
    WHERE figure = '{Figure.STATUS}' AND owner = ANY ($1) AND day BETWEEN $2 AND $3 AND NOT ($4 AND what = 'completed')
    UNION ALL
    SELECT day, currency, what, number, amount FROM overview_sums
    WHERE $4 AND figure = '{Figure.STATUS}' AND owner = '{EVERYBODY}' AND day BETWEEN $2 AND $3 AND what = 'completed'"""  # noqa: S608
"""The sums by status; whoever sees everybody's completed requests ($4) has those in place of some people's."""

_SPENDING: Final = {
    Grouping.MONTH: f"""
SELECT day AS month, what AS status, currency, {_SUMS} FROM ({_OF_STATUS}) s
GROUP BY day, what, currency ORDER BY day, currency, what""",  # noqa: S608
    Grouping.STATUS: f"""
SELECT what AS status, currency, {_SUMS} FROM ({_OF_STATUS}) s GROUP BY what, currency ORDER BY currency, what""",  # noqa: S608
    Grouping.DEPARTMENT: f"""
SELECT u.department, s.currency, {_SUMS} FROM overview_sums s JOIN users u ON u.username = s.owner
WHERE s.figure = '{Figure.STATUS}' AND s.what = 'completed' AND s.day BETWEEN $2 AND $3
    AND ($4 OR $1 = '{{""}}'::text[] OR s.owner = ANY ($1))
GROUP BY u.department, s.currency ORDER BY currency, amount DESC, department""",  # noqa: S608
    Grouping.SUPPLIER: f"""
SELECT what AS supplier, currency, {_SUMS} FROM overview_sums
WHERE figure = '{Figure.SUPPLIER}' AND owner = ANY (CASE WHEN $4 THEN '{{""}}'::text[] ELSE $1 END) AND day BETWEEN $2 AND $3
GROUP BY what, currency ORDER BY currency, amount DESC, supplier LIMIT {MOST_SUPPLIERS}""",  # noqa: S608
}


async def open_requests(reader: Reader, scope: Scope) -> OpenRequests:
    """Requests in progress: since when they wait, and when they are due."""
    rows = await reader.fetch(_OPEN, scope.whose)
    days: dict[str, list[OnDay]] = {Figure.OPEN: [], Figure.DUE: []}
    for row in rows:
        days[row["figure"]].append(OnDay(day=row["day"], requests=row["requests"]))
    return OpenRequests(sent=tuple(days[Figure.OPEN]), due=tuple(days[Figure.DUE]))


_OPEN: Final = f"""
SELECT figure, day, sum(number)::bigint AS requests FROM overview_sums
WHERE figure IN ('{Figure.OPEN}', '{Figure.DUE}') AND owner = ANY ($1) GROUP BY figure, day ORDER BY figure, day
"""  # noqa: S608


async def steps(reader: Reader, scope: Scope, months: Months) -> list[StepSums]:
    """How long steps took that were decided in some months, and how long those take that wait now."""
    return [
        StepSums(
            process=row["process"],
            step=row["step"],
            visits=row["visits"],
            seconds=row["seconds"],
            classes=tuple((size, number) for size, number in row["classes"] or ()),
            waiting=row["waiting"],
            waiting_since=row["waiting_since"],
        )
        for row in await reader.fetch(_STEPS, scope.whose, months.first, months.last)
    ]


_STEPS: Final = f"""
SELECT what AS process, step, coalesce(sum(number) FILTER (WHERE decided), 0)::bigint AS visits,
    coalesce(sum(amount) FILTER (WHERE decided), 0) AS seconds,
    jsonb_agg(jsonb_build_array(size, number) ORDER BY size) FILTER (WHERE decided) AS classes,
    coalesce(sum(number) FILTER (WHERE NOT decided), 0)::bigint AS waiting,
    coalesce(sum(amount) FILTER (WHERE NOT decided), 0) AS waiting_since
FROM (
    SELECT figure = '{Figure.STEP}' AS decided, what, step, size, sum(number)::bigint AS number, sum(amount) AS amount
    FROM overview_sums WHERE owner = ANY ($1)
        AND ((figure = '{Figure.STEP}' AND day BETWEEN $2 AND $3) OR figure = '{Figure.WAITING}')
    GROUP BY 1, what, step, size
) classes GROUP BY what, step ORDER BY what, step
"""  # noqa: S608


async def returns(reader: Reader, scope: Scope, months: Months) -> list[Returns]:
    """From which steps requests went back in some months, the most first."""
    return [Returns(**row) for row in await reader.fetch(_RETURNS, scope.whose, months.first, months.last)]


_RETURNS: Final = f"""
SELECT what AS process, step,
    coalesce(sum(number) FILTER (WHERE figure = '{Figure.RETURNED}'), 0)::bigint AS returned,
    coalesce(sum(number) FILTER (WHERE figure = '{Figure.SENT_BACK}'), 0)::bigint AS sent_back,
    coalesce(sum(number) FILTER (WHERE figure = '{Figure.REJECTED}'), 0)::bigint AS rejected
FROM overview_sums
WHERE figure IN ('{Figure.RETURNED}', '{Figure.SENT_BACK}', '{Figure.REJECTED}') AND owner = ANY ($1) AND day BETWEEN $2 AND $3
GROUP BY what, step ORDER BY sum(number) DESC, what, step
"""  # noqa: S608


async def newest_reasons(
    reader: Reader, viewer: Viewer, since: datetime, until: datetime, limit: int
) -> list[ReturnReason]:
    """Why requests were returned or rejected lately, the newest first, of those that somebody may read.

    Args:
        since, until: UTC; what was said in between.
        limit: how many at most.
    """
    rows = await reader.fetch(_REASONS, *viewer.arguments, since, until, limit)
    return [ReturnReason(**row["reason"]) for row in rows]


_REASONS: Final = f"""
SELECT jsonb_build_object('request_id', r.id, 'number', r.number, 'at', n.at, 'ends_run', n.ends_run, 'text', n.text,
    'actor', jsonb_build_object('username', n.actor, 'name', coalesce(u.name, n.actor))) AS reason
FROM (SELECT * FROM notes WHERE action = 'reject' AND at >= $5 AND at < $6 ORDER BY at DESC LIMIT {MOST_REASONS_LOOKED_AT}) n
    JOIN purchase_requests r ON r.id = n.request_id LEFT JOIN users u ON u.username = n.actor
WHERE {VISIBLE} ORDER BY n.at DESC, n.id DESC LIMIT $7
"""  # noqa: S608


StepNames = Mapping[tuple[str, str], Mapping[str, str]]
"""What steps are called, by process and step, in every language; of an empty step: what the process is called."""


async def step_names(reader: Reader, processes: Sequence[str]) -> StepNames:
    """What processes and steps are called in the newest version that has them."""
    return {(row["process_key"], row["key"]): row["name"] for row in await reader.fetch(_NAMES, list(processes))}


_NAMES: Final = """
SELECT DISTINCT ON (v.process_key, s.step ->> 'key') v.process_key, s.step ->> 'key' AS key, s.step -> 'name' AS name
FROM process_versions v, LATERAL (
    SELECT jsonb_build_object('key', '', 'name', v.document -> 'name') AS step
    UNION ALL
    SELECT step FROM jsonb_array_elements(v.document -> 'steps') AS step
    UNION ALL
    SELECT inner_step FROM jsonb_array_elements(v.document -> 'steps') AS block, jsonb_array_elements(block -> 'steps') AS inner_step
) s
WHERE v.process_key = ANY ($1) ORDER BY v.process_key, s.step ->> 'key', v.version DESC
"""
