"""What stands in a cell is read as people mean it, and refused where two people would read it as two values."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval.table import number_cell
from approval.values import plain
from connectors.files import cells
from connectors.files.cells import WrongCell


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1234", "1234"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1.234.567,89", "1234567.89"),
        ("12.345,678", "12345.678"),
        ("1 234 567", "1234567"),
        ("1\u00a0234,5", "1234.5"),
        ("1\u202f234", "1234"),
        ("2,5", "2.5"),
        ("2.5", "2.5"),
        ("0,125", "0.125"),
        ("0.125", "0.125"),
        ("1234.567", "1234.567"),
        ("1.2340", "1.2340"),
        (" 7 ", "7"),
        ("-3", "-3"),
        ("'-3", "-3"),
        ("１２", "12"),
    ],
)
def test_a_number_is_read_in_the_manner_of_both_languages(written: str, number: str) -> None:
    assert cells.number(written) == Decimal(number)


@pytest.mark.parametrize("written", ["1.234", "12,500", "999.999", "-1.234"])
def test_a_number_that_some_read_as_a_thousand_times_what_others_do_is_refused(written: str) -> None:
    with pytest.raises(WrongCell) as wrong:
        cells.number(written)
    assert wrong.value.message == "import_number_ambiguous"
    assert wrong.value.params["whole"] == written.replace(".", "").replace(",", "")


@pytest.mark.parametrize(
    "written", ["", "ten", "1e3", "NaN", "1.23.4", "1,23,456", "1.234,567.8", "12 34", "5%", "٣", "10 đ", "--1", "1."]
)
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(WrongCell) as wrong:
        cells.number(written)
    assert wrong.value.message == "import_number"


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4, allow_nan=False))
def test_a_number_that_we_write_is_read_as_what_it_is(number: Decimal) -> None:
    assert cells.number(number_cell(Decimal(plain(number)))) == number


@pytest.mark.parametrize(
    "written", ["24/11/2026", "24-11-2026", "24.11.2026", "2026-11-24", "2026-11-24 00:00:00", " 24/11/2026 "]
)
def test_a_day_is_read_the_day_first_or_as_iso_8601_or_as_excel_has_it(written: str) -> None:
    assert cells.date(written) == datetime.date(2026, 11, 24)


def test_of_a_day_that_could_be_two_the_day_stands_first() -> None:
    assert cells.date("3/4/2026") == datetime.date(2026, 4, 3)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("11/24/2026", "import_no_such_day"),
        ("31/02/2026", "import_no_such_day"),
        ("24/11/26", "import_date"),
        ("24/11-2026", "import_date"),
        ("2026-11-24 10:30:00", "import_date"),
        ("tomorrow", "import_date"),
        (Decimal(46350), "import_date"),
        ("24/11/1900", "import_year"),
    ],
)
def test_what_is_no_day_is_refused_with_the_reason(written: str | Decimal, message: str) -> None:
    with pytest.raises(WrongCell) as wrong:
        cells.date(written)
    assert wrong.value.message == message


@pytest.mark.parametrize(
    ("written", "said"),
    [("x", True), ("Có", True), ("YES", True), ("True", True), (Decimal(1), True), ("không", False)],
)
def test_yes_and_no_are_read_in_both_languages(written: str | Decimal, said: bool) -> None:
    assert cells.flag(written) is said


def test_what_is_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(WrongCell):
        cells.flag("perhaps")


def test_roles_are_read_in_both_languages_and_by_their_own_names() -> None:
    assert cells.roles("Kinh doanh; manager, Purchasing") == ("manager", "purchasing", "sales")
    assert cells.roles("sales; Sales;  ;accountant") == ("accountant", "sales")
    with pytest.raises(WrongCell) as wrong:
        cells.roles("sales; Trưởng phòng")
    assert wrong.value.params == {"value": "Trưởng phòng"}


def test_a_text_that_was_made_harmless_is_read_as_it_was_meant_and_a_number_as_its_digits() -> None:
    assert cells.text(" '=SUM ") == "=SUM"
    assert cells.text(Decimal("1001.0")) == "1001"
