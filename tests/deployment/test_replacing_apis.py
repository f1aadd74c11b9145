"""APIs are replaced one after the other while people work: nobody behind a balancer sees an error, and nothing is done twice."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path

import httpx
import pytest
import uvicorn
from sse_starlette.sse import AppStatus
from starlette.applications import Starlette

from crm.pool import Pool
from embedded.processes import free_port
from embedded.temporal import TemporalServer, without_client_settings
from leaving import Leaving, LeavingServer
from settings import Settings
from tests.clients import ApiClient, request_body
from tests.deployment.balancer import Balancer
from tests.deployment.haproxy import HAPROXY, Leads, for_these, free_ports, haproxy
from tests.eventually import eventually
from tests.web.browser import Visitor

PEOPLE = ("sales1", "sales2", "manager1", "director1")
READY_SECONDS = 90.0


class Api:
    """One API process, on a port of its own."""

    def __init__(self, port: int, directory: Path, environment: dict[str, str]) -> None:
        self.port = port
        self._log = directory / f"api-{port}.log"
        self._environment = {**environment, "API_PORT": str(port)}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self._log.read_text()

    async def start(self, repository: Path) -> None:
        """Start it, and wait until it is ready."""
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "server.py", cwd=repository, env=self._environment, stderr=log
            )
        await eventually(self.is_ready, READY_SECONDS)

    async def is_ready(self) -> bool:
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as http:
            try:
                return (await http.get("/readyz")).status_code == 200
            except httpx.TransportError:
                return False

    def ask_to_stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    async def wait(self) -> None:
        assert self._process is not None
        await asyncio.wait_for(self._process.wait(), READY_SECONDS)

    async def end(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


def environment(settings: Settings, temporal: TemporalServer, **own: str) -> dict[str, str]:
    return {
        **without_client_settings(os.environ),
        "DATABASE_URL": settings.database_url,
        "DEMO_MODE": "true",
        "DEMO_SIGNING_KEY": "a key that outlives the processes that sign with it",
        "SESSION_SECRET": "a secret that outlives the processes that sign cookies with it",
        "TEMPORAL_ADDRESS": temporal.address,
        "TURN_SECONDS": "0",
        "RATE_LIMIT_PER_MINUTE": "1000000",
        "READ_LIMIT_PER_MINUTE": "1000000",
        **own,
    }


@asynccontextmanager
async def small_balancer(ports: list[int], pages: int) -> AsyncIterator[Leads]:
    balancer = Balancer(ports)

    async def leads_to(port: int) -> bool:
        return balancer.leads_to(port)

    async with balancer.serving(pages):
        yield leads_to


class Office:
    """People who read and write without pause, each over a connection that they keep."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.over = asyncio.Event()
        self.answers: Counter[str] = Counter()
        self.made = 0
        self.opened = 0

    async def work(self, username: str) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=60, trust_env=False) as http:
            person = await ApiClient.signed_in(http, username)
            for turn in cycle(("read", "write", "inbox")):
                if self.over.is_set():
                    return
                try:
                    await self._once(person, turn)
                except httpx.TransportError as error:
                    self.answers[repr(error)] += 1
                await asyncio.sleep(0.01)

    async def _once(self, person: ApiClient, turn: str) -> None:
        if turn == "write" and person.username.startswith("sales"):
            answer = await person.call("POST", "/purchase-requests", request_body(purpose="while APIs are replaced"))
            self.made += answer.status_code == 201
        else:
            answer = await person.call("GET", "/inbox" if turn == "inbox" else "/purchase-requests")
        self.answers[str(answer.status_code)] += 1

    async def look(self, username: str) -> None:
        """An open page that hears of changes, as browsers do it: whenever the stream ends, another one."""
        async with httpx.AsyncClient(base_url=self.url, timeout=60, trust_env=False) as http:
            await Visitor(http).sign_in(username)
            while not self.over.is_set():
                async with http.stream("GET", "/events") as stream:
                    self.answers[f"events {stream.status_code}"] += 1
                    self.opened += 1
                    try:
                        async for _ in stream.aiter_lines():
                            pass
                    except httpx.TransportError:  # a balancer may cut those of one that stops, and pages come back
                        continue


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "balancer",
    [
        "small",
        pytest.param("haproxy", marks=pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed")),
    ],
)
async def test_nobody_sees_an_error_while_apis_are_replaced_one_after_the_other(
    settings: Settings, temporal: TemporalServer, pool: Pool, repository: Path, tmp_path: Path, balancer: str
) -> None:
    pages, *ports = free_ports(5)
    url = f"http://127.0.0.1:{pages}"
    told = environment(settings, temporal, API_DRAIN_SECONDS="8", PUBLIC_URL=url)
    apis = [Api(port, tmp_path, told) for port in ports]
    before = await pool.fetchval("SELECT count(*) FROM purchase_requests")
    serving = small_balancer(ports, pages) if balancer == "small" else haproxy(tmp_path, ports, pages)
    try:
        await asyncio.gather(*(api.start(repository) for api in apis[:2]))
        async with serving as leads_to:
            for api in apis[:2]:
                await eventually(lambda api=api: leads_to(api.port), READY_SECONDS)  # type: ignore[misc]
            office = Office(url)
            people = [asyncio.create_task(office.work(name)) for name in PEOPLE]
            page = asyncio.create_task(office.look("sales1"))
            for old, new in zip(apis[:2], apis[2:], strict=True):
                await new.start(repository)
                await eventually(lambda new=new: leads_to(new.port), READY_SECONDS)  # type: ignore[misc]
                done = office.answers.total()

                async def goes_on(done: int = done) -> bool:
                    return office.answers.total() > done + 20

                await eventually(goes_on)
                old.ask_to_stop()
                await old.wait()

            async def page_came_back() -> bool:
                return office.opened > 1

            await eventually(page_came_back)
            office.over.set()
            page.cancel()
            await asyncio.gather(*people)
            await asyncio.gather(page, return_exceptions=True)
    finally:
        for api in apis:
            await api.end()
    assert set(office.answers) == {"200", "201", "events 200"}, office.answers
    assert office.made > 0
    assert await pool.fetchval("SELECT count(*) FROM purchase_requests") - before == office.made
    for api in apis[:2]:
        assert "api stops" in api.log


async def test_one_that_was_asked_to_stop_says_so_and_goes_on_until_it_is_asked_again(
    settings: Settings, temporal: TemporalServer, repository: Path, tmp_path: Path
) -> None:
    api = Api(free_port(), tmp_path, environment(settings, temporal, API_DRAIN_SECONDS="300"))
    try:
        await api.start(repository)
        async with httpx.AsyncClient(base_url=api.url, timeout=30, trust_env=False) as http:
            person = await ApiClient.signed_in(http, "sales1")
            assert "connection" not in (await person.call("GET", "/inbox")).headers
            api.ask_to_stop()

            async def says_so() -> bool:
                answer = await http.get("/readyz")
                return (answer.status_code, answer.json()["status"]) == (503, "stopping")

            await eventually(says_so)
            answer = await person.call("GET", "/inbox")
            assert (answer.status_code, answer.headers["connection"]) == (200, "close")
            assert (await http.get("/healthz")).status_code == 200
        api.ask_to_stop()
        await api.wait()
    finally:
        await api.end()


async def test_without_a_time_to_drain_it_stops_when_it_has_finished(
    settings: Settings, temporal: TemporalServer, repository: Path, tmp_path: Path
) -> None:
    api = Api(free_port(), tmp_path, environment(settings, temporal))
    try:
        await api.start(repository)
        api.ask_to_stop()
        await api.wait()
    finally:
        await api.end()
    assert "api stops" in api.log


async def test_asked_again_it_ends_what_would_never_end_by_itself_before_it_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else open pages would not be told to come back, and would all do so at once."""
    monkeypatch.setattr(AppStatus, "should_exit", False)  # set for good, it ends the streams of all later tests at once
    told: list[str] = []
    server = LeavingServer(
        uvicorn.Config(Starlette()), Leaving(), seconds=READY_SECONDS, last=lambda: told.append("come back")
    )
    server.started = True
    server.handle_exit(signal.SIGTERM, None)
    assert await server.on_tick(1) is False
    assert told == []
    server.handle_exit(signal.SIGTERM, None)
    assert await server.on_tick(2) is True
    assert told == ["come back"]


def test_the_status_page_of_this_test_is_all_that_it_adds_to_the_balancers_configuration() -> None:
    text = for_these([1, 2], 3, 4, 5)
    assert "docker" not in text.replace("docker-compose", "").replace("Docker", "")
    assert text.count("server api-") == 2
    assert "http-request disable-l7-retry unless reads || " in text
