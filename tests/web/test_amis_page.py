"""The page on which an admin connects AMIS, and sees what came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fastapi import FastAPI
from temporalio.client import Client

from crm.pool import Pool
from embedded.amis.orders import example
from tests.connectors.amis import CLIENT_ID, CLIENT_SECRET, Served, follow_nothing, followed, forget, serving
from tests.web.browser import visitor

HOME = "/admin/amis"


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def not_connected(pool: Pool, temporal_client: Client) -> AsyncIterator[None]:
    """Nothing is connected before a test, and nothing is followed after it."""
    await forget(pool)
    yield
    await follow_nothing(temporal_client)


@pytest_asyncio.fixture(loop_scope="session")
async def amis() -> AsyncIterator[Served]:
    async with serving() as served:
        yield served


def access(amis: Served, **changes: str) -> dict[str, str]:
    known = {"address": amis.address, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "enabled": "yes"}
    return {**known, **changes}


async def test_amis_is_connected_and_its_secret_is_on_no_page(app: FastAPI, amis: Served) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        assert "https://crmconnect.misa.vn/api/v2" in await admin.read(HOME)
        answer = await admin.post(HOME, access(amis), page=HOME)
        assert answer.status_code == 303
        html = await admin.read(HOME)
        assert amis.address in html
        assert CLIENT_SECRET not in html
        await admin.post(f"{HOME}/test", {}, page=HOME)
        assert "AMIS trả lời" in await admin.read(HOME)


async def test_an_address_that_is_not_to_be_called_is_said_at_its_field(app: FastAPI, amis: Served) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        answer = await admin.post(HOME, access(amis, address="http://10.0.0.5/api"), page=HOME)
        assert answer.status_code == 422
        assert "CONNECTOR_ALLOWED_NETWORKS" in answer.text
        assert 'value="http://10.0.0.5/api"' in answer.text
        assert CLIENT_SECRET not in answer.text


async def test_what_could_not_be_taken_is_there_with_the_reason_and_whoever_is_unknown(
    app: FastAPI, amis: Served, pool: Pool
) -> None:
    amis.orders.add(example("Hoàng Thị <b>Lan</b>", 1))
    async with visitor(app, "admin1", "vi") as admin:
        await admin.post(HOME, access(amis), page=HOME)
        await followed(pool, amis)
        html = await admin.read(HOME)
        assert "ở đây không ai được biết với tên Hoàng Thị &lt;b&gt;Lan&lt;/b&gt;" in html
        assert "AMIS-1001" in html
        assert "Chưa biết đó là ai" in html
        name = {"name": "Hoàng Thị <b>Lan</b>", "username": "sales2"}
        assert (await admin.post(f"{HOME}/people", name, page=HOME)).status_code == 303
        await followed(pool, amis)
        assert "AMIS-1001" not in await admin.read(HOME)


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_why_amis_cannot_be_read_is_said_in_words(app: FastAPI, amis: Served, pool: Pool, language: str) -> None:
    amis.oddities.breaks_every = 1
    async with visitor(app, "admin1", language) as admin:
        await admin.post(HOME, access(amis), page=HOME)
        await followed(pool, amis)
        said = "hệ thống bên kia đang gặp lỗi" if language == "vi" else "it has an error of its own"
        assert f"{said} (HTTP 503)" in await admin.read(HOME)
