"""``/codec/encode`` and ``/codec/decode``: payloads of the engine, for the Temporal CLI, and for a Temporal UI that passes its token on.

What pages of the Temporal UI call with the session of our own pages is ``web.routes.codec``.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from admission import MANY
from api.bodies import LINES
from api.deps import AdminDep
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application.payloads import EncodedPayloads, Payloads

router = APIRouter(prefix="/codec", route_class=IdempotentRoute, tags=["ops"], responses=ANSWERS)

NamespaceDep = Annotated[
    str | None,
    Header(alias="X-Namespace", description="The engine's namespace; another one than this installation's is refused"),
]


async def get_payloads(request: Request, response: Response) -> Payloads:
    """What encrypts and reads; its answer is kept nowhere."""
    response.headers["Cache-Control"] = "no-store"
    payloads: Payloads = request.app.state.payloads
    return payloads


PayloadsDep = Annotated[Payloads, Depends(get_payloads)]


@router.post(
    "/encode",
    response_model=EncodedPayloads,
    response_model_exclude_defaults=True,
    dependencies=POST,
    responses=documented("invalid"),
    openapi_extra=LINES | MANY,
)
async def encode_payloads(
    body: EncodedPayloads, caller: AdminDep, payloads: PayloadsDep, namespace: NamespaceDep = None
) -> EncodedPayloads:
    """Encrypt payloads for the engine, as Temporal's remote codec; admins only.

    Where nothing is encrypted (`PAYLOAD_KEYS`) they come back as they are. The answer is never kept for its `Idempotency-Key`.
    """
    return await payloads.encode(caller, body, namespace)


@router.post(
    "/decode",
    response_model=EncodedPayloads,
    response_model_exclude_defaults=True,
    dependencies=POST,
    responses=documented("invalid"),
    openapi_extra=LINES | MANY,
)
async def decode_payloads(
    body: EncodedPayloads, caller: AdminDep, payloads: PayloadsDep, namespace: NamespaceDep = None
) -> EncodedPayloads:
    """Read payloads that the engine has, as Temporal's remote codec; admins only.

    In place of one that cannot be read stands a text that says why, and what is to be done. Those that are not encrypted come back as they
    are. The answer is never kept for its `Idempotency-Key`.
    """
    return await payloads.decode(caller, body, namespace)
