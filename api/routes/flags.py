"""``/purchase-requests/{id}/flag``: marking a request for oneself."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from api.deps import CallerDep, PoolDep
from api.idempotency import IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application import flags

router = APIRouter(
    prefix="/purchase-requests", route_class=IdempotentRoute, tags=["purchase requests"], responses=ANSWERS
)


@router.put("/{request_id}/flag", status_code=204, responses=documented("not_found", "invalid"))
async def flag(request_id: UUID, caller: CallerDep, pool: PoolDep) -> None:
    """Flag a request, for the caller alone. Lists have it as `flagged`, and are narrowed by `flagged=true`.

    One person may flag 500.
    """
    await flags.change(pool, caller, request_id, flagged=True)


@router.delete("/{request_id}/flag", status_code=204, responses=documented("not_found"))
async def take_flag_off(request_id: UUID, caller: CallerDep, pool: PoolDep) -> None:
    """Take the caller's flag off a request; where there is none, nothing changes."""
    await flags.change(pool, caller, request_id, flagged=False)
