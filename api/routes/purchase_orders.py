"""``/purchasing/orders`` and ``/purchasing/requests``: what those who buy say of approved requests, and what they pull."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from admission import HEAVY
from api.deps import BuyerDep, LanguageDep, SubjectDep, get_limit
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application.purchase_orders import ChangesPage, PurchaseOrders
from approval.purchase_orders import PurchaseOrderDraft, Result
from approval.values import ShortText
from crm.purchase_orders import OrderPage, PurchaseOrder

router = APIRouter(prefix="/purchasing", route_class=IdempotentRoute, tags=["purchasing"], responses=ANSWERS)


class PlacedOrder(PurchaseOrder):
    """A purchase order, and what became of it: `placed`, `changed`, or `unchanged`, where the same was said before."""

    result: Annotated[Result, Field(examples=["placed"])]


async def get_orders(request: Request) -> PurchaseOrders:
    """What those who buy do."""
    orders: PurchaseOrders = request.app.state.purchase_orders
    return orders


OrdersDep = Annotated[PurchaseOrders, Depends(get_orders)]
_PLACED: Final[dict[int | str, dict[str, Any]]] = {
    201: {
        "model": PlacedOrder,
        "description": "Placed",
        "headers": {"Location": {"description": "Where the order is", "schema": {"type": "string"}}},
    }
}


@router.post(
    "/orders",
    response_model=PlacedOrder,
    dependencies=POST,
    responses=_PLACED | documented("not_found", "not_completed", "request_busy", "invalid", "idempotency_key_reused"),
)
async def place_order(
    body: PurchaseOrderDraft, caller: BuyerDep, orders: OrdersDep, subject: SubjectDep, response: Response
) -> PlacedOrder:
    """Say by which purchase order goods of approved requests are bought; purchasing and admins only.

    An order is known by its `number`. The same again changes nothing (`unchanged`); another content under the number of an order
    replaces it as a whole (`changed`), also one that was cancelled, which stands again. An order may have lines of several
    requests, and a line be on several orders; more than was requested is kept, and is a warning of the request. Once an order stands
    for a request, recalling or cancelling it is refused with `order_exists`. A request that the caller may not see is answered
    like a number that there is not.
    """
    order, result = await orders.place(caller, body, order_id=subject)
    if result is Result.PLACED:
        response.status_code = 201
        response.headers["Location"] = f"/api/v1/purchasing/orders/{order.id}"
    return PlacedOrder(**{name: getattr(order, name) for name in PurchaseOrder.model_fields}, result=result)


@router.get("/orders", response_model=OrderPage, openapi_extra=HEAVY)
async def list_orders(
    caller: BuyerDep,
    orders: OrdersDep,
    limit: Annotated[int, Depends(get_limit)],
    number: Annotated[ShortText | None, Query(examples=["PO-2026-0088"])] = None,
    request_number: Annotated[ShortText | None, Query(examples=["YCMH-2026-000001"])] = None,
    cursor: str | None = None,
) -> OrderPage:
    """List purchase orders, the newest first: all, the one of a number, or those of a request; purchasing and admins only."""
    return await orders.page(caller, number=number, request_number=request_number, limit=limit, cursor=cursor)


@router.get("/orders/{order_id}", response_model=PurchaseOrder, responses=documented("not_found"))
async def get_order(order_id: UUID, caller: BuyerDep, orders: OrdersDep) -> PurchaseOrder:
    """Get a purchase order; purchasing and admins only."""
    return await orders.get(caller, order_id)


@router.post(
    "/orders/{order_id}/cancel",
    response_model=PurchaseOrder,
    dependencies=POST,
    responses=documented("not_found", "request_busy", "invalid", "idempotency_key_reused"),
)
async def cancel_order(order_id: UUID, caller: BuyerDep, orders: OrdersDep) -> PurchaseOrder:
    """Cancel a purchase order: it stands for no request any more; purchasing and admins only. It stays readable."""
    return await orders.cancel(caller, order_id)


@router.get(
    "/requests",
    response_model=ChangesPage,
    openapi_extra=HEAVY,
    responses=documented("invalid", "request_busy"),
)
async def list_changed_requests(
    caller: BuyerDep,
    orders: OrdersDep,
    language: LanguageDep,
    limit: Annotated[int, Depends(get_limit)],
    changed_since: Annotated[
        str | None,
        Query(
            max_length=200,
            description="A time (RFC 3339), or `next_changed_since` of an answer; left out: everything from the beginning.",
            examples=["2026-11-24T03:00:00Z"],
        ),
    ] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> ChangesPage:
    """Pull approved requests that changed: approved, bought, received, marked; purchasing and admins only.

    For systems that no webhook reaches. Each request is there once, as it is now, in the order of last changes. Take the pages by
    `next_cursor` until it is null; later begin again with `next_changed_since` of the last one. So nothing is missed, whatever is
    written meanwhile, and a request that changes while you read may come twice. A time is for beginning: what changes just then may
    be committed a moment later, and only `next_changed_since` knows.
    """
    return await orders.changes(caller, changed_since=changed_since, cursor=cursor, limit=limit, language=language)
