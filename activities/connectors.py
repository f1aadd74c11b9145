"""Following other systems on the workflows' behalf. It may run more than once: it goes on where it stood, and takes nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from temporalio import activity

from activities.errors import classify
from connectors.connecting import Connecting
from connectors.following import follow
from connectors.interface import SystemTroubleError
from crm.pool import Pool
from workflows.connector_contract import ConnectorActivities

BEAT_SECONDS: Final = 2.0
"""A system that is slow to answer, or wants to be left alone for a minute, is no worker that has died."""


class ConnectorSyncActivities(ConnectorActivities):
    """Passes over what the systems that a CRM database is connected to have.

    Args:
        pool: the database.
        connecting: how each system is reached, by its name.
    """

    def __init__(self, pool: Pool, connecting: Mapping[str, Connecting]) -> None:
        self._pool = pool
        self._connecting = connecting

    @activity.defn(name="sync_connector")
    @classify
    async def sync(self, system: str) -> str:
        """See ``ConnectorActivities``."""
        connecting = self._connecting.get(system)
        if connecting is None:
            return f"this release does not know {system}"
        async with _beating():
            try:
                connector = await connecting.open(self._pool)
            except SystemTroubleError as trouble:
                return trouble.reason
            if connector is None:
                return ""
            try:
                return await follow(self._pool, connector, activity.heartbeat)
            finally:
                await connector.close()


@asynccontextmanager
async def _beating() -> AsyncIterator[None]:
    """Say again and again that this worker lives."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(BEAT_SECONDS)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
