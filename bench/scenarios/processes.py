"""What processes with many people and many deadlines cost: a vote among fifty, deadlines that fire together, and the inbox of
somebody who stands in for twenty.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
from temporalio.client import Client as TemporalClient

from approval.clock import SPREAD
from bench.bulk import fill
from bench.load import Client, connected
from bench.plan import Figures, Plan
from bench.sides import PROCESS, Product
from bench.statistics import ratio, summary
from workflows.contracts import LOOK, workflow_id

VOTERS = 50
AWAY = 20
"""People for whom one stands in."""
PLACES = 200
"""Open places of each of them."""
WARM_UP = 5
PAUSE = 0.05
"""Seconds between two decisions."""

_PEOPLE = """
INSERT INTO users (username, name, roles, manager, department)
SELECT 'voter' || n, 'Người duyệt ' || n, '{board}'::text[], 'director1', 'Hội đồng' FROM generate_series(1, $1::integer) n
UNION ALL SELECT 'away' || n, 'Người vắng ' || n, '{board}'::text[], 'director1', 'Kinh doanh' FROM generate_series(1, $2::integer) n
UNION ALL SELECT 'deputy', 'Người thay', '{manager}'::text[], 'director1', 'Kinh doanh'
ON CONFLICT DO NOTHING
"""

# So many of the places that wait on a manager are those of the people who are away, and of their substitute.
_PLACES = """
WITH theirs AS (
    UPDATE assignments a SET person = moved.person FROM (
        SELECT id, CASE n % ($1 + 1) WHEN $1 THEN 'deputy' ELSE 'away' || (1 + n % ($1 + 1)) END AS person
        FROM (SELECT id, (row_number() OVER (ORDER BY id))::integer AS n FROM assignments
            WHERE person = 'manager2' AND state = 'open' LIMIT $2) open) moved
    WHERE a.id = moved.id RETURNING a.person, a.request_id
)
INSERT INTO participants (username, request_id) SELECT person, request_id FROM theirs ON CONFLICT DO NOTHING
"""

_SUBSTITUTIONS = """
INSERT INTO substitutions (id, person, substitute, starts_at, ends_at, reason, made_by, made_at)
SELECT gen_random_uuid(), 'away' || n, 'deputy', now() - interval '1 hour', now() + interval '7 days', 'x', 'admin1', now()
FROM generate_series(1, $1::integer) n
"""

_RING_AT = """
WITH asked AS (
    UPDATE assignments SET alarms = jsonb_set(alarms, '{0,at}', to_jsonb($2::timestamptz))
    WHERE request_id = ANY ($1) AND state = 'open'
)
UPDATE rounds SET steps = jsonb_set(steps, '{0,opened_at}', to_jsonb($2::timestamptz - interval '60 days')) WHERE request_id = ANY ($1)
"""

_RUNG = "SELECT count(*) FROM timeline WHERE request_id = ANY ($1) AND action = 'remind'"


async def run(plan: Plan) -> Figures:
    """One system, whose figures are compared with each other in turns."""
    side = Product(plan.stores / Product.name)
    try:
        await side.start()
        connection = await asyncpg.connect(side.database_url, command_timeout=600)
        await connection.execute(_PEOPLE, VOTERS, AWAY)
        async with connected(side.url) as client:
            await client.sign_in("voter1", "away1", "deputy")
            plan.say(f"processes: {VOTERS} approvers beside one")
            votes = await _votes(client, plan)
            plan.say(f"  {votes['ratios']}")
            plan.say(f"processes: {plan.sizes.deadlines:,} deadlines in one minute")
            deadlines = await _deadlines(plan, side, client, connection)
            plan.say(f"  {deadlines}")
            plan.say(f"processes: an inbox of {AWAY} people among {plan.sizes.crm_requests[1]:,} requests")
            inbox = await _inbox(plan, side, client, connection)
            plan.say(f"  {inbox['ratios']}")
        await connection.close()
    finally:
        side.stop()
    return {"votes": votes, "deadlines": deadlines, "inbox": inbox}


async def _process(client: Client, key: str, **step: Any) -> None:
    """Publish a process of one step and connect the CRM to it."""
    document = {"schema_version": 2, "key": key, "name": key, "steps": [{"key": "only", "name": "Only", **step}]}
    await client.call("PUT", f"/processes/{key}/draft", document, user="admin1")
    await client.call("POST", f"/processes/{key}/publish", user="admin1")
    await client.call("PUT", "/connection", {"process_key": key}, user="admin1")


async def _approve(client: Client, request_id: str, step: str, user: str) -> float:
    begun = perf_counter()
    await client.call("POST", f"/purchase-requests/{request_id}/approve", {"step": step}, user=user)
    return (perf_counter() - begun) * 1000


async def _votes(client: Client, plan: Plan) -> dict[str, Any]:
    """A decision that closes a step with one approver, one with fifty, and a vote of fifty that must all be given."""
    everybody = [{"user": f"voter{n}"} for n in range(1, VOTERS + 1)]
    kinds: dict[str, dict[str, Any]] = {
        "one": {"approvers": everybody[:1]},
        "any of fifty": {"approvers": [{"role": "board"}]},
        "all of fifty": {"approvers": [{"role": "board"}], "decision": "all"},
    }
    rounds: list[dict[str, dict[str, float]]] = []
    for _ in range(plan.sizes.rounds):
        found = {}
        for name, step in kinds.items():
            await _process(client, "bench-" + name.replace(" ", "-"), **step)
            requests = [await client.start() for _ in range(WARM_UP + plan.sizes.list_calls)]
            found[name] = summary([await _approve(client, one, "only", "voter1") for one in requests][WARM_UP:])
        rounds.append(found)
    return {"rounds": rounds, "ratios": _to_first(rounds, "one")}


def _to_first(rounds: list[dict[str, dict[str, float]]], first: str) -> dict[str, Any]:
    """Each kind's ratio to the first one."""
    return {
        name: vars(ratio([one[name]["p50"] for one in rounds], [one[first]["p50"] for one in rounds]))
        for name in rounds[0]
        if name != first
    }


async def _deadlines(plan: Plan, side: Product, client: Client, connection: asyncpg.Connection[Any]) -> dict[str, Any]:
    """How long decisions on other requests take while so many reminders are due at once, and without them."""
    await client.call("PUT", "/connection", {"process_key": PROCESS["key"]}, user="admin1")
    calls = max(plan.sizes.list_calls, 20)
    others = [await client.start() for _ in range(WARM_UP + calls + min(500, plan.sizes.deadlines))]
    await _process(client, "bench-deadlines", approvers=[{"user": "voter1"}], deadline="8000h", remind=["4000h"])
    waiting: list[str] = []

    async def make() -> None:
        while len(waiting) + 16 <= plan.sizes.deadlines:
            waiting.append(await client.start())

    await asyncio.gather(*(make() for _ in range(16)))
    usual = [await _paced(client, others.pop()) for _ in range(WARM_UP + calls)][WARM_UP:]
    temporal = await TemporalClient.connect(side.temporal.address)
    ids = [UUID(one) for one in waiting]
    ring_at = await connection.fetchval("SELECT now() + make_interval(secs => $1)", 5 + len(ids) / 40)
    await connection.execute(_RING_AT, ids, ring_at)
    for one in ids:
        await temporal.get_workflow_handle(workflow_id(one)).signal(LOOK, {})
    while not await connection.fetchval("SELECT now() >= $1", ring_at):
        await asyncio.sleep(0.1)
    begun, beside = perf_counter(), []
    pause = SPREAD.total_seconds() / max(len(others), 1)
    while await connection.fetchval(_RUNG, ids) < len(ids):
        if perf_counter() - begun > 2 * SPREAD.total_seconds():
            raise RuntimeError("the deadlines did not all fire")
        if others:
            beside.append(await _paced(client, others.pop(), pause))
        else:
            await asyncio.sleep(PAUSE)
    worked_off = perf_counter() - begun
    twice = await connection.fetchval(f"{_RUNG} HAVING count(*) > $2", ids, len(ids))
    return {
        "deadlines": len(ids),
        "seconds": round(worked_off, 1),
        "too_many": int(twice or 0),
        "usual": summary(usual),
        "beside": summary(beside),
    }


async def _paced(client: Client, request_id: str, pause: float = PAUSE) -> float:
    await asyncio.sleep(pause)
    begun = perf_counter()
    await client.approve(request_id, 0)
    return (perf_counter() - begun) * 1000


async def _inbox(plan: Plan, side: Product, client: Client, connection: asyncpg.Connection[Any]) -> dict[str, Any]:
    """Somebody's own inbox, then with those of twenty people."""
    await client.call("PUT", "/connection", {"process_key": PROCESS["key"]}, user="admin1")
    await fill(side.database_url, plan.sizes.crm_requests[1])
    await connection.execute(_PLACES, AWAY, (AWAY + 1) * PLACES)
    await connection.execute("ANALYZE assignments; ANALYZE participants")
    rounds = []
    for _ in range(plan.sizes.rounds):
        found = {}
        await connection.execute("DELETE FROM substitutions")
        found["own"] = await _timed(client, "/inbox", plan)
        found["own list"] = await _timed(client, "/purchase-requests", plan)
        await connection.execute(_SUBSTITUTIONS, AWAY)
        found["of twenty more"] = await _timed(client, "/inbox", plan)
        found["list of twenty more"] = await _timed(client, "/purchase-requests", plan)
        rounds.append(found)
    pairs = {"inbox": ("of twenty more", "own"), "list": ("list of twenty more", "own list")}
    ratios = {
        name: vars(ratio([one[more]["p50"] for one in rounds], [one[own]["p50"] for one in rounds]))
        for name, (more, own) in pairs.items()
    }
    return {"requests": plan.sizes.crm_requests[1], "rounds": rounds, "ratios": ratios}


async def _timed(client: Client, path: str, plan: Plan) -> dict[str, float]:
    latencies = []
    for _ in range(WARM_UP + plan.sizes.list_calls):
        begun = perf_counter()
        await client.call("GET", path, user="deputy")
        latencies.append((perf_counter() - begun) * 1000)
    return summary(latencies[WARM_UP:])
