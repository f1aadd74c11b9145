"""A decision on a phone: what it needs is on the first screen, and it takes three taps from the start page at most."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.api.setting import sent
from tests.browser.conftest import AtABrowser
from tests.clients import LINE
from tests.conftest import SignIn

pytestmark = pytest.mark.browser


async def test_the_first_screen_has_what_a_decision_needs_and_two_taps_make_it(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    sales = await sign_in("sales1")
    order = (await sales.get("/sales-orders?q=0412"))["items"][0]
    draft = await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft")
    draft["lines"][0]["quantity"] = "8"
    request = await sent(sales, **draft)
    async with visit("manager1", phone=True) as manager:
        page = manager.page
        await manager.open("/")
        await page.get_by_role("link", name=request["number"]).tap()
        digest = page.locator(".digest")
        for text in ("Nguyễn Văn An", order["customer"], "Tổng", "Giá trị đơn hàng", "08/12/2026", "(đơn hàng: 10)"):
            await expect(digest).to_contain_text(text)
        approve = page.locator("#approve")
        bar = await page.locator("#decision").bounding_box()
        seen = await digest.bounding_box()
        assert bar is not None
        assert seen is not None
        assert seen["y"] + seen["height"] <= bar["y"], "the decision covers nothing of it"
        total = " ".join((await digest.locator("dd").first.inner_text()).split())
        assert " ".join((await approve.inner_text()).split()) == f"Duyệt {total}"
        await expect(page.locator("#run .run-node").first).to_be_hidden()
        await expect(page.locator(".source-table tbody tr:visible")).to_have_count(1)
        await page.locator("#run summary").tap()
        await expect(page.locator("#run .run-node").first).to_be_visible()
        await approve.tap()
        await manager.leads_to("/inbox$")
    assert (await sales.request(request["id"]))["run"]["step"]["key"] == "director"


@pytest.mark.parametrize("width", [320, 360, 390])
async def test_what_an_approver_does_with_others_opens_within_the_screen(
    visit: AtABrowser, sign_in: SignIn, width: int
) -> None:
    line = {**LINE, "quantity": "1", "unit_price": "214025001"}
    request = await sent(await sign_in("sales1"), lines=[line])
    async with visit("manager1", phone=True) as manager:
        page = manager.page
        await page.set_viewport_size({"width": width, "height": 844})
        await manager.open(f"/inbox/{request['id']}")
        await page.locator("#decision .menu > summary").tap()
        for part in (page.locator("#decision .menu-body"), *await page.locator("#decision .menu-item").all()):
            box = await part.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 844
        await page.locator("[data-opens=forward]").tap()
        await expect(page.locator("dialog#forward")).to_be_visible()


async def test_the_amount_to_approve_follows_what_is_changed(visit: AtABrowser, sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"))
    async with visit("manager1", phone=True) as manager:
        await manager.open(f"/inbox/{request['id']}")
        await expect(manager.page.locator("#approve")).to_contain_text("125.000.000")
        await manager.page.locator(".edit-card > summary").click()
        await manager.page.locator("[data-before][name$='quantity']").first.fill("8")
        await expect(manager.page.locator("#approve")).to_contain_text("100.000.000")


@pytest.mark.parametrize(("width", "height"), [(844, 390), (768, 1024), (1024, 768)])
async def test_a_phone_on_its_side_and_a_tablet_show_it_first_too(
    visit: AtABrowser, sign_in: SignIn, width: int, height: int
) -> None:
    request = await sent(await sign_in("sales1"))
    async with visit("manager1") as manager:
        page = manager.page
        await page.set_viewport_size({"width": width, "height": height})
        await manager.open(f"/inbox/{request['id']}")
        goods = await page.locator(".digest-goods li").first.bounding_box()
        bar = await page.locator("#decision").bounding_box()
        assert goods is not None
        assert bar is not None
        assert goods["y"] + goods["height"] <= bar["y"], "the decision does not cover the goods"
        await expect(page.locator("#approve")).to_contain_text("125.000.000")
        await expect(page.locator("#run .run-node").first).to_be_hidden()


async def test_a_wide_screen_stays_as_it_was(visit: AtABrowser, sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"))
    async with visit("manager1") as manager:
        await manager.open(f"/inbox/{request['id']}")
        await expect(manager.page.locator(".digest")).to_be_hidden()
        await expect(manager.page.locator("#run .run-node").first).to_be_visible()
        await expect(manager.page.locator("#approve")).to_have_text("Duyệt", use_inner_text=True)
