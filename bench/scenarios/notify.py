"""NOTIFY: how many small writes a second commit without it, with it in their transaction, and with it after their commit.

PostgreSQL directly, without API and engine. One more connection listens, as each API process does.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from time import perf_counter

import asyncpg

from bench.plan import Figures, Plan
from bench.sides import POSTGRES_SETTINGS
from bench.statistics import ratio
from embedded.postgres import PostgresServer

CHANNEL = "writes"
TABLE = "CREATE TABLE writes (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"

_WRITE = "INSERT INTO writes DEFAULT VALUES RETURNING id"

WAYS: dict[str, tuple[str, ...]] = {
    "none": (_WRITE,),
    "inside": (f"WITH written AS ({_WRITE}) SELECT pg_notify('{CHANNEL}', id::text) FROM written",),
    "after": (_WRITE, f"SELECT pg_notify('{CHANNEL}', lastval()::text)"),
}
"""Statements of one write, each a transaction of its own."""


async def run(plan: Plan) -> Figures:
    """All ways in turns, for each number of connections, on one server."""
    server = PostgresServer(plan.stores / "notify" / "postgres", settings=POSTGRES_SETTINGS)
    try:
        server.start()
        rounds = await _rounds(plan, server.uri())
    finally:
        server.stop()
    ratios = {
        connections: {
            way: vars(ratio([one[way] for one in found], [one["none"] for one in found]))
            for way in WAYS
            if way != "none"
        }
        for connections, found in rounds.items()
    }
    return {"rounds": rounds, "ratios": ratios}


async def _rounds(plan: Plan, database_url: str) -> dict[str, list[dict[str, float]]]:
    """By number of connections, and in each round by way: writes a second."""
    rounds: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
    listener = await asyncpg.connect(database_url)
    await listener.execute(TABLE)
    await listener.add_listener(CHANNEL, lambda *_: None)
    for way in WAYS:  # the files grow to what is needed
        await writes_per_second(database_url, way, plan.sizes.notify_connections[-1], plan.sizes.notify_seconds)
    for number in range(plan.sizes.rounds):
        for connections in plan.sizes.notify_connections:
            plan.say(f"notify, round {number + 1} of {plan.sizes.rounds}: {connections} connections")
            found = {
                way: round(await writes_per_second(database_url, way, connections, plan.sizes.notify_seconds), 1)
                for way in WAYS
            }
            plan.say(f"  {found}")
            rounds[str(connections)].append(found)
    await listener.close()
    return dict(rounds)


async def writes_per_second(database_url: str, way: str, connections: int, seconds: float) -> float:
    """So many connections, each with one write after the other, for so long."""
    opened = [await asyncpg.connect(database_url) for _ in range(connections)]
    try:
        prepared = [[await connection.prepare(statement) for statement in WAYS[way]] for connection in opened]
        begun = perf_counter()
        written = await asyncio.gather(*(_write(statements, begun + seconds) for statements in prepared))
        return sum(written) / (perf_counter() - begun)
    finally:
        for connection in opened:
            await connection.close()


async def _write(statements: Sequence[asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record]], until: float) -> int:
    written = 0
    while perf_counter() < until:
        for statement in statements:
            await statement.fetch()
        written += 1
    return written
