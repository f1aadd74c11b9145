"""What a load writes and waits for: PostgreSQL's and the machine's own counters, before and after, and samples of what sessions wait for.

PostgreSQL tells of each session what it has written to its log and how often it waited until that was on the disk; sessions stay as long as
a measurement, so that their sums say what each database costs. Of the embedded engine's SQLite only the disk's own counters tell.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil

SAMPLED_EVERY: Final = 0.1

Counters = dict[str, float]
"""Values that only grow, by name; those of a session end with its id."""

_SESSIONS = """
SELECT a.datname AS database, a.pid, w.wal_bytes::float8 AS bytes,
    coalesce((SELECT sum(fsyncs) FROM pg_stat_get_backend_io(a.pid) WHERE object = 'wal'), 0)::float8 AS fsyncs
FROM pg_stat_activity a, pg_stat_get_backend_wal(a.pid) w
WHERE a.backend_type = 'client backend' AND a.datname IS NOT NULL AND a.pid <> pg_backend_pid()
"""

_DATABASES = (
    "SELECT datname AS database, xact_commit::float8 AS commits FROM pg_stat_database WHERE datname IS NOT NULL"
)

_SERVER = """
SELECT (SELECT wal_bytes FROM pg_stat_wal)::float8 AS bytes,
    (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal')::float8 AS fsyncs
"""

_WAITS = """
SELECT a.datname AS database, a.state, coalesce(a.wait_event_type, '') AS kind, coalesce(a.wait_event, '') AS event, count(*) AS sessions
FROM pg_stat_activity a
WHERE a.backend_type = 'client backend' AND a.state <> 'idle' AND a.pid <> pg_backend_pid() AND a.datname IS NOT NULL
GROUP BY 1, 2, 3, 4
"""


async def read(connection: asyncpg.Connection[Any], folder: Path) -> Counters:
    """All counters as they stand.

    Args:
        connection: to the PostgreSQL server.
        folder: on the disk that everything is written to.
    """
    found = machine(folder)
    for row in await connection.fetch(_SESSIONS):
        for what in ("bytes", "fsyncs"):
            found[f"{what} {row['database']} {row['pid']}"] = row[what]
    for row in await connection.fetch(_DATABASES):
        found[f"commits {row['database']}"] = row["commits"]
    server = await connection.fetchrow(_SERVER)
    assert server is not None
    return {**found, **{f"{what} postgres": server[what] or 0.0 for what in ("bytes", "fsyncs")}}


def machine(folder: Path) -> Counters:
    """What the disk was given, and how long something waited for processor and disk. Linux; elsewhere nothing."""
    found: Counters = {}
    with suppress(OSError, IndexError):
        fields = [int(field) for field in _disk(folder).read_text().split()]
        found = {"disk bytes": fields[6] * 512.0, "disk flushes": float(fields[15]), "disk flush ms": float(fields[16])}
    for what in ("cpu", "io"):
        with suppress(OSError):
            some = Path("/proc/pressure", what).read_text().splitlines()[0]
            found[f"waiting for {what} s"] = int(some.rpartition("=")[2]) / 1e6
    times = psutil.cpu_times()
    return {**found, "processor s": sum(times[:3])}


def _disk(folder: Path) -> Path:
    """The counters of the whole disk that a folder is on: those of a part of it know no flushes."""
    number = os.stat(folder).st_dev
    block = Path("/sys/dev/block", f"{os.major(number)}:{os.minor(number)}").resolve()
    return (block.parent if (block / "partition").exists() else block) / "stat"


def growth(before: Mapping[str, float], after: Mapping[str, float]) -> Counters:
    """By how much each has grown, all sessions of a database together; a session that was not there before began at 0."""
    grown: defaultdict[str, float] = defaultdict(float)
    for name, value in after.items():
        what, _, session = name.rpartition(" ")
        grown[what if session.isdigit() else name] += value - before.get(name, 0.0)
    return dict(grown)


@asynccontextmanager
async def sampled(connection: asyncpg.Connection[Any]) -> AsyncIterator[Counter[str]]:
    """Counts what sessions of each database do, looking again and again: ``temporal: LWLock WALWrite`` and the like."""
    seen: Counter[str] = Counter()

    async def look() -> None:
        while True:
            for row in await connection.fetch(_WAITS):
                seen[f"{row['database']}: {_doing(row)}"] += row["sessions"]
            await asyncio.sleep(SAMPLED_EVERY)

    task = asyncio.create_task(look())
    try:
        yield seen
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _doing(row: Mapping[str, Any]) -> str:
    if row["state"].startswith("idle in transaction"):
        return "its client, within a transaction"
    return f"{row['kind']} {row['event']}".strip() or "the processor"
