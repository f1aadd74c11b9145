"""The story of the source document, as steps of people who use the API, and what each system shows after each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from approval.values import money_text
from demo.desk import NOTHING, PROCESS, Desk, Line, refused
from purchase_approval_client import expect
from purchase_approval_client.generated.api.purchasing import place_order
from purchase_approval_client.generated.models import (
    Applied,
    LineRecord,
    PlacedOrder,
    PurchaseOrderDraft,
    PurchaseRequest,
)

ORDER = "DH-2026-0412"


@dataclass
class Story(Desk):
    """Plays a request from an order to received goods."""

    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def play(self) -> AsyncIterator[Line]:
        """Play it, a line at a time.

        Raises:
            ProblemError, StoryError: the system did not do what it should.
        """
        async with self._connected_to(PROCESS) as connection:
            yield Line(
                "admin1",
                "kết nối CRM với quy trình mua hàng",
                "connects the CRM to the purchase process",
                NOTHING,
                f"{connection.process_key} v{connection.process_version}",
            )
            request = await self._make("sales1", await self._draft(ORDER))
            for scene in (self._made(request), self._returned_and_resent(request), self._approved(request)):
                async for line in scene:
                    yield line
            async for line in self._received(request):
                yield line
            async for line in self._endings():
                yield line

    async def _made(self, request: PurchaseRequest) -> AsyncIterator[Line]:
        number = request.number
        yield self._line(request, "sales1", f"tạo {number} từ đơn hàng {ORDER}", f"makes {number} from {ORDER}")
        preview = await (await self.people.get("sales1")).preview(request.id)
        people = " → ".join(
            "/".join(person.username for person in step.approvers) for step in preview.steps if not step.skipped
        )
        sent = await self._send(request)
        yield self._line(sent, "sales1", "gửi yêu cầu", "sends it", f"người duyệt / approvers: {people}")

    async def _returned_and_resent(self, request: PurchaseRequest) -> AsyncIterator[Line]:
        own = await refused(self._approve(request, "sales1", "manager"))
        yield self._line(
            await self._get(request), "sales1", "thử tự duyệt: bị từ chối", "tries to approve it: refused", own.code
        )
        note = "Kho còn 2 máy, giảm số lượng giúp tôi"
        now = await self._reject(request, "manager1", "manager", note)
        yield self._line(now, "manager1", "trả lại", "returns it", f"ghi chú / note: {note}")
        lines = [{name: value for name, value in line.to_dict().items() if name in _EDITED} for line in now.lines]
        lines[0]["quantity"] = "9"
        edited = await self._edit(now, lines=lines)
        yield self._line(edited, "sales1", "sửa số lượng 10 → 9", "edits the quantity 10 → 9")
        yield self._line(await self._send(request), "sales1", "gửi lại, lượt 2", "resends it, round 2")
        now = await self._recall(request, "Khách đổi ngày giao")
        yield self._line(now, "sales1", "thu hồi", "recalls it", "ghi chú / note: Khách đổi ngày giao")
        yield self._line(await self._send(request), "sales1", "gửi lại, lượt 3", "resends it, round 3")

    async def _approved(self, request: PurchaseRequest) -> AsyncIterator[Line]:
        first = (await self._get(request)).lines[0]
        changes = {"lines": [{"id": str(first.id), "quantity": "8"}]}
        now = await self._approve(request, "manager1", "manager", changes=changes)
        remark = f"đề xuất / proposed 8, CRM: {now.lines[0].quantity}"
        yield self._line(now, "manager1", "duyệt, đề xuất số lượng 8", "approves, proposes quantity 8", remark)
        late = await refused(self._approve(request, "manager1", "manager"))
        yield self._line(
            await self._get(request),
            "manager1",
            "bấm duyệt lần nữa: bị từ chối",
            "presses approve again: refused",
            late.detail,
        )
        now = await self._approve(request, "director1", "director", note="Đồng ý")
        remark = f"CRM: {now.lines[0].quantity}, {money_text(Decimal(now.total), now.currency)}"
        yield self._line(now, "director1", "duyệt cấp cuối", "gives the last approval", remark)

    async def _received(self, request: PurchaseRequest) -> AsyncIterator[Line]:
        first, *others = (await self._get(request)).lines
        await self._report(request, "ordered", {}, 1)
        yield self._line(await self._get(request), "purchasing1", "báo đã đặt hàng", "reports the goods as ordered")
        async for line in self._ordered(request, first, others):
            yield line
        everything = {str(line.id): line.quantity for line in (first, *others)}
        for status, received, vi, en, minute in (
            (
                "partially_received",
                {str(first.id): "5"},
                "báo nhận 5 của mặt hàng đầu",
                "reports 5 of the first goods",
                3,
            ),
            ("received", everything, "báo nhận đủ mọi mặt hàng", "reports all goods as received", 5),
        ):
            await self._report(request, status, received, minute)
            yield self._line(await self._get(request), "purchasing1", vi, en)
        late = await self._report(request, "ordered", {}, 2)
        yield self._line(
            await self._get(request),
            "purchasing1",
            "một sự kiện cũ đến muộn: bỏ qua",
            "an old event comes late: ignored",
            f"applied={late.applied} ({late.reason})",
        )

    async def _ordered(
        self, request: PurchaseRequest, first: LineRecord, others: Sequence[LineRecord]
    ) -> AsyncIterator[Line]:
        """Purchasing says by which orders the goods are bought; from then on nobody takes the request back."""
        year_and_number = request.number.partition("-")[2]
        buyer = await self.people.get("purchasing1")
        for number, supplier, bought in (
            (f"PO-{year_and_number}-A", "FPT Synnex", [first]),
            (f"PO-{year_and_number}-B", "Viễn Sơn", others),
        ):
            order = {
                "number": number,
                "supplier": supplier,
                "lines": [
                    {"request_number": request.number, "line_id": str(line.id), "quantity": line.quantity}
                    for line in bought
                ],
            }
            body = PurchaseOrderDraft.from_dict(order)
            expect(PlacedOrder, await place_order.asyncio(client=buyer.api, body=body))
            goods = ", ".join(f"{line.product_code} × {line.quantity}" for line in bought)
            yield self._line(
                await self._get(request),
                "purchasing1",
                f"đặt mua theo đơn {number}",
                f"buys by purchase order {number}",
                f"{supplier}: {goods}",
            )
        late = await refused(self._recall(request, "Khách hủy bớt"))
        yield self._line(
            await self._get(request),
            "sales1",
            "thử thu hồi: đã có đơn mua hàng",
            "tries to recall it: there are purchase orders",
            late.detail,
        )

    async def _endings(self) -> AsyncIterator[Line]:
        request = await self._another()
        now = await self._reject(request, "manager1", "manager", "Hết ngân sách", end=True)
        vi, en = "từ chối và kết thúc một yêu cầu khác", "rejects and ends another request"
        yield self._line(now, "manager1", vi, en, request.number)
        request = await self._another()
        now = await (await self.people.get("sales2")).cancel(request.id, "Khách hủy")
        yield self._line(now, "sales2", "hủy một yêu cầu nữa", "cancels one more request", request.number)

    async def _another(self) -> PurchaseRequest:
        body: dict[str, Any] = {
            "source": None,
            "purpose": "Mua bổ sung thiết bị",
            "lines": [{"product_code": "MON-27U", "unit": "Chiếc", "quantity": "2", "unit_price": "11450000"}],
            "send": {},
        }
        return await self._make("sales2", body)

    async def _report(self, request: PurchaseRequest, status: str, received: Mapping[str, str], minute: int) -> Applied:
        """Purchasing reports, ``minute`` minutes on; ``received`` has a quantity for each line id it names."""
        event = {
            "event_id": str(uuid4()),
            "occurred_at": (self.began + timedelta(minutes=minute)).isoformat(),
            "request_number": request.number,
            "purchase_status": status,
            "lines": [{"line_id": line, "quantity_received": quantity} for line, quantity in received.items()],
        }
        return await (await self.people.get("purchasing1")).report(event)


_EDITED = (
    "id",
    "source_line_id",
    "product_code",
    "description",
    "warehouse",
    "unit",
    "quantity",
    "unit_price",
    "supplier",
)
