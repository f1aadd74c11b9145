"""The connection on which the API hears of changes may break: nobody is left waiting for what was said meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
import pytest_asyncio
from uuid_utils.compat import uuid7

from application.delivery.outcomes import APPLICATION_NAME, MOST_UNHEARD, Changes, Outcomes, Watcher
from approval.model import Action, Code, Refusal
from crm import refusals, timeline
from crm.pool import Pool
from tests.conftest import SignIn
from tests.eventually import eventually


@pytest_asyncio.fixture
async def outcomes(pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Outcomes]:
    """One that listens, and is slow to look by itself and to connect again."""
    monkeypatch.setattr("application.delivery.outcomes.FIRST_LOOK", 60.0)
    monkeypatch.setattr("application.delivery.outcomes.RECONNECT_SECONDS", 1.0)
    outcomes = Outcomes(pool, database_url)
    async with outcomes.listening():
        await _listening(pool)
        yield outcomes


async def _listeners(pool: Pool) -> list[int]:
    rows = await pool.fetch(
        "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()",
        APPLICATION_NAME,
    )
    return [row["pid"] for row in rows]


async def _listening(pool: Pool) -> None:
    async def found() -> bool:
        return bool(await _listeners(pool))

    await eventually(found)
    await asyncio.sleep(0.2)  # from being connected to LISTEN


async def _break_the_connection(pool: Pool) -> None:
    for pid in await _listeners(pool):
        await pool.execute("SELECT pg_terminate_backend($1)", pid)

    async def gone() -> bool:
        return not await _listeners(pool)

    await eventually(gone)


async def _refuse(pool: Pool, request_id: UUID, command_id: UUID) -> None:
    entry = timeline.Entry(
        request_id=request_id,
        command_id=command_id,
        at=datetime.now(UTC),
        action=Action.APPROVE,
        actor="manager1",
        refusal=Refusal(code=Code.NOT_YOUR_STEP),
    )
    await refusals.refuse(pool, entry)


async def test_a_watcher_hears_that_it_may_have_missed_a_change(
    outcomes: Outcomes, pool: Pool, sign_in: SignIn
) -> None:
    sales = await sign_in("sales1")
    with outcomes.watching() as watcher:
        before = await sales.create()
        assert await watcher.changes(10) == Changes(request_ids=frozenset({UUID(before["id"])}))
        await _break_the_connection(pool)
        await sales.create()
        assert await watcher.changes(10) == Changes(missed=True)
        after = await sales.create()
        assert await watcher.changes(10) == Changes(request_ids=frozenset({UUID(after["id"])}))


async def test_a_command_that_was_settled_meanwhile_is_found_at_once(
    outcomes: Outcomes, pool: Pool, sign_in: SignIn
) -> None:
    request_id = UUID((await (await sign_in("sales1")).create())["id"])
    command_id = uuid7()
    with outcomes.expecting(command_id) as expected:
        waiting = asyncio.create_task(outcomes.outcome(command_id, expected, 60))
        await _break_the_connection(pool)
        await _refuse(pool, request_id, command_id)
        settled = await asyncio.wait_for(waiting, 15)
    assert settled is not None
    assert settled.refusal is not None
    assert settled.refusal.code is Code.NOT_YOUR_STEP


async def test_a_watcher_who_takes_nothing_is_kept_no_more_than_a_bound() -> None:
    watcher = Watcher()
    for _ in range(MOST_UNHEARD):
        watcher.tell(uuid7())
    watcher.tell(uuid7())
    last = uuid7()
    watcher.tell(last)
    assert await watcher.changes(0) == Changes(request_ids=frozenset({last}), missed=True)
    assert await watcher.changes(0) == Changes()
    watcher.stop()
    assert await watcher.changes(0) is None


@pytest.mark.parametrize("later", range(6))
async def test_whoever_is_stopped_at_the_moment_of_news_stops(later: int) -> None:
    watcher = Watcher()
    watching = asyncio.create_task(watcher.changes(60))
    await asyncio.sleep(0.01)
    watcher.tell(uuid7())
    for _ in range(later):
        await asyncio.sleep(0)
    if watching.cancel():
        with pytest.raises(asyncio.CancelledError):
            await watching
