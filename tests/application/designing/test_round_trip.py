"""A document that is shown as a form comes out of it as it went in; what is changed in the form changes, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.designing.changing import changed, place_of
from application.designing.form import ApproverRow, ProcessForm, TestRow
from application.designing.reading import can_be_shown, form_of
from application.designing.writing import document_of
from approval.condition_form import Tests
from approval.document_text import read_yaml
from approval.process_document import process_errors
from tests.application.designing.documents import documents

BASE: dict[str, Any] = {
    "schema_version": 2,
    "key": "purchase",
    "name": {"vi": "Mua hàng", "en": "Purchase"},
    "steps": [
        {"key": "manager", "name": "Quản lý", "approvers": [{"manager": 1}]},
        {
            "key": "director",
            "name": "Giám đốc",
            "approvers": [{"role": "director"}, {"user": "director1"}],
            "decision": {"quorum": 2},
            "when": "request.total >= 50000000.0",
            "condition_label": "từ 50 triệu",
            "may_return_to": ["manager"],
            "deadline": "3bd",
            "escalate": [{"after": "8bh", "to": "manager"}],
        },
    ],
}


def said(tests: Tests) -> dict[str, str]:
    """Words that show what they were made of."""
    return dict.fromkeys(("vi", "en"), " ".join(test.value for test in tests.tests))


def with_step(form: ProcessForm, place: int, **fields: Any) -> ProcessForm:
    steps = list(form.steps)
    steps[place] = steps[place].model_copy(update=fields)
    return form.model_copy(update={"steps": tuple(steps)})


def changed_step(place: int, **fields: Any) -> dict[str, Any]:
    """The step of ``BASE`` after some fields of its form were filled in otherwise; all else is as it was."""
    document = document_of(BASE, with_step(form_of(BASE), place, **fields), said)
    rest = deepcopy(document)
    rest["steps"][place] = BASE["steps"][place]
    assert json.dumps(rest) == json.dumps(BASE)
    step: dict[str, Any] = document["steps"][place]
    return step


@settings(max_examples=30, deadline=None)
@given(documents())
def test_the_documents_of_these_tests_are_valid(document: dict[str, Any]) -> None:
    assert process_errors(document) == []


@settings(deadline=None)
@given(documents())
def test_a_form_that_nobody_touched_gives_the_very_document(document: dict[str, Any]) -> None:
    before = json.dumps(document)
    assert can_be_shown(document)
    assert json.dumps(document_of(document, form_of(document), said)) == before
    assert json.dumps(document) == before


@settings(deadline=None)
@given(documents(), st.data())
def test_moving_steps_changes_nothing_but_their_places(document: dict[str, Any], data: st.DataObject) -> None:
    form = form_of(document)
    ids = [step.id for step in form.steps]
    places = [*ids, *(f"in-{one}" for one in ids), "end"]
    moves = st.one_of(
        st.builds(lambda way, one: f"{way}.{one}", st.sampled_from(["up", "down"]), st.sampled_from(ids)),
        st.builds(lambda one, before: f"put.{one}.{before}", st.sampled_from(ids), st.sampled_from(places)),
    )
    for move in data.draw(st.lists(moves, max_size=6)):
        form, _about = changed(form, move)
    moved = document_of(document, form, said)
    assert _steps_of(moved) == _steps_of(document)
    assert {**moved, "steps": None} == {**document, "steps": None}


def _steps_of(document: dict[str, Any]) -> Counter[str]:
    """Each step and block as it is written, without the steps of blocks."""
    found: Counter[str] = Counter()
    for step in document["steps"]:
        found.update(json.dumps(inner) for inner in step.get("steps", ()))
        found[json.dumps({**step, "steps": None} if "steps" in step else step)] += 1
    return found


@pytest.mark.parametrize(
    "name",
    ["purchase-approval", "purchase-approval-matrix", "purchase-approval-parallel", "purchase-approval-with-choice"],
)
def test_the_demo_processes_come_out_as_they_went_in(repository: Path, name: str) -> None:
    document = read_yaml((repository / "crm" / "demo" / f"{name}.yaml").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    assert json.dumps(document_of(document, form_of(document), said)) == json.dumps(document)


@pytest.mark.parametrize(
    ("place", "fields", "written"),
    [
        (0, {"name_vi": "Trưởng phòng"}, {"name": {"vi": "Trưởng phòng", "en": "Quản lý"}}),
        (0, {"name_vi": "Trưởng phòng", "name_en": ""}, {"name": {"vi": "Trưởng phòng", "en": "Trưởng phòng"}}),
        (0, {"vote": "all"}, {"decision": "all"}),
        (0, {"vote": "percent", "vote_number": "60"}, {"decision": {"quorum": "60%"}}),
        (0, {"vote": "choose"}, {"choose": True}),
        (1, {"vote": "any"}, {"decision": None}),
        (1, {"vote_number": "ba"}, {"decision": {"quorum": "ba"}}),
        (1, {"approvers": (ApproverRow(how="manager", levels="2"), ApproverRow())}, {"approvers": [{"manager": 2}]}),
        (0, {"deadline_amount": "16"}, {"deadline": "16bh"}),
        (1, {"deadline_amount": "8", "deadline_unit": "shown"}, {"deadline_hours": 8, "deadline": None}),
        (1, {"on_expiry": "return", "expiry_amount": "5"}, {"on_expiry": "return", "expire_after": "5bd"}),
        (1, {"escalate": ()}, {"escalate": []}),
        (1, {"returns": ()}, {"may_return_to": None}),
        (0, {"may_edit": ("lines.quantity", "purpose")}, {"may_edit": ["purpose", "lines.quantity"]}),
        (0, {"tolerance": "5"}, {"tolerance": 5}),
        (1, {"condition": "always"}, {"when": None, "condition_label": None}),
        (1, {"reworded": True}, {"condition_label": {"vi": "50000000", "en": "50000000"}}),
        (
            1,
            {"tests": (TestRow(kind="total >=", value="2.5"), TestRow(kind="currency !=", value="VND"))},
            {
                "when": 'request.total >= 2.5 && request.currency != "VND"',
                "condition_label": {"vi": "2.5 VND", "en": "2.5 VND"},
            },
        ),
        (1, {"condition": "any"}, {}),  # of one test it does not matter how it is joined
        (1, {"tests": (TestRow(kind="total >=", value="năm", is_unread=True),)}, {"when": "", "condition_label": None}),
        (1, {"condition": "cel", "expression": "size(lines) > 3"}, {"when": "size(lines) > 3"}),
    ],
)
def test_what_is_filled_in_is_written_and_nothing_else(
    place: int, fields: dict[str, Any], written: dict[str, Any]
) -> None:
    step = changed_step(place, **fields)
    expected = {**BASE["steps"][place], **written}
    assert step == {field: value for field, value in expected.items() if value is not None}


def test_a_condition_that_is_changed_never_keeps_its_old_words() -> None:
    step = changed_step(1, tests=(TestRow(kind="total <", value="7"),))
    assert step["when"] == "request.total < 7.0"
    assert step["condition_label"] == {"vi": "7", "en": "7"}


def test_a_new_step_gets_a_key_of_its_name_and_a_step_that_is_renamed_takes_those_along_that_return_to_it() -> None:
    form, about = changed(form_of(BASE), "add")
    place = [step.id for step in form.steps].index(about)
    form = with_step(form, place, name_vi="Kế toán trưởng", approvers=(ApproverRow(how="role", role="director"),))
    form = with_step(form, 0, key="boss")
    document = document_of(BASE, form, said)
    assert [step["key"] for step in document["steps"]] == ["boss", "director", "ke-toan-truong"]
    assert document["steps"][1]["may_return_to"] == ["boss"]
    assert list(document["steps"][2]) == ["key", "name", "approvers"]
    assert process_errors(document) == []


def test_a_copy_has_all_that_the_step_has_and_a_key_of_its_own() -> None:
    form, _about = changed(form_of(BASE), "copy.a1")
    first, copy = document_of(BASE, form, said)["steps"][1:]
    assert {**copy, "key": "director"} == first
    assert copy["key"] not in ("director", "manager")


def test_nothing_returns_to_a_step_that_was_removed() -> None:
    form, _about = changed(form_of(BASE), "remove.a0")
    document = document_of(BASE, form, said)
    assert [step["key"] for step in document["steps"]] == ["director"]
    assert "may_return_to" not in document["steps"][0]


def test_a_block_is_made_filled_and_taken_away_again() -> None:
    form, block = changed(form_of(BASE), "block")
    form, _about = changed(form, f"up.{block}")
    form, _about = changed(form, "put.a0.in-" + block)
    assert [place_of(form, one) for one in (block, "a0", "a1")] == ["1", "1.3", "2"]
    assert document_of(BASE, form, said)["steps"][0]["steps"][2] == BASE["steps"][0]
    form, _about = changed(form, f"remove.{block}")
    assert len([step for step in form.steps if step.within]) == 0
    assert len(form.steps) == 4


def test_two_buttons_lead_a_step_into_a_block_and_out_of_it_again() -> None:
    form, block = changed(form_of(BASE), "block")
    seen = []
    for _ in range(5):
        form, _about = changed(form, "down.a1")
        seen.append(place_of(form, "a1"))
    assert seen == ["2.1", "2.2", "2.3", "3", "3"]
    for _ in range(5):
        form, _about = changed(form, "up.a1")
        seen.append(place_of(form, "a1"))
    assert seen[5:] == ["2.3", "2.2", "2.1", "2", "1"]
    assert changed(form, f"put.{block}.in-{block}")[0] == form


def test_a_document_of_version_1_becomes_one_of_version_2_where_it_has_to() -> None:
    old = {**BASE, "schema_version": 1, "steps": BASE["steps"][:1]}
    form = form_of(old)
    assert document_of(old, with_step(form, 0, vote="all"), said)["schema_version"] == 1
    assert document_of(old, with_step(form, 0, deadline_amount="8"), said)["schema_version"] == 2


@pytest.mark.parametrize("document", [None, [], {}, {"steps": 1}, {**BASE, "owner": "me"}, {**BASE, "steps": [None]}])
def test_what_is_no_process_is_not_shown_as_a_form(document: object) -> None:
    assert not can_be_shown(document)
