"""``/purchasing/events``: what the purchasing system reports; and a request's ledger, which it goes to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from admission import HEAVY
from api.deps import CallerDep, PurchasingDep, ServiceDep, get_limit
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from approval.purchasing import PurchasingEvent
from crm.purchasing import Applied
from crm.receipts import Ledger

router = APIRouter(route_class=IdempotentRoute, tags=["purchasing"], responses=ANSWERS)


@router.post(
    "/purchasing/events",
    response_model=Applied,
    response_model_exclude_none=True,
    dependencies=POST,
    responses=documented("not_completed", "request_busy", "invalid", "event_id_reused", "idempotency_key_reused"),
)
async def report(request: Request, event: PurchasingEvent, caller: PurchasingDep, service: ServiceDep) -> Applied:
    """Report purchase status and what came, went back, or has come in all; purchasing only.

    Every report of a quantity is a row of a ledger that stays; what a line has received is the newest `quantity_received`, or nothing,
    and all that was `received` and `sent_back` after that (by `occurred_at`, then by `event_id`). So events may come in any order
    and more than once. More than was requested, or a status that the quantities speak against, is kept, and is a warning of the
    request. An `event_id` belongs to one report: the same report again, however
    it is written, changes nothing; another one is refused. A request that the caller may not see is answered like a
    number that there is not: with the role purchasing alone, one that is not completed.
    """
    statuses: tuple[str, ...] = request.app.state.purchase_statuses
    return await service.report(caller, event, statuses=statuses, at=datetime.now(UTC))


@router.get(
    "/purchase-requests/{request_id}/receipts",
    response_model=Ledger,
    openapi_extra=HEAVY,
    responses=documented("not_found", "invalid"),
)
async def list_receipts(
    request_id: UUID,
    caller: CallerDep,
    service: ServiceDep,
    limit: Annotated[int, Depends(get_limit)],
    cursor: str | None = None,
) -> Ledger:
    """List what was reported of a request's goods: the rows of its ledger, the newest first.

    What a line has received is the sum of its rows that `counts`: the newest `corrected`, or nothing, and what was `received` and
    `sent_back` after it.
    """
    return await service.ledger(await service.get(caller, request_id), limit=limit, cursor=cursor)
