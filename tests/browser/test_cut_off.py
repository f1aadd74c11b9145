"""Words that people read or choose from are not cut off, and what belongs together stands together."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

CUT_TITLES = """() => [...document.querySelectorAll(".nav-short")]
    .filter((it) => it.checkVisibility() && it.scrollWidth > it.clientWidth)
    .map((it) => it.textContent)"""

CUT_CHOICES = """() => [...document.querySelectorAll("main select")].filter((it) => it.checkVisibility()).filter((it) => {
    const style = getComputedStyle(it);
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const room = it.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return pen.measureText(it.selectedOptions[0].text).width > room + 1;
}).map((it) => it.selectedOptions[0].text)"""


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("username", ["sales1", "manager1", "director1", "purchasing1", "admin1"])
async def test_the_tab_bar_of_a_phone_has_whole_words(visit: AtABrowser, username: str, language: str) -> None:
    async with visit(username, phone=True, language=language) as person:
        await person.open("/")
        for width in (320, 360, 390):
            await person.page.set_viewport_size({"width": width, "height": 844})
            assert await person.page.evaluate(CUT_TITLES) == [], width


@pytest.mark.parametrize(("username", "address"), [("manager1", "/inbox"), ("sales1", "/requests")])
async def test_a_star_stands_beside_the_number_that_it_belongs_to(
    visit: AtABrowser, sign_in: SignIn, username: str, address: str
) -> None:
    await sent(await sign_in("sales1"), lines=SMALL)
    async with visit(username) as person:
        await person.open(address)
        row = person.page.locator("tbody tr").first
        number, star = row.locator(".main-link").first, row.locator("[data-flag]")
        for width in (1024, 1280, 1440):
            await person.page.set_viewport_size({"width": width, "height": 844})
            await expect(star).to_be_visible()
            of_number, of_star = await number.bounding_box(), await star.bounding_box()
            assert of_number is not None
            assert of_star is not None
            middle = of_star["y"] + of_star["height"] / 2
            assert of_number["y"] <= middle <= of_number["y"] + of_number["height"], width


@pytest.mark.parametrize("widths", [(390,), (768, 1024, 1280)], ids=["phone", "desk"])
async def test_choices_of_the_process_designer_are_shown_whole(visit: AtABrowser, widths: tuple[int, ...]) -> None:
    async with visit("admin1", phone=widths == (390,)) as admin:
        page = admin.page
        await admin.open("/admin/new-process/form")
        for name, value in {"a0.approvers.0.how": "manager", "a0.vote": "choose", "a0.condition": "all"}.items():
            await page.locator(f'[name="{name}"]').select_option(value)
        for fold in await page.locator("details.design-more").all():
            await fold.evaluate("it => { it.open = true; }")
        kinds = page.locator('[name="a0.tests.0.kind"]')
        for index in range(await kinds.locator("option").count()):
            await kinds.select_option(index=index)
            for width in widths:
                await page.set_viewport_size({"width": width, "height": 844})
                assert await page.evaluate(CUT_CHOICES) == [], width
                assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
