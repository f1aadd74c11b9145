"""Somebody at a browser: where they go, what they press and read, and whatever a page does that it should not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, Request, expect

from tests.web.browser import value_of

PATIENCE_MS: Final = 30_000
"""How long a person waits for what should happen at once: machines that run tests are slow at times."""

LOCALES: Final = {"vi": "vi-VN", "en": "en-GB"}
DESKTOP: Final = {"width": 1280, "height": 840}
PHONE: Final = {"width": 390, "height": 844}

_STATUS: Final = re.compile(r"responded with a status of (\d+)")


@dataclass
class Person:
    """Somebody with a browser of their own.

    Attributes:
        page: the tab they look at.
        address: where the pages are.
        trouble: what a page did that none may: errors in the console, dialogs, violations of the content security
            policy, requests to other hosts.
        refusals: statuses of answers that the test provokes; the console's report of them is no trouble.
    """

    page: Page
    address: str
    trouble: list[str] = field(default_factory=list)
    refusals: set[int] = field(default_factory=set)

    def watch(self) -> None:
        """Note trouble from now on."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.trouble.append(f"script error: {error}"))
        self.page.on("dialog", self._on_dialog)
        self.page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        status = _STATUS.search(message.text)
        if message.type in ("error", "warning") and not (status and int(status[1]) in self.refusals):
            self.trouble.append(f"console: {message.text} ({self.page.url})")

    async def _on_dialog(self, dialog: Dialog) -> None:
        self.trouble.append(f"dialog: {dialog.message} ({self.page.url})")
        await dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.netloc != urlsplit(self.address).netloc:
            self.trouble.append(f"asked another host: {request.url} ({self.page.url})")

    async def open(self, path: str) -> int:
        """Go to a page; the answer's status."""
        answer = await self.page.goto(self.address + path)
        assert answer is not None
        return answer.status

    async def sign_in(self, username: str) -> None:
        """Pick a user of the demo."""
        await self.open("/sign-in")
        await self.page.locator(f'button[value="{username}"]').click()
        await expect(self.page.locator("nav#navigation")).to_be_visible()

    def button(self, name: str) -> Locator:
        """A button or a link that looks like one, by its name."""
        main = self.page.locator("main")
        return main.get_by_role("button", name=name, exact=True).or_(main.get_by_role("link", name=name, exact=True))

    async def press(self, name: str) -> None:
        """Press it."""
        await self.button(name).first.click()

    async def leads_to(self, path: str) -> None:
        """The address matches this pattern soon."""
        await expect(self.page).to_have_url(re.compile(re.escape(self.address) + path))

    async def sees(self, *texts: str) -> None:
        """The page shows these texts soon."""
        for text in texts:
            await expect(self.page.locator("main")).to_contain_text(text)

    async def sees_status(self, label: str) -> None:
        """The heading shows this process status soon."""
        await expect(self.page.locator("h1 .status")).to_have_text(label)

    @property
    def request_id(self) -> str:
        """The id of the request that is looked at."""
        found = re.search(r"/(?:requests|inbox|purchasing)/([0-9a-f-]{36})", self.page.url)
        assert found, self.page.url
        return found[1]


async def _sign_in(context: BrowserContext, address: str, username: str) -> None:
    """Sign a user of the demo in as ``Person.sign_in`` does, without any page."""
    form = await context.request.get(f"{address}/sign-in")
    token = value_of(await form.text(), "csrf_token")
    answer = await context.request.post(
        f"{address}/sign-in", form={"csrf_token": token, "username": username}, max_redirects=0
    )
    assert answer.status == 303, await answer.text()


@asynccontextmanager
async def at_a_browser(
    browser: Browser,
    address: str,
    username: str | None = None,
    *,
    language: str = "vi",
    phone: bool = False,
    dark: bool = False,
    **more: Any,
) -> AsyncIterator[Person]:
    """Somebody with a fresh browser, who looks at no page yet; leaving it checks that no page gave trouble.

    Args:
        browser: the process, shared by everybody.
        address: where the pages are.
        username: who is signed in; None: nobody.
        language: what the browser prefers.
        phone: a small screen that is touched.
        dark: the device's appearance.
        more: what else the context is made with.
    """
    context: BrowserContext = await browser.new_context(
        locale=LOCALES[language],
        viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]  # a mapping of the two
        has_touch=phone,
        is_mobile=phone,
        color_scheme="dark" if dark else "light",
        **more,
    )
    context.set_default_timeout(PATIENCE_MS)
    person = Person(await context.new_page(), address)
    person.watch()
    try:
        if username is not None:
            await _sign_in(context, address, username)
        yield person
    finally:
        await context.close()
    assert person.trouble == [], person.trouble
