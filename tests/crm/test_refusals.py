"""Of one person's refusals on a request the first ones of a day are kept, and the others counted; each has its answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from approval.model import Action, Code, Refusal
from crm import commands, editing, outcomes, refusals, requests, retention, runs
from crm.pool import Pool
from crm.refusals import KEPT_OF_A_DAY, Recorded
from crm.retention import Passing, Retention
from crm.timeline import Entry
from crm.visibility import EVERYTHING
from tests.crm.saved import DIRECTOR1, MANAGER1, NOW, SavedRun, entries_of, save, step


def refused(request_id: UUID, **fields: Any) -> Entry:
    """An approval that was refused."""
    given: dict[str, Any] = {"command_id": uuid7(), "actor": "manager2", "refusal": Refusal(code=Code.NOT_YOUR_STEP)}
    return Entry(request_id=request_id, at=NOW, action=Action.APPROVE, **(given | fields))


async def record(pool: Pool, request_id: UUID, times: int, **fields: Any) -> list[Recorded]:
    return [await refusals.record(pool, refused(request_id, **fields)) for _ in range(times)]


async def kept(pool: Pool, request_id: UUID) -> int:
    return sum(entry.refusal is not None for entry in await entries_of(pool, request_id))


async def counts(pool: Pool, request_id: UUID) -> dict[str | None, tuple[int, dict[str, int]]]:
    return {
        one.person.username if one.person else None: (one.count, dict(one.codes))
        for one in await refusals.further(pool, request_id)
    }


async def test_the_first_of_a_day_are_on_the_timeline_and_the_others_are_counted_by_code(pool: Pool) -> None:
    saved = await save(pool)
    recorded = await record(pool, saved.id, KEPT_OF_A_DAY)
    assert set(recorded) == {Recorded.SHOWN}
    assert await counts(pool, saved.id) == {}
    recorded = await record(pool, saved.id, 3)
    recorded += await record(pool, saved.id, 2, refusal=Refusal(code=Code.STEP_CLOSED))
    assert set(recorded) == {Recorded.COUNTED}
    assert await kept(pool, saved.id) == KEPT_OF_A_DAY
    assert await counts(pool, saved.id) == {"manager2": (5, {"not_your_step": 3, "step_closed": 2})}


async def test_each_person_and_each_request_is_counted_for_itself(pool: Pool) -> None:
    one, other = await save(pool), await save(pool)
    await record(pool, one.id, KEPT_OF_A_DAY + 1)
    for request_id, actor in ((one.id, "manager1"), (other.id, "manager2")):
        assert set(await record(pool, request_id, KEPT_OF_A_DAY, actor=actor)) == {Recorded.SHOWN}
    assert set(await counts(pool, one.id)) == {"manager2"}
    assert await counts(pool, other.id) == {}


async def test_names_that_nobody_has_are_counted_together(pool: Pool) -> None:
    saved = await save(pool)
    for number in range(KEPT_OF_A_DAY + 7):
        await record(pool, saved.id, 1, actor=f"somebody{number}")
    assert await kept(pool, saved.id) == KEPT_OF_A_DAY
    assert await counts(pool, saved.id) == {None: (7, {"not_your_step": 7})}


async def test_nobodys_attempts_are_used_up_by_signals_that_others_send_in_their_name(pool: Pool) -> None:
    saved = await save(pool)
    not_signed = Refusal(code=Code.NOT_SIGNED)
    await record(pool, saved.id, KEPT_OF_A_DAY + 1, actor="manager1", refusal=not_signed)
    assert set(await record(pool, saved.id, KEPT_OF_A_DAY, actor="manager1")) == {Recorded.SHOWN}
    assert await counts(pool, saved.id) == {None: (1, {"not_signed": 1})}


async def test_on_another_day_they_are_kept_again_and_the_count_goes_on(pool: Pool) -> None:
    saved = await save(pool)
    await record(pool, saved.id, KEPT_OF_A_DAY + 4)
    await pool.execute("UPDATE refusals SET day = day - 1 WHERE request_id = $1", saved.id)
    assert set(await record(pool, saved.id, KEPT_OF_A_DAY)) == {Recorded.SHOWN}
    assert await record(pool, saved.id, 1) == [Recorded.COUNTED]
    assert await kept(pool, saved.id) == 2 * KEPT_OF_A_DAY
    assert await counts(pool, saved.id) == {"manager2": (5, {"not_your_step": 5})}


async def test_of_many_at_once_none_is_lost_and_none_too_many_is_kept(pool: Pool) -> None:
    saved = await save(pool)
    await asyncio.gather(*(refusals.record(pool, refused(saved.id)) for _ in range(3 * KEPT_OF_A_DAY)))
    assert await kept(pool, saved.id) == KEPT_OF_A_DAY
    assert await counts(pool, saved.id) == {"manager2": (2 * KEPT_OF_A_DAY, {"not_your_step": 2 * KEPT_OF_A_DAY})}


@pytest.mark.parametrize("before", [0, KEPT_OF_A_DAY], ids=["shown", "counted"])
async def test_what_became_of_a_refused_command_is_found_and_it_is_recorded_once(pool: Pool, before: int) -> None:
    saved = await save(pool)
    await record(pool, saved.id, before)
    entry = refused(saved.id)
    await refusals.record(pool, entry)
    assert await refusals.record(pool, entry) is Recorded.KNOWN
    for outcome in (
        await outcomes.find(pool, entry.command_id),
        await outcomes.find_for(pool, saved.id, entry.command_id, actor="manager2"),
        await outcomes.find_for(pool, saved.id, entry.command_id, actor="sales1"),
    ):
        assert outcome is not None
        assert outcome.refusal == entry.refusal
        assert (outcome.request_id, outcome.action, outcome.actor) == (saved.id, Action.APPROVE, "manager2")
    assert await kept(pool, saved.id) + sum(count for count, _ in (await counts(pool, saved.id)).values()) == before + 1


async def test_an_id_of_another_requests_counted_refusal_is_refused_under_an_id_of_both(pool: Pool) -> None:
    one, other = await save(pool), await save(pool)
    await record(pool, one.id, KEPT_OF_A_DAY)
    entry = refused(one.id)
    assert await refusals.record(pool, entry) is Recorded.COUNTED
    assert await record(pool, other.id, 1, command_id=entry.command_id) == [Recorded.SHOWN]
    for request_id in (one.id, other.id):
        outcome = await outcomes.find_for(pool, request_id, entry.command_id, actor="manager2")
        assert outcome is not None
        assert outcome.request_id == request_id


async def test_a_command_whose_refusal_was_counted_is_never_decided_on_again(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1), step("director", DIRECTOR1))
    await record(pool, run.request_id, KEPT_OF_A_DAY, actor="director1")
    body = {"command_id": str(uuid7()), "actor": "director1", "step": "director"}
    await run.apply(Action.APPROVE, body)  # too early: counted
    assert (await counts(pool, run.request_id))["director1"] == (1, {"step_closed": 1})
    assert await run.decide(Action.APPROVE, MANAGER1, step="manager") is None
    view = await run.apply(Action.APPROVE, body)
    assert (view.status, view.step) == ("in_progress", "director")
    assert (await counts(pool, run.request_id))["director1"] == (1, {"step_closed": 1})
    assert await run.decide(Action.APPROVE, DIRECTOR1, step="director") is None


async def test_an_accepted_decision_is_not_written_where_its_command_was_counted_as_refused_meanwhile(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    await record(pool, run.request_id, KEPT_OF_A_DAY, actor="manager1")
    body = {"command_id": str(uuid7()), "actor": "manager1", "step": "manager"}
    write = runs.write_transition

    async def write_late(*args: Any) -> bool:
        monkeypatch.undo()
        await record(pool, run.request_id, 1, actor="manager1", command_id=UUID(body["command_id"]))
        return await write(*args)

    monkeypatch.setattr(runs, "write_transition", write_late)
    view = await run.apply(Action.APPROVE, body)
    assert (view.status, view.step) == ("in_progress", "manager")
    outcome = await outcomes.find(pool, UUID(body["command_id"]))
    assert outcome is not None
    assert outcome.refusal is not None


async def test_a_send_whose_refusal_was_counted_does_not_wait_to_be_sent(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    await record(pool, run.request_id, KEPT_OF_A_DAY, actor="sales1")
    command_id = await run.stored(Action.SEND, "sales1", step("manager", MANAGER1))
    await run.apply(Action.SEND, {"command_id": str(command_id)})  # it is in progress: nothing can be sent
    assert (await counts(pool, run.request_id))["sales1"][0] == 1
    assert not (await requests.load(pool, run.request_id, EVERYTHING)).send_pending  # type: ignore[union-attr]
    assert command_id not in {one.command_id for one in await _due(pool)}


async def _due(pool: Pool) -> list[commands.PendingCommand]:
    return await commands.claim_undelivered(pool, older_than_seconds=-1e9, limit=1000)


async def test_what_became_of_counted_commands_is_forgotten_after_a_week_but_not_before_the_command(
    pool: Pool,
) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    await record(pool, run.request_id, KEPT_OF_A_DAY, actor="sales1")
    stored = await run.stored(Action.SEND, "sales1", step("manager", MANAGER1))
    await run.apply(Action.SEND, {"command_id": str(stored)})
    entries = [refused(run.request_id, actor="sales1") for _ in range(2)]
    for entry in entries:
        assert await refusals.record(pool, entry) is Recorded.COUNTED
    old = [stored, entries[0].command_id]
    await pool.execute(
        "UPDATE counted_refusals SET refused_at = refused_at - $2::interval WHERE command_id = ANY ($1)",
        old,
        timedelta(days=8),
    )
    assert await retention.forget_some(pool, Passing.COUNTED_REFUSALS, Retention()) == 1
    assert await outcomes.find(pool, entries[0].command_id) is None
    assert await outcomes.find(pool, entries[1].command_id) is not None
    assert await outcomes.find(pool, stored) is not None
    await pool.execute("UPDATE commands SET delivered_at = delivered_at - interval '31 days' WHERE id = $1", stored)
    assert await retention.forget_some(pool, Passing.COMMANDS, Retention()) == 1
    assert await retention.forget_some(pool, Passing.COUNTED_REFUSALS, Retention()) == 1
    assert (await counts(pool, run.request_id))["sales1"][0] == 3


async def test_a_draft_on_which_much_was_refused_can_be_deleted(pool: Pool) -> None:
    saved = await save(pool)
    await record(pool, saved.id, KEPT_OF_A_DAY + 1)
    async with pool.acquire() as connection, connection.transaction():
        await editing.delete(connection, saved.id)
    assert await requests.load(pool, saved.id, EVERYTHING) is None
    assert await refusals.further(pool, saved.id) == ()
