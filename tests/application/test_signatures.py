"""A signature proves who said exactly this of exactly this request, for a bounded time, and to whoever has the key alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json, to_json

from application import sign
from application.signatures import SIGNED_FOR, Proof, SignalKeys
from approval.model import Action
from workflows.contracts import DecisionMessage, parse_decision

REQUEST = UUID(int=1)
NOW = datetime.now(UTC)
KEYS = SignalKeys(["k" * 40])
FULL: dict[str, Any] = {
    "command_id": str(UUID(int=2)),
    "actor": "manager1",
    "step": "manager",
    "note": "được “ngay” 👍",
    "end": False,
    "to": "manager",
    "resume": "delta",
    "changes": {"lines": [{"id": str(UUID(int=3)), "quantity": "8"}]},
    "version": 3,
    "said_at": NOW.isoformat(),
    "channel": "api",
    "for": "manager2",
    "sign_in_older_than": 15,
    "lines": {str(UUID(int=3)): {"decision": "reject", "note": "Đã có trong kho"}},
    "question": "Giá ổn chứ?",
    "text": "Ổn",
    "consultation_id": str(UUID(int=5)),
    "where": "before",
    "person": "manager2",
    "choice": "keep",
    "to_version": 2,
    "undo_seconds": 10,
}

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def proof(message: Any, *, keys: SignalKeys = KEYS, request: UUID = REQUEST, after: timedelta = timedelta()) -> Proof:
    return keys.proof(request, Action.APPROVE, message, datetime.now(UTC) + after)


def signed(message: dict[str, Any], **more: Any) -> dict[str, Any]:
    return dict(KEYS.signed(REQUEST, Action.APPROVE, message, **more))


@given(st.dictionaries(st.text(), values, max_size=6))
def test_a_signature_holds_however_a_message_is_written_on_its_way(message: dict[str, Any]) -> None:
    message = signed(message)
    assert proof(message) is Proof.SIGNED
    assert proof(from_json(to_json(message))) is Proof.SIGNED
    assert proof(json.loads(json.dumps(message, indent=3))) is Proof.SIGNED
    assert proof(dict(reversed(message.items()))) is Proof.SIGNED


CHANGED: dict[str, Any] = {
    "command_id": str(UUID(int=4)),
    "actor": "director1",
    "step": "director",
    "note": "được",
    "end": True,
    "to": "owner",
    "resume": "from_start",
    "changes": {"lines": [{"id": str(UUID(int=3)), "quantity": "9"}]},
    "lines": {str(UUID(int=3)): {"decision": "reject", "note": "đắt"}},
    "version": 4,
    "said_at": (NOW + timedelta(seconds=1)).isoformat(),
    "channel": "pages",
    "for": "director1",
    "sign_in_older_than": 16,
    "question": "Giá đã ổn chứ?",
    "text": "Không",
    "consultation_id": str(UUID(int=6)),
    "where": "after",
    "person": "director1",
    "choice": "amend",
    "to_version": 3,
    "undo_seconds": 0,
    "valid_until": (NOW + timedelta(days=9)).isoformat(),
}


def test_every_field_of_a_message_is_tried() -> None:
    names = {field.alias or name for name, field in DecisionMessage.model_fields.items()}
    assert {*CHANGED, "signature"} == names


@pytest.mark.parametrize("field", CHANGED)
def test_what_is_signed_cannot_be_changed(field: str) -> None:
    message = signed(FULL)
    assert proof(message) is Proof.SIGNED
    assert proof({**message, field: CHANGED[field]}) is Proof.WRONG
    assert proof({name: value for name, value in message.items() if name != field}) is Proof.WRONG


def test_nothing_can_be_added() -> None:
    assert proof({**signed({"actor": "manager1"}), "end": True}) is Proof.WRONG


def test_a_signature_holds_for_one_request_and_one_action() -> None:
    message = signed(FULL)
    assert proof(message, request=uuid4()) is Proof.WRONG
    assert KEYS.proof(REQUEST, Action.REJECT, message, NOW) is Proof.WRONG


def test_a_signature_ends() -> None:
    assert proof(signed(FULL), after=SIGNED_FOR - timedelta(minutes=1)) is Proof.SIGNED
    assert proof(signed(FULL), after=SIGNED_FOR + timedelta(minutes=1)) is Proof.EXPIRED
    assert proof(signed(FULL, good_for=timedelta(minutes=5)), after=timedelta(minutes=6)) is Proof.EXPIRED


def test_the_first_key_signs_and_all_of_them_verify() -> None:
    old, new = "o" * 40, "n" * 40
    before, during, after = SignalKeys([old]), SignalKeys.parse(f"{new}  {old}\n"), SignalKeys([new])
    by_old, by_new = (dict(keys.signed(REQUEST, Action.APPROVE, FULL)) for keys in (before, during))
    assert [proof(by_old, keys=keys) for keys in (before, during, after)] == [Proof.SIGNED, Proof.SIGNED, Proof.WRONG]
    assert [proof(by_new, keys=keys) for keys in (before, during, after)] == [Proof.WRONG, Proof.SIGNED, Proof.SIGNED]


def test_without_a_key_nothing_is_signed_and_nothing_is_proved() -> None:
    nobody = SignalKeys.parse(" ")
    assert not nobody
    assert nobody.signed(REQUEST, Action.APPROVE, FULL) == FULL
    assert proof(FULL, keys=nobody) is Proof.MISSING
    assert proof(signed(FULL), keys=nobody) is Proof.WRONG


DEEP: dict[str, Any] = {}
for _ in range(5_000):
    DEEP = {"a": DEEP}

WRONG: dict[str, dict[str, Any]] = {
    "no text": {"signature": 7},
    "a list": {"signature": ["v1=00"]},
    "empty": {"signature": ""},
    "not ASCII": {"signature": "v1=ü"},
    "another version": {"signature": signed(FULL)["signature"].replace("v1", "v2")},
    "capitals": {"signature": signed(FULL)["signature"].upper()},
    "no end": {"valid_until": None},
    "an end that is no time": {"valid_until": "soon"},
    "an end that is a number": {"valid_until": 10**30},
    "an end without a zone": {"valid_until": "2099-01-01T00:00:00"},
    "5,000 levels": {"changes": DEEP},
    "half a character": {"note": "\ud800"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_whatever_a_message_brings_it_is_only_wrong(wrong: dict[str, Any]) -> None:
    assert proof({**signed(FULL), **wrong}) is Proof.WRONG


# By hand


def by_hand(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    sign.main(arguments)
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def test_a_decision_is_signed_by_hand(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNAL_KEYS", f"{'k' * 40} {'o' * 40}")
    given = (
        "approve",
        str(REQUEST),
        "--actor",
        "manager1",
        "--step",
        "manager",
        "--note",
        "qua điện thoại",
        "--version",
        "3",
    )
    message = by_hand(capsys, *given, "--changes", '{"purpose": "x"}', "--hours", "2")
    assert proof(message) is Proof.SIGNED
    assert proof(message, after=timedelta(hours=3)) is Proof.EXPIRED
    decision, _ = parse_decision(Action.APPROVE, message)
    assert (decision.actor, decision.step, decision.note) == ("manager1", "manager", "qua điện thoại")
    assert (decision.version, decision.changes) == (3, {"purpose": "x"})
    assert by_hand(capsys, *given)["command_id"] != message["command_id"]
    back = by_hand(
        capsys, "reject", str(REQUEST), "--actor", "director1", "--note", "x", "--to", "manager", "--resume", "delta"
    )
    assert (back["to"], back["resume"]) == ("manager", "delta")


@pytest.mark.parametrize(
    "wrong",
    [
        ("send", str(REQUEST), "--actor", "sales1"),
        ("approve", "YCMH-2026-000001", "--actor", "manager1"),
        ("approve", str(REQUEST)),
        ("approve", str(REQUEST), "--actor", "manager1", "--changes", "[]"),
        ("approve", str(REQUEST), "--actor", "manager1", "--end"),
        ("approve", str(REQUEST), "--actor", "$system"),
        ("approve", str(REQUEST), "--actor", "manager1", "--hours", "1000"),
    ],
)
def test_what_no_run_would_take_is_not_signed(
    wrong: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNAL_KEYS", "k" * 40)
    with pytest.raises(SystemExit, match="2"):
        sign.main(wrong)
    assert not capsys.readouterr().out


def test_nothing_is_signed_by_hand_without_a_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIGNAL_KEYS", raising=False)
    with pytest.raises(SystemExit, match="2"):
        sign.main(("approve", str(REQUEST), "--actor", "manager1"))
    assert "SIGNAL_KEYS" in capsys.readouterr().err
