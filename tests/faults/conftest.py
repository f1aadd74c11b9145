"""One whole system for all fault tests: each uses requests of its own and leaves everything running."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.clients import ApiClient
from tests.faults.system import System


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    system = System(tmp_path_factory.mktemp("faults"), disks=True)
    try:
        await system.prepare()
        yield system
    finally:
        await system.end()


@pytest_asyncio.fixture(loop_scope="session")
async def system(whole_system: System) -> System:
    """Everything runs, whatever the test before did."""
    await whole_system.start("postgres", "temporal", "worker", "api")
    return whole_system


@pytest_asyncio.fixture(loop_scope="session")
async def http(system: System) -> AsyncIterator[httpx.AsyncClient]:
    async with system.http() as http:
        yield http


@pytest_asyncio.fixture(loop_scope="session")
async def sales(http: httpx.AsyncClient) -> ApiClient:
    return await ApiClient.signed_in(http, "sales1")


@pytest_asyncio.fixture(loop_scope="session")
async def manager(http: httpx.AsyncClient) -> ApiClient:
    return await ApiClient.signed_in(http, "manager1")
