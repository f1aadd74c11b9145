"""Hands commands over to the run and waits for what the CRM commits.

A command that has reached the engine, or waits for it in the CRM, is taken: whatever happens after is no failure of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import structlog

from application import access
from application.caller import Caller
from application.delivery import lost_runs
from application.delivery.engine import Engine, EngineUnavailableError, RunGoneError
from application.delivery.outcomes import Expected, Outcomes, Settled
from application.permissions import run_ended
from approval.model import Action, Code, Frozen, RefusedError, refuse
from approval.routing import StepPlan
from crm import commands, timeline
from crm.pool import DATABASE_TROUBLE, Pool
from crm.requests import RequestRecord
from workflows import contracts

log = structlog.get_logger(__name__)

STORE_AGAIN_SECONDS: Final = 0.5


class Taken(Frozen):
    """What became of a command: the request as committed, or None when it is taken but not applied yet."""

    command_id: UUID
    record: RequestRecord | None


class StoredSend(Frozen):
    """A send that the CRM holds: the request as it is sent, and the steps it goes through."""

    record: RequestRecord
    steps: tuple[StepPlan, ...]


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
        self, caller: Caller, request_id: UUID, command_id: UUID, action: Action, *, end: bool = False
    ) -> Taken | None:
        """The answer for a command that came before; None: it has no outcome yet, or never came.

        Raises:
            RefusedError: it was refused; ``idempotency_key_reused``: the id was used for something else, that is, another
                request, action or person.
        """
        entry = await timeline.find(self._pool, command_id)
        if entry is None:
            return None
        if (request_id, action, end, caller.username) != (entry.request_id, entry.action, entry.end, entry.actor):
            raise refuse(Code.IDEMPOTENCY_KEY_REUSED)
        settled = Settled(request_id=request_id, refusal=entry.refusal)
        return await self._settled(caller, request_id, command_id, settled)

    async def send(
        self, caller: Caller, request_id: UUID, command_id: UUID, stored: StoredSend | None, expected: Expected
    ) -> Taken:
        """Start the run, or tell it of the new round, and wait for what the CRM commits.

        Args:
            stored: what was stored; None when another call with the same id did that, and hands it over.
            expected: registered before it was stored.
        """
        waits = Taken(command_id=command_id, record=None)
        try:
            if stored is not None:
                await self._start_or_signal(stored, command_id)
        except EngineUnavailableError as error:
            log.warning("the engine is away; the send waits", request_id=str(request_id), error=str(error))
            return waits
        except (RunGoneError, *DATABASE_TROUBLE) as error:
            log.warning("the send is left to the relay", request_id=str(request_id), error=repr(error))
            return waits
        with suppress(*DATABASE_TROUBLE):  # it is stored and will be sent, so that this is no failure
            settled = await self._outcomes.outcome(command_id, expected, self._wait_seconds)
            return await self._settled(caller, request_id, command_id, settled)
        return waits

    async def decision(
        self, caller: Caller, request_id: UUID, action: Action, command_id: UUID, message: Mapping[str, Any]
    ) -> Taken:
        """Signal the run and wait for what the CRM commits. If the engine is away, the command waits in the CRM."""
        now = datetime.now(UTC)
        with self._outcomes.expecting(command_id) as expected:
            try:
                await lost_runs.signal(self._pool, self._engine, request_id, action, message)
            except RunGoneError:
                ended = await access.load(self._pool, caller, request_id)
                if not ended.process_status.ended:
                    raise refuse(Code.ENGINE_UNAVAILABLE) from None
                refusal = run_ended(ended)
                await access.note_refusal(
                    self._pool,
                    caller,
                    request_id,
                    action,
                    refusal,
                    at=now,
                    command_id=command_id,
                    note=message.get("note", ""),
                    step=message.get("step"),
                    end=message.get("end", False),
                )
                known = await self.answer_again(caller, request_id, command_id, action, end=message.get("end", False))
                return known or Taken(command_id=command_id, record=None)
            except EngineUnavailableError as error:
                log.warning("the engine is away; the decision waits", error=str(error))
                await self._store(caller, request_id, action, command_id, message, now)
                return Taken(command_id=command_id, record=None)
            try:
                settled = await self._outcomes.outcome(command_id, expected, self._wait_seconds)
                if settled is None:
                    await self._store(caller, request_id, action, command_id, message, now)
                return await self._settled(caller, request_id, command_id, settled)
            except DATABASE_TROUBLE as error:
                # The engine has it on disk: it is taken, whatever has become of the database since.
                log.warning("the database is away; the decision waits", error=str(error))
                self._store_later(caller, request_id, action, command_id, message, now)
        return Taken(command_id=command_id, record=None)

    async def _start_or_signal(self, stored: StoredSend, command_id: UUID) -> None:
        record = stored.record
        if record.run is not None:
            message = {"command_id": str(command_id)}
            await lost_runs.signal(self._pool, self._engine, record.id, contracts.SEND_SIGNAL, message)
            return
        await self._engine.start_run(record, command_id=command_id, steps=stored.steps)

    def _store_later(self, *command: Any) -> None:
        """Keep a command that the engine has as soon as the database is back, so that it can be asked for."""

        async def store() -> None:
            while True:
                with suppress(*DATABASE_TROUBLE):
                    await self._store(*command)
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
    ) -> None:
        """Keep a command that has no outcome yet, so that it is delivered (again) and can be asked for."""
        await commands.store(
            self._pool,
            command_id=command_id,
            request_id=request_id,
            action=action,
            actor=caller.username,
            payload=message,
            at=at,
        )

    async def _settled(self, caller: Caller, request_id: UUID, command_id: UUID, settled: Settled | None) -> Taken:
        """The answer for a command of which this has become.

        Raises:
            RefusedError: the command was refused; ``idempotency_key_reused``: the id was used for another request at the
                same time.
        """
        if settled is None:
            return Taken(command_id=command_id, record=None)
        if settled.request_id != request_id:
            raise refuse(Code.IDEMPOTENCY_KEY_REUSED)
        if settled.refusal is not None:
            raise RefusedError(settled.refusal)
        return Taken(command_id=command_id, record=await access.load(self._pool, caller, request_id))
