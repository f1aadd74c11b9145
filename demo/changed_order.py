"""An order that changes in AMIS while its request is being approved; played where the system is connected to the stand-in for AMIS."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from approval.order_changes import HoldChoice
from demo.desk import NOTHING, PROCESS, Desk, Line, StoryError, refused
from embedded.amis.server import PREFIX
from embedded.amis.setting import CLIENT_ID, CLIENT_SECRET, OWNERS, WRITTEN_BACK
from purchase_approval_client import expect
from purchase_approval_client.generated.api.connectors import show_amis, sync_amis
from purchase_approval_client.generated.api.purchase_requests import resolve_hold
from purchase_approval_client.generated.models import AmisView, PurchaseRequest, ResolveHold, SyncOrder

WAIT_SECONDS = 90.0
"""A pass over AMIS may be under way; the next one takes what has changed meanwhile."""
ORDERED, CHANGED = "4", "6"
_GOODS = "2"
"""The stand-in's number of what is ordered."""

Found = TypeVar("Found")


@dataclass
class ChangedOrder(Desk):
    """Plays an order of AMIS that changes, and holds its request until the owner has answered."""

    async def play(self) -> AsyncIterator[Line]:
        """Play it, a line at a time; nothing where no stand-in is connected, or it does not run any more.

        Raises:
            ProblemError, StoryError: the system did not do what it should.
        """
        admin = await self.people.get("admin1")
        amis = expect(AmisView, await show_amis.asyncio(client=admin.api))
        if not (amis.connected and amis.enabled and amis.client_id == CLIENT_ID):
            return
        address = (amis.address or "").removesuffix(PREFIX)
        async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as stand_in:
            try:
                await stand_in.get("/")
            except httpx.ConnectError:
                return
            async with self._connected_to(PROCESS):
                async for line in self._play(stand_in):
                    yield line

    async def _play(self, stand_in: httpx.AsyncClient) -> AsyncIterator[Line]:
        await stand_in.post("/orders", data={"owner": OWNERS[0], "goods": _GOODS, "amount": ORDERED})
        new = await self._row(stand_in, "SaleOrders?page=0&pageSize=1")
        number, order_id = new["sale_order_no"], new["id"]
        await self._until(lambda: self._order(number))
        yield Line("AMIS", f"có đơn hàng mới {number}, đã đọc về", f"has a new order, {number}, which is read", NOTHING)
        request = await self._make("sales1", {**await self._draft(number), "send": {}})
        yield self._line(
            request, "sales1", f"tạo và gửi {request.number} từ {number}", f"makes and sends {request.number}"
        )
        await stand_in.post(f"/orders/{order_id}/change", data={"amount": CHANGED})
        held = await self._until(lambda: self._held(request))
        yield self._line(
            held,
            "AMIS",
            f"số lượng của đơn {ORDERED} → {CHANGED}: yêu cầu tạm giữ",
            f"quantity of the order {ORDERED} → {CHANGED}: the request is held",
        )
        problem = await refused(self._approve(request, "manager1", "manager"))
        yield self._line(held, "manager1", "thử duyệt: đang tạm giữ", "tries to approve it: it is held", problem.detail)
        note = f"Đợt này chỉ mua {ORDERED}"
        owner = await self.people.get("sales1")
        body = ResolveHold.from_dict({"choice": HoldChoice.KEEP.value, "note": note})
        kept = expect(PurchaseRequest, await resolve_hold.asyncio(request.id, client=owner.api, body=body))
        yield self._line(kept, "sales1", "giữ nguyên yêu cầu", "keeps the request as it is", f"ghi chú / note: {note}")
        yield self._line(await self._approve(request, "manager1", "manager"), "manager1", "duyệt", "approves")
        told = await self._until(lambda: self._told(stand_in, order_id))
        yield Line("AMIS", f"đơn {number} được ghi thêm", f"the order {number} is told", NOTHING, told)

    async def _held(self, request: PurchaseRequest) -> PurchaseRequest | None:
        """The request, once it is held."""
        found = await self._get(request)
        return found if found.run and found.run.hold else None

    async def _told(self, stand_in: httpx.AsyncClient, order_id: int) -> str | None:
        """What an order of AMIS says of its request, once it says so."""
        row = await self._row(stand_in, f"SaleOrders/id?ids={order_id}")
        says = [str(row[name]) for name in (WRITTEN_BACK["number"], WRITTEN_BACK["status"]) if row.get(name)]
        return ": ".join(says) or None

    async def _row(self, stand_in: httpx.AsyncClient, path: str) -> dict[str, Any]:
        """The first row that AMIS gives."""
        access = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        token = (await stand_in.post(f"{PREFIX}/Account", json=access)).json()["data"]
        headers = {"Authorization": f"Bearer {token}", "Clientid": CLIENT_ID}
        rows = (await stand_in.get(f"{PREFIX}/{path}", headers=headers)).json()["data"]
        if not rows:
            raise StoryError(f"AMIS has nothing at {path}")
        row: dict[str, Any] = rows[0]
        return row

    async def _until(self, look: Callable[[], Awaitable[Found | None]]) -> Found:
        """What there is once AMIS was read; it is read until then."""
        admin = await self.people.get("admin1")
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            expect(AmisView, await sync_amis.asyncio(client=admin.api, body=SyncOrder()))
            for _ in range(4):
                found = await look()
                if found is not None:
                    return found
                await asyncio.sleep(0.5)
        raise StoryError("AMIS was read, and nothing has come of it")
