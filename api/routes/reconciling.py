"""``/reconciliation``: what the reconciler has compared, and a comparison now. For admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.deps import AdminDep
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application.reconciliation import Reconciliation, ReconciliationView

router = APIRouter(prefix="/reconciliation", route_class=IdempotentRoute, tags=["reconciliation"], responses=ANSWERS)


async def get_reconciliation(request: Request) -> Reconciliation:
    """What admins want of the reconciler."""
    reconciliation: Reconciliation = request.app.state.reconciliation
    return reconciliation


ReconciliationDep = Annotated[Reconciliation, Depends(get_reconciliation)]


@router.get("", response_model=ReconciliationView)
async def show_reconciliation(caller: AdminDep, reconciliation: ReconciliationDep) -> ReconciliationView:
    """Show the last comparisons of the CRM with the engine, and whether one is under way; admins only."""
    return await reconciliation.get(caller)


@router.post(
    "/passes",
    status_code=202,
    response_model=ReconciliationView,
    dependencies=POST,
    responses=documented("not_found", "engine_unavailable"),
)
async def reconcile_now(caller: AdminDep, reconciliation: ReconciliationDep) -> ReconciliationView:
    """Compare the CRM with the engine now; admins only. One comparison is made at a time.

    While one is under way nothing else is begun. What it came to is in `passes` when `under_way` is false again; where it is false in the
    answer, the comparison begins when a worker is there, and is the one of `passes` with a later `started_at`. Where comparisons are
    switched off, there is nothing to be found here (404).
    """
    await reconciliation.now(caller)
    return await reconciliation.get(caller)
