"""Lists of requests, also of one source. Keyset pagination throughout; the inbox is ``crm.inbox``.

Sorting by the amount (``total``) goes by the amount as sent, whatever approvers propose meanwhile: that is what its indexes
hold, and a list keeps its order while one turns its pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from approval.model import Code, FieldError, Frozen, Person, ProcessStatus, refuse
from approval.values import Sum
from crm import cursors
from crm.flags import flagged_by
from crm.list_filters import Filters, conditions, one_of
from crm.pool import Pool
from crm.records import SourceView
from crm.standing_in import lets_see
from crm.visibility import Viewer


class RequestItem(Frozen):
    """A request in a list, with the related list's six columns and a little more."""

    id: UUID
    number: str
    request_date: date
    owner: Person
    source: SourceView | None
    customer: str | None = None
    """For whom its order or opportunity is."""
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
    order_cancelled: bool = False
    """Whether its order is cancelled, or gone."""
    held: bool = False
    """Whether nothing can be decided until the owner has answered that."""

    @property
    def current_total(self) -> Decimal:
        """The amount that is decided on."""
        return self.total if self.proposed_total is None else self.proposed_total


class ListedItem(RequestItem):
    """A request in the list of somebody who looks for one."""

    flagged: bool = False
    """Whether they have flagged it for themselves."""


class Page(Frozen):
    """One page of requests and the cursor of the next."""

    items: tuple[ListedItem, ...]
    next_cursor: str | None


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

COLUMNS = """r.id, r.number, r.request_date, r.owner, owner.name AS owner_name, r.source_id, s.type AS source_type,
    s.number AS source_number, s.customer, r.purpose, r.currency, r.total, r.proposed_total, r.process_status, r.purchase_status, r.goods,
    r.desired_delivery_date, r.version, r.updated_at,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('username', u.username, 'name', u.name) ORDER BY u.username), '[]')
        FROM assignments w JOIN users u ON u.username = w.person
        WHERE w.request_id = r.id AND w.round = (SELECT round FROM runs WHERE runs.request_id = r.id) AND w.state = 'open')
        AS waiting_on, r.order_changes IS NOT NULL AS order_changed,
    coalesce(jsonb_path_exists(r.order_changes, '$[*] ? (@.kind == "order_cancelled")'), false) AS order_cancelled,
    r.order_changes IS NOT NULL AND EXISTS (SELECT FROM runs WHERE runs.request_id = r.id AND runs.hold IS NOT NULL) AS held"""
"""What ``item_of`` makes an item of, from requests aliased ``r`` and ``JOINS``."""
JOINS = "JOIN users owner ON owner.username = r.owner LEFT JOIN sources s ON s.id = r.source_id"


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

    where = conditions(filters, parameter)
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
    rows = await fetch_planned(
        pool,
        f"SELECT {COLUMNS}, {flagged_by(parameter(viewer.username), 'r.id')} AS flagged, {by.of_request} AS sort_value"  # noqa: S608
        f" FROM ({parts}) seen"
        f" JOIN purchase_requests r ON r.id = seen.id {JOINS}"
        f" ORDER BY {by.of_request} {direction}, r.id {direction} LIMIT {limit + 1}",
        arguments,
    )
    more = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=tuple(ListedItem(**item_of(row), flagged=row["flagged"]) for row in rows[:limit]),
        next_cursor=cursors.encode(sort, more["sort_value"], more["id"]) if more else None,
    )


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
        views.append(_View(requests, f"r.owner {one_of(owners, parameter)}", "r"))
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


async def fetch_planned(pool: Pool, query: str, arguments: list[Any]) -> list[asyncpg.Record]:
    """Fetch with a plan made for these very arguments. Which index is best depends on how many rows match: a plan kept
    for all arguments, as PostgreSQL makes it for a statement that is used again, can be a hundred times slower.
    """
    async with pool.acquire() as connection:
        statement = await connection.prepare(query, name="")
        return await statement.fetch(*arguments)


def item_of(row: asyncpg.Record | dict[str, Any]) -> dict[str, Any]:
    """The values of a ``RequestItem``, read by ``COLUMNS``."""
    plain = (
        "id",
        "number",
        "request_date",
        "customer",
        "purpose",
        "currency",
        "total",
        "process_status",
        "purchase_status",
    )
    more = (
        "desired_delivery_date",
        "version",
        "updated_at",
        "proposed_total",
        "order_changed",
        "order_cancelled",
        "held",
    )
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
