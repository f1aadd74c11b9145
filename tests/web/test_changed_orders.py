"""Pages say of a changed order what is so: that it was cancelled, what to do about it, and that nothing can be decided meanwhile."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI

from application.taking import cancel
from crm.pool import Pool
from tests.api.test_holds import changes, held, made_from, small
from tests.application.orders import SYSTEM, source_id, with_quantity
from tests.conftest import SignIn
from tests.crm.saved import NOW
from tests.web.browser import value_of, visitor

pytestmark = pytest.mark.usefixtures("running_worker")


def banner(html: str) -> str:
    """What the page says of the order."""
    return html.split('aria-labelledby="order-title"')[1].split("</section>")[0]


def note_of(html: str) -> str:
    """The tag of the field for the note."""
    return html.split('<textarea class="form-control" id="note"')[1].split(">")[0]


async def test_of_a_cancelled_order_the_owner_reads_so_and_is_led_to_cancel(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    given, sales = small(), await sign_in("sales1")
    await changes(pool, given)
    request = await made_from(sales, pool, given, send={})
    await cancel(pool, SYSTEM, [given.key], at=NOW)
    await held(sales, request["id"])
    async with visitor(app, "sales1") as owner, visitor(app, "manager1") as manager:
        said = banner(await owner.read(f"/requests/{request['id']}"))
        assert "Held: the order was cancelled" in said
        assert "has changed" not in said
        (primary,) = re.findall(r'<button[^>]*btn-primary[^>]*data-opens="(\w+)"', said)
        assert primary == "cancel"
        assert set(re.findall(r'data-opens="(\w+)"', said)) == {"keep", "amend", "cancel"}
        page = await manager.read(f"/inbox/{request['id']}")
        assert "Held: the order was cancelled" in banner(page)
        assert "Order cancelled" in page.split('id="source-title"')[1].split("<table")[0], "beside what it had"


async def test_of_a_changed_order_the_owner_is_led_to_amend(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    given, sales = small(), await sign_in("sales1")
    await changes(pool, given)
    request = await made_from(sales, pool, given, send={})
    await changes(pool, with_quantity(given, 9))
    await held(sales, request["id"])
    async with visitor(app, "sales1") as owner:
        said = banner(await owner.read(f"/requests/{request['id']}"))
    assert "Held: the order has changed" in said
    assert re.findall(r'<button[^>]*btn-primary[^>]*data-opens="(\w+)"', said) == ["amend"]


async def test_what_was_tried_meanwhile_is_not_accepted_on_the_timeline_and_no_rejection(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    given, sales = small(), await sign_in("sales1")
    await changes(pool, given)
    request = await made_from(sales, pool, given, send={})
    await changes(pool, with_quantity(given, 9))
    await held(sales, request["id"])
    tried = await (await sign_in("manager1")).act(request["id"], "approve", {"step": "manager"})
    assert tried.json()["code"] == "held"
    async with visitor(app, "sales1", "vi") as owner:
        story = (await owner.read(f"/requests/{request['id']}")).split('id="story-title"')[1]
    assert "không được chấp nhận" in story
    assert "bị từ chối" not in story


async def test_a_held_request_is_said_to_wait_for_its_owner(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    given, sales = small(), await sign_in("sales1")
    await changes(pool, given)
    request = await made_from(sales, pool, given, send={})
    await changes(pool, with_quantity(given, 9))
    await held(sales, request["id"])
    async with visitor(app, "sales1") as owner:
        for page in ("/", f"/requests?q={request['number']}"):
            assert "held until Nguyễn Văn An answers" in await owner.read(page), page


async def test_who_decides_a_request_of_a_cancelled_order_sees_that_in_the_inbox(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    given, sales = small(), await sign_in("sales1")
    await changes(pool, given)
    request = await made_from(sales, pool, given)
    await cancel(pool, SYSTEM, [given.key], at=NOW)
    async with visitor(app, "sales1") as owner, visitor(app, "manager1") as manager:
        said = banner(await owner.read(f"/requests/{request['id']}"))
        assert "approvers see that the order was cancelled" in said
        assert "take over" not in said
        await sales.done(request["id"], "send", {"note": "Khách vẫn lấy"})
        row = (await manager.read(f"/inbox?q={request['number']}")).split(f'data-href="/inbox/{request["id"]}')[1]
        assert "Order cancelled" in row.split("</tr>")[0]
        dialog = (await owner.read(f"/requests/{request['id']}")).split('id="cancel"')[1].split("</dialog>")[0]
    assert "from the same order" not in dialog


async def test_whoever_sends_in_spite_of_a_cancelled_order_says_why(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    given, sales = small(), await sign_in("sales1")
    await changes(pool, given)
    request = await made_from(sales, pool, given)
    path = f"/requests/{request['id']}"
    async with visitor(app, "sales1") as owner:
        assert "required" not in note_of(await owner.read(f"{path}/send"))
        await cancel(pool, SYSTEM, [given.key], at=NOW)
        form = await owner.read(f"{path}/send")
        assert "Why are the goods needed although the order was cancelled?" in form
        assert "required" in note_of(form)
        fields = {"version": value_of(form, "version"), "command_id": value_of(form, "command_id")}
        refused = await owner.post(f"{path}/send", {**fields, "note": " "}, page=f"{path}/send")
        assert refused.status_code == 422
        assert "Send it with a note that says why" in refused.text
        assert "they did not say why" in (await owner.read(path)).split('id="story-title"')[1]
        assert (await sales.request(request["id"]))["process_status"] == "not_sent"
        fields["command_id"] = value_of(refused.text, "command_id")
        sent = await owner.post(f"{path}/send", {**fields, "note": "Khách vẫn lấy"}, page=f"{path}/send")
        assert sent.headers["location"] == path
        html = await owner.read(path)
    assert "Khách vẫn lấy" in banner(html)
    assert "Khách vẫn lấy" in html.split('id="story-title"')[1]


async def test_the_printed_page_says_of_the_order_what_the_page_says(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    given, sales = small(), await sign_in("sales1")
    await changes(pool, given)
    request = await made_from(sales, pool, given)
    path = f"/requests/{request['id']}/print"
    async with visitor(app, "sales1") as owner:
        assert "The order" not in await owner.read(path)
        await changes(pool, with_quantity(given, 9))
        html = await owner.read(path)
        assert "The order has changed since this was made from it" in html
        assert re.search(r"<del[^>]*>2 Chiếc</del>\s*<ins[^>]*>9 Chiếc</ins>", html)
        await cancel(pool, SYSTEM, [given.key], at=NOW)
        assert "The order was cancelled" in await owner.read(path)
        await sales.done(request["id"], "send", {"note": "Khách vẫn lấy"})
        html = (await owner.read(path)).split('class="fields"')[0]
    assert "Kept as it is, although the order was cancelled" in html
    assert "Khách vẫn lấy" in html


async def test_no_form_is_filled_from_an_order_that_was_cancelled(app: FastAPI, pool: Pool) -> None:
    given = small()
    await changes(pool, given)
    await cancel(pool, SYSTEM, [given.key], at=NOW)
    order = await source_id(pool, given)
    async with visitor(app, "sales1") as owner:
        answer = await owner.get(f"/requests/new?source_type=sales_order&source_id={order}")
        assert answer.headers["location"] == f"/orders/{order}"
        assert "No request can be made from it" in await owner.read(f"/orders/{order}")


async def test_of_a_line_that_is_gone_from_the_order_nothing_is_said_to_be_ordered(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    given, sales = small(), await sign_in("sales1")
    await changes(pool, given)
    request = await made_from(sales, pool, given)
    async with visitor(app, "sales1") as owner:
        assert 'data-ordered="' in await owner.read(f"/requests/{request['id']}/edit")
        await changes(pool, given.model_copy(update={"lines": given.lines[1:]}))
        form = await owner.read(f"/requests/{request['id']}/edit")
    row = form.split(request["lines"][0]["id"])[1].split("</tr>")[0]
    assert "not on the order any more" in row
    assert "Ordered " not in row
