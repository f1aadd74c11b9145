"""Adds a request up with the live ones that belong to it, as its process says; see ``approval/cumulation.py``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction

from approval.calendar import BusinessCalendar
from approval.cumulation import Group, cumulated, groups, largest
from approval.durations import Part
from approval.process import PurchaseProcess
from crm import cumulation
from crm.pool import Connection, Pool
from crm.records import RequestRecord


async def added_up(
    executor: Pool | Connection,
    process: PurchaseProcess,
    record: RequestRecord,
    calendar: BusinessCalendar | None,
    now: datetime,
    *,
    until: datetime | None = None,
) -> RequestRecord:
    """The request with what it comes to together with others, as it is at a time.

    Args:
        calendar: whose business time the windows count; None: what has a window in business time adds nothing up.
        now: UTC; the windows reach back from it.
        until: when the others were sent at the latest, UTC; None: whenever.
    """
    subject = record.subject()
    family = record.family
    found = [
        cumulated(
            group,
            subject,
            await cumulation.others(executor, group, but=record.id, family=family, since=since, until=until),
        )
        for group in groups(process.cumulative, subject)
        for since in _since(group, calendar, now)
    ]
    return record.model_copy(update={"cumulated": largest(found)})


async def lock(connection: Connection, process: PurchaseProcess, record: RequestRecord) -> None:
    """Keep others, until the transaction ends, from being added up with the same requests. See ``crm.cumulation.lock``."""
    if process.cumulative:
        await cumulation.lock(connection, groups(process.cumulative, record.subject()))


def _since(group: Group, calendar: BusinessCalendar | None, now: datetime) -> Iterator[datetime | None]:
    """Since when requests count in a group; nothing, if nobody can tell."""
    window = group.rule.window
    if window is None:
        yield None
    elif calendar is not None:
        yield calendar.before(now, Part(Fraction(window.amount), window.unit))
