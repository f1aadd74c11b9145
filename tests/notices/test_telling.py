"""Which event tells whom, and whom not. Source: notices.md, "To people"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from approval.effects import EventType
from crm.dispatching import OutboxEvent
from notices.telling import TOLD, Notice, People, Whom, notices_of
from texts import notice_text

REQUEST: Final = uuid4()
PEOPLE: Final = People(
    active=frozenset({"owner", "watcher", "asked", "stand-in", "actor", "other", "mentioned", "talker", "buyer"}),
    watchers={REQUEST: frozenset({"watcher", "left"})},
    substitutes={(REQUEST, "asked"): frozenset({"stand-in"})},
)
"""``left`` is nobody any more. ``other`` has nothing to do with the request."""


def _event(event_type: str, *, request_id: UUID = REQUEST, **facts: Any) -> OutboxEvent:
    told = {"at": "2026-11-28T03:00:00Z", "action": "approve", "actor": "actor", "person": "asked", **facts}
    return OutboxEvent(
        id=uuid4(),
        request_id=request_id,
        sequence=1,
        type=event_type,
        facts=told,
        created_at=datetime.now(UTC),
        number="YCMH-2026-000001",
        owner="owner",
    )


def _told(*events: OutboxEvent) -> list[tuple[str, str, str | None]]:
    return [(one.username, one.type, one.acting_for) for one in notices_of(events, PEOPLE)]


def _people(*events: OutboxEvent) -> set[str]:
    return {one.username for one in notices_of(events, PEOPLE)}


WHOM: Final[dict[EventType, set[str]]] = {
    EventType.REQUEST_SENT: {"watcher"},
    EventType.REQUEST_RETURNED: {"owner", "watcher"},
    EventType.REQUEST_RECALLED: {"watcher"},
    EventType.REQUEST_HELD: {"owner", "watcher", "asked"},
    EventType.REQUEST_RESUMED: {"owner", "watcher", "asked"},
    EventType.ORDER_CHANGED: {"owner", "watcher", "buyer"},
    EventType.REQUEST_REJECTED: {"owner", "watcher"},
    EventType.REQUEST_CANCELLED: {"owner", "watcher"},
    EventType.REQUEST_COMPLETED: {"owner", "watcher"},
    EventType.DECISION_REFUSED: {"asked"},
    EventType.STEP_OPENED: set(),
    EventType.STEP_APPROVED: {"owner", "watcher"},
    EventType.STEP_CARRIED: set(),
    EventType.ASSIGNMENT_OPENED: {"asked", "stand-in"},
    EventType.ASSIGNMENT_SUBSTITUTED: {"asked"},
    EventType.ASSIGNMENT_NOT_NEEDED: {"asked"},
    EventType.ASSIGNMENT_REMINDED: {"asked", "stand-in"},
    EventType.ASSIGNMENT_ESCALATED: {"asked", "stand-in"},
    EventType.ASSIGNMENT_FORWARDED: {"asked", "stand-in"},
    EventType.CONSULTATION_ASKED: {"asked"},
    EventType.CONSULTATION_ANSWERED: {"asked"},
    EventType.PURCHASING_UPDATED: {"owner", "watcher"},
    EventType.PURCHASE_ORDER_PLACED: {"owner", "watcher"},
    EventType.PURCHASE_ORDER_CANCELLED: {"owner", "watcher"},
    EventType.COMMENT_ADDED: {"owner", "watcher", "mentioned", "talker"},
}


@pytest.mark.parametrize("event_type", EventType)
def test_an_event_tells_those_whom_it_concerns_and_nobody_else(event_type: EventType) -> None:
    lists: dict[str, Any] = {
        "mentioned": ["mentioned", "left"],
        "commented": ["talker", "mentioned"],
        "asked": ["asked"],
        "buyers": ["buyer"],
    }
    event = _event(event_type, **lists)
    told = _told(event)
    assert {username for username, _, _ in told} == WHOM[event_type]
    assert len(told) == len(WHOM[event_type]), "each is told once"
    assert {username: acting_for for username, _, acting_for in told if acting_for} == (
        {"stand-in": "asked"} if "stand-in" in WHOM[event_type] else {}
    )


@pytest.mark.parametrize("event_type", sorted(set(EventType) - {event for event in EventType if not WHOM[event]}))
def test_nobody_is_told_who_is_not_active_any_more(event_type: EventType) -> None:
    nobody = PEOPLE.model_copy(update={"active": frozenset({"other"})})
    assert notices_of([_event(event_type, mentioned=["mentioned"], commented=["talker"])], nobody) == []


def test_who_watches_another_request_or_stands_in_elsewhere_is_not_told() -> None:
    elsewhere = uuid4()
    assert _people(_event(EventType.REQUEST_RETURNED, request_id=elsewhere)) == {"owner"}
    assert _people(_event(EventType.ASSIGNMENT_OPENED, request_id=elsewhere)) == {"asked"}


@pytest.mark.parametrize("event_type", [EventType.REQUEST_CANCELLED, EventType.COMMENT_ADDED, EventType.STEP_APPROVED])
def test_nobody_is_told_of_what_they_did_themselves(event_type: EventType) -> None:
    assert _people(_event(event_type, actor="owner")) == {"watcher"}
    assert _people(_event(event_type, actor="watcher")) == {"owner"}


def test_whoever_approved_is_told_that_they_are_asked_again() -> None:
    assert _people(_event(EventType.ASSIGNMENT_OPENED, actor="asked")) == {"asked", "stand-in"}


def test_of_one_command_each_hears_the_most_important_about_each_place() -> None:
    place = str(uuid4())
    forwarded = _event(EventType.ASSIGNMENT_FORWARDED, assignment_id=place)
    opened = _event(EventType.ASSIGNMENT_OPENED, assignment_id=place)
    another = _event(EventType.ASSIGNMENT_OPENED, assignment_id=str(uuid4()))
    told = _told(opened, forwarded, another)
    assert [item for item in told if item[0] == "asked"] == [
        ("asked", EventType.ASSIGNMENT_FORWARDED, None),
        ("asked", EventType.ASSIGNMENT_OPENED, None),
    ]
    finished = (_event(EventType.STEP_APPROVED), _event(EventType.REQUEST_COMPLETED))
    assert _told(*finished) == [
        ("owner", EventType.REQUEST_COMPLETED, None),
        ("watcher", EventType.REQUEST_COMPLETED, None),
    ]
    later = _event(EventType.STEP_APPROVED, at="2026-11-28T03:00:01Z")
    assert [kind for _, kind, _ in _told(later, *finished)].count(EventType.STEP_APPROVED) == 2, "another command"


def test_what_is_not_known_here_tells_nobody() -> None:
    assert notices_of([_event("engine.exploded")], PEOPLE) == []
    assert all(isinstance(one, Notice) for one in notices_of([_event(event) for event in TOLD], PEOPLE))


@pytest.mark.parametrize("event_type", sorted(event for event, (_, whom) in TOLD.items() if Whom.SUBSTITUTES in whom))
def test_a_substitute_is_told_for_whom_and_not_that_it_is_theirs(event_type: EventType) -> None:
    facts = {"number": "YCMH-1", "actor": "actor", "person": "asked", "from": "before", "for": "asked"}
    due = facts | {"due_at": "2026-11-28T03:00:00+00:00"}
    for said in (facts, due):
        text = notice_text(event_type, said, "vi", zone=ZoneInfo("Asia/Ho_Chi_Minh"), names={"asked": "Lê Hoàng Nam"})
        assert "Lê Hoàng Nam, người mà bạn được ủy quyền duyệt thay" in text
        assert "chờ bạn" not in text
