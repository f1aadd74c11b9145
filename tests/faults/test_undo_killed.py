"""Whatever dies while a decision may still be taken back: it takes effect once, or never if it was taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.clients import ApiClient
from tests.faults.held import held_commit, held_row
from tests.faults.system import System, applied, eventually, settled
from tests.faults.whole import check

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


async def deferred(sales: ApiClient, manager: ApiClient) -> tuple[str, str]:
    """A request, and the approval of it that takes effect in some seconds."""
    request_id: str = (await sales.done((await sales.create())["id"], "send"))["id"]
    command_id = str(uuid4())
    body = {"step": "manager", "undo": True, "command_id": command_id}
    answer = await manager.act(request_id, "approve", body)
    assert answer.status_code == 202, answer.text
    return request_id, command_id


async def approvals(sales: ApiClient, request_id: str) -> list[Any]:
    return [entry for entry in await sales.timeline(request_id) if entry["action"] == "approve"]


async def took_effect_once(system: System, sales: ApiClient, request_id: str, command_id: str) -> None:
    """It has taken effect, and does not again."""
    await applied(sales, request_id, command_id)
    await settled(system)
    (entry,) = await approvals(sales, request_id)
    assert (entry["command_id"], entry["outcome"]) == (command_id, "accepted")
    await check(system, request_id)


async def test_a_worker_killed_before_the_commit_has_it_take_effect_once(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id, command_id = await deferred(sales, manager)
    async with held_row(system, request_id) as row:
        await row.wait_for_write_back()
        await system.kill("worker")
        await row.end_write_back()
        await row.release()
    assert await approvals(sales, request_id) == []
    await system.start("worker")
    await took_effect_once(system, sales, request_id, command_id)


async def test_a_worker_killed_right_after_the_commit_has_it_take_effect_once(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id, command_id = await deferred(sales, manager)
    async with held_commit(system) as commit:
        await commit.wait_for_commit()
        await system.kill("worker")
        await commit.release()  # PostgreSQL commits what the dead worker had asked for
    await system.start("worker")
    await took_effect_once(system, sales, request_id, command_id)


async def test_everything_killed_while_it_waits_has_it_take_effect_once_when_it_is_back(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id, command_id = await deferred(sales, manager)
    everything = ("api", "worker", "temporal", "postgres")
    await system.kill(*everything)
    await system.start(*everything)
    await took_effect_once(system, sales, request_id, command_id)


async def test_it_takes_effect_although_the_api_stays_away(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id, command_id = await deferred(sales, manager)
    await system.kill("api")

    async def is_written() -> bool:
        return bool(await system.rows("SELECT true FROM timeline WHERE command_id = $1", UUID(command_id)))

    await eventually(is_written)
    await system.start("api")
    await took_effect_once(system, sales, request_id, command_id)


async def test_what_is_taken_back_while_the_engine_is_away_never_takes_effect(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request_id: str = (await sales.done((await sales.create())["id"], "send"))["id"]
    await system.kill("temporal")
    command_id = str(uuid4())
    body = {"step": "manager", "undo": True, "command_id": command_id}
    assert (await manager.act(request_id, "approve", body)).status_code == 202
    answer = await manager.act(request_id, f"commands/{command_id}/undo")
    assert (answer.status_code, answer.json()["status"]) == (200, "undone")
    await system.start("temporal")
    later = str(uuid4())
    await manager.act(request_id, "reject", {"step": "manager", "note": "Thiếu báo giá", "command_id": later})
    await applied(sales, request_id, later)
    await settled(system)
    assert await approvals(sales, request_id) == []
    await check(system, request_id)
