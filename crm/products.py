"""The catalogue of products: what requests are filled in from, and which category each is of, which approvals look at."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from approval.model import Frozen
from crm.catalogue import Catalogue
from crm.pool import Connection, Pool

PRODUCTS: Final = Catalogue(
    "products", ("code", "name", "category", "unit", "unit_price", "discontinued"), searched=("code", "name")
)


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
    found = await PRODUCTS.suggested(pool, q, limit)
    return [Product.model_validate({name: one[name] for name in Product.model_fields}) for one in found]


async def with_codes(executor: Pool | Connection, codes: Iterable[str]) -> dict[str, Product]:
    """Those of the products that are in the catalogue."""
    rows = await executor.fetch(
        "SELECT code, name, unit, unit_price FROM products WHERE code = ANY ($1)", list(set(codes))
    )
    return {row["code"]: Product(**dict(row)) for row in rows}
