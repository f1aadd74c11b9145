"""What people are told on their devices: from the notices of the bell to what is to be pushed. Source: notices.md, "To people"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from application.calendars import Calendars
from approval.calendar import BusinessCalendar
from approval.model import Frozen
from approval.notice_kinds import PUSHED, NoticeKind
from crm import pushes
from crm.dispatching import OutboxEvent
from crm.pool import Connection, Pool
from crm.pushes import NewPush, Untold
from notices.telling import URGENT
from workflows.notice_contract import PUSH, NoticeWay

_ASKS = frozenset({NoticeKind.ASKED, NoticeKind.REMINDED})


class PushRules(Frozen):
    """When people are told on their devices.

    Args:
        server_key: our public key; devices that were subscribed with another one are told nothing.
        quiet: whether people are left alone outside business hours, but for escalations.
    """

    server_key: str
    quiet: bool = True

    def due(self, notice: Untold, calendar: BusinessCalendar, now: datetime) -> datetime | None:
        """When a notice may be pushed; None: it is not."""
        if not notice.choices.get(notice.kind, notice.kind in PUSHED):
            return None
        return calendar.opens(now) if self.quiet and notice.type not in URGENT else now


class ToDevices:
    """Has the devices of people told what the bell has; see ``notices.dispatch.Sink``. It comes after ``ToPeople``.

    Args:
        calendars: the business time that counts.
        rules: when people are told.
    """

    def __init__(self, calendars: Calendars, rules: PushRules) -> None:
        self._calendars = calendars
        self._rules = rules

    async def take(self, connection: Connection, events: Sequence[OutboxEvent]) -> set[NoticeWay]:
        """See ``Sink``."""
        await pushes.forget_read(connection, {event.request_id for event in events})
        untold = await pushes.untold(connection, [event.id for event in events], self._rules.server_key)
        if not untold:
            return set()
        calendar = await self._calendars.newest(connection)
        now = datetime.now(UTC)
        chosen = [(notice, due) for notice in untold if (due := self._rules.due(notice, calendar, now)) is not None]
        if not chosen:
            return set()
        await pushes.insert(connection, _one_each(chosen))
        return {PUSH}

    async def due(self, pool: Pool) -> set[NoticeWay]:
        """See ``Sink``."""
        return {PUSH} if await pushes.anything_waits(pool) else set()


def _one_each(chosen: Sequence[tuple[Untold, datetime]]) -> list[NewPush]:
    """Of a request, for each device, the last that asks for something, or else the last."""
    found: dict[tuple[object, object], NewPush] = {}
    for notice, due in chosen:
        asks = notice.kind in _ASKS
        place = notice.device_id, notice.request_id
        if asks or place not in found or not found[place].asks:
            found[place] = NewPush(
                notice_id=notice.notice_id,
                device_id=notice.device_id,
                request_id=notice.request_id,
                asks=asks,
                next_try_at=due,
            )
    return list(found.values())
