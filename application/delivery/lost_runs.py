"""Signals a run, and starts it again if the engine has lost it: it was terminated by hand, or went with the engine's store.

The CRM has all that is needed. The new workflow finds that its first send was recorded long ago, takes the run's state from
the CRM and goes on from there, as after a reset.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog

from application.delivery.engine import Engine, RunGoneError
from approval.model import RunStatus
from crm import commands, requests
from crm.pool import Pool
from crm.visibility import EVERYTHING

log = structlog.get_logger(__name__)


async def signal(pool: Pool, engine: Engine, request_id: UUID, name: str, message: Mapping[str, Any]) -> None:
    """Send the run of a request a signal; when this returns, the engine has it on disk.

    Raises:
        EngineUnavailableError: see there.
        RunGoneError: the run has ended for the CRM as well.
    """
    try:
        await engine.signal(request_id, name, message)
    except RunGoneError:
        if not await _start_again(pool, engine, request_id):
            raise
        await engine.signal(request_id, name, message)


async def _start_again(pool: Pool, engine: Engine, request_id: UUID) -> bool:
    """Start the workflow of a run that the CRM holds open. Returns whether it does."""
    record = await requests.load(pool, request_id, EVERYTHING)
    first = await commands.first_send(pool, request_id)
    if record is None or record.run is None or record.run.status is not RunStatus.IN_PROGRESS or first is None:
        return False
    steps = tuple(step.plan for step in record.run.steps)
    if await engine.start_run(record, command_id=first, steps=steps, again=True):
        log.error("the engine has lost a run that the CRM holds open; it was started again", request=record.number)
    return True
