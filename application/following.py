"""Has the engine follow other systems: a schedule for each that is connected, and a pass at once where somebody wants one."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)
from temporalio.service import RPCError

from approval.model import Code, refuse
from workflows import contracts
from workflows.connector_contract import EVERY, SYNC_TYPE, SyncInput, schedule_id

log = structlog.get_logger(__name__)

CALL_LIMIT: Final = timedelta(seconds=3)
CATCH_UP: Final = timedelta(minutes=1)
"""Passes that the engine missed, being away, are not made up for: the next one does their work."""


async def schedule_following(client: Client, system: str) -> bool:
    """Have a system followed from now on. Whether that is paused, or how often somebody wants it, is left as it is.

    Returns:
        Whether it was not followed yet.

    Raises:
        temporalio.service.RPCError: the engine does not do it.
    """
    start = ScheduleActionStartWorkflow(
        SYNC_TYPE,
        SyncInput(system=system),
        id=schedule_id(system),
        task_queue=contracts.TASK_QUEUE,
        task_timeout=contracts.WORKFLOW_TASK_TIMEOUT,
    )
    wanted = Schedule(
        action=start,
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
    )
    try:
        await client.create_schedule(schedule_id(system), wanted, rpc_timeout=CALL_LIMIT)
    except ScheduleAlreadyRunningError:
        return False
    log.info("a system is followed", system=system, every=str(EVERY))
    return True


class Following:
    """Has passes made for API and pages.

    Args:
        client: of the engine.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def now(self, system: str) -> None:
        """Have a pass made at once, or one more after the one that is being made.

        Raises:
            RefusedError: ``engine_unavailable``.
        """
        try:
            await schedule_following(self._client, system)
            handle = self._client.get_schedule_handle(schedule_id(system))
            await handle.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE, rpc_timeout=CALL_LIMIT)
        except RPCError as error:
            log.warning("the engine does not make a pass", system=system, error=str(error))
            raise refuse(Code.ENGINE_UNAVAILABLE) from error
