"""Messages in every order and at every moment: each is answered once, and none fails or wedges the run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from uuid_utils.compat import uuid7

from application.delivery.engine import Engine, RunGoneError
from application.signatures import SignalKeys
from approval.model import Action, Code, Person, ProcessStatus
from approval.votes import DecisionRule
from crm.pool import Pool
from settings import Settings
from tests.crm.saved import DIRECTOR1, MANAGER1, SALES1, save, step
from tests.workflows.desk import Case, Desk, working
from workflows import contracts
from workflows.contracts import RunInput

ADMIN1 = Person(username="admin1", name="Bùi Quang Huy")
STEPS = (step("manager", MANAGER1), step("director", DIRECTOR1))

Worker = Callable[[], AbstractAsyncContextManager[Pool]]


@pytest.fixture(scope="module")
def worker(temporal_client: Client, settings: Settings, task_queue: str) -> Worker:
    """A worker that a test starts when it wants: ``async with worker():``."""
    return lambda: working(temporal_client, settings, SandboxedWorkflowRunner())


async def told(case: Case, *decisions: tuple[Action, Person, dict[str, Any]]) -> list[UUID]:
    """Signal decisions one after the other, without waiting for outcomes; their command ids."""
    return [await case.ask(action, actor, **fields) for action, actor, fields in decisions]


async def outcomes(case: Case, commands: list[UUID]) -> list[str | None]:
    """None for each that was accepted, the code of each that was refused."""
    refusals = [(await case.outcome(command)).refusal for command in commands]
    return [refusal.code if refusal else None for refusal in refusals]


async def test_decisions_that_arrive_before_the_first_send_is_committed_are_applied_after_it_in_their_order(
    desk: Desk, worker: Worker
) -> None:
    case = await desk.start(*STEPS)
    commands = await told(
        case,
        (Action.APPROVE, DIRECTOR1, {"step": "director"}),
        (Action.APPROVE, MANAGER1, {"step": "manager"}),
        (Action.APPROVE, SALES1, {"step": "director"}),
        (Action.APPROVE, DIRECTOR1, {"step": "director"}),
        (Action.RECALL, SALES1, {}),
        (Action.CANCEL, ADMIN1, {"note": "trùng"}),
    )
    async with worker():
        assert await case.result() == "completed"
        assert await outcomes(case, commands) == [
            Code.STEP_CLOSED,
            None,
            Code.SELF_APPROVAL,
            None,
            Code.RUN_ENDED,
            Code.RUN_ENDED,
        ]
    assert (await case.record()).process_status is ProcessStatus.COMPLETED
    # All of it came in one workflow task.
    assert await case.count(EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED) == 1


@pytest.mark.parametrize("first", [Action.APPROVE, Action.REJECT, Action.RECALL, Action.CANCEL])
@pytest.mark.parametrize("second", [Action.APPROVE, Action.REJECT, Action.RECALL, Action.CANCEL])
async def test_of_two_decisions_in_one_workflow_task_the_first_wins_and_the_second_is_told(
    desk: Desk, worker: Worker, first: Action, second: Action
) -> None:
    case = await desk.start(step("manager", MANAGER1))
    people = {Action.APPROVE: MANAGER1, Action.REJECT: MANAGER1, Action.RECALL: SALES1, Action.CANCEL: SALES1}
    commands = await told(case, *((action, people[action], {"note": "vì"}) for action in (first, second)))
    async with worker():
        won, lost = await outcomes(case, commands)
    after = {
        Action.APPROVE: ProcessStatus.COMPLETED,
        Action.REJECT: ProcessStatus.RETURNED,
        Action.RECALL: ProcessStatus.RETURNED,
        Action.CANCEL: ProcessStatus.CANCELLED,
    }
    assert won is None
    if first in (Action.REJECT, Action.RECALL) and second is Action.CANCEL:  # what is returned can be cancelled
        assert lost is None
        first = second
    else:
        assert lost == (Code.STEP_CLOSED if first in (Action.REJECT, Action.RECALL) else Code.RUN_ENDED)
    assert (await case.record()).process_status is after[first]


async def test_the_same_command_three_times_is_one_decision(desk: Desk, worker: Worker) -> None:
    case = await desk.start(step("manager", MANAGER1), step("again", MANAGER1), step("more", MANAGER1))
    command = uuid7()
    for _ in range(3):
        await case.ask(Action.APPROVE, MANAGER1, command_id=command)
    async with worker():
        assert (await case.outcome(command)).step == "manager"
        assert (await case.decide(Action.APPROVE, SALES1)).refusal is not None  # all of the three are worked off now
        assert len(await case.entries(0)) == 4
        assert (await case.handle.query(contracts.STATE_QUERY))["step"]["key"] == "again"


async def test_a_signal_after_the_end_finds_nobody(desk: Desk, worker: Worker) -> None:
    async with worker():
        case = await desk.send(step("manager", MANAGER1))
        assert (await case.decide(Action.APPROVE, MANAGER1)).refusal is None
        assert await case.result() == "completed"
        command = uuid7()
        with pytest.raises(RunGoneError):
            await Engine(desk.client, SignalKeys()).signal(
                case.request_id, "approve", {"command_id": str(command)}, signal_id=command
            )


MALFORMED: dict[str, tuple[str, tuple[Any, ...]]] = {
    "no argument": ("approve", ()),
    "two arguments": ("approve", ({"command_id": str(uuid4()), "actor": "manager1"}, {})),
    "a text": ("approve", ("manager1",)),
    "null": ("reject", (None,)),
    "a list": ("cancel", ([1, 2],)),
    "an empty object": ("approve", ({},)),
    "an id that is none": ("approve", ({"command_id": "x", "actor": "manager1"},)),
    "an unknown field": ("approve", ({"command_id": str(uuid4()), "actor": "manager1", "approver": "me"},)),
    "an actor that is a number": ("approve", ({"command_id": str(uuid4()), "actor": 7},)),
    "a note with a control character": ("reject", ({"command_id": str(uuid4()), "actor": "manager1", "note": "\0"},)),
    "a step with a control character": ("approve", ({"command_id": str(uuid4()), "actor": "manager1", "step": "\0"},)),
    "an actor with a control character": ("approve", ({"command_id": str(uuid4()), "actor": "\0"},)),
    "changes of another kind": ("approve", ({"command_id": str(uuid4()), "actor": "manager1", "changes": [1]},)),
    "changes that go deep": (
        "approve",
        ({"command_id": str(uuid4()), "actor": "manager1", "changes": {"lines": [[[[[{}]]]]]}},),
    ),
    "changes with reject": ("reject", ({"command_id": str(uuid4()), "actor": "manager1", "note": "x", "changes": {}},)),
    "end with approve": ("approve", ({"command_id": str(uuid4()), "actor": "manager1", "end": True},)),
    "a version of zero": ("approve", ({"command_id": str(uuid4()), "actor": "manager1", "version": 0},)),
    "a send that the API did not store": ("send", ({"command_id": str(uuid4())},)),
    "a send with its own steps": ("send", ({"command_id": str(uuid4()), "steps": []},)),
    "a re-resolution that the API did not store": ("resolve_approvers", ({"command_id": str(uuid4())},)),
    "a signal nobody knows": ("delete_everything", ({"command_id": str(uuid4())},)),
}


@pytest.fixture(scope="module")
async def wronged(desk: Desk, worker: Worker) -> Case:
    """A run that was sent every malformed signal."""
    case = await desk.start(step("manager", MANAGER1))
    for name, arguments in MALFORMED.values():
        await case.signal(name, *arguments)
    async with worker():
        await case.entries(2 + len(MALFORMED))
    return case


@pytest.mark.parametrize("number", range(len(MALFORMED)), ids=list(MALFORMED))
async def test_a_malformed_signal_is_on_the_timeline_as_refused(wronged: Case, number: int) -> None:
    entry = (await wronged.entries(0))[2 + number]
    assert entry.refusal is not None
    assert entry.refusal.code is Code.INVALID
    assert entry.refusal.errors
    assert entry.action in (list(MALFORMED.values())[number][0], Action.UNKNOWN)


async def test_a_run_that_was_sent_every_malformed_signal_goes_on(wronged: Case, worker: Worker) -> None:
    assert (await wronged.record()).version == 2
    async with worker():
        assert (await wronged.decide(Action.APPROVE, MANAGER1)).refusal is None
        assert await wronged.result() == "completed"


async def test_a_start_by_hand_with_a_send_the_api_did_not_store_fails_and_changes_nothing(
    desk: Desk, worker: Worker, pool: Pool
) -> None:
    saved = await save(pool)
    async with worker():
        handle = await desk.client.start_workflow(
            contracts.WORKFLOW_TYPE,
            RunInput(request_id=saved.id),
            id=contracts.workflow_id(saved.id),
            task_queue=contracts.TASK_QUEUE,
        )
        with pytest.raises(WorkflowFailureError):
            await handle.result()
    assert await Case(desk, saved.id).record() == saved
    assert len(await Case(desk, saved.id).entries(0)) == 1


async def test_the_query_state_answers_with_the_run_at_every_stage(desk: Desk, worker: Worker) -> None:
    both = step("both", MANAGER1, DIRECTOR1, rule=DecisionRule.ALL)
    async with worker():
        case = await desk.send(both)
        line = str((await case.record()).lines[0].id)
        await case.decide(Action.APPROVE, MANAGER1, changes={"lines": [{"id": line, "quantity": "4"}]})
        state = await case.handle.query(contracts.STATE_QUERY)
        saved = await case.record()
        assert saved.run is not None
        assert state["id"] == str(saved.run.id)
        assert state["status"] == "in_progress"
        assert state["process"] == {"key": "purchase-approval", "version": 1}
        assert state["round"] == 1
        assert state["step"]["approvers"] == [{"username": "director1", "name": DIRECTOR1.name}]
        assert state["steps"][0]["approved_by"] == ["manager1"]
        assert [(change["pointer"], change["from"], change["to"]) for change in state["proposed_changes"]] == [
            ("/lines/0/quantity", "10", "4")
        ]
        assert [line["id"] for line in state["lines"]] == [str(line.id) for line in saved.lines]
        await case.decide(Action.REJECT, DIRECTOR1, note="thêm báo giá")
        assert (await case.handle.query(contracts.STATE_QUERY))["step"] is None
        await case.decide(Action.CANCEL, ADMIN1, note="không mua nữa")
        assert (await case.handle.query(contracts.STATE_QUERY))["status"] == "cancelled"


async def test_approvers_resolved_again_are_the_ones_who_can_decide(desk: Desk, worker: Worker) -> None:
    async with worker():
        case = await desk.send(step("manager", MANAGER1))
        assert (await desk.resolve_again(case, ADMIN1, step("manager", DIRECTOR1))).refusal is None
        refused = (await case.decide(Action.APPROVE, MANAGER1)).refusal
        assert refused is not None
        assert refused.code is Code.NOT_YOUR_STEP
        assert (await case.decide(Action.APPROVE, DIRECTOR1)).refusal is None
        assert await case.result() == "completed"


async def test_a_step_with_hundreds_of_approvers_is_run(desk: Desk, worker: Worker, pool: Pool) -> None:
    people = [Person(username=f"clerk-{number:03}", name="Nhân viên") for number in range(300)]
    await pool.executemany(
        "INSERT INTO users (username, name) VALUES ($1, $2)", [(person.username, person.name) for person in people]
    )
    async with worker():
        case = await desk.send(step("first", *people), step("second", *people))
        for person in (people[0], people[-1]):
            assert (await case.decide(Action.APPROVE, person)).refusal is None
        assert await case.result() == "completed"
