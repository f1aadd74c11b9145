"""An API behind the balancer is killed: what may be made again is made by another one, and nothing else is."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest

from cluster.rendering import balancer
from tests.cluster.test_configuration import configured
from tests.deployment.haproxy import HAPROXY, for_these, free_ports, is_up, running
from tests.eventually import eventually

pytestmark = pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed")

ID: Final = "0197d1f0-0000-7000-8000-000000000001"
MADE_AGAIN: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "a read": ("GET", {}),
    "a post with a key": ("POST", {"headers": {"Idempotency-Key": ID}, "json": {"purpose": "x" * 8_000}}),
    "a decision": ("POST", {"json": {"step": "manager", "command_id": ID}}),
    "a page's decision": ("POST", {"data": {"note": "", "command_id": ID}}),
}
MADE_ONCE: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "a post": ("POST", {"json": {"text": "&command_id=1"}}),
    "a comment about one": ("POST", {"json": {"about": {"command_id": ID}}}),
    "a page's form": ("POST", {"data": {"note": '{"command_id": 1}'}}),
    "a change": ("PATCH", {"headers": {"Idempotency-Key": ID}, "json": {"command_id": ID}}),
    "a removal": ("DELETE", {}),
}


class Place(NamedTuple):
    """A balancer, and the APIs behind it.

    Attributes:
        pages: the balancer's port.
        status: that at which it tells metrics.
        apis: ports by the names of its servers.
        configuration: of the balancer.
    """

    pages: int
    status: int
    apis: dict[str, int]
    configuration: str


def deployed(directory: Path) -> Place:
    """deploy/haproxy/haproxy.cfg."""
    pages, engine, status, *apis = free_ports(5)
    named = {f"api-{port}": port for port in apis}
    return Place(pages, status, named, for_these(apis, pages, engine, status))


def of_a_cluster(directory: Path) -> Place:
    """cluster/haproxy.cfg."""
    configuration = configured(directory)
    ports = configuration.ports
    named = {f"api-{number}": ports[f"API_{number}_PORT"] for number in (1, 2)}
    return Place(ports["API_PORT"], ports["BALANCER_PORT"], named, balancer(configuration))


class Apis:
    """Stand-ins for APIs, which are ready, and cut off each call that they are told of, whichever of them gets it first, or always."""

    def __init__(self) -> None:
        self.cuts: set[str] = set()
        self.always_cuts: set[str] = set()
        self.answers = asyncio.Event()
        """Until it is set, calls are under way."""
        self.answers.set()
        self.resets = False
        self.tries: Counter[str] = Counter()
        self._servers: dict[int, asyncio.Server] = {}
        self._open: dict[int, set[asyncio.StreamWriter]] = {}

    async def start(self, port: int) -> None:
        self._open[port] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open[port].add(writer)
            await self._serve(reader, writer)
            self._open[port].discard(writer)

        self._servers[port] = await asyncio.start_server(serve, "127.0.0.1", port)

    def kill(self, port: int) -> None:
        """It listens no more, and whatever is open is cut."""
        self._servers[port].close()
        for writer in self._open[port]:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                path = head.split()[1]
                cut = path in self.always_cuts or (path in self.cuts and not self.tries[path])
                self.tries[path] += 1
                if cut and self.resets:  # as of a process that was killed before it had read all that came
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    return
                length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
                await reader.readexactly(int(length[1]) if length else 0)
                if cut:
                    return
                await self.answers.wait()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK")
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@pytest.fixture(params=[deployed, of_a_cluster])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    found: Place = request.param(tmp_path)
    return found


@asynccontextmanager
async def behind(place: Place, directory: Path) -> AsyncIterator[tuple[Apis, httpx.AsyncClient]]:
    """Both APIs behind the balancer, and a client that keeps its connection."""
    apis = Apis()
    async with AsyncExitStack() as stack:
        for port in place.apis.values():
            await apis.start(port)
            stack.callback(apis.kill, port)
        await stack.enter_async_context(running(directory, place.configuration))
        for name in place.apis:
            await eventually(lambda name=name: is_up(place.status, name))  # type: ignore[misc]
        http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{place.pages}", timeout=30, trust_env=False)
        yield apis, await stack.enter_async_context(http)


@pytest.mark.parametrize("resets", [False, True], ids=["closed", "reset"])
async def test_what_is_done_once_however_often_it_is_made_is_made_again(
    place: Place, tmp_path: Path, resets: bool
) -> None:
    async with behind(place, tmp_path) as (apis, http):
        apis.resets = resets
        for number, (what, (method, said)) in enumerate(MADE_AGAIN.items()):
            assert (await http.get("/before")).status_code == 200, "so that the connection is one that was kept"
            path = f"/{number}"
            apis.cuts.add(path)
            assert (await http.request(method, path, **said)).status_code == 200, what
            assert apis.tries[path] == 2, what


@pytest.mark.parametrize("resets", [False, True], ids=["closed", "reset"])
async def test_a_call_that_ends_every_api_that_gets_it_is_made_a_few_times_at_most(
    place: Place, tmp_path: Path, resets: bool
) -> None:
    async with behind(place, tmp_path) as (apis, http):
        apis.resets = resets
        apis.always_cuts.add("/deadly")
        async with httpx.AsyncClient(base_url=http.base_url, timeout=30, trust_env=False) as other:
            assert (await other.get("/deadly")).status_code == 502
        assert 2 <= apis.tries["/deadly"] <= 4


async def test_nothing_else_is_made_again(place: Place, tmp_path: Path) -> None:
    async with behind(place, tmp_path) as (apis, http):
        for number, (what, (method, said)) in enumerate(MADE_ONCE.items()):
            path = f"/{number}"
            apis.cuts.add(path)
            async with httpx.AsyncClient(base_url=http.base_url, timeout=30, trust_env=False) as other:
                # On a connection that was kept it would be cut off like this, without an answer.
                assert (await other.request(method, path, **said)).status_code == 502, what
            assert apis.tries[path] == 1, what


async def test_calls_under_way_to_one_that_is_killed_and_stays_away_are_answered_by_the_other(
    place: Place, tmp_path: Path
) -> None:
    async with behind(place, tmp_path) as (apis, http):
        apis.answers.clear()
        paths = [f"/under-way/{number}" for number in range(20)]
        calls = [asyncio.create_task(http.get(path)) for path in paths]

        async def all_are_under_way() -> bool:
            return sum(apis.tries[path] for path in paths) == len(calls)

        await eventually(all_are_under_way)
        apis.kill(next(iter(place.apis.values())))
        apis.answers.set()
        assert Counter([(await call).status_code for call in calls]) == {200: len(calls)}


async def test_until_one_that_was_killed_is_left_out_every_call_is_answered_by_the_other(
    place: Place, tmp_path: Path
) -> None:
    async with behind(place, tmp_path) as (apis, http):
        apis.kill(next(iter(place.apis.values())))

        async def call(number: int) -> int:
            return (await http.post("/calls", json={"number": number})).status_code

        assert Counter(await asyncio.gather(*(call(number) for number in range(20)))) == {200: 20}
        assert apis.tries["/calls"] == 20
