"""The connection pool, how PostgreSQL's values become Python's, and which errors mean that the database is away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import asyncpg
from asyncpg.pool import PoolAcquireContext
from pydantic_core import from_json, to_json

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]
    Acquiring = PoolAcquireContext[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = Any
    Acquiring = PoolAcquireContext

CONNECT_SECONDS = 3.0
STATEMENT_SECONDS = 10.0
ACQUIRE_SECONDS = 5.0
"""How long a caller waits for a connection when all are in use."""
LOCK_SECONDS = 2.0
"""How long somebody who wants to change a request waits, with a connection, for others who change it."""

DATABASE_TROUBLE: Final = (
    OSError,  # TimeoutError and ConnectionError among them
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the connection broke while asyncpg was at work on it
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # stopping, starting, a session ended by an operator
    asyncpg.InsufficientResourcesError,  # disk, memory or connections are used up
    asyncpg.PostgresSystemError,
    asyncpg.TransactionRollbackError,  # deadlock, serialization: the same again may succeed
    asyncpg.ReadOnlySQLTransactionError,  # a standby that has not taken over yet
)
"""What asyncpg raises when the database cannot do its work now and may later; see also ``is_wrong_argument``."""


class BoundedPool(Pool):
    """A pool that keeps nobody waiting for a free connection for ever."""

    def acquire(self, *, timeout: float | None = None) -> Acquiring:
        """See ``asyncpg.Pool.acquire``.

        Raises:
            TimeoutError: on entering, after ``timeout`` or ``ACQUIRE_SECONDS``.
        """
        return super().acquire(timeout=ACQUIRE_SECONDS if timeout is None else timeout)


async def create_pool(database_url: str, size: int) -> Pool:
    """Open a pool.

    Args:
        database_url: a PostgreSQL URI.
        size: connections at most.

    Raises:
        OSError, asyncpg.PostgresError: the database is not to be had.
    """
    return await BoundedPool(
        database_url,
        min_size=1,
        max_size=size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        connect=None,
        setup=None,
        init=set_codecs,
        reset=_leave_as_is,
        loop=None,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        server_settings={"application_name": "purchase-approval"},
    )


def lock_timeout() -> str:
    """PostgreSQL's setting ``lock_timeout`` for whoever takes a lock; within a transaction it is set by ``set_config``."""
    return f"{LOCK_SECONDS * 1000:.0f}ms"


async def _leave_as_is(_connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """What is done to a connection that comes back: nothing. No statement of ours leaves anything in its session, and
    asyncpg's own way, four statements that would clear it, costs a round trip for each use of the pool.
    """


REFUSED_VALUE: Final = asyncpg.DataError
"""What PostgreSQL raises for a value that it cannot hold (class 22), such as a text with NUL in it."""


def is_wrong_argument(error: BaseException) -> bool:
    """Whether asyncpg could not encode a value: a defect of the caller, although it looks like database trouble."""
    return type(error) is asyncpg.DataError or (
        isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)
    )


PERMANENT_CLASSES = ("22", "23")
"""SQLSTATE classes that no retry cures: data exceptions and integrity violations.

A table, column or privilege that is missing (42) is not among them: the worker may be ahead of its migration. Nor is what a
defect of ours makes of rows that are right: whoever mends it finds the message still waiting.
"""


def is_permanent(error: BaseException) -> bool:
    """Whether trying again cannot help."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(PERMANENT_CLASSES)
    return is_wrong_argument(error)


async def set_codecs(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Give JSON as Python values, and take any JSON value or pydantic model for it. What is put together for one answer is
    ``json``, which costs PostgreSQL less; what is stored is ``jsonb``. Both in PostgreSQL's binary format, as rows within rows are."""
    await connection.set_type_codec("json", schema="pg_catalog", encoder=to_json, decoder=from_json, format="binary")
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: _JSONB + to_json(value),
        decoder=lambda data: from_json(data.removeprefix(_JSONB)),
        format="binary",
    )


_JSONB: Final = b"\x01"
"""The version of the format."""
