"""``/purchasing/events``: what the purchasing system reports."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request

from api.deps import PurchasingDep, ServiceDep
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from approval.purchasing import PurchasingEvent
from crm.purchasing import Applied

router = APIRouter(route_class=IdempotentRoute, tags=["purchasing"], responses=ANSWERS)


@router.post(
    "/purchasing/events",
    response_model=Applied,
    response_model_exclude_none=True,
    dependencies=POST,
    responses=documented("not_completed", "request_busy", "invalid", "event_id_reused", "idempotency_key_reused"),
)
async def report(request: Request, event: PurchasingEvent, caller: PurchasingDep, service: ServiceDep) -> Applied:
    """Report purchase status and quantities received; purchasing only.

    Events may come in any order and more than once. An `event_id` belongs to one report: the same report again, however
    it is written, changes nothing; another one is refused. A request that the caller may not see is answered like a
    number that there is not: with the role purchasing alone, one that is not completed.
    """
    statuses: tuple[str, ...] = request.app.state.purchase_statuses
    return await service.report(caller, event, statuses=statuses, at=datetime.now(UTC))
