"""People of the demo with sessions of the client, against the running application."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from demo.desk import People


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def people(server_url: str) -> AsyncIterator[People]:
    """The people of the demo."""
    async with People(server_url) as people:
        yield people
