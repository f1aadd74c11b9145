"""A decision that may be taken back counts for what it was made on and when, whatever comes before it takes effect."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from approval.durations import Duration
from approval.model import Action, Code, ProcessStatus
from approval.process import OnExpiry
from approval.routing import StepPlan
from approval.votes import DecisionRule
from crm import commands, deferred, refusals
from crm.pool import Pool
from tests.application.undoable import SOON, UNDO_SECONDS, Deferred
from tests.crm.saved import DIRECTOR1, MANAGER1, SALES1, SavedRun, entries_of, save, step
from tests.eventually import eventually
from workflows.contracts import CLOCK


def expiring(on_expiry: OnExpiry, **changes: Any) -> StepPlan:
    return step("manager", MANAGER1, **changes).model_copy(
        update={"on_expiry": on_expiry, "deadline": Duration.parse("1h"), "expire_after": Duration.parse("1h")}
    )


async def expires_at(run: SavedRun) -> datetime:
    """When the clock gives up waiting."""
    return max(
        datetime.fromisoformat(alarm["at"])
        for row in await run.pool.fetch("SELECT alarms FROM assignments WHERE request_id = $1", run.request_id)
        for alarm in row["alarms"]
        if alarm["kind"] == "expire"
    )


async def said_before_it_expires(run: SavedRun) -> Deferred:
    """An approval that was said in time, and is to take effect after that."""
    return await said(run, await expires_at(run) - timedelta(seconds=5))


async def said(run: SavedRun, said_at: datetime) -> Deferred:
    """An approval that was said then."""
    command_id = uuid7()
    body = {"command_id": str(command_id), "actor": "manager1", "undo_seconds": UNDO_SECONDS}
    view = await run.apply(Action.APPROVE, body, received_at=said_at)
    return Deferred(run, command_id, said_at, view)


@pytest.mark.parametrize("on_expiry", [OnExpiry.RETURN, OnExpiry.REJECT])
async def test_what_was_decided_in_time_wins_over_the_clock(pool: Pool, on_expiry: OnExpiry) -> None:
    run = await SavedRun.sent(pool, await save(pool), expiring(on_expiry))
    decision = await said_before_it_expires(run)
    rung = decision.at - timedelta(seconds=10)
    assert await expires_at(run) < rung < decision.at
    view = await run.apply(CLOCK, None, received_at=rung)
    assert view.status == "in_progress"
    assert view.next_due is not None
    assert rung < view.next_due <= decision.at, "the clock of another request rings between the two"
    assert (await decision.ring()).status == "completed"
    assert await decision.entries() == [(Action.APPROVE, None)]


async def test_what_was_decided_before_the_clock_was_worked_on_wins_over_it(pool: Pool) -> None:
    """No worker ran when the step should have expired."""
    run = await SavedRun.sent(pool, await save(pool), expiring(OnExpiry.REJECT))
    decision = await said(run, await expires_at(run) + timedelta(minutes=30))
    view = await run.apply(CLOCK, None, received_at=decision.said_at + timedelta(seconds=1))
    assert (view.status, view.next_due) == ("in_progress", decision.at)
    assert (await decision.ring()).status == "completed"


async def test_what_was_taken_back_holds_up_no_clock(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), expiring(OnExpiry.REJECT))
    decision = await said_before_it_expires(run)
    assert await decision.undo()
    assert (await run.apply(CLOCK, None, received_at=decision.at - timedelta(seconds=10))).status == "rejected"


async def test_whoever_decides_and_takes_it_back_again_and_again_does_not_hold_up_the_clock(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), expiring(OnExpiry.REJECT))
    decision = await said_before_it_expires(run)
    for _ in range(10):
        assert await decision.undo()
        decision = await said(run, decision.at)
    rung = decision.said_at + timedelta(seconds=1)
    assert (await run.apply(CLOCK, None, received_at=rung)).status == "rejected"
    assert await decision.entries() == [(Action.APPROVE, Code.RUN_ENDED)]


async def test_the_clock_gives_up_on_those_who_have_not_decided_once_the_one_took_effect_who_has(pool: Pool) -> None:
    plan = expiring(OnExpiry.RETURN).model_copy(
        update={"approvers": (MANAGER1, DIRECTOR1), "decision": DecisionRule.ALL}
    )
    run = await SavedRun.sent(pool, await save(pool), plan)
    decision = await said_before_it_expires(run)
    await run.apply(CLOCK, None, received_at=decision.at - timedelta(seconds=10))
    await decision.ring()
    assert [one.action for one in await entries_of(pool, run.request_id)][-2:] == [Action.APPROVE, Action.EXPIRE]
    assert await decision.status() is ProcessStatus.RETURNED


async def test_one_that_the_api_keeps_at_the_same_moment_as_its_run_is_one_decision(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    command_id, said_at = uuid7(), datetime.now(UTC)
    body = {"command_id": str(command_id), "actor": "manager1", "undo_seconds": UNDO_SECONDS}

    async def waits_for_the_row() -> bool:
        return bool(await pool.fetchval("SELECT true FROM pg_locks WHERE NOT granted LIMIT 1"))

    async with pool.acquire() as connection, connection.transaction():
        assert await commands.store(
            connection,
            command_id=command_id,
            request_id=run.request_id,
            action=Action.APPROVE,
            actor="manager1",
            payload=body,
            at=said_at,
            takes_effect_at=said_at + SOON,
        )
        applying = asyncio.create_task(run.apply(Action.APPROVE, body, received_at=said_at))
        await eventually(waits_for_the_row)
    decision = Deferred(run, command_id, said_at, await applying)
    assert decision.view.next_due == decision.at
    assert len(await entries_of(pool, run.request_id)) == 2
    await decision.ring()
    assert await decision.entries() == [(Action.APPROVE, None)]


async def test_a_recall_said_before_it_should_take_effect_comes_first_when_both_are_worked_on_late(pool: Pool) -> None:
    """The worker was away, and the engine has both, in the order in which they were said."""
    run = await SavedRun.sent(pool, await save(pool))
    said_at = datetime.now(UTC) - 2 * SOON
    approval, recall = uuid7(), uuid7()
    body = {"command_id": str(approval), "actor": "manager1", "undo_seconds": UNDO_SECONDS}
    await run.apply(Action.APPROVE, {**body, "said_at": said_at.isoformat()}, received_at=datetime.now(UTC))
    recalled = {"command_id": str(recall), "actor": "sales1", "said_at": (said_at + timedelta(seconds=3)).isoformat()}
    view = await run.apply(Action.RECALL, recalled, received_at=datetime.now(UTC))
    assert view.next_due is not None
    await run.apply(CLOCK, None, received_at=view.next_due)
    assert await run.refusal(recall) is None
    assert await run.refusal(approval) is Code.STEP_CLOSED


async def stored_by_the_api(run: SavedRun, **said: Any) -> tuple[UUID, dict[str, Any], datetime]:
    """A decision of which the run had not said anything yet when the API kept it, as it was sent."""
    command_id, said_at = uuid7(), datetime.now(UTC)
    body = {"command_id": str(command_id), "actor": "manager1", "undo_seconds": UNDO_SECONDS, **said}
    await commands.store(
        run.pool,
        command_id=command_id,
        request_id=run.request_id,
        action=Action.APPROVE,
        actor="manager1",
        payload=body,
        at=said_at,
        handed_over=True,
        takes_effect_at=said_at + SOON,
    )
    return command_id, body, said_at


async def test_of_two_that_the_api_kept_the_first_takes_effect(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    kept = []
    for _ in range(2):
        command_id, body, said_at = await stored_by_the_api(run)
        kept.append(Deferred(run, command_id, said_at, await run.apply(Action.APPROVE, body, received_at=said_at)))
    first, second = kept
    assert (await first.ring()).status == "completed"
    await second.ring()
    assert await first.entries() == [(Action.APPROVE, None)]
    assert await second.entries() == [(Action.APPROVE, Code.RUN_ENDED)]


@pytest.mark.parametrize("said", [{}, {"step": "manager"}])
async def test_one_that_the_api_kept_first_holds_to_what_its_run_has_when_it_comes(
    pool: Pool, said: dict[str, Any]
) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    command_id, body, said_at = await stored_by_the_api(run, **said)
    decision = Deferred(run, command_id, said_at, await run.apply(Action.APPROVE, body, received_at=said_at))
    assert await run.decide(Action.RECALL, SALES1) is None
    assert await run.send(step("manager", MANAGER1)) is None
    await run.apply(Action.APPROVE, body, received_at=said_at)  # given to the run again
    await decision.ring()
    assert await decision.entries() == [(Action.APPROVE, Code.STALE_VERSION)]


async def test_one_that_the_api_kept_first_decides_the_step_that_was_open_when_it_came(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1, DIRECTOR1), step("last", MANAGER1))
    command_id, body, said_at = await stored_by_the_api(run)
    decision = Deferred(run, command_id, said_at, await run.apply(Action.APPROVE, body, received_at=said_at))
    assert await run.decide(Action.APPROVE, DIRECTOR1) is None
    await decision.ring()
    assert await decision.entries() == [(Action.APPROVE, Code.STEP_CLOSED)]


async def test_nobody_learns_of_it_from_what_its_person_tries_besides(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    first = await Deferred.of(run)
    second = await Deferred.of(run, MANAGER1, Action.REJECT, note="Thiếu báo giá")
    outcome = await second.outcome()
    assert outcome is not None
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.params["variant"]) == (Code.STEP_CLOSED, "deferred")
    assert await second.entries() == []
    assert await refusals.further(pool, run.request_id) == ()
    again = {"command_id": str(second.command_id), "actor": "manager1", "note": "x", "undo_seconds": UNDO_SECONDS}
    assert await first.undo()
    await run.apply(Action.REJECT, again, received_at=second.said_at)  # a retry has the same answer
    assert await deferred.find(pool, second.command_id) is None
    assert await second.entries() == []
