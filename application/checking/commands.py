"""Commands that were taken and have no outcome for long: their runs are given them now, whatever pauses the relay makes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from application.checking.findings import Finding, Kind
from application.delivery.engine import Engine, EngineRefusedError, EngineUnavailableError
from application.delivery.relay import deliver_pending
from crm import commands
from crm.commands import WaitingCommand
from crm.pool import Pool

AGE_SECONDS: Final = 10.0
"""Age at which a command has waited for long: most have their outcome within milliseconds."""
BATCH: Final = 100
LOOK_AGAIN_SECONDS: Final = 0.2


async def give_again(
    pool: Pool, engine: Engine, *, patience_seconds: float, older_than_seconds: float = AGE_SECONDS
) -> AsyncIterator[Finding]:
    """Give each of them to its run, and see what becomes of it.

    Args:
        patience_seconds: how long runs have to decide on them; none: they need not have.
        older_than_seconds: of which age.

    Raises:
        EngineUnavailableError: the engine is away.
    """
    after = UUID(int=0)
    while batch := await commands.claim_old(pool, after=after, older_than_seconds=older_than_seconds, limit=BATCH):
        problems = {command.command_id: await _give(pool, engine, command) for command in batch}
        left = await _undecided(pool, {one for one, why in problems.items() if not why}, patience_seconds)
        for command in batch:
            why = problems[command.command_id]
            facts = {"action": command.action, "actor": command.actor, "at": f"{command.created_at:%Y-%m-%d %H:%M} UTC"}
            kind = Kind.COMMAND_DECIDED
            if why:
                kind, facts["why"] = Kind.COMMAND_WAITS, f"the engine does not take it ({why})."
            elif command.command_id in left and patience_seconds:
                kind, facts["why"] = Kind.COMMAND_WAITS, "its run has it and has not decided."
            elif command.command_id in left:
                kind = Kind.COMMAND_GIVEN
            yield Finding(kind=kind, number=command.number, owner=command.owner, facts=facts)
        after = batch[-1].command_id


async def _give(pool: Pool, engine: Engine, command: WaitingCommand) -> str:
    """Give one command to its run, as one that it may have had in another life of the CRM; why that could not be done."""
    try:
        await deliver_pending(pool, engine, command.model_copy(update={"handed_over": True}))
    except EngineRefusedError as error:
        return str(error)
    except EngineUnavailableError as error:
        if not await engine.is_ready():
            raise
        return str(error)
    return ""


async def _undecided(pool: Pool, command_ids: set[UUID], patience_seconds: float) -> set[UUID]:
    """Those of some commands that have no outcome after a while."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_seconds
    while (left := await commands.undecided(pool, command_ids)) and loop.time() < deadline:  # noqa: ASYNC110 - workers do it
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return left
