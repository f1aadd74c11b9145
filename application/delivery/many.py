"""One command for each of many requests, all of them taken durably: the first are given to their runs by the call itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from application.caller import Caller
from application.delivery.handover import Handover
from approval.model import Action, RefusedError
from crm.pool import DATABASE_TROUBLE

AT_ONCE: Final = 10
WAIT_SECONDS: Final = 4.0


async def give_first(
    handover: Handover,
    caller: Caller,
    action: Action,
    commands: Mapping[UUID, UUID],
    messages: Sequence[Mapping[str, Any]],
    *,
    most: int,
) -> None:
    """Give the first commands to the engine and wait a while for what becomes of them; the others wait in the CRM, for the relay.

    Args:
        handover: to the runs.
        caller: who does it.
        action: what is done to each request.
        commands: the command's id by that of the request; each is stored.
        messages: what each carries, in the same order.
        most: how many are given.
    """
    free = asyncio.Semaphore(AT_ONCE)

    async def give(request_id: UUID, message: Mapping[str, Any]) -> None:
        async with free:
            with suppress(RefusedError, *DATABASE_TROUBLE):  # it is on record, or will be
                await handover.hand_over(caller, request_id, action, commands[request_id], message, stored=True)

    pairs = list(zip(commands, messages, strict=True))[:most]
    tasks = [asyncio.create_task(give(request_id, message)) for request_id, message in pairs]
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=WAIT_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
