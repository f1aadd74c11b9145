"""Connectors: how fast the orders of AMIS CRM are taken in for the first time, what the worker's memory does meanwhile, and what it
costs to follow them when nothing changes.

AMIS is the stand-in, a process of its own on the same machine. The worker follows it as it does anywhere: by the schedule of
the engine, through the API of AMIS, page after page.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final

import asyncpg

from bench.load import Client, connected
from bench.plan import Figures, Plan
from bench.sides import Product
from embedded.amis.orders import many
from embedded.amis.server import PREFIX
from embedded.amis.setting import CLIENT_ID, CLIENT_SECRET, OWNERS
from embedded.processes import free_port
from embedded.supervisor import answers

LIMIT_SECONDS: Final = 600.0
READY_SECONDS: Final = 60.0
SAMPLED_EVERY: Final = 0.5
LINES: Final = 3
"""Of an order."""


class Connected(Product):
    """The product beside a stand-in for AMIS.

    Args:
        directory: for its stores and logs.
        orders: how many the stand-in has.
    """

    def __init__(self, directory: Any, orders: int) -> None:
        super().__init__(directory)
        self._orders = orders
        self.amis_port = free_port(self.port)

    def _environment(self) -> dict[str, str]:
        return {
            **super()._environment(),
            "ENCRYPTION_KEYS": "k" * 40,
            "CONNECTOR_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
        }

    async def prepare(self, client: Client) -> None:
        """See ``Side``."""
        await super().prepare(client)
        folder = self.directory / "amis"
        folder.mkdir()
        rows = many(OWNERS[:2], self._orders, newest=datetime.now(UTC), apart=timedelta(minutes=1), lines=LINES)
        (folder / "orders.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        own = {"AMIS_PORT": str(self.amis_port), "AMIS_DIRECTORY": str(folder)}
        process = self.python("amis", ["-m", "embedded.amis"], own)
        self.processes["amis"] = process
        process.start(lambda: answers(self.amis_port, "/"), READY_SECONDS)

    @property
    def access(self) -> dict[str, str]:
        """How the stand-in is reached, as ``PUT /connectors/amis`` takes it."""
        address = f"http://127.0.0.1:{self.amis_port}{PREFIX}"
        return {"address": address, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


async def run(plan: Plan) -> Figures:
    """One first import, then passes that find nothing."""
    orders = plan.sizes.connector_orders
    side = Connected(plan.stores / Product.name, orders)
    try:
        await side.start()
        connection = await asyncpg.connect(side.database_url, command_timeout=60)
        async with connected(side.url) as client:
            plan.say(f"connectors: {orders:,} orders are taken in")
            first = await _first_import(side, client, connection)
            plan.say(f"  {first}")
            plan.say("connectors: nothing changes")
            await client.call("POST", "/connectors/amis/sync", {}, user="admin1", expect=(202,))
            idle = await _ended(connection, "changes")
        taken = await connection.fetchval("SELECT count(*) FROM sources WHERE system = 'amis' AND type = 'sales_order'")
        await connection.close()
    finally:
        side.stop()
    return {"orders": orders, "lines": LINES, "taken": taken, "first": first, "idle": {"calls": idle["calls"]}}


async def _first_import(side: Connected, client: Client, connection: asyncpg.Connection[Any]) -> dict[str, Any]:
    """How long it takes, and what the worker's memory is meanwhile."""
    await side.settle()
    before = side.memory()["worker"]
    await client.call("PUT", "/connectors/amis", side.access, user="admin1")
    memory: list[tuple[int, float]] = []
    ending = asyncio.create_task(_ended(connection, "first"))
    sampling = await asyncpg.connect(side.database_url)
    while not ending.done():
        read = await sampling.fetchval("SELECT max(read) FROM connector_syncs") or 0
        memory.append((read, side.memory()["worker"]))
        await asyncio.sleep(SAMPLED_EVERY)
    await sampling.close()
    sync = await ending
    seconds = (sync["ended_at"] - sync["begun_at"]).total_seconds()
    half = sync["read"] / 2
    early = max((mib for read, mib in memory if read <= half), default=before)
    late = max((mib for read, mib in memory if read > half), default=early)
    return {
        "seconds": round(seconds, 2),
        "per_second": round(sync["made"] / seconds, 1),
        "calls": sync["calls"],
        "worker_mib": {"before": before, "first half": early, "second half": late},
    }


async def _ended(connection: asyncpg.Connection[Any], kind: str) -> asyncpg.Record:
    """The first pass of a kind, when it has ended.

    Raises:
        TimeoutError: it has not within ``LIMIT_SECONDS``.
    """
    limit = monotonic() + LIMIT_SECONDS
    while monotonic() < limit:
        row: asyncpg.Record | None = await connection.fetchrow(
            "SELECT * FROM connector_syncs WHERE kind = $1 AND ended_at IS NOT NULL ORDER BY id DESC LIMIT 1", kind
        )
        if row is not None:
            return row
        await asyncio.sleep(SAMPLED_EVERY)
    raise TimeoutError(f"no pass of the kind {kind} has ended")
