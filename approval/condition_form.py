"""Conditions as tests that people choose from a list: read from an expression that says nothing else, and written as one.

What is read is written again as the same expression, token for token; an expression of which that is not so is none of
these, and is left to those who read CEL.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from approval.condition_text import ConditionError, Kind, Token, same_condition, tokens
from approval.model import Frozen

MOST_TESTS: Final = 10
"""Of one condition; what has more is left to those who read CEL."""
_MOST_DIGITS: Final = 15
"""Of a number: what CEL reckons with holds so many exactly."""
_TOO_LARGE: Final = 10**_MOST_DIGITS


class Fact(StrEnum):
    """What a test looks at."""

    TOTAL = "total"
    ROUTING_AMOUNT = "routing_amount"
    UNIT_PRICE = "unit_price"
    """Of any line."""
    CURRENCY = "currency"
    DEPARTMENT = "department"
    """Of the owner."""
    OWNER = "owner"
    OWNER_ROLE = "owner_role"
    SOURCE_TYPE = "source_type"
    CUSTOMER = "customer"
    """Of the order or opportunity."""
    SUPPLIER = "supplier"
    """Of any line, as the other two."""
    PRODUCT_CODE = "product_code"
    PRODUCT_CATEGORY = "product_category"

    @property
    def is_number(self) -> bool:
        """Whether it is compared as a number."""
        return self in (Fact.TOTAL, Fact.ROUTING_AMOUNT, Fact.UNIT_PRICE)


class Comparison(StrEnum):
    """How a test compares what it looks at with its value."""

    AT_LEAST = ">="
    MORE = ">"
    AT_MOST = "<="
    LESS = "<"
    IS = "=="
    IS_NOT = "!="


class Joining(StrEnum):
    """How many of its tests a condition asks for."""

    ALL = "&&"
    ANY = "||"


class Test(Frozen):
    """One test. ``value`` is a text, or a decimal number such as ``50000000`` or ``2.5``.

    Attributes:
        currency: of the number; the test holds for every request in another currency, which says nothing of so many of
            this one. Empty: the number is compared with that of a request in whatever currency.
    """

    __test__ = False  # for pytest: the word of conditions, not of ours

    fact: Fact
    comparison: Comparison
    value: str
    currency: str = ""


class Tests(Frozen):
    """A condition: its tests, one or more, and how they are joined."""

    __test__ = False

    joining: Joining = Joining.ALL
    tests: tuple[Test, ...]


_NUMBERS: Final = (Comparison.AT_LEAST, Comparison.MORE, Comparison.AT_MOST, Comparison.LESS)
_OF_LINES: Final = (Fact.SUPPLIER, Fact.PRODUCT_CODE, Fact.PRODUCT_CATEGORY)
_SETS: Final = {"suppliers": Fact.SUPPLIER, "product_codes": Fact.PRODUCT_CODE, "owner_roles": Fact.OWNER_ROLE}

SOURCES: Final = ("sales_order", "opportunity")
"""What a request can be made from."""


def comparisons(fact: Fact) -> tuple[Comparison, ...]:
    """How something can be compared; of lines it is asked whether there is such a one."""
    if fact.is_number:
        return _NUMBERS
    return (Comparison.IS,) if fact in _OF_LINES else (Comparison.IS, Comparison.IS_NOT)


def is_complete(test: Test) -> bool:
    """Whether a test can be asked: it compares as such a fact is compared, with a value that can be written."""
    if test.comparison not in comparisons(test.fact):
        return False
    if test.fact.is_number:
        return number(test.value) is not None and (not test.currency or _is_text(test.currency))
    if test.currency:
        return False
    return test.value in SOURCES if test.fact is Fact.SOURCE_TYPE else _is_text(test.value)


def _is_text(value: str) -> bool:
    return bool(value) and value == value.strip() and value.isprintable()


def number(text: str) -> Decimal | None:
    """The number that a test compares with; None: it is none, is below nothing, or has more digits than count."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or value.is_signed() or value >= _TOO_LARGE:
        return None
    _, digits, exponent = value.as_tuple()
    return value if len(digits) <= _MOST_DIGITS and int(exponent) >= -_MOST_DIGITS else None


def write_condition(condition: Tests) -> str:
    """A condition as an expression.

    Raises:
        ValueError: one of its tests is not complete.
    """
    if not condition.tests or not all(is_complete(test) for test in condition.tests):
        raise ValueError("a test is not complete")
    return f" {condition.joining} ".join(_written(test) for test in condition.tests)


def _written(test: Test) -> str:
    if test.currency:
        amount = _written(test.model_copy(update={"currency": ""}))
        return f"({amount} || request.{Fact.CURRENCY} != {json.dumps(test.currency, ensure_ascii=False)})"
    value = _literal(test)
    match test.fact:
        case Fact.SUPPLIER:
            return f"{value} in request.suppliers"
        case Fact.PRODUCT_CODE:
            return f"{value} in request.product_codes"
        case Fact.OWNER_ROLE:
            has = f"{value} in request.owner_roles"
            return has if test.comparison is Comparison.IS else f"!({has})"
        case Fact.PRODUCT_CATEGORY | Fact.UNIT_PRICE:
            return f"lines.exists(line, line.{test.fact} {test.comparison} {value})"
        case _:
            return f"request.{test.fact} {test.comparison} {value}"


def _literal(test: Test) -> str:
    if not test.fact.is_number:
        return json.dumps(test.value, ensure_ascii=False)
    text = f"{Decimal(test.value):f}"
    return text if "." in text else f"{text}.0"


def read_condition(expression: str) -> Tests | None:
    """The tests that an expression consists of; None: it says something else, or says it otherwise."""
    try:
        cut = [token for token in tokens(expression) if token.kind is not Kind.END]
    except ConditionError:
        return None
    parts = _parts(cut)
    if parts is None or len(parts.tests) > MOST_TESTS:
        return None
    read = [_read(part) for part in parts.tests]
    found = tuple(test for test in read if test is not None)
    if len(found) != len(read) or not all(is_complete(test) for test in found):
        return None
    condition = Tests(joining=parts.joining, tests=found)
    return condition if same_condition(write_condition(condition), expression) else None


def forgets_currency(expression: str) -> bool:
    """Whether an expression compares amounts and does not ask of what currency they are: of one that consists of tests, any of
    its amounts; of another, all of them.
    """
    condition = read_condition(expression)
    if condition is not None:
        is_asked = any(test.fact is Fact.CURRENCY for test in condition.tests)
        return not is_asked and any(test.fact.is_number and not test.currency for test in condition.tests)
    try:
        cut = [token.text for token in tokens(expression)]
    except ConditionError:
        return False
    named = {name for dot, name in pairwise(cut) if dot == "."}
    return bool(named & {"total", "routing_amount", "unit_price", "amount"}) and "currency" not in named


class _Parts(NamedTuple):
    joining: Joining
    tests: list[list[Token]]


def _parts(cut: Sequence[Token]) -> _Parts | None:
    """An expression cut at what joins it; None where it is joined by both."""
    depth, parts, joined = 0, [list[Token]()], set[str]()
    for token in cut:
        if token.kind is Kind.SIGN:
            depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if token.kind is Kind.SIGN and token.text in (Joining.ALL, Joining.ANY) and depth == 0:
            joined.add(token.text)
            parts.append([])
        else:
            parts[-1].append(token)
    if len(joined) > 1:
        return None
    return _Parts(Joining(joined.pop()) if joined else Joining.ALL, parts)


def _read(part: Sequence[Token]) -> Test | None:
    """One test; whether it is written as we write it is looked at afterwards."""
    texts = [token.text for token in part]
    match texts:
        case ["request", ".", fact, comparison, value]:
            return _test(fact, comparison, value)
        case [value, "in", "request", ".", name] if name in _SETS:
            return _test(_SETS[name], Comparison.IS, value)
        case ["!", "(", value, "in", "request", ".", name, ")"] if name in _SETS:
            return _test(_SETS[name], Comparison.IS_NOT, value)
        case ["lines", ".", "exists", "(", "line", ",", "line", ".", fact, comparison, value, ")"]:
            return _test(fact, comparison, value)
        case ["(", *_, "||", "request", ".", Fact.CURRENCY, Comparison.IS_NOT, currency, ")"]:
            return _in_currency(_read(part[1:-7]), currency)
    return None


def _in_currency(test: Test | None, literal: str) -> Test | None:
    currency = _test(Fact.CURRENCY, Comparison.IS_NOT, literal)
    if test is None or currency is None or test.currency:
        return None
    return test.model_copy(update={"currency": currency.value})


def _test(fact: str, comparison: str, literal: str) -> Test | None:
    try:
        test = Test(fact=Fact(fact), comparison=Comparison(comparison), value="")
        value = _number_of(literal) if test.fact.is_number else json.loads(literal)
    except ValueError:
        return None
    return test.model_copy(update={"value": value}) if isinstance(value, str) else None


def _number_of(literal: str) -> str | None:
    value = number(literal)
    return None if value is None else f"{value:f}".removesuffix(".0")


def facts_in_order() -> Iterator[tuple[Fact, Comparison]]:
    """Every kind of test, as a list of choices."""
    return ((fact, comparison) for fact in Fact for comparison in comparisons(fact))
