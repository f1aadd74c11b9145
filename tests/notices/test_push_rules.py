"""When a notice may be pushed: at once or not at all, and at night only what was escalated."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest

from approval.effects import EventType
from crm.pushes import Untold
from notices.devices import PushRules
from notices.telling import TOLD
from tests.crm.saved import CALENDAR
from tests.notices.test_mail_rules import at

RULES = PushRules(server_key="ours")
ASKED, ESCALATED, APPROVED = EventType.ASSIGNMENT_OPENED, EventType.ASSIGNMENT_ESCALATED, EventType.STEP_APPROVED


def due(event_type: EventType, now: str, choice: bool | None = None, rules: PushRules = RULES) -> datetime | None:
    kind = TOLD[event_type][0]
    notice = Untold(
        notice_id=uuid4(),
        device_id=uuid4(),
        request_id=uuid4(),
        kind=kind,
        type=event_type,
        choices={} if choice is None else {kind: choice},
    )
    return rules.due(notice, CALENDAR, at(now))


@pytest.mark.parametrize(
    ("event_type", "now", "choice", "pushed"),
    [
        (ASKED, "2026-11-25T10:00", None, "2026-11-25T10:00"),  # a Wednesday
        (ASKED, "2026-11-25T22:00", None, "2026-11-26T08:00"),
        (ASKED, "2026-11-27T22:00", None, "2026-11-30T08:00"),  # over the weekend
        (ESCALATED, "2026-11-28T03:00", None, "2026-11-28T03:00"),
        (ASKED, "2026-11-25T10:00", False, None),
        (ESCALATED, "2026-11-25T22:00", False, None),
        (APPROVED, "2026-11-25T10:00", None, None),  # progress is in the bell alone, unless somebody wants it
        (APPROVED, "2026-11-25T10:00", True, "2026-11-25T10:00"),
    ],
)
def test_when_a_notice_may_be_pushed(event_type: EventType, now: str, choice: bool | None, pushed: str | None) -> None:
    assert due(event_type, now, choice) == (at(pushed) if pushed else None)


def test_without_quiet_hours_the_night_is_as_the_day() -> None:
    loud = RULES.model_copy(update={"quiet": False})
    assert due(ASKED, "2026-11-25T22:00", rules=loud) == at("2026-11-25T22:00")
