"""A step's condition asks about the request in CEL, and a wrong one is refused before anybody depends on it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from approval.condition_text import ConditionError
from approval.conditions import condition_errors, evaluate_condition
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
        ("request.customer == 'Công ty An Phát'", True),
        ("'sales' in request.owner_roles && !('manager' in request.owner_roles)", True),
        ("request.owner_roles.exists(role, role.startsWith('direct'))", False),
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
    assert condition_errors(expression) == []
    asked = facts(owner_roles=("sales",), customer="Công ty An Phát")
    assert evaluate_condition(expression, asked) is holds


def test_a_threshold_is_exact_to_the_last_digit() -> None:
    expression = "request.total >= 50000000.0"
    assert not evaluate_condition(expression, facts(total=Decimal("49999999.9999")))
    assert evaluate_condition(expression, facts(total=Decimal("50000000")))


def _codes(expression: str) -> list[str]:
    return [error.code for error in condition_errors(expression)]


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("request.total >", "condition_incomplete"),
        ("", "condition_incomplete"),
        ("().__class__", "condition_syntax"),
        ("request.nothing == 1", "condition_fact"),
        ("nobody.total > 1.0", "condition_fact"),
        ("request.amount > 1.0", "condition_fact_close"),
        ("total > 1.0", "condition_fact_close"),
        ("__import__('os')", "condition_function"),
        ("request.total + 'x' == 'y'", "condition_types"),
        ("request.total", "condition_answer"),
        ("'true'", "condition_answer"),
        ("request", "condition_fact"),
        ("lines[1].amount > 1.0", "condition_index"),
        ("size(lines) / 0 > 1", "condition_division"),
        ("request.owner.matches('(')", "condition_values"),
        ("int(request.department) > 1", "condition_values"),
    ],
)
def test_a_condition_that_cannot_be_used_is_refused_with_the_reason(expression: str, code: str) -> None:
    assert _codes(expression) == [code]


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("request.total > 1.0 || nosuch(1)", "condition_function"),
        ("request.owner == 'zz' && request.owner.nosuch()", "condition_function"),
        ("request.owner == 'zz' && request.owner.int() > 1", "condition_function"),
        ("lines.nosuch(line, line.amount > 1.0)", "condition_function"),
        ("{'a': 1}['a'] == 1", "condition_object"),
        ("request.total > 1.0 || {1.5: 1} == {1.5: 1}", "condition_object"),
        ("request.total > 1.0 || Money{amount: 1}.amount == 1", "condition_object"),
        ("request.total > 1.0 || request.owner < 1", "condition_types"),
        ("request.owner == 'zz' && (request.total > 1.0 || request.total + 1 > 2.0)", "condition_types"),
        ("lines.exists(line, line.amount > 1.0 || line.supplier > 1)", "condition_types"),
        ("request.owner == 'zz' ? request.owner < 1 : true", "condition_types"),
        ("request.owner == 'zz' ? true : request.owner < 1", "condition_types"),
        ("request.owner == 'zz' ? 'yes' : request.total > 1.0", "condition_answer"),
        ("request.total > 1.0 || 'x'", "condition_types"),
        ("request.total > 1.0 || request.owner.matches('(')", "condition_values"),
        ("request.total > 1.0 || request.owner < 1 // it's", "condition_types"),
        ("request.total > 1.0 || [1, 2,].size() < 'x'", "condition_types"),
        ("request.total > 1.0 || 'a' in request", "condition_fact"),
    ],
)
def test_what_fails_only_for_some_requests_is_refused_for_all(expression: str, code: str) -> None:
    assert _codes(expression) == [code]


@pytest.mark.parametrize(
    "expression",
    [
        "size(lines) > 1 && lines[1].amount > 5.0",
        "request.total > 0.0 && 5.0 / request.total > 1.0",
        "request.owner.matches('^[0-9]+$') && int(request.owner) > 1",
        "!(request.total > 1.0 && request.owner == 'x') || has(request.owner)",
        "(size(lines) > 3 ? 1 : 2) > 1",
        "request.owner in ['a && {b}', 'c'] || request.suppliers == []",
        "request.department != null && request.total == null",
        "request.total > 1.0 // not request.foo, nor 'anything",
        "request.owner in ['http://a', 'b',]",
    ],
)
def test_a_part_that_another_part_sees_to_is_no_error(expression: str) -> None:
    assert condition_errors(expression) == []


@pytest.mark.parametrize(
    "call",
    ["size(lines) > 0", "int('1') == 1", "uint('1') == 1u", "double('1.5') > 1.0", "string(1) == '1'"]
    + [f"request.owner.{function}('sales')" for function in ("contains", "startsWith", "endsWith", "matches")],
)
def test_every_function_that_a_condition_may_call_can_be_called(call: str) -> None:
    assert condition_errors(call) == []
    assert evaluate_condition(call, facts()) is True


def test_an_unknown_fact_is_named_with_the_closest_and_all_there_are() -> None:
    (error,) = condition_errors("request.totl > 5.0")
    assert (error.code, error.params["fact"], error.params["closest"]) == (
        "condition_fact_close",
        "request.totl",
        "request.total",
    )
    assert "request.suppliers" in error.params["facts"]
    (error,) = condition_errors("lines.exists(line, line.suplier == 'x')")
    assert error.params["closest"] == "line.supplier"


def test_everything_unknown_is_named_at_once() -> None:
    expression = "request.foo == 'a' && bar(1) && lines.exists(line, line.baz > 1.0)"
    assert [(error.params.get("fact"), error.params.get("function")) for error in condition_errors(expression)] == [
        (None, "bar"),
        ("request.foo", None),
        ("line.baz", None),
    ]


def test_a_condition_that_cannot_be_read_says_from_where_on() -> None:
    (error,) = condition_errors("request.total >= 5.0 5")
    assert error.params == {"near": "5", "character": "22"}
    (error,) = condition_errors("request.total >= 5.0 &&\n  request.owner = 'x'")
    assert error.params == {"near": "= 'x'", "character": "41"}


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
    (error,) = condition_errors(expression)
    assert error.code.startswith("condition_fact")
    assert error.params["fact"].rpartition(".")[2] == "nosuch"


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
    assert condition_errors(expression) == []


def test_a_condition_that_fails_on_a_real_request_says_why() -> None:
    with pytest.raises(ConditionError, match="condition_index"):
        evaluate_condition("lines[0].quantity > 1.0", facts(lines=()))
