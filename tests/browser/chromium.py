"""Starting Chromium, for the browser tests and for the pictures of the documentation."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, async_playwright

ARGUMENTS: Final = (
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """The browser whose path is in ``CHROMIUM``; without it, Playwright's own. ``more`` are further arguments for it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or None, args=[*ARGUMENTS, *more]
        )
        yield browser
        await browser.close()
