"""The reconciler: what a pass costs those who decide meanwhile, and how long it takes, with very many requests in the CRM.

The requests of earlier years are completed, with what was reported of them; some are open, with runs of their own. Decisions are made
without a pass and beside one pass after the other, in turns.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from itertools import count
from typing import Any, Final

import asyncpg
from temporalio.client import Client as TemporalClient
from temporalio.contrib.pydantic import pydantic_data_converter

from bench.bulk import fill
from bench.load import Client, Timings, closed_loop, connected, start_many
from bench.plan import Figures, Plan
from bench.sides import Product
from bench.statistics import Ratio, ratio, summary
from bench.tables import middle
from workflows import contracts
from workflows.reconciliation_contract import RECONCILIATION_TYPE, Reconciled

CLIENTS: Final = 20
RAMP_SECONDS: Final = 3.0
WARM_UP: Final = 20
"""Whole requests before anything is measured."""
STATISTICS_SECONDS: Final = 2.0
"""After this long PostgreSQL has counted what was read."""
_SQL_SECONDS: Final = 3600

_OF_YEARS_AGO: Final = (
    "UPDATE runs SET status = 'completed' WHERE status = 'in_progress'",
    "UPDATE assignments SET state = 'approved', closed_at = opened_at WHERE state = 'open'",
    "UPDATE purchase_requests SET process_status = 'completed' WHERE process_status IN ('in_progress', 'returned')",
    """INSERT INTO purchasing_events (event_id, request_id, occurred_at, body, applied, received_at)
       SELECT 'bulk ' || number, id, created_at, jsonb_build_object('purchase_status', purchase_status, 'lines', '[]'::jsonb), true, created_at
       FROM purchase_requests WHERE purchase_status IS NOT NULL""",
    """INSERT INTO receipts (event_id, line_id, kind, request_id, quantity, occurred_at)
       SELECT e.event_id, l.id, 'received', e.request_id, l.quantity, e.occurred_at
       FROM purchasing_events e JOIN purchase_request_lines l USING (request_id)""",
    """UPDATE purchase_request_lines l SET quantity_received = s.quantity FROM receipts s WHERE s.line_id = l.id""",
    """UPDATE runs SET purchasing = jsonb_build_object(
           'status', jsonb_build_object('value', e.body ->> 'purchase_status', 'occurred_at', e.occurred_at, 'event_id', e.event_id),
           'lines', jsonb_build_object(s.line_id, jsonb_build_object('value', s.quantity::text, 'occurred_at', s.occurred_at,
               'event_id', s.event_id)))
       FROM purchasing_events e JOIN receipts s USING (event_id) WHERE e.request_id = runs.request_id""",
    "VACUUM ANALYZE",
)
"""What was filled in is over: nothing of it has a run, and what was reported stands in the ledger."""

_LARGE: Final = (
    *("purchase_requests", "purchase_request_lines", "runs", "rounds", "assignments"),
    *("timeline", "outbox", "receipts", "purchasing_events"),
)
_SCANNED: Final = "SELECT relname, seq_tup_read AS rows FROM pg_stat_user_tables WHERE relname = ANY ($1)"


async def run(plan: Plan) -> Figures:
    """The product, beside itself without a pass."""
    sizes = plan.sizes
    side = Product(plan.stores / Product.name)
    try:
        await side.start()
        plan.say(f"reconciler: the CRM with {sizes.reconciler_requests:,} requests")
        await fill(side.database_url, sizes.reconciler_requests)
        connection = await asyncpg.connect(side.database_url, command_timeout=_SQL_SECONDS)
        for statement in _OF_YEARS_AGO:
            await connection.execute(statement)
        async with connected(side.url) as client:
            for _ in range(WARM_UP):
                await client.whole_request(Timings())
            plan.say(f"reconciler: {sizes.reconciler_open:,} open requests")
            await start_many(client, sizes.reconciler_open, [])
            await side.settle()
            passes = Passes(await TemporalClient.connect(side.temporal.address, data_converter=pydantic_data_converter))
            plan.say("reconciler: a pass, while nobody decides")
            scanned = await _scanned(connection, passes)
            rounds = [await _round(plan, client, passes, number) for number in range(sizes.rounds)]
        made = await connection.fetch(
            "SELECT extract(epoch FROM ended_at - started_at)::float AS seconds, compared FROM reconciliations ORDER BY started_at"
        )
        await connection.close()
    finally:
        side.stop()
    return {
        "requests": sizes.reconciler_requests,
        "open": sizes.reconciler_open,
        "clients": CLIENTS,
        "scanned": scanned,
        "mended": passes.mended,
        "waiting": passes.waiting,
        "seconds": [round(one["seconds"], 1) for one in made],
        "compared": json.loads(made[0]["compared"]),
        "rounds": rounds,
        "ratios": {
            "throughput": vars(_compared(rounds, "requests_per_second")),
            **{f"decision {p}": vars(_compared(rounds, "decision", p)) for p in ("p50", "p99")},
        },
    }


class Passes:
    """Has passes made.

    Args:
        temporal: the engine.
    """

    def __init__(self, temporal: TemporalClient) -> None:
        self.mended = 0
        self.waiting = 0
        self._temporal = temporal
        self._numbers = count()

    async def make(self) -> None:
        """One."""
        reconciled = await self._temporal.execute_workflow(
            RECONCILIATION_TYPE,
            id=f"bench-reconciliation-{next(self._numbers)}",
            task_queue=contracts.TASK_QUEUE,
            result_type=Reconciled,
        )
        self.mended += reconciled.mended
        self.waiting = max(self.waiting, reconciled.waiting)

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[None]:
        """One after the other while the block runs; the last one comes to its end."""
        wanted = True

        async def on_and_on() -> None:
            while wanted:
                await self.make()

        making = asyncio.create_task(on_and_on())
        try:
            yield
        finally:
            wanted = False
            await making


async def _scanned(connection: asyncpg.Connection[Any], passes: Passes) -> dict[str, int]:
    """One pass; how many rows of large tables were read by going through a whole table, by table."""
    before = {row["relname"]: row["rows"] for row in await connection.fetch(_SCANNED, list(_LARGE))}
    await passes.make()
    await asyncio.sleep(STATISTICS_SECONDS)
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    after = {row["relname"]: row["rows"] for row in await connection.fetch(_SCANNED, list(_LARGE))}
    return {name: after[name] - before[name] for name in after if after[name] > before[name]}


async def _round(plan: Plan, client: Client, passes: Passes, number: int) -> dict[str, Any]:
    """Decisions without a pass and beside passes; which comes first changes from round to round."""
    found: dict[str, Any] = {}
    for phase in ("without", "with") if number % 2 == 0 else ("with", "without"):
        async with passes.beside() if phase == "with" else nullcontext():
            timings = await closed_loop(client, CLIENTS, plan.sizes.reconciler_seconds, ramp=RAMP_SECONDS)
        found[phase] = {
            "requests_per_second": round(timings.requests_per_second, 2),
            "decision": summary(timings.decisions),
        }
    plan.say(f"reconciler, round {number + 1}: {found}")
    return found


def _compared(rounds: Sequence[dict[str, Any]], *path: str) -> Ratio:
    """A figure beside passes to the same without."""
    of = {phase: [float(middle([one[phase]], *path) or 0) for one in rounds] for phase in ("with", "without")}
    return ratio(of["with"], of["without"])
