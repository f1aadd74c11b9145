"""The suppliers that requests are filled in from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from crm.pool import Connection, Pool
from crm.search_text import fold, matching

FIELDS: Final = ("code", "name", "tax_code", "phone", "email", "discontinued")


async def suggested(pool: Pool, q: str, limit: int) -> list[str]:
    """Names of suppliers that are still bought from, of which code, name or tax code have a text in them."""
    rows = await pool.fetch(
        """SELECT DISTINCT name FROM suppliers WHERE NOT discontinued AND search_text LIKE $1 ORDER BY name LIMIT $2""",
        matching(q),
        limit,
    )
    return [row["name"] for row in rows]


async def hold(connection: Connection) -> None:
    """Have nobody else change the suppliers until the transaction ends; everybody goes on reading them."""
    await connection.execute("LOCK TABLE suppliers IN SHARE ROW EXCLUSIVE MODE")


async def like(executor: Pool | Connection, codes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Suppliers whose codes are some of these, in capitals or not, with ``FIELDS``, by code."""
    rows = await executor.fetch(
        f"SELECT {', '.join(FIELDS)} FROM suppliers WHERE lower(code) = ANY ($1)",  # noqa: S608
        [code.lower() for code in codes],
    )
    return {row["code"]: dict(row) for row in rows}


async def count(executor: Pool | Connection) -> int:
    """How many there are."""
    return int(await executor.fetchval("SELECT count(*) FROM suppliers"))


async def write(connection: Connection, suppliers: Iterable[Mapping[str, Any]]) -> None:
    """Make suppliers or change them; each has ``FIELDS``."""
    given = [
        {**supplier, "search_text": fold(f"{supplier['code']} {supplier['name']} {supplier['tax_code']}")}
        for supplier in suppliers
    ]
    await connection.execute(_WRITE, given)


_WRITE: Final = """
INSERT INTO suppliers (code, name, tax_code, phone, email, discontinued, search_text)
SELECT code, name, tax_code, phone, email, discontinued, search_text
FROM jsonb_to_recordset($1) AS t (code text, name text, tax_code text, phone text, email text, discontinued boolean,
    search_text text)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, tax_code = excluded.tax_code, phone = excluded.phone,
    email = excluded.email, discontinued = excluded.discontinued, search_text = excluded.search_text
"""
