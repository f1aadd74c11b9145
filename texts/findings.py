"""Words for what a check, or the reconciler, found: what differed, what was done about it, and what is left for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from texts.catalogue import Language, translate
from texts.connectors import trouble_text
from texts.domain import action_label, process_status_label

_FOUND: Final = {
    "started": "{crm} in the CRM, and the engine had no run of it. Its run was started.",
    "started_anew": (
        "{crm} in the CRM, and its run in the engine had ended as {engine}: what was decided after the backup "
        "is lost and is to be decided again. A run was started."
    ),
    "shown": "the engine showed {engine}, the CRM has {crm}. The engine shows that now.",
    "ended": "{crm} in the CRM, and its run in the engine waited. The run was ended.",
    "send_lost": (
        "a draft in the CRM, and the engine had it {engine}: it was sent after the backup. A run that waited was ended."
    ),
    "request_lost": (
        "not in the CRM, and the engine had it {engine}: it was made after the backup. A run that waited was ended."
    ),
    "number_twice": "not in the CRM, and its number was given again, to request {other}, before the check was run.",
    "not_yet": "its run has not done that yet; for {seconds} seconds none has.",
    "stuck": "its run fails again and again at what it has to do ({attempts} times).",
    "not_taken": "the engine does not take what its run is to be told: {error}",
    "command_decided": (
        "{action} by {actor}, taken at {at}, had no outcome. It was given to its run, which has decided on it."
    ),
    "command_given": "{action} by {actor}, taken at {at}, had no outcome. It was given to its run.",
    "command_waits": "{action} by {actor}, taken at {at}, has no outcome: {why}",
    "numbers_behind": (
        "The engine or the CRM knows numbers up to {known}, and only those up to {given} had been given. The "
        "next one comes after {last}."
    ),
    "numbers_behind_as_restored": (
        "The engine or the CRM knows numbers up to {known}, and only those up to {given} had been given. They "
        "are passed."
    ),
    "numbers_left_out": (
        "Numbers up to {last} are left out, at least {count} after the last that is known: drafts that were "
        "made after the backup and never sent have some of them."
    ),
    "numbers_too_far": (
        "A run in the engine has the number {known}, and only those up to {given} have been given: too many to pass."
    ),
    "looked.one": (
        "The run of one open request looks at the CRM again, so that its deadlines, too, are those that the CRM has."
    ),
    "looked": ("{count} runs of open requests look at the CRM again, so that deadlines, too, are those that it has."),
    "sessions_ended.one": (
        "One session of the pages is ended, since the backup may have it though it was signed out of afterwards."
    ),
    "sessions_ended": (
        "{count} sessions of the pages are ended, since the backup may have some that were signed out of after it."
    ),
    "nobody_asked": "its open step {step} asks nobody.",
    "asked_again": "its open step {step} asked nobody. Its approvers are looked up again.",
    "sums": "it showed {before}, and what was reported comes to {after}. It shows that now.",
    "telling_started.one": (
        "One thing that happened had not been told on since {at}, since the workflow that tells was gone. The workflow was started."
    ),
    "telling_started": (
        "{count} things that happened had not been told on, the oldest since {at}, since the workflow that tells was gone. "
        "It was started."
    ),
    "events_made_again.one": "One thing that is told of it was gone from the outbox. It was put back.",
    "events_made_again": "{count} things that are told of it were gone from the outbox. They were put back.",
    "events_lost.one": "One thing that is told of it is gone from the outbox, and nobody knows which.",
    "events_lost": "{count} things that are told of it are gone from the outbox, and nobody knows which.",
    "orders_not_read": "Orders of {system} have not been read to the end since {at}: {trouble}.",
    "orders_parked.one": "Order {orders} of {system} cannot be taken, however often it is tried.",
    "orders_parked": "{count} orders of {system} cannot be taken, however often they are tried, among them {orders}.",
    "orders_missed.one": (
        "Order {orders} is open here and was not seen when everything in {system} was read last. "
        "If it is not seen the next time, either, it is cancelled."
    ),
    "orders_missed": (
        "{count} orders that are open here were not seen when everything in {system} was read last, among them {orders}. "
        "What is not seen the next time, either, is cancelled."
    ),
    "orders_not_there.one": "Order {orders} is open here, and {system} does not have it, as far as is known.",
    "orders_not_there": (
        "{count} orders of {system} are open here that it does not have, as far as is known, among them {orders}."
    ),
    "outbox_waits.one": "One thing that happened has not been told on since {at}.",
    "outbox_waits": "{count} things that happened have not been told on, the oldest since {at}.",
    "no_worker": "No worker is running: what runs were asked to do, they do once one is.",
    "lacks": "The engine has no {missing}. Nothing was compared.",
}

# For whoever runs the check, who has a terminal.
_REMEDY: Final = {
    "send_lost": "Tell {owner} to look at the draft and to send it again.",
    "request_lost": "Tell {owner} to make it again.",
    "number_twice": "Tell the owners of both that two requests were known by this number.",
    "not_yet": "Run the check again. If it says the same, see docs/operations.md, A run looks stuck.",
    "stuck": "See docs/operations.md, A run looks stuck.",
    "not_taken": "Mend what it says, and run the check again.",
    "command_waits": "Run the check again. If it says the same, see docs/operations.md, A run looks stuck.",
    "numbers_behind": (
        "The CRM is older than the engine. If it was restored, stop the API and run the check with --restored "
        "before anybody makes a request: drafts that were never sent have numbers that only people know."
    ),
    "numbers_too_far": (
        "Look in the Temporal UI for what that run is. If it is none of ours, delete it; if it is, pass the "
        "numbers by hand."
    ),
    "nobody_asked": "An admin opens the request and has its approvers looked up again.",
    "events_lost": (
        "Tell {owner}, and whoever is asked, to look at the request; systems that are told of it read it anew."
    ),
    "orders_not_read": "See what the page of the connection says, mend that, and have it read now.",
    "orders_parked": "The page of the connection says of each why. Mend that, and have it tried now.",
    "orders_missed": "Look there whether they are gone. To know it sooner, have everything read again.",
    "orders_not_there": (
        "Have everything read again. If it says the same afterwards, cancel the requests that were made from them."
    ),
    "outbox_waits": "See docs/operations.md, Nobody is told.",
    "no_worker": "Start a worker and run the check again.",
    "lacks": "Make it, see docs/operations.md, What runs, and run the check again.",
}

# For an admin at the pages, where it is to be done otherwise; what only whoever runs the system can mend says what it means meanwhile.
_REMEDY_AT_PAGES: Final = {
    "not_yet": (
        "Nothing is lost, and nobody has to do anything again. If it still stands here in half an hour, have IT look at it "
        "(docs/operations.md, A run looks stuck)."
    ),
    "stuck": (
        "What is decided on this request takes no effect until that is mended; nothing is lost. Have IT look at it "
        "(docs/operations.md, A run looks stuck)."
    ),
    "not_taken": (
        "This request does not go on until that is mended; nothing is lost. Show IT what stands here "
        "(docs/operations.md, A run looks stuck)."
    ),
    "command_waits": (
        "It is kept, and nobody has to do it again. If it still stands here in half an hour, have IT look at it "
        "(docs/operations.md, A run looks stuck)."
    ),
    "nobody_asked": (
        "Open the request and press “Resolve approvers again”. If nobody is found, first give the step somebody: among people "
        "and roles, or in its process."
    ),
    "events_lost": (
        "Ask {owner}, and whoever is to decide, to open the request: they may not have been told of something. Systems that are "
        "told of it have to read it anew."
    ),
    "orders_not_read": (
        "New and changed orders are not seen here until then. The page of the connection says what is wrong: mend that, and press "
        "“Read what has changed” there."
    ),
    "orders_parked": (
        "No request can be made from what is not taken. The page of the connection says why: mend that, and press “Try all of "
        "them again” there."
    ),
    "orders_missed": (
        "Look in {system} whether they are gone. To know it sooner, press “Read everything again” on the page of the connection."
    ),
    "orders_not_there": (
        "On the page of the connection press “Read everything again”. If it says the same afterwards, cancel the requests that "
        "were made from them."
    ),
    "outbox_waits": (
        "Until then nobody is told anything by bell, mail or chat; it is kept and told later. Have IT look at it "
        "(docs/operations.md, Nobody is told)."
    ),
    "lacks": "Until it is there, nothing that was lost is found. Have IT make it (docs/operations.md, What runs).",
}

SYSTEM_NAMES: Final = {"amis": "AMIS CRM"}
_TROUBLE: Final = {"": "no reading has come to its end"}
"""What is not in ``texts.connectors``."""

_STATUSES: Final = ("crm", "engine")
"""Facts that are process statuses."""


def finding_text(kind: str, facts: Mapping[str, str], language: Language) -> str:
    """What was found, and what was done about it; a kind that is not known any more is its own word."""
    one = f"{kind}.one" if facts.get("count") == "1" else kind
    return _say(_FOUND.get(one) or _FOUND.get(kind, kind), facts, language)


def finding_remedy(kind: str, facts: Mapping[str, str], language: Language, *, at_pages: bool = False) -> str:
    """What a person is to do about it; empty: nothing.

    Args:
        at_pages: for an admin who reads it at the pages, and not for whoever runs the check.
    """
    remedy = (_REMEDY_AT_PAGES.get(kind) if at_pages else None) or _REMEDY.get(kind, "")
    return _say(remedy, facts, language) if remedy else ""


def _say(message: str, facts: Mapping[str, str], language: Language) -> str:
    if "system" in facts:
        facts = {**facts, "system": SYSTEM_NAMES.get(facts["system"], facts["system"])}
    if "trouble" in facts:
        trouble = facts["trouble"]
        known = translate(language, _TROUBLE[trouble]) if trouble in _TROUBLE else trouble_text(trouble, "", language)
        facts = {**facts, "trouble": known}
    if language != "en":
        statuses = {name: facts[name].replace(" ", "_") for name in _STATUSES if name in facts}
        labels = {name: process_status_label(status, language) for name, status in statuses.items()}
        labels |= {"action": action_label(facts["action"], language)} if "action" in facts else {}
        facts = {**facts, **labels}
    return translate(language, message, facts)
