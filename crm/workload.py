"""How much waits on whom, and how much they decided lately: sums that are kept (``crm.overview_counting``), never counted for a page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from approval.model import Frozen, Person
from crm.overview import Scope
from crm.overview_counting import Figure
from crm.together import Reader

DECIDED_DAYS: Final = 30
"""Today included: what was decided by then is told of."""
MOST_PEOPLE: Final = 1000
"""Of one answer, those on whom most waits."""


class Workload(Frozen):
    """What somebody has to decide, and has decided."""

    person: Person
    department: str
    """Empty: none."""
    waiting: int
    """Requests that wait on them now, also while somebody else stands in for them."""
    oldest_since: date | None
    """On which day the oldest of these came to them; null: none waits."""
    late: int
    """How many of these they should have decided before today."""
    decided: int
    """Decisions of theirs in the last ``DECIDED_DAYS`` days, also in others' place."""


async def of_people(reader: Reader, scope: Scope, today: date) -> list[Workload]:
    """Everybody on whom something waits or who decided something lately, those with the most first.

    Args:
        scope: of whom: of everybody, or of somebody and everyone below them.
        today: of the company.
    """
    since = today - timedelta(days=DECIDED_DAYS - 1)
    rows = await reader.fetch(_WORKLOAD, scope.everybody, list(scope.owners), today, since)
    return [
        Workload(
            person=Person(username=row["username"], name=row["name"]),
            **{name: row[name] for name in ("department", "waiting", "oldest_since", "late", "decided")},
        )
        for row in rows
    ]


_WORKLOAD: Final = f"""
SELECT u.username, u.name, u.department,
    coalesce(sum(s.number) FILTER (WHERE s.figure = '{Figure.ASKED}'), 0)::bigint AS waiting,
    min(s.day) FILTER (WHERE s.figure = '{Figure.ASKED}') AS oldest_since,
    coalesce(sum(s.number) FILTER (WHERE s.figure = '{Figure.ASKED_DUE}' AND s.day < $3), 0)::bigint AS late,
    coalesce(sum(s.number) FILTER (WHERE s.figure = '{Figure.DECISION}'), 0)::bigint AS decided
FROM (
    SELECT owner, figure, day, number FROM overview_sums
    WHERE figure IN ('{Figure.ASKED}', '{Figure.ASKED_DUE}') AND ($1 OR owner = ANY ($2))
    UNION ALL
    SELECT owner, figure, day, number FROM overview_sums WHERE figure = '{Figure.DECISION}' AND day >= $4 AND ($1 OR owner = ANY ($2))
) s JOIN users u ON u.username = s.owner
GROUP BY u.username, u.name, u.department ORDER BY waiting DESC, oldest_since, decided DESC, u.username LIMIT {MOST_PEOPLE}
"""  # noqa: S608
