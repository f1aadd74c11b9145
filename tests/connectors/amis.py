"""The stand-in for AMIS behind a real HTTP server on loopback, and what must be in the CRM after its orders were taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Network
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import uvicorn
from temporalio.client import Client
from temporalio.service import RPCError

from application.amis_fields import AmisFields
from application.encryption import Encryption
from connectors.amis.client import AmisClient, Patience
from connectors.amis.connecting import AmisConnecting
from connectors.amis.connector import AmisConnector
from connectors.amis.reading import Reader
from connectors.following import follow
from connectors.web import Web
from crm import connectors
from crm.pool import Pool
from embedded.amis.oddities import Oddities
from embedded.amis.orders import CANCELLED, Orders, many
from embedded.amis.pages import create_app
from embedded.amis.server import PREFIX, StandIn
from notices.guard import Guard
from workflows.connector_contract import SYNC_TYPE, schedule_id
from workflows.notice_contract import NOTICES_TYPE, notices_queue

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CLIENT_ID, CLIENT_SECRET = "an-phat", "a-secret-of-amis"
OWNERS = {"Nguyễn Văn An": "sales1", "Đỗ Ngọc Phương Linh": "sales2"}
LOOPBACK = Guard([IPv4Network("127.0.0.0/8")], plain_http=True)
IMPATIENT = Patience(tries=6, first=0.01, longest=0.02)
SECRETS = Encryption("e" * 40)


@dataclass
class Served:
    """A stand-in, and where it is."""

    stand_in: StandIn
    address: str
    webs: list[Web] = field(default_factory=list)
    """What was called with, to be closed."""

    @property
    def orders(self) -> Orders:
        return self.stand_in.orders

    @property
    def oddities(self) -> Oddities:
        return self.stand_in.oddities

    @property
    def calls(self) -> int:
        return sum(self.stand_in.calls.values())

    def has(self, count: int, *, apart: timedelta = timedelta(minutes=1), lines: int = 2) -> None:
        """Fill it with orders, the last of which changed just now."""
        self.orders.load(many(OWNERS, count, newest=datetime.now(UTC) - timedelta(seconds=1), apart=apart, lines=lines))

    def client(self, patience: Patience = IMPATIENT, **changes: str) -> AmisClient:
        access = {"address": self.address, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **changes}
        self.webs.append(Web(LOOPBACK))
        return AmisClient(self.webs[-1], patience=patience, **access)

    def connector(self) -> AmisConnector:
        return AmisConnector(self.client(), Reader(AmisFields(), ZONE))


@asynccontextmanager
async def serving(client_id: str = CLIENT_ID, client_secret: str = CLIENT_SECRET) -> AsyncIterator[Served]:
    """A stand-in without orders."""
    stand_in = StandIn(Orders(), client_id, client_secret)
    config = uvicorn.Config(create_app(stand_in), host="127.0.0.1", port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    served = Served(stand_in, f"http://127.0.0.1:{port}{PREFIX}")
    try:
        yield served
    finally:
        for web in served.webs:
            await web.close()
        server.should_exit = True
        await serving


async def connect(pool: Pool, served: Served) -> None:
    """Connect the CRM to a stand-in; whatever was read before is forgotten."""
    await forget(pool)
    await connectors.save(
        pool,
        "amis",
        address=served.address,
        client_id=CLIENT_ID,
        client_secret=SECRETS.encrypt(CLIENT_SECRET),
        hint_secret=None,
        fields={},
        write_back={},
        enabled=True,
        by="admin1",
    )


def connecting() -> AmisConnecting:
    """Reaches the stand-in by what the CRM has kept."""
    return AmisConnecting(SECRETS, LOOPBACK, ZONE, IMPATIENT)


async def follow_nothing(temporal_client: Client) -> None:
    """No pass is made, and none will be."""
    with suppress(RPCError):
        await temporal_client.get_schedule_handle(schedule_id("amis")).delete()
    running = f"WorkflowType = '{SYNC_TYPE}' AND ExecutionStatus = 'Running'"
    async for found in temporal_client.list_workflows(running):
        with suppress(RPCError):
            await temporal_client.get_workflow_handle(found.id).terminate()


@asynccontextmanager
async def telling(temporal_client: Client) -> AsyncIterator[None]:
    """What happens to requests is told on, as it is wherever a worker runs by itself."""
    name = f"notices-{uuid4().hex[:8]}"
    handle = await temporal_client.start_workflow(NOTICES_TYPE, id=name, task_queue=notices_queue())
    try:
        yield
    finally:
        await handle.terminate()


async def forget(pool: Pool) -> None:
    """Nothing of AMIS is known; requests that were made from its orders are made from nothing."""
    await pool.execute("DELETE FROM connectors")
    await pool.execute(
        """WITH ours AS (SELECT l.id FROM source_lines l JOIN sources s ON s.id = l.source_id WHERE s.system = 'amis')
           UPDATE purchase_request_lines SET source_line_id = NULL WHERE source_line_id IN (SELECT id FROM ours)"""
    )
    await pool.execute(
        "UPDATE purchase_requests SET source_id = NULL WHERE source_id IN (SELECT id FROM sources WHERE system = 'amis')"
    )
    await pool.execute("DELETE FROM sources WHERE system = 'amis'")


async def followed(pool: Pool, served: Served, connector: AmisConnector | None = None) -> str:
    """One pass to its end."""
    connector = connector or served.connector()
    try:
        return await follow(pool, connector, lambda: None)
    finally:
        await connector.close()


async def in_crm(pool: Pool) -> dict[str, dict[str, Any]]:
    """What the CRM has of AMIS's orders, by number, in the words of AMIS."""
    rows = await pool.fetch(
        """SELECT s.*, (SELECT jsonb_agg(jsonb_build_object('code', l.product_code, 'amount', l.quantity::text,
                   'price', l.unit_price::text, 'unit', l.unit, 'stock', l.warehouse) ORDER BY l.position)
               FROM source_lines l WHERE l.source_id = s.id AND l.gone_at IS NULL) AS lines
           FROM sources s WHERE s.system = 'amis' AND s.type = 'sales_order'"""
    )
    assert len({row["number"] for row in rows}) == len(rows)
    return {
        row["number"]: {
            "customer": row["customer"],
            "owner": row["owner"],
            "stage": row["stage"],
            "address": row["delivery_address"],
            "date": row["source_date"],
            "delivery": row["delivery_date"],
            "cancelled": row["cancelled_at"] is not None,
            "lines": [
                {**line, "amount": Decimal(line["amount"]), "price": Decimal(line["price"])}
                for line in row["lines"] or []
            ],
        }
        for row in rows
    }


def there(served: Served) -> dict[str, dict[str, Any]]:
    """What the stand-in has, in the same words."""

    def day(text: str) -> Any:
        return datetime.fromisoformat(text).astimezone(ZONE).date()

    return {
        row["sale_order_no"]: {
            "customer": row["account_name"],
            "owner": OWNERS[row["owner_name"]],
            "stage": row["status"],
            "address": row["shipping_address"],
            "date": day(row["sale_order_date"]),
            "delivery": day(row["delivery_date"]),
            "cancelled": row["status"] == CANCELLED,
            "lines": [
                {
                    "code": line["product_code"],
                    "amount": Decimal(line["amount"]),
                    "price": Decimal(line["price"]),
                    "unit": line["unit"],
                    "stock": line["stock_name"],
                }
                for line in row["sale_order_product_mappings"]
            ],
        }
        for row in served.orders.rows
    }
