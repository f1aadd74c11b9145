"""The catalogue of products, as far as approvals look at it: which category each is of."""

from __future__ import annotations

from crm.pool import Connection, Pool


async def categories(executor: Pool | Connection) -> list[str]:
    """Every category that a product is of, by name."""
    rows = await executor.fetch("SELECT DISTINCT category FROM products WHERE category <> '' ORDER BY category")
    return [row["category"] for row in rows]
