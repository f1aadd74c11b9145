"""A process document as the form that people fill in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from application.designing.form import ApproverRow, EscalationRow, ProcessForm, StepForm, TestRow, TimeRow
from approval.condition_form import Joining, read_condition
from approval.document_fields import valid
from approval.durations import Duration
from approval.process_document import ProcessDefinition

MOST_FIELDS: Final = 4000
"""Of a form that people can still look through; a larger document is edited as such."""
_FIELDS_OF_STEP: Final = 90
_FIELDS_OF_ROW: Final = 10


def form_of(document: Mapping[str, Any]) -> ProcessForm:
    """The form of a document in which ``process_errors`` finds nothing wrong with its form.

    Args:
        document: the document as JSON values.
    """
    steps = tuple(_steps(document))
    ids = {step.key: step.id for step in steps if step.key and not step.is_block}
    return ProcessForm(
        key=document.get("key", ""),
        **_names(document.get("name")),
        description=document.get("description", ""),
        carry=document.get("repeat_approver") == "carry",
        delta=document.get("resume") == "delta",
        may_drop=bool(document.get("may_drop")),
        owner_may_add=bool(document.get("owner_may_add")),
        steps=tuple(_with_ids(step, ids) for step in steps),
    )


def can_be_shown(document: object) -> bool:
    """Whether a document can be shown as a form: its own form is right, and there is not more of it than people can look
    through and one call may send.
    """
    if not isinstance(document, dict):
        return False
    try:
        ProcessDefinition.model_validate(document)
    except ValidationError:
        return False
    form = form_of(document)
    rows = sum(len(step.approvers) + len(step.tests) + len(step.remind) + len(step.escalate) for step in form.steps)
    return len(form.steps) * _FIELDS_OF_STEP + rows * _FIELDS_OF_ROW <= MOST_FIELDS


def at_origin(document: Mapping[str, Any], origin: str) -> Mapping[str, Any]:
    """The step or block of a document that a step of its form was made of; nothing for one that is new."""
    found: Any = document
    for place in origin.split(".") if origin else ():
        steps = found.get("steps") if isinstance(found, Mapping) else None
        if not (isinstance(steps, list) and place.isdecimal() and int(place) < len(steps)):
            return {}
        found = steps[int(place)]
    return found if origin and isinstance(found, Mapping) else {}


def step_form(written: Mapping[str, Any], step_id: str, *, origin: str = "", within: str = "") -> StepForm:
    """The form of one step or block as it is written; of nothing, that of a new one. It returns to keys, not to ids yet."""
    amount, unit = _deadline(written)
    expiry_amount, expiry_unit = _time(written.get("expire_after"), "bd")
    return StepForm.model_validate(
        {
            "id": step_id,
            "origin": origin,
            "kind": written.get("kind", "approval"),
            "within": within,
            "key": written.get("key", ""),
            **_names(written.get("name")),
            "approvers": tuple(_approver(source) for source in written.get("approvers", ())),
            **_vote(written),
            **_condition(written),
            "may_edit": tuple(written.get("may_edit", ())),
            "may_decide_lines": bool(written.get("may_decide_lines")),
            "returns": tuple(f"={key}" for key in written.get("may_return_to", ())),
            "inputs": tuple(written.get("inputs", ())),
            "tolerance": str(written["tolerance"]) if written.get("tolerance") else "",
            "deadline_amount": amount,
            "deadline_unit": unit,
            "remind": tuple(
                TimeRow(amount=some, unit=of) for some, of in (_time(one, "%") for one in written.get("remind", ()))
            ),
            "escalate": tuple(_escalation(stage) for stage in written.get("escalate", ())),
            "on_expiry": written.get("on_expiry", "none"),
            "expiry_amount": expiry_amount,
            "expiry_unit": expiry_unit,
        }
    )


def _steps(document: Mapping[str, Any]) -> Iterator[StepForm]:
    for place, written in enumerate(document.get("steps", ())):
        block = step_form(written, f"a{place}", origin=f"{place}")
        yield block
        if block.is_block:
            for inner, step in enumerate(written.get("steps", ())):
                yield step_form(step, f"a{place}-{inner}", origin=f"{place}.{inner}", within=block.id)


def _with_ids(step: StepForm, ids: Mapping[str, str]) -> StepForm:
    returns = tuple(ids.get(key.removeprefix("="), key) for key in step.returns)
    return step.model_copy(update={"returns": returns})


def _names(name: object) -> dict[str, str]:
    if isinstance(name, Mapping):
        return {"name_vi": name.get("vi", ""), "name_en": name.get("en", "")}
    return dict.fromkeys(("name_vi", "name_en"), name if isinstance(name, str) else "")


def _approver(source: Mapping[str, Any]) -> ApproverRow:
    how, value = next(iter(source.items()))
    match how:
        case "manager":
            return ApproverRow(how=how, levels=str(value))
        case "role" | "user":
            return ApproverRow(how=how, **{how: value})
        case _:
            return ApproverRow(how=how)


def _vote(written: Mapping[str, Any]) -> dict[str, str]:
    decision = written.get("decision", "any")
    if valid(_CHOOSE, written.get("choose")):
        return {"vote": "choose"}
    if not isinstance(decision, Mapping):
        return {"vote": decision}
    quorum = decision["quorum"]
    if isinstance(quorum, str):
        return {"vote": "percent", "vote_number": quorum.removesuffix("%")}
    return {"vote": "count", "vote_number": str(quorum)}


def _condition(written: Mapping[str, Any]) -> dict[str, Any]:
    label = written.get("condition_label")
    labels = {name.replace("name", "label"): text for name, text in _names(label).items()}
    expression = written.get("when")
    if expression is None:
        return labels
    read = read_condition(expression)
    if read is None:
        return {"condition": "cel", "expression": expression, **labels}
    condition = "any" if read.joining is Joining.ANY else "all"
    tests = tuple(TestRow.of(test) for test in read.tests)
    return {"condition": condition, "tests": tests, "expression": expression, **labels}


def _deadline(written: Mapping[str, Any]) -> tuple[str, str]:
    hours = written.get("deadline_hours")
    if written.get("deadline") is None and hours is not None:
        return str(hours), "shown"
    return _time(written.get("deadline"), "bh")


def _time(duration: str | None, unit: str) -> tuple[str, str]:
    if duration is None:
        return "", unit
    read = Duration.parse(duration)
    return str(read.amount), read.unit.value


def _escalation(stage: Mapping[str, Any]) -> EscalationRow:
    amount, unit = _time(stage["after"], "bh")
    to = stage["to"]
    if not isinstance(to, Mapping):
        return EscalationRow(amount=amount, unit=unit)
    how, value = next(iter(to.items()))
    return EscalationRow(amount=amount, unit=unit, to=how, **{how: value})


_CHOOSE: Final = TypeAdapter(bool)
