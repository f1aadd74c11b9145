"""The business calendar that counts now: the one that was stored last, or, until somebody stores one, that of the settings."""

from __future__ import annotations

from datetime import datetime

from approval.calendar import BusinessCalendar
from approval.calendar_document import CalendarDefinition, definition_of, require_working_time
from approval.model import Frozen
from crm import calendars
from crm.calendars import NO_CALENDAR, StoredCalendar
from crm.pool import Connection, Pool


class CalendarView(Frozen):
    """The calendar and who changed it last; nobody, while it is that of the settings."""

    version: int
    definition: CalendarDefinition
    stored: StoredCalendar | None


class Calendars:
    """Keeps the calendar that was read last, so that a decision need only say which version counts.

    Args:
        default: that of the settings.
    """

    def __init__(self, default: BusinessCalendar) -> None:
        self._default = default
        self._version = NO_CALENDAR
        self._calendar = default

    async def of_version(self, executor: Pool | Connection, version: int) -> BusinessCalendar:
        """The calendar that counts, given its version as the facts of a decision have it; read only when that is another."""
        if version != self._version:
            stored = await calendars.newest(executor)
            self._version = stored.version if stored else NO_CALENDAR
            self._calendar = stored.document.calendar(self._default.zone) if stored else self._default
        return self._calendar

    async def newest(self, executor: Pool | Connection) -> BusinessCalendar:
        """The calendar that counts."""
        return await self.of_version(executor, await calendars.newest_version(executor))

    async def change(
        self, executor: Pool | Connection, definition: CalendarDefinition, *, by: str, at: datetime, seen: int | None
    ) -> None:
        """Store a calendar, which counts from now on; what was reckoned stays.

        Args:
            seen: the version that it is to replace; None for any.

        Raises:
            RefusedError: ``calendar_missing``, ``stale_version``.
        """
        require_working_time(definition)
        await calendars.save(executor, definition, by=by, at=at, seen=seen)

    async def view(self, executor: Pool | Connection) -> CalendarView:
        """The calendar as people read it."""
        stored = await calendars.newest(executor)
        return CalendarView(
            version=stored.version if stored else NO_CALENDAR,
            definition=stored.document if stored else definition_of(self._default),
            stored=stored,
        )
