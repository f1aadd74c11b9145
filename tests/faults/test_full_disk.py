"""The database's disk is full: whoever asks is told so, no answer is a lie, and once there is room everything is done once."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.clients import ApiClient, request_body
from tests.faults.system import System, applied, eventually, settled
from tests.faults.whole import check
from workflows import contracts

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

DECISIONS = 10
LONG_NOTE = 1500
"""Letters of chance in each note: a page of the timeline has room for few, so that most decisions need space that is not there."""


@pytest.fixture
def full(system: System) -> Iterator[System]:
    """The system, whose database's disk a test may fill; there is room again afterwards."""
    disk = system.disks["postgres"]
    if not disk.can_be_filled:
        pytest.skip(
            "a disk that can be filled is a file system of our own (tmpfs), and this user may not mount one: run it as root"
        )
    yield system
    disk.empty()


async def readiness(http: httpx.AsyncClient) -> tuple[int, str]:
    answer = await http.get("/readyz")
    return answer.status_code, answer.json()["database"]


async def entries(user: ApiClient, request_id: str) -> list[Any]:
    return [entry for entry in await user.timeline(request_id) if entry["action"] == "approve"]


async def test_a_full_disk_is_told_and_what_was_taken_meanwhile_is_done_once_when_there_is_room(
    full: System, http: httpx.AsyncClient, sales: ApiClient, manager: ApiClient
) -> None:
    commands: dict[str, dict[str, Any]] = {}
    for _ in range(DECISIONS + 1):
        request_id = (await sales.create())["id"]
        assert (await sales.act(request_id, "send")).status_code in {200, 202}
        commands[request_id] = {
            "command_id": str(uuid4()),
            "step": "manager",
            "note": secrets.token_urlsafe(LONG_NOTE)[:LONG_NOTE],
        }
    *asked, signalled = commands
    await settled(full)
    assert await readiness(http) == (200, "ok")

    async def is_told() -> bool:
        full.disks["postgres"].fill()
        return await readiness(http) == (503, "unavailable")

    await eventually(is_told)
    answers = await asyncio.gather(*(manager.act(one, "approve", commands[one]) for one in asked))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 202, 503}
    assert statuses.count(200) < DECISIONS / 2  # a short row may have found room in its page
    run = (await full.temporal_client()).get_workflow_handle(contracts.workflow_id(UUID(signalled)))
    await run.signal("approve", {**commands[signalled], "actor": "manager1"})
    new, key = request_body(description="x" * 1000), str(uuid4())
    saved = await sales.call("POST", "/purchase-requests", new, Idempotency_Key=key)
    assert saved.status_code in {201, 503}

    full.disks["postgres"].empty()
    await full.start("postgres")  # it may have died of it

    async def is_well() -> bool:
        return await readiness(http) == (200, "ok")

    await eventually(is_well)
    for request_id, status in zip(asked, statuses, strict=True):
        if status != 503:  # what was taken needs nobody to ask again
            assert (await applied(manager, request_id, commands[request_id]["command_id"]))["status"] == "applied"
        again = await manager.act(request_id, "approve", commands[request_id])
        assert again.status_code in {200, 202}, again.text
    for request_id, command in commands.items():
        assert (await applied(manager, request_id, command["command_id"]))["status"] == "applied"
    await settled(full)
    for request_id, command in commands.items():
        (entry,) = await entries(manager, request_id)
        assert (entry["outcome"], entry["note"]) == ("accepted", command["note"])
        await check(full, request_id)
    made = (await sales.call("POST", "/purchase-requests", new, Idempotency_Key=key)).json()
    assert saved.status_code == 503 or made["id"] == saved.json()["id"]
    rows = await full.rows("SELECT id FROM purchase_requests WHERE description = $1", new["description"])
    assert [str(row["id"]) for row in rows] == [made["id"]]
