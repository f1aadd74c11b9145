"""The suppliers that requests are filled in from."""

from __future__ import annotations

from typing import Final

from crm.catalogue import Catalogue
from crm.pool import Pool
from crm.search_text import matching

SUPPLIERS: Final = Catalogue(
    "suppliers",
    ("code", "name", "tax_code", "phone", "email", "discontinued"),
    searched=("code", "name", "tax_code"),
)


async def suggested(pool: Pool, q: str, limit: int) -> list[str]:
    """Names of suppliers that are still bought from, of which code, name or tax code have a text in them."""
    rows = await pool.fetch(
        """SELECT DISTINCT name FROM suppliers WHERE NOT discontinued AND search_text LIKE $1 ORDER BY name LIMIT $2""",
        matching(q),
        limit,
    )
    return [row["name"] for row in rows]
