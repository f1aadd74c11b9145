"""Process definitions (Quy trình mua hàng): the document an admin writes, validated on the way in.

The format leaves room for what may come: ``kind`` tells kinds of step apart (a parallel group would be another kind),
``decision`` how many must approve (a quorum would be another value), and ``schema_version`` the format itself.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator, model_validator

from approval.conditions import ConditionError, check_condition
from approval.field_errors import field_error, json_pointer
from approval.model import Code, FieldError, Input, LocalizedText, refuse
from approval.values import ShortText, Text, at_most, printable

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]


def _in_both_languages(value: object) -> object:
    return {"vi": value, "en": value} if isinstance(value, str) else value


def _both_languages(value: LocalizedText) -> LocalizedText:
    if set(value) != {"vi", "en"} or not all(text.strip() and len(text) <= 200 for text in value.values()):
        raise ValueError("give a text of 1 to 200 characters, or one each for vi and en")
    return {language: printable(text) for language, text in value.items()}


Name = Annotated[LocalizedText, BeforeValidator(_in_both_languages), AfterValidator(_both_languages)]
"""A name of 1 to 200 characters: one text for all, or one for each language."""


class ByUser(Input):
    """One named user."""

    user: Annotated[Text, Field(min_length=1, max_length=100)]


class ByRole(Input):
    """Everybody who holds a role."""

    role: Annotated[Text, Field(min_length=1, max_length=100)]


class ByManager(Input):
    """The owner's manager, ``manager`` levels up: 1 is the direct manager."""

    manager: Annotated[int, Field(ge=1, le=10)]


ApproverSource = ByUser | ByRole | ByManager


class DecisionRule(StrEnum):
    """How many of a step's approvers must approve."""

    ANY = "any"
    ALL = "all"


class EditableField(StrEnum):
    """Fields that a step may let its approvers change."""

    PURPOSE = "purpose"
    DELIVERY_ADDRESS = "delivery_address"
    DESIRED_DELIVERY_DATE = "desired_delivery_date"
    DESCRIPTION = "description"
    LINE_DESCRIPTION = "lines.description"
    LINE_WAREHOUSE = "lines.warehouse"
    LINE_QUANTITY = "lines.quantity"
    LINE_UNIT_PRICE = "lines.unit_price"
    LINE_SUPPLIER = "lines.supplier"


class StepDefinition(Input):
    """One approval step."""

    kind: Literal["approval"] = "approval"
    key: Key
    name: Name
    approvers: Annotated[tuple[ApproverSource, ...], Field(min_length=1, max_length=20), at_most(20)]
    choose: bool = False
    """The requester chooses one approver among those that ``approvers`` gives (source, 2.2.1)."""
    when: Annotated[Text, Field(min_length=1, max_length=2000)] | None = None
    """The step is run only when this CEL condition holds; see approval/conditions.py for its facts."""
    may_edit: tuple[EditableField, ...] = ()
    decision: DecisionRule = DecisionRule.ANY
    deadline_hours: Annotated[int, Field(ge=1, le=2000)] | None = None
    """Business hours from the opening of the step."""

    @field_validator("when")
    @classmethod
    def _usable_condition(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                check_condition(value)
            except ConditionError as error:
                raise ValueError(f"condition: {error}") from error
        return value

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if self.choose and self.decision is DecisionRule.ALL:
            raise ValueError("a step whose approver is chosen has one approver: use decision 'any'")
        return self


class ProcessDefinition(Input):
    """A process: its steps run in order."""

    schema_version: Literal[1] = 1
    key: Key
    name: Name
    description: ShortText = ""
    steps: Annotated[tuple[StepDefinition, ...], Field(min_length=1, max_length=20), at_most(20)]

    @model_validator(mode="after")
    def _distinct_keys(self) -> Self:
        keys = [step.key for step in self.steps]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"two steps have the key {', '.join(twice)}")
        return self


def parse_process(document: object) -> ProcessDefinition:
    """Validate a process document.

    Args:
        document: the document as JSON values, or as YAML (or JSON) text.

    Raises:
        RefusedError: ``process_invalid``, with a pointer to each wrong place; for YAML that cannot be read, its line.
    """
    if isinstance(document, str):
        document = _read_yaml(document)
    try:
        return ProcessDefinition.model_validate(document)
    except ValidationError as error:
        raise refuse(Code.PROCESS_INVALID, *_field_errors(error)) from error


def _read_yaml(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except RecursionError as error:
        raise refuse(Code.PROCESS_INVALID, FieldError(pointer="", message="nested too deeply")) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or "this is not YAML"
        raise refuse(Code.PROCESS_INVALID, FieldError(pointer="", message=f"{place}{problem}")) from error
    except ValueError as error:  # YAML takes 2026-99-99 for a date, and then Python does not
        raise refuse(Code.PROCESS_INVALID, FieldError(pointer="", message=str(error))) from error


def _field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """Pydantic's errors with JSON pointers, each at its deepest place.

    Of the three kinds of approver one error is kept, and none of a list that is "too short" without its wrong items.
    """
    found: dict[str, FieldError] = {}
    for item in error.errors(include_url=False):
        place = item["loc"]
        kind = next((i for i, part in enumerate(place) if str(part).startswith("By")), None)
        if kind is not None:
            pointer = json_pointer(place[:kind])
            found.setdefault(
                pointer,
                FieldError(pointer=pointer, message="give one of user: USERNAME, role: ROLE, manager: LEVELS_UP"),
            )
            continue
        pointer = json_pointer(place)
        found.setdefault(pointer, field_error(item, pointer))
    return tuple(
        error
        for pointer, error in found.items()
        if not pointer or not any(other.startswith(f"{pointer}/") for other in found)
    )
