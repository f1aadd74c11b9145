"""What a row of AMIS says, in our terms."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from unicodedata import normalize

import pytest

from application.amis_fields import AmisFields
from approval.incoming import SourceType
from connectors.amis.reading import Reader
from connectors.interface import Record
from embedded.amis.orders import example
from tests.connectors.amis import ZONE

READER = Reader(AmisFields(), ZONE)


def row(**changes: Any) -> dict[str, Any]:
    known = {"id": 7, "sale_order_no": "DH-7", "modified_date": "2026-11-28T09:30:00.123+07:00"}
    return {**example("Nguyễn Văn An", 1), **known, **changes}


def read(**changes: Any) -> Record:
    record = READER.order(row(**changes))
    assert record is not None
    return record


def test_an_order_is_read_with_its_lines() -> None:
    record = read()
    source = record.source
    assert source is not None
    assert (record.key, record.number, record.owner, record.problem) == ("7", "DH-7", "Nguyễn Văn An", None)
    assert (source.type, source.number, source.stage) == (SourceType.SALES_ORDER, "DH-7", "Chưa thực hiện")
    assert (source.customer, source.currency, source.cancelled) == ("Công ty TNHH Minh Long", "VND", False)
    assert (source.date, source.delivery_date) == (date(2026, 11, 3), date(2026, 11, 28))
    first = source.lines[0]
    assert (first.key, first.product_code, first.unit, first.warehouse) == ("10", "SRV-R760", "Chiếc", "Kho Hà Nội")
    assert (first.quantity, first.unit_price) == (Decimal(2), Decimal(285_000_000))


@pytest.mark.parametrize("status", ["Đã hủy bỏ", "Đã huỷ bỏ", "đã hủy bỏ", normalize("NFD", "Đã hủy bỏ")])
def test_a_cancelled_order_is_cancelled_whatever_way_its_accents_are_written(status: str) -> None:
    source = read(status=status).source
    assert source is not None
    assert source.cancelled


@pytest.mark.parametrize("status", ["Chưa thực hiện", "Đang thực hiện", "Đã hủy", "", None])
def test_any_other_status_is_kept_as_it_is(status: str | None) -> None:
    source = read(status=status).source
    assert source is not None
    assert (source.cancelled, source.stage) == (False, status or "")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-28T00:00:00+07:00", date(2026, 11, 28)),
        ("2026-11-27T17:00:00Z", date(2026, 11, 28)),
        ("2026-11-28T23:59:59.9999999+07:00", date(2026, 11, 28)),
        ("2026-11-28T08:00:00", date(2026, 11, 28)),
        ("2026-11-28", date(2026, 11, 28)),
        ("28/11/2026", date(2026, 11, 28)),
        ("5/1/2027 08:30", date(2027, 1, 5)),
    ],
)
def test_a_day_is_read_however_it_is_written(written: str, day: date) -> None:
    source = read(sale_order_date=written).source
    assert source is not None
    assert source.date == day


@pytest.mark.parametrize(
    "written",
    [
        "0001-01-01T00:00:00+07:00",
        "0001-01-01T00:00:00",
        "01/01/0001",
        "9999-12-31",
        "31/12/9999",
        "9999-12-31T23:59:59-07:00",
        "",
        None,
    ],
)
def test_dates_that_no_calendar_of_a_company_has_say_that_there_is_none(written: str | None) -> None:
    source = read(delivery_date=written, deadline_date=written).source
    assert source is not None
    assert source.delivery_date is None
    assert read(modified_date=written).changed is None
    problem = read(sale_order_date=written).problem
    assert problem is not None
    assert problem.params["field"] == "sale_order_date"


def test_a_moment_is_known_exactly_and_a_day_is_all_of_that_day() -> None:
    exact, day = read().changed, read(modified_date="28/11/2026").changed
    assert exact is not None
    assert exact.exactly == datetime(2026, 11, 28, 9, 30, 0, 123_000, ZONE)
    assert day is not None
    assert (day.exactly, day.latest - day.earliest) == (None, timedelta(days=1))
    assert day.earliest == datetime(2026, 11, 28, tzinfo=ZONE)
    assert read(modified_date=None).changed is None
    assert read(modified_date="yesterday").changed is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sale_order_no": ""}, "sale_order_no"),
        ({"sale_order_no": None}, "sale_order_no"),
        ({"sale_order_date": "soon"}, "sale_order_date"),
        ({"sale_order_date": "31/02/2026"}, "sale_order_date"),
        ({"delivery_date": "soon"}, "delivery_date"),
        ({"account_name": {"id": 1}}, "account_name"),
        ({"account_name": "a\u202eb"}, "account_name"),
        ({"sale_order_product_mappings": "none"}, "sale_order_product_mappings"),
        ({"sale_order_product_mappings": ["none"]}, "sale_order_product_mappings"),
        ({"sale_order_product_mappings": [{"amount": "two"}]}, "amount"),
        ({"sale_order_product_mappings": [{"price": "NaN"}]}, "price"),
        ({"sale_order_product_mappings": [{"amount": True}]}, "amount"),
    ],
)
def test_what_cannot_be_read_is_a_problem_with_the_name_that_amis_has_for_the_field(
    changes: dict[str, Any], field: str
) -> None:
    record = read(**changes)
    assert record.source is None
    assert record.problem is not None
    assert (record.problem.reason, record.problem.params["field"]) == ("field_unreadable", field)
    assert record.key == "7"


def test_a_row_without_an_id_is_nothing() -> None:
    assert READER.order(row(id=None)) is None


def test_an_opportunity_is_known_by_its_name_and_customer_however_they_are_written() -> None:
    first = read(opportunity_name="Trang bị máy chủ").derived
    again = read(id=8, opportunity_name="TRANG BỊ MÁY CHỦ").derived
    other = read(opportunity_name="Trang bị máy chủ", account_name="Công ty khác").derived
    assert first is not None
    assert again is not None
    assert other is not None
    assert (first.type, first.name, first.lines) == (SourceType.OPPORTUNITY, "Trang bị máy chủ", ())
    assert (first.key, first.number) == (again.key, again.number)
    assert first.key != other.key
    assert read(opportunity_name="").derived is None


def test_a_company_may_call_a_field_by_another_name() -> None:
    reader = Reader(AmisFields(line_warehouse="custom_field3", owner="custom_field9"), ZONE)
    lines = [{"id": 1, "product_code": "A", "amount": 1, "price": 1, "custom_field3": "Kho Đà Nẵng"}]
    record = reader.order(row(custom_field9="Lê Hoàng Nam", sale_order_product_mappings=lines))
    assert record is not None
    assert record.source is not None
    assert (record.owner, record.source.lines[0].warehouse) == ("Lê Hoàng Nam", "Kho Đà Nẵng")


def test_a_line_without_an_id_is_known_by_its_place() -> None:
    source = read(sale_order_product_mappings=[{"product_code": "A"}, {"product_code": "B"}]).source
    assert source is not None
    assert [(line.key, line.quantity) for line in source.lines] == [("#1", Decimal(0)), ("#2", Decimal(0))]
