"""Conditions that are chosen from a list are written as expressions that hold, and are read again as what was chosen."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval.condition_form import (
    MOST_TESTS,
    SOURCES,
    Comparison,
    Fact,
    Joining,
    Test,
    Tests,
    comparisons,
    facts_in_order,
    forgets_currency,
    is_complete,
    read_condition,
    write_condition,
)
from approval.condition_text import same_condition
from approval.conditions import RequestFacts, condition_errors, evaluate_condition
from texts.conditions import condition_choice, condition_words


@st.composite
def _tests(draw: st.DrawFn) -> Test:
    fact, comparison = draw(st.sampled_from(list(facts_in_order())))
    if fact.is_number:
        value = draw(st.decimals(0, 10**12, places=2).map(lambda number: f"{number.normalize():f}"))
    elif fact is Fact.SOURCE_TYPE:
        value = draw(st.sampled_from(SOURCES))
    else:
        value = draw(st.text(alphabet="aĐỗ\"'\\ {}&|()$\u2028", min_size=1, max_size=10))
    currency = draw(st.sampled_from(("", "VND", "US$"))) if fact.is_number else ""
    return Test(fact=fact, comparison=comparison, value=value, currency=currency)


@given(st.lists(_tests().filter(is_complete), min_size=1, max_size=MOST_TESTS), st.sampled_from(list(Joining)))
def test_what_is_written_holds_and_is_read_again(tests: list[Test], joining: Joining) -> None:
    condition = Tests(joining=joining if len(tests) > 1 else Joining.ALL, tests=tuple(tests))
    written = write_condition(condition)
    assert condition_errors(written) == []
    assert read_condition(written) == condition


@given(st.text(alphabet='requst.oal >=&|"0159()!_in ', max_size=40))
def test_what_is_read_is_written_as_the_same_expression(expression: str) -> None:
    read = read_condition(expression)
    assert read is None or same_condition(write_condition(read), expression)


@pytest.mark.parametrize(
    ("expression", "tests"),
    [
        ("request.total >= 50000000.0", [("total", ">=", "50000000")]),
        ("request.total>=50000000.0 // much", [("total", ">=", "50000000")]),
        ("request.routing_amount < 2.50", [("routing_amount", "<", "2.50")]),
        (
            'request.total > 1.0 || request.currency != "VND"',
            [("total", ">", "1"), ("currency", "!=", "VND")],
        ),
        ('"FPT \\"X\\"" in request.suppliers', [("supplier", "==", 'FPT "X"')]),
        ('"A" in request.product_codes', [("product_code", "==", "A")]),
        ('lines.exists(line, line.product_category == "Máy chủ")', [("product_category", "==", "Máy chủ")]),
        ("lines.exists(line, line.unit_price >= 10.0)", [("unit_price", ">=", "10")]),
        ('request.customer == "An Phát"', [("customer", "==", "An Phát")]),
        (
            '"sales" in request.owner_roles && !("manager" in request.owner_roles)',
            [("owner_role", "==", "sales"), ("owner_role", "!=", "manager")],
        ),
    ],
)
def test_expressions_are_read_as_what_they_say(expression: str, tests: list[tuple[str, str, str]]) -> None:
    read = read_condition(expression)
    assert read is not None
    assert [(test.fact, test.comparison, test.value) for test in read.tests] == tests


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "true",
        "request.total",
        "request.total >= 1",  # a whole number is something else to CEL
        "request.total >= 1e999999999.0",
        "request.total >= 9e99999999",
        "request.total >= 1234567890123456.0",
        "request.total >= -1.0",
        "(request.total >= 1.0)",
        "request.total >= 1.0 && (request.total < 2.0 || request.total > 3.0)",
        "request.total >= 1.0 && request.total < 2.0 || request.total > 3.0",
        "!(request.total >= 1.0)",
        "request.currency == 'VND'",
        'request.currency == " VND"',
        'request.currency == ""',
        'request.owner < "a"',
        '!("FPT" in request.suppliers)',
        '!"sales" in request.owner_roles',
        '(request.currency == "VND" || request.currency != "USD")',
        '(request.total >= 1.0 || request.currency == "VND")',
        '((request.total >= 1.0 || request.currency != "VND") || request.currency != "USD")',
        'request.owner_roles == ["sales"]',
        'request.source_type == "lead"',
        'lines.all(line, line.product_category == "Máy chủ")',
        'lines.exists(l, l.product_category == "Máy chủ")',
        " && ".join(["request.total >= 1.0"] * (MOST_TESTS + 1)),
        "request.total >= 1.0 &&",
        "request.total >= {",
    ],
)
def test_what_says_something_else_is_left_as_it_is(expression: str) -> None:
    assert read_condition(expression) is None


@pytest.mark.parametrize(("fact", "comparison"), list(product(Fact, Comparison)))
def test_a_fact_is_compared_as_such_a_fact_is(fact: Fact, comparison: Comparison) -> None:
    values = {Fact.SOURCE_TYPE: "opportunity"}
    test = Test(fact=fact, comparison=comparison, value=values.get(fact, "5"))
    assert is_complete(test) == (comparison in comparisons(fact))


@pytest.mark.parametrize(("fact", "comparison"), list(facts_in_order()))
def test_every_test_has_words_in_both_languages_that_say_its_value(fact: Fact, comparison: Comparison) -> None:
    for value in SOURCES if fact is Fact.SOURCE_TYPE else ("5000",):
        words = condition_words("&&", [(fact, comparison, value, "")], {"5000": "Lan"})
        shown = {"vi": "5.000", "en": "5,000"} if fact.is_number else dict.fromkeys(words, "5000")
        if fact is Fact.OWNER:
            shown = dict.fromkeys(words, "Lan")
        for language, text in words.items():
            assert fact is Fact.SOURCE_TYPE or shown[language] in text
            assert condition_choice(f"{fact} {comparison}", language)
        assert words["vi"] != words["en"]


def test_roles_are_said_as_people_know_them() -> None:
    words = condition_words("&&", [("owner_role", "!=", "manager", "")], {})
    assert words == {
        "vi": "người thực hiện thiếu vai trò “Quản lý”",
        "en": "the requester does not have the role “Manager”",
    }


def test_tests_are_joined_in_words_as_they_are_in_the_rule() -> None:
    tests = [("total", ">=", "50000000", ""), ("currency", "!=", "VND", "")]
    assert condition_words("&&", tests, {}) == {
        "vi": "tổng giá trị từ 50.000.000 trở lên và loại tiền không phải VND",
        "en": "the total is 50,000,000 or more and the currency is not VND",
    }
    assert condition_words("||", tests, {})["vi"].count(" hoặc ") == 1
    long = condition_words("||", [("supplier", "==", "Công ty cổ phần " * 6, "")] * 9, {})
    assert all(len(text) <= 200 and text.endswith("…") for text in long.values())


def test_an_amount_in_a_currency_asks_for_requests_in_every_other_currency_and_says_so() -> None:
    test = Test(fact=Fact.TOTAL, comparison=Comparison.AT_LEAST, value="80000000", currency="VND")
    written = write_condition(Tests(tests=(test,)))
    assert written == '(request.total >= 80000000.0 || request.currency != "VND")'
    for total, currency, holds in ((80_000_000, "VND", True), (79_999_999, "VND", False), (49_000, "USD", True)):
        facts = RequestFacts(owner="sales1", total=Decimal(total), currency=currency, lines=())
        assert evaluate_condition(written, facts) is holds, currency
    assert condition_words("&&", [("total", ">=", "80000000", "VND")], {}) == {
        "vi": "tổng giá trị từ 80.000.000 VND trở lên (hoặc bằng loại tiền khác)",
        "en": "the total is 80,000,000 VND or more (or in another currency)",
    }


@pytest.mark.parametrize(
    ("expression", "forgets"),
    [
        ("request.total >= 1.0", True),
        ("lines.exists(l, l.unit_price > 1.0)", True),
        ('request.total >= 1.0 || request.currency != "VND"', False),
        ('(request.total >= 8.0 || request.currency != "VND") && request.routing_amount > 5.0', True),
        ('(request.total >= 8.0 || request.currency != "VND") && request.owner == "a"', False),
        ('request.total >= 8.0 && request.routing_amount > 5.0 && request.currency == "VND"', False),
        ("size(lines) > 3", False),
        ('"request.total" == request.owner', False),
    ],
)
def test_it_is_known_which_conditions_compare_bare_numbers(expression: str, *, forgets: bool) -> None:
    assert forgets_currency(expression) is forgets
