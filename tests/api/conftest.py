"""Fixtures of several modules of tests of the API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.api.target import Target, target_at


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def target(server_url: str) -> AsyncIterator[Target]:
    """The application behind a real HTTP server, for calls that are generated or hostile."""
    async with target_at(server_url) as target:
        yield target
