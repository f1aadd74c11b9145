"""The three ways of writing that the benchmark compares: each commits what it counts, and tells of it as it says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import asyncpg
import pytest

from bench.scenarios.notify import CHANNEL, TABLE, WAYS, writes_per_second
from embedded.postgres import PostgresServer


@pytest.fixture
def empty_database(postgres: PostgresServer) -> Iterator[str]:
    name = f"notify_{uuid4().hex[:8]}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.mark.parametrize("way", WAYS)
async def test_every_write_is_told_of_once_or_not_at_all(empty_database: str, way: str) -> None:
    told: list[str] = []
    ended = asyncio.Event()
    listener = await asyncpg.connect(empty_database)
    await listener.execute(TABLE)
    await listener.add_listener(CHANNEL, lambda *message: told.append(str(message[-1])))
    await listener.add_listener("end", lambda *_: ended.set())

    rate = await writes_per_second(empty_database, way, 3, 0.1)

    await listener.execute('NOTIFY "end"')
    await asyncio.wait_for(ended.wait(), 10)
    written = [str(row["id"]) for row in await listener.fetch("SELECT id FROM writes")]
    await listener.close()
    assert rate > 0
    assert len(written) >= 3
    assert sorted(told) == (sorted(written) if way != "none" else [])
