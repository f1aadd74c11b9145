"""What the application asks the database for one call, statement by statement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import asyncpg
import pytest
from asyncpg.prepared_stmt import PreparedStatement

import crm.pool

_asked: ContextVar[list[str] | None] = ContextVar("asked", default=None)
"""Statements of this test's own call, and not of what the application does beside it."""

_OF_THE_DRIVER = ("typeinfo_tree", "'jit'")
"""What asyncpg asks about types, once for each connection."""


def listen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every connection of the application tell what is asked; it has to be called before there is an application."""
    set_codecs = crm.pool.set_codecs
    fetch: Callable[..., Awaitable[list[Any]]] = PreparedStatement.fetch

    def heard(query: str) -> None:
        asked = _asked.get()
        if asked is not None and not any(words in query for words in _OF_THE_DRIVER):
            asked.append(query)

    async def listening(connection: asyncpg.Connection[asyncpg.Record]) -> None:
        await set_codecs(connection)
        connection.add_query_logger(lambda record: heard(record.query))

    async def heard_fetch(statement: PreparedStatement[asyncpg.Record], *args: object, **more: Any) -> list[Any]:
        heard(statement.get_query())  # the driver's query logger hears nothing of prepared statements
        return await fetch(statement, *args, **more)

    monkeypatch.setattr(crm.pool, "set_codecs", listening)
    monkeypatch.setattr(PreparedStatement, "fetch", heard_fetch)


async def asked_by(call: Awaitable[object]) -> list[str]:
    """The statements of one call of the application, each a round trip."""
    asked: list[str] = []
    token = _asked.set(asked)
    await call
    await asyncio.sleep(0)  # the driver tells on the loop's next turn
    _asked.reset(token)
    return asked
