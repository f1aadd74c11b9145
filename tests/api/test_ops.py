"""What machines that watch over the API are told: alive, ready and if not why, and how it is doing."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
import structlog
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from crm.demo_data import load_demo_data
from crm.migrate import migrate
from crm.pool import Pool, create_pool
from crm.probe import WriteProbe
from embedded.postgres import PostgresServer
from embedded.processes import free_port
from embedded.temporal import TemporalServer
from server import create_app
from settings import Settings
from tests.clients import BASE
from tests.conftest import SignIn
from tests.eventually import eventually
from worker import workers

Servers = tuple[PostgresServer, TemporalServer, httpx.AsyncClient]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory, temporal: TemporalServer) -> AsyncIterator[Servers]:
    """The application on servers of its own, which may be stopped."""
    directory = tmp_path_factory.mktemp("ops")
    postgres = PostgresServer(directory / "data", settings={"fsync": "off"})
    engine = TemporalServer(directory / "temporal.db", port=free_port())
    postgres.start()
    engine.start()
    url = postgres.create_database("crm")
    await migrate(url)
    pool = await create_pool(url, 2)
    await load_demo_data(pool)
    await pool.close()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TEMPORAL_ADDRESS", engine.address)
            app = create_app(Settings(database_url=url, demo_mode=True))
            async with _client(app) as http:
                patch.undo()
                yield postgres, engine, http
    finally:
        engine.stop()
        postgres.stop()


@asynccontextmanager
async def _client(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        yield http


async def test_a_process_that_lives_says_so_whatever_is_missing(servers: Servers) -> None:
    postgres, _, http = servers
    assert (await http.get("/healthz")).status_code == 200
    postgres.stop()
    try:
        assert (await http.get("/healthz")).json() == {"status": "ok"}
    finally:
        postgres.start()


async def ready(http: httpx.AsyncClient) -> bool:
    body = (await http.get("/readyz")).json()
    return bool(body == {"status": "ready", "database": "ok", "engine": "ok"})


async def missing(http: httpx.AsyncClient) -> list[str]:
    """What is missing of everything; the status and the header say the same."""
    answer = await http.get("/readyz/all")
    body = answer.json()
    assert body["status"] == ("not_ready" if body["missing"] else "ready")
    assert answer.status_code == (503 if body["missing"] else 200)
    assert ("retry-after" in answer.headers) == bool(body["missing"])
    return list(body["missing"])


async def not_ready(http: httpx.AsyncClient) -> bool:
    answer = await http.get("/readyz")
    if answer.status_code == 200:  # for up to a second it says what was so
        return False
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json() == {"status": "not_ready", "database": "unavailable", "engine": "ok"}
    return True


async def test_without_the_database_the_api_is_not_ready(servers: Servers) -> None:
    postgres, _, http = servers
    await eventually(lambda: ready(http))
    postgres.stop()
    try:
        await eventually(lambda: not_ready(http))
        assert "database" in await missing(http)
    finally:
        postgres.start()
    await eventually(lambda: ready(http))


async def test_a_database_that_takes_no_writes_is_as_good_as_none(servers: Servers) -> None:
    postgres, _, http = servers
    await eventually(lambda: ready(http))
    connection = await asyncpg.connect(postgres.uri("postgres"))
    try:
        await connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        await connection.execute("SELECT pg_reload_conf()")
        await eventually(lambda: not_ready(http))
        assert "database" in await missing(http)
    finally:
        await connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()
    await eventually(lambda: ready(http))


async def test_without_the_engine_the_api_is_ready_and_says_that_not_everything_is(servers: Servers) -> None:
    _, engine, http = servers
    await eventually(lambda: ready(http))
    engine.stop()
    try:
        answer = await http.get("/readyz")
        assert answer.status_code == 200
        assert answer.json() == {"status": "ready", "database": "ok", "engine": "away"}
        assert await missing(http) == ["frontend"]
    finally:
        engine.start()
    await eventually(lambda: ready(http))


async def test_everything_is_there_once_a_worker_asks_for_work(servers: Servers, task_queue: str) -> None:
    postgres, engine, http = servers

    async def only_the_worker_is_missing() -> bool:
        return await missing(http) == ["worker"]

    async def nothing_is_missing() -> bool:
        return await missing(http) == []

    await eventually(only_the_worker_is_missing)
    settings = Settings(database_url=postgres.uri("crm"), demo_mode=True)
    pool = await create_pool(settings.database_url, 2)
    client = await Client.connect(engine.address, data_converter=pydantic_data_converter)
    async with workers(client, pool, settings):
        await eventually(nothing_is_missing)
    await pool.close()


async def test_however_many_ask_the_database_is_written_once_a_second(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def written_at() -> object:
        return await pool.fetchval("SELECT written_at FROM api_probe")

    probe = WriteProbe(pool)
    monkeypatch.setattr("crm.probe.KEPT_SECONDS", 3600.0)
    assert await probe.takes_writes()
    first = await written_at()
    assert await asyncio.gather(*(probe.takes_writes() for _ in range(20))) == [True] * 20
    assert await written_at() == first
    later = WriteProbe(pool)
    monkeypatch.setattr("crm.probe.KEPT_SECONDS", 0.0)
    assert await later.takes_writes()
    second = await written_at()
    assert await later.takes_writes()
    assert len({first, second, await written_at()}) == 3


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def metrics(http: httpx.AsyncClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return samples(answer.text)


def commands(action: str, outcome: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return "purchase_request_commands_total", (("action", action), ("outcome", outcome))


@pytest.mark.usefixtures("running_worker")
async def test_metrics_count_calls_and_decisions_by_what_became_of_them(
    sign_in: SignIn, http: httpx.AsyncClient
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    before = await metrics(http)
    request_id = (await sales.create())["id"]
    await sales.done(request_id, "send")
    await sales.act(request_id, "approve", {"step": "manager"})
    await manager.done(request_id, "approve", {"step": "manager"})
    after = await metrics(http)

    def grown(key: tuple[str, tuple[tuple[str, str], ...]]) -> float:
        return after.get(key, 0) - before.get(key, 0)

    assert grown(commands("send", "applied")) == 1
    assert grown(commands("approve", "applied")) == 1
    assert grown(commands("approve", "self_approval")) == 1
    route = f"{BASE}/purchase-requests/{{request_id}}/approve"
    assert grown(("http_requests_total", (("method", "POST"), ("route", route), ("status", "200")))) == 1
    assert grown(("http_requests_total", (("method", "POST"), ("route", route), ("status", "403")))) == 1
    assert ("http_request_seconds_count", (("method", "POST"), ("route", route))) in after


async def test_nobody_can_make_metrics_grow_with_addresses_of_their_own(http: httpx.AsyncClient) -> None:
    before = await metrics(http)
    for number in range(3):
        for path in (f"/static/x/a/r{number}", f"/static/r{number}/app.css", f"/r{number}", f"{BASE}/r{number}", f"/requests/r{number}",
                     f"{BASE}/purchase-requests/r{number}/timeline", f"{BASE}/processes/r{number}"):  # fmt: skip
            await http.get(path)
        await http.request(f"R{number}", "/me")
    after = await metrics(http)
    routes = {dict(labels)["route"] for name, labels in after.keys() - before.keys() if name == "http_requests_total"}
    assert routes == {
        "/static/{digest}/{name:path}",
        "/requests/{request_id}",
        f"{BASE}/purchase-requests/{{request_id}}/timeline",
        f"{BASE}/processes/{{key}}",
        "unmatched",
    }
    methods = {dict(labels)["method"] for name, labels in after if name == "http_requests_total"}
    assert methods <= {"GET", "POST", "other"}


async def test_metrics_tell_how_many_commands_have_no_outcome_yet(servers: Servers) -> None:
    postgres, engine, http = servers
    token = (await http.post(f"{BASE}/demo/token", json={"username": "sales1"})).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    body = {"purpose": "x", "lines": [{"product_code": "x", "quantity": "1"}], "send": {}}
    engine.stop()
    try:
        assert (await http.post(f"{BASE}/purchase-requests", json=body, headers=headers)).status_code == 201

        async def one_waits() -> bool:
            return (await metrics(http))["purchase_request_commands_waiting", ()] == 1

        await eventually(one_waits)
        assert (await metrics(http))[commands("send", "waiting")] == 1
    finally:
        engine.start()

    async def none_waits() -> bool:
        return (await metrics(http))["purchase_request_commands_waiting", ()] == 0

    settings = Settings(database_url=postgres.uri("crm"), demo_mode=True)
    pool = await create_pool(settings.database_url, 2)
    client = await Client.connect(engine.address, data_converter=pydantic_data_converter)
    async with workers(client, pool, settings):
        await eventually(none_waits, 60)
    await pool.close()


@pytest.mark.usefixtures("running_worker")
async def test_every_log_line_of_a_call_says_which_call_request_and_run_it_belongs_to(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.done((await sales.create())["id"], "send")
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level]
    ) as lines:
        await sales.act(request["id"], "approve", {"step": "manager"})
    own = [line for line in lines if "call_id" in line]
    assert own
    for line in own:
        assert line["request_id"] == request["id"]
    (call,) = [line for line in own if line["event"] == "call"]
    assert (call["request"], call["run_id"]) == (request["number"], request["process_id"])
    assert (call["caller"], call["status"], call["method"]) == ("sales1", 403, "POST")
    refused = [line for line in lines if line["event"] == "decision refused"]
    assert [(line["request"], line["run_id"]) for line in refused] == [(request["number"], request["process_id"])]


def test_a_log_line_is_one_json_object_with_time_level_and_context(capsys: pytest.CaptureFixture[str]) -> None:
    from logs import configure_logging

    root = logging.getLogger()
    handlers, level, before = list(root.handlers), root.level, structlog.get_config()
    try:
        configure_logging("json")
        with structlog.contextvars.bound_contextvars(request="YCMH-2026-000001"):
            structlog.get_logger("ours").info("ours", number=1)
            logging.getLogger("library").warning("theirs %s", "too")
        ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**before)  # as tests want it, and not as structlog is by itself
    assert (ours["event"], ours["number"], ours["level"]) == ("ours", 1, "info")
    assert (theirs["event"], theirs["level"]) == ("theirs too", "warning")
    for line in (ours, theirs):
        assert line["request"] == "YCMH-2026-000001"
        assert line["timestamp"].endswith("Z")


async def test_one_that_is_about_to_stop_is_not_ready_and_does_what_it_is_asked(
    app: FastAPI, http: httpx.AsyncClient, sign_in: SignIn
) -> None:
    sales = await sign_in("sales1")
    await eventually(lambda: ready(http))
    app.state.leaving.begun = True
    try:
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "stopping", "database": "ok", "engine": "ok"})
        assert (await http.get("/readyz/all")).json()["status"] == "stopping"
        asked = await sales.call("GET", "/inbox")
        assert (asked.status_code, asked.headers["connection"]) == (200, "close")
    finally:
        app.state.leaving.begun = False
    assert "connection" not in (await sales.call("GET", "/inbox")).headers
