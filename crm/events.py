"""What the database tells its listeners when something was committed (LISTEN/NOTIFY).

It is told after the commit, in a statement of its own: a NOTIFY within the writing transaction makes PostgreSQL commit
one such transaction after the other. A notification that is lost is made up for by whoever waits: they look by themselves.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from approval.model import Action
from crm.pool import DATABASE_TROUBLE, Connection, Pool

CHANNEL = "purchase_requests"


class Committed(BaseModel):
    """A command was recorded on a request's timeline, accepted or refused."""

    model_config = ConfigDict(frozen=True)

    request_id: UUID
    command_id: UUID
    action: Action
    end: bool = False
    actor: str
    accepted: bool = False


async def tell(executor: Pool | Connection, committed: Committed) -> None:
    """Tell the listeners. What was committed stays so if that fails."""
    with suppress(*DATABASE_TROUBLE):
        await executor.execute("SELECT pg_notify($1, $2)", CHANNEL, committed.model_dump_json())
