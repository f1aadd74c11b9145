"""Every recorded history can be replayed by the workflow as it is now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from deployment.gate import loaded
from tests.replay.fingerprint import HISTORIES
from tests.replay.scenarios import SCENARIOS
from workflows.data_converter import data_converter
from workflows.purchase_request import PurchaseRequest

RECORDED = sorted(HISTORIES.rglob("*.json"))


async def replay(text: str, keys: str = "") -> None:
    replayer = Replayer(workflows=[PurchaseRequest], data_converter=data_converter(keys))
    await replayer.replay_workflow(loaded(text))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: str(path.relative_to(HISTORIES).with_suffix("")))
async def test_a_recorded_run_goes_on_with_the_workflow_as_it_is_now(path: Path) -> None:
    await replay(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: str(path.relative_to(HISTORIES).with_suffix("")))
async def test_a_recorded_run_goes_on_where_what_the_engine_keeps_is_encrypted_since(path: Path) -> None:
    await replay(path.read_text(encoding="utf-8"), keys=f"2026-11:{'k' * 40}")


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: str(path.relative_to(HISTORIES).with_suffix("")))
async def test_a_recorded_run_goes_on_whatever_becomes_of_the_rules(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Limits, votes and routes are asked by the activity, in its transaction: none is asked again when a run is replayed."""

    def changed(*_arguments: object, **_named: object) -> None:
        raise AssertionError("a rule was asked while a history was replayed")

    for rule in ("run.decide", "run.begin_round", "run.resolve_approvers", "routing.route", "changes.parse_changes"):
        monkeypatch.setattr(f"approval.{rule}", changed)
    monkeypatch.setattr("workflows.contracts.parse_decision", changed)
    monkeypatch.setattr("workflows.contracts.DecisionMessage.model_validate", changed)
    monkeypatch.setattr("approval.text.mended", changed)
    await replay(path.read_text(encoding="utf-8"))


def test_every_scenario_has_been_recorded() -> None:
    assert {path.stem for path in HISTORIES.glob("*.json")} == set(SCENARIOS)


@pytest.mark.parametrize(("commanded", "other"), [("apply", "refuse"), ("EVENT_TYPE_MARKER_RECORDED", None)])
async def test_a_history_that_the_workflow_would_not_command_is_noticed(commanded: str, other: str | None) -> None:
    text = (HISTORIES / "completed-through-an-ordinary-activity.json").read_text(encoding="utf-8")
    changed = text.replace(commanded, other) if other else _without_last(text, commanded)
    with pytest.raises(NondeterminismError):
        await replay(changed)


def _without_last(text: str, kind: str) -> str:
    """The history without the last event of a kind, numbered anew."""
    history = json.loads(text)
    last = max(index for index, event in enumerate(history["events"]) if event["eventType"] == kind)
    del history["events"][last]
    for number, event in enumerate(history["events"], start=1):
        event["eventId"] = str(number)
    return json.dumps(history)


def test_the_recorded_histories_name_no_machine() -> None:
    for path in RECORDED:
        text = path.read_text(encoding="utf-8")
        identities = {value for value in _values(json.loads(text), "identity") if value}
        assert identities <= {"recorder"}, path
        assert "/tmp" not in text, path
        assert ".py" not in text, path


def _values(node: object, key: str) -> list[str]:
    if isinstance(node, dict):
        own = [str(node[key])] if key in node else []
        return own + [value for child in node.values() for value in _values(child, key)]
    if isinstance(node, list):
        return [value for child in node for value in _values(child, key)]
    return []
