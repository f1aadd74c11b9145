"""The text of a condition, cut into the tokens of the Common Expression Language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple


class ConditionError(ValueError):
    """The expression cannot be used: a key of the catalogue, with its parameters."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Kind(StrEnum):
    """What a token is."""

    TEXT = "text"
    NUMBER = "number"
    NAME = "name"
    SIGN = "sign"
    END = "end"


class Token(NamedTuple):
    """A token, and where it begins; what says nothing (spaces, comments) is none."""

    kind: Kind
    text: str
    start: int


_RAW: Final = r"""[bB]?[rR](?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n\r]*"|'[^'\n\r]*')"""
_ESCAPED: Final = (
    r"""[bB]?(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*')"""
)
TEXT: Final = rf"(?:{_RAW}|{_ESCAPED})"
"""A text in quotes; in a raw one (``r'...'``) a backslash is nothing but itself. To be used with ``re.DOTALL``."""

_TOKEN: Final = re.compile(
    rf"""(?P<nothing>[\t \r\n\f]+|//[^\n]*)
    |(?P<text>{TEXT})
    |(?P<number>0x[0-9a-fA-F]+[uU]?|[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+(?:[eE][+-]?[0-9]+|[uU])?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()\[\]])""",
    re.DOTALL | re.VERBOSE,
)


def tokens(expression: str) -> Iterator[Token]:
    """The tokens of an expression, the last of which is its end.

    Raises:
        ConditionError: something in it is no token of a condition.
    """
    at = 0
    while at < len(expression):
        found = _TOKEN.match(expression, at)
        if found is None and expression[at] in "{}":
            raise ConditionError("condition_object")
        if found is None:
            raise unreadable(expression, at)
        if found.lastgroup != "nothing":
            yield Token(Kind(str(found.lastgroup)), found[0], at)
        at = found.end()
    yield Token(Kind.END, "", at)


def members(expression: str, owner: str) -> set[str]:
    """The members of something that an expression names: of ``request``, ``total`` for ``request.total``; none of an
    expression that cannot be read.
    """
    try:
        cut = [token.text for token in tokens(expression)]
    except ConditionError:
        return set()
    return {last for first, dot, last in zip(cut, cut[1:], cut[2:], strict=False) if (first, dot) == (owner, ".")}


def unreadable(expression: str, start: int) -> ConditionError:
    """The error that an expression cannot be read from a place on."""
    rest = expression[start:].strip()
    if not rest:
        return ConditionError("condition_incomplete")
    return ConditionError("condition_syntax", near=rest[:30], character=str(start + 1))


def same_condition(one: str, other: str) -> bool:
    """Whether two expressions say the same, however they are spaced and commented."""
    try:
        return [token.text for token in tokens(one)] == [token.text for token in tokens(other)]
    except ConditionError:
        return one == other
