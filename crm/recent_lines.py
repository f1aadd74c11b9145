"""What somebody's own approved requests asked for lately: the prices, suppliers and warehouses that the next one may have, too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from approval.model import Frozen
from crm.pool import Pool
from crm.search_text import fold

LOOKED_AT: Final = 300
"""Requests, the newest: whoever makes more of them does not wait for it."""

_RECENT: Final = f"""
(SELECT id, currency, request_date FROM purchase_requests WHERE owner = $1 AND process_status = 'completed'
    ORDER BY id DESC LIMIT {LOOKED_AT}) r JOIN purchase_request_lines l ON l.request_id = r.id AND l.decision IS NULL"""  # noqa: S608


class LastBought(Frozen):
    """With what price a product was approved last, and from whom."""

    product_code: str
    unit: str
    unit_price: Decimal
    currency: str
    supplier: str | None
    on: date


async def last_bought(pool: Pool, owner: str, codes: Iterable[str]) -> dict[str, LastBought]:
    """By code, those of some products that recent requests of a person had a price for."""
    rows = await pool.fetch(
        f"""SELECT DISTINCT ON (l.product_code) l.product_code, l.unit, l.unit_price, r.currency, l.supplier,
                r.request_date AS "on"
            FROM {_RECENT}
            WHERE l.product_code = ANY ($2) AND l.unit_price > 0 ORDER BY l.product_code, r.id DESC, l.position""",  # noqa: S608
        owner,
        list(codes),
    )
    return {row["product_code"]: LastBought(**dict(row)) for row in rows}


async def warehouses(pool: Pool, owner: str, q: str, limit: int) -> list[str]:
    """Where recent requests of a person wanted goods, of which the name has a text in it."""
    rows = await pool.fetch(
        f"SELECT DISTINCT l.warehouse FROM {_RECENT} WHERE l.warehouse <> '' ORDER BY l.warehouse",  # noqa: S608
        owner,
    )
    wanted = fold(q)
    return [row["warehouse"] for row in rows if wanted in fold(row["warehouse"])][:limit]
