"""``/webhook-endpoints``: where other systems and chats are told what happens, and what they were told. For admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from admission import HEAVY
from api.deps import AdminDep, SubjectDep, get_limit
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application.endpoints import EndpointChange, EndpointDraft, Endpoints, EndpointView, Tested
from approval.model import Frozen
from crm.deliveries import Delivery, DeliveryAnswer, DeliveryOutcome

router = APIRouter(prefix="/webhook-endpoints", route_class=IdempotentRoute, tags=["webhooks"], responses=ANSWERS)


class EndpointList(Frozen):
    """All endpoints, the oldest first."""

    items: tuple[EndpointView, ...]


class EndpointWithSecret(EndpointView):
    """An endpoint, and of a webhook the secret that it is signed with, which is not shown again."""

    secret: Annotated[str | None, Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])]

    @classmethod
    def of(cls, view: EndpointView, secret: str | None) -> EndpointWithSecret:
        """An endpoint with its secret."""
        return cls(**view.model_dump(), secret=secret)


class DeliveryView(Frozen):
    """What an endpoint was told of an event, or is to be: `outcome` is null while it waits. The answers are those of the last tries."""

    id: UUID
    webhook_id: Annotated[str, Field(examples=["msg_01a20c842ddb755c843ce08dc612183a"])]
    request_id: UUID
    number: Annotated[str | None, Field(examples=["YCMH-2026-000001"])]
    sequence: int
    type: Annotated[str, Field(examples=["request.completed"])]
    created_at: datetime
    tries: int
    next_try_at: datetime | None
    answers: tuple[DeliveryAnswer, ...]
    outcome: DeliveryOutcome | None
    done_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> DeliveryView:
        """A stored one."""
        known = {name: getattr(delivery, name) for name in cls.model_fields if name != "webhook_id"}
        next_try_at = delivery.next_try_at if delivery.outcome is None else None
        return cls(**{**known, "webhook_id": delivery.message_id, "next_try_at": next_try_at})


class Deliveries(Frozen):
    """One page of deliveries and the cursor of the next."""

    items: tuple[DeliveryView, ...]
    next_cursor: str | None


async def get_endpoints(request: Request) -> Endpoints:
    """What admins do with endpoints."""
    endpoints: Endpoints = request.app.state.endpoints
    return endpoints


EndpointsDep = Annotated[Endpoints, Depends(get_endpoints)]


@router.get("", response_model=EndpointList)
async def list_endpoints(caller: AdminDep, endpoints: EndpointsDep) -> EndpointList:
    """List the endpoints; admins only."""
    return EndpointList(items=tuple(await endpoints.everything(caller)))


@router.post(
    "",
    status_code=201,
    response_model=EndpointWithSecret,
    dependencies=POST,
    responses=documented("invalid", "forbidden", "encryption_key_missing"),
)
async def make_endpoint(
    body: EndpointDraft, caller: AdminDep, endpoints: EndpointsDep, subject: SubjectDep, response: Response
) -> EndpointWithSecret:
    """Have a system or a chat told what happens from now on; admins only.

    A webhook is told as Standard Webhooks has it (https://www.standardwebhooks.com), signed with the `secret` of this answer. The
    address must be on the public internet, unless a setting of the installation names its network.
    """
    view, secret = await endpoints.make(caller, body, endpoint_id=subject)
    _keep_nowhere(response)
    return EndpointWithSecret.of(view, secret)


@router.patch(
    "/{endpoint_id}",
    response_model=EndpointView,
    responses=documented("invalid", "forbidden", "not_found", "encryption_key_missing"),
)
async def change_endpoint(
    endpoint_id: UUID, body: EndpointChange, caller: AdminDep, endpoints: EndpointsDep
) -> EndpointView:
    """Change an endpoint, or switch it off and on; admins only.

    Of what happens while it is off it is never told. What waited before is kept, and goes out when it is on again.
    """
    return await endpoints.change(caller, endpoint_id, body)


@router.delete("/{endpoint_id}", status_code=204, responses=documented("forbidden", "not_found"))
async def delete_endpoint(endpoint_id: UUID, caller: AdminDep, endpoints: EndpointsDep) -> None:
    """Delete an endpoint with what waits for it and what it was told; admins only."""
    await endpoints.delete(caller, endpoint_id)


@router.post(
    "/{endpoint_id}/rotate-secret",
    response_model=EndpointWithSecret,
    dependencies=POST,
    responses=documented("invalid", "forbidden", "not_found", "encryption_key_missing"),
)
async def rotate_secret(
    endpoint_id: UUID, caller: AdminDep, endpoints: EndpointsDep, subject: SubjectDep, response: Response
) -> EndpointWithSecret:
    """Give a webhook another secret; admins only. For a day what it is told has two signatures, one with each secret."""
    view, secret = await endpoints.rotate(caller, endpoint_id, rotation_id=subject)
    _keep_nowhere(response)
    return EndpointWithSecret.of(view, secret)


@router.post(
    "/{endpoint_id}/test",
    response_model=Tested,
    dependencies=POST,
    responses=documented("forbidden", "not_found", "encryption_key_missing"),
)
async def test_endpoint(endpoint_id: UUID, caller: AdminDep, endpoints: EndpointsDep) -> Tested:
    """Send an event of the type `endpoint.test` now and say what was answered; admins only."""
    return await endpoints.test(caller, endpoint_id)


@router.get(
    "/{endpoint_id}/deliveries",
    response_model=Deliveries,
    openapi_extra=HEAVY,
    responses=documented("forbidden", "not_found"),
)
async def list_deliveries(
    endpoint_id: UUID,
    caller: AdminDep,
    endpoints: EndpointsDep,
    limit: Annotated[int, Depends(get_limit)],
    cursor: str | None = None,
) -> Deliveries:
    """List what an endpoint was told and is to be, the newest first, with what it answered; admins only."""
    page = await endpoints.deliveries(caller, endpoint_id, limit=limit, cursor=cursor)
    return Deliveries(items=tuple(DeliveryView.of(one) for one in page.items), next_cursor=page.next_cursor)


@router.post(
    "/{endpoint_id}/deliveries/{delivery_id}/resend",
    response_model=DeliveryView,
    dependencies=POST,
    responses=documented("invalid", "forbidden", "not_found"),
)
async def resend_delivery(
    endpoint_id: UUID, delivery_id: UUID, caller: AdminDep, endpoints: EndpointsDep
) -> DeliveryView:
    """Send something again, or now if it waits: the same body under the same `webhook-id`; admins only."""
    return DeliveryView.of(await endpoints.resend(caller, endpoint_id, delivery_id))


def _keep_nowhere(response: Response) -> None:
    """An answer with a secret is kept neither by whoever carries it nor for its ``Idempotency-Key``."""
    response.headers["Cache-Control"] = "no-store"
