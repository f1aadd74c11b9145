"""Writing what other systems say of their sales orders and opportunities. Nothing is ever deleted: requests refer to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from approval.incoming import IncomingLine, IncomingSource, SourceType
from crm.pool import Connection, Pool
from crm.search_text import fold


class Known(NamedTuple):
    """A source that was taken before."""

    id: UUID
    source: IncomingSource
    """As it was said then."""
    line_ids: Mapping[str, UUID]
    """Of its lines by their keys, those that are gone included."""


async def wait_for_turn(connection: Connection) -> None:
    """Have others who take sources, or cancel them, wait until the transaction ends: numbers are unique among all systems."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('sources are taken', 0))")


async def known(executor: Pool | Connection, system: str, keys: Iterable[str]) -> dict[str, Known]:
    """Those of a system's sources that were taken before, by their keys."""
    rows = await executor.fetch(_KNOWN, system, list(keys))
    return {row["key"]: _known(row) for row in rows}


_KNOWN: Final = """
SELECT s.*, (SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'key', l.key, 'product_code', l.product_code,
            'description', l.description, 'warehouse', l.warehouse, 'unit', l.unit, 'quantity', l.quantity::text,
            'unit_price', l.unit_price::text, 'supplier', l.supplier, 'gone', l.gone_at IS NOT NULL)
            ORDER BY l.position, l.id), '[]')
        FROM source_lines l WHERE l.source_id = s.id) AS lines
FROM sources s WHERE s.system = $1 AND s.key = ANY ($2)
"""


def _known(row: asyncpg.Record) -> Known:
    """As it is stored, by whatever rules."""
    lines = tuple(
        IncomingLine.model_construct(
            **{name: line[name] for name in IncomingLine.model_fields}
            | {"quantity": Decimal(line["quantity"]), "unit_price": Decimal(line["unit_price"])}
        )
        for line in row["lines"]
        if not line["gone"]
    )
    source = IncomingSource.model_construct(
        **{name: row[name] for name in _AS_THEY_ARE},
        type=SourceType(row["type"]),
        date=row["source_date"],
        cancelled=row["cancelled_at"] is not None,
        lines=lines,
    )
    return Known(id=row["id"], source=source, line_ids={line["key"]: UUID(line["id"]) for line in row["lines"]})


_AS_THEY_ARE: Final = tuple(
    name for name in IncomingSource.model_fields if name not in ("type", "date", "cancelled", "lines")
)


async def holders(executor: Pool | Connection, numbers: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Which source has a number, of those that are not cancelled: its system and its key there, by number."""
    rows = await executor.fetch(
        "SELECT number, system, key FROM sources WHERE number = ANY ($1) AND cancelled_at IS NULL", list(numbers)
    )
    return {row["number"]: (row["system"], row["key"]) for row in rows}


async def known_people(executor: Pool | Connection, usernames: Iterable[str]) -> set[str]:
    """Those of some usernames that are of our directory."""
    rows = await executor.fetch("SELECT username FROM users WHERE username = ANY ($1)", list(usernames))
    return {row["username"] for row in rows}


async def write(
    connection: Connection, system: str, sources: Sequence[IncomingSource], before: Mapping[str, Known], *, at: datetime
) -> list[UUID]:
    """Make or change sources, within the caller's transaction. Lines keep their ids by their keys; those that are not there
    any more are marked as gone.

    Args:
        connection: whose turn it is; see ``wait_for_turn``.
        system: whose they are.
        sources: new ones and changed ones, with the numbers that nobody else has.
        before: those that were taken before, by key.
        at: when this is, UTC.

    Returns:
        Their ids, in the same order.
    """
    ids = [before[source.key].id if source.key in before else uuid7() for source in sources]
    rows = [_row(source, source_id) for source, source_id in zip(sources, ids, strict=True)]
    await connection.execute(_WRITE_SOURCES, rows, system, at)
    lines, gone = [], []
    for source, source_id in zip(sources, ids, strict=True):
        line_ids = before[source.key].line_ids if source.key in before else {}
        lines += [
            {
                **line.model_dump(mode="json"),
                "id": line_ids.get(line.key) or uuid7(),
                "source_id": source_id,
                "position": position,
            }
            for position, line in enumerate(source.lines)
        ]
        there = {line.key for line in source.lines}
        gone += [line_id for key, line_id in line_ids.items() if key not in there]
    await connection.execute(_WRITE_LINES, lines)
    if gone:
        await connection.execute(
            "UPDATE source_lines SET gone_at = $2 WHERE id = ANY ($1) AND gone_at IS NULL", gone, at
        )
    return ids


def _row(source: IncomingSource, source_id: UUID) -> dict[str, Any]:
    goods = " ".join(f"{line.product_code} {line.description}" for line in source.lines)
    return {
        **source.model_dump(mode="json", exclude={"lines"}),
        "id": source_id,
        "search_text": fold(f"{source.number} {source.name} {source.customer} {goods}"),
    }


_WRITE_SOURCES: Final = """
INSERT INTO sources (id, system, key, type, number, name, customer, owner, stage, source_date, delivery_address, delivery_date,
    currency, search_text, cancelled_at, changed_at)
SELECT id, $2, key, type, number, name, customer, owner, stage, date, delivery_address, delivery_date, currency, search_text,
    CASE WHEN cancelled THEN $3::timestamptz END, $3
FROM jsonb_to_recordset($1) AS t (id uuid, key text, type text, number text, name text, customer text, owner text, stage text,
    date date, delivery_address text, delivery_date date, currency text, search_text text, cancelled boolean)
ON CONFLICT (system, key) DO UPDATE SET number = excluded.number, name = excluded.name, customer = excluded.customer,
    owner = excluded.owner, stage = excluded.stage, source_date = excluded.source_date,
    delivery_address = excluded.delivery_address, delivery_date = excluded.delivery_date, currency = excluded.currency,
    search_text = excluded.search_text, changed_at = excluded.changed_at,
    cancelled_at = CASE WHEN excluded.cancelled_at IS NOT NULL THEN coalesce(sources.cancelled_at, excluded.cancelled_at) END
"""

_WRITE_LINES: Final = """
INSERT INTO source_lines (id, source_id, key, position, product_code, description, warehouse, unit, quantity, unit_price, supplier)
SELECT id, source_id, key, position, product_code, description, warehouse, unit, quantity, unit_price, supplier
FROM jsonb_to_recordset($1) AS t (id uuid, source_id uuid, key text, position integer, product_code text, description text,
    warehouse text, unit text, quantity numeric, unit_price numeric, supplier text)
ON CONFLICT (source_id, key) DO UPDATE SET position = excluded.position, product_code = excluded.product_code,
    description = excluded.description, warehouse = excluded.warehouse, unit = excluded.unit, quantity = excluded.quantity,
    unit_price = excluded.unit_price, supplier = excluded.supplier, gone_at = NULL
"""


async def cancel(connection: Connection, system: str, keys: Iterable[str], *, at: datetime) -> list[UUID]:
    """Mark sources as cancelled, within the caller's transaction; the ids of those that were not."""
    rows = await connection.fetch(
        """UPDATE sources SET cancelled_at = $3, changed_at = $3
           WHERE system = $1 AND key = ANY ($2) AND cancelled_at IS NULL RETURNING id""",
        system,
        list(keys),
        at,
    )
    return [row["id"] for row in rows]
