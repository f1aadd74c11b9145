"""Soak: fifty people work for twenty minutes after a warm-up, half of the time beside one user who takes all that one user can take.

Phases with and without the abuser take turns in one run on the same processes. The memory of every process is looked at all
the time; what it grows by is told for ten minutes.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any, Final

from bench.load import Client, connected
from bench.plan import Figures, Plan
from bench.sides import POSTGRES_SETTINGS, ROOT, Product
from bench.staff import Latencies, Staff, hire
from bench.statistics import floor_slope, ratio, slope, summary
from embedded.postgres import PostgresServer
from embedded.temporal import TemporalServer

SAMPLED_EVERY: Final = 5.0
LEFT_OUT_SECONDS: Final = 3.0
"""After a phase has begun: the abuser comes or goes."""
TEN_MINUTES: Final = 600.0
KINDS: Final = ("decision", "send", "save", "edit", "read", "list", "inbox")
SEED: Final = 20261124
PHASES: Final = ("without", "with")

Every = dict[str, Latencies]
"""Milliseconds by phase and kind of call, of all rounds."""

SMALL_CACHES: Final = {"history.hostLevelCacheMaxSize": "200", "history.eventsHostLevelCacheMaxSizeBytes": "4000000"}
"""Of the engine: runs, and bytes of their histories."""
SMALL_BUFFERS: Final = {"shared_buffers": "32MB"}
FEW_RUNS: Final = "100"
"""That a worker keeps in memory."""


class SoakedProduct(Product):
    """The product with all limits that it has by itself, and with caches so small that the warm-up fills them: what grows after
    that is no cache.
    """

    fair_use = True

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.postgres = PostgresServer(directory / "postgres", settings={**POSTGRES_SETTINGS, **SMALL_BUFFERS})
        self.processes["postgres"] = self.postgres.process
        self.temporal = TemporalServer(
            directory / "temporal.db", port=self.temporal.port, dynamic_configuration=SMALL_CACHES
        )

    def _environment(self) -> dict[str, str]:
        limited = {name: value for name, value in super()._environment().items() if name != "RATE_LIMIT_PER_MINUTE"}
        return {**limited, "WORKER_CACHED_RUNS": FEW_RUNS}


async def run(plan: Plan) -> Figures:
    """The product alone: what matters is one phase beside the next."""
    side = SoakedProduct(plan.stores / Product.name)
    rounds: list[dict[str, Any]] = []
    every: Every = {phase: defaultdict(list) for phase in PHASES}
    try:
        await side.start()
        await hire(side.database_url)
        async with connected(side.url) as client, _at_work(client) as staff, _memory(side) as samples:
            plan.say(f"soak: warm-up, {plan.sizes.soak_warm_up_seconds:g} s")
            async with _abuser(side.url):
                await asyncio.sleep(plan.sizes.soak_warm_up_seconds)
            warm = monotonic()
            for number in range(plan.sizes.soak_rounds):
                rounds.append(await _round(plan, side, staff, number, every))
            figures = _memory_figures(samples, warm)
    finally:
        side.stop()
    return {
        "seconds": plan.sizes.soak_seconds,
        "rounds": rounds,
        "ratios": _ratios(rounds),
        "together": _together(every),
        "memory": figures,
    }


async def _round(plan: Plan, side: Product, staff: Staff, number: int, every: Every) -> dict[str, Any]:
    """A phase without the abuser and one with; in the next round the other way round, so that neither is always later."""
    seconds, measured = plan.sizes.soak_seconds, dict[str, Any](failures={})
    for phase in PHASES if number % 2 == 0 else reversed(PHASES):
        plan.say(f"soak, round {number + 1} of {plan.sizes.soak_rounds}: {phase} the abuser, {seconds:g} s")
        if phase == "with":
            async with _abuser(side.url) as answers:
                measured[phase] = await _phase(staff, seconds)
            measured["answers"] = answers
        else:
            measured[phase] = await _phase(staff, seconds)
        measured["failures"][phase] = dict(staff.failures)
        for kind in KINDS:
            every[phase][kind] += staff.latencies[kind]
        times = (f"{kind} {one['p50']:.0f} / {one['p99']:.0f} ms" for kind, one in measured[phase].items())
        plan.say(f"  p50 / p99: {', '.join(times)}; failures: {measured['failures'][phase]}")
    plan.say(f"  the abuser: {measured['answers']}")
    return measured


async def _phase(staff: Staff, seconds: float) -> dict[str, Any]:
    await asyncio.sleep(LEFT_OUT_SECONDS)
    staff.forget()
    await asyncio.sleep(seconds)
    every = [one for kind in KINDS for one in staff.latencies[kind]]
    return {**{kind: summary(staff.latencies[kind]) for kind in KINDS}, "all": summary(every)}


@asynccontextmanager
async def _at_work(client: Client) -> AsyncIterator[Staff]:
    staff = Staff(client, random.Random(SEED))
    await staff.sign_in()
    work = asyncio.create_task(staff.work())
    try:
        yield staff
        if work.done():
            work.result()
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


@asynccontextmanager
async def _abuser(url: str) -> AsyncIterator[dict[str, int]]:
    """The abuser at work; what was answered to the calls is there once they have stopped."""
    answers: dict[str, int] = {}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.abuser", url, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        yield answers
        with suppress(ProcessLookupError):  # it failed, and has said why
            process.terminate()
        output, _ = await process.communicate()
        answers.update(json.loads(output))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def _memory(side: Product) -> AsyncIterator[list[tuple[float, dict[str, float]]]]:
    """Samples of the memory of every process: when, and MiB by process."""
    samples: list[tuple[float, dict[str, float]]] = []

    async def sample() -> None:
        while True:
            samples.append((monotonic(), await asyncio.to_thread(side.memory)))
            await asyncio.sleep(SAMPLED_EVERY)

    task = asyncio.create_task(sample())
    try:
        yield samples
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _memory_figures(samples: list[tuple[float, dict[str, float]]], warm: float) -> dict[str, Any]:
    """Of each process: MiB at first, on average, at last, the most; and in ten minutes, in per cent, its growth by the line that fits
    best, and the growth of what it keeps: see ``floor_slope``.
    """
    kept = [(at, sizes) for at, sizes in samples if at >= warm]
    figures: dict[str, Any] = {}
    for name in kept[0][1]:
        points = [(at - warm, sizes[name]) for at, sizes in kept]
        sizes = [size for _, size in points]
        mean = sum(sizes) / len(sizes)
        figures[name] = {
            "first": sizes[0],
            "mean": round(mean, 1),
            "last": sizes[-1],
            "most": max(sizes),
            "growth": round(slope(points) * TEN_MINUTES / mean * 100, 2),
            "kept": round(floor_slope(points) * TEN_MINUTES / mean * 100, 2),
            "samples": [(round(at), size) for at, size in points][:: max(1, len(points) // 60)],
        }
    assert all(later > earlier for (earlier, _), (later, _) in pairwise(kept))
    return figures


def _together(every: Every) -> dict[str, Any]:
    """Of each kind of call the p99 of all rounds' calls, and the ratio of with to without: one round has few calls of a kind, of which
    a handful makes its p99.
    """
    found: dict[str, Any] = {}
    for kind in KINDS:
        p99 = {phase: summary(every[phase][kind])["p99"] for phase in PHASES}
        if all(p99.values()):
            found[kind] = {**p99, "calls": len(every["with"][kind]), "ratio": round(p99["with"] / p99["without"], 2)}
    return found


def _ratios(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """What the abuser makes of others' times: with to without, round by round."""
    found: dict[str, Any] = {}
    for kind in (*KINDS, "all"):
        if all(one[phase][kind]["count"] for one in rounds for phase in ("with", "without")):
            found[kind] = {
                percent: vars(
                    ratio(
                        [one["with"][kind][percent] for one in rounds],
                        [one["without"][kind][percent] for one in rounds],
                    )
                )
                for percent in ("p50", "p99")
            }
    return found
