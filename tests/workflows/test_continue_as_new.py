"""A run that has grown long goes on in a fresh history, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner

from approval.model import Action, ProcessStatus
from crm import outcomes
from crm.pool import Pool
from settings import Settings
from tests.crm.saved import DIRECTOR1, MANAGER1, SALES1, step
from tests.eventually import eventually
from tests.workflows.desk import Case, Desk, working
from workflows import contracts

STEPS = (step("manager", MANAGER1), step("director", DIRECTOR1))


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def worker_of_short_histories(
    temporal_client: Client, settings: Settings, task_queue: str, monkeypatch_module: pytest.MonkeyPatch
) -> AsyncIterator[Pool]:
    """A worker that cuts a history after a few rounds; outside the sandbox, which would load the limit anew."""
    monkeypatch_module.setattr("workflows.purchase_request.HISTORY_LIMIT", 40)
    async with working(temporal_client, settings, UnsandboxedWorkflowRunner()) as pool:
        yield pool


async def returned_until_cut(case: Case) -> int:
    """Return and resend until the run goes on in a fresh history; the number of rounds."""
    first = (await case.handle.describe()).run_id
    for number in range(2, 12):
        note = f"lượt {number - 1}"
        assert (await case.decide(Action.REJECT, MANAGER1, step="manager", note=note)).refusal is None
        assert (await case.resend(*STEPS)).refusal is None
        if (await case.handle.describe()).run_id != first:
            await eventually(lambda: shows_its_state(case))  # on a busy machine a query may be answered before that
            return number
    pytest.fail("the history was never cut")


async def shows_its_state(case: Case) -> bool:
    return await case.handle.query(contracts.STATE_QUERY) is not None


async def test_a_run_cut_many_rounds_ago_still_ends_as_it_should(desk: Desk) -> None:
    case = await desk.send(*STEPS)
    rounds = await returned_until_cut(case)
    assert rounds > 2
    line = str((await case.record()).lines[0].id)
    changes = {"lines": [{"id": line, "quantity": "7"}]}
    assert (await case.decide(Action.APPROVE, MANAGER1, changes=changes)).refusal is None
    assert (await case.decide(Action.APPROVE, DIRECTOR1)).round == rounds
    assert await case.result() == "completed"
    saved = await case.record()
    assert (saved.process_status, str(saved.lines[0].quantity)) == (ProcessStatus.COMPLETED, "7")
    actions = [entry.action for entry in await case.entries(0)]
    assert actions == ["create", "send", *("reject", "send") * (rounds - 1), "approve", "approve"]


async def test_after_the_cut_the_state_is_what_it_was_before(desk: Desk) -> None:
    case = await desk.send(*STEPS)
    rounds = await returned_until_cut(case)
    state = await case.handle.query(contracts.STATE_QUERY)
    saved = await case.record()
    assert saved.run is not None
    assert (state["id"], state["round"], state["step"]["key"]) == (str(saved.run.id), rounds, "manager")
    assert [(step["key"], step["state"]) for step in state["steps"]] == [("manager", "open"), ("director", "waiting")]


async def test_a_command_from_before_the_cut_is_not_applied_again(desk: Desk) -> None:
    case = await desk.send(*STEPS)
    rejected = await case.decide(Action.REJECT, MANAGER1, note="thiếu báo giá")
    await case.resend(*STEPS)
    await returned_until_cut(case)
    before = await case.entries(0)
    # The engine's own deduplication ended with the old history: this is a signal like any other.
    await case.ask(Action.REJECT, MANAGER1, note="thiếu báo giá", command_id=rejected.command_id)
    assert (await case.decide(Action.APPROVE, MANAGER1)).refusal is None
    after = await case.entries(len(before) + 1)
    assert after[:-1] == before
    assert (await case.record()).process_status is ProcessStatus.IN_PROGRESS


async def test_after_the_cut_ops_still_find_and_read_the_case(desk: Desk) -> None:
    case = await desk.send(*STEPS)
    rounds = await returned_until_cut(case)
    saved = await case.record()
    # The engine keeps a summary with the first history only; the details have number, amount and owner as well.
    named = f"**{saved.number}** · 1,050 VND as sent · owner `{SALES1.name}` (`sales1`)"
    assert named in await case.details()
    await case.decide(Action.APPROVE, MANAGER1)

    async def waits_on_the_director() -> bool:
        return f"**Waiting on** `{DIRECTOR1.name}` (`director1`)" in await case.details()

    await eventually(waits_on_the_director)
    details = await case.details()
    found = (await case.handle.describe()).typed_search_attributes
    assert found[contracts.REQUEST_NUMBER] == saved.number
    assert found[contracts.OWNER] == "sales1"
    assert found[contracts.PROCESS_STATUS] == "in_progress"
    assert found[contracts.APPROVAL_STEP] == "director"
    assert list(found[contracts.APPROVERS]) == ["director1"]
    assert named in details
    assert f"round {rounds}" in details
    assert "`manager1` returned" in details


async def has_outcome(desk: Desk, command: UUID) -> bool:
    return await outcomes.find(desk.pool, command) is not None


async def test_signals_that_arrive_while_the_history_is_cut_are_not_lost(desk: Desk) -> None:
    case = await desk.send(*STEPS)
    first = (await case.handle.describe()).run_id
    commands = [await case.ask(Action.APPROVE, SALES1) for _ in range(60)]
    await eventually(lambda: has_outcome(desk, commands[-1]))
    for command in commands:  # the timeline has the first of them only
        outcome = await outcomes.find(desk.pool, command)
        assert outcome is not None
        assert outcome.refusal is not None
        assert outcome.refusal.code == "self_approval"

    async def goes_on_anew() -> bool:
        return (await case.handle.describe()).run_id != first

    await eventually(goes_on_anew)
    assert (await case.decide(Action.APPROVE, MANAGER1)).refusal is None
