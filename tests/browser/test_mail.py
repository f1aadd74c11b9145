"""A manager decides from a mail on a phone, without signing in, and its requester sees by which way."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from application.mail_links import LinkRules
from crm.pool import Pool
from settings import Settings
from tests.browser.conftest import AtABrowser
from tests.clients import LINE
from tests.conftest import SignIn
from tests.notices.conftest import Mailing
from tests.notices.post_office import open_post_office
from tests.notices.test_mail import LINK

pytestmark = pytest.mark.browser

GOODS = [
    {
        **LINE,
        "description": "Máy tính xách tay ThinkPad T14 thế hệ 5, màn hình 14 inch, bàn phím tiếng Việt",
        "quantity": "2",
    },
    {**LINE, "product_code": "MON-27U", "description": "Màn hình Dell UltraSharp 27 inch", "quantity": "2"},
]


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_manager_decides_from_the_mail_on_a_phone(
    visit: AtABrowser, sign_in: SignIn, pool: Pool, settings: Settings, server_url: str, language: str
) -> None:
    request = await (await sign_in("sales1")).create(lines=GOODS, send={})
    async with open_post_office() as office:
        await Mailing(pool, settings, office, LinkRules()).done()
        text, html = office.to("manager1")[-1].part("plain"), office.to("manager1")[-1].part("html")
    path = LINK.findall(text)[-1].removeprefix("http://localhost")
    words = {
        "vi": ("Xác nhận quyết định", "Đã trả lại"),
        "en": ("Confirm the decision", "Returned"),
    }[language]
    async with visit(None, phone=True, language=language) as manager:
        page = manager.page
        await page.set_content(html)
        assert await page.evaluate("document.documentElement.scrollWidth <= 390")
        await page.context.add_cookies([{"name": "language", "value": language, "url": server_url}])
        assert await manager.open(f"{path}?choose=reject") == 200
        await expect(page.get_by_role("radio", checked=True)).to_have_value("reject")
        await expect(page.locator("main")).to_contain_text(request["number"])
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.evaluate("document.referrer") == ""
        manager.refusals.add(422)
        await page.get_by_role("button", name=words[0]).click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.locator("#note").fill("Kho còn màn hình")
        await page.get_by_role("button", name=words[0]).click()
        await expect(page.locator(".empty-title")).to_have_text(f"{request['number']}: {words[1]}")
        manager.refusals.add(410)
        assert await manager.open(path) == 410
    shown = await (await sign_in("sales1")).request(request["id"])
    assert (shown["process_status"], shown["notes"][-1]["text"]) == ("returned", "Kho còn màn hình")
    assert (await (await sign_in("sales1")).timeline(request["id"]))[-1]["channel"] == "email"
