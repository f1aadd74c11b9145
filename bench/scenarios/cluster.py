"""The same load on the embedded engine and on a cluster: what `make run` and what `make cluster` start, in turns, on fresh stores.

Besides what callers wait for it measures what explains it: processor time and waits, what is written and how often the disk is waited
for, and where a decision's time goes. At the end of a round the cluster goes on with one thing changed, which is an experiment and called so.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any, Final

import aiohttp
import asyncpg
from temporalio.service import RPCError

from bench import counters, scraped
from bench.load import Timings, WrongAnswerError, closed_loop, connected_as, open_loop
from bench.made import CLUSTER, EMBEDDED, PAIRS, RELAXED, TWO_OF_EACH, Made, Target
from bench.parts import Watched, parts
from bench.plan import Figures, Plan
from bench.scenarios.throughput import cpu_per_request, latencies, processor_seconds
from bench.statistics import ratio
from cluster.programs import Programs, balancer_program
from cluster.store import SCHEMAS
from embedded.configuration import ConfigurationError
from embedded.processes import NotReady, ProcessDied

WARM_UP_CLIENTS: Final = 10
WARM_UP_SECONDS: Final = 3.0
RAMP_SECONDS: Final = 3.0
HALF: Final = "half"

HISTOGRAMS: Final = {
    "service_latency": "operation",
    "persistence_latency": "",
    "cache_latency": "operation",
    "semaphore_latency": "operation",
    "task_latency_load": "operation",
    "task_latency_queue": "operation",
    "syncmatch_latency": "",
    "asyncmatch_latency": "",
    "task_write_latency": "",
}
"""Of the engine's own, and by what they are told apart: calls, writes, the lock of a run, of a shard, its queues, and the hand-over to workers."""


FAILURES: Final = (
    ProcessDied, NotReady, WrongAnswerError, OSError, aiohttp.ClientError, RPCError, asyncpg.PostgresError, asyncpg.InterfaceError,
)  # fmt: skip
"""Of one side in one round: the others are measured all the same."""


class Refused(Exception):
    """It cannot be measured here. The message says what is missing."""


async def run(plan: Plan) -> Figures:
    """Every way to start the product, one after the other, as often as there is time for.

    Raises:
        Refused: Go is missing and Temporal is not built, or HAProxy is missing.
    """
    try:
        programs = Programs()
        programs.check()
        balancer_program()
    except ConfigurationError as error:
        raise Refused(str(error)) from None
    if not programs.are_built:
        plan.say("cluster: Temporal is built, once: some three minutes")
        try:
            await asyncio.to_thread(programs.build, plan.stores / "build.log")
        except ProcessDied as error:
            raise Refused(str(error)) from None
    return await _rounds(plan)


async def _rounds(plan: Plan) -> Figures:
    rounds: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    failed: list[str] = []
    begun, longest, half = monotonic(), 0.0, 0.0
    for number in range(plan.sizes.cluster_rounds):
        targets = [EMBEDDED, CLUSTER, *([] if plan.sizes.cluster_only_one else [PAIRS])]
        if number == 0 and not plan.sizes.cluster_only_one:
            targets.append(TWO_OF_EACH)
        for target in targets:
            if monotonic() - begun + longest > plan.sizes.cluster_seconds_in_all:
                plan.say("cluster: no time is left for more")
                break
            side_begun = monotonic()
            plan.say(f"cluster, round {number + 1} of {plan.sizes.cluster_rounds}: {target.title}")
            try:
                found = await _side(plan, target, half)
            except FAILURES as error:
                failed.append(f"{target.title}, round {number + 1}: {(str(error) or repr(error)).splitlines()[0]}")
                plan.say(f"  {error!r}" if not str(error) else f"  {error}")
                continue
            finally:
                longest = max(longest, monotonic() - side_begun)
            for name, measured in found.items():
                rounds[name].append(measured)
                plan.say(f"  {name}: {_shortly(measured)}")
            half = half or found[target.name]["half_rate"]
    return _figures(rounds, half, failed)


async def _side(plan: Plan, target: Target, half: float) -> dict[str, dict[str, Any]]:
    """One way to start the product, once; with the experiment if it is the cluster."""
    side = Made(plan.stores / "made", target)
    try:
        begun = monotonic()
        await side.start()
        plan.say(f"  it stands after {monotonic() - begun:.0f} s")
        watching = await asyncpg.connect(side.postgres.uri("postgres"))
        async with connected_as(side.url, Watched) as client:
            await closed_loop(client, WARM_UP_CLIENTS, min(WARM_UP_SECONDS, plan.sizes.cluster_seconds))
            found = {target.name: await _loads(plan, side, client, watching, half)}
            if target == CLUSTER:
                plan.say("  the same with an engine that does not wait for the disk")
                async with _relaxed(watching, client):
                    busiest = str(plan.sizes.cluster_clients[-1])
                    found[RELAXED] = {"loads": {busiest: await _closed(plan, side, client, watching, int(busiest))}}
        await watching.close()
        return found
    finally:
        side.stop()


async def _loads(
    plan: Plan, side: Made, client: Watched, watching: asyncpg.Connection[Any], half: float
) -> dict[str, Any]:
    loads = {}
    for clients in plan.sizes.cluster_clients:
        await side.settle()
        loads[str(clients)] = await _closed(plan, side, client, watching, clients)
    memory = side.memory()
    half = half or loads[str(plan.sizes.cluster_clients[-1])]["requests_per_second"] / 2
    await side.settle()
    loads[HALF] = await _open(plan, side, client, watching, half)
    return {"loads": loads, "memory": memory, "half_rate": half}


async def _closed(
    plan: Plan, side: Made, client: Watched, watching: asyncpg.Connection[Any], clients: int
) -> dict[str, Any]:
    """So many clients, each with one request after the other."""
    meter = Meter(side, client, watching)
    ramp = min(RAMP_SECONDS, plan.sizes.cluster_seconds) if clients > 1 else 0
    timings = await closed_loop(client, clients, plan.sizes.cluster_seconds, ramp=ramp, on_begin=meter.begin)
    return await meter.end(timings)


async def _open(
    plan: Plan, side: Made, client: Watched, watching: asyncpg.Connection[Any], per_second: float
) -> dict[str, Any]:
    """Requests that begin at a fixed rate, which is the same for all sides."""
    meter = Meter(side, client, watching)
    meter.begin()
    return await meter.end(await open_loop(client, per_second, plan.sizes.cluster_seconds))


class Meter:
    """Measures a load from when it begins.

    Args:
        side: what is loaded.
        client: who loads it.
        watching: a connection to its PostgreSQL.
    """

    def __init__(self, side: Made, client: Watched, watching: asyncpg.Connection[Any]) -> None:
        self._side = side
        self._client = client
        self._watching = watching
        self._before: dict[str, float] = {}
        self._begun: asyncio.Task[tuple[counters.Counters, scraped.Samples]] | None = None
        self._sampling = asyncio.Event()
        self._waits: asyncio.Task[dict[str, int]] | None = None

    def begin(self) -> None:
        """The load is at work."""
        self._client.decisions.clear()
        self._before = processor_seconds(self._side)
        self._begun = asyncio.create_task(self._read())
        self._waits = asyncio.create_task(self._sample())

    async def end(self, timings: Timings) -> dict[str, Any]:
        """What there is to say of it."""
        assert self._begun is not None
        assert self._waits is not None
        cpu = cpu_per_request(self._before, processor_seconds(self._side), timings)
        self._sampling.set()
        waits = await self._waits
        (before, engine_before), (after, engine_after) = await self._begun, await self._read()
        decisions = list(self._client.decisions)
        requests = timings.requests_per_second * timings.seconds
        return {
            "requests_per_second": round(timings.requests_per_second, 2),
            "seconds": round(timings.seconds, 1),
            "milliseconds": latencies(timings),
            "cpu": cpu,
            "written": {
                name: round(value / (1 if name.endswith(" s") else requests), 2)
                for name, value in counters.growth(before, after).items()
            },
            "waits": waits,
            "engine": {
                "milliseconds": {
                    name: scraped.milliseconds(engine_before, engine_after, name, by) for name, by in HISTOGRAMS.items()
                },
                "trouble": scraped.trouble(engine_before, engine_after),
            },
            "decision": await parts(self._side.engine_address, decisions),
        }

    async def _read(self) -> tuple[counters.Counters, scraped.Samples]:
        numbers = await counters.read(self._watching, self._side.directory)
        return numbers, await asyncio.to_thread(scraped.scrape, self._side.metrics_ports())

    async def _sample(self) -> dict[str, int]:
        connection = await asyncpg.connect(self._side.postgres.uri("postgres"))
        try:
            async with counters.sampled(connection) as seen:
                await self._sampling.wait()
            return dict(seen.most_common())
        finally:
            await connection.close()


@asynccontextmanager
async def _relaxed(connection: asyncpg.Connection[Any], client: Watched) -> AsyncIterator[None]:
    """An engine whose commits are answered before they are on the disk, as long as this lasts; what the CRM commits waits as ever."""
    for database in SCHEMAS:
        await connection.execute(f"ALTER DATABASE {database} SET synchronous_commit = off")
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY ($1)", list(SCHEMAS)
    )
    with suppress(WrongAnswerError):  # what met a connection that is gone
        await closed_loop(client, WARM_UP_CLIENTS, WARM_UP_SECONDS)
    await closed_loop(client, WARM_UP_CLIENTS, WARM_UP_SECONDS)
    yield


def _shortly(measured: dict[str, Any]) -> str:
    return "; ".join(
        f"at {load} {one['requests_per_second']:.1f}/s, p50 {one['milliseconds']['decision']['p50']:.0f}"
        f" p99 {one['milliseconds']['decision']['p99']:.0f} ms"
        for load, one in measured["loads"].items()
    )


def _figures(rounds: dict[str, list[dict[str, Any]]], half: float, failed: list[str]) -> Figures:
    """With the ratios of all to the embedded engine, round by round.

    Raises:
        RuntimeError: nothing was measured.
    """
    if not rounds:
        raise RuntimeError("\n".join(failed))
    ratios: dict[str, Any] = {}
    embedded = rounds.get(EMBEDDED.name, [])
    for name, measured in rounds.items():
        pairs = list(zip(measured, embedded, strict=False))
        if name == EMBEDDED.name or not pairs:
            continue
        ratios[name] = {}
        for load in pairs[0][0]["loads"]:
            figures = {
                "throughput": ("requests_per_second",),
                **{f"decision {p}": ("milliseconds", "decision", p) for p in ("p50", "p99")},
            }
            ratios[name][load] = {
                what: vars(
                    ratio(
                        [_inside(ours["loads"][load], path) for ours, _ in pairs],
                        [_inside(theirs["loads"][load], path) for _, theirs in pairs],
                    )
                )
                for what, path in figures.items()
            }
    return {"rounds": dict(rounds), "ratios": ratios, "half_rate": round(half, 1), "failed": failed}


def _inside(one: Any, path: tuple[str, ...]) -> float:
    for key in path:
        one = one[key]
    return float(one)
