"""``/me`` and, in demo mode, ``/demo/token``."""

from __future__ import annotations

from fastapi import APIRouter, Request

from api.auth import DemoTokens
from api.deps import CallerDep, PoolDep, load_caller
from api.problems import documented
from api.routes import ANSWERS
from api.schemas import Me, Token, TokenRequest
from approval.model import Code, FieldError, refuse

router = APIRouter(tags=["account"])


@router.get("/me", response_model=Me, responses=ANSWERS)
async def me(caller: CallerDep) -> Me:
    """The caller: username, name, roles."""
    member = caller.member
    return Me(username=member.username, name=member.name, roles=tuple(sorted(member.roles)))


demo_router = APIRouter(tags=["account"])


@demo_router.post("/demo/token", response_model=Token, responses=documented("invalid", "database_unavailable"))
async def demo_token(request: Request, body: TokenRequest, pool: PoolDep) -> Token:
    """A token for any user of the demo directory; there is no such address outside demo mode."""
    if await load_caller(pool, body.username) is None:
        raise refuse(
            Code.INVALID, FieldError(pointer="/username", message="no_such_user", params={"value": body.username})
        )
    verifier = request.app.state.verifier
    assert isinstance(verifier, DemoTokens)  # noqa: S101 - this router is mounted in demo mode only
    token, seconds = verifier.issue(body.username)
    return Token(access_token=token, expires_in=seconds)
