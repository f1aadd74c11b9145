"""An engine that refuses a command for good, or answers nothing: the command waits, and nobody waits for it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import psutil
import pytest
from temporalio.client import Client
from uuid_utils.compat import uuid7

from approval.model import Action
from crm import commands
from crm.pool import Pool
from embedded.temporal import TemporalServer
from server import create_app
from settings import Settings
from tests.clients import ApiClient
from tests.crm.saved import SavedRun, save
from tests.eventually import eventually
from workflows import contracts
from workflows.contracts import MOST_UNDO_SECONDS, RunInput

ANSWERED_WITHIN = 4.5
"""Seconds: three for the engine, the rest for a busy machine."""


@asynccontextmanager
async def api_on(engine: TemporalServer, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The application, which has this engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPORAL_ADDRESS", engine.address)
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=30) as http:
                yield http


MakeEngine = Callable[..., TemporalServer]


@pytest.fixture
def make_engine(tmp_path: Path) -> Iterator[MakeEngine]:
    """Makes engines, each to be started by the test; they end with it."""
    made: list[TemporalServer] = []

    def make(search_attributes: Mapping[str, str] = contracts.SEARCH_ATTRIBUTES) -> TemporalServer:
        made.append(TemporalServer(tmp_path / "engine.db", search_attributes=search_attributes))
        return made[-1]

    yield make
    for engine in made:
        engine.kill()


async def test_a_command_that_the_engine_refuses_for_good_holds_back_no_younger_one(
    make_engine: MakeEngine, settings: Settings, pool: Pool
) -> None:
    engine = make_engine(search_attributes={})
    engine.start()
    async with api_on(engine, settings) as http:
        sales = await ApiClient.signed_in(http, "sales1")
        refused = await sales.create()
        assert (await sales.act(refused["id"], "send")).status_code == 202  # no run can be started
        going = await SavedRun.sent(pool, await save(pool))
        client = await Client.connect(engine.address)
        await client.start_workflow(
            contracts.WORKFLOW_TYPE,
            RunInput(request_id=going.request_id).model_dump(mode="json"),
            id=contracts.workflow_id(going.request_id),
            task_queue=contracts.TASK_QUEUE,
        )
        younger = uuid7()
        message = {"command_id": str(younger), "actor": "manager1", "step": "manager"}
        await commands.store(
            pool,
            command_id=younger,
            request_id=going.request_id,
            action=Action.APPROVE,
            actor="manager1",
            payload=message,
            at=datetime.now(UTC),
        )

        async def delivered() -> bool:
            return bool(await pool.fetchval("SELECT handed_over_at IS NOT NULL FROM commands WHERE id = $1", younger))

        await eventually(delivered, seconds=8)  # two of them every command is left to the call that took it
        waits = await pool.fetchrow(
            "SELECT tries, delivered_at, handed_over_at FROM commands WHERE request_id = $1", UUID(refused["id"])
        )
        assert waits is not None
        assert waits["tries"] > 0
        assert (waits["delivered_at"], waits["handed_over_at"]) == (None, None)


@pytest.mark.parametrize("how", ["never there", "stopped", "silent"])
async def test_without_the_engine_a_decision_is_taken_within_four_seconds(
    make_engine: MakeEngine, settings: Settings, pool: Pool, how: str
) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    engine = make_engine()
    if how != "never there":
        engine.start()
    async with api_on(engine, settings) as http:
        manager = await ApiClient.signed_in(http, "manager1")
        if how != "never there":
            assert (await http.get("/readyz")).json()["engine"] == "ok"  # it has its connection
        if how == "stopped":
            engine.kill()
        elif how == "silent":
            psutil.Process(engine.pid).send_signal(signal.SIGSTOP)
        began = asyncio.get_running_loop().time()
        answer = await manager.act(str(run.request_id), "approve", {"step": "manager"})
        took = asyncio.get_running_loop().time() - began
        assert answer.status_code == 202, answer.text
        assert took < ANSWERED_WITHIN
        stored = await pool.fetchrow(
            "SELECT actor, delivered_at FROM commands WHERE id = $1", UUID(answer.json()["command_id"])
        )
        assert stored is not None
        assert (stored["actor"], stored["delivered_at"]) == ("manager1", None)


async def test_without_the_engine_a_decision_that_can_be_taken_back_is_answered_as_such(
    make_engine: MakeEngine, settings: Settings, pool: Pool
) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    async with api_on(make_engine(), settings.model_copy(update={"undo_seconds": MOST_UNDO_SECONDS})) as http:
        manager = await ApiClient.signed_in(http, "manager1")
        answer = await manager.act(str(run.request_id), "approve", {"step": "manager", "undo": True})
        state = answer.json()
        assert (answer.status_code, state["status"]) == (202, "deferred")
        command = f"commands/{state['command_id']}"
        assert await manager.get(f"/purchase-requests/{run.request_id}/{command}") == state
        assert (await manager.act(str(run.request_id), f"{command}/undo")).json()["status"] == "undone"
