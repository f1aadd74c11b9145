"""The reconciler heals what the engine has lost while everything runs, writes it down, and leaves alone what is well."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from application.checking.findings import Kind
from application.delivery.engine import Engine
from application.reconciling import Reconciler
from crm import findings
from crm.pool import Pool
from settings import Settings
from tests.api.setting import sent
from tests.checking.looking import forget, kinds, run_of, status_of
from tests.conftest import SignIn
from tests.eventually import eventually
from workflows import contracts
from workflows.reconciliation_contract import RECONCILIATION_TYPE, Reconciled

pytestmark = pytest.mark.usefixtures("running_worker")

LATE = 20


@pytest.fixture
def reconciler(pool: Pool, engine: Engine, settings: Settings) -> Reconciler:
    return Reconciler(pool, engine, settings.time_zone)


async def reconcile(reconciler: Reconciler, pass_id: UUID | None = None) -> Reconciled:
    return await reconciler.reconcile(pass_id or uuid4(), lambda: None)


async def lose(client: Client, request: dict[str, Any]) -> None:
    """The engine forgets a run, its history and that it was there; as a lost store does."""
    handle = run_of(client, request)
    await handle.terminate("lost")

    async def is_listed_as_over() -> bool:
        query = f"WorkflowId = '{handle.id}' AND ExecutionStatus = 'Running'"
        return not [run async for run in client.list_workflows(query)]

    await eventually(is_listed_as_over)  # what is lost is not listed either


async def test_runs_that_the_engine_lost_are_started_and_written_down_once(
    sign_in: SignIn, temporal_client: Client, pool: Pool, reconciler: Reconciler
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    requests = [await sent(sales) for _ in range(30)]
    lost, well = requests[:LATE], requests[LATE:]
    was = {request["id"]: (await run_of(temporal_client, request).describe()).run_id for request in well}
    await asyncio.gather(*(lose(temporal_client, request) for request in lost))

    first = await reconcile(reconciler)
    again = await reconcile(reconciler)

    assert (first.mended, first.waiting, again.mended) == (LATE, 0, 0)
    kept = await findings.mended(pool, 100)
    assert {one.number for one in kept if one.kind == Kind.STARTED} >= {request["number"] for request in lost}
    for request in lost:
        assert await status_of(temporal_client, request) is WorkflowExecutionStatus.RUNNING
    for request in well:
        assert (await run_of(temporal_client, request).describe()).run_id == was[request["id"]]
    done = await manager.done(lost[0]["id"], "approve", {"step": "manager"})
    assert done["run"]["step"]["key"] == "director"


async def test_a_step_that_asks_nobody_waits_for_a_person_until_it_asks_somebody(
    sign_in: SignIn, pool: Pool, reconciler: Reconciler
) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    request = await sent(sales)
    await pool.execute("DELETE FROM assignments WHERE request_id = $1 AND state = 'open'", UUID(request["id"]))

    for _ in range(2):
        assert (await reconcile(reconciler)).waiting == 1
    (one,) = await findings.open_findings(pool, 10)
    assert (one.kind, one.number, one.facts) == (Kind.NOBODY_ASKED, request["number"], {"step": "manager"})
    assert one.seen_at > one.found_at

    await admin.done(request["id"], "resolve-approvers")
    assert (await reconcile(reconciler)).waiting == 0
    assert await findings.open_findings(pool, 10) == []


async def test_what_is_not_told_on_for_long_waits_for_a_person(
    sign_in: SignIn, pool: Pool, reconciler: Reconciler
) -> None:
    request = await sent(await sign_in("sales1"))
    await pool.execute(
        "UPDATE outbox SET created_at = now() - interval '1 hour' WHERE request_id = $1", UUID(request["id"])
    )
    assert (await reconcile(reconciler)).waiting == 1
    (one,) = await findings.open_findings(pool, 10)
    assert (one.kind, one.facts["count"]) == (Kind.OUTBOX_WAITS, "3")
    await pool.execute("UPDATE outbox SET dispatched_at = now() WHERE request_id = $1", UUID(request["id"]))
    assert (await reconcile(reconciler)).waiting == 0


async def test_what_a_restore_has_lost_is_left_to_the_check_which_says_it_once(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine, reconciler: Reconciler
) -> None:
    request = await sent(await sign_in("sales1"))
    await forget(pool, request)
    for _ in range(2):
        reconciled = await reconcile(reconciler)
        assert (reconciled.mended, reconciled.waiting) == (0, 0)
    assert await status_of(temporal_client, request) is WorkflowExecutionStatus.RUNNING
    assert await kinds(pool, engine) == {request["number"]: [Kind.REQUEST_LOST]}


async def test_a_pass_that_was_cut_off_is_made_again_under_its_name(
    sign_in: SignIn, temporal_client: Client, pool: Pool, reconciler: Reconciler
) -> None:
    request = await sent(await sign_in("sales1"))
    await lose(temporal_client, request)
    pass_id = uuid4()
    await findings.begin(pool, pass_id)
    (begun, *_) = await findings.passes(pool, 1)
    assert begun.ended_at is None
    assert (await reconcile(reconciler, pass_id)).mended == 1
    (ended, *_) = await findings.passes(pool, 1)
    assert (ended.started_at, ended.mended) == (begun.started_at, 1)
    assert ended.ended_at is not None


async def test_a_busy_system_is_left_alone(sign_in: SignIn, pool: Pool, reconciler: Reconciler) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    busy, lives = True, 0

    async def live(number: int) -> None:
        nonlocal lives
        while busy:
            request = await sent(sales)
            if number % 2:
                await sales.done(request["id"], "recall")
                await sales.done(request["id"], "send")
                await manager.done(request["id"], "reject", {"step": "manager", "note": "không", "end": True})
            else:
                await manager.done(request["id"], "approve", {"step": "manager"})
                await director.done(request["id"], "approve", {"step": "director"})
            lives += 1

    living = [asyncio.create_task(live(number)) for number in range(4)]
    passes: list[Reconciled] = []
    while lives < 30 or len(passes) < 5:
        passes.append(await reconcile(reconciler))
        for task in living:
            if task.done():
                task.result()
    busy = False
    await asyncio.gather(*living)
    assert [(one.mended, one.waiting) for one in passes] == [(0, 0)] * len(passes)


async def test_the_engine_has_it_done(sign_in: SignIn, temporal_client: Client, task_queue: str, pool: Pool) -> None:
    request = await sent(await sign_in("sales1"))
    await lose(temporal_client, request)
    reconciled = await temporal_client.execute_workflow(
        RECONCILIATION_TYPE,
        id=f"reconciliation-{uuid4().hex[:8]}",
        task_queue=contracts.TASK_QUEUE,
        result_type=Reconciled,
    )
    assert (reconciled.mended, reconciled.waiting) == (1, 0)
    assert await status_of(temporal_client, request) is WorkflowExecutionStatus.RUNNING
