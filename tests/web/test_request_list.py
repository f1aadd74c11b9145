"""The list of requests: narrowed by what people type, sorted, and as an Excel file."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
import python_calamine
from fastapi import FastAPI

from tests.api.setting import SMALL, TEN_MILLION
from tests.conftest import SignIn
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")


def listed(html: str) -> list[str]:
    """The numbers of the requests in a list, in its order."""
    return re.findall(r'<a class="main-link" href="/requests/[^"]*">([^<]*)</a>', html)


async def test_a_list_is_narrowed_by_dates_and_amounts_as_people_type_them(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales2")
    small, larger = await sales.create(lines=SMALL), await sales.create(lines=TEN_MILLION)
    year, month, day = small["request_date"].split("-")
    async with visitor(app, "sales2", "vi") as person:
        assert listed(await person.read("/requests?total_from=20.000.000")) == [small["number"]]
        both = f"/requests?date_from={day}/{month}/{year}&date_to={year}-{month}-{day}&sort=total"
        assert listed(await person.read(both)) == [larger["number"], small["number"]]
        page = await person.read("/requests?date_from=hôm qua&total_to=nhiều")
    assert set(listed(page)) == {small["number"], larger["number"]}
    assert "Ngày yêu cầu từ: hãy nhập ngày, ví dụ 24/11/2026" in unescape(page)
    assert "Giá trị đến: hãy nhập số" in unescape(page)
    assert 'value="hôm qua"' in page
    assert '<details class="further-filters" open>' in page


async def test_a_currency_that_there_is_not_is_said_beside_the_list(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales2")
    number = (await sales.create(lines=SMALL))["number"]
    async with visitor(app, "sales2", "vi") as person:
        page = await person.read("/requests?currency=xyz")
        assert "Loại tiền: không có loại tiền nào mang mã này" in unescape(page)
        assert number in listed(page)
        page = await person.read("/requests?currency=vnd")
    assert "filter-error" not in page
    assert number in listed(page)


async def test_the_list_is_an_excel_file_as_it_is_narrowed_and_sorted(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    first = await sales.create(purpose="=1+1", lines=SMALL, send={})
    second = await sales.create(lines=TEN_MILLION)
    async with visitor(app, "sales1", "vi") as person:
        page = await person.read("/requests?q=thinkpad&sort=total")
        address = re.search(r'href="(/requests\.xlsx[^"]*)"', page)
        assert address
        answer = await person.get(unescape(address[1]))
        none = await person.get("/requests.xlsx?q=khongco")
    assert answer.headers["content-disposition"] == 'attachment; filename="purchase-requests.xlsx"'
    sheet = python_calamine.load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0)
    headings, *rows = sheet.to_python()
    assert headings[:4] == ["Số yêu cầu", "Ngày yêu cầu", "Người thực hiện", "Mục đích mua sắm"]
    assert [row[0] for row in rows] == [second["number"], first["number"]]
    assert rows[1][3] == "'=1+1"
    shown = dict(zip(headings, rows[1], strict=True))
    assert (shown["Tình trạng quy trình"], shown["Đang chờ"]) == ("Đang thực hiện", "Lê Hoàng Nam")
    assert (shown["Giá trị"], shown["Loại tiền"]) == (25_000_000, "VND")
    assert len(python_calamine.load_workbook(io.BytesIO(none.content)).get_sheet_by_index(0).to_python()) == 1


async def test_others_requests_are_in_nobodys_file(app: FastAPI, sign_in: SignIn) -> None:
    theirs = await (await sign_in("sales2")).create(lines=SMALL)
    async with visitor(app, "sales1") as person:
        answer = await person.get("/requests.xlsx")
    cells = python_calamine.load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert theirs["number"] not in [row[0] for row in cells]
