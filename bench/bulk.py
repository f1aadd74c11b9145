"""Fills a CRM database with very many requests by plain SQL, in the proportions of a company that has used it for years.

Twenty sales people under two managers under one director; one request in ten waits on a manager, three quarters are
completed; five requests for each sales order. Nothing of it has a run in the engine: it is there to be listed.
"""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

import asyncpg

from crm.overview_counting import count_some
from crm.pool import create_pool

PER_SOURCE = 5
"""Requests made from one sales order."""

WORDS = {"a common word": "thinkpad", "a rare word": "hopdong", "a request number": "ycmh-2020-000777"}
"""What lists are searched for: in one request of eight, in one of two thousand, in exactly one."""

MONTH = "2020-01"
"""The last month in which requests of ours were made: a million of them, one a second, take twelve days."""

_SECONDS = 600
_PAUSE_SECONDS = 0.1

_PEOPLE = """
INSERT INTO users (username, name, roles, manager, department)
SELECT 'seller' || n, 'Nhân viên ' || n, '{sales}'::text[], 'manager' || (1 + n % 2), 'Kinh doanh'
FROM generate_series(1, 20) n
UNION ALL SELECT 'newcomer', 'Nhân viên mới', '{sales}'::text[], 'manager1', 'Kinh doanh'
ON CONFLICT DO NOTHING
"""

_PROCESS = """
INSERT INTO process_versions (process_key, version, document, published_by, published_at)
SELECT key, 1, draft, updated_by, updated_at FROM processes
ON CONFLICT DO NOTHING
"""

# $1 and $2: first and last number of the requests to be made.
_ROWS = """
CREATE TEMP TABLE bulk ON COMMIT DROP AS
SELECT n, uuidv7(make_interval(secs => n - 40000000)) AS id, uuidv7(make_interval(secs => n - 40000000)) AS line,
    CASE WHEN n <= 60 THEN 'newcomer' ELSE 'seller' || (1 + n % 20) END AS owner,
    CASE WHEN n <= 60 OR n % 2 = 1 THEN 'manager1' ELSE 'manager2' END AS manager,
    timestamptz '2020-01-01' + make_interval(secs => n) AS at,
    'YCMH-2020-' || lpad(n::text, greatest(6, length(n::text)), '0') AS number, (1 + (hashint4(n + 2) & 63)) * 1000000 AS total,
    CASE WHEN n % 2000 = 777 THEN 'Vật tư theo hopdong ' || n ELSE 'Hàng cho khách số ' || n % 5000 END AS purpose,
    (ARRAY['ThinkPad T14', 'UltraSharp 27', 'PowerEdge R760', 'Catalyst 9200', 'LaserJet M428', 'UPS 3000VA',
        'FortiGate 100F', 'Synology RS1221'])[1 + (hashint4(n) & 7)] AS goods,
    CASE WHEN (hashint4(n + 1) & 1023) < 102 THEN 'in_progress' WHEN (hashint4(n + 1) & 1023) < 133 THEN 'not_sent'
        WHEN (hashint4(n + 1) & 1023) < 154 THEN 'returned' WHEN (hashint4(n + 1) & 1023) < 205 THEN 'rejected'
        WHEN (hashint4(n + 1) & 1023) < 256 THEN 'cancelled' ELSE 'completed' END AS status
FROM generate_series($1::integer, $2::integer) n
"""

_INSERTS = (
    """
    INSERT INTO sources (id, type, number, name, customer, owner, source_date, search_text)
    SELECT md5('source' || (n - 1) / 5)::uuid, 'sales_order', 'DH-2020-' || (n - 1) / 5, 'Đơn hàng ' || (n - 1) / 5, 'Khách ' || (n - 1) / 5,
        owner, at::date, 'dh-2020-' || (n - 1) / 5
    FROM bulk WHERE (n - 1) % 5 = 0 ORDER BY n
    """,
    """
    INSERT INTO purchase_requests (id, number, request_date, owner, source_id, purpose, currency, total, goods,
        process_status, purchase_status, run_sequence, search_text, created_at, updated_at)
    SELECT id, number, at::date, owner, md5('source' || (n - 1) / 5)::uuid, purpose, 'VND', total, ARRAY[goods], status,
        CASE WHEN status <> 'completed' OR n % 500 = 4 THEN NULL WHEN n % 500 = 3 THEN 'ordered' ELSE 'received' END, 2,
        lower(number || ' ' || owner || ' nhan vien ' || purpose || ' dh-2020-' || (n - 1) / 5 || ' ' || goods), at, at
    FROM bulk ORDER BY n
    """,
    """
    INSERT INTO purchase_request_lines (id, request_id, position, product_code, description, quantity, unit_price)
    SELECT line, id, 0, goods, goods, 1, total FROM bulk ORDER BY n
    """,
    """
    INSERT INTO runs (request_id, id, process_key, process_version, status, round, last)
    SELECT id, line, (SELECT process_key FROM connection), 1,
        CASE WHEN status IN ('rejected', 'cancelled', 'completed') THEN status ELSE 'in_progress' END, 1,
        jsonb_build_object('action', 'send', 'actor', owner, 'at', at)
    FROM bulk WHERE status <> 'not_sent' ORDER BY n
    """,
    """
    INSERT INTO participants (username, request_id)
    SELECT manager, id FROM bulk WHERE status <> 'not_sent'
    UNION ALL SELECT 'director1', id FROM bulk WHERE status <> 'not_sent' AND total >= 50000000
    """,
    """
    INSERT INTO assignments (id, request_id, round, step, visit, person, reasons, state, opened_at, due_at, closed_at)
    SELECT md5('manager' || n)::uuid, id, 1, 'manager', 1, manager, '[]',
        CASE WHEN status = 'in_progress' THEN 'open' WHEN status = 'completed' THEN 'approved' ELSE 'not_needed' END,
        at, at + interval '7 years', CASE WHEN status <> 'in_progress' THEN at END
    FROM bulk WHERE status <> 'not_sent' ORDER BY n
    """,
    """
    INSERT INTO timeline (request_id, command_id, at, recorded_at, action, actor, round, accepted)
    SELECT id, line, at, at, 'create', owner, 0, true FROM bulk ORDER BY n
    """,
)


async def fill(database_url: str, requests: int) -> None:
    """Bring the database to this many requests of ours; it needs the demo's directory and a connected process.

    Args:
        database_url: the CRM database, migrated.
        requests: how many there are to be.
    """
    connection = await asyncpg.connect(database_url, command_timeout=_SECONDS)
    try:
        await connection.execute(
            "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET gin_pending_list_limit = '64MB'"
        )
        await connection.execute(_PEOPLE)
        await connection.execute(_PROCESS)
        have = await connection.fetchval("SELECT count(*) FROM purchase_requests WHERE number LIKE 'YCMH-2020-%'")
        search = await connection.fetchval(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'purchase_requests_search'"
        )
        if requests - have > 100_000:  # the trigram index is built much faster than it is kept up to date
            await connection.execute("DROP INDEX purchase_requests_search")
        while have < requests:
            until = min(have + 100_000, requests)
            async with connection.transaction():
                await connection.execute(_ROWS, have + 1, until)
                for insert in _INSERTS:
                    await connection.execute(insert)
            have = until
        await connection.execute(search.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS"))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def count_all(database_url: str) -> None:
    """Have the figures of the overview counted to the end, whoever else counts meanwhile.

    Args:
        database_url: the CRM database.
    """
    pool = await create_pool(database_url, 1)
    try:
        while await pool.fetchval("SELECT EXISTS (SELECT FROM overview_changes)"):
            if not (await count_some(pool, ZoneInfo("Asia/Ho_Chi_Minh"))).counted:
                await asyncio.sleep(_PAUSE_SECONDS)
        await pool.execute("VACUUM ANALYZE overview_sums", timeout=_SECONDS)
    finally:
        await pool.close()
