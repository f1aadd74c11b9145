"""Before and after: the product of an earlier revision beside today's, in turns, on fresh stores in each round.

Nobody is told of anything: not every revision does that, and what it costs is measured by the scenario ``notices``.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from temporalio.client import Client as TemporalClient

from bench.before import Before, checked_out, other_packages
from bench.load import STEPS, Client, connected, start_many
from bench.plan import Figures, Plan
from bench.scenarios.throughput import closed_loops
from bench.sides import Product
from bench.statistics import ratio
from bench.telling import hush

PROCESSES = ("worker", "api", "temporal", "postgres")
HISTORIES = 5
"""Whole requests whose histories are looked at."""
FIRST = 100
"""Requests that wait already when the memory for one more is measured: at first a worker grows by other things."""


async def run(plan: Plan) -> Figures:
    """Both revisions, one after the other, as often as there are rounds."""
    rounds: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
    with checked_out(plan.before, plan.stores / "earlier") as root:
        packages = other_packages(root)
        if packages:
            plan.say(f"{plan.before} is locked to other packages than it gets: {packages}")
        for number in range(plan.sizes.rounds):
            for side in (Before(plan.stores / Before.name, root), Product(plan.stores / Product.name)):
                plan.say(f"before and after, round {number + 1} of {plan.sizes.rounds}: {side.title}")
                rounds[side.name].append(await _round(plan, side))
    then, now = rounds[Before.name], rounds[Product.name]
    return {
        "commit": plan.before,
        "packages": packages,
        "rounds": dict(rounds),
        "ratios": {name: vars(ratio([one[name] for one in now], [one[name] for one in then])) for name in now[0]},
    }


async def _round(plan: Plan, side: Product) -> dict[str, float]:
    """Everything of one side, by the name under which the report shows it."""
    try:
        await side.start()
        await hush(await TemporalClient.connect(side.temporal.address))
        async with connected(side.url) as client:
            history = await _history(side, client)
            loops = await closed_loops(side, client, plan.sizes)
        plan.say(f"  requests a second: {loops['requests_per_second']}")
        # Whatever the loops left in the worker's memory is gone with it.
        side.processes["worker"].stop()
        side.start_worker()
        async with connected(side.url) as client:
            memory = await _memory(side, client, plan.sizes.waiting)
    finally:
        side.stop()
    plan.say(f"  {memory} {history}")
    return {**_of_loops(loops), **memory, **history}


def _of_loops(loops: dict[str, Any]) -> dict[str, float]:
    found = {f"throughput at {load}": rate for load, rate in loops["requests_per_second"].items()}
    for percent in ("p50", "p99"):
        for load, milliseconds in loops["milliseconds"].items():
            found[f"decision {percent} at {load}, ms"] = milliseconds["decision"][percent]
    for load, cpu in loops["cpu"].items():
        used = {process: cpu[process] for process in PROCESSES}
        for process, milliseconds in {**used, "all": round(sum(used.values()), 1)}.items():
            found[f"processor time of a request at {load}, {process}, ms"] = milliseconds
    return found


async def _memory(side: Product, client: Client, waiting: int) -> dict[str, float]:
    """MiB of each process while so many requests wait, and KiB of the worker for each of them but the first ones."""
    await start_many(client, FIRST, [])
    await side.settle()
    few = side.memory()
    await start_many(client, waiting - FIRST, [])
    await side.settle()
    many = side.memory()
    run = (many["worker"] - few["worker"]) * 1024 / (waiting - FIRST)
    return {
        "worker for a waiting request, KiB": round(run, 1),
        **{f"{process} with {waiting:,} waiting, MiB": many[process] for process in PROCESSES},
    }


async def _history(side: Product, client: Client) -> dict[str, float]:
    """Events and bytes that the engine keeps of a whole request, in however many runs."""
    ids = []
    for _ in range(HISTORIES):
        ids.append(await client.start())
        for step in range(len(STEPS)):
            await client.approve(ids[-1], step)
    await side.settle()
    temporal = await TemporalClient.connect(side.temporal.address)
    runs = [run async for run in temporal.list_workflows() if any(request_id in run.id for request_id in ids)]
    if len(runs) < HISTORIES:
        raise RuntimeError(f"the engine shows {len(runs)} runs of {HISTORIES} requests")
    described = [await temporal.get_workflow_handle(run.id, run_id=run.run_id).describe() for run in runs]
    sizes = [run.raw_description.workflow_execution_info.history_size_bytes for run in described]
    return {
        "history of a request, events": sum(run.history_length for run in described) / HISTORIES,
        "history of a request, bytes": sum(sizes) / HISTORIES,
    }
