"""Hands commands over to the run and waits for what the CRM commits.

A command that has reached the engine, or waits for it in the CRM, is taken: whatever happens after is no failure of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from application import access
from application.caller import Caller
from application.delivery.deliver import FirstSend, deliver
from application.delivery.engine import Engine, EngineRefusedError, EngineUnavailableError, RunGoneError
from application.delivery.outcomes import Expected, Outcomes
from approval.model import Action, Code, Frozen, RefusedError, refuse
from crm import commands, deferred, outcomes
from crm.outcomes import Outcome
from crm.pool import DATABASE_TROUBLE, Pool
from crm.records import RequestRecord

log = structlog.get_logger(__name__)

STORE_AGAIN_SECONDS: Final = 0.5
UNDO_SECONDS: Final = "undo_seconds"
"""What a decision carries that its person may take back for so long; see ``DecisionMessage``."""


class Taken(Frozen):
    """What became of a command: the request as committed, or None when it is taken but not applied yet."""

    command_id: UUID
    record: RequestRecord | None
    takes_effect_at: datetime | None = None
    """Of a decision that its person may take back: when it takes effect unless they do, ..."""
    undone: bool = False
    """... as they have done."""
    delayed: bool = False
    """Whether the run is yet to hear of it: the engine or the worker is away."""


class Handover:
    """Between the API and the run of a request.

    Args:
        pool: the CRM database.
        engine: Temporal.
        outcomes: hears what became of commands.
        wait_seconds: how long a command waits for its outcome.
    """

    def __init__(self, pool: Pool, engine: Engine, outcomes: Outcomes, *, wait_seconds: float) -> None:
        self._pool = pool
        self._engine = engine
        self._outcomes = outcomes
        self._wait_seconds = wait_seconds
        self._storing: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Give up what still waits for the database. The engine has those commands; nothing is lost."""
        for task in self._storing:
            task.cancel()
        await asyncio.gather(*self._storing, return_exceptions=True)

    def expecting(self, command_id: UUID) -> AbstractContextManager[Expected]:
        """Register for a send's outcome, before it is stored."""
        return self._outcomes.expecting(command_id)

    async def answer_again(
        self,
        caller: Caller,
        request_id: UUID,
        command_id: UUID,
        action: Action,
        *,
        end: bool = False,
        deferrable: bool = False,
    ) -> Taken | None:
        """The answer for a command that came before; None: it has no outcome yet, or never came.

        Args:
            deferrable: whether it may wait until it takes effect.

        Raises:
            RefusedError: it was refused; ``idempotency_key_reused``: the id was used for something else, that is, another
                request, action or person.
        """
        find = deferred.outcome if deferrable else outcomes.find
        outcome = await find(self._pool, command_id)
        if outcome is None:
            return None
        return await self._answer(caller, request_id, command_id, (action, end), outcome)

    async def hand_over(
        self,
        caller: Caller,
        request_id: UUID,
        action: Action,
        command_id: UUID,
        message: Mapping[str, Any],
        *,
        stored: bool = False,
        end: bool = False,
        expected: Expected | None = None,
        first: FirstSend | None = None,
    ) -> Taken:
        """Give the run a command and wait for what the CRM commits. If the engine is away, the command waits in the CRM.

        Args:
            message: what the run's signal carries.
            stored: whether the command waits in the CRM already, whatever becomes of the engine.
            end: see ``Decision``.
            expected: registered before it was stored.
            first: see ``deliver``.

        Raises:
            RefusedError: the command was refused; ``idempotency_key_reused``: the id is that of another command;
                ``engine_unavailable``: it is that of another which waits in the CRM, and the run is yet to say whose it is.
        """
        now = datetime.now(UTC)
        waits = Taken(command_id=command_id, record=None, takes_effect_at=_takes_effect_at(message, now), delayed=True)
        with nullcontext(expected) if expected is not None else self._outcomes.expecting(command_id) as waiting:
            try:
                await deliver(self._pool, self._engine, request_id, action, message, command_id=command_id, first=first)
            except (EngineUnavailableError, EngineRefusedError, RunGoneError) as error:
                self._log_delay(error)
                if not stored and not await self._store(caller, request_id, action, command_id, message, now, False):
                    raise _not_taken(error) from error
                return waits
            try:
                deferrable = UNDO_SECONDS in message
                outcome = await self._outcomes.outcome(command_id, waiting, self._wait_seconds, deferrable=deferrable)
                if outcome is None and stored:
                    await commands.mark_handed_over(self._pool, command_id)
                elif outcome is None and not await self._store(
                    caller, request_id, action, command_id, message, now, True
                ):
                    raise _not_taken(None)
                if outcome is not None:
                    return await self._answer(caller, request_id, command_id, (action, end), outcome)
            except DATABASE_TROUBLE as error:
                # The engine has it on disk: it is taken, whatever has become of the database since.
                log.warning("the database is away; the command waits", error=str(error))
                if not stored:
                    self._store_later(caller, request_id, action, command_id, message, now, True)
        return waits

    async def wait(
        self, caller: Caller, request_id: UUID, action: Action, command_id: UUID, expected: Expected
    ) -> Taken:
        """Wait for what becomes of a command that another call with the same id hands over."""
        try:
            outcome = await self._outcomes.outcome(command_id, expected, self._wait_seconds)
            return await self._answer(caller, request_id, command_id, (action, False), outcome)
        except DATABASE_TROUBLE:  # it is stored and will be delivered, so that this is no failure
            return Taken(command_id=command_id, record=None)

    @staticmethod
    def _log_delay(error: Exception) -> None:
        if isinstance(error, EngineUnavailableError):
            log.warning("the engine is away; the command waits", error=str(error))
        else:
            log.error("the engine does not take a command, which waits", error=repr(error))

    def _store_later(self, *command: Any) -> None:
        """Keep a command that the engine has as soon as the database is back, so that it can be asked for."""

        async def store() -> None:
            while True:
                with suppress(*DATABASE_TROUBLE):
                    await self._store(*command)  # or the id is another command's, as the run will say on the timeline
                    return
                await asyncio.sleep(STORE_AGAIN_SECONDS)

        task = asyncio.create_task(store())
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)

    async def _store(
        self,
        caller: Caller,
        request_id: UUID,
        action: Action,
        command_id: UUID,
        message: Mapping[str, Any],
        at: datetime,
        handed_over: bool,
    ) -> bool:
        """Keep a command that has no outcome yet, so that it is delivered (again) and can be asked for.

        Returns:
            Whether it is kept; False: another command with its id is.
        """
        stored = await commands.store(
            self._pool,
            command_id=command_id,
            request_id=request_id,
            action=action,
            actor=caller.username,
            payload=message,
            at=at,
            handed_over=handed_over,
            takes_effect_at=_takes_effect_at(message, at),
        )
        return stored or await commands.is_whose(self._pool, command_id, request_id, action, caller.username)

    async def _answer(
        self,
        caller: Caller,
        request_id: UUID,
        command_id: UUID,
        wanted: tuple[Action, bool],
        outcome: Outcome | None,
    ) -> Taken:
        """The answer for a command of which this has become. An id belongs to a person, an action and a request.

        Raises:
            RefusedError: the command was refused; ``idempotency_key_reused``: the id is that of another command.
        """
        if outcome is None:
            return Taken(command_id=command_id, record=None)
        if (request_id, *wanted, caller.username) != (outcome.request_id, outcome.action, outcome.end, outcome.actor):
            raise refuse(Code.IDEMPOTENCY_KEY_REUSED)
        if outcome.refusal is not None:
            raise RefusedError(outcome.refusal)
        if outcome.takes_effect_at is not None:
            return Taken(
                command_id=command_id,
                record=None,
                takes_effect_at=outcome.takes_effect_at,
                undone=outcome.undone,
            )
        return Taken(command_id=command_id, record=await access.load(self._pool, caller, request_id))


def _takes_effect_at(message: Mapping[str, Any], at: datetime) -> datetime | None:
    """When a decision that was made then takes effect, if its person may take it back; None: they may not."""
    return at + timedelta(seconds=message[UNDO_SECONDS]) if UNDO_SECONDS in message else None


def _not_taken(error: Exception | None) -> RefusedError:
    """Why a command cannot be kept whose id is that of another one that waits. Nobody is told that it is refused while the
    engine may have it: then the run decides which of them the id belongs to, and the same call learns it later.

    Args:
        error: what came of giving it to the engine; None: the engine has it.
    """
    may_be_done = error is None or isinstance(error, EngineUnavailableError)
    return refuse(Code.ENGINE_UNAVAILABLE if may_be_done else Code.IDEMPOTENCY_KEY_REUSED)
