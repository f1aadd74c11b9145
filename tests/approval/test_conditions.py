"""A step's condition asks about the request in CEL, and a wrong one is refused before anybody depends on it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from approval.conditions import ConditionError, check_condition, evaluate_condition
from tests.approval.company import facts


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("request.total >= 125000000.0", True),
        ("request.total > 125000000.0", False),
        ("request.currency == 'VND'", True),
        ("request.owner == 'sales'", True),
        ("request.department == 'Kinh doanh'", True),
        ("request.source_type == 'opportunity'", False),
        ("'FPT Synnex' in request.suppliers", True),
        ("'Vietnet' in request.suppliers", False),
        ("'LT-T14' in request.product_codes", True),
        ("lines.exists(line, line.amount > 100000000.0)", True),
        ("lines.all(line, line.warehouse == 'Kho Hà Nội')", True),
        ("size(lines) == 1", True),
        ("lines.exists(line, line.quantity > 10.0) || request.total < 1.0", False),
        ("request.product_codes.exists(code, code.startsWith('LT-'))", True),
    ],
)
def test_a_condition_asks_about_amount_source_supplier_product_and_department(expression: str, holds: bool) -> None:
    check_condition(expression)
    assert evaluate_condition(expression, facts()) is holds


def test_a_threshold_is_exact_to_the_last_digit() -> None:
    expression = "request.total >= 50000000.0"
    assert not evaluate_condition(expression, facts(total=Decimal("49999999.9999")))
    assert evaluate_condition(expression, facts(total=Decimal("50000000")))


@pytest.mark.parametrize(
    "expression",
    [
        "request.total >",
        "request.nothing == 1",
        "nobody.total > 1.0",
        "request.total + 'x' == 'y'",
        "request.total",
        "'true'",
        "request",
        "__import__('os')",
        "().__class__",
        "",
    ],
)
def test_a_condition_that_cannot_be_used_is_refused_with_the_reason(expression: str) -> None:
    with pytest.raises(ConditionError) as refused:
        check_condition(expression)
    assert str(refused.value)


@pytest.mark.parametrize(
    "expression",
    [
        "request.department == 'zz' && request.nosuch > 1.0",
        "request.total > 0.0 || request . nosuch > 1.0",
        "request.department == 'zz' && request['nosuch'] > 1.0",
        "request.department == 'zz' ? request.nosuch : true",
        "request.department == 'zz' && lines.exists(line, line.nosuch > 1.0)",
        "request.department == 'zz' && lines[0].nosuch > 1.0",
        "lines.filter(a, a.quantity > 99.0).exists(b, b.nosuch > 1.0)",
        "request.total > 0.0 || nosuch.total > 1.0",
    ],
)
def test_an_unknown_fact_is_refused_where_trying_the_condition_never_gets_to(expression: str) -> None:
    with pytest.raises(ConditionError, match="unknown fact 'nosuch'"):
        check_condition(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "request.department == 'zz' && request['total'] > 1.0",
        "request.owner == \"request.nosuch\" || 'it\\'s request.nosuch' in request.suppliers",
        "request.owner == '''request.nosuch''' || request.product_codes.exists(code, code.contains('lines[0].nosuch'))",
        "request.department == 'zz' && lines[0].supplier.startsWith('FPT')",
        "lines.map(line, line.amount).exists(amount, amount > 1.0) || size(lines) > 2",
    ],
)
def test_known_facts_and_whatever_stands_in_a_text_are_no_unknown_facts(expression: str) -> None:
    check_condition(expression)


def test_a_condition_that_fails_on_a_real_request_says_why() -> None:
    with pytest.raises(ConditionError):
        evaluate_condition("lines[0].quantity > 1.0", facts(lines=()))
