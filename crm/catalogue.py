"""A catalogue: things that forms are filled in from, each known by its code, and found by a text that it has in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm.pool import Connection, Pool
from crm.search_text import fold, matching


class Catalogue:
    """One catalogue. Nothing of it is ever deleted; what is not used any more is ``discontinued``.

    Args:
        table: where it is.
        fields: of an entry, ``code``, ``name`` and ``discontinued`` among them.
        searched: those that a search looks through.
    """

    def __init__(self, table: str, fields: tuple[str, ...], searched: tuple[str, ...]) -> None:
        self.fields = fields
        self._table = table
        self._searched = searched

    async def hold(self, connection: Connection) -> None:
        """Have nobody else change it until the transaction ends; everybody goes on reading it."""
        await connection.execute(f"LOCK TABLE {self._table} IN SHARE ROW EXCLUSIVE MODE")

    async def suggested(self, executor: Pool | Connection, q: str, limit: int) -> list[dict[str, Any]]:
        """Entries that are in use, by code, which have a text in them; each with all fields.

        Args:
            executor: the CRM database.
            q: the text; accents and capitals make no difference, and an empty one is in every entry.
            limit: entries at most.
        """
        rows = await executor.fetch(
            f"""SELECT {", ".join(self.fields)} FROM {self._table} WHERE NOT discontinued AND search_text LIKE $1
                ORDER BY code LIMIT $2""",  # noqa: S608
            matching(q),
            limit,
        )
        return [dict(row) for row in rows]

    async def like(self, executor: Pool | Connection, codes: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Entries whose codes are some of these, in capitals or not, with all fields, by code."""
        rows = await executor.fetch(
            f"SELECT {', '.join(self.fields)} FROM {self._table} WHERE lower(code) = ANY ($1)",  # noqa: S608
            [code.lower() for code in codes],
        )
        return {row["code"]: dict(row) for row in rows}

    async def count(self, executor: Pool | Connection) -> int:
        """How many entries there are."""
        return int(await executor.fetchval(f"SELECT count(*) FROM {self._table}"))  # noqa: S608

    async def write(self, connection: Connection, entries: Iterable[Mapping[str, Any]]) -> None:
        """Make entries or change them; each has all fields, and no code is there twice."""
        columns = (*self.fields, "search_text")
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "code")
        await connection.execute(
            f"""INSERT INTO {self._table} ({", ".join(columns)})
                SELECT {", ".join(columns)} FROM jsonb_populate_recordset(NULL::{self._table}, $1)
                ON CONFLICT (code) DO UPDATE SET {changes}""",  # noqa: S608
            [{**entry, "search_text": self._search_text(entry)} for entry in entries],
        )

    async def discontinue(self, connection: Connection, codes: Sequence[str]) -> None:
        """These are not used any more."""
        query = f"UPDATE {self._table} SET discontinued = true WHERE code = ANY ($1) AND NOT discontinued"  # noqa: S608
        await connection.execute(query, list(codes))

    def _search_text(self, entry: Mapping[str, Any]) -> str:
        return fold(" ".join(str(entry[name]) for name in self._searched))
