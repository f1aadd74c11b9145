"""Deciding in the transaction: everything or nothing, once, and on what the CRM has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from application import deciding
from application.calendars import Calendars
from approval.changes import ProposedChange
from approval.model import Action, Code, ProcessStatus, RunStatus
from approval.votes import DecisionRule
from crm import commands, lists
from crm.list_filters import Filters
from crm.pool import Pool
from crm.visibility import EVERYTHING
from tests.crm.saved import (
    CALENDAR,
    DIRECTOR1,
    MANAGER1,
    NOW,
    SALES1,
    UNSIGNED,
    SavedRun,
    entries_of,
    record,
    save,
    step,
)
from tests.eventually import eventually
from workflows.contracts import Message


async def everything(pool: Pool) -> Mapping[str, Any]:
    """Every row of the tables that a transition touches."""
    tables = (
        "purchase_requests",
        "purchase_request_lines",
        "runs",
        "rounds",
        "assignments",
        "outbox",
        "participants",
        "timeline",
        "notes",
    )
    return {table: [dict(row) for row in await pool.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")] for table in tables}


APPROVED: dict[str, Any] = {"actor": "manager1", "note": "được"}


async def test_a_message_applied_twice_is_applied_once(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1), step("director", DIRECTOR1))
    body = {"command_id": str(uuid7()), **APPROVED}
    first = await run.apply("approve", body)
    before = await everything(pool)
    assert await run.apply("approve", body) == first
    assert await everything(pool) == before


async def test_a_message_applied_ten_times_at_once_is_applied_once(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    body = {"command_id": str(uuid7()), **APPROVED}
    views = await asyncio.gather(*(run.apply("approve", body) for _ in range(5)))
    assert {view.status for view in views} == {"completed"}
    assert len(await entries_of(pool, run.request_id)) == 3  # create, send, approve
    saved = await record(pool, run.request_id)
    assert (saved.version, len(saved.notes)) == (3, 1)


async def test_a_late_retry_does_not_overwrite_a_newer_state(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1), step("director", DIRECTOR1))
    body = {"command_id": str(uuid7()), **APPROVED}
    await run.apply("approve", body)
    await run.decide(Action.APPROVE, DIRECTOR1)
    before = await everything(pool)
    assert (await run.apply("approve", body)).status == "completed"
    assert await everything(pool) == before


@pytest.mark.parametrize(("given", "code"), [(2, None), (1, Code.STALE_VERSION), (3, Code.STALE_VERSION)])
async def test_a_decision_holds_only_on_the_version_it_names(pool: Pool, given: int, code: Code | None) -> None:
    run = await SavedRun.sent(pool, await save(pool))  # creating makes version 1, sending 2
    assert await run.decide(Action.APPROVE, MANAGER1, version=given) is code
    saved = await record(pool, run.request_id)
    last = (await entries_of(pool, saved.id))[-1]
    if code is None:
        assert saved.process_status is ProcessStatus.COMPLETED
        assert last.refusal is None
    else:
        assert (saved.process_status, saved.version) == (ProcessStatus.IN_PROGRESS, 2)
        assert last.refusal is not None
        assert (last.refusal.code, last.refusal.params) == (Code.STALE_VERSION, {"given": str(given)})


async def test_a_refused_message_is_on_the_timeline_once_however_often_it_is_applied(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    body = {"command_id": str(uuid7()), "version": 9, **APPROVED}
    for _ in range(3):
        await run.apply("approve", body)
    assert len(await entries_of(pool, run.request_id)) == 3


async def test_the_same_command_again_is_a_duplicate_and_changes_nothing(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1), step("director", MANAGER1))
    command = uuid7()
    assert await run.decide(Action.APPROVE, MANAGER1, command_id=command) is None
    before = await everything(pool)
    assert await run.decide(Action.APPROVE, MANAGER1, command_id=command) is None
    assert await everything(pool) == before


async def test_a_command_id_of_another_request_is_not_taken_for_a_repetition(pool: Pool) -> None:
    one = await SavedRun.sent(pool, await save(pool))
    other = await SavedRun.sent(pool, await save(pool))
    command = uuid7()
    assert await one.decide(Action.APPROVE, MANAGER1, command_id=command) is None
    for _ in range(2):  # the second is a retry of the activity
        assert await other.decide(Action.APPROVE, MANAGER1, command_id=command) is Code.INVALID
    saved = await record(pool, other.request_id)
    assert saved.process_status is ProcessStatus.IN_PROGRESS
    entries = await entries_of(pool, saved.id)
    assert [entry.action for entry in entries] == [Action.CREATE, Action.SEND, Action.APPROVE]
    assert entries[-1].refusal is not None
    assert entries[-1].refusal.errors[0].message == "command_id_of_another_request"
    assert entries[-1].command_id != command


@pytest.mark.parametrize(
    ("action", "actor"),
    [(Action.RECALL, SALES1), (Action.REJECT, MANAGER1), (Action.APPROVE, DIRECTOR1)],
    ids=["another action", "the same person, another action", "another person"],
)
async def test_an_id_of_another_command_of_the_request_is_refused_on_the_timeline(
    pool: Pool, action: Action, actor: Any
) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1), step("director", DIRECTOR1))
    command = uuid7()
    assert await run.decide(Action.APPROVE, MANAGER1, command_id=command) is None
    for _ in range(2):  # the second is a retry of the activity
        await run.apply(action, {"command_id": str(command), "actor": actor.username, "note": "vì sao"})
    *_, accepted, refused = await entries_of(pool, run.request_id)
    assert (accepted.command_id, accepted.refusal) == (command, None)
    assert (refused.action, refused.actor) == (action, actor.username)
    assert refused.refusal is not None
    assert [error.message for error in refused.refusal.errors] == ["command_id_of_another_command"]


async def test_a_decision_with_the_id_of_another_requests_command_does_not_mark_that_delivered(pool: Pool) -> None:
    waiting, other = await save(pool), await SavedRun.sent(pool, await save(pool))
    command = uuid7()
    await commands.store(
        pool, command_id=command, request_id=waiting.id, action=Action.SEND, actor="sales1", payload={}, at=NOW
    )
    await other.decide(Action.APPROVE, MANAGER1, command_id=command)
    assert await pool.fetchval("SELECT delivered_at FROM commands WHERE id = $1", command) is None


async def test_a_write_delivers_its_command(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    assert await pool.fetchval(
        "SELECT bool_and(delivered_at IS NOT NULL) FROM commands WHERE request_id = $1", run.request_id
    )


@pytest.mark.parametrize(
    ("action", "actor", "fields", "process_status", "run_status"),
    [
        (Action.APPROVE, MANAGER1, {}, ProcessStatus.COMPLETED, RunStatus.COMPLETED),
        (Action.REJECT, MANAGER1, {}, ProcessStatus.RETURNED, RunStatus.IN_PROGRESS),
        (Action.REJECT, MANAGER1, {"end": True}, ProcessStatus.REJECTED, RunStatus.REJECTED),
        (Action.RECALL, SALES1, {}, ProcessStatus.RETURNED, RunStatus.IN_PROGRESS),
        (Action.CANCEL, SALES1, {}, ProcessStatus.CANCELLED, RunStatus.CANCELLED),
    ],
)
async def test_a_row_of_the_sync_table_reaches_every_table(
    pool: Pool,
    action: Action,
    actor: Any,
    fields: dict[str, Any],
    process_status: ProcessStatus,
    run_status: RunStatus,
) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    assert await run.decide(action, actor, **fields) is None
    saved = await record(pool, run.request_id)
    assert saved.run is not None
    assert (saved.process_status, saved.run.status) == (process_status, run_status)
    assert [(note.action, note.actor, note.end) for note in saved.notes] == [(action, actor, bool(fields))]
    assert not await pool.fetchval("SELECT true FROM assignments WHERE request_id = $1 AND state = 'open'", saved.id)


async def test_the_inbox_holds_exactly_those_who_can_decide_now(pool: Pool) -> None:
    async def waiting() -> list[str]:
        rows = await pool.fetch(
            "SELECT person FROM assignments WHERE request_id = $1 AND state = 'open' ORDER BY 1", run.request_id
        )
        return [row["person"] for row in rows]

    both = step("both", MANAGER1, DIRECTOR1, rule=DecisionRule.ALL)
    run = await SavedRun.sent(pool, await save(pool), both, step("director", DIRECTOR1))
    assert await waiting() == ["director1", "manager1"]
    await run.decide(Action.APPROVE, MANAGER1)
    assert await waiting() == ["director1"]
    await run.decide(Action.APPROVE, DIRECTOR1)
    assert await waiting() == ["director1"]
    await run.decide(Action.RECALL, SALES1)
    assert await waiting() == []
    await run.send(both)
    assert await waiting() == ["director1", "manager1"]


EVERY_HEADER_FIELD = {
    "purpose": "Mục đích khác",
    "delivery_address": "Kho Đà Nẵng",
    "desired_delivery_date": date(2027, 3, 1),
    "description": "Diễn giải",
}
EVERY_LINE_FIELD: dict[str, Any] = {
    "description": "Bộ định tuyến",
    "warehouse": "Kho 2",
    "quantity": Decimal("2.5"),
    "unit_price": Decimal("33.3333"),
    "supplier": "Synnex",
}


async def test_the_last_approval_writes_every_editable_field_and_what_follows_from_it(pool: Pool) -> None:
    saved = await save(pool)
    run = await SavedRun.sent(pool, saved)
    changes = {
        **{field: str(value) for field, value in EVERY_HEADER_FIELD.items()},
        "lines": [
            {"id": str(saved.lines[0].id)} | {field: str(value) for field, value in EVERY_LINE_FIELD.items()},
        ],
    }
    assert await run.decide(Action.APPROVE, MANAGER1, changes=changes) is None
    after = await record(pool, saved.id)
    assert {field: getattr(after, field) for field in EVERY_HEADER_FIELD} == EVERY_HEADER_FIELD
    assert {field: getattr(after.lines[0], field) for field in EVERY_LINE_FIELD} == EVERY_LINE_FIELD
    assert after.lines[1] == saved.lines[1]
    assert after.total == Decimal("2.5") * Decimal("33.3333") + 50
    assert await pool.fetchval("SELECT goods FROM purchase_requests WHERE id = $1", saved.id) == [
        "Bộ định tuyến",
        "B-2",
    ]


async def test_the_last_approval_can_empty_every_field_that_may_be_empty(pool: Pool) -> None:
    filled: dict[str, Any] = {
        "delivery_address": "Kho 1",
        "desired_delivery_date": date(2027, 1, 1),
        "description": "Dài",
    }
    saved = await save(pool, **filled)
    run = await SavedRun.sent(pool, saved)
    emptied = {"id": str(saved.lines[1].id), "description": None, "warehouse": None, "supplier": None}
    changes = dict.fromkeys(filled) | {"lines": [emptied]}
    assert await run.decide(Action.APPROVE, MANAGER1, changes=changes) is None
    after = await record(pool, saved.id)
    assert (after.delivery_address, after.desired_delivery_date, after.description) == ("", None, "")
    assert (after.lines[1].description, after.lines[1].warehouse, after.lines[1].supplier) == ("", "", None)


async def test_a_total_of_many_decimals_shows_in_lists(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    line = (await record(pool, run.request_id)).lines[0].id
    changes = {"lines": [{"id": str(line), "quantity": "2.5555", "unit_price": "9999999999999999.9999"}]}
    await run.decide(Action.APPROVE, MANAGER1, changes=changes)
    page = await lists.page(pool, EVERYTHING, Filters(), sort="-created", limit=200, cursor=None)
    item = next(item for item in page.items if item.id == run.request_id)
    assert item.total == Decimal("2.5555") * Decimal("9999999999999999.9999") + 50


async def test_goods_that_an_approver_renamed_are_found_by_their_new_name_only(pool: Pool) -> None:
    saved = await save(pool)
    run = await SavedRun.sent(pool, saved)
    changes = {
        "purpose": "Trung tâm dữ liệu",
        "lines": [{"id": str(saved.lines[0].id), "description": "Tủ rack xyz", "supplier": "Viễn Sơn"}],
    }
    await run.decide(Action.APPROVE, MANAGER1, changes=changes)

    async def found(words: str) -> bool:
        page = await lists.page(pool, EVERYTHING, Filters(q=words), sort="-created", limit=200, cursor=None)
        return saved.id in {item.id for item in page.items}

    for words in ("tu rack", "vien son", "TRUNG TÂM", "a-1", saved.number, "sales1", "nguyễn văn an"):
        assert await found(words), words
    for words in ("may chu", "phong"):
        assert not await found(words), words


async def test_proposals_are_not_written_before_the_last_approval(pool: Pool) -> None:
    saved = await save(pool)
    run = await SavedRun.sent(pool, saved, step("manager", MANAGER1), step("director", DIRECTOR1))
    changes = {"lines": [{"id": str(saved.lines[0].id), "quantity": "3"}]}
    await run.decide(Action.APPROVE, MANAGER1, changes=changes)
    after = await record(pool, saved.id)
    assert after.lines == saved.lines
    assert after.run is not None
    assert [(change.before, change.after) for change in after.run.proposed] == [("10", "3")]
    await run.decide(Action.REJECT, DIRECTOR1)
    await run.send(step("manager", MANAGER1))
    again = await record(pool, saved.id)
    assert again.run is not None
    assert (again.run.round, again.run.proposed, again.lines) == (2, (), saved.lines)
    kept = await pool.fetchval("SELECT proposed_changes FROM rounds WHERE request_id = $1 AND number = 1", saved.id)
    assert [change["to"] for change in kept] == ["3"]


async def test_of_two_approvals_by_one_person_at_one_time_the_timeline_tells_what_each_changed(pool: Pool) -> None:
    saved = await save(pool)
    run = await SavedRun.sent(pool, saved, step("first", MANAGER1), step("second", MANAGER1), step("third", MANAGER1))
    for quantity in (3, 2, None):
        lines = [{"id": str(saved.lines[0].id), "quantity": str(quantity)}]
        await run.decide(Action.APPROVE, MANAGER1, changes={"lines": lines} if quantity else None)
    approvals = [entry for entry in await entries_of(pool, saved.id) if entry.action is Action.APPROVE]
    assert len({entry.at for entry in approvals}) == 1
    told = [(entry.step, [(change.before, change.after) for change in entry.changes]) for entry in approvals]
    assert told == [("first", [("10", "3")]), ("second", [("3", "2")]), ("third", [])]


async def test_what_the_database_refuses_changes_nothing(pool: Pool) -> None:
    saved = await save(pool)
    run = await SavedRun.sent(pool, saved)
    impossible = ProposedChange(
        pointer="/lines/0/quantity",
        line_id=saved.lines[0].id,
        field="quantity",
        before="10",
        after="-1",
        by="manager1",
        at=NOW,
    )
    await pool.execute("UPDATE rounds SET proposed_changes = $2 WHERE request_id = $1", saved.id, [impossible])
    before = await everything(pool)
    with pytest.raises(asyncpg.CheckViolationError):
        await run.apply("approve", {"command_id": str(uuid7()), **APPROVED})
    assert await everything(pool) == before


async def test_the_timeline_says_when_something_was_said_and_when_it_was_written(pool: Pool) -> None:
    """The engine or the worker was away for hours: steps open, and deadlines count, from when people could know of it."""
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1), step("director", DIRECTOR1))
    said_at = NOW + timedelta(minutes=1)
    body = {"command_id": str(uuid7()), "said_at": said_at.isoformat(), **APPROVED}
    before = datetime.now(UTC)
    await run.apply("approve", body, received_at=NOW + timedelta(hours=5))
    entry = (await entries_of(pool, run.request_id))[-1]
    assert entry.at == said_at
    assert entry.recorded_at is not None
    assert entry.recorded_at >= before
    director = (await record(pool, run.request_id)).run
    assert director is not None
    assert director.open_step is not None
    assert director.open_step.opened_at == entry.recorded_at


async def test_nobody_says_something_later_than_the_run_hears_it(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    body = {"command_id": str(uuid7()), "said_at": (NOW + timedelta(days=9)).isoformat(), **APPROVED}
    await run.apply("approve", body)
    assert (await entries_of(pool, run.request_id))[-1].at == NOW


async def test_nobody_says_something_before_what_the_run_has_seen_last(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    body = {"command_id": str(uuid7()), "said_at": (NOW - timedelta(days=900)).isoformat(), **APPROVED}
    await run.apply("approve", body)
    assert (await entries_of(pool, run.request_id))[-1].at == NOW


async def test_goods_stored_by_rules_of_another_day_are_approved_with_changes(pool: Pool) -> None:
    saved = await save(pool)
    run = await SavedRun.sent(pool, saved)
    await pool.execute(
        "UPDATE purchase_request_lines SET product_code = '', description = repeat('x', 900) WHERE request_id = $1",
        saved.id,
    )
    changes = {"lines": [{"id": str(saved.lines[0].id), "quantity": "3"}]}
    assert await run.decide(Action.APPROVE, MANAGER1, changes=changes) is None
    after = await record(pool, saved.id)
    assert (after.process_status, after.lines[0].quantity) == (ProcessStatus.COMPLETED, Decimal(3))


async def test_what_is_no_fault_does_not_read_like_one(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    body = {"command_id": str(uuid7()), **APPROVED}
    with capture_logs() as logs:
        await run.apply("approve", body)
        await run.apply("approve", body)
    assert [line["event"] for line in logs] == ["decision recorded", "command has its outcome already"]
    assert {line["log_level"] for line in logs} == {"info"}


async def test_what_is_told_is_written_with_what_makes_it_true_in_one_order(pool: Pool) -> None:
    both = step("both", MANAGER1, DIRECTOR1, rule=DecisionRule.ALL)
    run = await SavedRun.sent(pool, await save(pool), both, step("director", DIRECTOR1))
    await run.decide(Action.APPROVE, MANAGER1)
    await run.decide(Action.APPROVE, MANAGER1)  # refused: nothing is told of it
    await run.decide(Action.APPROVE, DIRECTOR1)
    await run.decide(Action.REJECT, DIRECTOR1)
    rows = await pool.fetch(
        "SELECT sequence, type, facts FROM outbox WHERE request_id = $1 ORDER BY sequence", run.request_id
    )
    assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1))
    told = [(row["type"], row["facts"].get("step"), row["facts"].get("person")) for row in rows]
    assert told == [
        ("request.sent", None, None),
        ("step.opened", "both", None),
        ("assignment.opened", "both", "manager1"),
        ("assignment.opened", "both", "director1"),
        ("step.approved", "both", None),
        ("step.opened", "director", None),
        ("assignment.opened", "director", "director1"),
        ("request.returned", None, None),
    ]


async def test_a_decision_that_waited_for_the_lock_sees_what_was_written_meanwhile(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1), step("director", DIRECTOR1))
    approve = {"command_id": str(uuid7()), **APPROVED}
    cancel = {"command_id": str(uuid7()), "actor": "sales1", "note": "thôi"}
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM purchase_requests WHERE id = $1 FOR UPDATE", run.request_id)
        first = asyncio.create_task(run.apply("cancel", cancel))
        await eventually(lambda: _waiting(pool, 1))
        second = asyncio.create_task(run.apply("approve", approve))
        await eventually(lambda: _waiting(pool, 2))
    views = await asyncio.gather(first, second)
    assert {view.status for view in views} == {"cancelled"}
    assert await run.refusal(UUID(approve["command_id"])) is Code.RUN_ENDED


async def test_an_unreadable_message_applied_twice_is_on_the_timeline_once(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    message = Message(id=uuid7(), request_id=run.request_id, name="approve", problem="one_json_object", received_at=NOW)
    for _ in range(2):
        await deciding.apply(pool, Calendars(CALENDAR), UNSIGNED, message, lambda _committed: None)
    assert [entry.command_id for entry in await entries_of(pool, run.request_id)][2:] == [message.id]


async def test_what_was_decided_is_not_called_refused_because_it_could_not_be_stored_again(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    body = {"command_id": str(uuid7()), **APPROVED}
    await run.apply("approve", body)
    message = Message(id=uuid7(), request_id=run.request_id, name="approve", body=body, received_at=NOW)
    view = await deciding.refuse_unstorable(pool, UNSIGNED, message, lambda _committed: None)
    assert (view.status, await run.refusal(UUID(body["command_id"]))) == ("completed", None)


async def _waiting(pool: Pool, number: int) -> bool:
    """Whether so many sessions of this database wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return int(await pool.fetchval(query)) >= number
