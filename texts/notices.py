"""What people are told, one sentence for each event: for the bell, mail and chat.

Keys are the plain strings of ``approval.effects.EventType``, which this package does not import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from texts.catalogue import translate
from texts.domain import SYSTEM, number_text, person_name, refusal_text

_TOLD: Final = {
    "request.sent": "{actor} sent {number} for approval.",
    "request.returned": "{actor} returned {number}.",
    "request.recalled": "{actor} recalled {number}.",
    "request.held": "{number} is held: its order has changed. Nothing can be decided until its owner has answered.",
    "request.held.cancelled": "{number} is held: its order was cancelled. Nothing can be decided until its owner has answered.",
    "request.resumed": "{actor} keeps {number} as it is, although its order has changed; it goes on.",
    "order.changed": "The order of {number} has changed.",
    "order.changed.cancelled": "The order of {number} was cancelled.",
    "order.changed.back": "The order of {number} is again what the request was made from.",
    "request.rejected": "{actor} rejected {number}; its approval has ended.",
    "request.cancelled": "{actor} cancelled {number}.",
    "request.completed": "{number} is approved; {actor} approved it last.",
    "step.opened": "{number} waits at the step {step}.",
    "step.approved": "The step {step} of {number} is approved; {actor} approved it last.",
    "step.carried": "The step {step} of {number} stays approved.",
    "decision.refused": "Your decision on {number} did not take effect: {why}",
    "assignment.opened": "{number} waits for your decision.",
    "assignment.opened.due": "{number} waits for your decision until {due}.",
    "assignment.opened.for": "{number} waits for the decision of {for}, for whom you decide.",
    "assignment.forwarded": "{actor} forwarded {number} to you: it waits for your decision.",
    "assignment.forwarded.for": "{actor} forwarded {number} to {for}, for whom you decide.",
    "assignment.escalated": "{number} was escalated to you, since {from} has not decided: it waits for your decision.",
    "assignment.escalated.for": "{number} was escalated to {for}, for whom you decide, since {from} has not decided.",
    "assignment.reminded": "{number} still waits for your decision.",
    "assignment.reminded.for": "{number} still waits for the decision of {for}, for whom you decide.",
    "assignment.not_needed": "Your decision on {number} is not needed any more.",
    "assignment.substituted": "{actor} decided on {number} for you.",
    "consultation.asked": "{actor} asks you about {number}.",
    "consultation.answered": "{actor} answered your question about {number}.",
    "comment.added": "{actor} commented on {number}.",
    "endpoint.gone": "{name} is switched off and told nothing any more: it answered that it is gone (410).",
    "endpoint.failing": "{name} is switched off and told nothing any more: it took nothing for five days.",
    "purchasing.updated": "Purchasing changed the purchase status of {number}.",
    "purchasing.updated.received": "Purchasing reported goods of {number}: {goods}.",
    "purchase_order.placed": "{actor} has goods of {number} on purchase order {order}.",
    "purchase_order.cancelled": "{actor} took {number} off purchase order {order}.",
}
_OF_THE_SYSTEM: Final = {
    "request.resumed": "{number} goes on: its order is as it was.",
    "request.returned": "{number} was returned, since nobody decided in time.",
    "request.rejected": "{number} was rejected, since nobody decided in time; its approval has ended.",
}
_GOODS: Final = {
    "received": "{quantity} {product} received",
    "sent_back": "{quantity} {product} sent back",
    "corrected": "{quantity} {product} received in all",
    "further.one": "one more",
    "further": "{count} more",
}
_MOST_GOODS: Final = 3
"""That are named in one sentence."""
_MOMENT: Final = {"moment": "{time} on {date}"}

_KIND: Final = {
    "asked": "I am to decide, or am asked something",
    "reminded": "Reminders and escalations",
    "outcome": "What became of my requests and of those that I watch",
    "answered": "Answers to my questions",
    "comment": "Comments",
    "progress": "Progress: steps approved, goods received",
    "released": "I need not decide any more, or somebody decided for me",
}

_HEADING: Final = {
    "asked": "You are asked",
    "reminded": "Reminder",
    "outcome": "What became of a request",
    "answered": "Your question is answered",
    "comment": "New comment",
    "progress": "A request goes on",
    "released": "Not needed from you any more",
}
"""What stands above a message on a device, which says the rest itself."""


def notice_text(
    event_type: str, facts: Mapping[str, Any], language: str, *, zone: ZoneInfo, names: Mapping[str, str] | None = None
) -> str:
    """What happened, in one sentence. A note or comment is not in it.

    Args:
        event_type: of the event; one that is not known is shown as it is.
        facts: the event's, with the request's ``number``; with ``for`` where the reader is told as a substitute.
        language: ``vi`` or ``en``.
        zone: of times.
        names: people's names by username; who is not there is called by their username.
    """
    named = names or {}
    words: dict[str, str] = {
        "number": str(facts.get("number", "")),
        "name": str(facts.get("name", "")),
        "order": str(facts.get("order", "")),
        "step": _step(facts, language),
        "why": "",
    }
    for fact in ("actor", "person", "from", "for"):
        username = str(facts.get(fact, ""))
        words[fact] = person_name(username, named.get(username, username), language, begins=fact == "actor")
    key = event_type
    if facts.get("for") and f"{event_type}.for" in _TOLD:
        key = f"{event_type}.for"
    elif facts.get("due_at") and f"{event_type}.due" in _TOLD:
        key = f"{event_type}.due"
        words["due"] = _moment(str(facts["due_at"]), language, zone)
    elif facts.get("receipts") and f"{event_type}.received" in _TOLD:
        key = f"{event_type}.received"
        words["goods"] = _goods(facts["receipts"], language)
    elif facts.get("order_cancelled") and f"{event_type}.cancelled" in _TOLD:
        key = f"{event_type}.cancelled"
    elif not facts.get("changes") and f"{event_type}.back" in _TOLD:
        key = f"{event_type}.back"
    if facts.get("code"):
        words["why"] = refusal_text(
            str(facts["code"]), facts.get("params") or {}, language, zone=zone, names=named, at_pages=True
        )[1]
    message = _OF_THE_SYSTEM.get(key) if facts.get("actor") == SYSTEM else None
    return translate(language, message or _TOLD.get(key, key), words)


def _goods(receipts: Sequence[Mapping[str, str]], language: str) -> str:
    """What came and went back, the first ones."""
    said = [
        translate(
            language,
            _GOODS[one["kind"]],
            {"quantity": number_text(Decimal(one["quantity"]), language), "product": one.get("product_code", "")},
        )
        for one in receipts[:_MOST_GOODS]
    ]
    if further := len(receipts) - len(said):
        said.append(translate(language, _GOODS["further.one" if further == 1 else "further"], {"count": str(further)}))
    return ", ".join(said)


def notice_said(facts: Mapping[str, Any]) -> str:
    """What somebody said with it, as they said it: a note, a question, a comment; empty: nothing."""
    return str(facts.get("text") or facts.get("note") or "")


def notice_kind_label(kind: str, language: str) -> str:
    """What notices of a kind are about, as the settings say it."""
    return translate(language, _KIND.get(kind, kind))


def notice_heading(kind: str, language: str) -> str:
    """What stands above a message of a kind on a device."""
    return translate(language, _HEADING.get(kind, kind))


def _step(facts: Mapping[str, Any], language: str) -> str:
    return str(facts.get(f"step_name_{language}") or facts.get("step", ""))


def _moment(at: str, language: str, zone: ZoneInfo) -> str:
    moment = datetime.fromisoformat(at).astimezone(zone)
    return translate(language, _MOMENT["moment"], {"date": f"{moment:%d/%m/%Y}", "time": f"{moment:%H:%M}"})
