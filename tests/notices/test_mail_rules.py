"""When a notice may be mailed: at once, the next working morning or never, and at night only what was escalated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from approval.calendar import BusinessCalendar
from approval.effects import EventType
from approval.notice_kinds import MailChoice
from crm.notices import NoticeSettings, Reader
from notices.dispatch import MailRules
from notices.telling import TOLD, Notice
from tests.crm.saved import CALENDAR

RULES = MailRules(on=True, gather=timedelta(minutes=1), quiet=True)
ASKED, ESCALATED, APPROVED = EventType.ASSIGNMENT_OPENED, EventType.ASSIGNMENT_ESCALATED, EventType.STEP_APPROVED


def at(text: str) -> datetime:
    """A time of the company's clock, seven hours before UTC's."""
    return datetime.fromisoformat(f"{text}+07:00").astimezone(UTC)


def due(
    event_type: EventType,
    now: str,
    choice: MailChoice | None = None,
    rules: MailRules = RULES,
    email: str = "a@b.example",
) -> datetime | None:
    kind = TOLD[event_type][0]
    settings = NoticeSettings(email={kind: choice} if choice else {})
    notice = Notice(username="a", event_id=uuid4(), request_id=uuid4(), kind=kind, type=event_type)
    calendar: BusinessCalendar = CALENDAR
    return rules.due(Reader(username="a", email=email, settings=settings), notice, calendar, at(now))


@pytest.mark.parametrize(
    ("event_type", "now", "choice", "mailed"),
    [
        (ASKED, "2026-11-25T10:00", None, "2026-11-25T10:01"),  # a Wednesday
        (ASKED, "2026-11-25T22:00", None, "2026-11-26T08:00"),
        (ASKED, "2026-11-25T03:00", None, "2026-11-25T08:00"),
        (ASKED, "2026-11-27T22:00", None, "2026-11-30T08:00"),  # over the weekend
        (ESCALATED, "2026-11-25T22:00", None, "2026-11-25T22:01"),
        (ESCALATED, "2026-11-28T03:00", None, "2026-11-28T03:01"),
        (ASKED, "2026-11-25T10:00", MailChoice.DAILY, "2026-11-26T08:00"),
        (ASKED, "2026-11-25T03:00", MailChoice.DAILY, "2026-11-26T08:00"),
        (ASKED, "2026-11-27T10:00", MailChoice.DAILY, "2026-11-30T08:00"),
        (ASKED, "2026-11-25T10:00", MailChoice.OFF, None),
        (ESCALATED, "2026-11-25T22:00", MailChoice.OFF, None),
        (APPROVED, "2026-11-25T10:00", None, None),  # progress is in the bell alone, unless somebody wants it
        (APPROVED, "2026-11-25T10:00", MailChoice.AT_ONCE, "2026-11-25T10:01"),
    ],
)
def test_when_a_notice_may_be_mailed(
    event_type: EventType, now: str, choice: MailChoice | None, mailed: str | None
) -> None:
    assert due(event_type, now, choice) == (at(mailed) if mailed else None)


def test_without_quiet_hours_the_night_is_as_the_day() -> None:
    assert due(ASKED, "2026-11-25T22:00", rules=RULES.model_copy(update={"quiet": False})) == at("2026-11-25T22:01")


def test_nobody_is_mailed_without_a_server_or_an_address() -> None:
    assert due(ASKED, "2026-11-25T10:00", rules=MailRules()) is None
    assert due(ASKED, "2026-11-25T10:00", email="") is None
