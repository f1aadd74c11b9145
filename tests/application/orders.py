"""Orders of another system, and requests made from them, for tests of what follows when they change."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from application.taking import take
from approval.incoming import IncomingLine, IncomingSource, SourceType
from crm.drafts import LineDraft, SourceRef
from crm.pool import Pool
from crm.records import RequestRecord
from tests.crm.saved import NOW, save

SYSTEM = "other"


def line(key: str = "1", **changes: Any) -> IncomingLine:
    """Goods as a system has them."""
    given: dict[str, Any] = {
        "key": key,
        "product_code": f"P-{key}",
        "description": "Máy chủ",
        "unit": "Chiếc",
        "quantity": Decimal(10),
        "unit_price": Decimal("12.50"),
    }
    return IncomingLine(**(given | changes))


def order(key: str | None = None, **changes: Any) -> IncomingSource:
    """An order as a system has it."""
    key = key or f"order-{uuid7()}"
    given: dict[str, Any] = {
        "type": SourceType.SALES_ORDER,
        "key": key,
        "number": f"DH-{key}",
        "name": "Máy chủ cho khách",
        "customer": "Công ty Ánh Dương",
        "owner": "sales1",
        "stage": "Chưa thực hiện",
        "date": datetime.date(2026, 11, 2),
        "delivery_date": datetime.date(2026, 12, 1),
        "lines": (line("1"), line("2")),
    }
    return IncomingSource(**(given | changes))


def with_quantity(given: IncomingSource, quantity: int, key: str = "1") -> IncomingSource:
    """The order with another quantity of a line."""
    lines = tuple(
        one.model_copy(update={"quantity": Decimal(quantity)}) if one.key == key else one for one in given.lines
    )
    return given.model_copy(update={"lines": lines})


async def taken(pool: Pool, **changes: Any) -> IncomingSource:
    """A new order that we have."""
    given = order(**changes)
    await take(pool, SYSTEM, [given], at=NOW)
    return given


async def source_id(pool: Pool, given: IncomingSource) -> UUID:
    """By which id we have an order."""
    found: UUID = await pool.fetchval("SELECT id FROM sources WHERE system = $1 AND key = $2", SYSTEM, given.key)
    return found


async def made_from(pool: Pool, given: IncomingSource) -> RequestRecord:
    """A request for all the goods of an order."""
    lines = tuple(
        LineDraft(product_code=one.product_code, unit=one.unit, quantity=one.quantity, unit_price=one.unit_price)
        for one in given.lines
    )
    source = SourceRef(type=given.type, id=await source_id(pool, given))
    return await save(pool, source=source, lines=lines)
