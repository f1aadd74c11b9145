"""A decision signal is read whatever it holds, and every wrong place in it is named. Source: domain.md, decision 10."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from approval.model import Action, Code, Refusal, RefusedError
from approval.values import MOST_LINES
from workflows.contracts import MOST_VALUES, is_too_large, parse_decision

COMMAND = "01938a00-0000-7000-8000-000000000001"


def _said(**more: Any) -> dict[str, Any]:
    return {"command_id": COMMAND, "actor": "manager1", **more}


def _refused(action: Action, raw: object) -> Refusal:
    with pytest.raises(RefusedError) as refused:
        parse_decision(action, raw)
    assert refused.value.refusal.code is Code.INVALID
    return refused.value.refusal


def test_a_whole_decision_is_read() -> None:
    changes: dict[str, Any] = {"lines": []}
    decision, said_at = parse_decision(Action.APPROVE, _said(step="manager", note=" Được ", changes=changes, version=3))
    assert said_at is None
    assert (str(decision.command_id), decision.action, decision.actor) == (COMMAND, Action.APPROVE, "manager1")
    assert (decision.step, decision.note, decision.changes, decision.version) == ("manager", "Được", changes, 3)


@pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT, Action.RECALL, Action.CANCEL])
def test_command_and_actor_are_enough_to_be_read(action: Action) -> None:
    decision, _ = parse_decision(action, _said())
    assert (decision.step, decision.note, decision.end, decision.changes, decision.version) == (
        None,
        "",
        False,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (_said(command_id="1"), "/command_id"),
        (_said(command_id=None), "/command_id"),
        ({"command_id": COMMAND}, "/actor"),
        (_said(actor=""), "/actor"),
        (_said(actor="a" * 101), "/actor"),
        (_said(actor="a\x00b"), "/actor"),
        (_said(actor="$system"), "/actor"),
        (_said(said_at="gestern"), "/said_at"),
        (_said(said_at="2026-11-24T03:00:00"), "/said_at"),
        (_said(actor=["manager1"]), "/actor"),
        (_said(step="a\x00b"), "/step"),
        (_said(step=1), "/step"),
        (_said(note="a\x00b"), "/note"),
        (_said(note="x" * 4001), "/note"),
        (_said(note={}), "/note"),
        (_said(changes=[]), "/changes"),
        (_said(end="yes"), "/end"),
        (_said(version=0), "/version"),
        (_said(version="new"), "/version"),
        (_said(version=float("inf")), "/version"),
        (_said(is_admin=True), "/is_admin"),
    ],
)
def test_a_wrong_value_is_refused_at_its_place(raw: dict[str, Any], pointer: str) -> None:
    assert [error.pointer for error in _refused(Action.APPROVE, raw).errors] == [pointer]


@pytest.mark.parametrize(
    ("action", "field"),
    [
        (Action.APPROVE, {"end": True}),
        (Action.CANCEL, {"end": True}),
        (Action.REJECT, {"changes": {}}),
        (Action.RECALL, {"changes": {}}),
    ],
)
def test_a_field_of_another_action_is_refused(action: Action, field: dict[str, Any]) -> None:
    (error,) = _refused(action, _said(**field)).errors
    assert (error.pointer, error.message) == (f"/{next(iter(field))}", "field_not_for_this_action")


@pytest.mark.parametrize("raw", [None, [], "approve", 1, [_said()]])
def test_what_is_no_object_is_refused(raw: object) -> None:
    assert _refused(Action.APPROVE, raw).errors


@pytest.mark.parametrize(
    "raw",
    [
        _said(changes={"lines": [{}] * 600_000}),
        _said(changes={f"k{n}": n for n in range(150_000)}),
        _said(**{f"k{n}": n for n in range(150_000)}),
        _said(changes={"lines": {"a": [[1] * 1000] * 1000}}),
    ],
    ids=["lines", "fields of changes", "fields", "nested"],
)
def test_half_a_million_wrong_values_are_refused_at_once(raw: dict[str, Any]) -> None:
    """Longer than two seconds, and the worker would give the workflow task up, again and again."""
    started = time.process_time()
    (error,) = _refused(Action.APPROVE, raw).errors
    assert time.process_time() - started < 0.5
    assert error.message == "too_many_values"


def test_changes_of_every_field_of_every_line_are_not_too_many() -> None:
    line = dict.fromkeys(("id", "description", "warehouse", "quantity", "unit_price", "supplier"), "x")
    assert parse_decision(Action.APPROVE, _said(changes={"lines": [line] * MOST_LINES}))[0].changes
    assert MOST_LINES * (len(line) + 1) < MOST_VALUES


def test_a_refusal_stays_small_and_readable_whatever_was_sent() -> None:
    refusal = _refused(Action.APPROVE, _said(**{f"{'k' * 5000}\x00{n}": n for n in range(1000)}))
    assert len(refusal.model_dump_json().encode()) < 50_000
    assert len(refusal.errors) == 50
    assert _refused(Action.APPROVE, _said(**{"a\x00b": 1})).errors[0].pointer == "/a\ufffdb"
    assert _refused(Action.APPROVE, _said(**{"a\ud800": 1})).model_dump_json()


@pytest.mark.parametrize(
    ("body", "too_large"),
    [
        ({"note": "x" * 1000}, False),
        ({"note": "x" * 900_000}, False),
        ({"note": "x" * 1_000_000}, True),
        ({"changes": {"lines": [1e15] * 150_000}}, True),
    ],
    ids=["small", "just fits", "as it came", "as it is written again"],
)
def test_a_message_is_too_large_as_it_came_or_as_it_is_written_again(body: dict[str, Any], too_large: bool) -> None:
    data = json.dumps(body, separators=(",", ":")).replace("1000000000000000.0", "1e15").encode()
    assert is_too_large(data, body) is too_large
