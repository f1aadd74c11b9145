"""Open requests: what very many requests cost that wait for somebody, in memory and in the latency of a decision."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from time import perf_counter
from typing import Any

import aiohttp

from bench.competitors.engines import Dbos
from bench.load import Client, Timings, WrongAnswerError, connected, decide_one_by_one, start_many
from bench.plan import Figures, Plan
from bench.sides import Product, Side
from bench.statistics import summary

DECISIONS = 60
"""Measured at each size, one at a time, on requests chosen over the whole age of the store."""
WARM_UP = 20
"""Whole requests before anything is measured."""
COLD_START_SECONDS = 600.0
"""Who takes up every waiting request again when it starts may need minutes."""
PROGRESS_SECONDS = 60.0


async def run(plan: Plan) -> Figures:
    """Product and DBOS, in turns as long as the sizes allow."""
    kinds: list[type[Side]] = [Product, *(kind for kind in plan.competitors() if kind is Dbos)]
    gave_up: dict[str, str] = {}
    """Competitors that did not reach a size, and why."""
    rounds: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for number in range(plan.sizes.rounds):
        sizes = [size for size in plan.sizes.open_requests if number == 0 or size <= plan.sizes.open_rounds_up_to]
        if not sizes:
            break
        for kind in kinds:
            plan.say(f"open requests, round {number + 1}: {kind.title}")
            measured: dict[str, Any] = {}
            rounds[kind.name].append(measured)
            try:
                await _grow(plan, plan.side(kind), sizes, measured)
            except (WrongAnswerError, TimeoutError, aiohttp.ClientError, RuntimeError) as error:
                if kind is Product:
                    raise
                gave_up[kind.name] = f"round {number + 1}, after {', '.join(measured) or 'no size'}: {error!r}"
                plan.say(f"  gave up: {gave_up[kind.name]}")
    return {"rounds": dict(rounds), "gave_up": gave_up}


async def _grow(plan: Plan, side: Side, sizes: list[int], measured: dict[str, Any]) -> None:
    """Measure one size after the other, on the same growing store; ``measured`` has each as soon as it is known."""
    waiting: list[str] = []
    try:
        await side.start()
        async with connected(side.url) as client:
            for _ in range(WARM_UP):
                await client.whole_request(Timings())
        for size in sizes:
            async with connected(side.url) as client:
                begun = perf_counter()
                made = await _start_many(plan, client, size - len(waiting))
                seconds = perf_counter() - begun
                await side.settle()
                waiting += made
                found: dict[str, Any] = {"starts_per_second": round(len(made) / seconds, 1), "memory": side.memory()}
                before = side.cpu_seconds()
                found["decision"] = summary(await decide_one_by_one(client, _some(waiting)))
                found["cpu"] = {
                    name: round((used - before[name]) * 1000 / found["decision"]["count"], 1)
                    for name, used in side.cpu_seconds().items()
                }
                measured[str(size)] = found
            plan.say(f"  {size}: {found}")
            found["cold_start_seconds"] = await _cold_start(side, waiting.pop(len(waiting) // 2))
            plan.say(f"  {size}: first decision {found['cold_start_seconds']} s after a kill")
    finally:
        side.stop()


async def _start_many(plan: Plan, client: Client, requests: int) -> list[str]:
    """Starts them, telling how far it is."""
    made: list[str] = []
    starting = asyncio.create_task(start_many(client, requests, made))
    while not (await asyncio.wait({starting}, timeout=PROGRESS_SECONDS))[0]:
        plan.say(f"  {len(made):,} of {requests:,} more requests wait")
    await starting
    return made


def _some(waiting: list[str]) -> list[str]:
    """Takes a few out, evenly spread."""
    step = max(1, len(waiting) // DECISIONS)
    chosen = waiting[::step][:DECISIONS]
    for request_id in chosen:
        waiting.remove(request_id)
    return chosen


async def _cold_start(side: Side, request_id: str) -> float:
    """Seconds from starting whatever runs the workflows to the first decision that is committed."""
    name = "worker" if "worker" in side.processes else "api"
    side.processes[name].kill()
    side.ready_seconds = COLD_START_SECONDS
    begun = perf_counter()
    if isinstance(side, Product):
        side.start_worker()
    else:
        side.start_api()
    async with connected(side.url) as client:
        await client.approve(request_id, 0)
    return round(perf_counter() - begun, 2)
