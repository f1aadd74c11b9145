"""Starting Chromium, for the browser tests and for the pictures of the documentation."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
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

SHELL: Final = "chromium-headless-shell"
LETTERS: Final = "--font-render-hinting=none"
"""Has the shell draw letters as wide as the whole browser does."""


@asynccontextmanager
async def chromium(*more: str, shell: bool = False) -> AsyncIterator[Browser]:
    """The browser whose path is in ``CHROMIUM``; without it, Playwright's own.

    Args:
        more: further arguments for it.
        shell: take the part of it that shows pages, if it lies beside it, as Debian installs it: a profile and a window are much less
            work there. It has no reader of PDF files, and no notifications.
    """
    path = os.environ.get("CHROMIUM") or None
    beside = Path(path).with_name(SHELL) if shell and path else None
    if beside is not None and beside.exists():
        path, more = str(beside), (LETTERS, *more)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *more])
        yield browser
        await browser.close()
