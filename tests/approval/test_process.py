"""A process document is validated on the way in, and errors point at the place."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from approval.document_fields import ByManagerDefinition, ByRoleDefinition, ByUserDefinition
from approval.document_people import named_approvers
from approval.document_text import read_json, read_yaml
from approval.editable import EditableField
from approval.model import Code, FieldError, RefusedError
from approval.process import ByManager, ByRole, ByUser, PurchaseProcess
from approval.process_document import outdated_labels, process_errors
from approval.votes import DecisionRule
from tests.approval.parsing import parse_process
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
    assert PurchaseProcess.model_validate_json(process.model_dump_json()) == process


def test_approvers_are_a_user_a_role_or_a_manager_some_levels_up() -> None:
    process = parse_process(_with_step(approvers=[{"user": "director1"}, {"role": "board"}, {"manager": 2}]))
    assert process.approval_steps[1].approvers == (ByUser(user="director1"), ByRole(role="board"), ByManager(manager=2))


def test_one_name_stands_for_both_languages() -> None:
    assert parse_process(_process()).approval_steps[0].name == {"vi": "Quản lý duyệt", "en": "Quản lý duyệt"}


def test_one_approver_is_enough_unless_the_process_says_all() -> None:
    assert parse_process(_process()).approval_steps[0].decision is DecisionRule.ANY
    assert parse_process(_with_step(decision="all")).approval_steps[1].decision is DecisionRule.ALL


@pytest.mark.parametrize(
    "name",
    ["purchase-approval", "purchase-approval-matrix", "purchase-approval-parallel", "purchase-approval-with-choice"],
)
def test_the_demo_processes_are_valid(repository: Path, name: str) -> None:
    text = (repository / "crm" / "demo" / f"{name}.yaml").read_text(encoding="utf-8")
    process = parse_process(text)
    assert process.key == name
    assert 2 <= len(process.steps) <= 3


@pytest.mark.parametrize(
    ("document", "pointer", "said"),
    [
        (_process(steps=[]), "/steps", "at least 1"),
        (_process(key="Mua hàng"), "/key", "lower-case letters"),
        (_process(name=""), "/name", "1 to 200 characters"),
        (_process(name={"vi": "Mua hàng"}), "/name", "one each for vi and en"),
        (_process(schema_version=3), "/schema_version", "1, 2"),
        (_process(steps=_process()["steps"] * 2), "/steps/1/key", "step 1 has the key manager already"),
        (_process(owner="me"), "/owner", "no such field"),
        (_with_step(key="Giám đốc"), "/steps/1/key", "lower-case letters"),
        (_with_step(approvers=[]), "/steps/1/approvers", "at least 1"),
        (_with_step(approvers=[{"role": "director"}, {"group": "x"}]), "/steps/1/approvers/1", "give one of"),
        (_with_step(approvers=[{"manager": 0}]), "/steps/1/approvers/0", "give one of"),
        (_with_step(approvers=[{"user": "a", "role": "b"}]), "/steps/1/approvers/0", "give one of"),
        (_with_step(may_edit=["lines.quantity", "total"]), "/steps/1/may_edit/1", "lines.quantity"),
        (_with_step(decision="majority"), "/steps/1/decision", "any, all"),
        (_with_step(decision="all", choose=True), "/steps/1/decision", "use decision any"),
        (_with_step(deadline_hours=0), "/steps/1/deadline_hours", "at least 1"),
        (_with_step(kind="vote"), "/steps/1/kind", "approval"),
        (_with_step(approver="x"), "/steps/1/approver", "no such field"),
        (_with_step(when="request.total >"), "/steps/1/when", "is not complete"),
        (_with_step(when="request.amount > 5.0"), "/steps/1/when", "knows no request.amount"),
        (_with_step(when="request.total"), "/steps/1/when", "true or false"),
        (_with_step(when="true", condition_label={"vi": "luôn luôn"}), "/steps/1/condition_label", "one each"),
        (_with_step(condition_label="Luôn luôn"), "/steps/1/condition_label", "add when"),
        (_with_step(deadline_hours=1.5), "/steps/1/deadline_hours", "whole number"),
        (_with_step(approvers={"role": "director"}), "/steps/1/approvers", "a list"),
        (_process(name=5), "/name", "1 to 200 characters"),
        (dict[object, Any](_process()) | {1: "x"}, "/1", "must be a text"),
        ({**_process(), "Byname": "x"}, "/Byname", "no such field"),
        ([], "", "an object"),
        (None, "", "an object"),
        ("just a text", "", "an object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_error_points_at_the_place(document: object, pointer: str, said: str) -> None:
    errors = _errors(document)
    assert [error.pointer for error in errors] == [pointer]
    assert said in field_problem(errors[0].message, errors[0].params, "en")


def test_every_wrong_place_is_named_at_once() -> None:
    document = _with_step(when="1 +", deadline_hours=-1, key="manager", decision="all", choose=True)
    document["steps"][0]["approvers"] = [{}]
    assert {error.pointer for error in _errors(document)} == {
        "/steps/0/approvers/0",
        "/steps/1/key",
        "/steps/1/when",
        "/steps/1/decision",
        "/steps/1/deadline_hours",
    }


def test_each_further_step_with_a_key_is_pointed_at() -> None:
    document = _process(steps=[None, *_process()["steps"] * 3])
    assert [(error.pointer, error.params.get("step")) for error in _errors(document)] == [
        ("/steps/0", None),
        ("/steps/2/key", "2"),
        ("/steps/3/key", "2"),
    ]


def test_well_formed_approvers_are_found_in_a_document_that_is_wrong_elsewhere() -> None:
    document = _with_step(approvers=[{"user": "ghost"}, {"user": 1}, {"role": "pope"}], deadline_hours=0, name=None)
    assert named_approvers(document) == {
        "/steps/0/approvers/0": ByManagerDefinition(manager=1),
        "/steps/1/approvers/0": ByUserDefinition(user="ghost"),
        "/steps/1/approvers/2": ByRoleDefinition(role="pope"),
    }
    assert (
        named_approvers([]) == named_approvers({"steps": "x"}) == named_approvers({"steps": [{"approvers": 1}]}) == {}
    )


def test_the_time_to_find_wrong_places_grows_with_their_number_and_no_faster() -> None:
    def seconds(number: int) -> float:
        document = _process(**{f"field{place}": 0 for place in range(number)})
        began = time.perf_counter()
        assert len(process_errors(document)) == number
        return time.perf_counter() - began

    few = min(seconds(1000) for _ in range(5))
    assert min(seconds(8000) for _ in range(3)) < 24 * few, "eight times as many take some eight times as long"


def test_a_document_without_labels_of_conditions_is_still_one() -> None:
    process = parse_process(_with_step(when="request.total > 5.0"))
    assert process.approval_steps[1].condition_label is None
    stored = process.model_dump(mode="json")
    for step in stored["steps"]:
        del step["condition_label"]
    assert PurchaseProcess.model_validate(stored) == process


def test_a_version_published_under_fewer_rules_can_still_be_read() -> None:
    stored = parse_process(_with_step(when="true")).model_dump(mode="json")
    stored["steps"][1]["when"] = "request.total > 1.0 || nosuch(1)"
    assert _errors(stored)
    assert PurchaseProcess.model_validate(stored).approval_steps[1].when == "request.total > 1.0 || nosuch(1)"


LABEL = {"vi": "từ 5 đồng trở lên", "en": "5 dong or more"}


@pytest.mark.parametrize(
    ("changes", "outdated"),
    [
        ({"when": "request.total < 5.0"}, True),
        ({"when": "request.total < 5.0", "condition_label": {**LABEL, "en": "less than 5 dong"}}, True),
        ({"when": "request.total < 5.0", "condition_label": {**LABEL, "vi": "dưới 5 đồng"}}, True),
        ({"when": "request.total < 5.0", "condition_label": {"vi": " từ 5 đồng trở lên ", "en": "x"}}, True),
        ({"when": "request.total < 5.0", "condition_label": {"vi": "dưới 5 đồng", "en": "less than 5 dong"}}, False),
        ({"when": "request.total < 5.0", "condition_label": "less"}, False),
        ({"when": "request.total < 5.0", "condition_label": None}, False),
        ({"when": "request.total>=5.0 // five"}, False),
        ({"condition_label": "at least 5"}, False),
        ({"when": "request.total < 5.0", "key": "other"}, False),
        ({"when": 5, "condition_label": 5}, False),
        ({}, False),
    ],
)
def test_a_label_does_not_stay_when_its_condition_changes(changes: dict[str, Any], outdated: bool) -> None:
    before = _with_step(when="request.total >= 5.0", condition_label=LABEL)
    after = _with_step(**{"when": "request.total >= 5.0", "condition_label": LABEL, **changes})
    errors = outdated_labels(after, parse_process(before), 3)
    assert [(error.pointer, dict(error.params)) for error in errors] == (
        [("/steps/1/condition_label", {"version": "3"})] if outdated else []
    )


def test_limits_are_set_to_what_is_written_and_not_to_what_is_stored() -> None:
    stored = parse_process(_with_step()).model_dump(mode="json")
    stored["steps"][1] |= {
        "name": {"vi": "B" * 300, "en": "S" * 300},
        "approvers": [{"user": "u" * 300}, {"manager": 20}, {"role": "director", "since": "2.0"}],
        "when": "true" + " || true" * 500,
        "condition_label": {"vi": "x" * 300, "en": "x" * 300},
        "deadline_hours": 5000,
        "colour": "red",
    }
    pointers = {error.pointer for error in _errors(stored)}
    assert pointers >= {
        f"/steps/1/{field}" for field in ("name", "when", "condition_label", "deadline_hours", "colour")
    }
    stored |= {"key": "K" * 99, "description": "d" * 5000, "steps": stored["steps"] * 15, "colour": "red"}
    assert {error.pointer for error in _errors(stored)} >= {"/key", "/description", "/steps", "/colour"}
    process = PurchaseProcess.model_validate(stored)
    assert len(process.steps) == 30
    step = process.approval_steps[-1]
    assert step.approvers == (ByUser(user="u" * 300), ByManager(manager=20), ByRole(role="director"))
    assert (step.deadline_hours, len(step.name["vi"]), len(process.description)) == (5000, 300, 5000)


@pytest.mark.parametrize("changes", [{"kind": "parallel"}, {"decision": "quorum"}, {"approvers": [{"group": "board"}]}])
def test_a_step_that_is_not_understood_is_not_taken_for_another(changes: dict[str, Any]) -> None:
    stored = parse_process(_with_step()).model_dump(mode="json")
    stored["steps"][1] |= changes
    with pytest.raises(ValidationError):
        PurchaseProcess.model_validate(stored)


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("key: a\nsteps: [", (2, 9), "yaml_bracket"),
        ("key: a\nsteps: [1, 2\nname: x", (2, 8), "yaml_bracket"),
        ('steps: ["a"\n"b"]', (2, 1), "yaml_bracket"),
        ("key: a\n  b: c", (2, 4), "yaml_colon"),
        ("key: a\nname\nx: 1", (2, 1), "yaml_colon"),
        ("key:\n\ta: b", (2, 1), "yaml_character"),
        ("key: a\nname: x\nkey: b", (3, 1), "yaml_repeated"),
        ("steps:\n- {key: a, key: b}", (2, 12), "yaml_repeated"),
        ("steps:\n  - key: a\n   name: b", (3, 4), "yaml_indentation"),
        ("key: 'a", (1, 6), "yaml_quote"),
        ("key: 'a\nname: b\n", (1, 6), "yaml_quote"),
        ('key: "\\q"', (1, 8), "yaml_quote"),
        ("key: *a", (1, 6), "yaml_alias"),
        ("key: !a b", (1, 6), "yaml_tag"),
        ("key: a\n---\nkey: b", (2, 1), "yaml_documents"),
        ("key: |x", (1, 7), "yaml_unreadable"),
        ("key: 2026-99-99", None, "yaml_value"),
    ],
)
def test_yaml_that_cannot_be_read_names_the_place_and_the_remedy(
    text: str, place: tuple[int, int] | None, code: str
) -> None:
    (error,) = _errors(text)
    assert error.message == code
    assert error.params == ({"line": str(place[0]), "column": str(place[1])} if place else {})
    for language, begins in (("en", "line {}, column {}: "), ("vi", "dòng {}, cột {}: ")):
        said = field_problem(error.message, error.params, language)
        assert code not in said
        assert said.startswith(begins.format(*place) if place else "")


@pytest.mark.parametrize("read", [read_yaml, read_json])
@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\x00", "control_characters"),
        ("\x85", "control_characters"),
        ("\u202e", "direction_characters"),
        ("\U000e0041", "hidden_characters"),
        ("\ufffe", "no_characters"),
    ],
)
def test_a_document_in_which_something_is_hidden_is_refused_at_its_place(
    read: Callable[[str], object], character: str, code: str
) -> None:
    text = '{"key": "a",\n' + f'"name": "x{character}"' + "}"
    with pytest.raises(RefusedError) as refused:
        read(text)
    (error,) = refused.value.refusal.errors
    assert (error.message, error.params["line"], error.params["column"]) == (code, "2", "11")
    assert f"U+{ord(character):04X}" in field_problem(error.message, error.params, "vi")


def test_a_comment_that_turns_the_text_around_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        read_yaml("key: a  # \u202e only for show")
    assert refused.value.refusal.errors[0].message == "direction_characters"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"may_edit": ["purpose"] * 10}, "/steps/1/may_edit"),
        ({"may_edit": ["purpose"] * 9_000}, "/steps/1/may_edit"),
        ({"approvers": [{"user": "sales1"}] * 21}, "/steps/1/approvers"),
    ],
)
def test_a_list_that_is_longer_than_a_process_needs_is_refused_with_its_limit(
    changes: dict[str, Any], pointer: str
) -> None:
    (error,) = process_errors(_with_step(**changes))
    most = "20" if "approvers" in changes else str(len(EditableField))
    assert (error.pointer, error.params["max_length"]) == (pointer, most)
    assert most in field_problem(error.message, error.params, "vi")


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "\u3164"},
        {"name": {"vi": "Duyệt", "en": "\u200b\u200b"}},
        {"approvers": [{"user": "\u2800"}]},
        {"approvers": [{"role": "a\u202eb"}]},
        {"when": "\u2800"},
        {"when": "request.total > 1.0 // \u202e"},
        {"when": "true", "condition_label": "\u2066x"},
    ],
)
def test_a_text_of_a_process_in_which_something_is_hidden_is_refused(changes: dict[str, Any]) -> None:
    assert process_errors(_with_step(**changes))


def test_a_name_is_kept_in_its_one_form() -> None:
    process = parse_process(_with_step(name=" Duye\u0302\u0323t\u00a0mua\n"))
    assert process.approval_steps[1].name == {"vi": "Duyệt mua", "en": "Duyệt mua"}


@pytest.mark.parametrize(
    ("text", "params"),
    [('{"key": "a",}', {"line": "1", "column": "13"}), ('{\n"key": a}', {"line": "2", "column": "8"})],
)
def test_json_that_cannot_be_read_names_the_place(text: str, params: dict[str, str]) -> None:
    with pytest.raises(RefusedError) as refused:
        read_json(text)
    assert [(error.message, error.params) for error in refused.value.refusal.errors] == [("json_unreadable", params)]


def test_json_in_which_a_name_stands_twice_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        read_json('{"key": "a", "steps": [{"key": "b", "key": "c"}]}')
    assert [(error.message, error.params) for error in refused.value.refusal.errors] == [
        ("json_repeated", {"name": "key"})
    ]


@pytest.mark.parametrize("text", ["[" * 100_000, "1" * 5000])
def test_json_that_means_harm_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        read_json(text)


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system ['true']", "key: \x00", "&a [*a]", "- " * 5000])
def test_yaml_that_means_harm_is_refused(text: str) -> None:
    assert _errors(text)
