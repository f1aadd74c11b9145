"""The worker is killed in the middle of a page: another one goes on from there, and nothing is taken twice."""

from __future__ import annotations

import pytest

from crm.pool import create_pool
from embedded.amis.server import PREFIX
from tests.clients import ApiClient
from tests.connectors.amis import CLIENT_ID, CLIENT_SECRET, Served, in_crm, serving, there
from tests.faults.system import System, eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

ORDERS = 5_000
KILLS = 3


async def test_a_worker_that_is_killed_in_the_middle_of_a_page_costs_one_page(
    system: System, http: object, sales: ApiClient
) -> None:
    admin = await ApiClient.signed_in(sales.http, "admin1")
    pool = await create_pool(system.database_url, 2)
    async with serving() as amis:
        assert PREFIX in amis.address
        amis.has(ORDERS)
        amis.oddities.slow_seconds = 0.05
        access = {"address": amis.address, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        answer = await admin.call("PUT", "/connectors/amis", access)
        assert answer.status_code == 200, answer.text
        for kill in range(1, KILLS + 1):
            await read_pages(amis, kill * ORDERS // 100 // (KILLS + 1))
            await system.kill("worker")
            await system.start("worker")

        async def all_is_there() -> bool:
            return await in_crm(pool) == there(amis)

        await eventually(all_is_there)
        assert amis.stand_in.calls["SaleOrders"] <= 1.2 * ORDERS / 100
        await pool.execute("DELETE FROM connectors")
    await pool.close()


async def read_pages(amis: Served, pages: int) -> None:
    """Wait until so many pages were asked for, of which the last one is being answered or taken in."""

    async def asked() -> bool:
        return amis.stand_in.calls["SaleOrders"] >= pages

    await eventually(asked)
