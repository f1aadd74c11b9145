"""The parts that a process document is written with, in their form: keys, names, conditions, and who is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError, WithJsonSchema

from approval.field_errors import invalid_value
from approval.model import Input, LocalizedText
from approval.process import ByManager, ByMatrix, ByRole, ByUser
from approval.text import mended, require_visible
from approval.values import Line, Text

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

MOST_APPROVERS: Final = 20
"""Approvers that a step names, and that a row of the approval matrix does."""


class ByUserDefinition(ByUser, Input):
    """One named user."""

    user: PersonName


class ByRoleDefinition(ByRole, Input):
    """Everybody who holds a role."""

    role: PersonName


class ByManagerDefinition(ByManager, Input):
    """The owner's manager, ``manager`` levels up: 1 is the direct manager."""

    manager: Annotated[int, Field(ge=1, le=10)]


class ByMatrixDefinition(ByMatrix, Input):
    """Whoever the approval matrix says."""


NamedDefinition = ByUserDefinition | ByRoleDefinition | ByManagerDefinition
"""What a row of the approval matrix may name."""
ApproverDefinition = NamedDefinition | ByMatrixDefinition
"""What a step may name."""


def _target(value: object) -> object:
    if value == "manager" or isinstance(value, ByRole | ByUser):
        return value
    if isinstance(value, Mapping) and len(value) == 1 and set(value) <= {"role", "user"}:
        return value
    raise invalid_value("escalation_form")


TargetDefinition = Annotated[Literal["manager"] | ByRoleDefinition | ByUserDefinition, BeforeValidator(_target)]

T = TypeVar("T")


def valid(adapter: TypeAdapter[T], value: object) -> T | None:
    """A value in its form, or None."""
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None
