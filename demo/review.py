"""The second story: finance and technology look at a request at the same time, with votes, line by line, and asked again only
where it concerns them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from demo.desk import NOTHING, Desk, Line, StoryError
from purchase_approval_client.generated.models import PurchaseRequest, StepView

ORDER = "DH-2026-0424"
PROCESS = "purchase-approval-parallel"


@dataclass
class Review(Desk):
    """Plays a request through the process with a parallel review."""

    async def play(self) -> AsyncIterator[Line]:
        """Play it, a line at a time; the CRM is connected to what it was connected to, after it.

        Raises:
            ProblemError, StoryError: the system did not do what it should.
        """
        async with self._connected_to(PROCESS) as connection:
            yield Line(
                "admin1",
                "kết nối CRM với quy trình thẩm định song song",
                "connects the CRM to the process with a parallel review",
                NOTHING,
                f"{connection.process_key} v{connection.process_version}",
            )
            request = await self._make("sales1", {**await self._draft(ORDER), "send": {}})
            number = request.number
            yield self._line(
                request, "sales1", f"tạo và gửi {number} từ {ORDER}", f"makes and sends {number} from {ORDER}"
            )
            async for line in self._first_round(request):
                yield line
            async for line in self._second_round(request):
                yield line

    async def _first_round(self, request: PurchaseRequest) -> AsyncIterator[Line]:
        now = await self._approve(request, "manager1", "manager")
        both = ", ".join(now.run.open_steps) if now.run else ""
        yield self._line(now, "manager1", "duyệt: hai nhánh cùng mở", "approves: two branches open", both)
        now = await self._approve(request, "admin1", "technical")
        yield self._line(now, "admin1", "duyệt phần kỹ thuật", "approves the technical part")
        note = "Giao về chi nhánh Đà Nẵng"
        now = await self._reject(request, "manager2", "finance", note)
        yield self._line(now, "manager2", "trả lại từ hội đồng tài chính", "returns it from the finance board", note)

    async def _second_round(self, request: PurchaseRequest) -> AsyncIterator[Line]:
        edited = await self._edit(await self._get(request), delivery_address="Số 2 Quang Trung, Đà Nẵng")
        preview = await (await self.people.get("sales1")).preview(request.id)
        outcomes = ", ".join(f"{step.key}: {step.outcome}" for step in preview.steps)
        yield self._line(edited, "sales1", "sửa địa điểm giao; xem trước", "edits the address; previews", outcomes)
        now = await self._send(request)
        yield self._line(now, "sales1", "gửi lại, lượt 2", "resends it, round 2")
        now = await self._approve(request, "manager1", "manager")
        technical = _in_parallel(now, "technical")
        states = ", ".join(place.state for place in technical.assignments or ())
        yield self._line(
            now,
            "manager1",
            "duyệt; duyệt kỹ thuật vẫn giữ",
            "approves; the technical approval holds",
            f"kỹ thuật / technical: {states}",
        )
        for who in ("manager2", "purchasing1"):
            now = await self._approve(request, who, "finance")
            vote = _in_parallel(now, "finance").vote
            count = f"{vote.approved}/{vote.needed}" if vote else ""
            yield self._line(now, who, f"bỏ phiếu tài chính: {count}", f"votes for finance: {count}")
        first = now.lines[0]
        lines = {first.id: {"decision": "return", "note": "Kho còn màn hình, xem lại số lượng"}}
        now = await self._approve(request, "director1", "director", lines=lines)
        (child,) = (await self._get(request)).children
        yield self._line(
            now,
            "director1",
            f"duyệt, trả lại dòng {first.product_code} thành {child.number}",
            f"approves, and returns {first.product_code}, which becomes {child.number}",
        )


def _in_parallel(request: PurchaseRequest, key: str) -> StepView:
    """A step of the request's parallel block."""
    blocks = request.run.steps if request.run else []
    for step in (inner for block in blocks for inner in block.steps or ()):
        if step.key == key:
            return step
    raise StoryError(f"there is no step {key} in a parallel block")
