"""Words for what a check, or the reconciler, found: what differed, what was done about it, and what is left for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from texts.catalogue import Language, translate
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
    "looked": ("{count} runs of open requests look at the CRM again, so that deadlines, too, are those that it has."),
    "sessions_ended": (
        "{count} sessions of the pages are ended, since the backup may have some that were signed out of after it."
    ),
    "nobody_asked": "its open step {step} asks nobody.",
    "outbox_waits": "{count} things that happened have not been told on, the oldest since {at}.",
    "no_worker": "No worker is running: what runs were asked to do, they do once one is.",
    "lacks": "The engine has no {missing}. Nothing was compared.",
}

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
    "outbox_waits": "See docs/operations.md, Nobody is told.",
    "no_worker": "Start a worker and run the check again.",
    "lacks": "Make it, see docs/operations.md, What runs, and run the check again.",
}

_STATUSES: Final = ("crm", "engine")
"""Facts that are process statuses."""


def finding_text(kind: str, facts: Mapping[str, str], language: Language) -> str:
    """What was found, and what was done about it; a kind that is not known any more is its own word."""
    return _say(_FOUND.get(kind, kind), facts, language)


def finding_remedy(kind: str, facts: Mapping[str, str], language: Language) -> str:
    """What a person is to do about it; empty: nothing."""
    return _say(_REMEDY[kind], facts, language) if kind in _REMEDY else ""


def _say(message: str, facts: Mapping[str, str], language: Language) -> str:
    if language != "en":
        statuses = {name: facts[name].replace(" ", "_") for name in _STATUSES if name in facts}
        labels = {name: process_status_label(status, language) for name, status in statuses.items()}
        labels |= {"action": action_label(facts["action"], language)} if "action" in facts else {}
        facts = {**facts, **labels}
    return translate(language, message, facts)
