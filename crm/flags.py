"""Flags: requests that somebody has marked for themselves, which nobody else sees."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from crm.pool import Connection, Pool

MOST_FLAGS: Final = 500
"""Of one person."""

_PUT: Final = """
INSERT INTO request_flags (username, request_id, flagged_at)
SELECT $1, $2, $3 WHERE (SELECT count(*) FROM request_flags WHERE username = $1) < $4
    OR EXISTS (SELECT FROM request_flags WHERE username = $1 AND request_id = $2)
ON CONFLICT (username, request_id) DO UPDATE SET flagged_at = request_flags.flagged_at
RETURNING request_id
"""


async def put(executor: Pool | Connection, username: str, request_id: UUID, *, at: datetime) -> bool:
    """Flag a request for somebody; one that is flagged already stays so.

    Returns:
        Whether it is flagged now: not if they have flagged as many as one may.
    """
    return await executor.fetchval(_PUT, username, request_id, at, MOST_FLAGS) is not None


async def take_off(executor: Pool | Connection, username: str, request_id: UUID) -> None:
    """Have a request flagged for somebody no more."""
    await executor.execute("DELETE FROM request_flags WHERE username = $1 AND request_id = $2", username, request_id)


def flagged_by(parameter: str, request_id: str) -> str:
    """Whether somebody has flagged a request, as an expression.

    Args:
        parameter: their username, as an expression.
        request_id: the request's id, as one.
    """
    return f"EXISTS (SELECT FROM request_flags f WHERE f.username = {parameter} AND f.request_id = {request_id})"
