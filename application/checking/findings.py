"""What a check found, what it did about it, and what is left for a person to do, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from approval.model import Frozen
from texts.findings import finding_remedy, finding_text


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
    NOBODY_ASKED = "nobody_asked"
    ASKED_AGAIN = "asked_again"
    SUMS = "sums"
    OUTBOX_WAITS = "outbox_waits"
    TELLING_STARTED = "telling_started"
    EVENTS_MADE_AGAIN = "events_made_again"
    EVENTS_LOST = "events_lost"
    ORDERS_NOT_READ = "orders_not_read"
    ORDERS_PARKED = "orders_parked"
    ORDERS_MISSED = "orders_missed"
    ORDERS_NOT_THERE = "orders_not_there"
    NO_WORKER = "no_worker"
    LACKS = "lacks"


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
        return about + finding_text(self.kind, self._all_facts, "en")

    @property
    def remedy(self) -> str:
        """What a person is to do about it; empty: nothing."""
        return finding_remedy(self.kind, self._all_facts, "en")

    @property
    def _all_facts(self) -> Mapping[str, str]:
        return {"owner": self.owner, **self.facts}
