"""The load client: one for all sides, aiohttp on uvloop. It knows the API's routes and nothing of what is behind them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from typing import Any, TypeVar

import aiohttp

BASE = "/api/v1"
OWNER = "sales1"
STEPS = (("step1", "manager1"), ("step2", "director1"), ("step3", "admin1"))
"""Steps of the process under load, in order, and who approves each."""

BODY: dict[str, Any] = {
    "source": None,
    "purpose": "Máy tính cho nhân viên mới",
    "delivery_address": "Số 18 Phạm Hùng, Hà Nội",
    "desired_delivery_date": "2027-01-15",
    "currency": "VND",
    "lines": [
        {
            "product_code": "LT-T14",
            "description": "Máy tính xách tay ThinkPad T14",
            "warehouse": "Kho Hà Nội",
            "unit": "Chiếc",
            "quantity": "10",
            "unit_price": "12500000",
            "supplier": "FPT Synnex",
        }
    ],
    "send": {"approvers": {}},
}

CALL_SECONDS = 90.0
POLL_SECONDS = 0.05
_CSRF = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')


class WrongAnswerError(Exception):
    """The API answered something else than what the load expects; a measurement with such answers is none."""


@dataclass
class Timings:
    """Latencies in milliseconds, and how many requests were completed."""

    starts: list[float] = field(default_factory=list)
    decisions: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def requests_per_second(self) -> float:
        """Requests a second, a request being four actions; those cut off by the end of the time count in parts."""
        return (len(self.starts) + len(self.decisions)) / (1 + len(STEPS)) / self.seconds


class Client:
    """Makes requests and approves them, each person with a token of their own.

    Args:
        session: see ``connected``.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._headers: dict[str, dict[str, str]] = {}
        self._cookies: dict[str, dict[str, str]] = {}

    async def sign_in(self, *usernames: str) -> None:
        """Get tokens."""
        for username in usernames:
            answer = await self.call("POST", "/demo/token", {"username": username})
            self._headers[username] = {"Authorization": f"Bearer {answer['access_token']}"}

    def headers_of(self, username: str) -> dict[str, str]:
        """What a call of somebody who has signed in goes with."""
        return self._headers[username]

    def cookies_of(self, username: str) -> dict[str, str]:
        """The same for pages."""
        return self._cookies[username]

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str = "",
        expect: tuple[int, ...] = (200, 201, 204),
        if_match: str = "",
    ) -> Any:
        """One call; its JSON.

        Raises:
            WrongAnswerError: a status that is not expected.
        """
        headers = self._headers.get(user, {}) | ({"If-Match": if_match} if if_match else {})
        async with self._session.request(method, BASE + path, json=body, headers=headers) as answer:
            if answer.status not in expect:
                raise WrongAnswerError(f"{method} {path}: {answer.status} {(await answer.text())[:300]}")
            return await answer.json() if answer.status != 204 else None

    async def sign_in_to_pages(self, *usernames: str) -> None:
        """Sign in as people do, on the demo's page; each has a session of their own."""
        for username in usernames:
            async with self._session.get("/sign-in") as answer:
                form = {"username": username, "csrf_token": _CSRF.findall(await answer.text())[0]}
                anonymous = _session_of(answer)
            async with self._session.post("/sign-in", data=form, headers=anonymous, allow_redirects=False) as answer:
                if answer.status != 303:
                    raise WrongAnswerError(f"signing in as {username}: {answer.status}")
                self._cookies[username] = _session_of(answer)

    async def page(self, address: str, *, user: str) -> str:
        """One page; its HTML.

        Raises:
            WrongAnswerError: any other answer, a redirect to another page among them.
        """
        async with self._session.get(address, headers=self._cookies[user], allow_redirects=False) as answer:
            html = await answer.text()
            if answer.status != 200:
                raise WrongAnswerError(f"{address}: {answer.status} {html[:300]}")
            return html

    def open(self, address: str, *, user: str) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """An address of the pages whose answer goes on for as long as it is open."""
        return self._session.get(address, headers=self._cookies[user], timeout=aiohttp.ClientTimeout(total=None))

    async def start(self, order: str | None = None) -> str:
        """Make a request, of a sales order if one is given, and send it; its id, once the CRM has it in progress."""
        body = BODY | {"source": {"type": "sales_order", "id": order}} if order else BODY
        made = await self.call("POST", "/purchase-requests", body, user=OWNER)
        while made["process_status"] == "not_sent":  # sent durably, not taken up yet
            await asyncio.sleep(POLL_SECONDS)
            made = await self.call("GET", f"/purchase-requests/{made['id']}", user=OWNER)
        if made["process_status"] != "in_progress":
            raise WrongAnswerError(f"a request that was sent is {made['process_status']}")
        return str(made["id"])

    async def approve(self, request_id: str, step: int) -> None:
        """Approve one step, 0 to 2; returns once the CRM has the row."""
        key, user = STEPS[step]
        path = f"/purchase-requests/{request_id}"
        answer = await self.call("POST", f"{path}/approve", {"step": key}, user=user, expect=(200, 202))
        if "command_id" in answer:  # taken durably, not applied yet
            command = f"{path}/commands/{answer['command_id']}"
            while (await self.call("GET", command, user=user))["status"] == "accepted":
                await asyncio.sleep(POLL_SECONDS)
            answer = await self.call("GET", path, user=user)
        expected = "completed" if step == len(STEPS) - 1 else "in_progress"
        if answer["process_status"] != expected:
            raise WrongAnswerError(f"after {key} a request is {answer['process_status']}")

    async def whole_request(self, timings: Timings) -> None:
        """One request from its making to its last approval."""
        begun = perf_counter()
        request_id = await self.start()
        timings.starts.append((perf_counter() - begun) * 1000)
        for step in range(len(STEPS)):
            begun = perf_counter()
            await self.approve(request_id, step)
            timings.decisions.append((perf_counter() - begun) * 1000)


def _session_of(answer: aiohttp.ClientResponse) -> dict[str, str]:
    """The session that an answer begins, as the header that carries it on."""
    return {"Cookie": f"session={answer.cookies['session'].value}"}


Kind = TypeVar("Kind", bound=Client)


def connected(url: str) -> AbstractAsyncContextManager[Client]:
    """A client with every person of the load signed in."""
    return connected_as(url, Client)


@asynccontextmanager
async def connected_as(url: str, kind: type[Kind]) -> AsyncIterator[Kind]:
    """The same of another kind."""
    # uvicorn closes a connection that was idle for 5 s, and a call that begins just then fails.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
    async with aiohttp.ClientSession(url, connector=connector, timeout=timeout) as session:
        client = kind(session)
        await client.sign_in(OWNER, *(user for _, user in STEPS))
        yield client


async def closed_loop(
    client: Client, concurrency: int, seconds: float, *, ramp: float = 0.0, on_begin: Callable[[], None] = lambda: None
) -> Timings:
    """So many clients, each with one request after the other, for so long. What is under way then is cut off.

    Args:
        client: see ``connected``.
        concurrency: how many.
        seconds: how long is measured.
        ramp: seconds before, until the clients are spread over all stages of a request.
        on_begin: called when the measuring begins.
    """
    timings = Timings()

    async def one() -> None:
        while True:
            await client.whole_request(timings)

    tasks = [asyncio.create_task(one()) for _ in range(concurrency)]
    await asyncio.wait(tasks, timeout=ramp, return_when=asyncio.FIRST_EXCEPTION)
    timings.starts.clear()
    timings.decisions.clear()
    on_begin()
    begun = perf_counter()
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    timings.seconds = perf_counter() - begun
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
    return timings


async def open_loop(client: Client, per_second: float, seconds: float) -> Timings:
    """Requests that begin at a fixed rate, however long the ones before them take."""
    timings = Timings()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    tasks = []
    for number in range(int(per_second * seconds)):
        await asyncio.sleep(begun + number / per_second - loop.time())
        tasks.append(asyncio.create_task(client.whole_request(timings)))
    await asyncio.gather(*tasks)
    timings.seconds = loop.time() - begun
    return timings


async def start_many(client: Client, requests: int, ids: list[str], concurrency: int = 32) -> None:
    """Make and send very many requests; their ids are added to ``ids`` as soon as each waits for its first approver."""
    numbers = count()

    async def one() -> None:
        while next(numbers) < requests:
            ids.append(await client.start())

    await asyncio.gather(*(one() for _ in range(concurrency)))


async def decide_one_by_one(client: Client, request_ids: list[str], step: int = 0) -> list[float]:
    """Approve one step of each request, one after the other; milliseconds."""
    latencies = []
    for request_id in request_ids:
        begun = perf_counter()
        await client.approve(request_id, step)
        latencies.append((perf_counter() - begun) * 1000)
    return latencies
