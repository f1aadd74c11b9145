"""What a check found, what it did about it, and what is left for a person to do, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from approval.model import Frozen


class Kind(StrEnum):
    """What was found."""

    STARTED = "started"
    STARTED_ANEW = "started_anew"
    SHOWN = "shown"
    ENDED = "ended"
    SEND_LOST = "send_lost"
    REQUEST_LOST = "request_lost"
    NUMBER_TWICE = "number_twice"
    NOT_YET = "not_yet"
    STUCK = "stuck"
    NOT_TAKEN = "not_taken"
    COMMAND_DECIDED = "command_decided"
    COMMAND_GIVEN = "command_given"
    COMMAND_WAITS = "command_waits"
    NUMBERS_BEHIND = "numbers_behind"
    NUMBERS_BEHIND_AS_RESTORED = "numbers_behind_as_restored"
    NUMBERS_LEFT_OUT = "numbers_left_out"
    NUMBERS_TOO_FAR = "numbers_too_far"
    LOOKED = "looked"
    SESSIONS_ENDED = "sessions_ended"
    NO_WORKER = "no_worker"
    LACKS = "lacks"


class _Words(NamedTuple):
    found: str
    """What was found, and what was done about it."""
    remedy: str = ""
    """What a person is to do; empty: nothing."""


_WORDS: Final[Mapping[Kind, _Words]] = {
    Kind.STARTED: _Words("{crm} in the CRM, and the engine had no run of it. Its run was started."),
    Kind.STARTED_ANEW: _Words(
        "{crm} in the CRM, and its run in the engine had ended as {engine}: what was decided after the backup is lost and "
        "is to be decided again. A run was started."
    ),
    Kind.SHOWN: _Words("the engine showed {engine}, the CRM has {crm}. The engine shows that now."),
    Kind.ENDED: _Words("{crm} in the CRM, and its run in the engine waited. The run was ended."),
    Kind.SEND_LOST: _Words(
        "a draft in the CRM, and the engine had it {engine}: it was sent after the backup. A run that waited was ended.",
        "Tell {owner} to look at the draft and to send it again.",
    ),
    Kind.REQUEST_LOST: _Words(
        "not in the CRM, and the engine had it {engine}: it was made after the backup. A run that waited was ended.",
        "Tell {owner} to make it again.",
    ),
    Kind.NUMBER_TWICE: _Words(
        "not in the CRM, and its number was given again, to request {other}, before the check was run.",
        "Tell the owners of both that two requests were known by this number.",
    ),
    Kind.NOT_YET: _Words(
        "its run has not done that yet; for {seconds} seconds none has.",
        "Run the check again. If it says the same, see docs/operations.md, A run looks stuck.",
    ),
    Kind.STUCK: _Words(
        "its run fails again and again at what it has to do ({attempts} times).",
        "See docs/operations.md, A run looks stuck.",
    ),
    Kind.NOT_TAKEN: _Words(
        "the engine does not take what its run is to be told: {error}", "Mend what it says, and run the check again."
    ),
    Kind.COMMAND_DECIDED: _Words(
        "{action} by {actor}, taken at {at}, had no outcome. It was given to its run, which has decided on it."
    ),
    Kind.COMMAND_GIVEN: _Words("{action} by {actor}, taken at {at}, had no outcome. It was given to its run."),
    Kind.COMMAND_WAITS: _Words(
        "{action} by {actor}, taken at {at}, has no outcome: {why}",
        "Run the check again. If it says the same, see docs/operations.md, A run looks stuck.",
    ),
    Kind.NUMBERS_BEHIND: _Words(
        "The engine or the CRM knows numbers up to {known}, and only those up to {given} had been given. "
        "The next one comes after {last}.",
        "The CRM is older than the engine. If it was restored, stop the API and run the check with --restored before anybody "
        "makes a request: drafts that were never sent have numbers that only people know.",
    ),
    Kind.NUMBERS_BEHIND_AS_RESTORED: _Words(
        "The engine or the CRM knows numbers up to {known}, and only those up to {given} had been given. They are passed."
    ),
    Kind.NUMBERS_LEFT_OUT: _Words(
        "Numbers up to {last} are left out, at least {count} after the last that is known: drafts that were made after the "
        "backup and never sent have some of them."
    ),
    Kind.NUMBERS_TOO_FAR: _Words(
        "A run in the engine has the number {known}, and only those up to {given} have been given: too many to pass.",
        "Look in the Temporal UI for what that run is. If it is none of ours, delete it; if it is, pass the numbers by hand.",
    ),
    Kind.LOOKED: _Words(
        "{count} runs of open requests look at the CRM again, so that deadlines, too, are those that it has."
    ),
    Kind.SESSIONS_ENDED: _Words(
        "{count} sessions of the pages are ended, since the backup may have some that were signed out of after it."
    ),
    Kind.NO_WORKER: _Words(
        "No worker is running: what runs were asked to do, they do once one is.",
        "Start a worker and run the check again.",
    ),
    Kind.LACKS: _Words(
        "The engine has no {missing}. Nothing was compared.",
        "Make it, see docs/operations.md, What runs, and run the check again.",
    ),
}


class Finding(Frozen):
    """One thing that was found."""

    kind: Kind
    number: str = ""
    """Of the request that it is about; empty: it is about none."""
    owner: str = ""
    facts: Mapping[str, str] = {}

    @property
    def text(self) -> str:
        """What was found, and what was done about it."""
        about = f"{self.number} ({self.owner}): " if self.number else ""
        return about + self._say(_WORDS[self.kind].found)

    @property
    def remedy(self) -> str:
        """What a person is to do about it; empty: nothing."""
        return self._say(_WORDS[self.kind].remedy)

    def _say(self, words: str) -> str:
        return words.format_map({"owner": self.owner, **self.facts})
