"""The right to change a request: one change at a time, for which few wait, and none for long.

Whoever waits for a row's lock in the database holds a connection, of which all calls of a process share a few. So of all who
want to change one request by the same person only one goes to the database; the others wait here, with nothing in their hands.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import asyncpg

from application.turns import NoTurnError, Turns
from approval.model import Code, refuse
from crm import requests
from crm.pool import Connection, Pool

LINE_SECONDS: Final = 2.0
"""How long other changes by the same person are waited for."""
LONGEST_LINE: Final = 100


class RequestLock:
    """Locks requests, for the changes of this process.

    Args:
        pool: the CRM database.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._turns = Turns(1, LINE_SECONDS, most_waiting=LONGEST_LINE)

    @asynccontextmanager
    async def transaction(self, username: str, request_id: UUID) -> AsyncIterator[Connection]:
        """A transaction that keeps others from changing a request, if it is this user's: others lock nothing, wait for no
        lock, and are told by whoever reads the request in it that they may not change it.

        Raises:
            RefusedError: ``request_busy``.
        """
        async with (
            self.turn(username, request_id),
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            await requests.lock(connection, request_id, owner=username)
            yield connection

    @asynccontextmanager
    async def turn(self, username: str, request: UUID | str) -> AsyncIterator[None]:
        """The turn of one who wants to change a request, by its id or its number, and locks what it changes itself.

        Raises:
            RefusedError: ``request_busy``: somebody else takes too long, here or in the database.
        """
        try:
            async with self._turns.turn((username, request)):
                yield
        except (NoTurnError, asyncpg.LockNotAvailableError) as error:
            raise refuse(Code.REQUEST_BUSY) from error
