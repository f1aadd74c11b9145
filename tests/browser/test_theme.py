"""The colour theme that somebody has chosen is kept in a cookie that nothing else can have set."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("address", "name"), [("https://crm.example", "__Host-theme"), ("http://127.0.0.1", "theme")])
async def test_the_choice_is_kept_for_this_host_alone(
    browser: Browser, repository: Path, address: str, name: str
) -> None:
    script = (repository / "web/static/theme.js").read_text(encoding="utf-8")
    context = await browser.new_context(color_scheme="light")
    await context.route(
        "**/*", lambda route: route.fulfill(content_type="text/html", body=f"<script>{script}</script>")
    )
    page = await context.new_page()
    await page.goto(address)
    await page.evaluate("chooseTheme('dark')")
    (cookie,) = await context.cookies()
    assert (cookie["name"], cookie["value"], cookie["path"], cookie["sameSite"]) == (name, "dark", "/", "Lax")
    assert cookie["secure"] is address.startswith("https")
    await page.reload()
    assert await page.evaluate("[chosenTheme(), document.documentElement.dataset.bsTheme]") == ["dark", "dark"]
    await page.evaluate("chooseTheme('auto')")
    assert await context.cookies() == []
    await context.close()
