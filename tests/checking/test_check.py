"""The check finds whatever differs between CRM and engine, mends it, and finds nothing the second time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter
from uuid_utils.compat import uuid7

from application.checking.findings import Finding, Kind
from application.delivery.engine import Engine
from application.signatures import SignalKeys
from approval.model import Action
from crm import checking, deferred
from crm.checking import Standing
from crm.pool import Pool
from embedded.temporal import TemporalServer
from tests.api.backup import Backup
from tests.api.setting import SMALL, sent
from tests.checking.looking import forget, found, kinds, run_of, status_of
from tests.conftest import SignIn
from tests.crm.saved import MANAGER1, SALES1, SavedRun
from tests.eventually import eventually
from workflows import contracts
from workflows.contracts import RunInput, workflow_id

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_an_open_request_without_a_run_gets_one(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    waiting, returned = await sent(sales), await sent(sales)
    await manager.done(returned["id"], "reject", {"step": "manager", "note": "xem lại"})
    for request in (waiting, returned):
        await run_of(temporal_client, request).terminate("lost")

    assert await kinds(pool, engine) == {waiting["number"]: [Kind.STARTED], returned["number"]: [Kind.STARTED]}

    assert await status_of(temporal_client, waiting) is WorkflowExecutionStatus.RUNNING
    state = await run_of(temporal_client, waiting).query("state")
    assert state["step"]["approvers"] == [{"username": "manager1", "name": "Lê Hoàng Nam"}]
    assert (await manager.done(waiting["id"], "approve", {"step": "manager"}))["run"]["step"]["key"] == "director"
    assert (await sales.done(returned["id"], "send"))["run"]["round"] == 2


async def test_a_run_that_ended_before_the_crm_was_restored_is_started_anew(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    backup = await Backup.of(pool, request)
    await manager.done(request["id"], "approve", {"step": "manager"})
    assert await run_of(temporal_client, request).result() == "completed"
    await backup.restore()

    (finding,) = await found(pool, engine)

    assert (finding.kind, finding.number, finding.remedy) == (Kind.STARTED_ANEW, request["number"], "")
    assert finding.text == (
        f"{request['number']} (sales1): in progress in the CRM, and its run in the engine had ended as completed: what was "
        "decided after the backup is lost and is to be decided again. A run was started."
    )
    assert (await manager.done(request["id"], "approve", {"step": "manager"}))["process_status"] == "completed"


async def test_a_run_that_shows_what_is_not_so_shows_what_is(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine
) -> None:
    request = await sent(await sign_in("sales1"))
    await SavedRun(pool, UUID(request["id"])).decide(Action.APPROVE, MANAGER1)  # as an engine that is older has it

    (finding,) = await found(pool, engine)

    assert finding.text == (
        f"{request['number']} (sales1): the engine showed in progress at manager, waiting on manager1, the CRM has in progress "
        "at director, waiting on director1. The engine shows that now."
    )
    attributes = (await run_of(temporal_client, request).describe()).typed_search_attributes
    assert attributes.get(contracts.APPROVAL_STEP) == "director"
    assert (await run_of(temporal_client, request).query("state"))["step"]["key"] == "director"


async def test_a_run_of_another_round_at_the_same_step_looks_at_the_crm_after_a_restore(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine
) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    backup = await Backup.of(pool, request)
    await sales.done(request["id"], "recall")
    await sales.done(request["id"], "send")
    await backup.restore()
    assert (await run_of(temporal_client, request).query("state"))["round"] == 2

    assert Kind.LOOKED in [finding.kind for finding in await found(pool, engine, margin=1000)]

    state = await run_of(temporal_client, request).query("state")
    assert (state["round"], state["step"]["deadline"]) == (1, request["run"]["step"]["deadline"])


async def test_a_run_whose_request_has_ended_ends(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine
) -> None:
    request = await sent(await sign_in("sales1"))
    await SavedRun(pool, UUID(request["id"])).decide(Action.CANCEL, SALES1)

    assert await kinds(pool, engine) == {request["number"]: [Kind.ENDED]}

    assert await run_of(temporal_client, request).result() == "cancelled"


@pytest.mark.parametrize("ended", [False, True], ids=["whose-run-waits", "whose-run-has-ended"])
async def test_a_draft_that_the_engine_has_as_sent_is_said_once_and_its_run_ends(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine, ended: bool
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sales.create(lines=SMALL)
    backup = await Backup.of(pool, request)
    await sales.done(request["id"], "send")
    if ended:
        await manager.done(request["id"], "approve", {"step": "manager"})
        assert await run_of(temporal_client, request).result() == "completed"
    await backup.restore()

    (finding,) = await found(pool, engine)

    assert (finding.kind, finding.number) == (Kind.SEND_LOST, request["number"])
    assert finding.remedy == "Tell sales1 to look at the draft and to send it again."
    expected = WorkflowExecutionStatus.COMPLETED if ended else WorkflowExecutionStatus.FAILED
    assert await status_of(temporal_client, request) is expected
    assert await found(pool, engine) == []
    assert (await sales.done(request["id"], "send"))["process_status"] == "in_progress"


@pytest.mark.parametrize("ended", [False, True], ids=["whose-run-waits", "whose-run-has-ended"])
async def test_a_request_that_only_the_engine_knows_is_said_once_and_its_run_ends(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine, ended: bool
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    if ended:
        await manager.done(request["id"], "approve", {"step": "manager"})
        assert await run_of(temporal_client, request).result() == "completed"
    await forget(pool, request)

    (finding,) = await found(pool, engine)

    engine_had = "completed" if ended else "in progress"
    assert finding.text == (
        f"{request['number']} (sales1): not in the CRM, and the engine had it {engine_had}: it was made after the backup. "
        "A run that waited was ended."
    )
    assert finding.remedy == "Tell sales1 to make it again."
    expected = WorkflowExecutionStatus.COMPLETED if ended else WorkflowExecutionStatus.FAILED
    assert await status_of(temporal_client, request) is expected
    kept = await pool.fetchrow("SELECT number, owner FROM lost_requests WHERE request_id = $1", UUID(request["id"]))
    assert kept is not None
    assert tuple(kept) == (request["number"], "sales1")


async def test_a_lost_request_that_had_two_runs_is_said_once(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    await run_of(temporal_client, request).terminate("by hand")
    await manager.done(request["id"], "approve", {"step": "manager"})
    assert await run_of(temporal_client, request).result() == "completed"
    await forget(pool, request)
    assert await kinds(pool, engine) == {request["number"]: [Kind.REQUEST_LOST]}


async def test_a_send_that_is_lost_twice_is_said_twice(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine
) -> None:
    request = await (await sign_in("sales1")).create()
    backup = await Backup.of(pool, request)
    for _ in range(2):
        await (await sign_in("sales1")).done(request["id"], "send")
        await backup.restore()
        assert await kinds(pool, engine) == {request["number"]: [Kind.SEND_LOST]}


async def test_a_draft_whose_send_was_refused_and_that_was_deleted_is_not_called_lost(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    handle = await temporal_client.start_workflow(
        contracts.WORKFLOW_TYPE,
        RunInput(request_id=UUID(request["id"])),
        id=workflow_id(UUID(request["id"])),
        task_queue=contracts.TASK_QUEUE,
    )

    async def failed() -> bool:
        return (await handle.describe()).status is WorkflowExecutionStatus.FAILED

    await eventually(failed)
    assert (await sales.call("DELETE", f"/purchase-requests/{request['id']}")).status_code == 204
    assert await found(pool, engine) == []


async def test_a_command_that_waits_is_given_to_its_run(sign_in: SignIn, pool: Pool, engine: Engine) -> None:
    """Put off by the relay for ten minutes: whoever runs the check does not wait for that."""
    request = await sent(await sign_in("sales1"))
    command_id = uuid7()
    await pool.execute(
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at, next_try_at)
           VALUES ($1, $2, 'approve', 'manager1', $3, '2026-11-01 08:30Z', now() + interval '10 minutes')""",
        command_id,
        UUID(request["id"]),
        {"command_id": str(command_id), "actor": "manager1", "step": "manager"},
    )

    (finding,) = await found(pool, engine)

    assert finding.text == (
        f"{request['number']} (sales1): approve by manager1, taken at 2026-11-01 08:30 UTC, had no outcome. "
        "It was given to its run, which has decided on it."
    )


async def deferred_by_run(client: Client, pool: Pool, request: dict[str, Any]) -> UUID:
    """An approval that its run has, and that waits until it takes effect."""
    command_id = uuid7()
    said = {"command_id": str(command_id), "actor": "manager1", "undo_seconds": 60}
    await run_of(client, request).signal("approve", said)

    async def waits() -> bool:
        return await deferred.find(pool, command_id) is not None

    await eventually(waits)
    return command_id


async def overdue(pool: Pool, command_id: UUID) -> None:
    """It should have taken effect a while ago, and the relay is not to see to it."""
    await pool.execute(
        """UPDATE commands SET takes_effect_at = now() - interval '1 minute', created_at = now() - interval '1 hour',
               next_try_at = now() + interval '1 hour' WHERE id = $1""",
        command_id,
    )


async def test_a_decision_that_may_be_taken_back_is_left_alone_until_it_is_overdue_and_then_takes_effect_once(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine
) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales, lines=SMALL)
    command_id = await deferred_by_run(temporal_client, pool, request)
    await pool.execute("UPDATE commands SET created_at = now() - interval '1 hour' WHERE id = $1", command_id)
    assert await kinds(pool, engine) == {}
    await run_of(temporal_client, request).terminate("lost")
    await overdue(pool, command_id)

    assert Kind.COMMAND_DECIDED in (await kinds(pool, engine))[request["number"]]

    assert (await sales.request(request["id"]))["process_status"] == "completed"
    assert [one["action"] for one in await sales.timeline(request["id"])] == ["create", "send", "approve"]
    assert await kinds(pool, engine) == {}


async def test_after_a_restore_of_the_crm_it_takes_effect_in_that_life_once(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine
) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales, lines=SMALL)
    command_id = await deferred_by_run(temporal_client, pool, request)
    await overdue(pool, command_id)
    backup = await Backup.of(pool, request)
    await engine.have_look(UUID(request["id"]))
    assert await run_of(temporal_client, request).result() == "completed"
    await backup.restore()
    assert (await sales.request(request["id"]))["process_status"] == "in_progress"

    assert request["number"] in await kinds(pool, engine)

    assert (await sales.request(request["id"]))["process_status"] == "completed"
    assert [one["action"] for one in await sales.timeline(request["id"])] == ["create", "send", "approve"]


async def test_a_command_that_the_engine_does_not_take_is_for_a_person(
    sign_in: SignIn, pool: Pool, engine: Engine
) -> None:
    request = await sent(await sign_in("sales1"))
    await pool.execute(
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at, next_try_at)
           VALUES ($1, $2, 'approve', 'manager1', $3, '2026-11-01 08:30Z', now() + interval '10 minutes')""",
        uuid7(),
        UUID(request["id"]),
        {"note": "x" * 5_000_000},
    )
    (finding,) = await found(pool, engine)
    assert finding.kind is Kind.COMMAND_WAITS
    assert "the engine does not take it (grpc: received message" in finding.text
    assert finding.remedy
    await pool.execute("DELETE FROM commands WHERE request_id = $1 AND delivered_at IS NULL", UUID(request["id"]))


async def test_an_engine_that_lacks_search_attributes_is_not_asked_to_start_runs(pool: Pool, tmp_path: Path) -> None:
    server = TemporalServer(tmp_path / "temporal.db", search_attributes={"Owner": "Keyword"})
    server.start()
    try:
        client = await Client.connect(server.address, data_converter=pydantic_data_converter)
        (finding,) = await found(pool, Engine(client, SignalKeys()))
    finally:
        server.stop()
    assert finding.text == (
        "The engine has no PurchaseRequestNumber, ProcessStatus, ApprovalStep, Approvers. Nothing was compared."
    )
    assert finding.remedy


async def test_a_busy_system_is_left_alone(sign_in: SignIn, pool: Pool, engine: Engine) -> None:
    """Requests are made, sent, decided on, taken back, ended and deleted while one check after the other looks at them."""
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    busy = True
    lives = 0

    async def live(number: int) -> None:
        nonlocal lives
        while busy:
            request = await sales.create()
            match (number + lives) % 5:
                case 0:
                    assert (await sales.call("DELETE", f"/purchase-requests/{request['id']}")).status_code == 204
                case 1:
                    await sales.done(request["id"], "send")
                    await sales.done(request["id"], "recall")
                    await sales.done(request["id"], "send")
                case 2:
                    await sales.done(request["id"], "send")
                    await sales.done(request["id"], "cancel", {"note": "thôi"})
                case 3:
                    await sales.done(request["id"], "send")
                    await manager.done(request["id"], "reject", {"step": "manager", "note": "không", "end": True})
                case _:
                    await sales.done(request["id"], "send")
                    await manager.done(request["id"], "approve", {"step": "manager"})
                    await director.done(request["id"], "approve", {"step": "director"})
            lives += 1

    living = [asyncio.create_task(live(number)) for number in range(5)]
    checks: list[list[Finding]] = []
    while lives < 60 or len(checks) < 10:
        checks.append(await found(pool, engine))
        for task in living:
            if task.done():
                task.result()
    busy = False
    await asyncio.gather(*living)
    assert checks == [[]] * len(checks)


async def test_it_looks_at_a_batch_at_a_time(
    sign_in: SignIn, temporal_client: Client, pool: Pool, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = await sign_in("sales1")
    made = [await sent(sales) for _ in range(7)]
    for request in made:
        await run_of(temporal_client, request).terminate("lost")
    monkeypatch.setattr("application.checking.check.BATCH", 2)
    monkeypatch.setattr("application.delivery.engine.RUNS_AT_ONCE", 3)
    sizes = []

    async def standings(pool: Pool, request_ids: Iterable[UUID]) -> dict[UUID, Standing]:
        ids = list(request_ids)
        sizes.append(len(ids))
        return await checking.standings(pool, ids)

    monkeypatch.setattr(
        "application.checking.check.checking", SimpleNamespace(**vars(checking) | {"standings": standings})
    )
    assert await kinds(pool, engine) == {request["number"]: [Kind.STARTED] for request in made}
    assert 0 < max(sizes) <= 3
