"""``/codec/encode`` and ``/codec/decode``: payloads of the engine for pages of the Temporal UI, with the session of our own pages.

The same for programs with a token is ``api.routes.codec``.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from admission import MANY
from application.payloads import EncodedPayloads, Payloads
from approval.model import Role
from web.csrf import FROM_TEMPORAL_UI
from web.rendering import PageDep

router = APIRouter(prefix="/codec")

NamespaceDep = Annotated[str | None, Header(alias="X-Namespace")]


async def get_payloads(request: Request, page: PageDep) -> Payloads:
    """What encrypts and reads, for administrators."""
    page.user.require_role(Role.ADMIN)
    payloads: Payloads = request.app.state.payloads
    return payloads


PayloadsDep = Annotated[Payloads, Depends(get_payloads)]


@router.post("/encode", response_model_exclude_defaults=True, openapi_extra=MANY | FROM_TEMPORAL_UI)
async def encode(
    body: EncodedPayloads, payloads: PayloadsDep, page: PageDep, namespace: NamespaceDep = None
) -> EncodedPayloads:
    """Encrypt payloads."""
    return await payloads.encode(page.user, body, namespace)


@router.post("/decode", response_model_exclude_defaults=True, openapi_extra=MANY | FROM_TEMPORAL_UI)
async def decode(
    body: EncodedPayloads, payloads: PayloadsDep, page: PageDep, namespace: NamespaceDep = None
) -> EncodedPayloads:
    """Read payloads."""
    return await payloads.decode(page.user, body, namespace)
