"""Pages say of a changed order what is so: that it was cancelled, what to do about it, and that nothing can be decided meanwhile."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI

from application.taking import cancel
from crm.pool import Pool
from tests.api.test_holds import changes, held, made_from, small
from tests.application.orders import SYSTEM, with_quantity
from tests.conftest import SignIn
from tests.crm.saved import NOW
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")


def banner(html: str) -> str:
    """What the page says of the order."""
    return html.split('aria-labelledby="order-title"')[1].split("</section>")[0]


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
