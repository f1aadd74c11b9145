"""What is due by the clock is done in the CRM: once, however often the clock rings, and told like a decision."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from application import deciding
from application.calendars import Calendars
from approval.calendar import BusinessCalendar
from approval.calendar_document import definition_of
from approval.durations import Duration
from approval.model import SYSTEM, Action, Code, Person, ProcessStatus, RefusedError, RunStatus
from approval.process import ByRole, Escalation, OnExpiry
from approval.routing import StepPlan
from approval.state import AssignmentState
from crm import calendars, inbox
from crm.pool import Pool
from crm.records import RequestRecord
from crm.visibility import Viewer
from tests.crm.saved import CALENDAR, DIRECTOR1, MANAGER1, SALES1, UNSIGNED, SavedRun, entries_of, record, save, step
from tests.statements import asked_by, listen
from workflows.contracts import CLOCK, Message, View

ALWAYS = definition_of(BusinessCalendar.parse(CALENDAR.zone, tuple(range(7)), ("00:00-23:59",), ()))


@pytest.fixture(scope="module", autouse=True)
def _listening(monkeypatch_module: pytest.MonkeyPatch) -> None:
    listen(monkeypatch_module)


def clocked(key: str = "manager", *approvers: Person, **changes: Any) -> StepPlan:
    """A step that reminds after an hour, is due after two, and escalates to the manager an hour after that."""
    plan = {
        "deadline": Duration.parse("2h"),
        "remind": (Duration.parse("50%"),),
        "escalate": (Escalation(after=Duration.parse("1h"), to="manager"),),
        **changes,
    }
    return step(key, *(approvers or (MANAGER1,))).model_copy(update=plan)


async def ring(run: SavedRun, hours: float) -> View:
    """Have the clock ring so many hours from now."""
    return await run.apply(CLOCK, None, received_at=datetime.now(UTC) + timedelta(hours=hours))


async def events(pool: Pool, saved: RequestRecord, *types: str) -> list[dict[str, Any]]:
    """What was told of a request."""
    rows = await pool.fetch(
        "SELECT type, facts FROM outbox WHERE request_id = $1 AND type = ANY ($2) ORDER BY sequence",
        saved.id,
        list(types),
    )
    return [{"type": row["type"], **row["facts"]} for row in rows]


async def test_a_reminder_is_told_once_however_often_the_clock_rings(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), clocked())
    view = await ring(run, 0.5)
    assert view.next_due is not None, "rung too early: nothing is done, and it rings again"
    assert len(await entries_of(pool, run.request_id)) == 2
    await asyncio.gather(*(ring(run, 1.5) for _ in range(5)))
    saved, entries = await record(pool, run.request_id), await entries_of(pool, run.request_id)
    (reminded,) = [entry for entry in entries if entry.action is Action.REMIND]
    assert (reminded.actor, reminded.step, reminded.note) == (SYSTEM, "manager", "Lê Hoàng Nam (manager1)")
    (told,) = await events(pool, saved, "assignment.reminded")
    assert (told["person"], told["actor"]) == ("manager1", SYSTEM)
    assert saved.run is not None
    (one,) = saved.run.steps[0].assignments
    assert len(one.reminded) == 1
    assert (saved.version, saved.content_version) == (3, 2), "a reminder makes no decision stale"


async def test_all_that_is_due_is_done_in_one_go(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), clocked())
    view = await ring(run, 100)
    assert view.next_due is None
    done = [entry.action for entry in await entries_of(pool, run.request_id)]
    assert done == [Action.CREATE, Action.SEND, Action.REMIND, Action.ESCALATE]
    assert view.approvers == ("director1", "manager1")


async def test_whoever_it_was_escalated_to_has_it_in_their_inbox_and_decides_it(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), clocked())
    await ring(run, 3.5)
    saved = await record(pool, run.request_id)
    (told,) = await events(pool, saved, "assignment.escalated")
    assert (told["person"], told["from"]) == ("director1", "manager1")
    waiting = await inbox.page(pool, Viewer(username="director1"), limit=200, cursor=None)
    (item,) = [item for item in waiting.items if item.id == saved.id]
    assert item.instead_of == MANAGER1
    assert await run.decide(Action.APPROVE, DIRECTOR1) is None
    after = await record(pool, run.request_id)
    assert after.process_status is ProcessStatus.COMPLETED
    assert after.run is not None
    states = {one.person.username: one.state for one in after.run.steps[0].assignments}
    assert states == {"director1": AssignmentState.APPROVED, "manager1": AssignmentState.NOT_NEEDED}
    assert await run.decide(Action.APPROVE, MANAGER1) is Code.RUN_ENDED
    assert (await ring(run, 100)).status == RunStatus.COMPLETED


async def test_a_decision_that_comes_with_the_clock_wins(pool: Pool) -> None:
    """The run takes it first; the clock then finds nothing to do."""
    run = await SavedRun.sent(pool, await save(pool), clocked(), clocked("second", DIRECTOR1))
    assert await run.decide(Action.APPROVE, MANAGER1) is None
    await ring(run, 0)
    actions = [entry.action for entry in await entries_of(pool, run.request_id)]
    assert actions == [Action.CREATE, Action.SEND, Action.APPROVE]


@pytest.mark.parametrize(
    ("on_expiry", "status", "end"),
    [(OnExpiry.RETURN, ProcessStatus.RETURNED, False), (OnExpiry.REJECT, ProcessStatus.REJECTED, True)],
)
async def test_what_nobody_decides_goes_back_or_ends_with_a_note_of_the_system(
    pool: Pool, on_expiry: OnExpiry, status: ProcessStatus, end: bool
) -> None:
    plan = clocked(escalate=(), on_expiry=on_expiry, expire_after=Duration.parse("1h"))
    run = await SavedRun.sent(pool, await save(pool), plan)
    view = await ring(run, 4)
    saved = await record(pool, run.request_id)
    assert (saved.process_status, view.next_due) == (status, None)
    (note,) = saved.notes
    assert (note.action, note.end, note.actor.username) == (Action.EXPIRE, end, SYSTEM)
    assert await run.send(clocked()) is (Code.RUN_ENDED if end else None)


async def test_a_deadline_of_version_1_never_rings(pool: Pool) -> None:
    plan = step("manager", MANAGER1).model_copy(update={"deadline_hours": 2})
    run = await SavedRun.sent(pool, await save(pool), plan)
    assert (await ring(run, 10_000)).next_due is None
    assert len(await entries_of(pool, run.request_id)) == 2


async def test_the_calendar_that_was_stored_last_counts_from_then_on_and_costs_no_look(pool: Pool) -> None:
    shared = Calendars(CALENDAR)

    async def send(run: SavedRun) -> datetime | None:
        plan = clocked(deadline=Duration.parse("10bh"), remind=(), escalate=())
        command = await run.stored(Action.SEND, "sales1", plan)
        message = Message(
            id=uuid7(),
            request_id=run.request_id,
            name=Action.SEND,
            body={"command_id": str(command)},
            received_at=datetime.now(UTC),
        )
        asked = await asked_by(deciding.apply(pool, shared, UNSIGNED, message, lambda _committed: None))
        statements.append(len(asked))
        saved = await record(pool, run.request_id)
        return saved.run.steps[0].due_at if saved.run else None

    statements: list[int] = []
    before = await save(pool)
    due_before = await send(SavedRun(pool, before.id))
    await calendars.save(pool, ALWAYS, by="admin1", at=datetime.now(UTC), seen=calendars.NO_CALENDAR)
    now = datetime.now(UTC)
    for _ in range(2):
        due = await send(SavedRun(pool, (await save(pool)).id))
        assert due is not None
        assert timedelta(hours=10) <= due - now < timedelta(hours=10, minutes=5)
    assert statements == [2, 3, 2], "read, write; and once the calendar that is new"
    saved = await record(pool, before.id)
    assert saved.run is not None
    assert saved.run.steps[0].due_at == due_before, "what was reckoned stays"


async def test_of_two_who_change_the_calendar_at_once_one_is_told(pool: Pool) -> None:
    newest = await calendars.newest(pool)
    seen = newest.version if newest else calendars.NO_CALENDAR

    changes = (calendars.save(pool, ALWAYS, by="admin1", at=datetime.now(UTC), seen=seen) for _ in range(4))
    told = await asyncio.gather(*changes, return_exceptions=True)
    refused = [error.refusal.code for error in told if isinstance(error, RefusedError)]
    assert (refused, len(told)) == ([Code.STALE_VERSION] * 3, 4)


async def test_it_is_escalated_to_holders_of_a_role_but_never_to_the_owner(pool: Pool) -> None:
    stages = (Escalation(after=Duration.parse("1h"), to=ByRole(role="sales")),)
    run = await SavedRun.sent(pool, await save(pool), clocked(escalate=stages))
    view = await ring(run, 4)
    assert SALES1.username not in view.approvers
    assert "sales2" in view.approvers
