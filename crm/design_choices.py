"""What there is to choose from when a process is designed: roles, departments, categories of products, people, customers."""

from __future__ import annotations

from approval.model import Frozen
from crm import directory, products
from crm.pool import Pool
from crm.search_text import fold, matching


class Choices(Frozen):
    """What there is to choose from, each in the order of the alphabet."""

    roles: tuple[str, ...]
    departments: tuple[str, ...]
    categories: tuple[str, ...]


async def choices(pool: Pool) -> Choices:
    """Roles that somebody active holds, departments that somebody active is in, categories of products."""
    roles = await pool.fetch("SELECT DISTINCT unnest(roles) AS role FROM users WHERE active ORDER BY role")
    return Choices(
        roles=tuple(row["role"] for row in roles),
        departments=tuple(name for name in await directory.departments(pool) if name),
        categories=tuple(await products.categories(pool)),
    )


async def people(pool: Pool, q: str, limit: int) -> list[tuple[str, str, str]]:
    """Active people of whose username, name or department a text is part: username, name and department of each."""
    rows = await pool.fetch(
        """SELECT username, name, department FROM users
           WHERE active AND strpos(lower(username || ' ' || name || ' ' || department), lower($1)) > 0
           ORDER BY name, username LIMIT $2""",
        q,
        limit,
    )
    return [(row["username"], row["name"], row["department"]) for row in rows]


_LOOKED_THROUGH = 500
"""Orders and opportunities in which a text is; each customer has many."""


async def customers(pool: Pool, q: str, limit: int) -> list[str]:
    """Customers of orders and opportunities, as these have their names, with a text in them."""
    rows = await pool.fetch(
        f"""SELECT DISTINCT customer FROM (
                SELECT customer FROM sources WHERE customer <> '' AND search_text LIKE $1 LIMIT {_LOOKED_THROUGH}) found
            ORDER BY customer""",  # noqa: S608
        matching(q),
    )
    return [row["customer"] for row in rows if fold(q) in fold(row["customer"])][:limit]
