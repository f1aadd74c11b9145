"""Endpoints in tests: made as admins make them, told of events, and delivered to as the worker does, without its clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from standardwebhooks.webhooks import Webhook

from application.encryption import Encryption
from approval.effects import Event, EventType
from crm import deliveries, endpoints, outbox
from crm.endpoints import Endpoint
from crm.pool import Pool
from notices.delivering import EndpointDeliverer
from notices.dispatch import Dispatcher
from notices.endpoints import Calls, ToEndpoints, way_of
from notices.guard import Guard
from notices.sending import Sender
from tests.clients import ApiClient
from tests.notices.receiver import Received
from workflows.notice_contract import Left

KEY = "e" * 40
NETWORKS = (ip_network("127.0.0.0/8"),)
BASE_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Hooked:
    """An endpoint, and the worker's hand on it."""

    pool: Pool
    endpoint_id: UUID
    secret: str | None
    calls: Calls

    async def dispatch(self) -> None:
        """Tell on everything in the outbox."""
        dispatcher = Dispatcher(self.pool, [ToEndpoints(BASE_URL, ZoneInfo("Asia/Ho_Chi_Minh"))])
        while (await dispatcher.dispatch_some())[0]:
            pass

    async def deliver(self) -> Left:
        """Deliver what is due now."""
        return await EndpointDeliverer(self.pool, self.calls).deliver_due(way_of(self.endpoint_id), lambda: None)

    async def pass_time(self, time: timedelta) -> None:
        """Have everything happened so much earlier, as if time had passed."""
        await self.pool.execute("UPDATE deliveries SET next_try_at = next_try_at - $1::interval", time)
        await self.pool.execute(
            """UPDATE endpoints SET failing_since = failing_since - $1::interval,
                   previous_until = previous_until - $1::interval""",
            time,
        )

    async def stored(self) -> Endpoint:
        found = await endpoints.find(self.pool, self.endpoint_id)
        assert found is not None
        return found

    async def deliveries(self) -> Sequence[deliveries.Delivery]:
        """All of them, the oldest first."""
        return (await deliveries.page(self.pool, self.endpoint_id, limit=200, cursor=None)).items[::-1]

    def verify(self, received: Received, secret: str | None = None) -> Any:
        """What a receiver that follows Standard Webhooks reads."""
        return Webhook(secret or self.secret or "").verify(received.body, dict(received.headers))


@asynccontextmanager
async def hooked(admin: ApiClient, pool: Pool, address: str, **more: Any) -> AsyncIterator[Hooked]:
    """A webhook for as long as the block runs, or another kind."""
    body = {"kind": "webhook", "name": "ERP", "address": address, **more}
    answer = await admin.call("POST", "/webhook-endpoints", body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    async with aclosing(Sender(Guard(NETWORKS, plain_http=True))) as sender:
        yield Hooked(pool, UUID(made["id"]), made["secret"], Calls(Encryption(KEY), sender, BASE_URL))
    assert (await admin.call("DELETE", f"/webhook-endpoints/{made['id']}")).status_code == 204


async def happen(pool: Pool, request_id: str, *types: EventType, **facts: Any) -> None:
    """Something happens to a request, and is in the outbox."""
    async with pool.acquire() as connection, connection.transaction():
        events = [
            Event(type=one, facts={"actor": "manager1", "at": "2026-11-24T03:00:00+00:00", **facts}) for one in types
        ]
        await outbox.add(connection, UUID(request_id), events)
