"""Notices: what telling everybody costs those who decide, and how fast what is to be told goes out.

With a mail server, a webhook and a chat that take everything; without, the workflow that tells is kept from running. Both take
turns on the same processes.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic
from typing import Any, Final

import aiohttp
import asyncpg
from temporalio.client import Client as TemporalClient

from bench.load import Client, connected, decide_one_by_one, start_many
from bench.plan import Figures, Plan
from bench.receivers import HOOKS, HOST
from bench.sides import Product
from bench.statistics import ratio, slope, summary
from bench.telling import hush, tell
from embedded.processes import free_port

REQUESTS: Final = 500
"""Among which the events are that are drained."""
LIMIT_SECONDS: Final = 600.0
SAMPLED_EVERY: Final = 1.0
WARM_UP: Final = 10

# A reminder is told to one person, by bell and mail, and to the webhook and the chat.
_EVENTS = """
WITH each AS (
    UPDATE purchase_requests r SET event_sequence = event_sequence + $1 FROM assignments a
    WHERE a.request_id = r.id AND a.state = 'open' AND r.id = ANY ($2)
    RETURNING r.id, r.event_sequence - $1 AS told, a.id AS assignment_id, a.person, a.step
)
INSERT INTO outbox (id, request_id, sequence, type, facts)
SELECT gen_random_uuid(), each.id, told + n, 'assignment.reminded', jsonb_build_object('actor', '$system', 'action', 'remind',
    'at', now() + n * interval '1 second', 'step', step, 'person', person, 'assignment_id', assignment_id, 'round', 1)
FROM each, generate_series(1, $1::integer) n
"""


class Telling(Product):
    """The product with everything by which people and systems are told: a mail server, a webhook and a chat that take everything.
    As in production, those who decide do not share a process with what goes out."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._smtp_port, self._http_port = free_port(), free_port()
        self._address = f"http://{HOST}:{self._http_port}"

    def start_worker(self) -> None:
        """See ``OnTemporal``."""
        self.start_python("worker", ["worker.py", "runs"], self._environment())
        self.start_python("notices", ["worker.py", "notices"], self._environment())

    def start_api(self) -> None:
        """See ``Side``."""
        ports = [str(self._smtp_port), str(self._http_port)]
        self.start_python("receivers", ["-m", "bench.receivers", *ports], {}, port=self._http_port)
        super().start_api()

    def _environment(self) -> dict[str, str]:
        return {
            **super()._environment(),
            "SMTP_HOST": HOST,
            "SMTP_PORT": str(self._smtp_port),
            "SMTP_TLS": "none",
            "MAIL_FROM": "bench@example.com",
            "MAIL_GATHER_SECONDS": "1",
            "MAIL_QUIET_HOURS": "false",
            "ENCRYPTION_KEYS": "k" * 40,
            "WEBHOOK_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
        }

    async def prepare(self, client: Client) -> None:
        """See ``Side``."""
        await super().prepare(client)
        for kind, path in zip(("webhook", "slack"), HOOKS, strict=True):
            body = {"kind": kind, "name": kind, "address": self._address + path}
            await client.call("POST", "/webhook-endpoints", body, user="admin1")

    async def received(self) -> tuple[int, int]:
        """How many deliveries and mails came so far."""
        async with aiohttp.request("GET", f"{self._address}/counts") as response:
            counts = await response.json()
        return sum(counts[path] for path in HOOKS), counts["mails"]


async def run(plan: Plan) -> Figures:
    """One system, told on and not, in turns; then a backlog."""
    side = Telling(plan.stores / Product.name)
    try:
        await side.start()
        temporal = await TemporalClient.connect(side.temporal.address)
        async with connected(side.url) as client:
            plan.say("notices: decisions, told on and not")
            rounds = await _decisions(plan, side, client, temporal)
            plan.say("notices: a backlog")
            backlog = await _backlog(plan, side, client, temporal)
            plan.say(f"  {backlog}")
    finally:
        side.stop()
    ratios = {
        percent: vars(ratio([one["told"][percent] for one in rounds], [one["quiet"][percent] for one in rounds]))
        for percent in ("p50", "p99")
    }
    plan.say(f"  {ratios}")
    return {"rounds": rounds, "ratios": ratios, "backlog": backlog}


async def _decisions(
    plan: Plan, side: Telling, client: Client, temporal: TemporalClient
) -> list[dict[str, dict[str, float]]]:
    """Decisions one after the other, while everybody is told of everything and while nobody is."""
    rounds = []
    for number in range(2 * plan.sizes.rounds):
        found = {}
        for name in ("quiet", "told") if number % 2 else ("told", "quiet"):
            ids: list[str] = []
            await (hush(temporal) if name == "quiet" else tell(temporal))
            await start_many(client, WARM_UP + plan.sizes.notice_decisions, ids)
            await side.settle()
            found[name] = summary((await decide_one_by_one(client, ids))[WARM_UP:])
        plan.say(f"  {found}")
        rounds.append(found)
    return rounds


async def _backlog(plan: Plan, side: Telling, client: Client, temporal: TemporalClient) -> dict[str, Any]:
    """How long it takes until very many events have been told on and delivered, and what the worker's memory does."""
    await tell(temporal)
    ids: list[str] = []
    await start_many(client, REQUESTS, ids)
    await side.settle()
    await hush(temporal)
    before, mails_before = await side.received()
    each = plan.sizes.notice_events // REQUESTS
    connection = await asyncpg.connect(side.database_url, command_timeout=600)
    await connection.execute(_EVENTS, each, ids)
    events = await connection.fetchval("SELECT count(*) FROM outbox WHERE dispatched_at IS NULL")
    memory: list[tuple[float, float]] = []
    told = None
    await tell(temporal)
    begun = monotonic()
    delivered = mails = 0
    while delivered < 2 * events and monotonic() - begun < LIMIT_SECONDS:
        if told is None and not await connection.fetchval("SELECT count(*) FROM outbox WHERE dispatched_at IS NULL"):
            told = monotonic() - begun
        memory.append((monotonic() - begun, side.memory()["notices"]))
        await asyncio.sleep(SAMPLED_EVERY)
        deliveries, mails = await side.received()
        delivered = deliveries - before
    seconds = monotonic() - begun
    await connection.close()
    return {
        "events": events,
        "told_per_second": round(events / (told or seconds), 1),
        "deliveries": delivered,
        "drained_per_second": round(events / seconds, 1) if delivered >= 2 * events else 0.0,
        "mails": mails - mails_before,
        "worker_mib": [round(memory[0][1], 1), round(memory[-1][1], 1)],
        "worker_mib_per_minute": round(60 * slope(memory), 2) if len(memory) > 1 else 0.0,
    }
