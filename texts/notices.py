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
from texts.moments import day_text

_TOLD: Final = {
    "request.sent": "{actor} sent {number} for approval.",
    "request.returned": "{actor} returned {number}.",
    "request.recalled": "{actor} recalled {number}.",
    "request.held": "{number} is held: its order has changed. Nothing can be decided until its owner has answered.",
    "request.held.own": "{number} is held: its order has changed. Nothing can be decided until you have answered.",
    "request.held.cancelled": "{number} is held: its order was cancelled. Nothing can be decided until its owner has answered.",
    "request.held.cancelled.own": "{number} is held: its order was cancelled. Nothing can be decided until you have answered.",
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
    "assignment.not_needed.approved": "Your decision on {number} is not needed any more: {actor} has approved.",
    "assignment.not_needed.returned": "Your decision on {number} is not needed any more: {actor} returned it.",
    "assignment.not_needed.rejected": "Your decision on {number} is not needed any more: {actor} rejected it.",
    "assignment.not_needed.decided": "Your decision on {number} is not needed any more: {actor} has decided.",
    "assignment.not_needed.recalled": "Your decision on {number} is not needed any more: {actor} recalled it.",
    "assignment.not_needed.cancelled": "Your decision on {number} is not needed any more: {actor} cancelled it.",
    "assignment.not_needed.amended": (
        "Your decision on {number} is not needed any more: its order has changed, and {actor} takes it back to amend it."
    ),
    "assignment.not_needed.late": "Your decision on {number} is not needed any more: nobody decided in time.",
    "assignment.not_needed.given": "Your decision on {number} is not needed any more: {actor} gave it to others.",
    "assignment.not_needed.resolved": "Your decision on {number} is not needed any more: its approvers were looked up again.",
    "assignment.not_needed.moved": (
        "Your decision on {number} is not needed any more: it goes by another version of its process, which asks others."
    ),
    "assignment.substituted": "{actor} decided on {number} for you.",
    "consultation.asked": "{actor} asks you about {number}.",
    "consultation.answered": "{actor} answered your question about {number}.",
    "comment.added": "{actor} commented on {number}.",
    "endpoint.gone": "{name} is switched off and told nothing any more: it answered that it is gone (410).",
    "endpoint.failing": "{name} is switched off and told nothing any more: it took nothing for five days.",
    "purchasing.updated": "Purchasing changed the purchase status of {number}.",
    "purchasing.updated.received": "Purchasing reported goods of {number}: {goods}.",
    "purchasing.updated.lines": "Purchasing reported goods received for {number} (lines: {lines}).",
    "purchase_order.placed": "{actor} has goods of {number} on purchase order {order}.",
    "purchase_order.cancelled": "{actor} took {number} off purchase order {order}.",
}
_OF_THE_SYSTEM: Final = {
    "request.resumed": "{number} goes on: its order is as it was.",
    "request.returned": "{number} was returned, since nobody decided in time.",
    "request.rejected": "{number} was rejected, since nobody decided in time; its approval has ended.",
}
_NOT_NEEDED: Final = "assignment.not_needed"
WHY_NOT_NEEDED: Final = {
    "recall": "recalled",
    "cancel": "cancelled",
    "resolve_hold": "amended",
    "expire": "late",
    "forward": "given",
    "reassign": "given",
    "resolve_approvers": "resolved",
    "move_run": "moved",
}
"""By what was done. Why somebody need not decide whom others' decision has spared it is said by what that made of the request."""
_DECISIONS: Final = ("approve", "reject")
_GOODS: Final = {
    "received": "{quantity} {product} received",
    "sent_back": "{quantity} {product} sent back",
    "corrected": "{quantity} {product} received in all",
    "further.one": "one more",
    "further": "{count} more",
}
_MOST_GOODS: Final = 3
"""That are named in one sentence."""
_MOMENT: Final = {"moment": "{date}, {time}"}

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
    event_type: str,
    facts: Mapping[str, Any],
    language: str,
    *,
    zone: ZoneInfo,
    names: Mapping[str, str] | None = None,
    reader: str = "",
) -> str:
    """What happened, in one sentence. A note or comment is not in it.

    Args:
        event_type: of the event; one that is not known is shown as it is.
        facts: the event's, with the request's ``number``; with ``for`` where the reader is told as a substitute.
        language: ``vi`` or ``en``.
        zone: of times.
        names: people's names by username; who is not there is called by their username.
        reader: username of whoever reads it; empty: many may.
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
    if facts.get("due_at"):
        words["due"] = _moment(str(facts["due_at"]), language, zone)
    if facts.get("receipts"):
        words["goods"] = _goods(facts["receipts"], language)
        words["lines"] = str(len(facts["receipts"]))
    key = _key(event_type, facts, reader)
    if facts.get("code"):
        words["why"] = refusal_text(
            str(facts["code"]), facts.get("params") or {}, language, zone=zone, names=named, at_pages=True
        )[1]
    message = _OF_THE_SYSTEM.get(key) if facts.get("actor") == SYSTEM else None
    return translate(language, message or _TOLD.get(key, key), words)


def _key(event_type: str, facts: Mapping[str, Any], reader: str) -> str:
    """By which of its sentences an event is told."""
    variants = {
        "for": facts.get("for"),
        "due": facts.get("due_at"),
        "received": any("product_code" in one for one in facts.get("receipts", ())),
        "lines": facts.get("receipts"),  # told before products were named
        "cancelled": facts.get("order_cancelled"),
        "back": not facts.get("changes"),
    }
    if event_type == _NOT_NEEDED:
        variants = {_why_not_needed(facts): True}
    fitting = (f"{event_type}.{name}" for name, fits in variants.items() if fits)
    key = next((one for one in fitting if one in _TOLD), event_type)
    own = f"{key}.own"
    return own if reader and reader == facts.get("owner") and own in _TOLD else key


def _why_not_needed(facts: Mapping[str, Any]) -> str:
    """Why somebody need not decide any more, as far as the facts say it: what was told before has no ``status``."""
    action = str(facts.get("action", ""))
    if action not in _DECISIONS:
        return WHY_NOT_NEEDED.get(action, "")
    match facts.get("status"):
        case "returned" | "rejected" as status:
            return str(status)
        case "in_progress" if action == "reject":
            return "returned"
        case None:
            return "decided"
    return "approved"


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
    return translate(language, _MOMENT["moment"], {"date": day_text(moment, language), "time": f"{moment:%H:%M}"})
