"""What the API tells anybody of itself, its documentation and its metrics, can be closed by settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from embedded.processes import free_port
from embedded.temporal import TemporalServer
from server import create_app
from settings import Settings
from tests.clients import BASE

DOCS = ("/docs", "/docs/files/docs.js", "/docs/files/swagger-ui.css", f"{BASE}/openapi.json")
ELSEWHERE = ("/healthz", "/readyz", "/sign-in")


@asynccontextmanager
async def application(database_url: str, **given: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(database_url=database_url, demo_mode=True, **given))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        yield http


async def statuses(http: httpx.AsyncClient, *paths: str) -> set[int]:
    return {(await http.get(path)).status_code for path in paths}


@pytest.mark.parametrize("closed", ["docs", "metrics"])
async def test_what_is_closed_is_like_an_unknown_address(
    database_url: str, temporal: TemporalServer, closed: str
) -> None:
    async with application(database_url, **{closed: False}) as http:
        assert await statuses(http, *ELSEWHERE) == {200}
        assert await statuses(http, *DOCS) == {404 if closed == "docs" else 200}
        assert await statuses(http, "/metrics") == {404 if closed == "metrics" else 200}
        unknown = (await http.get(f"{BASE}/nowhere")).json()
        for path in DOCS if closed == "docs" else ("/metrics",):
            assert (await http.get(path)).json() == unknown


async def test_metrics_are_served_at_an_address_of_their_own(database_url: str, temporal: TemporalServer) -> None:
    address = f"127.0.0.1:{free_port()}"
    async with application(database_url, metrics=False, api_metrics_address=address) as http:
        await http.get("/healthz")
        async with httpx.AsyncClient(trust_env=False) as scraper:
            answer = await scraper.get(f"http://{address}/metrics")
        assert 'http_requests_total{method="GET",route="/healthz",status="200"} 1.0' in answer.text
        assert (await http.get("/metrics")).status_code == 404
    async with httpx.AsyncClient(trust_env=False) as scraper:
        with pytest.raises(httpx.ConnectError):
            await scraper.get(f"http://{address}/metrics")
