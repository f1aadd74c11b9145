"""A request as a caller may see it, and the timeline's line for what they were refused."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from application.caller import Caller
from approval.model import Action, Code, Refusal, refuse
from crm import refusals, requests, timeline
from crm.pool import Connection, Pool
from crm.records import RequestRecord


async def load(executor: Pool | Connection, caller: Caller, request_id: UUID) -> RequestRecord:
    """A request that the caller may see.

    Raises:
        RefusedError: ``not_found``.
    """
    record = await requests.load(executor, request_id, caller.viewer)
    if record is None:
        raise refuse(Code.NOT_FOUND)
    name_in_logs(record.number, record.run.id if record.run else None)
    return record


async def note_refusal(
    pool: Pool,
    caller: Caller,
    request_id: UUID,
    action: Action,
    refusal: Refusal,
    *,
    at: datetime,
    command_id: UUID | None = None,
    note: str = "",
    step: str | None = None,
    end: bool = False,
) -> None:
    """Put a refusal on the timeline of a request that the caller may see; not that they are to try again."""
    if refusal.code is Code.REQUEST_BUSY:
        return
    if not await requests.visible(pool, [request_id], caller.viewer):
        return
    await refusals.refuse(
        pool,
        timeline.Entry(
            request_id=request_id,
            command_id=command_id or uuid7(),
            at=at,
            action=action,
            end=end,
            actor=caller.username,
            channel=caller.channel,
            step=step,
            round=None,
            note=note,
            refusal=refusal,
        ),
    )


def name_in_logs(number: str, run_id: UUID | None) -> None:
    """Have every further log line of the call say which request and run it is about."""
    structlog.contextvars.bind_contextvars(request=number)
    if run_id is not None:
        structlog.contextvars.bind_contextvars(run_id=str(run_id))
