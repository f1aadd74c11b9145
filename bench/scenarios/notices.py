"""Notices: what telling everybody costs those who decide, and how fast what is to be told goes out.

With a mail server, a webhook and a chat that take everything; without, the workflow that tells is kept from running. Both take
turns on the same processes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any, Final

import asyncpg
from aiohttp import web
from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session
from temporalio.client import Client as TemporalClient
from temporalio.service import RPCError

from bench.load import Client, connected, decide_one_by_one, start_many
from bench.plan import Figures, Plan
from bench.sides import Product
from bench.statistics import ratio, slope, summary
from embedded.processes import free_port
from workflows import contracts
from workflows.notice_contract import NOTICES_ID, NOTICES_TYPE

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


class Receivers:
    """A mail server, a webhook and a chat that take everything and count it."""

    def __init__(self) -> None:
        self.mails = 0
        self.calls: dict[str, int] = {"/hook": 0, "/chat": 0}
        self.smtp_port, self.http_port = free_port(), free_port()

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's own
        """A mail."""
        self.mails += 1
        return "250 taken"

    async def called(self, request: web.Request) -> web.Response:
        """A delivery."""
        await request.read()
        self.calls[request.path] += 1
        return web.Response(text="ok")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Take what comes while the block runs."""
        smtp = UnthreadedController(self, hostname="127.0.0.1", port=self.smtp_port, loop=asyncio.get_running_loop())
        app = web.Application()
        app.add_routes([web.post(path, self.called) for path in self.calls])
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.http_port).start()
        smtp.server = await smtp._create_server()
        try:
            yield
        finally:
            smtp.server.close()
            await runner.cleanup()


class Telling(Product):
    """The product with everything by which people and systems are told.

    Args:
        receivers: where that goes.
    """

    def __init__(self, directory: Any, receivers: Receivers) -> None:
        super().__init__(directory)
        self._receivers = receivers

    def _environment(self) -> dict[str, str]:
        return {
            **super()._environment(),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self._receivers.smtp_port),
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
        address = f"http://127.0.0.1:{self._receivers.http_port}"
        for kind, path in (("webhook", "/hook"), ("slack", "/chat")):
            body = {"kind": kind, "name": kind, "address": address + path}
            await client.call("POST", "/webhook-endpoints", body, user="admin1")


async def run(plan: Plan) -> Figures:
    """One system, told on and not, in turns; then a backlog."""
    receivers = Receivers()
    side = Telling(plan.stores / Product.name, receivers)
    async with receivers.listening():
        try:
            await side.start()
            temporal = await TemporalClient.connect(side.temporal.address)
            async with connected(side.url) as client:
                plan.say("notices: decisions, told on and not")
                rounds = await _decisions(plan, side, client, temporal)
                plan.say("notices: a backlog")
                backlog = await _backlog(plan, side, client, temporal, receivers)
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
    for _ in range(plan.sizes.rounds):
        found = {}
        for name in ("quiet", "told"):
            ids: list[str] = []
            await (_hush(temporal) if name == "quiet" else _tell(temporal))
            await start_many(client, WARM_UP + plan.sizes.notice_decisions, ids)
            await side.settle()
            found[name] = summary((await decide_one_by_one(client, ids))[WARM_UP:])
        plan.say(f"  {found}")
        rounds.append(found)
    return rounds


async def _backlog(
    plan: Plan, side: Telling, client: Client, temporal: TemporalClient, receivers: Receivers
) -> dict[str, Any]:
    """How long it takes until very many events have been told on and delivered, and what the worker's memory does."""
    await _tell(temporal)
    ids: list[str] = []
    await start_many(client, REQUESTS, ids)
    await side.settle()
    await _hush(temporal)
    before, mails = sum(receivers.calls.values()), receivers.mails
    each = plan.sizes.notice_events // REQUESTS
    connection = await asyncpg.connect(side.database_url, command_timeout=600)
    await connection.execute(_EVENTS, each, ids)
    events = await connection.fetchval("SELECT count(*) FROM outbox WHERE dispatched_at IS NULL")
    memory: list[tuple[float, float]] = []
    told = None
    await _tell(temporal)
    begun = monotonic()
    while sum(receivers.calls.values()) - before < 2 * events and monotonic() - begun < LIMIT_SECONDS:
        if told is None and not await connection.fetchval("SELECT count(*) FROM outbox WHERE dispatched_at IS NULL"):
            told = monotonic() - begun
        memory.append((monotonic() - begun, side.memory()["worker"]))
        await asyncio.sleep(SAMPLED_EVERY)
    seconds = monotonic() - begun
    await connection.close()
    delivered = sum(receivers.calls.values()) - before
    return {
        "events": events,
        "told_per_second": round(events / (told or seconds), 1),
        "deliveries": delivered,
        "drained_per_second": round(events / seconds, 1) if delivered >= 2 * events else 0.0,
        "mails": receivers.mails - mails,
        "worker_mib": [round(memory[0][1], 1), round(memory[-1][1], 1)],
        "worker_mib_per_minute": round(60 * slope(memory), 2) if len(memory) > 1 else 0.0,
    }


async def _hush(temporal: TemporalClient) -> None:
    """Keep the workflow that tells from running: another one, which does nothing, has its id."""
    with suppress(RPCError):
        await temporal.get_workflow_handle(NOTICES_ID).terminate()
    await temporal.start_workflow("Nothing", id=NOTICES_ID, task_queue="nobody")


async def _tell(temporal: TemporalClient) -> None:
    """Have it run."""
    with suppress(RPCError):
        await temporal.get_workflow_handle(NOTICES_ID).terminate()
    await temporal.start_workflow(NOTICES_TYPE, id=NOTICES_ID, task_queue=contracts.TASK_QUEUE)
