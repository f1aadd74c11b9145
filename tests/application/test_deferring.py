"""A decision that may be taken back for some seconds: it takes effect once or never, whoever does what at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from uuid_utils.compat import uuid7

from application.signatures import SignalKeys, SignalRules
from approval.acting import Acting
from approval.model import Action, Channel, Code, Person, ProcessStatus, RefusedError
from approval.votes import DecisionRule
from crm import commands, deferred, inbox, outcomes
from crm.inbox import InboxFilters
from crm.pool import Pool, create_pool
from crm.records import run_state
from crm.retention import Passing, Retention, forget_some
from crm.visibility import Viewer
from settings import Settings
from tests.application.undoable import SOON, UNDO_SECONDS, Deferred
from tests.crm.saved import DIRECTOR1, MANAGER1, SALES1, SavedRun, entries_of, record, save, step
from workflows.contracts import CLOCK, LOOK, parse_decision

MANAGER2 = Person(username="manager2", name="Phạm Thị Thu Hà")


async def test_it_waits_and_nothing_is_so_until_it_takes_effect(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    before = await record(pool, run.request_id)
    decision = await Deferred.of(run, note="được")
    assert decision.view.next_due == decision.at
    assert decision.view.status == "in_progress"
    assert await record(pool, run.request_id) == before
    assert await decision.entries() == []
    outcome = await decision.outcome()
    assert outcome is not None
    assert (outcome.takes_effect_at, outcome.undone) == (decision.at, False)


async def test_it_takes_effect_once_when_its_time_has_come(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    decision = await Deferred.of(run, note="được")
    assert (await decision.ring()).status == "completed"
    await decision.ring()
    await run.apply(LOOK, None, received_at=decision.at)
    assert await decision.entries() == [(Action.APPROVE, None)]
    last = (await entries_of(pool, run.request_id))[-1]
    assert (last.at, last.note) == (decision.at, "được")
    assert await pool.fetchval("SELECT delivered_at IS NOT NULL FROM commands WHERE id = $1", decision.command_id)


async def test_it_waits_until_its_time_whatever_else_happens_meanwhile(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    decision = await Deferred.of(run)
    for name in (CLOCK, LOOK):
        view = await run.apply(name, None, received_at=decision.at - timedelta(seconds=1))
        assert view.next_due == decision.at
    assert await run.decide(Action.REMIND, SALES1, step="manager") is None
    assert await decision.entries() == []


async def test_a_message_that_comes_twice_is_one_decision(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    decision = await Deferred.of(run)
    body = {"command_id": str(decision.command_id), "actor": "manager1", "undo_seconds": UNDO_SECONDS}
    again = await run.apply(Action.APPROVE, body, received_at=decision.said_at + timedelta(seconds=1))
    assert again.next_due == decision.at
    await decision.ring()
    await run.apply(Action.APPROVE, body, received_at=decision.at)
    assert await decision.entries() == [(Action.APPROVE, None)]


async def test_what_was_taken_back_does_not_take_effect(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    decision = await Deferred.of(run)
    assert await decision.undo()
    assert not await decision.undo()
    view = await decision.ring()
    assert (view.status, view.next_due) == ("in_progress", None)
    body = {"command_id": str(decision.command_id), "actor": "manager1", "undo_seconds": UNDO_SECONDS}
    await run.apply(Action.APPROVE, body, received_at=decision.at)
    assert await decision.entries() == []
    assert await decision.told() == []
    assert await run.decide(Action.APPROVE, MANAGER1) is None


@pytest.mark.parametrize("other", [SALES1, DIRECTOR1])
async def test_nobody_else_takes_it_back(pool: Pool, other: Person) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    decision = await Deferred.of(run)
    assert not await decision.undo(other)
    await decision.ring()
    assert await decision.status() is ProcessStatus.COMPLETED
    assert not await decision.undo()


async def test_of_taking_it_back_and_taking_effect_at_the_same_moment_one_wins(pool: Pool, settings: Settings) -> None:
    """A hundred times, and the order in which both begin is another each time."""
    wide = await create_pool(settings.database_url, 20)
    won: dict[bool, int] = {True: 0, False: 0}

    async def race(number: int) -> None:
        run = await SavedRun.sent(wide, await save(wide))
        decision = await Deferred.of(run)

        async def rings() -> None:
            await asyncio.sleep((number % 10) / 1000)
            await decision.ring()

        async def undoes() -> bool:
            await asyncio.sleep((number // 10) / 1000)
            return await decision.undo()

        _, undone, _ = await asyncio.gather(rings(), undoes(), rings())
        assert await decision.entries() == ([] if undone else [(Action.APPROVE, None)])
        assert await decision.status() is (ProcessStatus.IN_PROGRESS if undone else ProcessStatus.COMPLETED)
        won[undone] += 1

    for first in range(0, 100, 10):
        await asyncio.gather(*(race(number) for number in range(first, first + 10)))
    await wide.close()
    assert sum(won.values()) == 100


async def test_whoever_takes_it_back_while_it_takes_effect_waits_and_is_late(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    decision = await Deferred.of(run)
    async with pool.acquire() as connection, connection.transaction():
        assert await deferred.lock(connection, decision.command_id)
        undoing = asyncio.create_task(decision.undo())
        done, _ = await asyncio.wait([undoing], timeout=0.2)
        assert not done, "it did not wait for who has the decision"
        await deferred.settle(connection, decision.command_id)
    assert not await undoing


@pytest.mark.parametrize(
    ("action", "actor", "code"),
    [(Action.RECALL, SALES1, Code.STEP_CLOSED), (Action.CANCEL, SALES1, Code.RUN_ENDED)],
)
async def test_it_does_not_take_effect_on_what_its_owner_took_back(
    pool: Pool, action: Action, actor: Person, code: Code
) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    decision = await Deferred.of(run)
    assert await run.decide(action, actor) is None
    await decision.ring()
    await decision.ring()
    assert await decision.entries() == [(Action.APPROVE, code)]
    (told,) = await decision.told()
    assert (told["person"], told["code"], told["from"]) == ("manager1", code, "sales1")


async def test_once_the_run_has_ended_nobody_waits_for_what_cannot_take_effect(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    decision = await Deferred.of(run)
    assert await run.decide(Action.CANCEL, SALES1) is None
    assert await decision.entries() == [(Action.APPROVE, Code.RUN_ENDED)]


async def test_it_does_not_take_effect_in_a_later_round(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    decision = await Deferred.of(run)
    assert await run.decide(Action.RECALL, SALES1) is None
    assert await run.send(step("manager", MANAGER1)) is None
    await decision.ring()
    assert await decision.entries() == [(Action.APPROVE, Code.STALE_VERSION)]


async def test_it_does_not_take_effect_on_values_that_another_has_changed(pool: Pool) -> None:
    run = await SavedRun.sent(
        pool, await save(pool), step("manager", MANAGER1, DIRECTOR1, rule=DecisionRule.ALL), step("last", DIRECTOR1)
    )
    decision = await Deferred.of(run)
    assert await run.decide(Action.APPROVE, DIRECTOR1, step="manager", changes={"purpose": "Khác"}) is None
    await decision.ring()
    assert await decision.entries() == [(Action.APPROVE, Code.STALE_VERSION)]


async def test_a_vote_of_another_that_changes_nothing_is_no_hindrance(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1, DIRECTOR1, rule=DecisionRule.ALL))
    decision = await Deferred.of(run)
    assert await run.decide(Action.APPROVE, DIRECTOR1) is None
    await decision.ring()
    assert await decision.entries() == [(Action.APPROVE, None)]


async def test_of_two_that_wait_on_one_step_the_first_takes_effect_and_the_second_hears_so(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1, DIRECTOR1), step("last", DIRECTOR1))
    first = await Deferred.of(run)
    second = await Deferred.of(run, DIRECTOR1)
    await second.ring()
    assert await first.entries() == [(Action.APPROVE, None)]
    assert await second.entries() == [(Action.APPROVE, Code.STEP_CLOSED)]
    assert [told["person"] for told in await second.told()] == ["director1"]


@pytest_asyncio.fixture
async def left(pool: Pool) -> AsyncIterator[Person]:
    """Somebody who leaves during the test."""
    await pool.execute("INSERT INTO users (username, name, roles) VALUES ('leaver', 'Đỗ Thị Mai', '{manager}')")
    yield Person(username="leaver", name="Đỗ Thị Mai")


async def test_it_does_not_take_effect_once_its_person_has_left(pool: Pool, left: Person) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", left))
    decision = await Deferred.of(run, left)
    await pool.execute("UPDATE users SET active = false WHERE username = 'leaver'")
    await decision.ring()
    assert await decision.entries() == [(Action.APPROVE, Code.FORBIDDEN)]


async def test_it_does_not_take_effect_once_it_was_given_to_somebody_else(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    decision = await Deferred.of(run)
    assert await run.decide(Action.FORWARD, MANAGER1, step="manager", to="director1") is None
    await decision.ring()
    ((action, code),) = await decision.entries()
    assert (action, code is not None) == (Action.APPROVE, True)
    assert await decision.status() is ProcessStatus.IN_PROGRESS


@pytest.mark.parametrize(("seconds", "first"), [(-1, "recall"), (1, "approve")])
async def test_what_was_said_first_comes_first_also_when_all_of_it_comes_late(
    pool: Pool, seconds: int, first: str
) -> None:
    """The worker was away: a recall is worked on before the run's timer, whichever came first."""
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1), step("last", DIRECTOR1))
    decision = await Deferred.of(run)
    said = decision.at + timedelta(seconds=seconds)
    body = {"command_id": str(uuid7()), "actor": "sales1", "said_at": said.isoformat()}
    await run.apply(Action.RECALL, body, received_at=decision.at + timedelta(minutes=1))
    await run.apply(CLOCK, None, received_at=decision.at + timedelta(minutes=1))
    entries = [(one.action, one.refusal is None) for one in (await entries_of(pool, run.request_id))[2:]]
    recalled, approved = (Action.RECALL, True), (Action.APPROVE, first == "approve")
    assert entries == ([recalled, approved] if first == "recall" else [approved, recalled])
    assert await decision.status() is ProcessStatus.RETURNED


async def test_what_would_not_hold_is_refused_at_once(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    decision = await Deferred.of(run, DIRECTOR1)
    assert await decision.entries() == [(Action.APPROVE, Code.NOT_YOUR_STEP)]
    assert await decision.told() == []


@pytest.mark.parametrize("said", [{}, {"step": "manager"}, {"for": "manager1"}])
async def test_a_person_decides_one_thing_at_a_time(pool: Pool, said: dict[str, Any]) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    first = await Deferred.of(run, **said)
    second = await Deferred.of(run, MANAGER1, Action.REJECT, note="Thiếu báo giá")
    refused = await second.outcome()
    assert refused is not None
    assert refused.refusal is not None
    assert refused.refusal.code is Code.STEP_CLOSED
    assert await first.undo()
    third = await Deferred.of(run, MANAGER1, Action.REJECT, note="Thiếu báo giá")
    await third.ring()
    assert await third.status() is ProcessStatus.RETURNED
    assert await first.entries() == []


@pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT])
async def test_nor_does_what_they_say_besides_take_effect_at_once(pool: Pool, action: Action) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    first = await Deferred.of(run)
    body = {"command_id": str(uuid7()), "actor": "manager1", "note": "Thiếu báo giá"}
    await run.apply(action, body, received_at=first.said_at)
    outcome = await outcomes.find(pool, UUID(body["command_id"]))
    assert outcome is not None
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.params["variant"]) == (Code.STEP_CLOSED, "deferred")
    await first.ring()
    assert await first.entries() == [(Action.APPROVE, None)]
    assert await first.told() == []


async def test_what_a_substitute_decides_without_saying_for_whom_is_of_that_place(pool: Pool) -> None:
    await pool.execute(
        """INSERT INTO substitutions (id, person, substitute, starts_at, ends_at, reason, made_by, made_at)
           VALUES (gen_random_uuid(), 'manager1', 'manager2', now() - interval '1 day', now() + interval '1 day', 'Nghỉ phép',
               'manager1', now())"""
    )
    run = await SavedRun.sent(pool, await save(pool))
    first = await Deferred.of(run, MANAGER2)
    second = await Deferred.of(run, MANAGER2, Action.REJECT, note="Thiếu báo giá", **{"for": "manager1"})
    (own,) = await deferred.of_person(pool, "manager2", run.request_id)
    viewer = Viewer(username="manager2", stands_in_for=("manager1",))
    page = await inbox.page(pool, viewer, InboxFilters(), limit=200, cursor=None)
    await first.ring()
    await pool.execute("UPDATE substitutions SET revoked_at = now(), revoked_by = 'manager1' WHERE revoked_at IS NULL")
    refused = await second.outcome()
    assert refused is not None
    assert refused.refusal is not None
    assert refused.refusal.params["variant"] == "deferred"
    assert own.acting_for == MANAGER1
    (item,) = (one for one in page.items if one.id == run.request_id)
    assert item.pending is not None
    assert await first.entries() == [(Action.APPROVE, None)]


async def test_one_that_comes_when_its_time_is_over_takes_effect_as_soon_as_nothing_else_waits(pool: Pool) -> None:
    """The engine was away for longer than that; the API has kept it meanwhile."""
    run = await SavedRun.sent(pool, await save(pool))
    command_id, said_at = uuid7(), datetime.now(UTC) - 2 * SOON
    body = {
        "command_id": str(command_id),
        "actor": "manager1",
        "undo_seconds": UNDO_SECONDS,
        "said_at": said_at.isoformat(),
    }
    began = datetime.now(UTC)
    view = await run.apply(Action.APPROVE, body, received_at=began)
    assert view.next_due is not None
    assert began < view.next_due < datetime.now(UTC) + timedelta(seconds=2)
    assert (await run.apply(CLOCK, None, received_at=view.next_due)).status == "completed"
    assert await run.refusal(command_id) is None


async def kept_by_the_api(run: SavedRun, said_at: datetime) -> tuple[UUID, dict[str, Any]]:
    """An approval that the API keeps as it was sent, without its step; its run has not come to it."""
    command_id = uuid7()
    body = {"command_id": str(command_id), "actor": "manager1", "undo_seconds": UNDO_SECONDS}
    assert await commands.store(
        run.pool,
        command_id=command_id,
        request_id=run.request_id,
        action=Action.APPROVE,
        actor="manager1",
        payload=body,
        at=said_at,
        takes_effect_at=said_at + SOON,
    )
    return command_id, body


async def test_one_that_the_api_keeps_while_the_engine_is_away_can_be_taken_back_before_the_run_has_it(
    pool: Pool,
) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    said_at = datetime.now(UTC)
    command_id, body = await kept_by_the_api(run, said_at)
    assert await deferred.undo(pool, run.request_id, command_id, "manager1")
    view = await run.apply(Action.APPROVE, body, received_at=said_at + 2 * SOON)
    assert view.status == "in_progress"
    assert len(await entries_of(pool, run.request_id)) == 2


async def test_one_of_which_the_step_is_not_known_yet_is_about_each_place_of_its_person(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    said_at = datetime.now(UTC)
    _, body = await kept_by_the_api(run, said_at)
    second = await Deferred.of(run, MANAGER1, Action.REJECT, step="manager", note="Thiếu báo giá")
    refused = await second.outcome()
    assert refused is not None
    assert refused.refusal is not None
    assert (refused.refusal.code, refused.refusal.params["variant"]) == (Code.STEP_CLOSED, "deferred")
    (own,) = await deferred.of_person(pool, "manager1", run.request_id)
    state = run_state(await record(pool, run.request_id))
    assert state is not None
    (opened,) = state.open_steps
    places = [Acting(step=opened, assignment=one) for one in opened.assignments]
    assert (own.step, [own.is_of("manager1", place) for place in places]) == (None, [True])
    await run.apply(Action.APPROVE, body, received_at=said_at)
    assert (await run.apply(CLOCK, None, received_at=said_at + SOON)).status == "completed"


async def test_an_id_of_another_command_is_refused_and_that_one_waits_on(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1, DIRECTOR1))
    decision = await Deferred.of(run)
    for _ in range(2):  # the second is a retry of the activity
        body = {"command_id": str(decision.command_id), "actor": "director1", "undo_seconds": UNDO_SECONDS}
        await run.apply(Action.APPROVE, body, received_at=datetime.now(UTC))
    refused = (await entries_of(pool, run.request_id))[-1]
    assert refused.refusal is not None
    assert (refused.actor, refused.refusal.errors[0].message) == ("director1", "command_id_of_another_command")
    assert refused.command_id != decision.command_id
    await decision.ring()
    assert await decision.entries() == [(Action.APPROVE, None)]


@pytest.mark.parametrize(("keys", "channel"), [((), Channel.SIGNAL), (("k" * 40,), Channel.PAGES)])
async def test_it_is_believed_to_have_come_by_no_other_way_than_it_proved(
    pool: Pool, keys: tuple[str, ...], channel: Channel
) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    run.signals = SignalRules(SignalKeys(keys))
    command_id, said_at = uuid7(), datetime.now(UTC)
    said = {
        "command_id": str(command_id),
        "actor": "manager1",
        "channel": "pages",
        "undo_seconds": UNDO_SECONDS,
        "said_at": said_at.isoformat(),
    }
    body = SignalKeys(keys).signed(run.request_id, Action.APPROVE, said)
    await run.apply(Action.APPROVE, dict(body), received_at=said_at)
    await run.apply(CLOCK, None, received_at=said_at + SOON)
    assert (await entries_of(pool, run.request_id))[-1].channel is channel


async def test_only_its_person_sees_that_it_waits(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1, DIRECTOR1))
    decision = await Deferred.of(run)
    assert (await record(pool, run.request_id)).waiting == ()
    (own,) = await deferred.of_person(pool, "manager1", run.request_id)
    assert (own.command_id, own.waits, own.takes_effect_at) == (decision.command_id, True, decision.at)
    assert await deferred.of_person(pool, "director1", run.request_id) == ()
    for person, pending in ((MANAGER1, True), (DIRECTOR1, False)):
        page = await inbox.page(pool, Viewer(username=person.username), InboxFilters(), limit=200, cursor=None)
        (item,) = (one for one in page.items if one.id == run.request_id)
        assert (item.pending is not None) is pending
    await decision.ring()
    (own,) = await deferred.of_person(pool, "manager1", run.request_id)
    assert (own.waits, own.settled, own.refusal) == (False, True, None)


async def test_in_a_new_round_nothing_is_said_of_what_took_effect_in_the_one_before(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    await (decision := await Deferred.of(run, action=Action.REJECT, note="Thiếu báo giá")).ring()
    (own,) = await deferred.of_person(pool, "manager1", run.request_id)
    assert (own.command_id, own.settled) == (decision.command_id, True)
    assert await run.send(step("manager", MANAGER1)) is None
    assert await deferred.of_person(pool, "manager1", run.request_id) == ()
    waits = await Deferred.of(run)
    (own,) = await deferred.of_person(pool, "manager1", run.request_id)
    assert (own.command_id, own.waits) == (waits.command_id, True)


async def test_in_a_new_round_it_is_still_said_what_was_taken_back_in_the_one_before(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    taken_back = await Deferred.of(run)
    assert await taken_back.undo()
    await (await Deferred.of(run, action=Action.REJECT, note="Thiếu báo giá")).ring()
    assert await run.send(step("manager", MANAGER1)) is None
    (own,) = await deferred.of_person(pool, "manager1", run.request_id)
    assert (own.command_id, own.undone_at is not None, own.waits) == (taken_back.command_id, True, False)


async def test_one_that_may_be_taken_back_is_not_counted_among_what_waits_for_the_engine(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    before = await commands.count_undelivered(pool)
    decision = await Deferred.of(run)
    assert await commands.count_undelivered(pool) == before
    await pool.execute(
        "UPDATE commands SET takes_effect_at = now() - interval '1 second' WHERE id = $1", decision.command_id
    )
    assert await commands.count_undelivered(pool) == before + 1


async def test_what_was_taken_back_is_forgotten_with_other_commands(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    decision = await Deferred.of(run)
    await decision.undo()
    await pool.execute(
        "UPDATE commands SET delivered_at = delivered_at - interval '31 days' WHERE id = $1", decision.command_id
    )
    await forget_some(pool, Passing.COMMANDS, Retention())
    assert not await pool.fetchval("SELECT true FROM commands WHERE id = $1", decision.command_id)


@pytest.mark.parametrize("seconds", [0, 61, "ten", 1.5])
def test_no_decision_waits_longer_than_a_minute(seconds: object) -> None:
    body = {"command_id": str(uuid7()), "actor": "manager1", "undo_seconds": seconds}
    with pytest.raises(RefusedError) as caught:
        parse_decision(Action.APPROVE, body)
    assert caught.value.refusal.errors[0].pointer == "/undo_seconds"


def test_only_what_an_approver_decides_can_be_taken_back() -> None:
    body = {"command_id": str(uuid7()), "actor": "sales1", "undo_seconds": 10}
    with pytest.raises(RefusedError) as caught:
        parse_decision(Action.RECALL, body)
    assert caught.value.refusal.errors[0].message == "field_not_for_this_action"
