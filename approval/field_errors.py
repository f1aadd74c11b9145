"""Pydantic's errors as places in what somebody sent, in messages that the catalogue has in every language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, LiteralString, get_args

from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ErrorType

from approval.model import FieldError


def json_pointer(place: Iterable[int | str]) -> str:
    """A place as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def invalid_value(code: LiteralString, **params: str) -> PydanticCustomError:
    """The error that a validator raises: a key of the catalogue, with its parameters."""
    return PydanticCustomError(code, code, dict(params))


def field_error(item: Mapping[str, Any], pointer: str) -> FieldError:
    """One of pydantic's errors, at a pointer.

    A kind of error that pydantic knows and ``PYDANTIC`` does not is said in general terms; any other kind was raised by
    ``invalid_value``.
    """
    kind = str(item["type"])
    if kind in ("too_short", "too_long") and isinstance(item.get("input"), str):
        kind = f"string_{kind}"  # a text that was stripped first is measured like a list
    message = PYDANTIC.get(f"pydantic.{kind}", UNUSABLE if kind in _KINDS_OF_PYDANTIC else kind)
    params = {key: str(value) for key, value in (item.get("ctx") or {}).items()}
    if "expected" in params:  # pydantic writes 'any' or 'all'
        params["expected"] = params["expected"].replace(" or ", ", ").replace("'", "")
    return FieldError(pointer=pointer, message=message, params=params)


_KINDS_OF_PYDANTIC: Final = frozenset(get_args(ErrorType))

UNUSABLE: Final = "this value cannot be used here"

PYDANTIC: Final = {
    "pydantic.missing": "this field is required",
    "pydantic.extra_forbidden": "there is no such field; leave it out or correct its name",
    "pydantic.string_too_short": "at least {min_length} character(s)",
    "pydantic.string_too_long": "at most {max_length} characters",
    "pydantic.string_type": "this must be a text",
    "pydantic.string_pattern_mismatch": "this must have the form {pattern}",
    "pydantic.string_unicode": "this must be valid Unicode",
    "pydantic.invalid_key": "the name of a field must be a text",
    "pydantic.list_type": "this must be a list",
    "pydantic.tuple_type": "this must be a list",
    "pydantic.model_type": "this must be an object: fields with their values",
    "pydantic.dict_type": "this must be an object: fields with their values",
    "pydantic.mapping_type": "this must be an object: fields with their values",
    "pydantic.too_short": "at least {min_length} item(s)",
    "pydantic.too_long": "at most {max_length} item(s); leave out the others",
    "pydantic.greater_than": "this must be more than {gt}",
    "pydantic.greater_than_equal": "this must be at least {ge}",
    "pydantic.less_than": "this must be less than {lt}",
    "pydantic.less_than_equal": "this must be at most {le}",
    "pydantic.decimal_parsing": "this must be a decimal number such as 1250.5",
    "pydantic.decimal_type": "this must be a decimal number such as 1250.5",
    "pydantic.decimal_max_digits": "at most {max_digits} digits",
    "pydantic.decimal_max_places": "at most {decimal_places} digits after the point",
    "pydantic.decimal_whole_digits": "at most {whole_digits} digits before the point",
    "pydantic.finite_number": "this must be a finite number",
    "pydantic.date_from_datetime_parsing": "this must be a date such as 2026-12-10",
    "pydantic.date_from_datetime_inexact": "this must be a date such as 2026-12-10",
    "pydantic.date_parsing": "this must be a date such as 2026-12-10",
    "pydantic.date_type": "this must be a date such as 2026-12-10",
    "pydantic.uuid_parsing": "this must be a UUID",
    "pydantic.uuid_type": "this must be a UUID",
    "pydantic.bool_parsing": "this must be true or false",
    "pydantic.bool_type": "this must be true or false",
    "pydantic.int_from_float": "this must be a whole number",
    "pydantic.int_parsing_size": "this number is too large",
    "pydantic.int_parsing": "this must be a whole number",
    "pydantic.int_type": "this must be a whole number",
    "pydantic.json_invalid": "this is not JSON",
    "pydantic.model_attributes_type": "this must be a JSON object",
    "pydantic.enum": "this must be one of: {expected}",
    "pydantic.literal_error": "this must be one of: {expected}",
    "pydantic.timezone_aware": "this must be a time with its zone, such as 2026-11-24T03:00:00Z",
    "pydantic.datetime_from_date_parsing": "this must be a time with its zone, such as 2026-11-24T03:00:00Z",
    "pydantic.datetime_type": "this must be a time with its zone, such as 2026-11-24T03:00:00Z",
    "pydantic.datetime_object_invalid": "this must be a time with its zone, such as 2026-11-24T03:00:00Z",
    "pydantic.datetime_parsing": "this must be a time with its zone, such as 2026-11-24T03:00:00Z",
}
