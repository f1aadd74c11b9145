"""The connection pool, and how PostgreSQL's values become Python's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import asyncpg
from pydantic_core import to_json

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = Any

CONNECT_SECONDS = 3.0
STATEMENT_SECONDS = 10.0


async def create_pool(database_url: str, size: int) -> Pool:
    """Open a pool.

    Args:
        database_url: a PostgreSQL URI.
        size: connections at most.

    Raises:
        OSError, asyncpg.PostgresError: the database is not to be had.
    """
    return await asyncpg.create_pool(
        database_url,
        min_size=1,
        max_size=size,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        init=set_codecs,
        server_settings={"application_name": "purchase-approval"},
    )


async def set_codecs(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Give jsonb columns as Python values, and take any JSON value or pydantic model for them."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: to_json(value).decode(), decoder=json.loads
    )
