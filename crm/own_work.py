"""What a start page shows of somebody's own requests and of their team's: how many there are in each status, the newest, and
which are late."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approval.model import Frozen, ProcessStatus
from crm.lists import COLUMNS, JOINS, RequestItem, item_of
from crm.pool import Pool
from crm.together import Reader, Together
from crm.visibility import Viewer

ON_MIND: Final = (ProcessStatus.RETURNED, ProcessStatus.NOT_SENT, ProcessStatus.IN_PROGRESS)
"""What is still on its owner's mind."""
MOST_COUNTED: Final = 1000
"""There may be more; nobody reads the number then, and counting on would cost everybody."""
LOOKED_THROUGH: Final = 200
"""Requests in progress of one person among which late ones are looked for, those that were made first; of a team four times as many."""


class LateItem(RequestItem):
    """A request of which an open step has not been decided in time."""

    due_at: datetime


class OwnWork(Frozen):
    """How what somebody and their team asked for stands."""

    own: Mapping[ProcessStatus, int]
    """How many of one's own are in each status of ``ON_MIND``, up to ``MOST_COUNTED`` of each."""
    in_progress_of_team: int
    """The same of everyone below them."""
    newest: Mapping[ProcessStatus, Sequence[RequestItem]]
    """One's own in each status of ``ON_MIND``, and those that were completed; the newest first."""
    late: Sequence[LateItem]
    """One's own and the team's that wait on somebody else for longer than they should, the longest first."""
    approved: Sequence[RequestItem]
    """What was approved of anybody's, for whoever may see all of that; the newest first."""


async def of_viewer(pool: Pool, viewer: Viewer, now: datetime, limit: int) -> OwnWork:
    """What there is for somebody.

    Args:
        now: UTC.
        limit: requests of each kind at most.
    """
    together, name = Together(pool), viewer.username
    statuses = (*ON_MIND, ProcessStatus.COMPLETED)
    own, of_team, newest, late, approved = await asyncio.gather(
        how_many(together, [name], ON_MIND),
        how_many(together, viewer.reports, (ProcessStatus.IN_PROGRESS,)),
        together.fetch(_NEWEST, name, list(statuses), limit),
        together.fetch(_LATE, [name, *viewer.reports], now, LOOKED_THROUGH, limit, name),
        together.fetch(_APPROVED, limit if viewer.sees_completed else 0),
    )
    items = await _items(pool, [row["id"] for row in (*newest, *late, *approved)])

    def those(found: Sequence[Mapping[str, Any]]) -> tuple[RequestItem, ...]:
        return tuple(RequestItem(**items[row["id"]]) for row in found if row["id"] in items)

    return OwnWork(
        own=own,
        in_progress_of_team=of_team[ProcessStatus.IN_PROGRESS],
        newest={status: those([row for row in newest if row["status"] == status]) for status in statuses},
        late=tuple(LateItem(**items[row["id"]], due_at=row["due_at"]) for row in late if row["id"] in items),
        approved=those(approved),
    )


async def how_many(
    reader: Reader, owners: Sequence[str], statuses: Sequence[ProcessStatus]
) -> dict[ProcessStatus, int]:
    """How many requests of some people are in each of some statuses, up to ``MOST_COUNTED`` of each."""
    rows = await reader.fetch(_HOW_MANY, list(owners), list(statuses), MOST_COUNTED)
    return {ProcessStatus(row["status"]): row["requests"] for row in rows}


async def _items(pool: Pool, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """What a list shows of requests, of those that there still are."""
    return {row["id"]: item_of(row) for row in await pool.fetch(_ITEMS, ids)} if ids else {}


_HOW_MANY: Final = """
SELECT s.status, (SELECT count(*) FROM (
    SELECT FROM purchase_requests r WHERE r.owner = ANY ($1) AND r.process_status = s.status LIMIT $3) few) AS requests
FROM unnest($2::text[]) AS s (status)
"""

_NEWEST: Final = """
SELECT wanted.status, few.id FROM unnest($2::text[]) AS wanted (status), LATERAL (
    SELECT id FROM purchase_requests WHERE owner = $1 AND process_status = wanted.status ORDER BY id DESC LIMIT $3) few
ORDER BY few.id DESC
"""

_APPROVED: Final = "SELECT id FROM purchase_requests WHERE process_status = 'completed' ORDER BY id DESC LIMIT $1"

_LATE: Final = """
SELECT o.id, min(a.due_at) AS due_at
FROM (SELECT own.id FROM unnest($1::text[]) AS people (username), LATERAL (
          SELECT id FROM purchase_requests WHERE owner = people.username AND process_status = 'in_progress'
          ORDER BY id LIMIT $3) own
      ORDER BY own.id LIMIT 4 * $3) o JOIN assignments a ON a.request_id = o.id AND a.state = 'open' AND a.due_at < $2 AND a.person <> $5
GROUP BY o.id ORDER BY min(a.due_at), o.id LIMIT $4
"""
"""Each person's first ones come from an index in their order."""

_ITEMS: Final = f"SELECT {COLUMNS} FROM purchase_requests r {JOINS} WHERE r.id = ANY ($1)"  # noqa: S608
