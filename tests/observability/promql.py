"""What an expression of Prometheus asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import promql_parser

_PARTS = ("expr", "lhs", "rhs", "args", "vector_selector", "param")


def selectors(expression: str) -> Iterator[promql_parser.VectorSelector]:
    """The series that an expression selects.

    Raises:
        ValueError: it is none.
    """
    yield from _selectors(promql_parser.parse(expression))


def names(expression: str) -> set[str]:
    """The names of the metrics of an expression."""
    return {str(selector.name) for selector in selectors(expression)}


def _selectors(part: Any) -> Iterator[promql_parser.VectorSelector]:
    if isinstance(part, promql_parser.VectorSelector):
        yield part
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _selectors(one)
    else:
        for name in _PARTS:
            below = getattr(part, name, None)
            if below is not None and not isinstance(below, str):
                yield from _selectors(below)
