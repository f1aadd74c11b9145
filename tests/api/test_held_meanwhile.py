"""An order that changes while no worker runs, so that the run cannot hear of it."""

from __future__ import annotations

from temporalio.client import Client

from crm.pool import Pool
from settings import Settings
from tests.api.setting import working
from tests.api.test_holds import changes, held, made_from, small
from tests.application.orders import with_quantity
from tests.conftest import SignIn
from tests.eventually import eventually


async def test_what_is_approved_while_no_worker_runs_is_held_by_a_change_that_comes_before_one_does(
    sign_in: SignIn, pool: Pool, temporal_client: Client, settings: Settings
) -> None:
    """The worker is gone between the approval and the change of the order; the next one finds both."""
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    given = small()
    await changes(pool, given)
    async with working(temporal_client, settings):
        request = await made_from(sales, pool, given, send={})
    answer = await manager.act(request["id"], "approve", {"step": "manager"})
    assert answer.status_code == 202, answer.text
    await changes(pool, with_quantity(given, 7))
    async with working(temporal_client, settings):
        command = answer.json()["command_id"]

        async def refused() -> bool:
            state = await manager.get(f"/purchase-requests/{request['id']}/commands/{command}")
            return bool(state.get("code") == "held")

        await eventually(refused)
        await held(sales, request["id"])
