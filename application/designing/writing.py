"""The document of a form: the one that the form was made of, with what was changed in the form, and nothing else changed.

What is not touched stays as it is written, however it is written: a part of a step is written anew only where the form says of
it something else than it would show. So a form that nobody touched gives the very document, and what a form does not show
is never lost.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import count
from typing import Any, Final, NamedTuple

from application.designing.form import ApproverRow, EscalationRow, ProcessForm, StepForm, TimeRow
from application.designing.reading import at_origin, form_of, step_form
from approval.condition_form import Tests, number, write_condition
from approval.editable import EditableField
from approval.inputs import InputField
from approval.process import ParallelBlock, ProcessStep, PurchaseProcess
from approval.process_document import process_errors

Words = Callable[[Tests], Mapping[str, str]]
"""A condition in words, by language."""

Document = dict[str, Any]

_PROCESS_FIELDS: Final[tuple[str, ...]] = tuple(PurchaseProcess.model_fields)
_STEP_FIELDS: Final[tuple[str, ...]] = tuple(ProcessStep.model_fields)
_BLOCK_FIELDS: Final[tuple[str, ...]] = tuple(ParallelBlock.model_fields)


def document_of(base: Mapping[str, Any], form: ProcessForm, words: Words) -> Document:
    """The document that a form says, without its blank rows.

    Args:
        base: the document that the form was made of.
        form: as it was filled in.
        words: makes the words for a condition that was chosen from tests.

    Returns:
        A document of its own; where it says what only version 2 can say, it is one.
    """
    form = form.tidy()
    document, shown = dict(base), form_of(base)
    for part in _PROCESS_PARTS:
        if _differ(form, shown, part.fields):
            part.put(document, form)
    if not document.get("key"):
        _set(document, "key", _key_of(form.name_vi or form.name_en, "process", ()), _PROCESS_FIELDS)
    keys = _keys(form)
    writer = _Writer(base, keys, words)
    steps = [writer.written(step, form) for step in form.steps if not step.within]
    if document.get("steps") != steps:
        document["steps"] = steps
    if base.get("schema_version", 1) == 1 and any(
        error.message == "needs_version_2" for error in process_errors(document)
    ):
        document = {
            "schema_version": 2,
            **{name: value for name, value in document.items() if name != "schema_version"},
        }
    return document


class _Writer(NamedTuple):
    """Writes steps: those of ``base``, with their keys by id."""

    base: Mapping[str, Any]
    keys: Mapping[str, str]
    words: Words

    def written(self, step: StepForm, form: ProcessForm) -> Document:
        before = at_origin(self.base, step.origin)
        order = _BLOCK_FIELDS if step.is_block else _STEP_FIELDS
        written, shown = dict(before), step_form(before, step.id)
        if step.is_block:
            _set(written, "kind", "parallel", order)
        if self.keys[step.id] != written.get("key"):
            _set(written, "key", self.keys[step.id], order)
        if _differ(step, shown, ("name_vi", "name_en")):
            _set(written, "name", _names(step.name_vi, step.name_en), order)
        if step.is_block:
            inner = [self.written(one, form) for one in form.steps if one.within == step.id]
            _set(written, "steps", inner, order)
            return written
        for part in _STEP_PARTS:
            if _differ(step, shown, part.fields):
                part.put(written, step)
        self._put_condition(written, step, shown)
        self._put_returns(written, step)
        return written

    def _put_condition(self, written: Document, step: StepForm, shown: StepForm) -> None:
        """The condition, and the words for it, which are made anew whenever the condition is."""
        if step.condition == "cel":
            if _differ(step, shown, ("condition", "expression")):
                _set(written, "when", step.expression, _STEP_FIELDS)
            if _differ(step, shown, ("label_vi", "label_en")):
                labels = _names(step.label_vi, step.label_en) if step.label_vi or step.label_en else None
                _set(written, "condition_label", labels, _STEP_FIELDS)
            return
        is_changed = _differ(step, shown, ("condition", "tests")) and not _says_the_same(step, shown)
        if not is_changed and not step.reworded:
            return
        tests = step.condition_tests
        _set(written, "condition_label", self.words(tests) if tests is not None else None, _STEP_FIELDS)
        if is_changed:
            when = write_condition(tests) if tests is not None else ""
            _set(written, "when", None if step.condition == "always" else when, _STEP_FIELDS)

    def _put_returns(self, written: Document, step: StepForm) -> None:
        """The keys of the steps to which it may return, as these are called now, first as they are written."""
        named = (one[1:] if one.startswith("=") else self.keys.get(one) for one in step.returns)
        wanted = dict.fromkeys(key for key in named if key)
        before = written.get("may_return_to", ())
        if set(before) != set(wanted):
            _set(written, "may_return_to", _in_order(before, wanted), _STEP_FIELDS)


def _says_the_same(step: StepForm, shown: StepForm) -> bool:
    """Whether two conditions of tests are the same: of a single test it does not matter how it is joined, nor how many noughts
    a number ends with.
    """
    asked, before = step.condition_tests, shown.condition_tests
    return asked is not None and before is not None and _asked(asked) == _asked(before)


def _asked(condition: Tests) -> object:
    return condition.joining, [
        (test.fact, test.comparison, number(test.value) if test.fact.is_number else test.value, test.currency)
        for test in condition.tests
    ]


class _Part(NamedTuple):
    """Fields of a form that are written together."""

    fields: tuple[str, ...]
    put: Callable[[Document, Any], None]


def _put_approvers(written: Document, step: StepForm) -> None:
    _set(written, "approvers", _rows(step.approvers, written.get("approvers", ()), _source), _STEP_FIELDS)


def _source(row: ApproverRow) -> Document:
    match row.how:
        case "manager":
            return {"manager": _whole(row.levels)}
        case "matrix":
            return {"matrix": True}
        case _:
            return {row.how: row.role if row.how == "role" else row.user}


def _put_vote(written: Document, step: StepForm) -> None:
    rules: dict[str, Any] = {
        "all": "all",
        "count": {"quorum": _whole(step.vote_number)},
        "percent": {"quorum": f"{step.vote_number.strip().removesuffix('%').strip()}%"},
    }
    _set(written, "decision", rules.get(step.vote), _STEP_FIELDS)
    _set(written, "choose", True if step.vote == "choose" else None, _STEP_FIELDS)


def _put_may_edit(written: Document, step: StepForm) -> None:
    fields = _in_order(written.get("may_edit", ()), _known(step.may_edit, EditableField))
    _set(written, "may_edit", fields, _STEP_FIELDS)


def _put_inputs(written: Document, step: StepForm) -> None:
    _set(written, "inputs", _in_order(written.get("inputs", ()), _known(step.inputs, InputField)), _STEP_FIELDS)


def _put_deadline(written: Document, step: StepForm) -> None:
    amount = step.deadline_amount.strip()
    is_shown = step.deadline_unit == "shown"
    _set(written, "deadline_hours", _whole(amount) if amount and is_shown else None, _STEP_FIELDS)
    _set(written, "deadline", f"{amount}{step.deadline_unit}" if amount and not is_shown else None, _STEP_FIELDS)


def _put_remind(written: Document, step: StepForm) -> None:
    _set(written, "remind", _rows(step.remind, written.get("remind", ()), _duration), _STEP_FIELDS)


def _duration(row: TimeRow | EscalationRow) -> str:
    return f"{row.amount.strip()}{row.unit}"


def _put_escalate(written: Document, step: StepForm) -> None:
    _set(written, "escalate", _rows(step.escalate, written.get("escalate", ()), _stage), _STEP_FIELDS)


def _stage(row: EscalationRow) -> Document:
    to: Any = {"role": {"role": row.role}, "user": {"user": row.user}}.get(row.to, row.to)
    return {"after": _duration(row), "to": to}


def _put_expiry(written: Document, step: StepForm) -> None:
    amount = step.expiry_amount.strip()
    acts = step.on_expiry != "none"
    _set(written, "on_expiry", step.on_expiry if acts else None, _STEP_FIELDS)
    _set(written, "expire_after", f"{amount}{step.expiry_unit}" if amount and acts else None, _STEP_FIELDS)


_STEP_PARTS: Final = (
    _Part(("approvers",), _put_approvers),
    _Part(("vote", "vote_number"), _put_vote),
    _Part(("may_edit",), _put_may_edit),
    _Part(("may_decide_lines",), lambda written, step: _flag(written, "may_decide_lines", step.may_decide_lines)),
    _Part(("inputs",), _put_inputs),
    _Part(
        ("tolerance",),
        lambda written, step: _set(written, "tolerance", _whole(step.tolerance) or None, _STEP_FIELDS),
    ),
    _Part(("deadline_amount", "deadline_unit"), _put_deadline),
    _Part(("remind",), _put_remind),
    _Part(("escalate",), _put_escalate),
    _Part(("on_expiry", "expiry_amount", "expiry_unit"), _put_expiry),
)


def _put_repeat(written: Document, form: ProcessForm) -> None:
    _set(written, "repeat_approver", "carry" if form.carry else None, _PROCESS_FIELDS)


def _put_resume(written: Document, form: ProcessForm) -> None:
    _set(written, "resume", "delta" if form.delta else None, _PROCESS_FIELDS)


def _flag(written: Document, field: str, value: bool) -> None:
    _set(written, field, value or None, _STEP_FIELDS if field in _STEP_FIELDS else _PROCESS_FIELDS)


_PROCESS_PARTS: Final = (
    _Part(("key",), lambda written, form: _set(written, "key", form.key.strip() or None, _PROCESS_FIELDS)),
    _Part(
        ("name_vi", "name_en"),
        lambda written, form: _set(written, "name", _names(form.name_vi, form.name_en), _PROCESS_FIELDS),
    ),
    _Part(
        ("description",),
        lambda written, form: _set(written, "description", form.description.strip() or None, _PROCESS_FIELDS),
    ),
    _Part(("carry",), _put_repeat),
    _Part(("delta",), _put_resume),
    _Part(("may_drop",), lambda written, form: _flag(written, "may_drop", form.may_drop)),
    _Part(("owner_may_add",), lambda written, form: _flag(written, "owner_may_add", form.owner_may_add)),
)


# Values


def _differ(form: ProcessForm | StepForm, shown: ProcessForm | StepForm, fields: Iterable[str]) -> bool:
    """Whether a form says something else than it showed: ticks have no order, and a line of a form has no line ends."""

    def said(of: ProcessForm | StepForm, field: str) -> object:
        value = getattr(of, field)
        if field == "expression":
            return value
        if field in ("may_edit", "inputs"):
            return set(value)
        if isinstance(value, tuple):
            return [_in_one_line(row.model_dump()) for row in value]
        return _in_one_line(value)

    return any(said(form, field) != said(shown, field) for field in fields)


def _in_one_line(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_one_line(one) for name, one in value.items()}
    return _LINE_ENDS.sub("", value) if isinstance(value, str) else value


_LINE_ENDS: Final = re.compile(r"[\r\n]")


def _rows(rows: Sequence[Any], before: Sequence[Any], write: Callable[[Any], Any]) -> list[Any]:
    """Rows as they are written; those that were there already, as they stood."""
    return [next((one for one in before if one == written), written) for written in map(write, rows)]


def _known(values: Iterable[str], of: type[StrEnum]) -> dict[str, None]:
    """Ticked values, in the order in which they are listed."""
    ticked = set(values)
    listed = [one.value for one in of if one.value in ticked]
    return dict.fromkeys([*listed, *sorted(ticked.difference(listed))])


def _in_order(before: Iterable[str], wanted: Mapping[str, None] | dict[str, None]) -> list[str] | None:
    """What is wanted, first what was there before in its order; None for nothing."""
    kept = [value for value in before if value in wanted]
    return [*kept, *(value for value in wanted if value not in kept)] or None


def _names(vi: str, en: str) -> Mapping[str, str]:
    """A name in both languages; where it is given in one, that stands for both."""
    return {"vi": vi.strip() or en.strip(), "en": en.strip() or vi.strip()}


def _whole(text: str) -> int | str:
    """A whole number, or the text that is none, which is refused where it stands."""
    text = text.strip()
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else text


def _set(written: Document, field: str, value: Any, order: Sequence[str]) -> None:
    """Write a field: where it stands, or else where one looks for it; None takes it away."""
    if value is None:
        written.pop(field, None)
    elif field in written:
        written[field] = value
    else:
        after = order[order.index(field) + 1 :]
        following = {name: written.pop(name) for name in list(written) if name in after}
        written[field] = value
        written.update(following)


# Keys


def _keys(form: ProcessForm) -> dict[str, str]:
    """The key of each step by its id; one that is left out is made of the step's name."""
    given = {step.id: step.key.strip() for step in form.steps}
    taken = {key for key in given.values() if key}
    for place, step in enumerate(form.steps, 1):
        if not given[step.id]:
            given[step.id] = _key_of(step.name_en or step.name_vi, f"step-{place}", taken)
            taken.add(given[step.id])
    return given


def _key_of(name: str, otherwise: str, taken: Iterable[str]) -> str:
    """A key for something of that name that nothing has yet."""
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    words = re.sub("[^a-z0-9]+", "-", plain.lower()).strip("-")[:50].strip("-")
    key = words if re.match("[a-z]", words) else otherwise
    return next(one for one in _numbered(key) if one not in taken)


def _numbered(key: str) -> Iterator[str]:
    yield key
    yield from (f"{key}-{again}" for again in count(2))
