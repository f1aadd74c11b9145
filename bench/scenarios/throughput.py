"""Throughput and decision latency: whole requests through the HTTP API, three approvals each, every row committed.

In each round every side is started on fresh stores and loaded in the same way, one side after the other.
"""

from __future__ import annotations

from collections import defaultdict
from time import process_time
from typing import Any

from bench.load import Client, Timings, closed_loop, connected, open_loop
from bench.plan import Figures, Plan, Sizes
from bench.sides import Floor, Product, Side
from bench.statistics import ratio, summary

WARM_UP_CLIENTS = 10
WARM_UP_SECONDS = 2.0
RAMP_SECONDS = 3.0
"""Longer than a request takes at 50 clients, so that they are spread over its stages."""


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
            return await _load(plan, side, client, half_rate)
    finally:
        side.stop()


async def _load(plan: Plan, side: Side, client: Client, half_rate: float) -> dict[str, Any]:
    measured = await closed_loops(side, client, plan.sizes)
    measured["memory"] = side.memory()
    sustained = measured["requests_per_second"][str(plan.sizes.concurrencies[-1])]
    measured["half_rate"] = half_rate or sustained / 2
    if side.name in (Product.name, Floor.name):
        await side.settle()
        before = processor_seconds(side)
        timings = await open_loop(client, measured["half_rate"], plan.sizes.open_loop_seconds)
        measured["cpu"]["half"] = cpu_per_request(before, processor_seconds(side), timings)
        measured["milliseconds"]["half"] = latencies(timings)
    return measured


async def closed_loops(side: Side, client: Client, sizes: Sizes) -> dict[str, Any]:
    """One side, warmed up, at every number of clients: requests a second, latencies, processor time for a request."""
    measured: dict[str, Any] = {"requests_per_second": {}, "milliseconds": {}, "cpu": {}}
    await closed_loop(client, WARM_UP_CLIENTS, min(WARM_UP_SECONDS, sizes.seconds))
    for clients in sizes.concurrencies:
        await side.settle()
        timings, measured["cpu"][str(clients)] = await _busy(side, client, clients, sizes)
        measured["requests_per_second"][str(clients)] = round(timings.requests_per_second, 2)
        measured["milliseconds"][str(clients)] = latencies(timings)
    return measured


async def _busy(side: Side, client: Client, clients: int, sizes: Sizes) -> tuple[Timings, dict[str, float]]:
    """A closed loop, and the processor time that each process used in it for one request."""
    before: dict[str, float] = {}

    def begin() -> None:
        before.update(processor_seconds(side))

    ramp = min(RAMP_SECONDS, sizes.seconds) if clients > 1 else 0
    timings = await closed_loop(client, clients, sizes.seconds, ramp=ramp, on_begin=begin)
    return timings, cpu_per_request(before, processor_seconds(side), timings)


def latencies(timings: Timings) -> dict[str, Any]:
    return {"start": summary(timings.starts), "decision": summary(timings.decisions)}


def processor_seconds(side: Side) -> dict[str, float]:
    """Processor time that each process has used so far; ``client`` is the one that makes the load."""
    return {**side.cpu_seconds(), "client": process_time()}


def cpu_per_request(before: dict[str, float], after: dict[str, float], timings: Timings) -> dict[str, float]:
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
