"""Words for endpoints: what a chat is told of an event, what events are called, and why a call came to nothing.

Keys are the plain strings of ``approval.effects.EventType`` and of ``notices``, which this package does not import.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from texts.catalogue import Language, translate
from texts.domain import person_name
from texts.notices import notice_text

_TO_ALL: Final = {
    "assignment.opened": "{number} waits for the decision of {person}.",
    "assignment.forwarded": "{actor} forwarded {number} to {person}, who is to decide it.",
    "assignment.escalated": "{number} was escalated to {person}, since {from} has not decided.",
    "assignment.reminded": "{person} was reminded of {number}.",
    "assignment.not_needed": "The decision of {person} on {number} is not needed any more.",
    "assignment.substituted": "{actor} decided on {number} for {person}.",
    "decision.refused": "What {person} decided on {number} did not take effect.",
    "consultation.asked": "{actor} asked {person} about {number}.",
    "consultation.answered": "{actor} answered the question of {person} about {number}.",
}
"""What a chat, which many read, is told of events of which the bell tells one person."""

_SAID: Final = {
    "test": "This is a test: {name} is told here what happens to purchase requests.",
    "open": "Open {number}",
    "open_pages": "Open the pages",
}

_EVENT: Final = {
    "request.sent": "Request sent",
    "request.returned": "Request returned",
    "request.recalled": "Request recalled",
    "request.rejected": "Request rejected",
    "request.cancelled": "Request is cancelled",
    "request.completed": "Request approved",
    "request.held": "Request held",
    "request.resumed": "Request goes on",
    "order.changed": "Order changed",
    "step.opened": "Step begun",
    "step.approved": "Step approved",
    "step.carried": "Step stays approved",
    "assignment.opened": "Somebody is asked to decide",
    "assignment.substituted": "A substitute decided",
    "assignment.not_needed": "Somebody need not decide any more",
    "assignment.reminded": "Somebody is reminded",
    "assignment.escalated": "Escalated to a manager",
    "assignment.forwarded": "Forwarded to somebody",
    "decision.refused": "A decision did not take effect",
    "consultation.asked": "Somebody is asked a question",
    "consultation.answered": "A question is answered",
    "purchasing.updated": "Purchasing reported",
    "purchase_order.placed": "Purchase order placed or changed",
    "purchase_order.cancelled": "Purchase order cancelled",
    "comment.added": "Comment written",
}

_SYSTEM: Final = {
    "webhook": "Webhook",
    "teams": "Microsoft Teams",
    "slack": "Slack",
    "google_chat": "Google Chat",
    "zalo": "Zalo",
}

_CALL: Final = {
    "address_refused": "the address is not to be called",
    "name_not_found": "the name is not known",
    "no_connection": "no connection",
    "timeout": "no answer in time",
    "bad_answer": "the answer is not HTTP",
}

_OFF: Final = {
    "by_hand": "Switched off by an admin",
    "gone": "Switched off: it answered that it is gone (410)",
    "failing": "Switched off: it took nothing for five days",
}


def chat_text(
    event_type: str, facts: Mapping[str, Any], language: Language, *, zone: ZoneInfo, names: Mapping[str, str]
) -> str:
    """What happened, in one sentence for all who read a chat. See ``notice_text``."""
    if event_type not in _TO_ALL:
        return notice_text(event_type, facts, language, zone=zone, names=names)
    words = {"number": str(facts.get("number", ""))}
    for fact in ("actor", "person", "from"):
        username = str(facts.get(fact, ""))
        words[fact] = person_name(username, names.get(username, username), language, begins=fact == "actor")
    return translate(language, _TO_ALL[event_type], words)


def chat_test_text(name: str, language: Language) -> str:
    """What a chat is told to be tried."""
    return translate(language, _SAID["test"], {"name": name})


def chat_link_text(language: Language, number: str = "") -> str:
    """What the link of a message says: to a request, or to the pages."""
    return translate(language, _SAID["open" if number else "open_pages"], {"number": number})


def event_label(event_type: str, language: Language) -> str:
    """What an event is called."""
    return translate(language, _EVENT.get(event_type, event_type))


def endpoint_kind_label(kind: str, language: Language) -> str:
    """What is at the other end."""
    return translate(language, _SYSTEM.get(kind, kind))


def off_label(reason: str, language: Language) -> str:
    """Why an endpoint is off."""
    return translate(language, _OFF.get(reason, reason))


def call_failure(error: str, language: Language) -> str:
    """Why a call got no answer, with what the system said of it.

    Args:
        error: as ``crm.deliveries.Answer`` has it: a code, maybe with more behind a colon.
    """
    code, colon, more = error.partition(": ")
    return translate(language, _CALL.get(code, code)) + (f" ({more})" if colon and more else "")
