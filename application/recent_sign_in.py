"""What cannot be undone is done by somebody who has shown lately who they are, if the company wants it so.

That is whatever ends a run for good (cancelling, rejecting with ``end``, the last approval) and whatever every later request goes
through: publishing a process, connecting the CRM to one, disconnecting it, saying by hand or by a file who may do what. All else can be put right
by whoever comes next.
Source: OWASP ASVS 5, 7.5; for tokens, RFC 9470.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from application.caller import Caller

SKEW: Final = timedelta(minutes=1)
"""So far the issuer's clock may be ahead of ours."""


class SignInAgainError(Exception):
    """Somebody is to sign in again first.

    Attributes:
        within: how long ago that may be.
        recorded: whether the command is known already, as refused for it: the same again has to be another one.
    """

    def __init__(self, within: timedelta, *, recorded: bool = False) -> None:
        super().__init__()
        self.within = within
        self.recorded = recorded


class RecentSignIn:
    """Asks for it.

    Args:
        within: how long ago they may have shown who they are; nothing is asked of anybody if it is zero.
    """

    def __init__(self, within: timedelta) -> None:
        self._within = within

    def asked_by_the_run(self) -> SignInAgainError:
        """The same asked by a run, for which a decision had become the last one on its way."""
        return SignInAgainError(self._within, recorded=True)

    @property
    def minutes(self) -> int:
        """How long ago that may be."""
        return int(self._within.total_seconds()) // 60

    def is_met_by(self, caller: Caller) -> bool:
        """Whether nothing needs to be asked of a caller. Of whom it is not known when they signed in, it is."""
        return self.is_recent(caller.authenticated_at)

    def is_recent(self, at: datetime | None) -> bool:
        """Whether it is enough that somebody signed in then; None: nobody knows when."""
        now = datetime.now(UTC)
        return not self._within or (at is not None and now - self._within <= at <= now + SKEW)

    def require(self, caller: Caller) -> None:
        """Let a caller go on, or not.

        Raises:
            SignInAgainError: they are to sign in again first.
        """
        if not self.is_met_by(caller):
            raise SignInAgainError(self._within)
