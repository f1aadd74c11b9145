"""``/me`` and, in demo mode, ``/demo/token``."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from api.auth import DemoTokens
from api.bodies import BoundedRoute
from api.deps import CallerDep, PoolDep
from api.idempotency import POST, REPLAYED, key_of
from api.problems import documented
from api.routes import ANSWERS
from api.schemas import Me, Token, TokenRequest
from application.caller import load_caller
from approval.model import Code, FieldError, refuse
from crm import idempotency
from problems import ProblemError

router = APIRouter(tags=["account"])


@router.get("/me", response_model=Me, responses=ANSWERS)
async def me(caller: CallerDep) -> Me:
    """Who is calling: username, name, roles."""
    member = caller.member
    return Me(username=member.username, name=member.name, roles=tuple(sorted(member.roles)))


demo_router = APIRouter(route_class=BoundedRoute, tags=["account"])


@demo_router.post(
    "/demo/token",
    response_model=Token,
    dependencies=POST,
    responses=documented("invalid", "idempotency_key_reused", "database_unavailable", public=True),
)
async def demo_token(request: Request, response: Response, body: TokenRequest, pool: PoolDep) -> Token:
    """Get a token for any user of the demo directory.

    There is no such address outside demo mode.

    The same `Idempotency-Key` and body again are answered with another token: none is ever stored.
    """
    key = key_of(request)
    if key is not None:
        call = idempotency.fingerprint(request.method, request.url.path, await request.body())
        claim = await idempotency.claim(pool, NOBODY, key, call)
        if not claim.same_call:
            raise ProblemError("idempotency_key_reused")
        if claim.answer is not None:
            response.headers[REPLAYED] = "true"
    if await load_caller(pool, body.username) is None:
        raise refuse(
            Code.INVALID, FieldError(pointer="/username", message="no_such_user", params={"value": body.username})
        )
    verifier = request.app.state.verifier
    assert isinstance(verifier, DemoTokens)  # noqa: S101 - this router is mounted in demo mode only
    token, seconds = verifier.issue(body.username)
    if key is not None:
        await idempotency.remember(pool, NOBODY, key, idempotency.Answer(status=200, headers={}, body=b""))
    return Token(access_token=token, expires_in=seconds)


NOBODY: Final = ""
"""To whom the keys of callers without a token belong."""
