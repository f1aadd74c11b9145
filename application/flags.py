"""Flagging requests: everybody for themselves, whatever they see."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from application import access
from application.caller import Caller
from approval.model import Code, FieldError, refuse
from crm import flags
from crm.flags import MOST_FLAGS
from crm.pool import Pool


async def change(pool: Pool, caller: Caller, request_id: UUID, *, flagged: bool) -> None:
    """Flag a request for the caller, or take the flag off; what is so already stays so.

    Raises:
        RefusedError: ``not_found``; ``invalid``: the caller has flagged as many as one may.
    """
    await access.load(pool, caller, request_id)
    if not flagged:
        await flags.take_off(pool, caller.username, request_id)
    elif not await flags.put(pool, caller.username, request_id, at=datetime.now(UTC)):
        raise refuse(Code.INVALID, FieldError(pointer="", message="too_many_flags", params={"most": str(MOST_FLAGS)}))
