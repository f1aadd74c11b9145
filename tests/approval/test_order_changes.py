"""When the order changes after the request was sent, one case a row. Source: processes.md, the section of that name."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from approval.by_itself import follow_order, tick
from approval.clock import next_due
from approval.durations import Duration
from approval.effects import EventType
from approval.model import SYSTEM, Action, Code, ProcessStatus, Refusal
from approval.order_changes import (
    ChangeKind,
    Goods,
    HoldChoice,
    MadeFrom,
    OrderChange,
    OrderChanges,
    difference,
    in_words,
)
from approval.process import OnExpiry
from approval.run import begin_round, decide, resolve_approvers
from approval.state import Round, RunState, When
from approval.transition import Accepted
from approval.votes import DecisionRule
from tests.approval.company import (
    BUSINESS_HOURS,
    LINE,
    NOW,
    OTHER_LINE,
    PEOPLE,
    VALUES,
    decision,
    not_sent,
    person,
    sent,
    step,
)

RING = UUID(int=5)
TEN = Goods(product_code="LT-T14", unit="Chiếc", quantity=Decimal(10))
TWELVE = TEN.model_copy(update={"quantity": Decimal(12)})
CHANGED = (OrderChange(kind=ChangeKind.LINE_CHANGED, line_id=LINE, was=TEN, now=TWELVE),)
CANCELLED = (OrderChange(kind=ChangeKind.ORDER_CANCELLED),)


def later(minutes: int) -> When:
    """So long after the request was sent."""
    moment = NOW + timedelta(minutes=minutes)
    return When(said=moment, written=moment, calendar=BUSINESS_HOURS)


def heard(state: RunState, changes: OrderChanges, minutes: int = 1) -> RunState:
    """The run once its order differs so, and it has heard."""
    outcome = follow_order(state.evolve(order_changes=changes), later(minutes), RING)
    assert outcome is not None
    return outcome.state


def done(state: RunState, action: Action, actor: str, minutes: int = 5, **more: Any) -> Accepted:
    """What follows from a decision that must hold."""
    outcome = decide(
        state, decision(action, actor, **more), later(minutes), is_admin=actor == "chairman", people=PEOPLE
    )
    assert isinstance(outcome, Accepted), outcome
    return outcome


def code(state: RunState, action: Action, actor: str, minutes: int = 5, **more: Any) -> Code | None:
    """Why a decision is refused; None: it holds."""
    outcome = decide(
        state, decision(action, actor, **more), later(minutes), is_admin=actor == "chairman", people=PEOPLE
    )
    return outcome.code if isinstance(outcome, Refusal) else None


@pytest.mark.parametrize(
    ("now", "cancelled", "kinds"),
    [
        (TEN, False, []),
        (TEN.model_copy(update={"quantity": Decimal("10.00")}), False, []),
        (TWELVE, False, [ChangeKind.LINE_CHANGED]),
        (TEN.model_copy(update={"quantity": Decimal(9)}), False, [ChangeKind.LINE_CHANGED]),
        (TEN.model_copy(update={"unit": "Bộ"}), False, [ChangeKind.LINE_CHANGED]),
        (TEN.model_copy(update={"product_code": "LT-T16"}), False, [ChangeKind.LINE_CHANGED]),
        (None, False, [ChangeKind.LINE_GONE]),
        (TEN, True, [ChangeKind.ORDER_CANCELLED]),
        (TWELVE, True, [ChangeKind.ORDER_CANCELLED, ChangeKind.LINE_CHANGED]),
    ],
)
def test_product_unit_quantity_and_the_order_itself_are_compared(
    now: Goods | None, cancelled: bool, kinds: list[ChangeKind]
) -> None:
    found = difference([MadeFrom(line_id=LINE, was=TEN, now=now)], cancelled=cancelled)
    assert [change.kind for change in found] == kinds
    assert all(change.line_id == LINE for change in found if change.kind is not ChangeKind.ORDER_CANCELLED)


def test_a_difference_is_said_in_words_of_no_language() -> None:
    other = Goods(product_code="SRV-R760", unit="", quantity=Decimal("1.50"))
    lines = [
        MadeFrom(line_id=LINE, was=TEN, now=TWELVE.model_copy(update={"product_code": "LT-T16"})),
        MadeFrom(line_id=OTHER_LINE, was=other, now=None),
    ]
    assert in_words(difference(lines, cancelled=True)) == "LT-T14: 10 Chiếc → LT-T16 12 Chiếc; SRV-R760: 1.5 → –"
    many = difference([MadeFrom(line_id=LINE, was=TEN, now=None)] * 500, cancelled=False)
    assert in_words(many).endswith("; … +480")


def test_a_changed_order_holds_the_run_and_everybody_waited_on_is_told() -> None:
    before = sent(step("both", "manager", "director", decision=DecisionRule.ALL)).evolve(order_changes=CHANGED)
    outcome = follow_order(before, later(1), RING)
    assert outcome is not None
    assert outcome.decision is not None
    assert (outcome.decision.action, outcome.decision.actor) == (Action.HOLD, SYSTEM)
    assert outcome.decision.note == "LT-T14: 10 Chiếc → 12 Chiếc"
    after = outcome.state
    assert after.hold is not None
    assert (after.hold.changes, after.hold.since) == (CHANGED, later(1).written)
    assert after.process_status is ProcessStatus.IN_PROGRESS, "as the CRM shows it"
    assert not outcome.crm_note
    (event,) = outcome.events
    assert event.type is EventType.REQUEST_HELD
    assert (event.facts["asked"], event.facts["order_cancelled"]) == (["director", "manager"], False)
    assert follow_order(after, later(2), RING) is None, "once"


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told yet"])
@pytest.mark.parametrize(
    ("action", "actor", "more", "refusal"),
    [
        (Action.APPROVE, "manager", {}, Code.HELD),
        (Action.REJECT, "manager", {"note": "-"}, Code.HELD),
        (Action.REJECT, "manager", {"note": "-", "end": True}, Code.HELD),
        (Action.FORWARD, "manager", {"note": "-", "whom": "director"}, Code.HELD),
        (Action.CONSULT, "manager", {"note": "-", "whom": "director"}, Code.HELD),
        (Action.REMIND, "sales", {}, Code.HELD),
        (Action.REMIND, "chairman", {}, Code.HELD),
        (Action.APPROVE, "deputy", {}, Code.NOT_YOUR_STEP),
        (Action.APPROVE, "sales", {}, Code.SELF_APPROVAL),
        (Action.RECALL, "sales", {}, None),
        (Action.CANCEL, "sales", {"note": "-"}, None),
        (Action.CANCEL, "chairman", {"note": "-"}, None),
        (Action.REASSIGN, "chairman", {"whose": "manager", "whom": "director"}, None),
        (Action.RESOLVE_HOLD, "sales", {"choice": HoldChoice.KEEP, "note": "-"}, None),
        (Action.RESOLVE_HOLD, "sales", {"choice": HoldChoice.KEEP}, Code.NOTE_REQUIRED),
        (Action.RESOLVE_HOLD, "sales", {"choice": HoldChoice.AMEND}, None),
        (Action.RESOLVE_HOLD, "sales", {"note": "-"}, Code.INVALID),
        (Action.RESOLVE_HOLD, "manager", {"choice": HoldChoice.KEEP, "note": "-"}, Code.FORBIDDEN),
        (Action.RESOLVE_HOLD, "chairman", {"choice": HoldChoice.KEEP, "note": "-"}, Code.FORBIDDEN),
    ],
)
def test_while_it_is_held_nothing_is_decided_and_the_owner_answers(
    told: bool, action: Action, actor: str, more: dict[str, Any], refusal: Code | None
) -> None:
    state = sent()
    state = heard(state, CHANGED) if told else state.evolve(order_changes=CHANGED)
    assert code(state, action, actor, **more) == refusal


def test_a_refusal_says_what_the_difference_is() -> None:
    outcome = decide(heard(sent(), CHANGED), decision(Action.APPROVE, "manager"), later(5))
    assert isinstance(outcome, Refusal)
    assert outcome.params == {"changes": "LT-T14: 10 Chiếc → 12 Chiếc"}
    outcome = decide(heard(sent(), CANCELLED), decision(Action.APPROVE, "manager"), later(5))
    assert isinstance(outcome, Refusal)
    assert outcome.params["variant"] == "cancelled"


def test_nothing_is_to_be_answered_where_nothing_is_held() -> None:
    assert code(sent(), Action.RESOLVE_HOLD, "sales", choice=HoldChoice.KEEP, note="-") is Code.STEP_CLOSED
    kept = done(heard(sent(), CHANGED), Action.RESOLVE_HOLD, "sales", choice=HoldChoice.KEEP, note="-").state
    assert code(kept, Action.RESOLVE_HOLD, "sales", choice=HoldChoice.AMEND) is Code.STEP_CLOSED, "that was answered"


def test_a_request_that_is_kept_goes_on_and_its_approvers_see_the_difference() -> None:
    outcome = done(
        heard(sent(), CHANGED), Action.RESOLVE_HOLD, "sales", choice=HoldChoice.KEEP, note="Khách vẫn lấy 10"
    )
    state = outcome.state
    assert state.hold is None
    assert state.kept is not None
    assert (state.kept.changes, state.kept.note) == (CHANGED, "Khách vẫn lấy 10")
    assert not outcome.crm_note, "the sync table does not name it"
    assert [(event.type, event.facts["asked"]) for event in outcome.events] == [
        (EventType.REQUEST_RESUMED, ["manager"])
    ]
    assert follow_order(state, later(6), RING) is None, "the difference is the one that it was kept in spite of"
    assert done(state, Action.APPROVE, "manager").state.kept == state.kept
    assert heard(state, CANCELLED, 7).hold is not None, "another one holds it again"


def test_a_request_that_is_amended_comes_back_and_begins_a_new_round() -> None:
    outcome = done(heard(sent(), CHANGED), Action.RESOLVE_HOLD, "sales", choice=HoldChoice.AMEND)
    state = outcome.state
    assert (state.process_status, state.hold, state.kept) == (ProcessStatus.RETURNED, None, None)
    assert state.order_changes == CHANGED, "a mark, to be taken over line by line"
    assert outcome.crm_note
    assert EventType.REQUEST_RECALLED in [event.type for event in outcome.events]
    again = begin_round(state.evolve(order_changes=()), decision(Action.SEND, "sales"), _round(), later(9))
    assert isinstance(again, Accepted)
    assert (again.state.round, again.state.hold) == (2, None)


def test_an_order_that_goes_back_ends_the_hold_and_what_was_said_of_it() -> None:
    state = heard(heard(sent(), CHANGED), (), 3)
    assert (state.hold, state.last.action, state.last.actor) == (None, Action.RESUME, SYSTEM)
    kept = done(heard(sent(), CHANGED), Action.RESOLVE_HOLD, "sales", choice=HoldChoice.KEEP, note="-").state
    back = heard(kept, (), 6)
    assert back.kept is None
    assert heard(back, CHANGED, 7).hold is not None, (
        "the same difference is another change now, and is asked about again"
    )


def test_a_hold_that_is_about_something_else_by_now_goes_on_since_it_began() -> None:
    state = heard(heard(sent(), CHANGED, 1), CANCELLED, 30)
    assert state.hold is not None
    assert (state.hold.since, state.hold.changes) == (later(1).written, CANCELLED)


def test_a_clock_never_counts_a_hold() -> None:
    clocked = step("one", "manager", deadline=Duration.parse("4bh"), remind=(Duration.parse("50%"),))
    begun = begin_round(not_sent(), decision(Action.SEND, "sales"), Round(steps=(clocked,), values=VALUES), later(0))
    assert isinstance(begun, Accepted)
    due = begun.state.steps[0].due_at
    assert due is not None
    held = heard(begun.state, CHANGED, 30)
    assert next_due(held) is None
    assert tick(held, later(60 * 24 * 3), PEOPLE, RING) is None
    goes_on = heard(held, (), 90)
    assert goes_on.steps[0].due_at == due + timedelta(hours=1), "it was held for an hour"
    assert next_due(goes_on) is not None


def test_the_clock_does_nothing_that_the_order_has_overtaken() -> None:
    clocked = step(
        "one", "manager", deadline=Duration.parse("1bh"), on_expiry=OnExpiry.RETURN, expire_after=Duration.parse("1bh")
    )
    begun = begin_round(not_sent(), decision(Action.SEND, "sales"), Round(steps=(clocked,), values=VALUES), later(0))
    assert isinstance(begun, Accepted)
    state = begun.state
    assert tick(state, later(60 * 24), PEOPLE, RING) is not None
    assert tick(state.evolve(order_changes=CHANGED), later(60 * 24), PEOPLE, RING) is None


def test_somebody_who_is_asked_while_it_is_held_has_a_clock_that_stands() -> None:
    held = heard(sent(step("one", "manager", deadline=Duration.parse("4bh"))), CHANGED)
    state = done(held, Action.REASSIGN, "chairman", whose="manager", whom="director").state
    place = state.steps[0].assignment_of("director")
    assert place is not None
    assert place.stands_since is not None


def test_so_has_somebody_whom_the_approvers_resolved_again_bring() -> None:
    plan = step("one", "manager", deadline=Duration.parse("4bh"))
    again = plan.model_copy(update={"approvers": (person("director"),)})
    what = decision(Action.RESOLVE_APPROVERS, "chairman")
    held = heard(sent(plan), CHANGED)
    outcome = resolve_approvers(held, what, (again,), later(6), is_admin=True, round_number=1)
    assert isinstance(outcome, Accepted)
    place = outcome.state.steps[0].assignment_of("director")
    assert place is not None
    assert (place.stands_since, place.due_at) == (later(6).written, None)


def test_nothing_is_approved_while_it_is_held_by_resolving_approvers_either() -> None:
    """Of a step that all must approve, one has approved and the other has left."""
    plan = step("both", "manager", "director", decision=DecisionRule.ALL)
    state = heard(done(sent(plan), Action.APPROVE, "manager").state, CHANGED)
    alone = plan.model_copy(update={"approvers": (person("manager"),)})
    what = decision(Action.RESOLVE_APPROVERS, "chairman")
    outcome = resolve_approvers(state, what, (alone,), later(6), is_admin=True, round_number=1)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.HELD


def _round(*changes: OrderChange) -> Round:
    return Round(steps=(step("first", "manager"),), values=VALUES, order_changes=changes)


@pytest.mark.parametrize(
    ("known", "now", "held"),
    [((), (), False), (CHANGED, CHANGED, False), ((), CHANGED, True), (CHANGED, CANCELLED, True), (CHANGED, (), False)],
    ids=["none", "sent in spite of it", "changed on the way", "changed again on the way", "went back on the way"],
)
def test_a_send_answers_the_difference_that_was_there_and_no_other(
    known: OrderChanges, now: OrderChanges, held: bool
) -> None:
    outcome = begin_round(
        not_sent().evolve(order_changes=now), decision(Action.SEND, "sales"), _round(*known), later(0)
    )
    assert isinstance(outcome, Accepted)
    assert (outcome.state.hold is not None) is held
    assert (EventType.REQUEST_HELD in [event.type for event in outcome.events]) is held
    assert (outcome.state.kept.changes if outcome.state.kept else ()) == known


@pytest.mark.parametrize("status", [ProcessStatus.NOT_SENT, ProcessStatus.RETURNED, ProcessStatus.COMPLETED])
def test_nothing_is_held_that_nobody_decides(status: ProcessStatus) -> None:
    assert follow_order(sent().evolve(process_status=status, order_changes=CHANGED), later(1), RING) is None
