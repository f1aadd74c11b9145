"""``/reconciliation``: admins see what was compared, and have it compared now, once at a time."""

from __future__ import annotations

import pytest
import pytest_asyncio
from fastapi import FastAPI
from temporalio.client import Client

from crm.pool import Pool
from embedded.processes import free_port
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.reconciling import MENDED, reconciling

PASSES = "/reconciliation/passes"


@pytest_asyncio.fixture(loop_scope="session")
async def admin(sign_in: SignIn) -> ApiClient:
    return await sign_in("admin1")


async def test_a_pass_is_made_now_and_whoever_wants_one_meanwhile_has_that_one(
    app: FastAPI,
    pool: Pool,
    temporal_client: Client,
    task_queue: str,
    admin: ApiClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def is_over() -> bool:
        return not (await admin.get("/reconciliation"))["under_way"]

    async with reconciling(app, pool, temporal_client, monkeypatch) as passes:
        assert await admin.get("/reconciliation") == {"under_way": False, "waiting": 0, "passes": []}
        for _ in range(3):
            answer = await admin.call("POST", PASSES)
            assert (answer.status_code, answer.json()["under_way"]) == (202, True), answer.text
        passes.may_end.set()
        await eventually(is_over)
        (one,) = (await admin.get("/reconciliation"))["passes"]
        assert (one["compared"], one["mended"]) == ({"requests": 41, "runs": 40}, MENDED)
        assert one["ended_at"] > one["started_at"]
        assert passes.made == 1
        assert (await admin.call("POST", PASSES)).status_code == 202
        await eventually(is_over)
        assert len((await admin.get("/reconciliation"))["passes"]) == passes.made == 2


async def test_without_an_engine_it_is_said_that_none_is_made(
    app: FastAPI, admin: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = await Client.connect(f"127.0.0.1:{free_port()}", lazy=True)
    monkeypatch.setattr(app.state.reconciliation, "_minutes", 10)
    monkeypatch.setattr(app.state.reconciliation, "_client", nobody)
    answer = await admin.call("POST", PASSES)
    assert (answer.status_code, answer.json()["code"]) == (503, "engine_unavailable")


async def test_where_none_are_made_none_can_be_had(admin: ApiClient) -> None:
    assert (await admin.call("POST", PASSES)).status_code == 404
