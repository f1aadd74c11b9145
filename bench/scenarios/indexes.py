"""What each index of the lists costs a write, and which list would miss it most; in a CRM that is full already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import asyncpg

from bench.statistics import ratio

REQUESTS = 500
"""Written in one measurement: each is made, sent to three approvers and completed."""

_SECONDS = 600

_INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made_by,
    round(pg_relation_size(indexrelid) / 1048576.0)::integer AS mebibytes
FROM pg_index
WHERE indrelid IN ('purchase_requests'::regclass, 'participants'::regclass) AND NOT indisunique
ORDER BY 1
"""
_COPIES = """
CREATE TEMP TABLE copies ON COMMIT DROP AS
SELECT uuidv7() AS id, r.id AS of, 'YCMH-2027-' || 100000 + row_number() OVER () AS number
FROM purchase_requests r TABLESAMPLE BERNOULLI (10) REPEATABLE (1) LIMIT $1
"""
_WRITES = (
    """
    INSERT INTO purchase_requests (id, number, request_date, owner, source_id, purpose, currency, total, goods, search_text,
        created_at, updated_at)
    SELECT c.id, c.number, '2027-01-01', r.owner, r.source_id, r.purpose, r.currency, r.total, r.goods, r.search_text,
        now(), now()
    FROM copies c JOIN purchase_requests r ON r.id = c.of
    """,
    "UPDATE purchase_requests r SET process_status = 'in_progress' FROM copies c WHERE r.id = c.id",
    """
    INSERT INTO participants (username, request_id)
    SELECT username, id FROM copies, unnest('{manager1,manager2,director1}'::text[]) AS username
    """,
    "UPDATE purchase_requests r SET process_status = 'completed' FROM copies c WHERE r.id = c.id",
)


async def measure(
    database_url: str, *, rounds: int, lists: Callable[[], Awaitable[dict[str, float]]]
) -> dict[str, Any]:
    """Writes with all indexes and without each one, in turns; then the lists without each one.

    Args:
        database_url: a full CRM.
        rounds: of the writes.
        lists: reads them all and gives the milliseconds (p50) of each.

    Returns:
        By index: its size in MiB; ``write``, the ratio of the writes' time without it to that with it; ``wal``, the same of
        the bytes of write-ahead log; ``missed_by``, the list that is slowest without it, as ``[name, with, without]`` in ms.
    """
    connection = await asyncpg.connect(database_url, command_timeout=_SECONDS)
    try:
        indexes = await connection.fetch(_INDEXES)
        await _write(connection, without=None)
        written: dict[str, list[tuple[tuple[float, int], tuple[float, int]]]] = {one["name"]: [] for one in indexes}
        for _ in range(rounds):
            for name, pairs in written.items():
                pairs.append((await _write(connection, without=None), await _write(connection, without=name)))
        await connection.execute("VACUUM ANALYZE purchase_requests, participants")
        usual = await lists()
        found: dict[str, Any] = {}
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
            without = await lists()
            await connection.execute(index["made_by"])
            worst = max(without, key=lambda name: without[name] / usual[name])
            pairs = written[index["name"]]
            found[index["name"]] = {
                "mebibytes": index["mebibytes"],
                "write": vars(ratio([lacking[0] for _, lacking in pairs], [full[0] for full, _ in pairs])),
                "wal": vars(ratio([lacking[1] for _, lacking in pairs], [full[1] for full, _ in pairs])),
                "missed_by": [worst, round(usual[worst], 1), round(without[worst], 1)],
            }
    finally:
        await connection.close()
    return found


async def _write(connection: asyncpg.Connection[asyncpg.Record], *, without: str | None) -> tuple[float, int]:
    """Milliseconds and bytes of write-ahead log for the writes of one request. Nothing of it stays."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        if without is not None:
            await connection.execute(f"DROP INDEX {without}")
        await connection.execute(_COPIES, REQUESTS)
        log = await connection.fetchval("SELECT pg_current_wal_insert_lsn()")
        begun = perf_counter()
        for write in _WRITES:
            await connection.execute(write)
        if without != "purchase_requests_search":  # what its quick list has put off is part of the price
            await connection.execute("SELECT gin_clean_pending_list('purchase_requests_search')")
        seconds = perf_counter() - begun
        written = await connection.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1)", log)
    finally:
        await transaction.rollback()
    return seconds * 1000 / REQUESTS, int(written) // REQUESTS
