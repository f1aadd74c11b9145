"""What notices are about, and how soon somebody wants those of a kind by mail."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class NoticeKind(StrEnum):
    """What a notice is about; each person says for each whether, and how soon, it comes by mail."""

    ASKED = "asked"
    """Somebody is to decide, or is asked something."""
    REMINDED = "reminded"
    OUTCOME = "outcome"
    """What became of a request."""
    ANSWERED = "answered"
    COMMENT = "comment"
    PROGRESS = "progress"
    """A step was approved, goods came in."""
    RELEASED = "released"
    """Somebody need not decide any more, or another has decided for them."""


class MailChoice(StrEnum):
    """How soon somebody wants notices of a kind by mail."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    OFF = "off"


USUAL: Final[Mapping[NoticeKind, MailChoice]] = {
    NoticeKind.ASKED: MailChoice.AT_ONCE,
    NoticeKind.REMINDED: MailChoice.AT_ONCE,
    NoticeKind.OUTCOME: MailChoice.AT_ONCE,
    NoticeKind.ANSWERED: MailChoice.AT_ONCE,
    NoticeKind.COMMENT: MailChoice.AT_ONCE,
    NoticeKind.PROGRESS: MailChoice.OFF,
    NoticeKind.RELEASED: MailChoice.OFF,
}
"""For whoever has said nothing about it."""

PUSHED: Final = frozenset(kind for kind, when in USUAL.items() if when is MailChoice.AT_ONCE)
"""What whoever has said nothing about it is told on their devices, too."""
