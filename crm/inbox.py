"""The inbox (Cần thực hiện): what waits on somebody and on those they stand in for, in the order of its deadlines."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import ConfigDict, Field

from approval.alarms import Alarm, to_come
from approval.model import Frozen, Person
from crm import consultations, cursors
from crm.commands import AS_DECISION, PLACE_DECIDED, WaitingDecision
from crm.consultations import ConsultationItem
from crm.flags import flagged_by
from crm.list_filters import Parameter, having
from crm.lists import COLUMNS, JOINS, ListedItem, fetch_planned, item_of
from crm.pool import Pool
from crm.search_text import fold
from crm.standing_in import TO_DECIDE, WAITING
from crm.visibility import Viewer


class InboxItem(ListedItem):
    """A request that waits on the caller."""

    step: str
    acting_for: Annotated[Person | None, Field(alias="for")] = None
    """Whose substitute the caller decides it as; null: it waits on themselves."""
    deadline: datetime | None
    opened_at: datetime | None
    instead_of: Person | None = None
    """Whoever did not decide in time, so that the caller may decide too."""
    pending: WaitingDecision | None = None
    """What was decided here already and is kept until the engine has taken it."""
    upcoming: tuple[Alarm, ...] = ()
    """What the clock will do if the caller does not decide, soonest first; it returns or rejects when nobody has decided."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, serialize_by_alias=True)


class InboxPage(Frozen):
    """One page of the inbox."""

    items: tuple[InboxItem, ...]
    consultations: tuple[ConsultationItem, ...] = ()
    """What the caller is asked and has yet to answer (Xin ý kiến), oldest first; on the first page."""
    next_cursor: str | None


class InboxFilters(Frozen):
    """What an inbox is narrowed to."""

    q: str = Field(default="", max_length=200)
    """Words of the number, the customer, the order, the goods, people or the purpose; accents do not matter."""
    overdue: bool = False
    """Only what should have been decided by now."""
    waiting_on: str | None = None
    """On whom it waits: the reader, or one of those they stand in for."""
    flagged: bool = False
    """Only what the reader has flagged."""


EVERYTHING: Final = InboxFilters()
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
"""How the database's infinity arrives."""
_DUE: Final = "coalesce({0}.due_at, 'infinity')"
_PLACE: Final = "coalesce({0}.due_at, 'infinity'), {0}.request_id, {0}.id"
"""By which an inbox is sorted: an index knows the order of each person's."""


async def page(
    pool: Pool, viewer: Viewer, filters: InboxFilters = EVERYTHING, *, limit: int, cursor: str | None
) -> InboxPage:
    """What waits on somebody and on those they stand in for, oldest deadline first; that without one comes last. A request of
    which two steps wait on them is there twice.

    Args:
        limit: items at most, 1 to 200.
        cursor: ``next_cursor`` of the page before.

    Raises:
        RefusedError: ``invalid``: a cursor that is not ours.
    """
    after: tuple[Any, ...] = ()
    if cursor is not None:
        place, assignment_id = cursors.decode(cursor, "due", _place)
        after = (*place, assignment_id)
    people = [name for name in (viewer.username, *viewer.stands_in_for) if filters.waiting_on in (None, name)]
    arguments: list[Any] = []

    def parameter(value: object) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    if people == [viewer.username]:
        found = _found(parameter(viewer.username), viewer, filters, after, str(limit + 1), parameter)
        where = f"i.id IN ({found})"
    else:
        where = f"i.id = ANY ({parameter(await _places(pool, viewer, people, filters, after, limit + 1))})"
    flagged = flagged_by(parameter(viewer.username), "r.id")
    query = _SELECT.format(where=where, flagged=flagged, viewer=parameter(viewer.username), most=limit + 1)
    rows = await (fetch_planned(pool, query, arguments) if filters.q.strip() else pool.fetch(query, *arguments))
    more = rows[limit - 1] if len(rows) > limit else None
    items = tuple(
        InboxItem(
            **item_of(row),
            flagged=row["flagged"],
            step=row["step"],
            acting_for=Person(**row["person"]) if row["person"]["username"] != viewer.username else None,
            opened_at=row["opened_at"],
            pending=WaitingDecision.model_validate(row["pending"]) if row["pending"] else None,
            instead_of=Person(username=row["late"], name=row["late_name"]) if row["late"] else None,
            upcoming=to_come(Alarm.model_validate(alarm) for alarm in row["alarms"]),
            deadline=row["due"] if row["due"].year < _NEVER.year else None,
        )
        for row in rows[:limit]
    )
    last = f"{more['due'].isoformat()} {more['id']}" if more else ""
    return InboxPage(
        items=items,
        consultations=await consultations.of_person(pool, viewer.username) if cursor is None else (),
        next_cursor=cursors.encode("due", last, more["assignment_id"]) if more else None,
    )


async def size(pool: Pool, username: str) -> int:
    """How much waits on somebody and on those they stand in for."""
    return int(await pool.fetchval(f"SELECT {WAITING} FROM users u WHERE u.username = $1", username) or 0)  # noqa: S608


_SELECT: Final = f"""
        SELECT {COLUMNS}, i.id AS assignment_id, i.step, {_DUE.format("i")} AS due, i.opened_at,
            jsonb_build_object('username', asked.username, 'name', asked.name) AS person, i.alarms, late.person AS late,
            late_user.name AS late_name, {{flagged}} AS flagged,
            (SELECT {AS_DECISION} FROM commands c LEFT JOIN users sayer ON sayer.username = c.actor
                WHERE c.request_id = i.request_id AND {PLACE_DECIDED.format(place="i", viewer="{viewer}")} ORDER BY c.created_at LIMIT 1) AS pending
        FROM assignments i JOIN purchase_requests r ON r.id = i.request_id JOIN users asked ON asked.username = i.person {JOINS}
            LEFT JOIN assignments late ON late.id = i.escalated_from
            LEFT JOIN users late_user ON late_user.username = late.person
        WHERE {{where}}
        ORDER BY {_PLACE.format("i")} LIMIT {{most}}"""  # noqa: S608


def _found(
    person: str, viewer: Viewer, filters: InboxFilters, after: tuple[Any, ...], most: str, parameter: Parameter
) -> str:
    """The query for the ids of somebody's first assignments that fit.

    Words are looked for in a request or in its order: of the first ones each combination is a part by itself, which PostgreSQL
    answers by the index of the words where they are rare, and else by the index that has the order. Both at once no index has.

    Args:
        person: on whom they wait, as an expression.
        most: how many at most, as one.
    """
    conditions = [f"i.person = {person}", "i.state = 'open'"]
    if filters.overdue:
        conditions.append(f"{_DUE.format('i')} < now()")
    if filters.flagged:
        conditions.append(flagged_by(parameter(viewer.username), "i.request_id"))
    if after:
        conditions.append(f"({_PLACE.format('i')}) > ({', '.join(parameter(value) for value in after)})")
    texts = [
        [" AND ".join(having(word, column, parameter)) for column in ("r.search_text", "s.search_text")]
        for word in fold(filters.q).split()
    ]
    conditions += [f"({' OR '.join(either)})" for either in texts[_IN_PARTS:]]
    tables = f"assignments i {_OF_REQUESTS if texts else ''}"
    parts = [
        f"(SELECT i.id, i.request_id, {_DUE.format('i')} AS due FROM {tables} WHERE {' AND '.join([*conditions, *part])}"  # noqa: S608
        f" ORDER BY {_PLACE.format('i')} LIMIT {most})"
        for part in product(*texts[:_IN_PARTS])
    ]
    if len(parts) == 1:
        return f"SELECT id FROM {parts[0]} part"  # noqa: S608
    return f"SELECT id FROM ({' UNION '.join(parts)}) part ORDER BY due, request_id, id LIMIT {most}"  # noqa: S608


async def _places(
    pool: Pool, viewer: Viewer, people: list[str], filters: InboxFilters, after: tuple[Any, ...], wanted: int
) -> list[UUID]:
    """The first assignments of some people that somebody may decide, as one of them or as their substitute.

    An index knows the order of each person's. So the first of each are looked through in the order of all, and more of them only
    where too many are none for a substitute: of another department, above a ceiling.
    """
    ids: list[UUID] = []
    most = wanted
    while True:
        arguments: list[Any] = [people, viewer.username, most]

        def parameter(value: object, arguments: list[Any] = arguments) -> str:
            arguments.append(value)
            return f"${len(arguments)}"

        query = _CANDIDATES.format(found=_found("asked.person", viewer, filters, after, "$3", parameter))
        rows = await (fetch_planned(pool, query, arguments) if filters.q.strip() else pool.fetch(query, *arguments))
        ids += [row["id"] for row in rows if row["to_decide"]]
        if len(ids) >= wanted or len(rows) < most:
            return ids[:wanted]
        after = (rows[-1]["due"], rows[-1]["request_id"], rows[-1]["id"])
        most *= 4


_IN_PARTS: Final = 2
"""Words of which each is looked for by itself in requests and in orders; two make four parts."""
_OF_REQUESTS: Final = "JOIN purchase_requests r ON r.id = i.request_id LEFT JOIN sources s ON s.id = r.source_id"

_CANDIDATES: Final = f"""
WITH candidate AS MATERIALIZED (
    SELECT i.*, {_DUE.format("i")} AS due
    FROM unnest($1::text[]) AS asked (person) CROSS JOIN LATERAL ({{found}}) found JOIN assignments i ON i.id = found.id
    ORDER BY due, i.request_id, i.id LIMIT $3
)
SELECT a.id, a.request_id, a.due, (a.person = $2 OR EXISTS (
    SELECT FROM substitutions s WHERE s.person = a.person AND s.substitute = $2 AND {TO_DECIDE})) AS to_decide
FROM candidate a JOIN purchase_requests r ON r.id = a.request_id
ORDER BY a.due, a.request_id, a.id
"""  # noqa: S608


def _place(text: str) -> tuple[datetime, UUID]:
    due, request_id = text.split(" ")
    return datetime.fromisoformat(due).astimezone(UTC), UUID(request_id)
