"""The engine's store is gone while requests wait: the reconciler has them go on, and their clocks ring, without anybody touching them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio

from tests.clients import ApiClient
from tests.faults.system import System, eventually, settled
from tests.faults.test_reminders import SOON, reminders
from tests.faults.whole import check

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]


class Reconciled(System):
    """The whole system, with a pass of the reconciler every minute."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "RECONCILE_MINUTES": "1"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reconciled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    system = Reconciled(tmp_path_factory.mktemp("store-lost"))
    try:
        await system.prepare()
        yield system
    finally:
        await system.end()


async def test_requests_go_on_after_the_store_of_the_engine_is_gone(reconciled: System) -> None:
    system = reconciled
    async with system.http() as http:
        sales, manager = [await ApiClient.signed_in(http, name) for name in ("sales1", "manager1")]
        requests = [await sales.create(send={}) for _ in range(5)]
        overdue = requests[0]

        async def all_wait() -> bool:
            return all([(await sales.request(one["id"]))["process_status"] == "in_progress" for one in requests])

        await eventually(all_wait)
        await settled(system)
        await system.stop("worker", "temporal")
        for file in system.temporal.state_file.parent.glob("temporal.db*"):
            file.unlink()
        assert len(await system.rows(SOON, UUID(overdue["id"]))) == 1
        await system.start("temporal", "worker")

        async def reminded() -> bool:
            return bool(await reminders(sales, overdue["id"]))

        await eventually(
            reminded, seconds=180
        )  # the next pass, and a clock that has waited rings a minute after its run began
        found = await system.rows("SELECT kind, number, mended FROM findings ORDER BY number")
        numbers = sorted(one["number"] for one in requests)
        assert [(one["kind"], one["number"], one["mended"]) for one in found] == [
            ("started", number, True) for number in numbers
        ]
        answer = await manager.act(requests[1]["id"], "approve", {"step": "manager"})
        assert answer.status_code == 200, answer.text
        await settled(system)
        for one in requests:
            await check(system, one["id"])
