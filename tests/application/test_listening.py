"""Processes of several builds listen to the same database: what one does not know of another's words harms nobody."""

from __future__ import annotations

import asyncio

import asyncpg
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from application.delivery.outcomes import Changes, Outcomes
from crm.events import CHANNEL, TOUCHED, TOUCHED_FOR_ONE, tell_touched
from crm.notices import NOTICED
from crm.pool import Pool


async def test_what_another_build_says_otherwise_is_warned_of_once_and_what_follows_is_heard(
    pool: Pool, database_url: str
) -> None:
    channels, request_id = [CHANNEL, TOUCHED, TOUCHED_FOR_ONE, NOTICED], uuid7()
    outcomes = Outcomes(pool, database_url)
    with outcomes.watching() as watcher, capture_logs() as logs:
        async with outcomes.listening():
            assert await watcher.changes(10) == Changes(missed=True), "it listens"
            for channel in channels * 2:
                await pool.execute("SELECT pg_notify($1, $2)", channel, '{"newer": "words"}')
            await tell_touched(pool, request_id)
            assert await watcher.changes(10) == Changes(request_ids=frozenset({request_id}))
    assert [(log["log_level"], log["channel"]) for log in logs] == [("warning", channel) for channel in channels]


async def test_what_is_new_for_one_person_is_not_said_where_older_builds_read_an_id_alone(
    pool: Pool, database_url: str
) -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    older = await asyncpg.connect(database_url)
    await older.add_listener(TOUCHED, lambda *message: said.put_nowait(str(message[-1])))
    everybodys = uuid7()
    await tell_touched(pool, uuid7(), only="manager1")
    await tell_touched(pool, everybodys)
    assert await asyncio.wait_for(said.get(), 10) == str(everybodys)
    await older.close()
