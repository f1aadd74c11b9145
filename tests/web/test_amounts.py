"""Where a request's amount is shown: the one that is decided on and, where approvers would have another, the one as sent."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fastapi import FastAPI

from tests.api.setting import TEN_MILLION, connect, lifted, publish, sent
from tests.clients import LINE
from tests.conftest import SignIn
from tests.web.browser import visitor
from tests.web.test_inbox_pages import box_of

pytestmark = pytest.mark.usefixtures("running_worker")

BOTH = {
    "en": "₫1,000,000,000 as sent: ₫10,000,000",
    "vi": "1.000.000.000\N{NO-BREAK SPACE}₫ lúc gửi: 10.000.000\N{NO-BREAK SPACE}₫",
}


def row_of(html: str, number: str) -> str:
    """A request's row in a list."""
    return next(row for row in html.split("<tr data-href")[1:] if number in row)


def amount_in(html: str) -> str:
    """The first amount in a piece of a page, as it is read."""
    shown = re.search(r'<span class="amount">.*?</small></span>|<span class="money">[^<]*</span>', html)
    assert shown
    return unescape(re.sub(r"<[^>]+>", "", shown[0]))


@pytest.mark.parametrize("language", ["en", "vi"])
async def test_every_page_shows_the_amount_that_is_decided_on_and_the_one_as_sent(
    app: FastAPI, sign_in: SignIn, language: str
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await lifted(sales, manager)
    async with visitor(app, "director1", language) as person:
        for address in ("/inbox", f"/requests?q={request['number']}"):
            assert amount_in(row_of(await person.read(address), request["number"])) == BOTH[language], address
        for address in (f"/inbox/{request['id']}", f"/requests/{request['id']}"):
            subtitle = (await person.read(address)).split('class="page-sub"')[1].split("</p>")[0]
            assert amount_in(subtitle) == BOTH[language], address


async def test_an_amount_that_nobody_changed_is_shown_once(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales, lines=TEN_MILLION)
    async with visitor(app, "manager1") as person:
        row = row_of(await person.read("/inbox"), request["number"])
    assert amount_in(row) == "₫10,000,000"
    assert "as sent" not in row


async def test_the_results_of_several_show_the_amounts_that_count(app: FastAPI, sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    admin, second = await sign_in("admin1"), {"key": "second", "name": "Second", "approvers": [{"user": "director1"}]}
    again = {"key": "third", "name": "Third", "approvers": [{"user": "manager2"}]}
    first = {"key": "manager", "name": "Manager", "approvers": [{"user": "manager1"}], "may_edit": ["lines.quantity"]}
    await publish(admin, "three-steps", [first, second, again])
    await connect(admin, "three-steps")
    try:
        request = await lifted(sales, manager)
    finally:
        await connect(admin, "purchase-approval")
    async with visitor(app, "director1") as person:
        fields = {"command_id": request["id"], "id": box_of(await person.read("/inbox"), request["number"])}
        answer = await person.post("/inbox/approve", fields, page="/inbox")
    result = answer.text.split('<li class="result ')[1]
    assert "is-success" in result
    assert amount_in(result) == BOTH["en"]


async def test_why_a_step_is_asked_says_all_digits_of_the_amount_since_they_decided(
    app: FastAPI, sign_in: SignIn
) -> None:
    request = await sent(await sign_in("sales1"), lines=[{**LINE, "quantity": "10", "unit_price": "12500000.25"}])
    async with visitor(app, "sales1", "vi") as person:
        html = unescape(await person.read(f"/requests/{request['id']}"))
    assert re.search(r'class="run-why">[^<]*\([^<]*125\.000\.002,5\N{NO-BREAK SPACE}₫', html)
