"""Processes (Quy trình mua hàng): as they are stored and run, and the document an admin writes, validated on the way in.

What was stored once is read whatever is asked of new documents: a limit that is tightened later must not stop the
requests that run an older version. So ``PurchaseProcess`` and its parts have plain types and leave out what they do not
know; only what tells one kind of thing from another (``kind``, ``decision``, ``may_edit``) must be known, since a step
that is not understood cannot be run. ``ProcessDefinition`` adds the limits.

The format leaves room for what may come: ``kind`` tells kinds of step apart (a parallel group would be another kind),
``decision`` how many must approve (a quorum would be another value), and ``schema_version`` the format itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError, WithJsonSchema

from approval.condition_text import same_condition
from approval.conditions import condition_errors
from approval.editable import EditableField
from approval.field_errors import field_error, invalid_value, json_pointer
from approval.model import FieldError, Frozen, Input, LocalizedText
from approval.text import mended, require_visible
from approval.values import Line, ShortText, Text, at_most

_KEY = r"^[a-z][a-z0-9_-]{0,59}$"


def _well_formed(key: str) -> str:
    if not re.fullmatch(_KEY, key):
        raise invalid_value("key_form")
    return key


Key = Annotated[str, AfterValidator(_well_formed), WithJsonSchema({"type": "string", "pattern": _KEY})]


def _localized(value: object) -> object:
    texts = {"vi": value, "en": value} if isinstance(value, str) else value
    if not isinstance(texts, Mapping) or set(texts) != {"vi", "en"}:
        raise invalid_value("localized_text")
    if not all(isinstance(text, str) and len(text) <= _LONGEST_READ for text in texts.values()):
        raise invalid_value("localized_text")
    read = {language: require_visible(mended(text, lines=False)) for language, text in texts.items()}
    if not all(0 < len(text) <= 200 for text in read.values()):
        raise invalid_value("localized_text")
    return read


_LONGEST_READ: Final = 1000
"""Characters of a name that are looked at: what is left out or composed makes them fewer."""

Name = Annotated[LocalizedText, BeforeValidator(_localized)]
"""A name of 1 to 200 characters: one text for all, or one for each language."""
PersonName = Annotated[Line, Field(min_length=1, max_length=100), AfterValidator(require_visible)]
"""A username, or a role."""
Condition = Annotated[Text, Field(min_length=1, max_length=2000), AfterValidator(require_visible)]
"""An expression as approval/conditions.py evaluates it."""


_MOST: Final = 20
"""Steps of a process, and approvers of a step."""
_MOST_FIELDS: Final = len(EditableField)
"""Fields that a step may let its approvers change: all that there are, each once."""


T = TypeVar("T")


class ByUser(Frozen):
    """One named user."""

    user: str


class ByRole(Frozen):
    """Everybody who holds a role."""

    role: str


class ByManager(Frozen):
    """The owner's manager, ``manager`` levels up: 1 is the direct manager."""

    manager: int


ApproverSource = ByUser | ByRole | ByManager


class DecisionRule(StrEnum):
    """How many of a step's approvers must approve."""

    ANY = "any"
    ALL = "all"


class ProcessStep(Frozen):
    """One approval step."""

    kind: Literal["approval"] = "approval"
    key: str
    name: LocalizedText
    approvers: tuple[ApproverSource, ...]
    choose: bool = False
    """The requester chooses one approver among those that ``approvers`` gives (source, 2.2.1)."""
    when: str | None = None
    """The step is run only when this CEL condition holds; see approval/conditions.py for its facts."""
    condition_label: LocalizedText | None = None
    """The condition in words, for those who read no CEL."""
    may_edit: tuple[EditableField, ...] = ()
    decision: DecisionRule = DecisionRule.ANY
    deadline_hours: int | None = None
    """Business hours from the opening of the step."""


class PurchaseProcess(Frozen):
    """A process: its steps run in order."""

    schema_version: Literal[1] = 1
    key: str
    name: LocalizedText
    description: str = ""
    steps: tuple[ProcessStep, ...]


class ByUserDefinition(ByUser, Input):
    """One named user."""

    user: PersonName


class ByRoleDefinition(ByRole, Input):
    """Everybody who holds a role."""

    role: PersonName


class ByManagerDefinition(ByManager, Input):
    """The owner's manager, ``manager`` levels up: 1 is the direct manager."""

    manager: Annotated[int, Field(ge=1, le=10)]


ApproverDefinition = ByUserDefinition | ByRoleDefinition | ByManagerDefinition


class StepDefinition(ProcessStep, Input):
    """One approval step, in its form; ``process_errors`` looks at what the form cannot say."""

    key: Key
    name: Name
    approvers: Annotated[tuple[ApproverDefinition, ...], Field(min_length=1, max_length=_MOST), at_most(_MOST)]
    when: Condition | None = None
    condition_label: Name | None = None
    may_edit: Annotated[tuple[EditableField, ...], Field(max_length=_MOST_FIELDS), at_most(_MOST_FIELDS)] = ()
    deadline_hours: Annotated[int, Field(ge=1, le=2000)] | None = None


class ProcessDefinition(PurchaseProcess, Input):
    """A process as it is written: its steps run in order."""

    key: Key
    name: Name
    description: ShortText = ""
    steps: Annotated[tuple[StepDefinition, ...], Field(min_length=1, max_length=_MOST), at_most(_MOST)]


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
    before = {step.key: step for step in published.steps if step.when is not None and step.condition_label}
    found = []
    for index, step in _steps(document):
        old, when = before.get(str(step.get("key"))), step.get("when")
        if old is None or not isinstance(when, str) or same_condition(when, old.when or ""):
            continue
        label = _valid(_LABEL, step.get("condition_label")) or {}
        if any(text == (old.condition_label or {}).get(language) for language, text in label.items()):
            pointer = f"/steps/{index}/condition_label"
            found.append(FieldError(pointer=pointer, message="label_outdated", params={"version": str(version)}))
    return found


def named_approvers(document: object) -> dict[str, ApproverDefinition]:
    """The well-formed approvers of a process document, however wrong the rest of it is, by JSON pointer."""
    found = {}
    for number, step in _steps(document):
        sources = step.get("approvers")
        for index, source in enumerate(sources[:_MOST] if isinstance(sources, list | tuple) else ()):
            approver = _valid(_APPROVER, source)
            if approver is not None:
                found[f"/steps/{number}/approvers/{index}"] = approver
    return found


def _errors_of_form(document: object) -> Iterator[FieldError]:
    """Pydantic's errors with JSON pointers, each at its deepest place.

    Of the three kinds of approver one error is kept, and none of a list that is "too short" without its wrong items.
    """
    try:
        ProcessDefinition.model_validate(document)
    except ValidationError as error:
        found: dict[str, FieldError] = {}
        for item in error.errors(include_url=False):
            place = item["loc"]
            if place[2:3] == ("approvers",) and len(place) > _APPROVER_DEPTH:
                pointer = json_pointer(place[:_APPROVER_DEPTH])
                found.setdefault(pointer, FieldError(pointer=pointer, message="approver_form"))
            else:
                pointer = json_pointer(place)
                found.setdefault(pointer, field_error(item, pointer))
        above = {pointer[:end] for pointer in found for end, part in enumerate(pointer) if part == "/"}
        for pointer, wrong in found.items():
            if not pointer or pointer not in above:
                yield wrong


_APPROVER_DEPTH: Final = 4
"""Parts of the place of an approver: ``steps``, number, ``approvers``, number; then comes the kind that was tried."""


def _broken_rules(document: object) -> Iterator[FieldError]:
    """What the form cannot say; looked for in the document itself, so that it is named beside errors of form."""
    first: dict[str, int] = {}
    for index, step in _steps(document):
        pointer = f"/steps/{index}"
        key = _valid(_KEYS, step.get("key"))
        if key is not None and first.setdefault(key, index) != index:
            params = {"key": key, "step": str(first[key] + 1)}
            yield FieldError(pointer=f"{pointer}/key", message="step_key_taken", params=params)
        condition = _valid(_CONDITION, step.get("when"))
        for wrong in condition_errors(condition) if condition is not None else ():
            yield FieldError(pointer=f"{pointer}/when", message=wrong.code, params=wrong.params)
        if step.get("condition_label") is not None and step.get("when") is None:
            yield FieldError(pointer=f"{pointer}/condition_label", message="label_without_condition")
        if _valid(_CHOOSE, step.get("choose")) and _valid(_DECISION, step.get("decision")) is DecisionRule.ALL:
            yield FieldError(pointer=f"{pointer}/decision", message="decision_of_chosen")


_KEYS: Final = TypeAdapter[str](Key)
_CONDITION: Final = TypeAdapter[str](Condition)
_LABEL: Final = TypeAdapter[LocalizedText](Name)
_CHOOSE: Final = TypeAdapter(bool)
_DECISION: Final = TypeAdapter(DecisionRule)
_APPROVER: Final = TypeAdapter[ApproverDefinition](ApproverDefinition)


def _steps(document: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The steps of a document that have fields at all, each with its index."""
    steps = document.get("steps") if isinstance(document, Mapping) else None
    for index, step in enumerate(steps[:_MOST] if isinstance(steps, list | tuple) else ()):
        if isinstance(step, Mapping):
            yield index, step


def _valid(adapter: TypeAdapter[T], value: object) -> T | None:
    """A value in its form, or None."""
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None
