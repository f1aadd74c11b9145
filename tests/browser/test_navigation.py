"""The navigation of somebody with many entries."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import AtABrowser

pytestmark = pytest.mark.browser


async def test_an_admin_sees_every_entry_on_a_low_screen(visit: AtABrowser) -> None:
    async with visit("admin1") as admin:
        page = admin.page
        await admin.open("/")
        last = page.locator("nav#navigation .nav-entry").last
        for width, height in ((1024, 768), (1366, 625), (1280, 840)):
            await page.set_viewport_size({"width": width, "height": height})
            await expect(last).to_be_in_viewport(ratio=1)
            entry = await last.bounding_box()
            bell = await page.locator(".sidebar .bell").bounding_box()
            assert entry is not None
            assert bell is not None
            assert entry["y"] + entry["height"] <= bell["y"], f"{width}x{height}: the bell covers nothing of it"
