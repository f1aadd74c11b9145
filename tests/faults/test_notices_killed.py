"""Workers die while a thousand events go out: whoever keeps ids has each exactly once, and in order within a request."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from uuid import UUID

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from approval.effects import Event, EventType
from crm import outbox
from tests.clients import ApiClient
from tests.faults.system import System, eventually
from tests.notices.receiver import Received, answer, receiving

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

REQUESTS, EVENTS_OF_EACH = 50, 20
KILLS = 4


async def test_a_thousand_events_arrive_once_and_in_order_although_workers_are_killed(
    system: System, http: httpx.AsyncClient, sales: ApiClient
) -> None:
    admin = await ApiClient.signed_in(http, "admin1")
    requests = [(await sales.create())["id"] for _ in range(REQUESTS)]
    async with receiving() as receiver:
        receiver.respond = told = Unreliable()
        made = await admin.call(
            "POST", "/webhook-endpoints", {"kind": "webhook", "name": "ERP", "address": receiver.address}
        )
        assert made.status_code == 201, made.text
        endpoint = made.json()
        async with system.database() as connection:
            for _ in range(EVENTS_OF_EACH):
                for request_id in requests:
                    event = Event(type=EventType.COMMENT_ADDED, facts={"actor": "sales1"})
                    await outbox.add(connection, UUID(request_id), [event])
        for kill in range(1, KILLS + 1):
            await arrived(told, kill * REQUESTS * EVENTS_OF_EACH // (KILLS + 1))
            await system.kill("worker")
            await system.start("worker")

        async def all_taken() -> bool:
            waiting = "SELECT count(*) AS waiting FROM deliveries WHERE endpoint_id = $1 AND outcome IS DISTINCT FROM 'delivered'"
            (row,) = await system.rows(waiting, UUID(endpoint["id"]))
            return len(told.taken) == REQUESTS * EVENTS_OF_EACH and not row["waiting"]

        await eventually(all_taken)
        assert (await admin.call("DELETE", f"/webhook-endpoints/{endpoint['id']}")).status_code == 204
    once = list(told.taken.values())
    print(f"{len(once)} events were taken; {told.repeated} calls brought again what was known by its id")
    for call in once:
        Webhook(endpoint["secret"]).verify(call.body, dict(call.headers))
    for request_id in requests:
        order = [call.data["sequence"] for call in once if call.data["request_id"] == request_id]
        assert len(order) == EVENTS_OF_EACH
        assert all(after == before + 1 for before, after in pairwise(order))


class Unreliable:
    """Takes a moment for each call, refuses some that it has not seen before, and keeps the first of each id that it took."""

    def __init__(self) -> None:
        self.taken: dict[str, Received] = {}
        self.calls = 0
        self._refused: set[str] = set()

    async def __call__(self, call: Received, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        self.calls += 1
        refuse = call.data["sequence"] % 7 == 3 and call.id not in self._refused
        if refuse:
            self._refused.add(call.id)
        else:
            self.taken.setdefault(call.id, call)
        writer.write(answer(500 if refuse else 200))

    @property
    def repeated(self) -> int:
        """How often it was told what it had."""
        return self.calls - len(self._refused) - len(self.taken)


async def arrived(receiver: Unreliable, count: int) -> None:
    """Wait until so much was taken."""

    async def enough() -> bool:
        return len(receiver.taken) >= count

    await eventually(enough)
