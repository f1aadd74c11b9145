"""Reconciling on the workflow's behalf."""

from __future__ import annotations

from uuid import UUID, uuid5

from temporalio import activity

from activities.errors import classify
from application.reconciling import Reconciler
from workflows.reconciliation_contract import Reconciled, ReconciliationActivities

_NAMESPACE = UUID("6f4e7c52-2f6e-4a53-9a5e-0f3d2b8a1c77")


class CrmReconciliationActivities(ReconciliationActivities):
    """Reconciling a CRM database with its engine.

    Args:
        reconciler: does it.
    """

    def __init__(self, reconciler: Reconciler) -> None:
        self._reconciler = reconciler

    @activity.defn(name="reconcile")
    @classify
    async def reconcile(self) -> Reconciled:
        """See ``ReconciliationActivities``."""
        pass_id = uuid5(_NAMESPACE, f"{activity.info().workflow_run_id}")
        reconciled = await self._reconciler.reconcile(pass_id, activity.heartbeat)
        mended = activity.metric_meter().create_counter("reconciler_findings_mended", "Findings that were mended")
        mended.add(reconciled.mended)
        return reconciled
