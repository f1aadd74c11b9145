"""A company is a database and a namespace: two on the same servers, made by the command, with nothing shared."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from temporalio.client import Client

from crm.demo_data import load_demo_data
from crm.pool import create_pool
from embedded.postgres import PostgresServer
from embedded.temporal import TemporalServer
from server import create_app
from settings import Settings
from tests.api.setting import SMALL
from tests.clients import ApiClient
from worker import connect, workers


async def made(name: str, postgres: PostgresServer, temporal: TemporalServer, repository: Path) -> tuple[int, str, str]:
    """What the command comes to, prints, and complains of."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "company.py", name, cwd=repository,
        env=os.environ | {"POSTGRES_ADMIN_URL": postgres.uri(), "TEMPORAL_ADDRESS": temporal.address},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def settings_of(
    name: str, postgres: PostgresServer, temporal: TemporalServer, repository: Path
) -> dict[str, str]:
    """The settings of a company that was just made."""
    code, out, err = await made(name, postgres, temporal, repository)
    assert code == 0, err
    return dict(line.split("=", 1) for line in out.splitlines())


@asynccontextmanager
async def running(told: dict[str, str], patch: pytest.MonkeyPatch) -> AsyncIterator[tuple[httpx.AsyncClient, Client]]:
    """API and worker of a company, with the demo's people; and the engine as it has it."""
    patch.setenv("TEMPORAL_NAMESPACE", told["TEMPORAL_NAMESPACE"])
    settings = Settings(
        database_url=told["DATABASE_URL"],
        demo_mode=True,
        signal_keys=SecretStr(told["SIGNAL_KEYS"]),
        encryption_keys=SecretStr(told["ENCRYPTION_KEYS"]),
        turn_seconds=0,
    )
    app, client = create_app(settings), await connect(settings)
    pool = await create_pool(settings.database_url, settings.database_pool_size)
    await load_demo_data(pool)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        workers(client, pool, settings),
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=30) as http,
    ):
        yield http, client
    await pool.close()


async def test_two_companies_run_side_by_side_and_share_nothing(
    postgres: PostgresServer, temporal: TemporalServer, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, birch = [await settings_of(name, postgres, temporal, repository) for name in ("acme", "birch-tree")]
    assert not {*acme.values()} & {*birch.values()}
    async with (
        running(acme, monkeypatch) as (at_acme, acme_engine),
        running(birch, monkeypatch) as (at_birch, birch_engine),
    ):
        requests = []
        for http, engine in ((at_acme, acme_engine), (at_birch, birch_engine)):
            sales, manager = [await ApiClient.signed_in(http, name) for name in ("sales1", "manager1")]
            request = await sales.create(send={}, lines=SMALL)
            done = await manager.done(request["id"], "approve", {"step": "manager"})
            assert done["process_status"] == "completed"
            requests.append(request)
            run = engine.get_workflow_handle(f"purchase-request-{request['id']}")
            assert (await run.describe()).namespace == engine.namespace
        assert requests[0]["number"] == requests[1]["number"]  # each counts its own
        stranger = await ApiClient.signed_in(at_birch, "sales1")
        assert (await stranger.call("GET", f"/purchase-requests/{requests[0]['id']}")).status_code == 404
        theirs = await ApiClient.signed_in(at_acme, "sales1")
        foreign = {"Authorization": f"Bearer {theirs.token}"}
        assert (await at_birch.get("/api/v1/me", headers=foreign)).status_code == 401
    into_the_other = urlunsplit(urlsplit(acme["DATABASE_URL"])._replace(path=urlsplit(birch["DATABASE_URL"]).path))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(into_the_other)


async def test_a_company_that_is_there_is_left_as_it_is(
    postgres: PostgresServer, temporal: TemporalServer, repository: Path
) -> None:
    told = await settings_of("cedar", postgres, temporal, repository)
    code, out, err = await made("cedar", postgres, temporal, repository)
    assert (code, out) == (1, "")
    assert "cedar is there already" in err
    connection = await asyncpg.connect(told["DATABASE_URL"])
    assert await connection.fetchval("SELECT count(*) FROM purchase_requests") == 0
    await connection.close()


async def test_a_name_that_is_none_is_refused_before_anything_is_made(
    postgres: PostgresServer, temporal: TemporalServer, repository: Path
) -> None:
    code, out, err = await made('x"; DROP DATABASE crm', postgres, temporal, repository)
    assert (code, out) == (2, "")
    assert "lower-case letters" in err
