"""When the order changes after the request was sent, on a real database: each request gets what follows for it, in one
transaction with the change, and no decision slips through. The rules alone: ``tests/approval/test_order_changes``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from application.taking import cancel, foresee, take
from approval.holding import unanswered
from approval.incoming import IncomingSource
from approval.line_decisions import LineDecision
from approval.model import SYSTEM as THE_SYSTEM
from approval.model import Action, Code, ProcessStatus
from approval.order_changes import ChangeKind
from crm import commands, editing, runs
from crm.drafts import LineDraft, RequestDraft, SourceRef
from crm.pool import Connection, Pool
from crm.records import RequestRecord, run_state
from crm.runs import Case
from tests.application.orders import SYSTEM, line, made_from, source_id, taken, with_quantity
from tests.crm.saved import MANAGER1, NOW, SALES1, SavedRun, entries_of, record, save, step
from workflows.contracts import ORDER_CHANGED_SIGNAL


async def changes(pool: Pool, given: IncomingSource) -> None:
    """The order is so now."""
    await take(pool, SYSTEM, [given], at=NOW)


async def told(pool: Pool, run: SavedRun) -> None:
    """The run hears of its order, as the relay has it told."""
    for command in await waiting(pool, run.request_id):
        await run.apply(ORDER_CHANGED_SIGNAL, {"command_id": str(command)})


async def waiting(pool: Pool, request_id: UUID) -> list[UUID]:
    """What the run is still to be told of its order."""
    rows = await pool.fetch(
        "SELECT id FROM commands WHERE request_id = $1 AND action = $2 AND actor = $3 AND delivered_at IS NULL ORDER BY id",
        request_id,
        commands.ORDER_CHANGED,
        THE_SYSTEM,
    )
    return [row["id"] for row in rows]


async def events(pool: Pool, request_id: UUID) -> list[tuple[str, Mapping[str, Any]]]:
    """What there is to tell of a request and its order."""
    rows = await pool.fetch(
        """SELECT type, facts FROM outbox WHERE request_id = $1
               AND type IN ('order.changed', 'request.held', 'request.resumed') ORDER BY sequence""",
        request_id,
    )
    return [(row["type"], row["facts"]) for row in rows]


def kinds(found: RequestRecord) -> list[ChangeKind]:
    """How its order differs."""
    return [change.kind for change in found.order_changes]


async def edited(pool: Pool, found: RequestRecord, **changes: Any) -> RequestRecord:
    """The request once its owner has saved it."""
    source = SourceRef(type=found.source.type, id=found.source.id) if found.source else None
    lines = tuple(
        LineDraft(
            id=one.id,
            source_line_id=one.source_line_id,
            product_code=one.product_code,
            unit=one.unit,
            quantity=one.quantity,
            unit_price=one.unit_price,
        )
        for one in found.lines
    )
    draft = RequestDraft(**{"source": source, "purpose": found.purpose, "lines": lines, **changes})
    async with pool.acquire() as connection, connection.transaction():
        await editing.replace(connection, found, draft, command_id=uuid7(), at=NOW)
    return await record(pool, found.id)


async def test_one_that_is_not_sent_is_marked_and_taken_over_line_by_line(pool: Pool) -> None:
    given = await taken(pool)
    request = await made_from(pool, given)
    assert request.order_changes == ()
    await changes(pool, with_quantity(with_quantity(given, 12), 7, key="2"))
    marked = await record(pool, request.id)
    assert [(one.line_id, one.now.quantity if one.now else None) for one in marked.order_changes] == [
        (request.lines[0].id, Decimal(12)),
        (request.lines[1].id, Decimal(7)),
    ]
    assert (marked.version, marked.values()) == (request.version + 1, request.values()), "nothing of it is changed"
    (event,) = await events(pool, request.id)
    assert event[0] == "order.changed"
    assert (event[1]["status"], event[1]["buyers"]) == ("not_sent", [])

    same = await edited(pool, marked, purpose="Mục đích khác")
    assert same.order_changes == marked.order_changes, "an edit of something else settles nothing"
    first, second = same.lines
    as_drafts = [
        LineDraft(
            id=one.id,
            source_line_id=one.source_line_id,
            product_code=one.product_code,
            unit=one.unit,
            quantity=quantity,
        )
        for one, quantity in ((first, Decimal(12)), (second, Decimal(10)))
    ]
    one_over = await edited(pool, same, lines=tuple(as_drafts))
    assert [one.line_id for one in one_over.order_changes] == [second.id], "what is as the order says is taken over"
    as_drafts[1] = as_drafts[1].model_copy(update={"take_over": True, "quantity": Decimal(3)})
    assert (await edited(pool, one_over, lines=tuple(as_drafts))).order_changes == (), "or what is said to be"


async def test_one_that_is_sent_in_spite_of_a_mark_is_kept_so(pool: Pool) -> None:
    given = await taken(pool)
    request = await made_from(pool, given)
    await changes(pool, with_quantity(given, 12))
    run = await SavedRun.sent(pool, await record(pool, request.id))
    sent = await record(pool, request.id)
    assert sent.run is not None
    assert (sent.run.hold, sent.run.kept and sent.run.kept.changes) == (None, sent.order_changes)
    assert await run.decide(Action.APPROVE, MANAGER1) is None


async def test_one_that_changes_on_its_way_to_the_run_is_held_as_it_begins(pool: Pool) -> None:
    given = await taken(pool)
    run = SavedRun(pool, (await made_from(pool, given)).id)
    command = await run.stored(Action.SEND, "sales1", step("manager", MANAGER1))
    await changes(pool, with_quantity(given, 12))
    assert await waiting(pool, run.request_id) == [], "the send tells it"
    await run.apply(Action.SEND, {"command_id": str(command)})
    found = await record(pool, run.request_id)
    assert found.run is not None
    assert found.run.hold is not None
    assert await run.decide(Action.APPROVE, MANAGER1) is Code.HELD


async def test_one_that_is_decided_is_held_kept_and_goes_on(pool: Pool) -> None:
    given = await taken(pool)
    run = await SavedRun.sent(pool, await made_from(pool, given))
    await changes(pool, with_quantity(given, 12))
    assert await run.decide(Action.APPROVE, MANAGER1) is Code.HELD, "whether the run has heard of it or not"
    await told(pool, run)
    held = await record(pool, run.request_id)
    assert held.run is not None
    assert held.run.hold is not None
    assert held.process_status is ProcessStatus.IN_PROGRESS
    assert await run.decide(Action.APPROVE, MANAGER1) is Code.HELD
    assert await waiting(pool, run.request_id) == []
    assert await run.decide(Action.RESOLVE_HOLD, MANAGER1, choice="keep") is Code.FORBIDDEN
    assert await run.decide(Action.RESOLVE_HOLD, SALES1, choice="keep") is None
    kept = await record(pool, run.request_id)
    assert kept.run is not None
    assert (kept.run.hold, kept.notes) == (None, ())
    assert kept.run.kept is not None
    assert kept.run.kept.note == "vì sao"
    assert await run.decide(Action.APPROVE, MANAGER1) is None
    assert [name for name, _ in await events(pool, run.request_id)] == ["request.held", "request.resumed"]
    entries = [entry for entry in await entries_of(pool, run.request_id) if entry.refusal is None]
    assert [(entry.action, entry.actor, entry.choice) for entry in entries][2:] == [
        (Action.HOLD, THE_SYSTEM, None),
        (Action.RESOLVE_HOLD, "sales1", "keep"),
        (Action.APPROVE, "manager1", None),
    ]


async def test_one_that_is_amended_comes_back_with_the_difference_and_is_sent_again(pool: Pool) -> None:
    given = await taken(pool)
    run = await SavedRun.sent(pool, await made_from(pool, given))
    await changes(pool, with_quantity(given, 12))
    assert await run.decide(Action.RESOLVE_HOLD, SALES1, choice="amend") is None, "also before the run has heard"
    await told(pool, run)
    back = await record(pool, run.request_id)
    assert (back.process_status, kinds(back)) == (ProcessStatus.RETURNED, [ChangeKind.LINE_CHANGED])
    assert back.run is not None
    assert back.run.hold is None
    lines = tuple(
        LineDraft(
            id=one.id, source_line_id=one.source_line_id, product_code=one.product_code, unit=one.unit, quantity=wanted
        )
        for one, wanted in zip(back.lines, (Decimal(12), Decimal(10)), strict=True)
    )
    assert (await edited(pool, back, lines=lines)).order_changes == ()
    assert await run.send(step("manager", MANAGER1)) is None
    again = await record(pool, run.request_id)
    assert again.run is not None
    assert (again.run.round, again.run.hold, again.run.kept) == (2, None, None)
    assert await run.decide(Action.APPROVE, MANAGER1) is None


async def test_an_order_that_is_cancelled_and_opened_again_holds_and_lets_go(pool: Pool) -> None:
    given = await taken(pool)
    run = await SavedRun.sent(pool, await made_from(pool, given))
    await cancel(pool, SYSTEM, [given.key], at=NOW)
    assert await run.decide(Action.APPROVE, MANAGER1) is Code.HELD
    await told(pool, run)
    assert kinds(await record(pool, run.request_id)) == [ChangeKind.ORDER_CANCELLED]
    await changes(pool, given)
    await told(pool, run)
    found = await record(pool, run.request_id)
    assert found.run is not None
    assert (found.order_changes, found.run.hold) == ((), None)
    assert await run.decide(Action.APPROVE, MANAGER1) is None
    assert [name for name, _ in await events(pool, run.request_id)] == ["request.held", "request.resumed"]


async def test_an_order_that_was_cancelled_and_opened_again_before_the_run_heard_holds_nothing(pool: Pool) -> None:
    given = await taken(pool)
    run = await SavedRun.sent(pool, await made_from(pool, given))
    await cancel(pool, SYSTEM, [given.key], at=NOW)
    await changes(pool, given)
    assert len(await waiting(pool, run.request_id)) == 2
    await told(pool, run)
    assert await waiting(pool, run.request_id) == []
    assert await events(pool, run.request_id) == []
    assert await run.decide(Action.APPROVE, MANAGER1) is None


async def test_a_line_that_is_gone_holds_and_the_request_stays_linked_to_it(pool: Pool) -> None:
    given = await taken(pool)
    request = await made_from(pool, given)
    run = await SavedRun.sent(pool, request)
    await changes(pool, given.model_copy(update={"lines": given.lines[1:]}))
    found = await record(pool, run.request_id)
    assert [(one.kind, one.line_id) for one in found.order_changes] == [(ChangeKind.LINE_GONE, request.lines[0].id)]
    assert found.lines[0].source_line_id == request.lines[0].source_line_id
    assert await run.decide(Action.APPROVE, MANAGER1) is Code.HELD


async def test_goods_that_come_to_an_order_or_cost_more_change_nothing_of_what_was_asked_for(pool: Pool) -> None:
    given = await taken(pool)
    run = await SavedRun.sent(pool, await made_from(pool, given))
    dearer = tuple(one.model_copy(update={"unit_price": Decimal(99), "description": "khác"}) for one in given.lines)
    await changes(pool, given.model_copy(update={"lines": (*dearer, line("3")), "stage": "Đang thực hiện"}))
    assert (await record(pool, run.request_id)).order_changes == ()
    assert await run.decide(Action.APPROVE, MANAGER1) is None


async def test_three_requests_of_one_order_each_get_theirs(pool: Pool) -> None:
    given = await taken(pool)
    draft, running, done, out = [await made_from(pool, given) for _ in range(4)]
    run, approved, over = [await SavedRun.sent(pool, one) for one in (running, done, out)]
    assert await approved.decide(Action.APPROVE, MANAGER1) is None
    assert await over.decide(Action.CANCEL, SALES1) is None
    before = await record(pool, done.id)
    await changes(pool, with_quantity(given, 12))
    assert [kinds(await record(pool, one.id)) for one in (draft, running, done, out)] == [
        [ChangeKind.LINE_CHANGED],
        [ChangeKind.LINE_CHANGED],
        [ChangeKind.LINE_CHANGED],
        [],
    ]
    assert len(await waiting(pool, run.request_id)) == 1
    assert await waiting(pool, draft.id) == await waiting(pool, done.id) == []
    after = await record(pool, done.id)
    assert (after.process_status, after.values()) == (ProcessStatus.COMPLETED, before.values()), "never edited"
    ((name, facts),) = await events(pool, done.id)
    assert (name, facts["status"], facts["buyers"]) == ("order.changed", "completed", ["purchasing1"])
    assert facts["changes"] == "P-1: 10 Chiếc → 12 Chiếc"
    assert await events(pool, out.id) == []


def is_held(found: RequestRecord) -> bool:
    """Whether its owner has to answer how its order differs."""
    state = run_state(found)
    return state is not None and bool(unanswered(state))


async def test_what_follows_for_requests_is_foreseen_as_it_then_comes(pool: Pool) -> None:
    given = await taken(pool)
    draft, running, keeping, done, out = [await made_from(pool, given) for _ in range(5)]
    sent = {one.id: await SavedRun.sent(pool, one) for one in (running, keeping, done, out)}
    assert await sent[done.id].decide(Action.APPROVE, MANAGER1) is None
    assert await sent[out.id].decide(Action.CANCEL, SALES1) is None
    twelve = with_quantity(given, 12)
    gone = given.model_copy(update={"lines": given.lines[:1]})
    cancelled = given.model_copy(update={"cancelled": True})

    async def follows(there: IncomingSource) -> dict[UUID, bool]:
        """For which requests something follows, and whether they are then held: as foreseen, and as it comes."""
        before = {one.id: await record(pool, one.id) for one in (draft, running, keeping, done, out)}
        foreseen = (await foresee(pool, SYSTEM, [there])).requests
        assert {one.id: await record(pool, one.id) for one in before.values()} == before, "nothing is written"
        await changes(pool, there)
        after = [await record(pool, request_id) for request_id in before]
        for run in sent.values():
            await told(pool, run)
        assert [(one.id, one.number, one.status, one.changes, one.held) for one in foreseen] == [
            (one.id, one.number, one.process_status, one.order_changes, is_held(one))
            for one in sorted(after, key=lambda one: one.id)
            if one.order_changes != before[one.id].order_changes
        ]
        assert (await foresee(pool, SYSTEM, [there])).requests == ()
        return {one.id: one.held for one in foreseen}

    held = {draft.id: False, running.id: True, keeping.id: True, done.id: False}
    assert await follows(twelve) == held
    assert await sent[keeping.id].decide(Action.RESOLVE_HOLD, SALES1, choice="keep") is None
    assert await follows(gone) == held
    assert await follows(twelve) == held | {keeping.id: False}, "it was kept in spite of this"
    assert await follows(cancelled) == held
    assert await follows(given) == dict.fromkeys(held, False)
    refused = given.model_copy(update={"owner": "nobody", "cancelled": True})
    assert (await foresee(pool, SYSTEM, [refused])).requests == ()


async def _overtaken(pool: Pool, monkeypatch: pytest.MonkeyPatch, given: IncomingSource) -> None:
    """Have the order change just after a decision has read the request, and before it writes."""
    read, first = runs.read_case, True

    async def reading(connection: Connection, *arguments: Any) -> Case | None:
        nonlocal first
        case = await read(connection, *arguments)
        if first:
            first = False
            await changes(pool, given)
        return case

    monkeypatch.setattr(runs, "read_case", reading)


async def test_a_last_approval_that_the_order_overtakes_is_refused(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    given = await taken(pool)
    run = await SavedRun.sent(pool, await made_from(pool, given))
    await _overtaken(pool, monkeypatch, with_quantity(given, 12))
    assert await run.decide(Action.APPROVE, MANAGER1) is Code.HELD
    assert (await record(pool, run.request_id)).process_status is ProcessStatus.IN_PROGRESS


async def test_an_order_that_a_last_approval_overtakes_marks_what_is_completed(pool: Pool) -> None:
    given = await taken(pool)
    run = await SavedRun.sent(pool, await made_from(pool, given))
    assert await run.decide(Action.APPROVE, MANAGER1) is None
    await changes(pool, with_quantity(given, 12))
    found = await record(pool, run.request_id)
    assert (found.process_status, kinds(found)) == (ProcessStatus.COMPLETED, [ChangeKind.LINE_CHANGED])
    assert [name for name, _ in await events(pool, run.request_id)] == ["order.changed"]


async def test_of_both_at_the_same_moment_either_comes_first_and_nothing_between(pool: Pool) -> None:
    outcomes = set()
    for _ in range(15):
        given = await taken(pool)
        run = await SavedRun.sent(pool, await made_from(pool, given))
        refusal, _ = await asyncio.gather(run.decide(Action.APPROVE, MANAGER1), changes(pool, with_quantity(given, 12)))
        found = await record(pool, run.request_id)
        outcomes.add(refusal)
        assert kinds(found) == [ChangeKind.LINE_CHANGED]
        if refusal is None:
            assert found.process_status is ProcessStatus.COMPLETED
            assert [name for name, _ in await events(pool, run.request_id)] == ["order.changed"]
        else:
            assert refusal is Code.HELD
            assert found.process_status is ProcessStatus.IN_PROGRESS
            assert len(await waiting(pool, run.request_id)) == 1
    assert outcomes <= {None, Code.HELD}


async def test_whoever_is_killed_after_the_hold_was_written_writes_it_once(pool: Pool) -> None:
    given = await taken(pool)
    run = await SavedRun.sent(pool, await made_from(pool, given))
    await changes(pool, with_quantity(given, 12))
    (command,) = await waiting(pool, run.request_id)
    for _ in range(3):
        await run.apply(ORDER_CHANGED_SIGNAL, {"command_id": str(command)})
    assert [entry.action for entry in await entries_of(pool, run.request_id)].count(Action.HOLD) == 1


@pytest.mark.parametrize("body", [{}, {"command_id": "no id"}, {"command_id": str(uuid7())}, None, "text"])
async def test_a_signal_by_hand_that_says_the_order_has_changed_changes_nothing(pool: Pool, body: Any) -> None:
    run = await SavedRun.sent(pool, await made_from(pool, await taken(pool)))
    before = await entries_of(pool, run.request_id)
    await run.apply(ORDER_CHANGED_SIGNAL, body)
    assert await entries_of(pool, run.request_id) == before
    assert await run.decide(Action.APPROVE, MANAGER1) is None


async def test_a_request_that_is_made_while_the_order_changes_is_made_from_what_it_is_then(pool: Pool) -> None:
    given = await taken(pool)
    place = await source_id(pool, given)
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        request_id = uuid7()
        draft = RequestDraft(
            source=SourceRef(type=given.type, id=place),
            purpose="Dự phòng",
            lines=(LineDraft(product_code="P-1", unit="Chiếc", quantity=Decimal(10)),),
        )
        await editing.create(
            connection, draft, request_id=request_id, command_id=uuid7(), owner=SALES1, today=NOW.date(), at=NOW
        )
        changing = asyncio.create_task(changes(pool, with_quantity(given, 12)))
        await asyncio.sleep(0.2)
        assert not changing.done(), "nobody changes an order while a request is made from it"
        await transaction.commit()
    await changing
    assert kinds(await record(pool, request_id)) == [ChangeKind.LINE_CHANGED]


async def test_what_is_made_of_returned_lines_is_held_to_the_same_order(pool: Pool) -> None:
    given = await taken(pool)
    request = await made_from(pool, given)
    plan = step("manager", MANAGER1).model_copy(update={"may_decide_lines": True})
    run = await SavedRun.sent(pool, request, plan)
    said = {str(request.lines[0].id): {"decision": LineDecision.RETURN, "note": "vì sao"}}
    assert await run.decide(Action.APPROVE, MANAGER1, lines=said) is None
    (child,) = (await record(pool, run.request_id)).family
    await changes(pool, with_quantity(given, 12))
    assert kinds(await record(pool, child)) == [ChangeKind.LINE_CHANGED]
    assert kinds(await record(pool, run.request_id)) == [], "of lines that were left out nothing is bought"


async def test_a_request_of_no_order_has_nothing_to_follow(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool))
    assert (await record(pool, run.request_id)).order_changes == ()
    assert await run.decide(Action.APPROVE, MANAGER1) is None
