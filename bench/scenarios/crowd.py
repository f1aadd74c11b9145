"""One user against everybody: how long others wait for a decision and a read while one does much at once, and before that.

With the limits that the product has by itself, but for writes in a minute: few people make the decisions of many. An earlier
revision, where one is given, takes turns with today's.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from time import perf_counter
from typing import Any

import aiohttp
import asyncpg

from bench.before import Before, checked_out
from bench.bulk import fill
from bench.load import OWNER, STEPS, Client, WrongAnswerError, connected, start_many
from bench.plan import Figures, Plan
from bench.sides import Product
from bench.statistics import summary

ONE = "crowd0"
"""Who does much at once: an admin, who sees everything and decides nothing of the load."""
STREAMS, LISTS, EDITS = 1_287, 30, 40
REFUSED = 1_100
LIST = "/purchase-requests?limit=200&q=thinkpad&sort=-total"

_PEOPLE = """
INSERT INTO users (username, name, roles)
SELECT 'crowd' || n, 'Người ' || n, CASE n WHEN 0 THEN '{admin}'::text[] ELSE '{sales}' END FROM generate_series(0, $1) n
"""

Crowd = Callable[[Client], AbstractAsyncContextManager[None]]


async def run(plan: Plan) -> Figures:
    """All sides in turns, as often as there are rounds."""
    rounds: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    with checked_out(plan.before, plan.stores / "earlier") if plan.before else nullcontext() as root:
        for number in range(plan.sizes.rounds):
            sides: list[Product] = [Product(plan.stores / Product.name)]
            if root is not None:
                sides.insert(0, Before(plan.stores / Before.name, root))
            for side in sides:
                plan.say(f"one against everybody, round {number + 1} of {plan.sizes.rounds}: {side.title}")
                side.fair_use = True
                rounds[side.name].append(await _round(plan, side))
    return {"commit": plan.before, "rounds": dict(rounds)}


async def _round(plan: Plan, side: Product) -> dict[str, Any]:
    sizes = plan.sizes
    crowds: dict[str, Crowd] = {
        f"{STREAMS:,} open pages of one user": _pages_of_one,
        f"{sizes.crowd:,} open pages of as many users": lambda client: _pages_of_all(client, sizes.crowd),
        f"{LISTS} lists at once": _lists,
        f"{EDITS} edits of one request at once": _edits,
    }
    try:
        await side.start()
        connection = await asyncpg.connect(side.database_url)
        await connection.execute(_PEOPLE, sizes.crowd)
        await connection.close()
        await fill(side.database_url, sizes.crowd_listed)
        async with connected(side.url) as client:
            await client.sign_in(ONE)
            found: dict[str, Any] = {}
            for name, crowd in crowds.items():
                ids: list[str] = []
                await start_many(client, 2 * sizes.crowd_calls, ids, concurrency=8)
                alone = await _others(client, ids[::2])
                async with crowd(client):
                    beside = await _others(client, ids[1::2])
                found[name] = {"alone": alone, "beside": beside}
                plan.say(f"  {name}: {alone} {beside}")
            found["refused"] = await _page_of_refusals(client)
            plan.say(f"  {found['refused']}")
    finally:
        side.stop()
    return found


async def _others(client: Client, request_ids: list[str]) -> dict[str, Any]:
    """Decisions and reads of others, one by one: milliseconds, and how many of them failed, which took as long as they took."""
    failed = 0

    async def timed(call: Awaitable[Any]) -> float:
        nonlocal failed
        begun = perf_counter()
        try:
            await call
        except (WrongAnswerError, aiohttp.ClientError):
            failed += 1
        return (perf_counter() - begun) * 1000

    decisions = [await timed(client.approve(request_id, 0)) for request_id in request_ids]
    reads = [await timed(client.call("GET", f"/purchase-requests/{one}", user=OWNER)) for one in request_ids]
    return {"decision": summary(decisions), "read": summary(reads), "failed": failed}


@asynccontextmanager
async def _again_and_again(calls: Callable[[], Awaitable[Any]], at_once: int) -> AsyncIterator[None]:
    """So many at once, each again as soon as it is answered, whatever the answer is."""

    async def one() -> None:
        while True:
            with suppress(aiohttp.ClientError):
                await calls()

    tasks = [asyncio.create_task(one()) for _ in range(at_once)]
    try:
        await asyncio.sleep(0.5)
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _pages(client: Client, users: list[str]) -> AsyncIterator[None]:
    """An open page for each of the users, a name for each page."""
    ready = 0

    async def one(user: str) -> None:
        nonlocal ready
        async with client.open("/events", user=user) as answer:
            ready += 1
            async for _ in answer.content:
                pass

    await client.sign_in_to_pages(*dict.fromkeys(users))
    tasks = [asyncio.create_task(one(user)) for user in users]
    try:
        while ready < len(users):
            await asyncio.sleep(0.1)
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _pages_of_one(client: Client) -> AbstractAsyncContextManager[None]:
    return _pages(client, [ONE] * STREAMS)


def _pages_of_all(client: Client, people: int) -> AbstractAsyncContextManager[None]:
    return _pages(client, [f"crowd{number}" for number in range(1, people + 1)])


def _lists(client: Client) -> AbstractAsyncContextManager[None]:
    return _again_and_again(lambda: client.call("GET", LIST, user=ONE, expect=(200, 429, 503)), LISTS)


@asynccontextmanager
async def _edits(client: Client) -> AsyncIterator[None]:
    body = {"purpose": "Máy tính", "lines": [{"product_code": "LT-T14", "quantity": "1"}]}
    draft = await client.call("POST", "/purchase-requests", body, user=ONE)
    path = f"/purchase-requests/{draft['id']}"

    def edit() -> Awaitable[Any]:
        return client.call(
            "PATCH", path, {"purpose": "x"}, user=ONE, expect=(200, 409, 412, 429, 500, 503), if_match="*"
        )

    async with _again_and_again(edit, EDITS):
        yield


async def _page_of_refusals(client: Client) -> dict[str, float]:
    """How large and slow the page of a request is on which one was refused very often."""
    request_id = await client.start()
    for step in range(len(STEPS)):
        await client.approve(request_id, step)
    body = {"step": STEPS[0][0], "note": "Không đồng ý với số lượng này. " * 10}
    path = f"/purchase-requests/{request_id}/approve"
    for _ in range(REFUSED // 10):
        await asyncio.gather(*(client.call("POST", path, body, user=STEPS[0][1], expect=(409,)) for _ in range(10)))
    await client.sign_in_to_pages(OWNER)
    took, size = [], 0
    for _ in range(10):
        begun = perf_counter()
        size = len((await client.page(f"/requests/{request_id}", user=OWNER)).encode())
        took.append((perf_counter() - begun) * 1000)
    return {"kilobytes": round(size / 1000, 1), "milliseconds": summary(took)["p50"]}
