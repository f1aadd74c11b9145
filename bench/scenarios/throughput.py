"""Throughput and decision latency: whole requests through the HTTP API, three approvals each, every row committed.

In each round every side is started on fresh stores and loaded in the same way, one side after the other.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

from bench.load import Client, Timings, closed_loop, connected, open_loop
from bench.plan import Figures, Plan
from bench.sides import Floor, Product, Side
from bench.statistics import ratio, summary

WARM_UP_CLIENTS = 10
WARM_UP_SECONDS = 2.0
RAMP_SECONDS = 1.5
SETTLE_SECONDS = 3.0
"""Before the open loop: what the closed loop left half done is worked on to its end, and would be measured as well."""
OPEN_LOOP_FACTOR = 3
"""The open loop goes on for so many times the seconds of a closed one: at half the rate a p99 needs more of them."""


async def run(plan: Plan) -> Figures:
    """Every side at every concurrency, then at half of what the product sustains; in turns."""
    kinds = plan.everybody()
    rounds: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for number in range(plan.sizes.rounds):
        half = 0.0
        for kind in kinds:
            plan.say(f"throughput, round {number + 1} of {plan.sizes.rounds}: {kind.title}")
            measured = await _round(plan, plan.side(kind), half)
            half = half or measured["half_rate"]
            rounds[kind.name].append(measured)
            plan.say("  " + ", ".join(f"{n}: {rate:.1f}/s" for n, rate in measured["requests_per_second"].items()))
    return _figures(rounds, kinds, plan)


async def _round(plan: Plan, side: Side, half_rate: float) -> dict[str, Any]:
    """One side, once. ``half_rate``: requests a second in the open loop; 0: half of what this side sustains."""
    try:
        await side.start()
        async with connected(side.url) as client:
            await closed_loop(client, WARM_UP_CLIENTS, min(WARM_UP_SECONDS, plan.sizes.seconds))
            return await _load(plan, side, client, half_rate)
    finally:
        side.stop()


async def _load(plan: Plan, side: Side, client: Client, half_rate: float) -> dict[str, Any]:
    measured: dict[str, Any] = {"requests_per_second": {}, "milliseconds": {}}
    for clients in plan.sizes.concurrencies:
        timings, measured["cpu"] = await _busy(side, client, clients, plan.sizes.seconds)
        _note(measured, str(clients), timings)
    measured["memory"] = side.memory()
    sustained = measured["requests_per_second"][str(plan.sizes.concurrencies[-1])]
    measured["half_rate"] = half_rate or sustained / 2
    if side.name in (Product.name, Floor.name):
        await asyncio.sleep(SETTLE_SECONDS)
        timings = await open_loop(client, measured["half_rate"], OPEN_LOOP_FACTOR * plan.sizes.seconds)
        _note(measured, "half", timings)
        del measured["requests_per_second"]["half"]
    return measured


async def _busy(side: Side, client: Client, clients: int, seconds: float) -> tuple[Timings, dict[str, float]]:
    """A closed loop, and the processor time that each process used in it for one request."""
    before: dict[str, float] = {}

    def begin() -> None:
        before.update(side.cpu_seconds())

    timings = await closed_loop(client, clients, seconds, ramp=RAMP_SECONDS if clients > 1 else 0, on_begin=begin)
    return timings, _cpu_per_request(before, side.cpu_seconds(), timings)


def _note(measured: dict[str, Any], load: str, timings: Timings) -> None:
    measured["requests_per_second"][load] = round(timings.requests_per_second, 2)
    measured["milliseconds"][load] = {"start": summary(timings.starts), "decision": summary(timings.decisions)}


def _cpu_per_request(before: dict[str, float], after: dict[str, float], timings: Timings) -> dict[str, float]:
    """Milliseconds of processor time that each process used for one request."""
    requests = timings.requests_per_second * timings.seconds
    return {name: round((used - before[name]) * 1000 / requests, 1) for name, used in after.items()}


def _figures(rounds: dict[str, list[dict[str, Any]]], kinds: list[type[Side]], plan: Plan) -> Figures:
    product = rounds[Product.name]
    ratios: dict[str, Any] = {}
    for kind in kinds[1:]:
        theirs = rounds[kind.name]
        against: dict[str, Any] = {}
        for clients in map(str, plan.sizes.concurrencies):
            against[f"throughput at {clients}"] = vars(
                ratio(
                    [one["requests_per_second"][clients] for one in product],
                    [one["requests_per_second"][clients] for one in theirs],
                )
            )
        for load in product[0]["milliseconds"]:
            if load in theirs[0]["milliseconds"]:
                for percent in ("p50", "p99"):
                    against[f"decision {percent} at {load}"] = vars(
                        ratio(
                            [one["milliseconds"][load]["decision"][percent] for one in product],
                            [one["milliseconds"][load]["decision"][percent] for one in theirs],
                        )
                    )
        ratios[kind.name] = against
    return {"rounds": dict(rounds), "ratios": ratios, "missing": plan.missing}
