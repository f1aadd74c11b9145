"""The API's documentation works under its content security policy: the document is shown, and a call can be tried."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import AtABrowser

pytestmark = pytest.mark.browser


async def test_the_documentation_is_shown_and_a_call_can_be_tried(visit: AtABrowser) -> None:
    async with visit() as person:
        await person.page.goto(f"{person.address}/docs")
        call = person.page.locator("#operations-ops-healthz")
        await call.get_by_role("button").first.click()
        await call.get_by_role("button", name="Try it out").click()
        await call.get_by_role("button", name="Execute").click()
        await expect(call.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
