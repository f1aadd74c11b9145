"""``python -m bench.abuser URL [KIND ...]``: one user who takes all that one user can take, in a process of their own, until told
to stop; of all kinds of abuse, or of some.

Prints what the calls were answered with when it has stopped.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import uvloop

from bench.load import BASE, BODY, Client, WrongAnswerError
from bench.staff import ABUSER
from priority import yield_to_others

STREAMS: Final = 200
CONNECT_AGAIN_SECONDS: Final = (5.0, 15.0)
"""After a stream has ended, by chance between these: sooner than the minute that the server asks for."""
EDITS_AT_ONCE: Final = 40
LISTS_AT_ONCE: Final = 30
REFUSALS_AT_ONCE: Final = 10
BODIES_AT_ONCE: Final = 4
UNFINISHED: Final = 200
FIELDS: Final = 60_000
"""Unknown fields of a large body: nearly a megabyte."""
PAUSE_SECONDS: Final = 1.0
"""After each burst, whatever it was answered. Without it this would be a flood, which is for a load balancer to keep away, and the
abuser would have the processors that those who are to be served share with it.
"""
NICENESS: Final = 19


class Abuser:
    """All kinds of abuse at once."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.answers: Counter[str] = Counter()
        self._session = session
        self._client = Client(session)
        self._address = urlsplit(url)
        self._request: dict[str, Any] = {}

    async def run(self, kinds: Sequence[str]) -> None:
        """For ever; meant to be cancelled."""
        await self._client.sign_in(ABUSER)
        await self._client.sign_in_to_pages(ABUSER)
        self._request = await self._make({**BODY, "send": None})
        sent = await self._make(BODY)
        approval = f"/purchase-requests/{sent['id']}/approve"
        large = json.dumps({**BODY, **{f"field {number}": 1 for number in range(FIELDS)}}).encode()
        asks: dict[str, tuple[int, Callable[[], Awaitable[int]]]] = {
            "edits": (EDITS_AT_ONCE, self._edit),
            "lists": (LISTS_AT_ONCE, lambda: self._ask("GET", "/purchase-requests?limit=200")),
            "refusals": (REFUSALS_AT_ONCE, lambda: self._ask("POST", approval, {"step": "step1"})),
            "bodies": (BODIES_AT_ONCE, lambda: self._ask("POST", "/purchase-requests", BytesIO(large))),
        }
        abuse: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            **{kind: (1, partial(self._burst, kind, number, ask)) for kind, (number, ask) in asks.items()},
            "streams": (STREAMS, self._listen),
            "unfinished": (UNFINISHED, self._leave_unfinished),
        }
        async with asyncio.TaskGroup() as group:
            for kind in kinds or abuse:
                number, one = abuse[kind]
                for _ in range(number):
                    group.create_task(self._again_and_again(one))

    async def _make(self, body: dict[str, Any]) -> Any:
        """A request of the abuser's own, once there is a turn for that: the abuse of a moment ago still counts."""
        while True:
            with suppress(WrongAnswerError):
                return await self._client.call("POST", "/purchase-requests", body, user=ABUSER)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _again_and_again(self, abuse: Callable[[], Awaitable[None]]) -> None:
        while True:
            with suppress(OSError, aiohttp.ClientError, TimeoutError):
                await abuse()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _burst(self, kind: str, number: int, ask: Callable[[], Awaitable[int]]) -> None:
        for status in await asyncio.gather(*(ask() for _ in range(number))):
            self.answers[f"{kind} {status}"] += 1

    async def _ask(self, method: str, path: str, body: Any = None, **headers: str) -> int:
        """One call as the abuser; the status."""
        headers = {"Content-Type": "application/json", **self._client.headers_of(ABUSER), **headers}
        data = body if isinstance(body, BytesIO) else json.dumps(body).encode() if body is not None else None
        async with self._session.request(method, BASE + path, data=data, headers=headers) as answer:
            await answer.read()
            return answer.status

    async def _edit(self) -> int:
        path = f"/purchase-requests/{self._request['id']}"
        return await self._ask("PATCH", path, {"purpose": "again"}, **{"If-Match": "*"})

    async def _listen(self) -> None:
        """A stream of events, for as long as it lasts."""
        async with self._session.get("/events", headers=self._client.cookies_of(ABUSER)) as answer:
            self.answers[f"streams {answer.status}"] += 1
            async for _ in answer.content:
                pass
        await asyncio.sleep(random.uniform(*CONNECT_AGAIN_SECONDS))

    async def _leave_unfinished(self) -> None:
        """Headers, or a body, that never come to an end; until the server gives it up."""
        _, writer = reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        token = self._client.headers_of(ABUSER)["Authorization"]
        head = f"POST {BASE}/purchase-requests HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n"
        bodies = self.answers["unfinished"] % 2
        rest = "Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n{" if bodies else "X-Slow: "
        writer.write((head + rest).encode())
        self.answers["unfinished"] += 1
        try:
            while await reader.read(1000):
                pass
        finally:
            writer.close()


async def main(url: str, *kinds: str) -> None:
    """Abuse until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
    async with aiohttp.ClientSession(url, connector=connector, timeout=timeout) as session:
        abuser = Abuser(session, url)
        task = asyncio.create_task(abuser.run(kinds))
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    print(json.dumps(abuser.answers))


if __name__ == "__main__":
    yield_to_others(NICENESS)
    uvloop.run(main(*sys.argv[1:]))
