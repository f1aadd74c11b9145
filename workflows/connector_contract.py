"""The contract of following other systems: what the workflow of one pass is called, and what it has done on its behalf.

Nothing of what is read ever reaches the engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Final

from temporalio import activity

from approval.model import Frozen

SYNC_TYPE: Final = "ConnectorSync"
EVERY: Final = timedelta(minutes=1)
"""How often it is looked what has changed."""


def schedule_id(system: str) -> str:
    """The id of the schedule of a system, with which those of its workflows begin."""
    return f"connector-{system}"


class SyncInput(Frozen):
    """Start of the workflow."""

    system: str


class ConnectorActivities(ABC):
    """What a pass has done on its behalf, by ``activities.connectors``."""

    @activity.defn(name="sync_connector")
    @abstractmethod
    async def sync(self, system: str) -> str:
        """Go on with the pass of a system that is under way, or make another one.

        Returns:
            Why it stopped before its end, for ops; empty: it did not.
        """
