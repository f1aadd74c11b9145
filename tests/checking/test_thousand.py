"""A thousand requests lose their runs, their assignments, what was decided on them and what was to be told of them, all at once and
while others decide: passes alone heal all of it, and write each mend down.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable
from functools import partial
from typing import Any, Final
from uuid import UUID

import pytest
import pytest_asyncio
from temporalio.client import Client
from uuid_utils.compat import uuid7

from application.checking.findings import Kind
from application.delivery.engine import Engine, EngineUnavailableError
from application.reconciling import Reconciler
from crm import findings
from crm.pool import Pool
from settings import Settings
from tests.api.setting import sent, working
from tests.checking.looking import reconcile
from tests.checking.many import copies_of
from tests.clients import ApiClient, request_body
from tests.conftest import SignIn
from tests.eventually import eventually
from workflows.contracts import workflow_id

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.usefixtures("quick_worker")]

REQUESTS: Final = 1000
OVERDUE: Final = 20
"""Requests whose clock should have rung while nobody had their runs."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quick_worker(temporal_client: Client, settings: Settings, task_queue: str) -> AsyncIterator[None]:
    """As in production, outside the sandbox."""
    async with working(temporal_client, settings):
        yield


async def open_runs(engine: Engine) -> dict[UUID, str]:
    """The open runs that the engine lists: the engine's own ids of them, by request."""
    return {run.request_id: run.id async for some in engine.list_runs(open_only=True) for run in some}


async def terminate(client: Client, engine: Engine, request_ids: Collection[UUID]) -> None:
    """The engine loses the runs of some requests."""
    free = asyncio.Semaphore(20)

    async def lose(request_id: UUID) -> None:
        async with free:
            await client.get_workflow_handle(workflow_id(request_id)).terminate("lost")

    await asyncio.gather(*map(lose, request_ids))

    async def are_gone() -> bool:
        return not (await open_runs(engine)).keys() & set(request_ids)

    await eventually(are_gone)


async def decide_unheard(pool: Pool, request_ids: Iterable[UUID]) -> None:
    """The manager's approvals were taken ten minutes ago, and the engine that had them has lost them."""
    rows = [(command_id := uuid7(), one, {"command_id": str(command_id), "step": "manager"}) for one in request_ids]
    await pool.executemany(
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at, handed_over_at, next_try_at)
           VALUES ($1, $2, 'approve', 'manager1', $3, now() - interval '10 minutes', now(), now() + interval '10 minutes')""",
        [(command_id, one, {**message, "actor": "manager1"}) for command_id, one, message in rows],
    )


async def kinds_since(pool: Pool, before: int) -> dict[str, set[str]]:
    """What was mended after so much was, by the number of the request."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in (await findings.mended(pool, 10_000))[: -before or None]:
        decided = one.kind == Kind.COMMAND_DECIDED  # by when it was looked at, some were
        found[one.number].add(Kind.COMMAND_GIVEN if decided else one.kind)
    return found


async def heal(reconciler: Reconciler) -> int:
    """Make passes until one has nothing to mend; how many there were."""
    for passes in range(1, 20):
        try:
            reconciled = await reconcile(reconciler)
        except EngineUnavailableError:  # with so much to do it may not answer in time; a pass is made again
            continue
        assert reconciled.waiting == 0
        if not reconciled.mended:
            return passes
    raise AssertionError("it does not come to an end")


async def test_all_of_it_is_healed_by_passes_alone(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine, reconciler: Reconciler
) -> None:
    sales, manager, director = [await sign_in(name) for name in ("sales1", "manager1", "director1")]
    numbers = await copies_of(pool, await sent(sales), REQUESTS)
    everyone = list(numbers)

    # The engine's store is gone: it knows none of them.
    await heal(reconciler)
    assert await kinds_since(pool, 0) == {number: {Kind.STARTED} for number in numbers.values()}
    runs = await open_runs(engine)
    assert set(numbers) <= runs.keys()

    # Half of the runs are lost, what waits in others, and what was to be told.
    no_run, nobody_asked = everyone[:500], everyone[500:700]
    not_heard, not_told, well = everyone[700:800], everyone[800:900], everyone[900:]
    overdue = no_run[:OVERDUE]
    await pool.execute(
        """UPDATE assignments SET alarms = jsonb_build_array(jsonb_build_object('kind', 'remind', 'stage', 0,
               'at', now() - interval '1 minute')) WHERE request_id = ANY ($1) AND state = 'open'""",
        overdue,
    )
    await terminate(temporal_client, engine, no_run)
    await pool.execute("DELETE FROM assignments WHERE request_id = ANY ($1)", nobody_asked)
    await decide_unheard(pool, not_heard)
    await pool.execute("DELETE FROM outbox WHERE request_id = ANY ($1) AND sequence > 1", not_told)
    expected = {
        **{numbers[one]: {Kind.STARTED} for one in no_run},
        **{numbers[one]: {Kind.ASKED_AGAIN} for one in nobody_asked},
        **{numbers[one]: {Kind.COMMAND_GIVEN} for one in not_heard},
        **{numbers[one]: {Kind.EVENTS_MADE_AGAIN} for one in not_told},
    }
    busy, lives = True, 0

    async def live() -> None:
        nonlocal lives
        while busy:
            answer = await sales.call("POST", "/purchase-requests", request_body(send={}))
            if answer.status_code == 503:  # so much is going on
                continue
            request = answer.json()
            for approver, step in ((manager, "manager"), (director, "director")):
                await eventually(partial(_waits_at, sales, request, step))
                await approver.act(request["id"], "approve", {"step": step})
            lives += 1

    living = asyncio.create_task(live())
    before = len(await findings.mended(pool, 10_000))
    await heal(reconciler)
    busy = False
    await living
    assert lives > 3

    found = await kinds_since(pool, before)
    assert found == expected, "each is written down, and nothing else"
    now = await open_runs(engine)
    assert {one: now[one] for one in (*nobody_asked, *not_heard, *not_told, *well)} == {
        one: runs[one] for one in (*nobody_asked, *not_heard, *not_told, *well)
    }, "no second run of those that had one"
    assert set(no_run) <= now.keys()
    await eventually(lambda: _holds(pool, _STEPS, everyone, {"manager": 900, "director": 100}), 60)
    # A clock that should have rung already rings a minute after its run was started.
    await eventually(lambda: _holds(pool, _REMINDED, everyone, {"remind": OVERDUE}), 120)
    told = await pool.fetch(
        "SELECT count(*) AS told FROM outbox WHERE request_id = ANY ($1) GROUP BY request_id", not_told
    )
    assert {row["told"] for row in told} == {3}
    assert await heal(reconciler) == 1


_STEPS: Final = """
SELECT step AS name, count(*) AS count FROM assignments WHERE request_id = ANY ($1) AND state = 'open' GROUP BY step
"""
"""Where they wait, on one person each."""
_REMINDED: Final = """
SELECT action AS name, count(*) AS count FROM timeline WHERE request_id = ANY ($1) AND action = 'remind' AND actor = '$system'
GROUP BY action
"""


async def _waits_at(reader: ApiClient, request: Any, step: str) -> bool:
    """However long a machine with so much to do takes."""
    now = await reader.request(request["id"])
    return bool(now["process_status"] == "in_progress" and now["run"]["step"]["key"] == step)


async def _holds(pool: Pool, query: str, request_ids: list[UUID], expected: dict[str, Any]) -> bool:
    rows = await pool.fetch(query, request_ids)
    return {row["name"]: row["count"] for row in rows} == expected
