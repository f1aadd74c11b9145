"""Open pages' streams: told of what their users may see, for one question to the database however many are open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from fastapi import FastAPI

from application.delivery.outcomes import Changes, Outcomes
from application.streams import REMEMBERED_SECONDS, Stream, Streams
from approval.model import Action
from crm import events
from crm.events import Committed, tell_touched
from crm.sessions import name_of
from settings import Settings
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.statements import asked_by, listen

MANY = 60
SOME = "00" * 32
"""A session of which nobody says that it has ended."""

SALES1_MAY_BE_SEEN_BY = {"sales1", "manager1", "director1", "admin1"}
EVERYBODY = SALES1_MAY_BE_SEEN_BY | {"sales2", "manager2", "purchasing1"}


@pytest.fixture(scope="module", autouse=True)
def _listening(monkeypatch_module: pytest.MonkeyPatch) -> None:
    listen(monkeypatch_module)


CONNECTING = 1
"""Which sessions go on is asked whenever the connection that hears of their ends is new."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def session(app: FastAPI) -> str:
    """A session that goes on."""
    key = await app.state.sessions.begin("admin1", authenticated_at=None)
    return name_of(key)


@asynccontextmanager
async def streams_of(app: FastAPI, settings: Settings, session: str, at_once: int) -> AsyncIterator[Streams]:
    outcomes = Outcomes(app.state.pool, settings.database_url)
    streams = Streams(app.state.pool, outcomes, app.state.sessions, at_once=at_once)
    async with outcomes.listening(), streams.running():
        with streams.open("admin1", session) as first:  # told once that the connection is new
            assert await first.changes(10) == Changes(missed=True)
        yield streams


async def _heard(streams: Streams, owner: ApiClient, each: int) -> set[str]:
    """Make a request while everybody looks at so many pages; who was told of it."""
    async with AsyncExitStack() as stack:
        opened = [(name, stack.enter_context(streams.open(name, SOME))) for name in EVERYBODY for _ in range(each)]
        request_id = UUID((await owner.create())["id"])
        told = Changes(request_ids=frozenset({request_id}))
        for name, stream in opened:
            if name in SALES1_MAY_BE_SEEN_BY:
                assert await stream.changes(10) == told, name
        nothing = [name for name, stream in opened if name not in SALES1_MAY_BE_SEEN_BY and await _hears(stream)]
        return SALES1_MAY_BE_SEEN_BY | set(nothing)


async def _hears(stream: Stream) -> bool:
    return await stream.changes(0) != Changes()


async def test_a_change_costs_one_statement_however_many_pages_are_open(
    app: FastAPI, settings: Settings, session: str, sign_in: SignIn
) -> None:
    owner = await sign_in("sales1")

    async def heard(each: int) -> None:
        async with streams_of(app, settings, session, MANY) as streams:
            assert await _heard(streams, owner, each) == SALES1_MAY_BE_SEEN_BY

    saving = await asked_by(owner.create())
    for each in (1, MANY):
        asked = await asked_by(heard(each))
        assert len(asked) == CONNECTING + len(saving) + 1, "\n----\n".join(asked)


async def test_changes_that_come_together_are_asked_about_together(
    app: FastAPI, settings: Settings, session: str, sign_in: SignIn
) -> None:
    owner = await sign_in("sales1")
    made: set[UUID] = set()

    async def heard() -> None:
        async with streams_of(app, settings, session, 1) as streams:
            with streams.open("manager1", SOME) as stream:
                made.update({UUID((await owner.create())["id"]) for _ in range(10)})
                told: set[UUID] = set()
                while told < made:
                    changes = await stream.changes(10)
                    assert changes
                    assert changes != Changes()
                    told |= changes.request_ids

    saving = await asked_by(owner.create())
    asked = await asked_by(heard())
    assert len(made) == 10
    assert len(asked) < 10 * (len(saving) + 1)


async def test_with_no_page_open_nothing_is_asked(
    app: FastAPI, settings: Settings, session: str, sign_in: SignIn
) -> None:
    owner = await sign_in("sales1")
    saving = await asked_by(owner.create())

    async def unheard() -> None:
        async with streams_of(app, settings, session, 1):
            await owner.create()
            await asyncio.sleep(0.3)

    assert len(await asked_by(unheard())) == CONNECTING + len(saving)


async def test_of_too_many_streams_of_one_user_the_oldest_ends(app: FastAPI, settings: Settings, session: str) -> None:
    async with streams_of(app, settings, session, 3) as streams, AsyncExitStack() as stack:
        mine = [stack.enter_context(streams.open("sales1", SOME)) for _ in range(5)]
        theirs = stack.enter_context(streams.open("sales2", SOME))
        assert [stream.replaced for stream in mine] == [True, True, False, False, False]
        assert [await stream.changes(0) for stream in mine[:3]] == [None, None, Changes()]
        assert await theirs.changes(0) == Changes()
        assert streams.count("sales1") == 3
    assert streams.count("sales1") == 0


async def test_streams_end_with_the_process(app: FastAPI, settings: Settings, session: str) -> None:
    async with AsyncExitStack() as stack:
        async with streams_of(app, settings, session, 3) as streams:
            stream = stack.enter_context(streams.open("sales1", SOME))
            waiting = asyncio.create_task(stream.changes(60))
            await asyncio.sleep(0)
        assert await waiting is None
        assert not stream.replaced


async def test_streams_end_with_their_session_alone(app: FastAPI, settings: Settings, session: str) -> None:
    keys = [await app.state.sessions.begin("sales1", authenticated_at=None) for _ in range(2)]
    async with streams_of(app, settings, session, 9) as streams, AsyncExitStack() as stack:
        mine = [stack.enter_context(streams.open("sales1", name_of(key))) for key in (keys[0], keys[0], keys[1])]
        await app.state.sessions.end(keys[0])
        assert [await stream.changes(10) for stream in mine[:2]] == [None, None]
        assert await mine[2].changes(0.2) == Changes()
        assert streams.count("sales1") == 1


async def test_sessions_that_ended_while_nobody_heard_of_it_are_found(
    app: FastAPI, settings: Settings, session: str
) -> None:
    key = await app.state.sessions.begin("sales1", authenticated_at=None)
    await app.state.sessions.end(key)
    outcomes = Outcomes(app.state.pool, settings.database_url)
    streams = Streams(app.state.pool, outcomes, app.state.sessions, at_once=9)
    async with streams.running():
        with streams.open("sales1", name_of(key)) as over, streams.open("admin1", session) as going_on:
            async with outcomes.listening():
                assert await over.changes(10) is None
                assert await going_on.changes(10) == Changes(missed=True)


async def test_a_page_that_begins_to_listen_late_hears_what_changed_since_it_was_asked_for(
    app: FastAPI, settings: Settings, session: str, sign_in: SignIn
) -> None:
    owner = await sign_in("sales1")
    async with streams_of(app, settings, session, MANY) as streams:
        before = await _told_of(streams, "admin1", owner)
        await asyncio.sleep(0.05)
        asked_at = asyncio.get_running_loop().time()
        changed = await _told_of(streams, "admin1", owner)
        for username, told in {"manager1": {changed}, "manager2": set()}.items():
            with streams.open(username, SOME) as late:
                await streams.catch_up(late, username, asyncio.get_running_loop().time() - asked_at)
                assert await late.changes(0) == Changes(request_ids=frozenset(told))
        assert before != changed
        with streams.open("manager1", SOME) as too_late:
            await streams.catch_up(too_late, "manager1", REMEMBERED_SECONDS + 1)
            assert await too_late.changes(0) == Changes(missed=True)


async def test_what_is_new_for_one_person_alone_is_told_to_nobody_else(
    app: FastAPI, settings: Settings, session: str, sign_in: SignIn
) -> None:
    """That somebody has decided and may take it back, and that they have."""
    pool, owner = app.state.pool, await sign_in("sales1")
    async with streams_of(app, settings, session, MANY) as streams:
        request_id = await _told_of(streams, "admin1", owner)
        with streams.open("manager1", SOME) as own, streams.open("sales1", SOME) as others:
            at = datetime.now(UTC)
            waits = Committed(
                request_id=request_id, command_id=uuid4(), action=Action.APPROVE, actor="manager1", takes_effect_at=at
            )
            for is_undone in (False, True):
                if is_undone:
                    await tell_touched(pool, request_id, only="manager1")
                else:
                    await events.tell(pool, waits)
                assert await own.changes(10) == Changes(request_ids=frozenset({request_id}))
            with streams.open("manager1", SOME) as late, streams.open("sales1", SOME) as late_others:
                for stream, username in ((late, "manager1"), (late_others, "sales1")):
                    await streams.catch_up(stream, username, (datetime.now(UTC) - at).total_seconds())
                assert await late.changes(0) == Changes(request_ids=frozenset({request_id}))
                assert await late_others.changes(0) == Changes()
            assert await others.changes(0) == Changes()
            await tell_touched(pool, request_id)
            assert await others.changes(10) == Changes(request_ids=frozenset({request_id}))


async def _told_of(streams: Streams, username: str, owner: ApiClient) -> UUID:
    """Make a request and wait until somebody is told of it."""
    with streams.open(username, SOME) as stream:
        request_id = UUID((await owner.create())["id"])
        assert await stream.changes(10) == Changes(request_ids=frozenset({request_id}))
        return request_id
