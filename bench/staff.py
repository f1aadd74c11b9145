"""Fifty people at their daily work: they make requests, read, edit and decide, each thinking between two calls."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, Final

import aiohttp
import asyncpg

from bench.load import BODY, STEPS, Client, WrongAnswerError

SELLERS: Final = 40
MANAGERS: Final = 8
THINKING_SECONDS: Final = (1.0, 4.0)
DECIDERS_SECONDS: Final = (0.2, 0.8)
"""The same for those who decide: they have more to do."""
READ_SIZE: Final = 25
MOST_TRIES: Final = 5
"""Of the decision on a step that is not answered as it should be."""
ANSWERED: Final = (200, 201, 202)
"""A decision that is taken and not applied yet took its time, too, and is no failure."""

Latencies = defaultdict[str, list[float]]
"""Milliseconds by kind of call."""


async def hire(database_url: str) -> None:
    """Put them, and the abuser, into the directory of a demo: sellers who report to managers."""
    managers = [(f"manager-{number}", "manager", "director1") for number in range(MANAGERS)]
    sellers = [(seller(number), "sales", f"manager-{number % MANAGERS}") for number in range(SELLERS)]
    connection = await asyncpg.connect(database_url)
    await connection.executemany(
        "INSERT INTO users (username, name, roles, manager) VALUES ($1, $1, ARRAY[$2], $3)",
        [*managers, *sellers, (ABUSER, "sales", "manager1")],
    )
    await connection.close()


ABUSER: Final = "abuser"


def seller(number: int) -> str:
    """A seller's username."""
    return f"seller-{number}"


class Staff:
    """All of them at work, for as long as ``work`` runs.

    Args:
        client: signed in as nobody yet.
        chance: what they do.
        thinking: how long a seller thinks between two calls, seconds, by chance between these.
    """

    def __init__(
        self, client: Client, chance: random.Random, *, thinking: tuple[float, float] = THINKING_SECONDS
    ) -> None:
        self.latencies: Latencies = defaultdict(list)
        self.failures: defaultdict[str, int] = defaultdict(int)
        """Answers that nobody should have got, by kind of call and answer."""
        self._client = client
        self._chance = chance
        self._thinking = thinking
        self._waiting: defaultdict[str, deque[str]] = defaultdict(deque)
        """Requests to be decided, by who decides them."""
        self._tries: Counter[str] = Counter()
        self._made: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=20))
        """The newest requests of each seller."""

    async def sign_in(self) -> None:
        """Everybody."""
        people = [seller(number) for number in range(SELLERS)] + [f"manager-{number}" for number in range(MANAGERS)]
        await self._client.sign_in(*people, *(user for _, user in STEPS[1:]))

    def forget(self) -> None:
        """Begin a new measurement."""
        self.latencies.clear()
        self.failures.clear()

    async def work(self) -> None:
        """For ever; meant to be cancelled."""
        deciders = [(f"manager-{number}", 0) for number in range(MANAGERS)] + [(STEPS[1][1], 1), (STEPS[2][1], 2)]
        async with asyncio.TaskGroup() as people:
            for number in range(SELLERS):
                people.create_task(self._sell(number))
            for user, step in deciders:
                people.create_task(self._decide(user, step))

    async def _sell(self, number: int) -> None:
        user = seller(number)
        work: list[Callable[[str, int], Awaitable[None]]] = [self._send, self._edit, self._list, self._read, self._read]
        while True:
            await asyncio.sleep(self._chance.uniform(*self._thinking))
            await self._chance.choice(work)(user, number)

    async def _send(self, user: str, number: int) -> None:
        made = await self._timed("send", "POST", "/purchase-requests", BODY, user=user)
        if made is not None:
            self._made[user].append(made["id"])
            self._waiting[f"manager-{number % MANAGERS}"].append(made["id"])

    async def _edit(self, user: str, _number: int) -> None:
        draft = await self._timed("save", "POST", "/purchase-requests", {**BODY, "send": None}, user=user)
        if draft is not None:
            path = f"/purchase-requests/{draft['id']}"
            await self._timed(
                "edit", "PATCH", path, {"purpose": "Bổ sung"}, user=user, if_match=f'"{draft["version"]}"'
            )

    async def _list(self, user: str, _number: int) -> None:
        await self._timed("list", "GET", f"/purchase-requests?limit={READ_SIZE}", user=user)

    async def _read(self, user: str, _number: int) -> None:
        if made := self._made[user]:
            await self._timed("read", "GET", f"/purchase-requests/{self._chance.choice(made)}", user=user)

    async def _decide(self, user: str, step: int) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform(*DECIDERS_SECONDS))
            if not self._waiting[user]:
                await self._timed("inbox", "GET", f"/inbox?limit={READ_SIZE}", user=user)
                continue
            request_id = self._waiting[user].popleft()
            path = f"/purchase-requests/{request_id}/approve"
            done = await self._timed("decision", "POST", path, {"step": STEPS[step][0]}, user=user)
            if done is None:  # the step may not be open yet; or it is decided, and the answer was lost
                self._tries[user + path] += 1
                if self._tries[user + path] < MOST_TRIES:
                    self._waiting[user].append(request_id)
            elif step + 1 < len(STEPS):
                self._waiting[STEPS[step + 1][1]].append(request_id)

    async def _timed(
        self, kind: str, method: str, path: str, body: Any = None, *, user: str, if_match: str = ""
    ) -> Any:
        """One call, measured; None: it was answered otherwise than it should have been."""
        begun = perf_counter()
        try:
            answer = await self._client.call(method, path, body, user=user, if_match=if_match, expect=ANSWERED)
        except (WrongAnswerError, aiohttp.ClientError, TimeoutError) as error:
            self.failures[f"{kind}: {str(error).removeprefix(f'{method} {path}: ')[:60]}"] += 1
            return None
        self.latencies[kind].append((perf_counter() - begun) * 1000)
        return answer
