"""Pydantic's errors are said in the words of the catalogue, whatever their kind."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core.core_schema import ErrorType

from approval.field_errors import PYDANTIC, UNUSABLE, field_error, invalid_value
from approval.model import FieldError
from approval.values import Text


class Some(BaseModel):
    """Any model."""


def _error(form: Any, value: object) -> FieldError:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(form).validate_python(value)
    return field_error(caught.value.errors()[0], "/x")


def _refuse(value: str) -> str:
    raise invalid_value("key_form", given=value)


@pytest.mark.parametrize(
    ("form", "value", "message"),
    [
        (Some, "x", "this must be an object: fields with their values"),
        (dict[str, int], [], "this must be an object: fields with their values"),
        (list[int], "x", "this must be a list"),
        (Annotated[str, Field(pattern="^[A-Z]{3}$")], "x", "this must have the form {pattern}"),
        (Annotated[int, Field(lt=3)], 3, "this must be less than {lt}"),
        (int, 1.5, "this must be a whole number"),
        (Text, "\x00", "control_characters"),
        (Text, "\ud800", "no_characters"),
        (bytes, 5, UNUSABLE),
    ],
)
def test_an_error_is_said_in_words_of_the_catalogue(form: Any, value: object, message: str) -> None:
    assert _error(form, value).message == message


def test_allowed_values_are_listed_without_words_of_a_language() -> None:
    assert _error(Literal["a", "b", "c"], "x").params["expected"] == "a, b, c"


def test_an_error_of_our_own_keeps_its_key_and_parameters() -> None:
    error = _error(Annotated[str, AfterValidator(_refuse)], "x")
    assert error == FieldError(pointer="/x", message="key_form", params={"given": "x"})


def test_no_kind_of_error_reaches_people_in_the_words_of_pydantic() -> None:
    said = {
        field_error({"type": kind, "msg": "Input should be", "loc": ()}, "").message for kind in get_args(ErrorType)
    }
    assert said <= {UNUSABLE, *PYDANTIC.values()}
