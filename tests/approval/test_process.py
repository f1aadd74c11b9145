"""A process document is validated on the way in, and errors point at the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from approval.model import Code, FieldError, RefusedError
from approval.process import ByManager, ByRole, ByUser, DecisionRule, ProcessDefinition, parse_process
from texts import field_problem


def _process(**changes: Any) -> dict[str, Any]:
    step = {"key": "manager", "name": "Quản lý duyệt", "approvers": [{"manager": 1}]}
    return {"key": "purchase", "name": {"vi": "Mua hàng", "en": "Purchase"}, "steps": [step], **changes}


def _with_step(**changes: Any) -> dict[str, Any]:
    document = _process()
    document["steps"].append({"key": "director", "name": "Giám đốc", "approvers": [{"role": "director"}], **changes})
    return document


def _errors(document: object) -> tuple[FieldError, ...]:
    with pytest.raises(RefusedError) as refused:
        parse_process(document)
    assert refused.value.refusal.code is Code.PROCESS_INVALID
    return refused.value.refusal.errors


def test_a_process_holds_its_steps_in_order() -> None:
    assert [step.key for step in parse_process(_with_step()).steps] == ["manager", "director"]


def test_yaml_text_and_json_values_say_the_same() -> None:
    text = """
    key: purchase
    name: {vi: Mua hàng, en: Purchase}
    steps:
      - {key: manager, name: Quản lý duyệt, approvers: [{manager: 1}]}
    """
    assert parse_process(text) == parse_process(_process())


def test_what_is_published_can_be_read_again() -> None:
    process = parse_process(_with_step(when="request.total > 5.0", may_edit=["lines.quantity"], decision="all"))
    assert parse_process(process.model_dump(mode="json")) == process
    assert ProcessDefinition.model_validate_json(process.model_dump_json()) == process


def test_approvers_are_a_user_a_role_or_a_manager_some_levels_up() -> None:
    process = parse_process(_with_step(approvers=[{"user": "director1"}, {"role": "board"}, {"manager": 2}]))
    assert process.steps[1].approvers == (ByUser(user="director1"), ByRole(role="board"), ByManager(manager=2))


def test_one_name_stands_for_both_languages() -> None:
    assert parse_process(_process()).steps[0].name == {"vi": "Quản lý duyệt", "en": "Quản lý duyệt"}


def test_one_approver_is_enough_unless_the_process_says_all() -> None:
    assert parse_process(_process()).steps[0].decision is DecisionRule.ANY
    assert parse_process(_with_step(decision="all")).steps[1].decision is DecisionRule.ALL


@pytest.mark.parametrize("name", ["purchase-approval", "purchase-approval-with-choice"])
def test_the_demo_processes_are_valid(repository: Path, name: str) -> None:
    text = (repository / "crm" / "demo" / f"{name}.yaml").read_text(encoding="utf-8")
    process = parse_process(text)
    assert process.key == name
    assert 2 <= len(process.steps) <= 3


@pytest.mark.parametrize(
    ("document", "pointer", "said"),
    [
        (_process(steps=[]), "/steps", "at least 1"),
        (_process(key="Mua hàng"), "/key", "pattern"),
        (_process(name=""), "/name", "1 to 200 characters"),
        (_process(name={"vi": "Mua hàng"}), "/name", "one each for vi and en"),
        (_process(schema_version=2), "/schema_version", "1"),
        (_process(steps=_process()["steps"] * 2), "", "two steps have the key manager"),
        (_process(owner="me"), "/owner", "no such field"),
        (_with_step(key="Giám đốc"), "/steps/1/key", "pattern"),
        (_with_step(approvers=[]), "/steps/1/approvers", "at least 1"),
        (_with_step(approvers=[{"role": "director"}, {"group": "x"}]), "/steps/1/approvers/1", "give one of"),
        (_with_step(approvers=[{"manager": 0}]), "/steps/1/approvers/0", "give one of"),
        (_with_step(approvers=[{"user": "a", "role": "b"}]), "/steps/1/approvers/0", "give one of"),
        (_with_step(may_edit=["lines.quantity", "total"]), "/steps/1/may_edit/1", "lines.quantity"),
        (_with_step(decision="majority"), "/steps/1/decision", "'any' or 'all'"),
        (_with_step(decision="all", choose=True), "/steps/1", "use decision 'any'"),
        (_with_step(deadline_hours=0), "/steps/1/deadline_hours", "at least 1"),
        (_with_step(kind="parallel"), "/steps/1/kind", "approval"),
        (_with_step(approver="x"), "/steps/1/approver", "no such field"),
        (_with_step(when="request.total >"), "/steps/1/when", "condition:"),
        (_with_step(when="request.amount > 5.0"), "/steps/1/when", "condition:"),
        (_with_step(when="request.total"), "/steps/1/when", "true or false"),
        ([], "", "dictionary"),
        (None, "", "dictionary"),
        ("just a text", "", "dictionary"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_error_points_at_the_place(document: object, pointer: str, said: str) -> None:
    errors = _errors(document)
    assert [error.pointer for error in errors] == [pointer]
    assert said in field_problem(errors[0].message, errors[0].params, "en")


def test_every_wrong_place_is_named_at_once() -> None:
    document = _with_step(when="1 +", deadline_hours=-1)
    document["steps"][0]["approvers"] = [{}]
    assert {error.pointer for error in _errors(document)} == {
        "/steps/0/approvers/0",
        "/steps/1/when",
        "/steps/1/deadline_hours",
    }


def test_yaml_that_cannot_be_read_names_the_line() -> None:
    assert "line 2" in _errors("key: a\nsteps: [")[0].message


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system ['true']", "key: \x00", "&a [*a]", "- " * 5000])
def test_yaml_that_means_harm_is_refused(text: str) -> None:
    assert _errors(text)
