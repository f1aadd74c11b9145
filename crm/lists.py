"""Lists: requests, the inbox, and what belongs to a source. Keyset pagination throughout.

Sorting by the amount (``total``) goes by the amount as sent, whatever approvers propose meanwhile: that is what its indexes
hold, and a list keeps its order while one turns its pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

import asyncpg
from pydantic import ConfigDict, Field

from approval.alarms import Alarm, to_come
from approval.model import Code, FieldError, Frozen, Person, ProcessStatus, refuse
from approval.values import Sum
from crm import consultations, cursors
from crm.consultations import ConsultationItem
from crm.pool import Pool
from crm.records import SourceView
from crm.search_text import fold
from crm.standing_in import TO_DECIDE, WAITING, lets_see
from crm.visibility import Viewer


class RequestItem(Frozen):
    """A request in a list, with the related list's six columns and a little more."""

    id: UUID
    number: str
    request_date: date
    owner: Person
    source: SourceView | None
    purpose: str
    currency: str
    total: Sum
    proposed_total: Sum | None = None
    """The total as approvers would have it, while it differs; that is what is decided on."""
    process_status: ProcessStatus
    purchase_status: str | None
    goods: tuple[str, ...]
    desired_delivery_date: date | None
    version: int
    updated_at: datetime
    waiting_on: tuple[Person, ...] = ()
    """Who is to decide now."""
    order_changed: bool = False
    """Whether its order differs now from what it was made from."""
    held: bool = False
    """Whether nothing can be decided until the owner has answered that."""

    @property
    def current_total(self) -> Decimal:
        """The amount that is decided on."""
        return self.total if self.proposed_total is None else self.proposed_total


class InboxItem(RequestItem):
    """A request that waits on the caller."""

    step: str
    acting_for: Annotated[Person | None, Field(alias="for")] = None
    """Whose substitute the caller decides it as; null: it waits on themselves."""
    deadline: datetime | None
    opened_at: datetime | None
    instead_of: Person | None = None
    """Whoever did not decide in time, so that the caller may decide too."""
    upcoming: tuple[Alarm, ...] = ()
    """What the clock will do if the caller does not decide, soonest first; it returns or rejects when nobody has decided."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, serialize_by_alias=True)


class Page(Frozen):
    """One page of requests and the cursor of the next."""

    items: tuple[RequestItem, ...]
    next_cursor: str | None


class Filters(Frozen):
    """What a list of requests is narrowed to."""

    process_status: tuple[ProcessStatus, ...] = ()
    purchase_status: tuple[str, ...] = ()
    not_reported: bool = False
    """Only requests of which purchasing has reported no status yet."""
    owner: str | None = None
    source_id: UUID | None = None
    q: str = Field(default="", max_length=200)


def _total(text: str) -> Decimal:
    if not re.fullmatch(r"\d{1,60}(\.\d{1,20})?", text):
        raise ValueError("this is no total")
    return Decimal(text)


class _Sort(NamedTuple):
    """What a list is sorted by: a column of the request, the participant's copy of it, and how to read a cursor's value."""

    of_request: str
    of_participant: str
    parse: Callable[[str], Any]


SORTS: Final = {
    "created": _Sort("r.id", "p.request_id", UUID),
    "number": _Sort("request_number_order(r.number)", "p.number_order", cursors.read_place),
    "request_date": _Sort("r.request_date", "p.request_date", date.fromisoformat),
    "total": _Sort("r.total", "p.total", _total),
}
"""What lists can be sorted by; a leading minus sorts downwards."""

DEFAULT_SORT: Final = "-created"

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
"""How the database's infinity arrives."""

_COLUMNS = """r.id, r.number, r.request_date, r.owner, owner.name AS owner_name, r.source_id, s.type AS source_type,
    s.number AS source_number, r.purpose, r.currency, r.total, r.proposed_total, r.process_status, r.purchase_status, r.goods,
    r.desired_delivery_date, r.version, r.updated_at,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('username', u.username, 'name', u.name) ORDER BY u.username), '[]')
        FROM assignments w JOIN users u ON u.username = w.person
        WHERE w.request_id = r.id AND w.round = (SELECT round FROM runs WHERE runs.request_id = r.id) AND w.state = 'open')
        AS waiting_on, r.order_changes IS NOT NULL AS order_changed,
    r.order_changes IS NOT NULL AND EXISTS (SELECT FROM runs WHERE runs.request_id = r.id AND runs.hold IS NOT NULL) AS held"""
_JOINS = "JOIN users owner ON owner.username = r.owner LEFT JOIN sources s ON s.id = r.source_id"


async def page(pool: Pool, viewer: Viewer, filters: Filters, *, sort: str, limit: int, cursor: str | None) -> Page:
    """Requests that the viewer may see.

    Args:
        sort: a key of ``SORTS``, a leading minus for downwards.
        limit: items at most, 1 to 200.
        cursor: ``next_cursor`` of the page before.

    Raises:
        RefusedError: ``invalid``: unknown sort, or a cursor that is not ours.
    """
    downwards, name = sort.startswith("-"), sort.removeprefix("-")
    if name not in SORTS:
        raise refuse(
            Code.INVALID, FieldError(pointer="/sort", message="unknown_sort", params={"allowed": ", ".join(SORTS)})
        )
    by = SORTS[name]
    arguments: list[Any] = []

    def parameter(value: object) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    where = []
    if filters.process_status:
        where.append(f"r.process_status {_one_of(filters.process_status, parameter)}")
    if filters.purchase_status:
        where.append(f"r.purchase_status {_one_of(filters.purchase_status, parameter)}")
    if filters.not_reported:
        where.append("r.purchase_status IS NULL")
    if filters.source_id is not None:
        where.append(f"r.source_id = {parameter(filters.source_id)}")
    for word in fold(filters.q).split():
        where += [f"{target} LIKE {parameter(_pattern(part))}" for target, part in _search(word)]
    of_owner = "" if filters.owner is None else f"owner = {parameter(filters.owner)}"
    after = ""
    if cursor is not None:
        value, last_id = cursors.decode(cursor, sort, by.parse)
        after = f"{'<' if downwards else '>'} ({parameter(value)}, {parameter(last_id)})"
    direction = "DESC" if downwards else "ASC"

    def part(view: _View) -> str:
        conditions = [view.seen, *where]
        if of_owner:
            conditions.append(f"{view.alias}.{of_owner}")
        column, key = (by.of_participant, "p.request_id") if view.alias == "p" else (by.of_request, "r.id")
        if after:
            conditions.append(f"({column}, {key}) {after}")
        order = f"ORDER BY {column} {direction}, {key} {direction} LIMIT {limit + 1}"
        return f"(SELECT r.id FROM {view.tables} WHERE {' AND '.join(conditions)} {order})"  # noqa: S608

    parts = " UNION ".join(part(view) for view in _views(viewer, filters, parameter))
    rows = await _fetch(
        pool,
        f"SELECT {_COLUMNS}, {by.of_request} AS sort_value FROM ({parts}) seen"  # noqa: S608
        f" JOIN purchase_requests r ON r.id = seen.id {_JOINS}"
        f" ORDER BY {by.of_request} {direction}, r.id {direction} LIMIT {limit + 1}",
        arguments,
    )
    more = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=tuple(RequestItem(**_item(row)) for row in rows[:limit]),
        next_cursor=cursors.encode(sort, more["sort_value"], more["id"]) if more else None,
    )


class InboxPage(Frozen):
    """One page of the inbox."""

    items: tuple[InboxItem, ...]
    consultations: tuple[ConsultationItem, ...] = ()
    """What the caller is asked and has yet to answer (Xin ý kiến), oldest first; on the first page."""
    next_cursor: str | None


async def inbox(pool: Pool, viewer: Viewer, *, limit: int, cursor: str | None) -> InboxPage:
    """What waits on somebody and on those they stand in for, oldest deadline first; that without one comes last. A request of
    which two steps wait on them is there twice."""
    after: tuple[Any, ...] = ()
    if cursor is not None:
        place, assignment_id = cursors.decode(cursor, "due", _place_in_inbox)
        after = (*place, assignment_id)
    if viewer.stands_in_for:
        rows = await pool.fetch(
            _inbox_of("i.id = ANY ($1)", "", limit + 1), await _places(pool, viewer, after, limit + 1)
        )
    else:
        rows = await pool.fetch(
            _inbox_of("i.person = $1 AND i.state = 'open'", _after(after, "i", 2), limit + 1), viewer.username, *after
        )
    more = rows[limit - 1] if len(rows) > limit else None
    items = tuple(
        InboxItem(
            **_item(row),
            step=row["step"],
            acting_for=Person(**row["person"]) if row["person"]["username"] != viewer.username else None,
            opened_at=row["opened_at"],
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


def _inbox_of(where: str, after: str, most: int) -> str:
    return f"""
        SELECT {_COLUMNS}, i.id AS assignment_id, i.step, coalesce(i.due_at, 'infinity') AS due, i.opened_at,
            jsonb_build_object('username', asked.username, 'name', asked.name) AS person, i.alarms, late.person AS late,
            late_user.name AS late_name
        FROM assignments i JOIN purchase_requests r ON r.id = i.request_id JOIN users asked ON asked.username = i.person {_JOINS}
            LEFT JOIN assignments late ON late.id = i.escalated_from
            LEFT JOIN users late_user ON late_user.username = late.person
        WHERE {where} {after}
        ORDER BY coalesce(i.due_at, 'infinity'), i.request_id, i.id LIMIT {most}"""  # noqa: S608


def _after(after: tuple[Any, ...], alias: str, first: int) -> str:
    """That a row of ``assignments`` comes after a place, whose parameters begin with this one."""
    if not after:
        return ""
    return f"AND (coalesce({alias}.due_at, 'infinity'), {alias}.request_id, {alias}.id) > (${first}, ${first + 1}, ${first + 2})"


async def _places(pool: Pool, viewer: Viewer, after: tuple[Any, ...], wanted: int) -> list[UUID]:
    """The first assignments that somebody may decide, theirs and those of people they stand in for.

    An index knows the order of each person's. So the first of each are looked through in the order of all, and more of them only
    where too many are none for a substitute: of another department, above a ceiling.
    """
    found: list[UUID] = []
    most = wanted
    while True:
        rows = await pool.fetch(
            _CANDIDATES.format(after=_after(after, "i", 4)),
            [viewer.username, *viewer.stands_in_for],
            viewer.username,
            most,
            *after,
        )
        found += [row["id"] for row in rows if row["to_decide"]]
        if len(found) >= wanted or len(rows) < most:
            return found[:wanted]
        after = (rows[-1]["due"], rows[-1]["request_id"], rows[-1]["id"])
        most *= 4


_CANDIDATES: Final = f"""
WITH candidate AS MATERIALIZED (
    SELECT found.* FROM unnest($1::text[]) AS asked (person), LATERAL (
        SELECT i.*, coalesce(i.due_at, 'infinity') AS due FROM assignments i
        WHERE i.person = asked.person AND i.state = 'open' {{after}}
        ORDER BY coalesce(i.due_at, 'infinity'), i.request_id, i.id LIMIT $3) found
    ORDER BY due, request_id, id LIMIT $3
)
SELECT a.id, a.request_id, a.due, (a.person = $2 OR EXISTS (
    SELECT FROM substitutions s WHERE s.person = a.person AND s.substitute = $2 AND {TO_DECIDE})) AS to_decide
FROM candidate a JOIN purchase_requests r ON r.id = a.request_id
ORDER BY a.due, a.request_id, a.id
"""  # noqa: S608


async def inbox_size(pool: Pool, username: str) -> int:
    """How much waits on somebody and on those they stand in for."""
    return int(await pool.fetchval(f"SELECT {WAITING} FROM users u WHERE u.username = $1", username) or 0)  # noqa: S608


def _one_of(values: Sequence[str], parameter: Callable[[object], str]) -> str:
    """Being one of several values; of a single one an index knows the order of the rows."""
    return f"= {parameter(values[0])}" if len(values) == 1 else f"= ANY ({parameter(list(values))})"


class _View(NamedTuple):
    """One way in which somebody may see a request."""

    tables: str
    seen: str
    alias: str
    """Of the table that gives the order: ``r`` requests, ``p`` participants."""


def _views(viewer: Viewer, filters: Filters, parameter: Callable[[object], str]) -> list[_View]:
    """What the viewer may see, as parts that an index answers each. The union of them is ``visibility.VISIBLE``; that
    predicate itself, an OR over two tables, would be tried on row after row.
    """
    requests = "purchase_requests r"
    if viewer.sees_all:
        return [_View(requests, "true", "r")]
    views = []
    owners = [name for name in (viewer.username, *viewer.reports) if filters.owner in (None, name)]
    if owners:
        views.append(_View(requests, f"r.owner {_one_of(owners, parameter)}", "r"))
    if filters.process_status != (ProcessStatus.NOT_SENT,) or not views:  # until it is sent nobody else takes part
        joined = f"participants p JOIN {requests} ON r.id = p.request_id"
        views.append(_View(joined, f"p.username = {parameter(viewer.username)}", "p"))
    if viewer.stands_in_for and ProcessStatus.IN_PROGRESS in (filters.process_status or ProcessStatus):
        away = parameter(list(viewer.stands_in_for))
        of_them = f"SELECT DISTINCT request_id FROM assignments WHERE person = ANY ({away}) AND state = 'open'"  # noqa: S608
        joined = (
            f"({of_them}) waits JOIN {requests} ON r.id = waits.request_id"  # of all that they take part in, few wait
        )
        views.append(_View(joined, lets_see(parameter(viewer.username)), "r"))
    # Nobody watches so many requests that an order of theirs would need an index.
    joined = f"watchers w JOIN {requests} ON r.id = w.request_id"
    views.append(_View(joined, f"w.username = {parameter(viewer.username)}", "r"))
    if viewer.sees_completed and ProcessStatus.COMPLETED in (filters.process_status or ProcessStatus):
        views.append(_View(requests, "r.process_status = 'completed'", "r"))
    return views


async def _fetch(pool: Pool, query: str, arguments: list[Any]) -> list[asyncpg.Record]:
    """Fetch with a plan made for these very arguments. Which index is best depends on how many rows match: a plan kept
    for all arguments, as PostgreSQL makes it for a statement that is used again, can be a hundred times slower.
    """
    async with pool.acquire() as connection:
        statement = await connection.prepare(query, name="")
        return await statement.fetch(*arguments)


def _search(word: str) -> list[tuple[str, str]]:
    """Where to look for a word. Numbers of documents share their beginning, so the index looks for the digits at the
    end, and what it finds is compared with the whole word, by an expression that no index answers.
    """
    number = re.fullmatch(r".*[^0-9]([0-9]{4,})", word)
    if number is None:
        return [("r.search_text", word)]
    return [("r.search_text", number[1]), ("(r.search_text || '')", word)]


def _item(row: asyncpg.Record) -> dict[str, Any]:
    plain = ("id", "number", "request_date", "purpose", "currency", "total", "process_status", "purchase_status")
    more = ("desired_delivery_date", "version", "updated_at", "proposed_total", "order_changed", "held")
    source = None
    if row["source_id"] is not None:
        source = SourceView(type=row["source_type"], id=row["source_id"], number=row["source_number"])
    return {
        **{field: row[field] for field in (*plain, *more)},
        "owner": Person(username=row["owner"], name=row["owner_name"]),
        "source": source,
        "goods": tuple(row["goods"]),
        "waiting_on": tuple(Person(**person) for person in row["waiting_on"]),
    }


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _place_in_inbox(text: str) -> tuple[datetime, UUID]:
    due, request_id = text.split(" ")
    return datetime.fromisoformat(due).astimezone(UTC), UUID(request_id)
