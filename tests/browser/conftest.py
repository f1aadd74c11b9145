"""A browser or two for the whole run; everybody in a test has a context, that is a profile, of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.chromium import chromium
from tests.browser.person import PATIENCE_MS, Person, at_a_browser

expect.set_options(timeout=PATIENCE_MS)

AtABrowser = Callable[..., AbstractAsyncContextManager[Person]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, or what of it shows pages."""
    async with chromium(shell=True) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_browser() -> AsyncIterator[Browser]:
    """Chromium as people have it."""
    async with chromium() as running:
        yield running


@pytest.fixture
def visit(browser: Browser, server_url: str) -> AtABrowser:
    """``async with visit("sales1") as sales``; see ``at_a_browser`` for what else it takes."""
    return partial(at_a_browser, browser, server_url)


@pytest.fixture
def visit_whole(whole_browser: Browser, server_url: str) -> AtABrowser:
    """The same with a browser that shows PDF files and notifications too."""
    return partial(at_a_browser, whole_browser, server_url)
