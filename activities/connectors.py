"""Following other systems on the workflows' behalf. It may run more than once: it goes on where it stood, and takes nothing twice."""

from __future__ import annotations

from collections.abc import Mapping

from temporalio import activity

from activities.errors import classify
from connectors.catalogues import follow_catalogues
from connectors.connecting import Connecting
from connectors.following import follow
from connectors.interface import SystemTroubleError
from connectors.writing_back import write_back
from crm.pool import Pool
from notices.ways import beating
from workflows.connector_contract import ConnectorActivities


class ConnectorSyncActivities(ConnectorActivities):
    """Passes over what the systems that a CRM database is connected to have.

    Args:
        pool: the database.
        connecting: how each system is reached, by its name.
        base_url: where browsers reach the pages, without a trailing slash.
    """

    def __init__(self, pool: Pool, connecting: Mapping[str, Connecting], base_url: str) -> None:
        self._pool = pool
        self._base_url = base_url
        self._connecting = connecting

    @activity.defn(name="sync_connector")
    @classify
    async def sync(self, system: str) -> str:
        """See ``ConnectorActivities``."""
        connecting = self._connecting.get(system)
        if connecting is None:
            return f"this release does not know {system}"
        async with beating(activity.heartbeat):  # a system that is slow to answer is no worker that has died
            try:
                connector = await connecting.open(self._pool)
            except SystemTroubleError as trouble:
                return trouble.reason
            of = connecting.of
            if connector is None or of is None:
                return ""
            try:
                reason = await follow(self._pool, connector, activity.heartbeat)
                if not reason:
                    await write_back(self._pool, connector, of, self._base_url, activity.heartbeat)
                    await follow_catalogues(self._pool, connector, activity.heartbeat)
                return reason
            finally:
                await connector.close()
