"""Delivers commands that were taken and have no outcome yet: the engine was away, or the run was lost with them.

Every API process runs one. A command is claimed for delivery; if it is delivered twice all the same, because whoever had
claimed it was cut off, the run takes it as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars

from application.delivery import lost_runs
from application.delivery.engine import Engine, EngineUnavailableError, RunGoneError
from application.permissions import run_ended
from approval.model import Action
from crm import commands, idempotency, requests, timeline
from crm.commands import PendingCommand, RoundPayload
from crm.pool import DATABASE_TROUBLE, Pool
from crm.visibility import EVERYTHING

log = structlog.get_logger(__name__)

INTERVAL: Final = 1.0
AGE: Final = 2.0
"""Seconds that the call which took a command has to deliver it itself."""
BATCH: Final = 100
HOUSEKEEPING: Final = 3600.0


async def deliver(pool: Pool, engine: Engine, command: PendingCommand) -> None:
    """Give one command to the engine, again and again until the CRM has its outcome: a run may be lost with it.

    Raises:
        EngineUnavailableError: it is still away.
        RunGoneError: the engine has no such run, and the CRM not what it takes to start it.
    """
    if await timeline.find(pool, command.command_id) is not None:
        await commands.mark_delivered(pool, command.command_id)
        return
    record = await requests.load(pool, command.request_id, EVERYTHING)
    if record is None:
        return
    bind_contextvars(request=record.number, run_id=str(record.run.id) if record.run else None)
    try:
        if command.action is Action.SEND and record.run is None:
            payload = RoundPayload.model_validate(command.payload)
            await engine.start_run(record, command_id=command.command_id, steps=payload.steps)
        elif command.action in (Action.SEND, Action.RESOLVE_APPROVERS):
            await lost_runs.signal(pool, engine, record.id, command.action, {"command_id": str(command.command_id)})
        else:
            await lost_runs.signal(pool, engine, record.id, command.action, command.payload)
    except RunGoneError:
        ended = await requests.load(pool, command.request_id, EVERYTHING)
        if ended is None or ended.run is None or not ended.process_status.ended:
            raise
        await _refuse_ended(pool, ended, ended.run, command)
    await commands.put_off(pool, command.command_id)


async def _refuse_ended(
    pool: Pool, record: requests.RequestRecord, run: requests.RunRecord, command: PendingCommand
) -> None:
    """The run ended before the command reached it."""
    entry = timeline.Entry(
        request_id=record.id,
        command_id=command.command_id,
        at=datetime.now(UTC),
        action=command.action,
        actor=command.actor,
        step=command.payload.get("step"),
        round=run.round,
        note=command.payload.get("note") or "",
        refusal=run_ended(record),
    )
    await timeline.insert_refusal(pool, entry)


async def run_relay(pool: Pool, engine: Engine, tell_waiting: Callable[[float], None]) -> None:
    """Deliver for ever; meant to be cancelled.

    Args:
        pool: the CRM database.
        engine: who gets the commands.
        tell_waiting: is told now and then how many commands wait.
    """
    loop = asyncio.get_running_loop()
    next_housekeeping = loop.time()
    while True:
        try:
            await _deliver_batch(pool, engine)
            tell_waiting(await commands.count_undelivered(pool))
            if loop.time() >= next_housekeeping:
                next_housekeeping = loop.time() + HOUSEKEEPING
                if await idempotency.forget_old(pool):
                    next_housekeeping = loop.time()
        except EngineUnavailableError as error:
            log.warning("the engine is away; commands wait", error=str(error))
        except DATABASE_TROUBLE as error:
            log.warning("the database is away; commands wait", error=str(error))
        except Exception:  # whatever it is, the next round may do better, and nobody else delivers
            log.exception("commands could not be delivered")
        await asyncio.sleep(INTERVAL)


async def _deliver_batch(pool: Pool, engine: Engine) -> None:
    """Deliver what is due. What is left when the engine or the database goes away is tried again at once.

    Raises:
        EngineUnavailableError: the engine is away.
    """
    left = await commands.claim_undelivered(pool, older_than_seconds=AGE, limit=BATCH)
    try:
        while left:
            await _deliver_one(pool, engine, left[0])
            left.pop(0)
    finally:
        if left:
            with suppress(*DATABASE_TROUBLE):
                await commands.release(pool, [command.command_id for command in left])


async def _deliver_one(pool: Pool, engine: Engine, command: PendingCommand) -> None:
    """Deliver one command; one that cannot be delivered must not hold up the others."""
    bind_contextvars(request_id=str(command.request_id), command_id=str(command.command_id))
    try:
        await deliver(pool, engine, command)
        log.info("command handed to the engine", action=command.action)
    except (EngineUnavailableError, *DATABASE_TROUBLE):
        raise
    except RunGoneError:
        log.error("the engine has lost a run, and the CRM the send that would start it again")
        await commands.put_off(pool, command.command_id)
    except Exception:
        log.exception("a command could not be delivered")
        await commands.put_off(pool, command.command_id)
    finally:
        clear_contextvars()
