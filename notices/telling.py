"""Who is told of which event, as a table; pure. Source: notices.md, "To people".

Nobody is told of what they did themselves, but everybody is told that they are asked. Of one command each person hears one thing
about each place of theirs, the most important.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Final
from uuid import UUID

from approval.effects import EventType
from approval.model import Frozen
from approval.notice_kinds import NoticeKind
from crm.dispatching import OutboxEvent


class Whom(StrEnum):
    """People, as an event and its request name them."""

    PERSON = "person"
    SUBSTITUTES = "substitutes"
    """Of the person, now and for this request."""
    OWNER = "owner"
    WATCHERS = "watchers"
    MENTIONED = "mentioned"
    COMMENTED = "commented"
    """Who commented before."""
    ASKED_NOW = "asked"
    """Who is waited on."""
    BUYERS = "buyers"
    """Who buys what is approved."""


NAMED_IN_LISTS: Final = (Whom.MENTIONED, Whom.COMMENTED, Whom.ASKED_NOW, Whom.BUYERS)
"""Facts that are lists of people: they say who is told, and are told to nobody."""
_OF_REQUEST: Final = (Whom.OWNER, Whom.WATCHERS)
TOLD: Final[Mapping[EventType, tuple[NoticeKind, tuple[Whom, ...]]]] = {
    EventType.REQUEST_COMPLETED: (NoticeKind.OUTCOME, _OF_REQUEST),
    EventType.REQUEST_REJECTED: (NoticeKind.OUTCOME, _OF_REQUEST),
    EventType.REQUEST_CANCELLED: (NoticeKind.OUTCOME, _OF_REQUEST),
    EventType.REQUEST_RETURNED: (NoticeKind.OUTCOME, _OF_REQUEST),
    EventType.REQUEST_HELD: (NoticeKind.OUTCOME, (*_OF_REQUEST, Whom.ASKED_NOW)),
    EventType.REQUEST_RESUMED: (NoticeKind.OUTCOME, (*_OF_REQUEST, Whom.ASKED_NOW)),
    EventType.ORDER_CHANGED: (NoticeKind.OUTCOME, (*_OF_REQUEST, Whom.BUYERS)),
    EventType.REQUEST_RECALLED: (NoticeKind.OUTCOME, (Whom.WATCHERS,)),
    EventType.DECISION_REFUSED: (NoticeKind.OUTCOME, (Whom.PERSON,)),
    EventType.ASSIGNMENT_ESCALATED: (NoticeKind.REMINDED, (Whom.PERSON, Whom.SUBSTITUTES)),
    EventType.ASSIGNMENT_FORWARDED: (NoticeKind.ASKED, (Whom.PERSON, Whom.SUBSTITUTES)),
    EventType.ASSIGNMENT_OPENED: (NoticeKind.ASKED, (Whom.PERSON, Whom.SUBSTITUTES)),
    EventType.CONSULTATION_ASKED: (NoticeKind.ASKED, (Whom.PERSON,)),
    EventType.ASSIGNMENT_REMINDED: (NoticeKind.REMINDED, (Whom.PERSON, Whom.SUBSTITUTES)),
    EventType.CONSULTATION_ANSWERED: (NoticeKind.ANSWERED, (Whom.PERSON,)),
    EventType.ASSIGNMENT_SUBSTITUTED: (NoticeKind.RELEASED, (Whom.PERSON,)),
    EventType.ASSIGNMENT_NOT_NEEDED: (NoticeKind.RELEASED, (Whom.PERSON,)),
    EventType.COMMENT_ADDED: (NoticeKind.COMMENT, (Whom.MENTIONED, Whom.COMMENTED, *_OF_REQUEST)),
    EventType.REQUEST_SENT: (NoticeKind.PROGRESS, (Whom.WATCHERS,)),
    EventType.STEP_APPROVED: (NoticeKind.PROGRESS, _OF_REQUEST),
    EventType.PURCHASING_UPDATED: (NoticeKind.PROGRESS, _OF_REQUEST),
    EventType.PURCHASE_ORDER_PLACED: (NoticeKind.PROGRESS, _OF_REQUEST),
    EventType.PURCHASE_ORDER_CANCELLED: (NoticeKind.PROGRESS, _OF_REQUEST),
}
"""The most important first. Of what is not here, only systems are told."""

_IMPORTANCE: Final = {event_type: place for place, event_type in enumerate(TOLD)}
URGENT: Final = frozenset({EventType.ASSIGNMENT_ESCALATED})
"""What is told outside business hours, too."""


class Notice(Frozen):
    """One thing that one person is told."""

    username: str
    event_id: UUID
    request_id: UUID
    kind: NoticeKind
    type: EventType
    acting_for: str | None = None
    """Whose substitute they are told as."""


class People(Frozen):
    """What is known of the people around the requests of some events."""

    active: frozenset[str]
    """Usernames; nobody else is told anything."""
    watchers: Mapping[UUID, frozenset[str]] = {}
    """By request."""
    substitutes: Mapping[tuple[UUID, str], frozenset[str]] = {}
    """Of a person, for a request, now."""


def notices_of(events: Sequence[OutboxEvent], people: People) -> list[Notice]:
    """Who is told what.

    Args:
        events: those of each request together, in their order.
        people: who is there.
    """
    told: list[Notice] = []
    for _, of_request in groupby(events, key=lambda event: event.request_id):
        for _, of_command in groupby(of_request, key=_command):
            told += _of_command(tuple(of_command), people)
    return told


def _command(event: OutboxEvent) -> tuple[object, ...]:
    facts = event.facts
    return facts.get("at"), facts.get("action"), facts.get("actor"), facts.get("comment_id")


def _of_command(events: Collection[OutboxEvent], people: People) -> Iterator[Notice]:
    heard: set[tuple[str, str]] = set()
    of_weight: dict[str, set[NoticeKind]] = {}
    for event in sorted(
        (event for event in events if event.type in _IMPORTANCE), key=lambda one: _IMPORTANCE[_type(one)]
    ):
        kind, groups = TOLD[_type(event)]
        about = str(event.facts.get("assignment_id", event.facts.get("consultation_id", "")))
        for username, acting_for in _people(event, groups, people):
            if username not in people.active or (username, about) in heard:
                continue
            if kind is not NoticeKind.ASKED and username == event.facts.get("actor"):
                continue
            if kind in (NoticeKind.PROGRESS, NoticeKind.RELEASED) and of_weight.get(username, set()) & {
                NoticeKind.OUTCOME,
                NoticeKind.ASKED,
            }:
                continue
            heard.add((username, about))
            of_weight.setdefault(username, set()).add(kind)
            yield Notice(
                username=username,
                event_id=event.id,
                request_id=event.request_id,
                kind=kind,
                type=_type(event),
                acting_for=acting_for,
            )


def _type(event: OutboxEvent) -> EventType:
    return EventType(event.type)


def _people(event: OutboxEvent, groups: Collection[Whom], people: People) -> Iterator[tuple[str, str | None]]:
    """The people of these groups, each once, with whom they stand in for."""
    person = str(event.facts.get("person", ""))
    found: dict[str, str | None] = {}
    for group in groups:
        match group:
            case Whom.PERSON:
                found.setdefault(person)
            case Whom.SUBSTITUTES:
                for username in sorted(people.substitutes.get((event.request_id, person), ())):
                    found.setdefault(username, person)
            case Whom.OWNER:
                found.setdefault(event.owner)
            case Whom.WATCHERS:
                for username in sorted(people.watchers.get(event.request_id, ())):
                    found.setdefault(username)
            case _:
                for username in event.facts.get(group.value, ()):
                    found.setdefault(str(username))
    yield from found.items()
