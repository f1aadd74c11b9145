"""The list of requests with columns of one's choice, and views that one keeps of it."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
import pytest_asyncio
import python_calamine
from fastapi import FastAPI

from application import list_views
from crm.pool import Pool
from tests.api.setting import SMALL, TEN_MILLION
from tests.conftest import SignIn
from tests.web.browser import Visitor, visitor
from tests.web.test_request_list import listed

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def without_views(pool: Pool) -> None:
    """Nobody has a view when a test begins."""
    await pool.execute("DELETE FROM list_views")


def headings(html: str) -> list[str]:
    """The names of the list's columns."""
    head = html.split("<thead>")[1].split("</thead>")[0]
    return [
        unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.findall(r"<th[^>]*>.*?</th>", head, re.DOTALL)
    ]


def form_of(html: str, action: str) -> dict[str, str]:
    """The fields of a form as the page has filled them in."""
    form = html.split(f'action="{action}"')[1].split("</form>")[0]
    inputs = re.findall(r"<input[^>]*>", form)
    read = [(re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one), one) for one in inputs]
    return {
        name[1]: unescape(value[1] if value else "")
        for name, value, one in read
        if name and ("checkbox" not in one or " checked" in one)
    }


async def save(person: Visitor, shown: str, name: str, **more: str) -> str:
    """Keep what is shown at an address as a view; where that leads."""
    fields = form_of(await person.read(shown), "/requests/views")
    answer = await person.http.post("/requests/views", data={**fields, "name": name, **more})
    assert answer.status_code == 303, answer.text
    location: str = answer.headers["location"]
    return location


def tabs(html: str) -> dict[str, str]:
    """The addresses of the views, by their names."""
    nav = html.split('class="view-tabs"')[1].split("</nav>")[0] if "view-tabs" in html else ""
    found = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', nav, re.DOTALL)
    return {unescape(re.sub(r"<.*", "", text, flags=re.DOTALL)).strip(): unescape(address) for address, text in found}


async def test_the_list_has_the_columns_that_one_chooses_in_their_order(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    order = (await sales.get("/sales-orders"))["items"][0]
    request = await sales.create(**await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft"))
    async with visitor(app, "sales1") as person:
        usual = headings(await person.read("/requests"))
        assert usual == [
            "Request number",
            "Request date",
            "Owner",
            "Process status",
            "Purchase status",
            "Goods",
            "Amount",
        ]
        html = await person.read(f"/requests?q={request['number']}&column=total&column=customer,nonsense&column=source")
        assert headings(html) == ["Request number", "Customer", "Made from", "Amount"]
        row = unescape(html.split("<tbody>")[1].split("</tbody>")[0])
        assert order["customer"] in row
        assert f'<a href="/orders/{order["id"]}">{order["number"]}</a>' in row
        assert "column=customer%2Csource%2Ctotal" in html, "links of the page keep them"
        assert headings(await person.read("/requests?column=nonsense")) == usual
        file = await person.get(f"/requests.xlsx?q={request['number']}&column=customer,total")
        whole = await person.get(f"/requests.xlsx?q={request['number']}")

    def cells(content: bytes) -> list[list[Any]]:
        return python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()

    assert cells(file.content)[0] == ["Request number", "Purpose", "Customer", "Amount", "Currency"]
    assert cells(file.content)[1][2] == order["customer"]
    assert {"Made from", "Waits for", "Last change", "Desired delivery date"} < set(cells(whole.content)[0])


async def test_a_view_shows_the_list_again_as_it_was_saved_in_either_language(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales2")
    small, larger = await sales.create(lines=SMALL), await sales.create(lines=TEN_MILLION)
    async with visitor(app, "sales2", "vi") as person:
        shown = (
            "/requests?total_from=1.000.000&total_to=20.000.000&date_from=1/2/2020&sort=-total&column=customer,total"
        )
        location = await save(person, shown, "Yêu cầu nhỏ")
        html = await person.read(location)
        assert listed(html) == [larger["number"]]
        assert 'value="1.000.000"' in html
        assert 'value="01/02/2020"' in html
        assert headings(html)[1:] == ["Khách hàng", "Giá trị"]
        assert re.search(r'aria-current="page">Yêu cầu nhỏ', html)
    async with visitor(app, "sales2", "en") as person:
        page = await person.read("/requests")
        assert set(listed(page)) >= {small["number"], larger["number"]}, "it is no default"
        html = await person.read(tabs(page)["Yêu cầu nhỏ"])
        assert listed(html) == [larger["number"]]
        assert 'value="1,000,000"' in html
    async with visitor(app, "sales1") as other:
        assert tabs(await other.read("/requests")) == {}


async def test_the_default_view_is_what_the_list_opens_with_and_all_is_a_tab_away(
    app: FastAPI, sign_in: SignIn
) -> None:
    request = await (await sign_in("sales1")).create()
    async with visitor(app, "sales1") as person:
        first = await save(person, "/requests?process_status=completed", "Done", is_default="yes")
        answer = await person.get("/requests")
        assert (answer.status_code, answer.headers["location"]) == (303, first)
        assert request["number"] not in await person.read(first)
        assert request["number"] in await person.read("/requests?view=all")
        assert request["number"] in await person.read(f"/requests?q={request['number']}")
        second = await save(person, "/requests?view=all&sort=total", "By amount", is_default="yes")
        assert (await person.get("/requests")).headers["location"] == second
        assert list(tabs(await person.read(second))) == ["All", "Done", "By amount"]


async def test_a_view_is_renamed_replaced_and_deleted(app: FastAPI, sign_in: SignIn) -> None:
    async with visitor(app, "sales1") as person:
        location = await save(person, "/requests?sort=total", "By amount")
        view = location.split("view=")[1]
        html = await person.read(f"/requests?q=may&view={view}")
        fields = form_of(html, f"/requests/views/{view}")
        assert fields["name"] == "By amount"
        assert f'formaction="/requests/views/{view}/replace"' in html
        answer = await person.http.post(
            f"/requests/views/{view}", data=fields | {"name": "Sorted", "is_default": "yes"}
        )
        assert answer.headers["location"] == location, "its name alone has changed"
        assert list(tabs(await person.read(location))) == ["All", "Sorted"]
        answer = await person.http.post(f"/requests/views/{view}/replace", data=fields)
        assert answer.headers["location"] == f"/requests?q=may&view={view}"
        html = await person.read(answer.headers["location"])
        assert f'formaction="/requests/views/{view}/replace"' not in html, "there is nothing to be replaced"
        assert form_of(html, f"/requests/views/{view}")["is_default"] == "yes"
        answer = await person.http.post(f"/requests/views/{view}/delete", data=fields)
        assert answer.headers["location"] == "/requests?view=all"
        assert tabs(await person.read("/requests")) == {}
        answer = await person.http.post(f"/requests/views/{view}", data=fields)
        assert answer.status_code == 404


async def test_what_is_wrong_with_a_name_is_said_and_nothing_is_saved(
    app: FastAPI, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with visitor(app, "sales1") as person:
        await save(person, "/requests?sort=total", "By amount")
        for name, why in (
            ("by AMOUNT", "another view of yours has the name by AMOUNT already"),
            ("  ", ""),
            ("x" * 61, ""),
        ):
            location = await save(person, "/requests?sort=-total", name)
            assert location == "/requests?sort=-total&view=all"
            html = unescape(await person.read(location))
            assert "The view was not saved" in html
            assert why in html
        monkeypatch.setattr(list_views, "MOST_VIEWS", 1)
        location = await save(person, "/requests?sort=number", "Another")
        html = await person.read(location)
        assert "you have 1 views, as many as one may" in html
        assert list(tabs(html)) == ["All", "By amount"]


async def test_nobody_changes_anothers_view(app: FastAPI, sign_in: SignIn) -> None:
    async with visitor(app, "sales1") as owner, visitor(app, "sales2") as other:
        location = await save(owner, "/requests?sort=total", "By amount")
        view = location.split("view=")[1]
        fields = {"csrf_token": await other.token("/requests"), "name": "Mine now"}
        assert (await other.http.post(f"/requests/views/{view}", data=fields)).status_code == 404
        assert (await other.http.post(f"/requests/views/{view}/replace", data=fields)).status_code == 404
        await other.http.post(f"/requests/views/{view}/delete", data=fields)
        await other.http.post("/requests/views", data=fields | {"id": view})
        assert list(tabs(await owner.read("/requests"))) == ["All", "By amount"]
        assert list(tabs(await owner.read("/requests?view=all"))) == ["All", "By amount"]
