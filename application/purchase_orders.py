"""What those who buy do with approved requests: which purchase order they went to, and what has changed since they last asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from application.caller import Caller
from application.request_lock import RequestLock
from application.warnings import RequestWarning, purchase_warnings
from approval.model import Code, FieldError, Frozen, RefusedError, Role, refuse
from approval.purchase_orders import PurchaseOrderDraft, Result
from crm import cursors, purchase_orders, purchasing_changes
from crm.pool import Pool
from crm.purchase_orders import By, OrderPage, PurchaseOrder
from crm.purchasing_changes import ChangedRequest
from crm.records import RequestRecord

BUYERS: Final = (Role.PURCHASING, Role.ADMIN)
_NOWHERE: Final = UUID(int=0)


class RequestToBuy(ChangedRequest):
    """A completed request as those who buy see it, with what looks wrong in what was reported of it."""

    warnings: tuple[RequestWarning, ...]


class ChangesPage(Frozen):
    """Completed requests that changed, each as it is now, in the order of their last changes.

    ``next_cursor`` is of the page after this one; null: there is none now. ``next_changed_since`` is always there: given as
    ``changed_since`` later, it answers with what has changed by then, and misses nothing.
    """

    items: tuple[RequestToBuy, ...]
    next_cursor: str | None
    next_changed_since: str


class PurchaseOrders:
    """The application service.

    Args:
        pool: the CRM database.
        lock: the right to change a request, or an order.
    """

    def __init__(self, pool: Pool, lock: RequestLock) -> None:
        self._pool = pool
        self._lock = lock

    async def place(self, caller: Caller, draft: PurchaseOrderDraft, *, order_id: UUID) -> tuple[PurchaseOrder, Result]:
        """Place an order, or have the one of its number be as it is said now; see ``crm.purchase_orders.place``.

        Raises:
            RefusedError: what that raises, ``forbidden``, ``request_busy``.
        """
        caller.require_role(*BUYERS)
        async with self._lock.turn(caller.username, f"order {draft.number}"):
            placed_id, result = await purchase_orders.place(self._pool, draft, order_id=order_id, by=_by(caller))
        return await self.get(caller, placed_id), result

    async def place_for(self, caller: Caller, draft: PurchaseOrderDraft, record: RequestRecord) -> PurchaseOrder:
        """The same for one request: what the order has of others stays.

        Args:
            draft: with lines of this request alone.
            record: the request, as the caller may see it.

        Raises:
            RefusedError: see ``place``.
        """
        caller.require_role(*BUYERS)
        async with self._lock.turn(caller.username, f"order {draft.number}"):
            placed_id, _ = await purchase_orders.place(
                self._pool, draft, order_id=uuid7(), by=_by(caller), only=record.id
            )
        return await self.get(caller, placed_id)

    async def of_number(self, caller: Caller, number: str) -> PurchaseOrder | None:
        """The order of a number; None: there is none.

        Raises:
            RefusedError: ``forbidden``.
        """
        caller.require_role(*BUYERS)
        return await purchase_orders.find_by_number(self._pool, number)

    async def cancel(self, caller: Caller, order_id: UUID) -> PurchaseOrder:
        """Have an order stand for nothing any more. One that is cancelled stays so.

        Raises:
            RefusedError: ``not_found``, ``forbidden``, ``request_busy``.
        """
        caller.require_role(*BUYERS)
        async with self._lock.turn(caller.username, f"order {order_id}"):
            await purchase_orders.cancel(self._pool, order_id, by=_by(caller))
        return await self.get(caller, order_id)

    async def get(self, caller: Caller, order_id: UUID) -> PurchaseOrder:
        """One order.

        Raises:
            RefusedError: ``not_found``, ``forbidden``.
        """
        caller.require_role(*BUYERS)
        order = await purchase_orders.find(self._pool, order_id)
        if order is None:
            raise refuse(Code.NOT_FOUND)
        return order

    async def page(
        self, caller: Caller, *, number: str | None, request_number: str | None, limit: int, cursor: str | None
    ) -> OrderPage:
        """Orders, the newest first; see ``crm.purchase_orders.page``.

        Raises:
            RefusedError: ``forbidden``, ``invalid``.
        """
        caller.require_role(*BUYERS)
        return await purchase_orders.page(
            self._pool, number=number, request_number=request_number, limit=limit, cursor=cursor
        )

    async def changes(
        self, caller: Caller, *, changed_since: str | None, cursor: str | None, limit: int, language: str
    ) -> ChangesPage:
        """Completed requests that changed; see ``crm.purchasing_changes``.

        Args:
            changed_since: a time, or ``next_changed_since`` of an answer; None: from the beginning.
            cursor: ``next_cursor`` of the page before, which goes on from there.
            limit: items at most.
            language: of the warnings.

        Raises:
            RefusedError: ``forbidden``, ``invalid``, ``request_busy``.
        """
        caller.require_role(*BUYERS)
        after = _place(cursor, "/cursor") if cursor is not None else None
        since = None
        if after is None and changed_since is not None:
            since = _time(changed_since)
            after = _place(changed_since, "/changed_since") if since is None else None
        async with self._lock.turn(caller.username, "purchasing_changes"):
            await purchasing_changes.give_places(self._pool)
        if after is None:
            after = await purchasing_changes.place_before(self._pool, since) if since is not None else 0
        found = await purchasing_changes.page(self._pool, caller.viewer, after=after, limit=limit)
        marker = cursors.encode("purchasing_changes", str(found.place), _NOWHERE)
        return ChangesPage(
            items=tuple(
                RequestToBuy(
                    **{name: getattr(one, name) for name in ChangedRequest.model_fields},
                    warnings=tuple(purchase_warnings(one.purchase_status, one.lines, language)),
                )
                for one in found.items
            ),
            next_cursor=marker if found.more else None,
            next_changed_since=marker,
        )


def _by(caller: Caller) -> By:
    return By(viewer=caller.viewer, at=datetime.now(UTC), channel=caller.channel)


def _place(marker: str, pointer: str) -> int:
    """The place of a marker that we gave."""
    try:
        place: int = cursors.decode(marker, "purchasing_changes", cursors.read_place)[0]
    except RefusedError as error:
        raise refuse(Code.INVALID, FieldError(pointer=pointer, message="unknown_marker")) from error
    return place


def _time(text: str) -> datetime | None:
    """A time with its zone; None: this is none."""
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))  # a plus that was not encoded in the address
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None
