"""Has the engine make a pass over another system at once, where somebody wants one."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from temporalio.client import Client, ScheduleOverlapPolicy
from temporalio.service import RPCError

from application.schedules import following, schedule_once
from approval.model import Code, refuse

log = structlog.get_logger(__name__)

CALL_LIMIT: Final = timedelta(seconds=3)


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
        regular = following(system)
        try:
            await schedule_once(self._client, regular, limit=CALL_LIMIT)
            handle = self._client.get_schedule_handle(regular.schedule_id)
            await handle.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE, rpc_timeout=CALL_LIMIT)
        except RPCError as error:
            log.warning("the engine does not make a pass", system=system, error=str(error))
            raise refuse(Code.ENGINE_UNAVAILABLE) from error
