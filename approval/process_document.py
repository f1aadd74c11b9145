"""The document of a process that an admin writes: its form, and everything wrong with it, validated on the way in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Discriminator, Field, StrictBool, Tag, TypeAdapter, ValidationError

from approval.condition_text import members, same_condition
from approval.conditions import condition_errors
from approval.document_fields import (
    MOST_APPROVERS,
    ApproverDefinition,
    Condition,
    Key,
    Name,
    TargetDefinition,
    valid,
)
from approval.document_people import MOST_TIMES, approvers_of, matrix_steps
from approval.document_places import MOST_STEPS, Place, places_in, steps_in
from approval.durations import DurationDefinition, ReminderDefinition
from approval.editable import EditableField
from approval.field_errors import field_error, invalid_value, json_pointer
from approval.inputs import InputField
from approval.matrix_document import MatrixDefinition, broken_rules_of_matrix
from approval.model import FieldError, Input, LocalizedText
from approval.process import (
    ByMatrix,
    Cumulation,
    CumulationKey,
    Escalation,
    OnExpiry,
    ParallelBlock,
    ProcessStep,
    PurchaseProcess,
    RepeatApprover,
    Resume,
)
from approval.values import ShortText, at_most
from approval.votes import DecisionRule, QuorumDefinition, VoteDefinition

_MOST_SUMS: Final = 5
"""Ways of a process to add up requests."""
_MOST_FIELDS: Final = len(EditableField)
"""Fields that a step may let its approvers change: all that there are, each once."""


class EscalationDefinition(Escalation, Input):
    """Who may decide too, in its form."""

    after: DurationDefinition
    to: TargetDefinition


def _approval(value: object) -> object:
    if value != "approval":
        raise invalid_value("step_kind")
    return value


class StepDefinition(ProcessStep, Input):
    """One approval step, in its form; ``process_errors`` looks at what the form cannot say."""

    kind: Annotated[Literal["approval"], BeforeValidator(_approval)] = "approval"
    key: Key
    name: Name
    approvers: Annotated[
        tuple[ApproverDefinition, ...], Field(min_length=1, max_length=MOST_APPROVERS), at_most(MOST_APPROVERS)
    ]
    when: Condition | None = None
    condition_label: Name | None = None
    may_edit: Annotated[tuple[EditableField, ...], Field(max_length=_MOST_FIELDS), at_most(_MOST_FIELDS)] = ()
    may_decide_lines: StrictBool = False
    decision: VoteDefinition = DecisionRule.ANY
    may_return_to: Annotated[tuple[Key, ...], Field(max_length=MOST_STEPS), at_most(MOST_STEPS)] = ()
    inputs: Annotated[tuple[InputField, ...], Field(max_length=len(InputField)), at_most(len(InputField))] = ()
    tolerance: Annotated[int, Field(ge=0, le=100)] = 0
    deadline_hours: Annotated[int, Field(ge=1, le=2000)] | None = None
    deadline: DurationDefinition | None = None
    remind: Annotated[tuple[ReminderDefinition, ...], Field(max_length=MOST_TIMES), at_most(MOST_TIMES)] = ()
    escalate: Annotated[tuple[EscalationDefinition, ...], Field(max_length=MOST_TIMES), at_most(MOST_TIMES)] = ()
    expire_after: DurationDefinition | None = None


class BlockDefinition(ParallelBlock, Input):
    """Steps that are open at the same time, in their form."""

    key: Key
    name: Name
    steps: Annotated[tuple[StepDefinition, ...], Field(min_length=2, max_length=MOST_STEPS), at_most(MOST_STEPS)]


def _kind(value: Any) -> str:
    kind = value.get("kind") if isinstance(value, Mapping) else getattr(value, "kind", None)
    return "parallel" if kind == "parallel" else "approval"


AnyStepDefinition = Annotated[
    Annotated[StepDefinition, Tag("approval")] | Annotated[BlockDefinition, Tag("parallel")], Discriminator(_kind)
]


class CumulationDefinition(Cumulation, Input):
    """What is added up, in its form."""

    key: Annotated[
        tuple[CumulationKey, ...], Field(min_length=1, max_length=len(CumulationKey)), at_most(len(CumulationKey))
    ]
    window: DurationDefinition | None = None


class ProcessDefinition(PurchaseProcess, Input):
    """A process as it is written: its steps and blocks run in order."""

    key: Key
    name: Name
    description: ShortText = ""
    steps: Annotated[tuple[AnyStepDefinition, ...], Field(min_length=1, max_length=MOST_STEPS), at_most(MOST_STEPS)]
    may_drop: StrictBool = False
    cumulative: Annotated[tuple[CumulationDefinition, ...], Field(max_length=_MOST_SUMS), at_most(_MOST_SUMS)] = ()
    owner_may_add: StrictBool = False
    matrix: MatrixDefinition | None = None


def read_process(document: object) -> PurchaseProcess:
    """The process that a document describes in which ``process_errors`` has found nothing wrong."""
    return PurchaseProcess.model_validate(ProcessDefinition.model_validate(document).model_dump())


def process_errors(document: object) -> list[FieldError]:
    """Everything wrong with a process document that can be seen without knowing people and other processes.

    Args:
        document: the document as JSON values.

    Returns:
        A pointer and a message for each wrong place.
    """
    return [*_errors_of_form(document), *_broken_rules(document)]


def outdated_labels(document: object, published: PurchaseProcess, version: int) -> list[FieldError]:
    """The labels of a process document that are still the words for another condition.

    Where a step has another condition than the step with its key has in the last published version, the label of that
    version is refused in every language that keeps it, for a draft as for a new version, until it is changed or left
    out. Nobody can tell from here whether the old words happen to fit the new condition, and words that say the opposite
    of the rule are worse than none. Spaces and comments make no other condition.

    Args:
        document: the document as JSON values.
        published: the last published version.
        version: its number.
    """
    before = {step.key: step for step in published.approval_steps if step.when is not None and step.condition_label}
    found = []
    for place in steps_in(document):
        step = place.written
        old, when = before.get(str(step.get("key"))), step.get("when")
        if old is None or not isinstance(when, str) or same_condition(when, old.when or ""):
            continue
        label = valid(_LABEL, step.get("condition_label")) or {}
        if any(text == (old.condition_label or {}).get(language) for language, text in label.items()):
            pointer = f"{place.pointer}/condition_label"
            found.append(FieldError(pointer=pointer, message="label_outdated", params={"version": str(version)}))
    return found


def _errors_of_form(document: object) -> Iterator[FieldError]:
    """Pydantic's errors with JSON pointers, each at its deepest place.

    Of the kinds of approver, and of what is escalated to, one error is kept, and none of a list that is "too short" without
    its wrong items.
    """
    try:
        ProcessDefinition.model_validate(document)
    except ValidationError as error:
        found: dict[str, FieldError] = {}
        for item in error.errors(include_url=False):
            place = _without_tags(item["loc"])
            depth, form = len(place), ""
            if "approvers" in place:
                depth, form = place.index("approvers") + 2, "approver_form"
            elif "to" in place:
                depth, form = place.index("to") + 1, "escalation_form"
            pointer = json_pointer(place[:depth])
            if len(place) > depth:  # then comes the kind that was tried
                found.setdefault(pointer, FieldError(pointer=pointer, message=form))
            else:
                found.setdefault(pointer, field_error(item, pointer))
        above = {pointer[:end] for pointer in found for end, part in enumerate(pointer) if part == "/"}
        for pointer, wrong in found.items():
            if not pointer or pointer not in above:
                yield wrong


def _without_tags(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """A place without pydantic's word for the kind of step and of vote rule that it took something for."""
    if place[:1] == ("steps",) and place[2:3] in (("approval",), ("parallel",)):
        place = (*place[:2], *place[3:])
    rule = next((index for index, part in enumerate(place) if part in ("decision", "vote")), None)
    return place if rule is None else place[: rule + 1]


def _broken_rules(document: object) -> Iterator[FieldError]:
    """What the form cannot say; looked for in the document itself, so that it is named beside errors of form."""
    first: dict[str, Place] = {}
    for place in places_in(document):
        key = valid(_KEYS, place.written.get("key"))
        if key is not None and first.setdefault(key, place) is not place:
            params = {"key": key, "step": first[key].number}
            yield FieldError(pointer=f"{place.pointer}/key", message="step_key_taken", params=params)
    steps = list(steps_in(document))
    if len(steps) > MOST_STEPS:
        yield FieldError(pointer="/steps", message="steps_in_all", params={"most": str(MOST_STEPS)})
    for place in steps:
        yield from _broken_rules_of_step(place)
    yield from _returns_to_what_is_not_earlier(document)
    if isinstance(document, Mapping):
        yield from _broken_rules_of_sums(document, steps)
    yield from _broken_rules_of_the_matrix(document)
    if isinstance(document, Mapping) and document.get("schema_version", 1) == 1:
        yield from _of_version_2(document)


def _broken_rules_of_step(place: Place) -> Iterator[FieldError]:
    step, pointer = place.written, place.pointer
    condition = valid(_CONDITION, step.get("when"))
    for wrong in condition_errors(condition) if condition is not None else ():
        yield FieldError(pointer=f"{pointer}/when", message=wrong.code, params=wrong.params)
    if step.get("condition_label") is not None and step.get("when") is None:
        yield FieldError(pointer=f"{pointer}/condition_label", message="label_without_condition")
    if valid(_CHOOSE, step.get("choose")) and valid(_VOTE, step.get("decision")) not in (None, DecisionRule.ANY):
        yield FieldError(pointer=f"{pointer}/decision", message="decision_of_chosen")
    yield from _broken_rules_of_clock(step, pointer)


def _broken_rules_of_clock(step: Mapping[str, Any], pointer: str) -> Iterator[FieldError]:
    """Nothing is counted from a deadline that there is not."""
    expires = step.get("on_expiry", OnExpiry.NONE) != OnExpiry.NONE
    if step.get("deadline") is None:
        for field, given in (
            ("remind", step.get("remind")),
            ("escalate", step.get("escalate")),
            ("on_expiry", expires),
        ):
            if given:
                yield FieldError(pointer=f"{pointer}/{field}", message="needs_deadline")
    elif step.get("deadline_hours") is not None:
        yield FieldError(pointer=f"{pointer}/deadline_hours", message="two_deadlines")
    if expires and step.get("expire_after") is None:
        yield FieldError(pointer=f"{pointer}/on_expiry", message="needs_expire_after")
    if step.get("expire_after") is not None and not expires:
        yield FieldError(pointer=f"{pointer}/expire_after", message="needs_on_expiry")


def _broken_rules_of_the_matrix(document: object) -> Iterator[FieldError]:
    """Steps that take their approvers from a matrix that is not there, and what is wrong with the rows of one that is."""
    if not isinstance(document, Mapping):
        return
    steps = matrix_steps(document)
    if document.get("matrix") is not None:
        chosen = {key for key, place in steps.items() if valid(_CHOOSE, place.written.get("choose"))}
        yield from broken_rules_of_matrix(document, frozenset(steps), chosen)
        return
    for key, place in steps.items():
        yield FieldError(pointer=f"{place.pointer}/approvers", message="no_matrix", params={"step": key})


def _returns_to_what_is_not_earlier(document: object) -> Iterator[FieldError]:
    """Steps can be returned to from those that come after them; not from beside them in a block."""
    earlier: set[str] = set()
    together: list[str] = []
    block = ""
    for place in steps_in(document):
        within = place.pointer.rpartition("/steps/")[0]
        if within != block or not within:
            earlier.update(together)
            together, block = [], within
        keys = place.written.get("may_return_to")
        for index, key in enumerate(keys if isinstance(keys, list | tuple) else ()):
            if isinstance(key, str) and key not in earlier:
                pointer = f"{place.pointer}/may_return_to/{index}"
                yield FieldError(pointer=pointer, message="not_an_earlier_step", params={"step": key})
        together.append(str(place.written.get("key")))


def _broken_rules_of_sums(document: Mapping[Any, Any], steps: list[Place]) -> Iterator[FieldError]:
    """What is added up is bounded, and looked at by somebody."""
    sums = valid(_SUMS, document.get("cumulative")) or ()
    for index, one in enumerate(sums):
        if len(set(one.key)) < len(one.key):
            yield FieldError(pointer=f"/cumulative/{index}/key", message="named_twice")
        if one.window is None and CumulationKey.SOURCE not in one.key:
            yield FieldError(pointer=f"/cumulative/{index}/window", message="needs_window")
    conditions = [valid(_CONDITION, place.written.get("when")) for place in steps]
    if (
        sums
        and document.get("matrix") is None
        and not any("routing_amount" in members(one, "request") for one in conditions if one is not None)
    ):
        yield FieldError(pointer="/cumulative", message="cumulative_unused")


def _of_version_2(document: Mapping[Any, Any]) -> Iterator[FieldError]:
    """What a document of version 1 cannot say."""
    for field, otherwise in _OF_PROCESS_2.items():
        if document.get(field, otherwise) != otherwise:
            yield FieldError(pointer=f"/{field}", message="needs_version_2")
    for place in places_in(document):
        if place.written.get("kind") == "parallel":
            yield FieldError(pointer=f"{place.pointer}/kind", message="needs_version_2")
        elif isinstance(valid(_VOTE, place.written.get("decision")), QuorumDefinition):
            yield FieldError(pointer=f"{place.pointer}/decision", message="needs_version_2")
        for index, source in approvers_of(place.written).items():
            if isinstance(source, ByMatrix):
                yield FieldError(pointer=f"{place.pointer}/approvers/{index}", message="needs_version_2")
        for field in _OF_STEPS_2:
            if place.written.get(field) not in (None, (), [], 0, False, OnExpiry.NONE):
                yield FieldError(pointer=f"{place.pointer}/{field}", message="needs_version_2")


_OF_PROCESS_2: Final = {
    "repeat_approver": RepeatApprover.ASK,
    "resume": Resume.FROM_START,
    "may_drop": False,
    "cumulative": [],
    "owner_may_add": False,
    "matrix": None,
}
"""Fields of a process that version 1 does not know, with what they are where they say nothing."""
_OF_STEPS_2: Final = (
    "may_decide_lines",
    "may_return_to",
    "inputs",
    "tolerance",
    "deadline",
    "remind",
    "escalate",
    "on_expiry",
    "expire_after",
)

_KEYS: Final = TypeAdapter[str](Key)
_CONDITION: Final = TypeAdapter[str](Condition)
_LABEL: Final = TypeAdapter[LocalizedText](Name)
_CHOOSE: Final = TypeAdapter(bool)
_VOTE: Final = TypeAdapter[Any](VoteDefinition)
_SUMS: Final = TypeAdapter(tuple[CumulationDefinition, ...])
