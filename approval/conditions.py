"""Conditions of steps: expressions of the Common Expression Language over the facts of a request.

A condition is compiled and tried on sample facts when a process is validated, so that a wrong one is refused
before anybody depends on it. CEL has no loops without bounds and reaches nothing but the facts it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

import cel
from pydantic import Field

from approval.model import Frozen


class LineFacts(Frozen):
    """What a condition can ask about one line, as a member of ``lines``."""

    product_code: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    unit: str = ""
    warehouse: str = ""
    supplier: str = ""


class RequestFacts(Frozen):
    """What a condition can ask about a request, as ``request``."""

    owner: str
    department: str = ""
    source_type: str = ""
    """``sales_order``, ``opportunity``, or empty."""
    currency: str = "VND"
    total: Decimal
    lines: Annotated[Sequence[LineFacts], Field(default_factory=tuple)]

    def variables(self) -> dict[str, Any]:
        """The variables of a condition: ``request`` (with ``suppliers`` and ``product_codes``) and ``lines``."""
        lines = [line.model_dump() for line in self.lines]
        request = self.model_dump(exclude={"lines"}) | {
            "suppliers": sorted({line.supplier for line in self.lines if line.supplier}),
            "product_codes": sorted({line.product_code for line in self.lines}),
        }
        return {"request": request, "lines": lines}


class ConditionError(ValueError):
    """The expression cannot be used; the text says why."""


_SAMPLE = RequestFacts(
    owner="someone",
    department="sales",
    source_type="sales_order",
    total=Decimal("1000.5"),
    lines=(LineFacts(product_code="A", quantity=Decimal(1), unit_price=Decimal("1000.5"), amount=Decimal("1000.5")),),
)


def check_condition(expression: str) -> None:
    """Refuse an expression that does not parse, asks for an unknown fact, or does not answer true or false.

    Raises:
        ConditionError: with the reason.
    """
    evaluate_condition(expression, _SAMPLE)
    for fact in _unknown_facts(expression):
        raise ConditionError(f"unknown fact {fact!r}")


_TEXT = re.compile(r"""[bBrR]{0,2}(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""", re.DOTALL)
_MEMBER_BY_TEXT = re.compile(r"""\[\s*(["'])([A-Za-z_]\w*)\1\s*\]""")
_MACRO_VARIABLE = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(\s*(\w+)\s*,")
_ONE_LINE = re.compile(r"(?<![\w.])lines\s*\[[^\]]*\]")
_MEMBER = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\s*\.\s*(\w+)(?!\w|\s*\()")
_VARIABLES = frozenset({"request", "lines"})


def _unknown_facts(expression: str) -> Iterator[str]:
    """Names that an expression asks for and no request has, also where trying it never gets to: behind ``&&``, ``||``
    or ``?``. Whatever a macro such as ``lines.exists(line, ...)`` names is taken for a line.
    """
    text = _TEXT.sub("''", _MEMBER_BY_TEXT.sub(r".\2", expression))
    text = _ONE_LINE.sub("a_line", text)
    lines = {"a_line", *_MACRO_VARIABLE.findall(text)}
    yield from sorted(set(_compile(expression).references()["variables"]) - _VARIABLES - lines)
    known = {"request": frozenset(_SAMPLE.variables()["request"])} | dict.fromkeys(lines, _LINE_FACTS)
    for variable, member in _MEMBER.findall(text):
        if variable in known and member not in known[variable]:
            yield member


_LINE_FACTS = frozenset(LineFacts.model_fields)


def evaluate_condition(expression: str, facts: RequestFacts) -> bool:
    """Whether the condition holds for a request.

    Raises:
        ConditionError: the expression is wrong, or its answer is not true or false.
    """
    variables: Mapping[str, Any] = facts.variables()
    try:
        answer = _compile(expression).execute(dict(variables))
    except ConditionError:
        raise
    except KeyError as error:
        raise ConditionError(f"unknown fact {error.args[0]!r}") from error
    except Exception as error:
        raise ConditionError(_first_line(error)) from error
    if not isinstance(answer, bool):
        raise ConditionError(f"a condition answers true or false, not {answer!r}")
    return answer


@lru_cache(maxsize=1024)
def _compile(expression: str) -> cel.Program:
    try:
        return cel.compile(expression)
    except Exception as error:
        raise ConditionError(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
