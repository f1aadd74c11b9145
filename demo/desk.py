"""People who use the API one after another, and what each system shows after each step."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from purchase_approval_client import ProblemError, Session, demo_session, expect
from purchase_approval_client.generated.api.processes import delete_connection, get_connection, put_connection
from purchase_approval_client.generated.api.sales_orders import fill_from_sales_order, list_sales_orders
from purchase_approval_client.generated.models import (
    Connect,
    ConnectionInfo,
    FilledDraft,
    PurchaseRequest,
    SourceItem,
    SourcePage,
)

PROCESS = "purchase-approval"
"""The process of the stories, but of the one about a parallel review."""


class StoryError(Exception):
    """A step did not do what the sync table says."""


@dataclass(frozen=True)
class Shown:
    """What the three systems show of a request.

    Attributes:
        crm: the process status.
        run: the run status, with the open step.
        purchasing: the purchase status, with what was received of each line: ``received (8/8, 4/4)``.
    """

    crm: str
    run: str
    purchasing: str


NOTHING = Shown("–", "–", "–")


@dataclass(frozen=True)
class Line:
    """One step of the story: who did what, and what is shown now."""

    who: str
    what_vi: str
    what_en: str
    shown: Shown
    remark: str = ""


@dataclass
class People:
    """The people of the demo, each signed in when first needed; an async context manager, which signs them out.

    Args:
        address: of the system.
    """

    address: str
    _sessions: dict[str, Session] = field(default_factory=dict)
    _opened: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._opened.aclose()

    async def get(self, username: str) -> Session:
        """The session of one of them."""
        if username not in self._sessions:
            session = await demo_session(self.address, username)
            self._sessions[username] = await self._opened.enter_async_context(session)
        return self._sessions[username]


@dataclass
class Desk:
    """Where a story is played."""

    people: People

    @asynccontextmanager
    async def _connected_to(self, process_key: str) -> AsyncIterator[ConnectionInfo]:
        """The CRM connected to a process for as long as the block runs; then as it was found, also if the story stops."""
        before = await self.connection()
        try:
            yield await self.connect(process_key)
        finally:
            await self.connect(before.process_key or None)

    async def connection(self) -> ConnectionInfo:
        """What the CRM is connected to."""
        admin = await self.people.get("admin1")
        return expect(ConnectionInfo, await get_connection.asyncio(client=admin.api))

    async def connect(self, process_key: str | None) -> ConnectionInfo:
        """Connect the CRM to a process, or to none."""
        admin = await self.people.get("admin1")
        if process_key is None:
            await delete_connection.asyncio(client=admin.api)
            return await self.connection()
        body = Connect(process_key=process_key)
        return expect(ConnectionInfo, await put_connection.asyncio(client=admin.api, body=body))

    async def _order(self, number: str) -> SourceItem | None:
        """The sales order of a number, if it is there."""
        sales = await self.people.get("sales1")
        found = expect(SourcePage, await list_sales_orders.asyncio(client=sales.api, q=number))
        return found.items[0] if found.items else None

    async def _draft(self, number: str) -> dict[str, Any]:
        """A request filled in from a sales order."""
        sales, order = await self.people.get("sales1"), await self._order(number)
        if order is None:
            raise StoryError(f"there is no sales order {number}")
        draft = expect(FilledDraft, await fill_from_sales_order.asyncio(order.id, client=sales.api))
        return draft.to_dict()

    async def _make(self, who: str, body: dict[str, Any]) -> PurchaseRequest:
        return await (await self.people.get(who)).create(body)

    async def _send(self, request: PurchaseRequest) -> PurchaseRequest:
        return await (await self.people.get(request.owner.username)).send(request.id)

    async def _recall(self, request: PurchaseRequest, note: str) -> PurchaseRequest:
        return await (await self.people.get(request.owner.username)).recall(request.id, note)

    async def _edit(self, request: PurchaseRequest, **changes: Any) -> PurchaseRequest:
        """The owner's edit of a request as it is."""
        return await (await self.people.get(request.owner.username)).edit(request, changes)

    async def _approve(self, request: PurchaseRequest, who: str, step: str, **more: Any) -> PurchaseRequest:
        return await (await self.people.get(who)).approve(request.id, step, **more)

    async def _reject(self, request: PurchaseRequest, who: str, step: str, note: str, **more: Any) -> PurchaseRequest:
        return await (await self.people.get(who)).reject(request.id, step, note, **more)

    async def _get(self, request: PurchaseRequest) -> PurchaseRequest:
        return await (await self.people.get("admin1")).request(request.id)

    def _line(self, request: PurchaseRequest, who: str, vi: str, en: str, remark: str = "") -> Line:
        run = request.run
        step = f" @{run.step.key}" if run and run.step else ""
        received = ", ".join(f"{line.quantity_received}/{line.quantity}" for line in request.lines)
        purchasing = f"{request.purchase_status} ({received})" if request.purchase_status else "–"
        shown = Shown(request.process_status, f"{run.status}{step}" if run else "–", purchasing)
        return Line(who, vi, en, shown, remark)


async def refused(attempt: Awaitable[object]) -> ProblemError:
    """An attempt that must be refused; the problem.

    Raises:
        StoryError: it was not.
    """
    try:
        await attempt
    except ProblemError as problem:
        return problem
    raise StoryError("this should have been refused")
