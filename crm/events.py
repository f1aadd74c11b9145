"""What the database tells its listeners when something was committed (LISTEN/NOTIFY).

It is told after the commit, in a statement of its own: a NOTIFY within the writing transaction makes PostgreSQL commit
one such transaction after the other. A notification that is lost is made up for by whoever waits: they look by themselves.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from approval.model import Action
from crm.pool import DATABASE_TROUBLE, Connection, Pool

CHANNEL = "purchase_requests"

TOUCHED = "request_touched"
"""The channel on which listeners hear, by a request's id, that something is new that belongs to it and is no part of its run."""

TOUCHED_FOR_ONE = "request_touched_for_one"
"""The same for one person alone, whose username comes after the id and a blank: listeners of builds that know no such thing do not
listen here."""


class Committed(BaseModel):
    """A command was recorded on a request's timeline, accepted or refused."""

    model_config = ConfigDict(frozen=True)

    request_id: UUID
    command_id: UUID
    action: Action
    end: bool = False
    actor: str
    accepted: bool = False
    shown: bool = True
    """Whether the timeline says so, so that open pages are to be told."""
    takes_effect_at: datetime | None = None
    """When it takes effect, unless its person takes it back; nothing is recorded until then, and nobody else is to notice."""


class Teller:
    """Tells the listeners what was committed, many things in one statement when there are many, while others work on.

    Args:
        pool: the database.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._untold: list[str] = []
        self._telling: asyncio.Task[None] | None = None

    def tell(self, committed: Committed) -> None:
        """Have it told soon."""
        self._untold.append(committed.model_dump_json())
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while self._untold:
            told, self._untold = self._untold, []
            with suppress(*DATABASE_TROUBLE):
                await self._pool.execute(
                    "SELECT pg_notify($1, one) FROM unnest($2::text[]) AS told (one)", CHANNEL, told
                )


async def tell(executor: Pool | Connection, committed: Committed) -> None:
    """Tell the listeners. What was committed stays so if that fails."""
    with suppress(*DATABASE_TROUBLE):
        await executor.execute("SELECT pg_notify($1, $2)", CHANNEL, committed.model_dump_json())


async def tell_touched(executor: Pool | Connection, request_id: UUID, *, only: str = "") -> None:
    """Tell the listeners that something of a request is new, which its run knows nothing of.

    Args:
        only: for whom alone it is new, a username.
    """
    channel, told = (TOUCHED_FOR_ONE, f"{request_id} {only}") if only else (TOUCHED, str(request_id))
    with suppress(*DATABASE_TROUBLE):
        await executor.execute("SELECT pg_notify($1, $2)", channel, told)
