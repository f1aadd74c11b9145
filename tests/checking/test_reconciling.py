"""The reconciler heals what the engine has lost while everything runs, writes it down, and leaves alone what is well."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from application.checking.findings import Kind
from application.delivery.engine import Engine, EngineUnavailableError
from application.reconciling import Reconciler
from application.signatures import SignalKeys
from approval.model import SYSTEM
from crm import findings
from crm.pool import Pool
from settings import Settings
from tests.api.setting import sent
from tests.checking.looking import forget, kinds, lose, reconcile, run_of, status_of
from tests.conftest import SignIn
from tests.eventually import eventually
from workflows import contracts
from workflows.reconciliation_contract import RECONCILIATION_TYPE, Reconciled

pytestmark = pytest.mark.usefixtures("running_worker")

LATE = 20


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


async def test_a_step_that_asks_nobody_asks_those_whom_its_process_names_again(
    sign_in: SignIn, temporal_client: Client, pool: Pool, reconciler: Reconciler
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request, well = await sent(sales), await sent(sales)
    await pool.execute("DELETE FROM assignments WHERE request_id = $1", UUID(request["id"]))

    assert ((await reconcile(reconciler)).mended, (await findings.mended(pool, 1))[0].kind) == (1, Kind.ASKED_AGAIN)

    async def is_asked() -> bool:
        shown = await sales.request(request["id"])
        return bool(shown["run"]["step"]["approvers"])

    await eventually(is_asked)
    assert (await reconcile(reconciler)).mended == 0
    (entry,) = [one for one in await sales.timeline(request["id"]) if one["action"] == "resolve_approvers"]
    assert entry["actor"]["username"] == SYSTEM
    assert "resolve_approvers" not in [one["action"] for one in await sales.timeline(well["id"])]
    done = await manager.done(request["id"], "approve", {"step": "manager"})
    assert done["run"]["step"]["key"] == "director"
    assert [person["username"] for person in done["run"]["step"]["approvers"]] == ["director1"]


async def test_a_step_that_can_ask_nobody_waits_for_a_person(
    sign_in: SignIn, pool: Pool, reconciler: Reconciler
) -> None:
    request = await sent(await sign_in("sales1"))
    await pool.execute("DELETE FROM assignments WHERE request_id = $1 AND state = 'open'", UUID(request["id"]))
    await pool.execute("UPDATE users SET manager = NULL WHERE username = 'sales1'")

    for _ in range(2):
        assert (await reconcile(reconciler)).waiting == 1
    (one,) = await findings.open_findings(pool, 10)
    assert (one.kind, one.number, one.facts) == (Kind.NOBODY_ASKED, request["number"], {"step": "manager"})
    assert one.seen_at > one.found_at

    await pool.execute("UPDATE users SET manager = 'manager1' WHERE username = 'sales1'")
    assert (await reconcile(reconciler)).waiting == 0
    assert await findings.open_findings(pool, 10) == []


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


class Tiring(Engine):
    """An engine that goes away after some runs were started."""

    starts = 3

    async def start_run(self, *arguments: Any, **named: Any) -> None:
        if not self.starts:
            raise EngineUnavailableError("away")
        self.starts -= 1
        await super().start_run(*arguments, **named)


async def test_what_was_mended_before_the_engine_went_away_is_written_down(
    sign_in: SignIn, temporal_client: Client, pool: Pool, reconciler: Reconciler, settings: Settings
) -> None:
    requests = [await sent(await sign_in("sales1")) for _ in range(5)]
    for request in requests:
        await lose(temporal_client, request)
    with pytest.raises(EngineUnavailableError):
        await reconcile(Reconciler(pool, Tiring(temporal_client, SignalKeys()), settings.time_zone, share=1))
    numbers = {request["number"] for request in requests}
    first = [one.number for one in await findings.mended(pool, 100) if one.number in numbers]
    assert len(first) == Tiring.starts

    assert (await reconcile(reconciler)).mended == len(requests) - Tiring.starts
    kept = [one.number for one in await findings.mended(pool, 100) if one.number in numbers]
    assert sorted(kept) == sorted(numbers), "each once"


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
