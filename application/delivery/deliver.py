"""Gives a message to the run of a request. A run that the engine does not have is started: the CRM has all that is needed.

The engine may have lost it (terminated by hand, or its store gone), or it has ended and the message comes too late; then
the new run finds that out from the CRM, says so on the timeline, and ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

import structlog
from uuid_utils.compat import uuid7

from application.delivery.engine import Engine, RunGoneError
from approval.model import Frozen
from approval.routing import StepPlan
from crm import requests
from crm.pool import Pool
from crm.records import RequestRecord
from crm.visibility import EVERYTHING

log = structlog.get_logger(__name__)


class FirstSend(Frozen):
    """The first send of a request: as it is sent, and the steps that it opens: one, or those of a block."""

    request: RequestRecord
    opens: tuple[StepPlan, ...]

    @classmethod
    def of(cls, request: RequestRecord, steps: tuple[StepPlan, ...]) -> FirstSend:
        """The send that goes through these steps."""
        first, *others = (step for step in steps if not step.skipped)
        beside = (step for step in others if first.block is not None and step.block == first.block)
        return cls(request=request, opens=(first, *beside))


async def deliver(
    pool: Pool,
    engine: Engine,
    request_id: UUID,
    name: str,
    message: Mapping[str, Any],
    *,
    command_id: UUID,
    first: FirstSend | None = None,
    again: bool = False,
) -> None:
    """Give a message to a run; when this returns, the engine has it on disk.

    Args:
        name: the signal's name.
        message: the signal's one JSON object.
        command_id: the command that it is.
        first: of a request that has no run yet, what its run begins with.
        again: whether the engine had it before. A run that has not come to it yet keeps it; one that has, and of which the CRM
            knows nothing, is given it anew: it took it in another life of the CRM, from which a backup brought this one.

    Raises:
        EngineUnavailableError, EngineRefusedError: see there.
        RunGoneError: the CRM has no such request.
    """
    if first is not None:
        await engine.start_run(first.request, name, message, opens=first.opens)
        return
    try:
        if again:
            run = await engine.find_run(request_id)
            if run is None or not run.open:
                raise RunGoneError
            if not run.at_rest:
                return
        # The engine takes a signal whose id it has seen for known, also by a run that has been closed since.
        signal_id = uuid7() if again else _signal_id(name, message, command_id)
        await engine.signal(request_id, name, message, signal_id=signal_id)
    except RunGoneError:
        record = await requests.load(pool, request_id, EVERYTHING)
        if record is None:
            raise
        if record.run is not None and not record.process_status.ended:
            log.error("the engine has lost a run that the CRM holds open; it is started again", request=record.number)
        await engine.start_run(record, name, message)


def _signal_id(name: str, message: Mapping[str, Any], command_id: UUID) -> UUID:
    """One for each command, and not for each command id: the run refuses what comes under another command's, which it must get
    for that.
    """
    return uuid5(command_id, f"{name} {message.get('actor')} {message.get('end', False)}")
