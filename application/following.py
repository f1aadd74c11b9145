"""Has the engine make a pass over another system at once, where somebody wants one."""

from __future__ import annotations

from temporalio.client import Client, ScheduleOverlapPolicy

from application.schedules import following, start_now


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
        await start_now(self._client, following(system), ScheduleOverlapPolicy.BUFFER_ONE)
