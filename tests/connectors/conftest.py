"""A stand-in for AMIS, and the CRM connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from crm.pool import Pool
from tests.connectors.amis import Served, connect, serving


@pytest_asyncio.fixture(loop_scope="session")
async def served() -> AsyncIterator[Served]:
    """A stand-in that has no orders yet."""
    async with serving() as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def amis(pool: Pool, served: Served) -> Served:
    """A stand-in that the CRM is connected to, and has read nothing of."""
    await connect(pool, served)
    return served
