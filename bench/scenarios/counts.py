"""Counts: history events, workflow tasks, activities and database statements of one request, which no load changes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client as TemporalClient

from bench.load import Timings, connected
from bench.plan import Figures, Plan
from bench.sides import POSTGRES_SETTINGS, Floor, OnTemporal, Product
from embedded.postgres import PostgresServer
from workflows.contracts import workflow_id

REQUESTS = 20

_CALLS = """
SELECT CASE WHEN query ILIKE 'BEGIN%' OR query ILIKE 'COMMIT%' THEN 'BEGIN and COMMIT' ELSE 'statements' END AS kind,
    sum(calls)::bigint AS calls
FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid
WHERE d.datname = 'crm' AND query NOT ILIKE '%pg_stat_statements%'
GROUP BY 1
"""


async def run(plan: Plan) -> Figures:
    """Product and floor, one request at a time."""
    figures: dict[str, Any] = {}
    for kind in (Product, Floor):
        plan.say(f"counts: {kind.title}")
        figures[kind.name] = await _count(kind(plan.stores / kind.name), plan.stores)
        plan.say(f"  {figures[kind.name]}")
    return figures


async def _count(side: OnTemporal, stores: Path) -> dict[str, Any]:
    settings = {**POSTGRES_SETTINGS, "shared_preload_libraries": "pg_stat_statements"}
    side.postgres = PostgresServer(stores / side.name / "postgres", settings=settings)
    side.processes["postgres"] = side.postgres.process
    try:
        await side.start()
        connection = await asyncpg.connect(side.database_url)
        await connection.execute("CREATE EXTENSION pg_stat_statements")
        async with connected(side.url) as client:
            for _ in range(REQUESTS):  # every connection has prepared its statements
                await client.whole_request(Timings())
            await connection.execute("SELECT pg_stat_statements_reset()")
            for _ in range(REQUESTS):
                await client.whole_request(Timings())
            calls = {row["kind"]: row["calls"] / REQUESTS for row in await connection.fetch(_CALLS)}
            request_id = await client.start()
            for step in range(3):
                await client.approve(request_id, step)
        await connection.close()
        return {**await _history(side, request_id), **calls}
    finally:
        side.stop()


async def _history(side: OnTemporal, request_id: str) -> dict[str, int]:
    temporal = await TemporalClient.connect(side.temporal.address)
    name = workflow_id(UUID(request_id)) if isinstance(side, Product) else request_id
    handle = temporal.get_workflow_handle(name)
    await handle.result()
    history = await handle.fetch_history()
    kinds = Counter(event.event_type for event in history.events)
    return {
        "history events": len(history.events),
        "workflow tasks": kinds[EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED],
        "local activities": kinds[EventType.EVENT_TYPE_MARKER_RECORDED],
        "search attribute updates": kinds[EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES],
    }
