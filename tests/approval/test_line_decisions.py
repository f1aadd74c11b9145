"""Single lines are rejected or returned, the others approved. Source: processes.md, "Lines"."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval.line_decisions import out_of, parse_lines
from approval.model import Action, Code, ProcessStatus, Refusal, RefusedError, RunStatus, StepState
from approval.routing import BlockRef
from approval.run import decide
from approval.state import AssignmentState, RunState
from approval.transition import Accepted
from approval.votes import DecisionRule
from tests.approval.company import AT, LINE, OTHER_LINE, after, decision, sent, step

BY_LINE = {"may_decide_lines": True}
ONE = step("one", "manager", **BY_LINE)
TWO = step("two", "director", **BY_LINE)


def said(**by_line: str) -> dict[str, Any]:
    """``first`` and ``second`` line: ``reject``, ``return`` or ``approve``."""
    lines = {"first": LINE, "second": OTHER_LINE}
    return {str(lines[name]): {"decision": what, "note": f"vì {name}"} for name, what in by_line.items()}


def approved(state: RunState, actor: str, **by_line: str) -> Accepted:
    return after(state, Action.APPROVE, actor, lines=said(**by_line))


def refused(state: RunState, actor: str, lines: Any) -> Refusal:
    outcome = decide(state, decision(Action.APPROVE, actor, lines=lines), AT)
    assert isinstance(outcome, Refusal)
    return outcome


def test_lines_that_are_left_out_are_proposed_and_the_others_go_on() -> None:
    accepted = approved(sent(ONE, TWO), "manager", first="reject", second="approve")
    (change,) = accepted.state.proposed
    assert (change.pointer, change.line_id, change.after, change.note) == (
        "/lines/0/decision",
        LINE,
        "reject",
        "vì first",
    )
    assert (accepted.state.last.by_line, accepted.state.last.params["action"]) == (True, "approve_by_line")
    assert [one.state for one in accepted.state.steps] == [StepState.APPROVED, StepState.OPEN]
    last = after(accepted.state, Action.APPROVE, "director")
    assert last.state.process_status is ProcessStatus.COMPLETED
    assert [change.after for change in last.write_back] == ["reject"]
    assert not last.state.last.by_line


@pytest.mark.parametrize(
    ("first", "second", "status", "place"),
    [
        ({"first": "reject", "second": "reject"}, None, ProcessStatus.REJECTED, AssignmentState.REJECTED),
        ({"first": "return", "second": "reject"}, None, ProcessStatus.RETURNED, AssignmentState.RETURNED),
        ({"first": "return", "second": "return"}, None, ProcessStatus.RETURNED, AssignmentState.RETURNED),
        ({"first": "reject"}, {"second": "reject"}, ProcessStatus.REJECTED, AssignmentState.REJECTED),
        ({"first": "return"}, {"second": "reject"}, ProcessStatus.RETURNED, AssignmentState.RETURNED),
    ],
)
def test_all_rejected_ends_the_run_and_none_approved_returns_it(
    first: dict[str, str], second: dict[str, str] | None, status: ProcessStatus, place: AssignmentState
) -> None:
    accepted = approved(sent(ONE, TWO), "manager", **first)
    if second is not None:
        assert accepted.state.process_status is ProcessStatus.IN_PROGRESS
        accepted = approved(accepted.state, "director", **second)
    assert accepted.state.process_status is status
    assert accepted.state.run_status is (
        RunStatus.REJECTED if status is ProcessStatus.REJECTED else RunStatus.IN_PROGRESS
    )
    assert accepted.crm_note
    assert accepted.decision is not None
    assert accepted.decision.note == "1: vì first\n2: vì second"
    decided = accepted.state.steps[0 if second is None else 1]
    assert [one.state for one in decided.assignments] == [place]
    assert accepted.write_back == ()


@pytest.mark.parametrize(
    ("lines", "code", "pointer", "message"),
    [
        ({str(LINE): {"decision": "reject"}}, Code.NOTE_REQUIRED, f"/lines/{LINE}/note", "note_required"),
        (
            {str(LINE): {"decision": "return", "note": "\u200b"}},
            Code.NOTE_REQUIRED,
            f"/lines/{LINE}/note",
            "note_required",
        ),
        ({str(LINE): {"decision": "keep"}}, Code.INVALID, f"/lines/{LINE}/decision", None),
        ({str(LINE): {}}, Code.INVALID, f"/lines/{LINE}/decision", None),
        ({"x": {"decision": "approve"}}, Code.INVALID, "/lines/x", None),
        ({str(LINE): {"decision": "approve", "why": ""}}, Code.INVALID, f"/lines/{LINE}/why", None),
        ([], Code.INVALID, "/lines", None),
        ({str(UUID(int=1)): {"decision": "approve"}}, Code.INVALID, f"/lines/{UUID(int=1)}", "no_such_line"),
    ],
)
def test_wrong_decisions_on_lines_are_refused_with_their_place(
    lines: Any, code: Code, pointer: str, message: str | None
) -> None:
    refusal = refused(sent(ONE), "manager", lines)
    assert (refusal.code, [error.pointer for error in refusal.errors]) == (code, [pointer])
    assert message in (None, refusal.errors[0].message)


def test_a_step_that_decides_on_the_whole_request_leaves_no_line_out() -> None:
    refusal = refused(sent(step("one", "manager")), "manager", said(first="reject"))
    assert [(error.pointer, error.message) for error in refusal.errors] == [("/lines", "lines_not_decided_here")]


def test_a_line_that_is_out_stays_out_for_the_round() -> None:
    state = approved(sent(ONE, TWO), "manager", first="reject").state
    for other in ("return", "approve"):
        refusal = refused(state, "director", said(first=other))
        assert [error.message for error in refusal.errors] == ["line_is_out"]
    same = approved(state, "director", first="reject")
    assert len(same.state.proposed) == 1
    assert not same.state.last.by_line


def test_beside_each_other_one_veto_is_enough() -> None:
    block = BlockRef(key="review", name={"vi": "Thẩm định", "en": "Review"})
    both = (
        step("one", "manager", block=block, **BY_LINE),
        step("two", "director", "deputy", decision=DecisionRule.ALL, block=block, **BY_LINE),
    )
    state = approved(sent(*both), "director", first="reject").state
    state = approved(state, "manager", second="approve").state
    done = after(state, Action.APPROVE, "deputy")
    assert done.state.process_status is ProcessStatus.COMPLETED
    assert out_of(done.write_back).keys() == {LINE}


def test_what_was_left_out_is_over_with_the_round() -> None:
    state = approved(sent(ONE, TWO), "manager", first="reject").state
    returned = after(state, Action.REJECT, "director", note="sửa").state
    again = after(sent(ONE, TWO, state=returned), Action.APPROVE, "manager")
    assert again.state.proposed == ()


def test_more_lines_than_a_request_has_are_not_looked_at() -> None:
    with pytest.raises(RefusedError):
        parse_lines({str(uuid4()): {"decision": "approve"} for _ in range(501)})


@given(
    rounds=st.lists(
        st.dictionaries(st.sampled_from(["first", "second"]), st.sampled_from(["approve", "reject", "return"])),
        max_size=3,
    )
)
def test_whatever_is_said_a_completed_request_has_a_line_and_each_is_out_once(rounds: list[dict[str, str]]) -> None:
    people = ("manager", "director", "chairman")
    state = sent(*(step(name, name, **BY_LINE) for name in people))
    for actor, by_line in zip(people, rounds, strict=False):
        outcome = decide(state, decision(Action.APPROVE, actor, lines=said(**by_line)), AT)
        if isinstance(outcome, Accepted):
            state = outcome.state
        if state.process_status is not ProcessStatus.IN_PROGRESS:
            break
    out = [change.line_id for change in state.proposed]
    assert len(out) == len(set(out))
    if state.process_status is ProcessStatus.COMPLETED:
        assert len(out) < 2
    elif len(out) == 2:
        assert state.process_status in (ProcessStatus.REJECTED, ProcessStatus.RETURNED)
