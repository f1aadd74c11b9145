"""The catalogue of products: what requests are filled in from, and which category each is of, which approvals look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from approval.model import Frozen
from crm.pool import Connection, Pool
from crm.search_text import fold, matching

FIELDS: Final = ("code", "name", "category", "unit", "unit_price", "discontinued")


class Product(Frozen):
    """A product that a line can be filled in from; ``unit_price`` is what one usually costs, in VND."""

    code: str
    name: str
    unit: str
    unit_price: Decimal | None


async def categories(executor: Pool | Connection) -> list[str]:
    """Every category that a product is of, by name."""
    rows = await executor.fetch("SELECT DISTINCT category FROM products WHERE category <> '' ORDER BY category")
    return [row["category"] for row in rows]


async def suggested(pool: Pool, q: str, limit: int) -> list[Product]:
    """Products that are still bought, by code, of which code or name have a text in them."""
    rows = await pool.fetch(
        """SELECT code, name, unit, unit_price FROM products WHERE NOT discontinued AND search_text LIKE $1
           ORDER BY code LIMIT $2""",
        matching(q),
        limit,
    )
    return [Product(**dict(row)) for row in rows]


async def with_codes(executor: Pool | Connection, codes: Iterable[str]) -> dict[str, Product]:
    """Those of the products that are in the catalogue."""
    rows = await executor.fetch(
        "SELECT code, name, unit, unit_price FROM products WHERE code = ANY ($1)", list(set(codes))
    )
    return {row["code"]: Product(**dict(row)) for row in rows}


async def hold(connection: Connection) -> None:
    """Have nobody else change the catalogue until the transaction ends; everybody goes on reading it."""
    await connection.execute("LOCK TABLE products IN SHARE ROW EXCLUSIVE MODE")


async def like(executor: Pool | Connection, codes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Products whose codes are some of these, in capitals or not, with ``FIELDS``, by code."""
    rows = await executor.fetch(
        f"SELECT {', '.join(FIELDS)} FROM products WHERE lower(code) = ANY ($1)",  # noqa: S608
        [code.lower() for code in codes],
    )
    return {row["code"]: dict(row) for row in rows}


async def count(executor: Pool | Connection) -> int:
    """How many there are."""
    return int(await executor.fetchval("SELECT count(*) FROM products"))


async def write(connection: Connection, products: Iterable[Mapping[str, Any]]) -> None:
    """Make products or change them; each has ``FIELDS``."""
    given = [{**product, "search_text": fold(f"{product['code']} {product['name']}")} for product in products]
    await connection.execute(_WRITE, given)


_WRITE: Final = """
INSERT INTO products (code, name, category, unit, unit_price, discontinued, search_text)
SELECT code, name, category, unit, unit_price, discontinued, search_text
FROM jsonb_to_recordset($1) AS t (code text, name text, category text, unit text, unit_price numeric, discontinued boolean,
    search_text text)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, category = excluded.category, unit = excluded.unit,
    unit_price = excluded.unit_price, discontinued = excluded.discontinued, search_text = excluded.search_text
"""
