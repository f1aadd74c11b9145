"""The story of the source document, as steps of people who use the API, and what each system shows after each."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from approval.values import money_text
from demo.desk import NOTHING, Desk, Line

ORDER = "DH-2026-0412"


@dataclass
class Story(Desk):
    """Plays a request from an order to received goods."""

    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def play(self) -> Iterator[Line]:
        """Play it, a line at a time.

        Raises:
            StoryError: the system did not do what it should.
        """
        yield from self._connect()
        request = yield from self._make_and_send()
        yield from self._return_and_resend(request)
        yield from self._approve(request)
        yield from self._receive(request)
        yield from self._endings()

    def _connect(self) -> Iterator[Line]:
        connection = self._call("admin1", "PUT", "/connection", {"process_key": "purchase-approval"})
        yield Line(
            "admin1",
            "kết nối CRM với quy trình mua hàng",
            "connects the CRM to the purchase process",
            NOTHING,
            f"{connection['process_key']} v{connection['process_version']}",
        )

    def _make_and_send(self) -> Generator[Line, None, dict[str, Any]]:
        orders = self._call("sales1", "GET", f"/sales-orders?q={ORDER}")["items"]
        order = orders[0]
        draft = self._call("sales1", "GET", f"/sales-orders/{order['id']}/purchase-request-draft")
        request = self._call("sales1", "POST", "/purchase-requests", draft, expected=201)
        yield self._line(
            request, "sales1", f"tạo {request['number']} từ đơn hàng {ORDER}", f"makes {request['number']} from {ORDER}"
        )
        preview = self._call("sales1", "GET", f"/purchase-requests/{request['id']}/approval-preview")
        people = " → ".join(
            "/".join(person["username"] for person in step["approvers"])
            for step in preview["steps"]
            if not step["skipped"]
        )
        sent = self._act(request, "sales1", "send", {})
        yield self._line(sent, "sales1", "gửi yêu cầu", "sends it", f"người duyệt / approvers: {people}")
        return sent

    def _return_and_resend(self, request: dict[str, Any]) -> Iterator[Line]:
        refused = self._attempt(request, "sales1", "approve", {"step": "manager"})
        yield self._line(
            self._get(request), "sales1", "thử tự duyệt: bị từ chối", "tries to approve it: refused", refused["code"]
        )
        note = "Kho còn 2 máy, giảm số lượng giúp tôi"
        now = self._act(request, "manager1", "reject", {"step": "manager", "note": note})
        yield self._line(now, "manager1", "trả lại", "returns it", f"ghi chú / note: {note}")
        lines = [{name: line[name] for name in _EDITED} for line in now["lines"]]
        lines[0]["quantity"] = "9"
        edited = self._edit(now, lines=lines)
        yield self._line(edited, "sales1", "sửa số lượng 10 → 9", "edits the quantity 10 → 9")
        yield self._line(self._act(request, "sales1", "send", {}), "sales1", "gửi lại, lượt 2", "resends it, round 2")
        now = self._act(request, "sales1", "recall", {"note": "Khách đổi ngày giao"})
        yield self._line(now, "sales1", "thu hồi", "recalls it", "ghi chú / note: Khách đổi ngày giao")
        yield self._line(self._act(request, "sales1", "send", {}), "sales1", "gửi lại, lượt 3", "resends it, round 3")

    def _approve(self, request: dict[str, Any]) -> Iterator[Line]:
        line = request["lines"][0]
        changes = {"lines": [{"id": line["id"], "quantity": "8"}]}
        now = self._act(request, "manager1", "approve", {"step": "manager", "changes": changes})
        remark = f"đề xuất / proposed 8, CRM: {now['lines'][0]['quantity']}"
        yield self._line(now, "manager1", "duyệt, đề xuất số lượng 8", "approves, proposes quantity 8", remark)
        late = self._attempt(request, "manager1", "approve", {"step": "manager"})
        yield self._line(
            self._get(request),
            "manager1",
            "bấm duyệt lần nữa: bị từ chối",
            "presses approve again: refused",
            late["detail"],
        )
        now = self._act(request, "director1", "approve", {"step": "director", "note": "Đồng ý"})
        remark = f"CRM: {now['lines'][0]['quantity']}, {money_text(Decimal(now['total']), now['currency'])}"
        yield self._line(now, "director1", "duyệt cấp cuối", "gives the last approval", remark)

    def _receive(self, request: dict[str, Any]) -> Iterator[Line]:
        first, *others = self._get(request)["lines"]
        for status, received, vi, en, minute in (
            ("ordered", {}, "báo đã đặt hàng", "reports the goods as ordered", 1),
            (
                "partially_received",
                {first["id"]: "5"},
                "báo nhận 5 của mặt hàng đầu",
                "reports 5 of the first goods",
                3,
            ),
            (
                "received",
                {line["id"]: line["quantity"] for line in (first, *others)},
                "báo nhận đủ mọi mặt hàng",
                "reports all goods as received",
                5,
            ),
        ):
            self._call("purchasing1", "POST", "/purchasing/events", self._event(request, status, received, minute))
            yield self._line(self._get(request), "purchasing1", vi, en)
        late = self._call("purchasing1", "POST", "/purchasing/events", self._event(request, "ordered", {}, 2))
        yield self._line(
            self._get(request),
            "purchasing1",
            "một sự kiện cũ đến muộn: bỏ qua",
            "an old event comes late: ignored",
            f"applied={late['applied']} ({late.get('reason')})",
        )

    def _endings(self) -> Iterator[Line]:
        for action, who, body, vi, en in (
            (
                "reject",
                "manager1",
                {"step": "manager", "note": "Hết ngân sách", "end": True},
                "từ chối và kết thúc một yêu cầu khác",
                "rejects and ends another request",
            ),
            ("cancel", "sales2", {"note": "Khách hủy"}, "hủy một yêu cầu nữa", "cancels one more request"),
        ):
            body_of_request: dict[str, Any] = {
                "source": None,
                "purpose": "Mua bổ sung thiết bị",
                "lines": [{"product_code": "MON-27U", "unit": "Chiếc", "quantity": "2", "unit_price": "11450000"}],
                "send": {},
            }
            request = self._call("sales2", "POST", "/purchase-requests", body_of_request, expected=201)
            yield self._line(self._act(request, who, action, body), who, vi, en, request["number"])

    def _event(self, request: dict[str, Any], status: str, received: dict[str, str], minute: int) -> dict[str, Any]:
        """What purchasing reports ``minute`` minutes on; ``received`` has a quantity for each line id it names."""
        return {
            "event_id": str(uuid4()),
            "occurred_at": (self.began + timedelta(minutes=minute)).isoformat(),
            "request_number": request["number"],
            "purchase_status": status,
            "lines": [{"line_id": line, "quantity_received": quantity} for line, quantity in received.items()],
        }


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
