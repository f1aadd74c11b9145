"""The form of the process designer: what was typed as ``ProcessForm``, its problems beside their fields, and what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import yaml
from starlette.datastructures import FormData

from application.designing.changing import ROWS
from application.designing.form import PROCESS, ProcessForm, StepForm, TestRow
from application.designing.places import Spot, spot
from approval.condition_form import Fact, Tests, number
from approval.model import FieldError
from texts import field_problem
from texts.conditions import condition_words
from texts.designing import form_problem
from web.formats import Formats

NEW: Final = """\
schema_version: 2
key: ''
name: {vi: '', en: ''}
steps:
  - key: manager
    name: {vi: Quản lý trực tiếp duyệt, en: Line manager}
    approvers: [{manager: 1}]
"""
"""What a new process begins with; it has no name yet."""

Problems = Mapping[Spot, Sequence[str]]

_ID: Final = re.compile(r"[an][0-9]{1,3}(-[0-9]{1,3})?")
_TEXTS: Final = (
    "origin",
    "kind",
    "key",
    "name_vi",
    "name_en",
    "vote",
    "vote_number",
    "condition",
    "expression",
    "label_vi",
    "label_en",
    "tolerance",
    "deadline_amount",
    "deadline_unit",
    "on_expiry",
    "expiry_amount",
    "expiry_unit",
)
_TICKS: Final = ("reworded", "may_decide_lines")
_CHOICES: Final = ("may_edit", "returns", "inputs")
_COMMENT: Final = re.compile(r"(^|\s)#", re.MULTILINE)


def read(sent: FormData, formats: Formats) -> ProcessForm:
    """What was typed and ticked."""
    texts: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        if isinstance(value, str):
            texts[name] = value.replace("\r\n", "\n")  # as browsers send them
            lists.setdefault(name, []).append(value)
    steps: list[StepForm] = []
    for step_id in dict.fromkeys(lists.get("steps", ())):
        if _ID.fullmatch(step_id):
            within = texts.get(f"{step_id}.within", "")
            in_block = any(step.id == within and step.is_block for step in steps)
            steps.append(_step(step_id, within if in_block else "", texts, lists, formats))
    return ProcessForm(
        key=texts.get("process.key", ""),
        name_vi=texts.get("process.name_vi", ""),
        name_en=texts.get("process.name_en", ""),
        description=texts.get("process.description", ""),
        carry="process.carry" in texts,
        delta="process.delta" in texts,
        may_drop="process.may_drop" in texts,
        owner_may_add="process.owner_may_add" in texts,
        steps=tuple(steps),
    )


def _step(
    step_id: str, within: str, texts: Mapping[str, str], lists: Mapping[str, list[str]], formats: Formats
) -> StepForm:
    rows = {name: _rows(step_id, name, texts) for name in ROWS}
    return StepForm.model_validate(
        {
            "id": step_id,
            "within": within,
            **{name: texts[f"{step_id}.{name}"] for name in _TEXTS if f"{step_id}.{name}" in texts},
            **{name: f"{step_id}.{name}" in texts for name in _TICKS},
            **{name: tuple(lists.get(f"{step_id}.{name}", ())) for name in _CHOICES},
            **rows,
            "tests": tuple(_test(row, formats) for row in rows["tests"]),
        }
    )


def _rows(step_id: str, name: str, texts: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of a list, in the order of their places; what is around a value that was typed says nothing."""
    begin = f"{step_id}.{name}."
    found: dict[int, dict[str, str]] = {}
    for field, value in texts.items():
        if field.startswith(begin):
            place, _, part = field.removeprefix(begin).partition(".")
            if re.fullmatch("[0-9]{1,3}", place):
                found.setdefault(int(place), {})[part] = value.strip()
    return [found[place] for place in sorted(found)]


def _test(row: Mapping[str, str], formats: Formats) -> TestRow:
    """One test; a number as the reader's language writes it."""
    kind = row.get("kind", "")
    fact = kind.partition(" ")[0]
    if fact not in list(Fact):
        return TestRow()
    if not Fact(fact).is_number:
        return TestRow(kind=kind, value=row.get(fact, ""))
    typed, currency = row.get("number", ""), row.get("in_currency", "")
    try:
        return TestRow(kind=kind, value=f"{formats.read_amount(typed, currency):f}", currency=currency)
    except ValueError:
        return TestRow(kind=kind, value=typed, currency=currency, is_unread=bool(typed))


def problems(
    form: ProcessForm, errors: Iterable[FieldError], formats: Formats, incomplete: str
) -> dict[Spot, list[str]]:
    """What is wrong, by the field that it is about; of a condition that cannot be made, only why.

    Args:
        form: without its blank rows.
        errors: of the document that the form says.
        formats: the reader's.
        incomplete: what to say of a test without its value.
    """
    found: dict[Spot, list[str]] = {}
    for step in form.steps:
        if not step.is_block and step.condition in ("all", "any") and step.condition_tests is None:
            found[Spot(step.id, "condition")] = [_why_no_condition(step, formats, incomplete)]
    known = frozenset(found)
    for error in errors:
        place = spot(form, error.pointer)
        if place not in known:
            found.setdefault(place, []).append(form_problem(place.field, error.message, error.params, formats.language))
    return found


def _why_no_condition(step: StepForm, formats: Formats, incomplete: str) -> str:
    for row in step.tests:
        fact = row.kind.partition(" ")[0]
        if row.value and fact in list(Fact) and Fact(fact).is_number and row.test is None:
            wanted = formats.number_wanted("")
            return field_problem(wanted.message, wanted.params, formats.language)
    return incomplete


def typed_number(row: TestRow, formats: Formats) -> str:
    """The number of a test as its reader writes it; what could not be read, as it was typed."""
    value = None if row.is_unread else number(row.value)
    return row.value if value is None else formats.amount(value, row.currency)


def words_of(tests: Tests, names: Mapping[str, str]) -> dict[str, str]:
    """A condition in words, by language."""
    said = [(test.fact.value, test.comparison.value, test.value, test.currency) for test in tests.tests]
    return condition_words(tests.joining.value, said, names)


def owners_in(form: ProcessForm) -> list[str]:
    """Usernames with which conditions compare the owner of a request."""
    return [row.value for step in form.steps for row in step.tests if row.kind.startswith(f"{Fact.OWNER} ")]


def users_in(form: ProcessForm) -> list[str]:
    """Usernames that are asked, that it is escalated to, or that conditions name."""
    asked = [row.user for step in form.steps for row in step.approvers]
    told = [row.user for step in form.steps for row in step.escalate]
    return [*filter(None, (*asked, *told)), *owners_in(form)]


def text_of(base: str, before: object, document: Mapping[str, Any]) -> str:
    """The text of a document: the one that it was made of, with its comments, as long as it says the same."""
    if before == document:
        return base
    return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=100)


def may_have_comments(text: str) -> bool:
    """Whether a document may have comments, which a document that is written anew has not."""
    return _COMMENT.search(text) is not None


def elsewhere(found: Problems) -> list[str]:
    """What is wrong with parts of the document that the form has no field for."""
    fields = ("key", "name", "description", "steps")
    return [
        text for place, texts in found.items() if place.step == PROCESS and place.field not in fields for text in texts
    ]
