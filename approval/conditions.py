"""Conditions of steps: expressions of the Common Expression Language over the facts of a request.

A condition is compiled and tried on sample facts when a process is validated, so that a wrong one is refused
before anybody depends on it. CEL has no loops without bounds and reaches nothing but the facts it is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
