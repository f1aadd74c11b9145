"""Calls in templates whose answer is always the same: they are made once, when a template is compiled."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

PURE: Final = frozenset({"_", "icon", "static"})
"""Functions that give the same for the same text, in an environment. Each is a filter of that name as well."""


class ConstantCalls(Extension):
    """Reads ``_("Send")`` as ``("Send"|_)``: Jinja's compiler applies a filter to a constant itself, where a function
    is called for every page. Calls with more arguments than one, or with another one, stay calls.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """See ``Extension``."""
        tokens = iter(stream)
        ahead: list[Token] = []
        while ahead := ahead + list(islice(tokens, 4 - len(ahead))):
            if len(ahead) == 4 and _is_constant_call(*ahead):
                name, opening, text, closing = ahead
                yield from (opening, text, Token(name.lineno, "pipe", "|"), name, closing)
                ahead = []
            else:
                yield ahead.pop(0)


def _is_constant_call(name: Token, opening: Token, text: Token, closing: Token) -> bool:
    kinds = (name.type, opening.type, text.type, closing.type)
    return kinds == ("name", "lparen", "string", "rparen") and name.value in PURE
