"""Cursors of lists: the place after which a page goes on, as a text that says nothing to others. Keyset pagination."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from approval.model import Code, FieldError, RefusedError, refuse


def encode(of: str, value: object, last_id: UUID) -> str:
    """The cursor of a place.

    Args:
        of: which list, in which order; another one's cursor is refused.
        value: what the list is sorted by, of its last item.
        last_id: what that item, or the whole list, is known by.
    """
    text = value.isoformat() if isinstance(value, date) else format(value, "f" if isinstance(value, Decimal) else "")
    return base64.urlsafe_b64encode(json.dumps([of, text, str(last_id)]).encode()).decode().rstrip("=")


def decode(cursor: str, of: str, parse: Callable[[str], Any]) -> tuple[Any, UUID]:
    """The place of a cursor: value and id.

    Args:
        parse: reads the value, or raises ``ValueError``.

    Raises:
        RefusedError: ``invalid``: this is no cursor of that list.
    """
    try:
        given, value, last_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if given != of:
            raise ValueError("this is the place in a list of another order")
        return parse(value), UUID(last_id)
    except (ValueError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise unknown_cursor() from error


def read_place(text: str) -> int:
    """A whole number that tells a place, as ``decode`` wants it read."""
    if not re.fullmatch(r"\d{1,18}", text):
        raise ValueError("this is no place")
    return int(text)


def unknown_cursor() -> RefusedError:
    """The refusal of a cursor that is none of ours, ready to be raised."""
    return refuse(Code.INVALID, FieldError(pointer="/cursor", message="unknown_cursor"))
