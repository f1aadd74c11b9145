"""Deciding from a mail: a link that lets one person decide one place of theirs, as it was shown to them, once.

What the link opens is never more than its person may do now, signed in. Source: notices.md, "Deciding from a mail".
"""

from __future__ import annotations

import hashlib
import math
import re
import secrets
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from application import access
from application.caller import Caller, load_caller
from application.commands import Commands
from application.delivery.handover import Taken
from application.fair_use import TooManyCallsError
from application.permissions import place_to_decide, refusal_of_approval
from approval.model import Action, Channel, Code, Frozen, RefusedError, refuse
from approval.state import Assignment, AssignmentState, Step
from crm import mails
from crm.mails import TokenRow
from crm.pool import Pool
from crm.records import RequestRecord

VALID_FOR: Final = timedelta(hours=72)
_BYTES: Final = 32
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_COMMANDS: Final = UUID("6f1c0a2e-3f0b-5c63-9d35-0b8f6f4a8a11")
"""Under which the ids of decisions by links are made."""
WRONG_PER_MINUTE: Final = 30
"""Links that nobody has sent, which one client may try in a minute at one process."""


class MailDecision(StrEnum):
    """What can be decided by a link."""

    APPROVE = "approve"
    REJECT = "reject"
    """Return it."""
    END = "end"

    @property
    def action(self) -> Action:
        """Approve, or one of the two ways to reject."""
        return Action.APPROVE if self is MailDecision.APPROVE else Action.REJECT


class LinkRules(Frozen):
    """What the company lets people decide from a mail.

    Args:
        on: whether anything.
        up_to: only what is worth as much at most, in ``currency``; None: whatever it is worth.
    """

    on: bool = True
    up_to: Decimal | None = None
    currency: str = ""

    def allow(self, record: RequestRecord) -> bool:
        """Whether a request may be decided from a mail."""
        if not self.on:
            return False
        return self.up_to is None or (record.currency == self.currency and record.routing_amount <= self.up_to)


class Opened(Frozen):
    """What a link that is good opens."""

    token: TokenRow
    caller: Caller
    record: RequestRecord
    step: Step
    assignment: Assignment


class GoneError(Exception):
    """A link cannot be used: why, and the request that it was for.

    Attributes:
        error: ``link_used``, ``link_expired``, ``not_found``; or why its person cannot decide any more.
        request_id: None: nobody has sent such a link.
    """

    def __init__(self, error: RefusedError, request_id: UUID | None = None) -> None:
        super().__init__(error.refusal.code)
        self.error = error
        self.request_id = request_id


def new_token() -> tuple[str, bytes]:
    """A token, and what of it is kept."""
    token = secrets.token_urlsafe(_BYTES)
    return token, hash_of(token)


def hash_of(token: str) -> bytes:
    """What is kept of a token. It is random throughout: no salt and no slow function would make it harder to find."""
    return hashlib.sha256(token.encode()).digest()


def place_of(record: RequestRecord, assignment_id: UUID) -> tuple[Step, Assignment] | None:
    """A place that waits for its person's decision now."""
    for step in record.run.open_steps if record.run else ():
        for one in step.assignments:
            if one.id == assignment_id and one.state is AssignmentState.OPEN:
                return step, one
    return None


class MailLinks:
    """What links from mails open, and the decisions by them.

    Args:
        pool: the CRM database.
        commands: takes the decisions, as everybody's.
        rules: what may be decided from a mail.
    """

    def __init__(self, pool: Pool, commands: Commands, rules: LinkRules) -> None:
        self._pool = pool
        self._commands = commands
        self._rules = rules
        self._wrong = RateLimitItemPerMinute(WRONG_PER_MINUTE, namespace="wrong-links")
        self._counter = FixedWindowRateLimiter(MemoryStorage())

    async def find(self, token: str, client: str) -> TokenRow:
        """What a link is for, whether or not it can still be used.

        A link that was sent is found however many others its client has tried: several people may share an address.

        Args:
            client: who asks, by address.

        Raises:
            GoneError: ``not_found``.
            TooManyCallsError: so it was too often for this client.
        """
        row = await mails.find_token(self._pool, hash_of(token)) if _TOKEN.fullmatch(token) else None
        if row is None:
            if not await self._counter.hit(self._wrong, client):
                window = await self._counter.get_window_stats(self._wrong, client)
                raise TooManyCallsError(max(1, math.ceil(window.reset_time - time.time())))
            raise GoneError(refuse(Code.NOT_FOUND, variant="link"))
        return row

    async def open(self, row: TokenRow, visitor: str | None) -> Opened:
        """What a link opens. Nothing changes, however often.

        Args:
            row: what it is for.
            visitor: who is signed in where it was opened, if anybody is.

        Raises:
            GoneError: it cannot be used now.
        """
        if row.used_at is not None:
            raise GoneError(refuse(Code.LINK_USED, at=row.used_at.isoformat()), row.request_id)
        if row.expires_at <= datetime.now(UTC):
            raise GoneError(refuse(Code.LINK_EXPIRED), row.request_id)
        if visitor not in (None, row.username):
            raise GoneError(refuse(Code.FORBIDDEN, variant="link_of_another"), row.request_id)
        caller = await load_caller(self._pool, row.username, Channel.EMAIL)
        if caller is None:
            raise GoneError(refuse(Code.FORBIDDEN, variant="link"), row.request_id)
        try:
            record = await access.load(self._pool, caller, row.request_id)
        except RefusedError as error:
            raise GoneError(error, row.request_id) from error
        if not self._rules.allow(record):
            raise GoneError(refuse(Code.FORBIDDEN, variant="link_rules"), row.request_id)
        return self._opened(row, caller, record)

    @staticmethod
    def _opened(row: TokenRow, caller: Caller, record: RequestRecord) -> Opened:
        place = place_of(record, row.assignment_id)
        may = place_to_decide(record, caller, row.step, caller.username)
        if place is None or may is None or may.assignment.id != row.assignment_id:
            why = refusal_of_approval(record, caller, row.step)
            error = refuse(Code.STEP_CLOSED, variant="link") if why is None else RefusedError(why)
            raise GoneError(error, row.request_id)
        if not record.is_as_of(row.version):
            raise GoneError(refuse(Code.STALE_VERSION, variant="link"), row.request_id)
        return Opened(token=row, caller=caller, record=record, step=place[0], assignment=place[1])

    async def decide(
        self, token: str, row: TokenRow, decision: MailDecision, note: str, *, visitor: str | None
    ) -> tuple[Caller, Taken]:
        """Decide by a link. The same twice is one decision, and is answered alike.

        Args:
            token: of the link.
            row: what it is for.
            visitor: see ``open``.

        Raises:
            GoneError: it cannot be used now.
            RefusedError: see ``Commands.decide``.
            SignInAgainError: see there.
        """
        token_hash = hash_of(token)
        command_id = uuid5(_COMMANDS, f"{token_hash.hex()}/{decision}/{note}")  # after a refusal, something else is new
        try:
            opened = await self.open(row, visitor)
        except GoneError:
            again = await self._again(row, command_id, visitor)
            if again is None:
                raise
            return again
        taken = await self._commands.decide(
            opened.caller,
            row.request_id,
            decision.action,
            command_id=command_id,
            step=row.step,
            acting_for=row.username,
            note=note,
            end=decision is MailDecision.END,
            version=row.version,
            maybe_repeated=True,
        )
        await mails.use_token(self._pool, token_hash, decision)
        return opened.caller, taken

    async def _again(self, row: TokenRow, command_id: UUID, visitor: str | None) -> tuple[Caller, Taken] | None:
        """The answer, if this very decision was made by the link before: a button pressed twice is one decision."""
        caller = await load_caller(self._pool, row.username, Channel.EMAIL)
        if caller is None or visitor not in (None, row.username):
            return None
        _, outcome = await self._commands.find(caller, row.request_id, command_id)
        if outcome is None or outcome.refusal is not None:
            return None
        record = await access.load(self._pool, caller, row.request_id)
        return caller, Taken(command_id=command_id, record=record)
