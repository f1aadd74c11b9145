"""Pydantic's errors as places in what somebody sent, in messages that the catalogue has in every language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from approval.model import FieldError


def json_pointer(place: Iterable[int | str]) -> str:
    """A place as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def field_error(item: Mapping[str, Any], pointer: str) -> FieldError:
    """One of pydantic's errors, at a pointer; a kind of error that is not in ``PYDANTIC`` keeps its English message."""
    kind = str(item["type"])
    if kind in ("too_short", "too_long") and isinstance(item.get("input"), str):
        kind = f"string_{kind}"  # a text that was stripped first is measured like a list
    message = PYDANTIC.get(f"pydantic.{kind}")
    if message is None:
        return FieldError(pointer=pointer, message=str(item["msg"]).removeprefix("Value error, "))
    params = {key: str(value) for key, value in (item.get("ctx") or {}).items()}
    return FieldError(pointer=pointer, message=message, params=params)


PYDANTIC: Final = {
    "pydantic.missing": "this field is required",
    "pydantic.extra_forbidden": "there is no such field",
    "pydantic.string_too_short": "at least {min_length} character(s)",
    "pydantic.string_too_long": "at most {max_length} characters",
    "pydantic.string_type": "this must be a text",
    "pydantic.too_short": "at least {min_length} item(s)",
    "pydantic.too_long": "at most {max_length} item(s)",
    "pydantic.greater_than": "this must be more than {gt}",
    "pydantic.greater_than_equal": "this must be at least {ge}",
    "pydantic.less_than_equal": "this must be at most {le}",
    "pydantic.decimal_parsing": "this must be a decimal number",
    "pydantic.decimal_type": "this must be a decimal number",
    "pydantic.decimal_max_digits": "at most {max_digits} digits",
    "pydantic.decimal_max_places": "at most {decimal_places} digits after the point",
    "pydantic.decimal_whole_digits": "at most {whole_digits} digits before the point",
    "pydantic.finite_number": "this must be a finite number",
    "pydantic.date_from_datetime_parsing": "this must be a date such as 2026-12-10",
    "pydantic.date_parsing": "this must be a date such as 2026-12-10",
    "pydantic.date_type": "this must be a date such as 2026-12-10",
    "pydantic.uuid_parsing": "this must be a UUID",
    "pydantic.uuid_type": "this must be a UUID",
    "pydantic.bool_parsing": "this must be true or false",
    "pydantic.bool_type": "this must be true or false",
    "pydantic.int_parsing": "this must be a whole number",
    "pydantic.int_type": "this must be a whole number",
    "pydantic.json_invalid": "this is not JSON",
    "pydantic.model_attributes_type": "this must be a JSON object",
    "pydantic.enum": "this must be one of: {expected}",
    "pydantic.literal_error": "this must be one of: {expected}",
    "pydantic.timezone_aware": "this must be a time with its zone, such as 2026-11-24T03:00:00Z",
    "pydantic.datetime_from_date_parsing": "this must be a time with its zone, such as 2026-11-24T03:00:00Z",
    "pydantic.datetime_parsing": "this must be a time with its zone, such as 2026-11-24T03:00:00Z",
}
