"""The second story: finance and technology look at a request at the same time, with votes, line by line, and asked again only
where it concerns them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from demo.desk import NOTHING, Desk, Line

ORDER = "DH-2026-0424"
PROCESS = "purchase-approval-parallel"


@dataclass
class Review(Desk):
    """Plays a request through the process with a parallel review."""

    def play(self) -> Iterator[Line]:
        """Play it, a line at a time; the CRM is connected to what it was connected to, after it.

        Raises:
            StoryError: the system did not do what it should.
        """
        before = self._call("admin1", "GET", "/connection")
        connection = self._call("admin1", "PUT", "/connection", {"process_key": PROCESS})
        yield Line(
            "admin1",
            "kết nối CRM với quy trình thẩm định song song",
            "connects the CRM to the process with a parallel review",
            NOTHING,
            f"{connection['process_key']} v{connection['process_version']}",
        )
        order = self._call("sales1", "GET", f"/sales-orders?q={ORDER}")["items"][0]
        draft = self._call("sales1", "GET", f"/sales-orders/{order['id']}/purchase-request-draft")
        request = self._call("sales1", "POST", "/purchase-requests", {**draft, "send": {}}, expected=201)
        number = request["number"]
        yield self._line(request, "sales1", f"tạo và gửi {number} từ {ORDER}", f"makes and sends {number} from {ORDER}")
        yield from self._first_round(request)
        yield from self._second_round(request)
        if before["connected"]:
            self._call("admin1", "PUT", "/connection", {"process_key": before["process_key"]})

    def _first_round(self, request: dict[str, Any]) -> Iterator[Line]:
        now = self._act(request, "manager1", "approve", {"step": "manager"})
        both = ", ".join(now["run"]["open_steps"])
        yield self._line(now, "manager1", "duyệt: hai nhánh cùng mở", "approves: two branches open", both)
        now = self._act(request, "admin1", "approve", {"step": "technical"})
        yield self._line(now, "admin1", "duyệt phần kỹ thuật", "approves the technical part")
        note = "Giao về chi nhánh Đà Nẵng"
        now = self._act(request, "manager2", "reject", {"step": "finance", "note": note})
        yield self._line(now, "manager2", "trả lại từ hội đồng tài chính", "returns it from the finance board", note)

    def _second_round(self, request: dict[str, Any]) -> Iterator[Line]:
        edited = self._edit(self._get(request), delivery_address="Số 2 Quang Trung, Đà Nẵng")
        steps = self._call("sales1", "GET", f"/purchase-requests/{request['id']}/approval-preview")["steps"]
        outcomes = ", ".join(f"{step['key']}: {step['outcome']}" for step in steps)
        yield self._line(edited, "sales1", "sửa địa điểm giao; xem trước", "edits the address; previews", outcomes)
        now = self._act(request, "sales1", "send", {})
        yield self._line(now, "sales1", "gửi lại, lượt 2", "resends it, round 2")
        now = self._act(request, "manager1", "approve", {"step": "manager"})
        technical = next(step for step in now["run"]["steps"][1]["steps"] if step["key"] == "technical")
        remark = f"kỹ thuật / technical: {technical['assignments'][0]['state']}"
        yield self._line(
            now, "manager1", "duyệt; duyệt kỹ thuật vẫn giữ", "approves; the technical approval holds", remark
        )
        for who in ("manager2", "purchasing1"):
            now = self._act(request, who, "approve", {"step": "finance"})
            vote = now["run"]["steps"][1]["steps"][0]["vote"]
            count = f"{vote['approved']}/{vote['needed']}"
            yield self._line(now, who, f"bỏ phiếu tài chính: {count}", f"votes for finance: {count}")
        first = now["lines"][0]
        lines = {first["id"]: {"decision": "return", "note": "Kho còn màn hình, xem lại số lượng"}}
        now = self._act(request, "director1", "approve", {"step": "director", "lines": lines})
        (child,) = self._get(request)["children"]
        yield self._line(
            now,
            "director1",
            f"duyệt, trả lại dòng {first['product_code']} thành {child['number']}",
            f"approves, and returns {first['product_code']}, which becomes {child['number']}",
        )
