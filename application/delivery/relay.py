"""Delivers commands that were taken and have no outcome yet: the engine was away, or the run was lost with them.

Every API process runs one. A command is claimed for delivery; if it is delivered twice all the same, because whoever had
claimed it was cut off, the run takes it as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars

from application.delivery.deliver import deliver
from application.delivery.engine import Engine, EngineRefusedError, EngineUnavailableError
from approval.model import Action
from crm import commands, outcomes
from crm.commands import PendingCommand
from crm.pool import DATABASE_TROUBLE, Pool

log = structlog.get_logger(__name__)

INTERVAL: Final = 1.0
AGE: Final = 6.0
"""Seconds that the call which took a command has to deliver it itself, and to hear what became of it."""
BATCH: Final = 100
AT_ONCE: Final = 10
"""Requests whose commands are delivered at the same time: one that the engine takes long over holds up a tenth of them."""
BUSY_PAUSE_SECONDS: Final = 15
"""The longest pause of a command that the engine does not take while it answers others: maybe a part of it is away."""


async def deliver_pending(pool: Pool, engine: Engine, command: PendingCommand) -> None:
    """Give one command to the engine, unless the CRM has its outcome; later again, in case the engine loses it.

    Raises:
        EngineUnavailableError, EngineRefusedError: see there.
        RunGoneError: the CRM has no such request.
    """
    outcome = await outcomes.find_for(
        pool, command.request_id, command.command_id, actor=command.actor, action=command.action
    )
    if outcome is not None and (outcome.action, outcome.actor) == (command.action, command.actor):
        await commands.mark_delivered(pool, command.command_id)
        return
    message = command.payload
    if command.action in (Action.SEND, Action.RESOLVE_APPROVERS):
        message = {"command_id": str(command.command_id)}
    with engine.tracer.span("DeliverStoredCommand", [command.traceparent]):
        await deliver(
            pool,
            engine,
            command.request_id,
            command.action,
            message,
            command_id=command.command_id,
            again=command.handed_over,
        )
    await commands.mark_handed_over(pool, command.command_id)


async def run_relay(pool: Pool, engine: Engine, tell_waiting: Callable[[float], None]) -> None:
    """Deliver for ever; meant to be cancelled.

    Args:
        pool: the CRM database.
        engine: who gets the commands.
        tell_waiting: is told now and then how many commands wait.
    """
    while True:
        try:
            await _deliver_batch(pool, engine)
            tell_waiting(await commands.count_undelivered(pool))
        except EngineUnavailableError as error:
            log.warning("the engine is away; commands wait", error=str(error))
        except DATABASE_TROUBLE as error:
            log.warning("the database is away; commands wait", error=str(error))
        except Exception:  # whatever it is, the next round may do better, and nobody else delivers
            log.exception("commands could not be delivered")
        await asyncio.sleep(INTERVAL)


async def _deliver_batch(pool: Pool, engine: Engine) -> None:
    """Deliver what is due: some requests at once, and the commands of each in their order. What is left when the engine or
    the database goes away is tried again at once.

    Raises:
        EngineUnavailableError: the engine is away.
    """
    due = await commands.claim_undelivered(pool, older_than_seconds=AGE, limit=BATCH)
    left = {command.command_id for command in due}
    of_requests: dict[UUID, list[PendingCommand]] = {}
    for command in due:
        of_requests.setdefault(command.request_id, []).append(command)
    free = asyncio.Semaphore(AT_ONCE)

    async def deliver_in_order(waiting: list[PendingCommand]) -> None:
        async with free:
            for command in waiting:
                await _deliver_one(pool, engine, command)
                left.discard(command.command_id)

    try:
        async with asyncio.TaskGroup() as tasks:
            for waiting in of_requests.values():
                tasks.create_task(deliver_in_order(waiting))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    finally:
        if left:
            with suppress(*DATABASE_TROUBLE):
                await commands.release(pool, list(left))


async def _deliver_one(pool: Pool, engine: Engine, command: PendingCommand) -> None:
    """Deliver one command; one that cannot be delivered must not hold up the others.

    Raises:
        EngineUnavailableError: it is the engine that is away, for all of them.
    """
    bind_contextvars(request_id=str(command.request_id), command_id=str(command.command_id))
    try:
        await deliver_pending(pool, engine, command)
        log.info("command handed to the engine", action=command.action)
    except DATABASE_TROUBLE:
        raise
    except EngineUnavailableError as error:
        if not await engine.is_ready():
            raise
        log.warning("the engine does not take a command now; it is tried again later", error=str(error))
        await commands.put_off(pool, command.command_id, longest_seconds=BUSY_PAUSE_SECONDS)
    except EngineRefusedError as error:
        log.error("the engine does not take a command; it is tried again later", error=str(error))
        await commands.put_off(pool, command.command_id)
    except Exception:
        log.exception("a command could not be delivered")
        await commands.put_off(pool, command.command_id)
    finally:
        clear_contextvars()
