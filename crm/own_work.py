"""What a start page shows of somebody's own requests and of their team's: how many there are in each status, and which are late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from approval.model import ProcessStatus
from crm.lists import COLUMNS, JOINS, RequestItem, item_of
from crm.together import Reader

MOST_COUNTED: Final = 1000
"""There may be more; nobody reads the number then, and counting on would cost everybody."""
LOOKED_THROUGH: Final = 200
"""Requests in progress of one person among which late ones are looked for, those that were made first; of a team four times as many."""


class LateItem(RequestItem):
    """A request of which an open step has not been decided in time."""

    due_at: datetime


async def how_many(
    reader: Reader, owners: Sequence[str], statuses: Sequence[ProcessStatus]
) -> dict[ProcessStatus, int]:
    """How many requests of some people are in each of some statuses, up to ``MOST_COUNTED`` of each."""
    rows = await reader.fetch(_HOW_MANY, list(owners), list(statuses), MOST_COUNTED)
    return {ProcessStatus(row["status"]): row["requests"] for row in rows}


async def newest(
    reader: Reader, owner: str, statuses: Sequence[ProcessStatus], limit: int
) -> dict[ProcessStatus, list[RequestItem]]:
    """Somebody's own requests in each of some statuses, the newest first.

    Args:
        limit: how many of each status at most.
    """
    found: dict[ProcessStatus, list[RequestItem]] = {status: [] for status in statuses}
    for row in await reader.fetch(_NEWEST, owner, list(statuses), limit):
        found[ProcessStatus(row["process_status"])].append(RequestItem(**item_of(row)))
    return found


async def newest_approved(reader: Reader, limit: int) -> list[RequestItem]:
    """What was approved of anybody's, the newest first; for whoever may see all of that."""
    return [RequestItem(**item_of(row)) for row in await reader.fetch(_NEWEST_APPROVED, limit)]


async def late(reader: Reader, owners: Sequence[str], viewer: str, now: datetime, limit: int) -> list[LateItem]:
    """Requests of some people that wait on somebody else than the viewer for longer than they should, the longest first.

    Args:
        viewer: whose inbox has the others.
        now: UTC.
        limit: how many at most.
    """
    rows = await reader.fetch(_LATE, list(owners), now, LOOKED_THROUGH, limit, viewer)
    return [LateItem(**item_of(row), due_at=row["due_at"]) for row in rows]


_HOW_MANY: Final = """
SELECT s.status, (SELECT count(*) FROM (
    SELECT FROM purchase_requests r WHERE r.owner = ANY ($1) AND r.process_status = s.status LIMIT $3) few) AS requests
FROM unnest($2::text[]) AS s (status)
"""

_NEWEST: Final = f"""
SELECT {COLUMNS} FROM unnest($2::text[]) AS wanted (status), LATERAL (
    SELECT id FROM purchase_requests WHERE owner = $1 AND process_status = wanted.status ORDER BY id DESC LIMIT $3) few
    JOIN purchase_requests r ON r.id = few.id {JOINS}
ORDER BY r.id DESC
"""  # noqa: S608

_NEWEST_APPROVED: Final = f"""
SELECT {COLUMNS}
FROM (SELECT id FROM purchase_requests WHERE process_status = 'completed' ORDER BY id DESC LIMIT $1) few
    JOIN purchase_requests r ON r.id = few.id {JOINS}
ORDER BY r.id DESC
"""  # noqa: S608

_LATE: Final = f"""
SELECT {COLUMNS}, late.due_at
FROM (SELECT o.id, min(a.due_at) AS due_at
      FROM (SELECT own.id FROM unnest($1::text[]) AS people (username), LATERAL (
                SELECT id FROM purchase_requests WHERE owner = people.username AND process_status = 'in_progress'
                ORDER BY id LIMIT $3) own
            ORDER BY own.id LIMIT 4 * $3) o JOIN assignments a ON a.request_id = o.id AND a.state = 'open' AND a.due_at < $2 AND a.person <> $5
      GROUP BY o.id ORDER BY min(a.due_at), o.id LIMIT $4) late
    JOIN purchase_requests r ON r.id = late.id {JOINS}
ORDER BY late.due_at, late.id
"""  # noqa: S608
"""Each person's first ones come from an index in their order."""
