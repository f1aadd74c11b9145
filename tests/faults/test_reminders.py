"""A worker dies while its clock rings: what is due is done once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.clients import ApiClient
from tests.faults.held import held_commit, held_row
from tests.faults.system import System, eventually, settled
from tests.faults.whole import check

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

SOON = """
UPDATE assignments SET alarms = jsonb_build_array(
    jsonb_build_object('kind', 'remind', 'stage', 0, 'at', now() + interval '5 seconds'))
WHERE request_id = $1 AND state = 'open' RETURNING id
"""
"""A reminder that is due in some seconds; the units of a process are hours."""


async def due_soon(system: System, sales: ApiClient) -> str:
    """A request whose approver is reminded by the clock in some seconds, and was by hand just now."""
    request_id: str = (await sales.create(send={}))["id"]

    async def waits() -> bool:
        return bool((await sales.request(request_id))["process_status"] == "in_progress")

    await eventually(waits)
    assert len(await system.rows(SOON, UUID(request_id))) == 1
    assert (await sales.act(request_id, "remind", {"step": "manager"})).status_code == 200  # the run looks at its clock
    return request_id


async def reminders(sales: ApiClient, request_id: str) -> list[Any]:
    """What the clock has reminded."""
    timeline = await sales.timeline(request_id)
    return [entry for entry in timeline if entry["actor"]["username"] == "$system"]


async def reminded_once(system: System, sales: ApiClient, request_id: str) -> None:
    """The clock has reminded once, and does not do it again."""

    async def reminded() -> bool:
        return bool(await reminders(sales, request_id))

    await eventually(reminded)
    await settled(system)
    (entry,) = await reminders(sales, request_id)
    assert (entry["action"], entry["note"]) == ("remind", "Lê Hoàng Nam (manager1)")
    told = await system.rows(
        "SELECT facts ->> 'actor' AS actor FROM outbox WHERE request_id = $1 AND type = 'assignment.reminded' ORDER BY sequence",
        UUID(request_id),
    )
    assert [row["actor"] for row in told] == ["sales1", "$system"]
    await check(system, request_id)


async def test_a_worker_killed_between_the_clock_and_the_commit_reminds_once(system: System, sales: ApiClient) -> None:
    request_id = await due_soon(system, sales)
    async with held_row(system, request_id) as row:
        await row.wait_for_write_back()
        await system.kill("worker")
        await row.end_write_back()
        await row.release()
    assert await reminders(sales, request_id) == []
    await system.start("worker")
    await reminded_once(system, sales, request_id)


async def test_a_worker_killed_right_after_the_commit_of_a_reminder_reminds_once(
    system: System, sales: ApiClient
) -> None:
    request_id = await due_soon(system, sales)
    async with held_commit(system) as commit:
        await commit.wait_for_commit()
        await system.kill("worker")
        await commit.release()  # PostgreSQL commits what the dead worker had asked for
    await system.start("worker")
    await reminded_once(system, sales, request_id)


async def test_everything_killed_while_the_clock_runs_reminds_once_when_it_is_back(
    system: System, sales: ApiClient
) -> None:
    request_id = await due_soon(system, sales)
    everything = ("api", "worker", "temporal", "postgres")
    await system.kill(*everything)
    await system.start(*everything)
    await reminded_once(system, sales, request_id)
