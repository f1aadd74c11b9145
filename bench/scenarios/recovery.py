"""Recovery: the worker is killed with many decisions in flight. Until when are all applied, and is any applied twice?"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from time import monotonic
from typing import Any

import asyncpg

from bench.load import STEPS, Client, connected, start_many
from bench.plan import Figures, Plan
from bench.sides import Floor, OnTemporal, Product
from bench.statistics import ratio

KILLED_AFTER_SECONDS = 0.3
PATIENCE_SECONDS = 120.0

_APPLIED = "SELECT count(*) FROM timeline WHERE action = 'approve' AND accepted"
_TWICE = """
SELECT count(*) FROM (
    SELECT FROM timeline WHERE action = 'approve' AND accepted GROUP BY request_id HAVING count(*) > 1
) AS twice
"""


async def run(plan: Plan) -> Figures:
    """Product and floor in turns."""
    rounds: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for number in range(plan.sizes.recovery_rounds):
        for kind in (Product, Floor):
            plan.say(f"recovery, round {number + 1} of {plan.sizes.recovery_rounds}: {kind.title}")
            side = kind(plan.stores / kind.name)
            try:
                await side.start()
                measured = await _kill(side, plan.sizes.in_flight)
            finally:
                side.stop()
            plan.say(f"  {measured}")
            rounds[kind.name].append(measured)
    seconds = {name: [one["seconds"] for one in measured] for name, measured in rounds.items()}
    return {
        "in_flight": plan.sizes.in_flight,
        "rounds": dict(rounds),
        "ratio": vars(ratio(seconds[Product.name], seconds[Floor.name])),
    }


async def _kill(side: OnTemporal, decisions: int) -> dict[str, Any]:
    connection = await asyncpg.connect(side.database_url)
    async with connected(side.url) as client:
        ids: list[str] = []
        await start_many(client, decisions, ids)
        calls = [asyncio.create_task(_approve(client, request_id)) for request_id in ids]
        await asyncio.sleep(KILLED_AFTER_SECONDS)
        applied = await connection.fetchval(_APPLIED)
        side.processes["worker"].kill()
        killed = monotonic()
        side.start_worker()
        started = monotonic()
        while await connection.fetchval(_APPLIED) < decisions and monotonic() - killed < PATIENCE_SECONDS:
            await asyncio.sleep(0.1)
        seconds = monotonic() - killed
        await asyncio.gather(*calls, return_exceptions=True)
    missing = decisions - await connection.fetchval(_APPLIED)
    twice = await connection.fetchval(_TWICE)
    await connection.close()
    return {
        "seconds": round(seconds, 2),
        "worker_start_seconds": round(started - killed, 2),
        "in_flight": decisions - applied,
        "missing": missing,
        "twice": twice,
    }


async def _approve(client: Client, request_id: str) -> None:
    """Approve the first step; that the answer may be 202 is the point."""
    key, user = STEPS[0]
    path = f"/purchase-requests/{request_id}/approve"
    await client.call("POST", path, {"step": key}, user=user, expect=(200, 202))
