"""The contract of the reconciler: its workflow, its schedule, and what its activity tells it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Final

from temporalio import activity

from approval.model import Frozen

RECONCILIATION_TYPE: Final = "Reconciliation"
RECONCILIATION_SCHEDULE: Final = "reconciliation"

LIMIT: Final = timedelta(hours=1)
"""How long a pass may take, with all its tries."""


class Reconciled(Frozen):
    """What a pass came to."""

    requests: int
    """Open requests that were compared."""
    runs: int
    mended: int
    waiting: int
    """Findings that wait for a person."""


class ReconciliationActivities(ABC):
    """What the workflow has done on its behalf, by ``activities.reconciling``."""

    @activity.defn(name="reconcile")
    @abstractmethod
    async def reconcile(self) -> Reconciled:
        """Compare the CRM with the engine, mend what can be mended, and write both down. Doing it twice is harmless."""
