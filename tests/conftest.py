"""Fixtures: a real PostgreSQL, a real Temporal server, a real worker and the application on them.

The servers are started once for a test run. Each test module gets a database of its own, copied from one that has been
migrated and filled with the demo, so that modules do not see each other's requests.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from ipaddress import IPv4Network
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
import structlog
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from crm.demo_data import load_demo_data
from crm.migrate import migrate
from crm.pool import Pool, create_pool
from embedded.postgres import PostgresServer
from embedded.processes import free_port
from embedded.temporal import TemporalServer
from garbage import leave_alone_what_stays
from server import SERVED, create_app
from settings import Settings
from tests.clients import ApiClient
from worker import connect, workers

_LAST_BEGIN = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """A run that has to be over in time, on a machine of whatever speed, says what it left out."""
    parser.addoption(
        "--within", type=float, metavar="MINUTES", help="begin no test later than this; those left out are said"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Log exceptions as production does: with every local value beside them, one took seconds, in which nothing else ran."""
    if config.option.within is not None:
        config.stash[_LAST_BEGIN] = monotonic() + config.option.within * 60
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while all tests are read in, and leave alone afterwards what they are made of: a quarter of the time that
    reading them takes, and some of all that follows.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        leave_alone_what_stays()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a test out for which no time is left; before its fixtures, which may start servers."""
    if monotonic() > item.config.stash.get(_LAST_BEGIN, inf):
        pytest.skip("no time was left to begin it (--within)")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole run."""
    server = PostgresServer(
        tmp_path_factory.mktemp("postgres") / "data", settings={"fsync": "off", "max_connections": "300"}
    )
    server.start()
    yield server
    server.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template_database(postgres: PostgresServer) -> str:
    """Name of a database that is migrated and filled with the demo, to be copied."""
    url = postgres.create_database("template_demo")
    await migrate(url)
    pool = await create_pool(url, 2)
    await load_demo_data(pool)
    await pool.close()
    return "template_demo"


@pytest.fixture(scope="session")
def temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """A Temporal server for the whole run; its address is in the environment, where its clients look for it."""
    server = TemporalServer(tmp_path_factory.mktemp("temporal") / "temporal.db", port=free_port(), ui_port=free_port())
    server.start()
    os.environ["TEMPORAL_ADDRESS"] = server.address
    yield server
    server.stop()


@pytest.fixture(scope="module")
def database_url(postgres: PostgresServer, template_database: str) -> Iterator[str]:
    """A database of the module's own, filled with the demo."""
    name = f"test_{uuid4().hex[:12]}"
    yield postgres.create_database(name, template_database)
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: TemporalServer) -> Settings:
    """Settings of the application under test: demo mode, so that anybody can be signed in."""
    return Settings(
        database_url=database_url,
        demo_mode=True,
        signal_keys=SecretStr("k" * 40),
        encryption_keys=SecretStr("e" * 40),
        webhook_allowed_networks=(IPv4Network("127.0.0.0/8"),),
        connector_allowed_networks=(IPv4Network("127.0.0.0/8"),),
        vapid_private_key=SecretStr("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
        vapid_subject="mailto:it@example.com",
        rate_limit_per_minute=1_000_000,
        read_limit_per_minute=1_000_000,
        turn_seconds=0,
        reconcile_minutes=0,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """The CRM database, for looking at it directly."""
    pool = await create_pool(database_url, 5)
    yield pool
    await pool.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def temporal_client(settings: Settings) -> Client:
    """A client of the Temporal server."""
    return await connect(settings)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running_worker(temporal_client: Client, settings: Settings, task_queue: str) -> AsyncIterator[None]:
    """A worker, its workflow code in the sandbox, where anything that is not deterministic fails."""
    pool = await create_pool(settings.database_url, settings.database_pool_size)
    async with workers(temporal_client, pool, settings, SandboxedWorkflowRunner()):
        yield
    await pool.close()


@pytest.fixture(scope="module")
def task_queue(monkeypatch_module: pytest.MonkeyPatch) -> str:
    """A task queue of the module's own, so that no worker takes another module's runs to its own database."""
    name = f"purchase-requests-{uuid4().hex[:8]}"
    monkeypatch_module.setattr("workflows.contracts.TASK_QUEUE", name)
    return name


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    """A monkeypatch that lasts for a module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(settings: Settings, task_queue: str) -> AsyncIterator[FastAPI]:
    """The application, started, without a worker: for what happens while none runs, use it alone."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP to the application."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=30) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server_url(app: FastAPI, running_worker: None) -> AsyncIterator[str]:
    """The application behind a real HTTP server on loopback, with a worker: for browsers and other programs."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", **SERVED)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


SignIn = Callable[[str], Awaitable[ApiClient]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sign_in(http: httpx.AsyncClient) -> SignIn:
    """Signs in a demo user: ``sales1 = await sign_in("sales1")``."""
    signed_in: dict[str, ApiClient] = {}

    async def sign_in(username: str) -> ApiClient:
        if username not in signed_in:
            signed_in[username] = await ApiClient.signed_in(http, username)
        return signed_in[username]

    return sign_in


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Quick tests first: a rule that is broken should show before a browser starts."""
    order = (
        "approval",
        "texts",
        "crm",
        "application",
        "connectors",
        "workflows",
        "activities",
        "api",
        "checking",
        "web",
        "authorization",
        "replay",
        "faults",
        "browser",
    )

    def rank(item: Any) -> int:
        folder = Path(item.path).parent.name
        return order.index(folder) if folder in order else len(order)

    items.sort(key=rank)
