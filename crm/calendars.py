"""The business calendar: versions that never change, of which the newest counts."""

from __future__ import annotations

from datetime import datetime

from approval.calendar_document import CalendarDefinition
from approval.model import Code, Frozen, refuse
from crm.pool import Connection, Pool

NO_CALENDAR = 0
"""The version of a calendar that nobody has stored yet."""


class StoredCalendar(Frozen):
    """A version of the calendar."""

    version: int
    document: CalendarDefinition
    changed_by: str
    changed_by_name: str
    changed_at: datetime


async def newest(executor: Pool | Connection) -> StoredCalendar | None:
    """The calendar that counts; None while nobody has stored one."""
    row = await executor.fetchrow(
        """SELECT c.version, c.document, c.changed_by, u.name AS changed_by_name, c.changed_at
           FROM calendars c JOIN users u ON u.username = c.changed_by ORDER BY c.version DESC LIMIT 1"""
    )
    return StoredCalendar(**dict(row)) if row else None


async def newest_version(executor: Pool | Connection) -> int:
    """The version of the calendar that counts."""
    return int(await executor.fetchval("SELECT coalesce(max(version), $1) FROM calendars", NO_CALENDAR))


async def save(
    executor: Pool | Connection, definition: CalendarDefinition, *, by: str, at: datetime, seen: int | None
) -> None:
    """Store a calendar as the next version.

    Args:
        seen: the version that it is to replace, ``NO_CALENDAR`` if it is to be the first; None for any.

    Raises:
        RefusedError: ``stale_version``: there is another one by now.
    """
    saved = await executor.fetchval(
        """INSERT INTO calendars (version, document, changed_by, changed_at)
           SELECT coalesce(max(version), 0) + 1, $1, $2, $3 FROM calendars
           HAVING $4::integer IS NULL OR coalesce(max(version), 0) = $4
           ON CONFLICT (version) DO NOTHING RETURNING version""",
        definition.model_dump(mode="json"),
        by,
        at,
        seen,
    )
    if saved is None:
        raise refuse(Code.STALE_VERSION, variant="calendar")
