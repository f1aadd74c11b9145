"""What the worker tells those who watch over it: metrics, and log lines that name their request and run."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.clients import ApiClient
from tests.faults.held import held_row
from tests.faults.system import System, applied, eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def lines(system: System) -> list[dict[str, Any]]:
    text = system.worker.log.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


async def test_the_worker_serves_metrics(system: System, sales: ApiClient) -> None:
    await sales.done((await sales.create())["id"], "send")
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(system.worker_metrics_url)
    assert answer.status_code == 200
    assert "temporal_workflow_task_execution_latency" in answer.text
    assert "temporal_local_activity" in answer.text


async def test_every_line_about_a_run_names_its_request_and_run(
    system: System, sales: ApiClient, manager: ApiClient
) -> None:
    request = await sales.done((await sales.create())["id"], "send")
    await sales.act(request["id"], "approve", {"step": "manager"})
    command_id = "01a20c84-2ddb-755c-843c-e08dc612183a"
    async with held_row(system, request["id"]) as row:
        decision = manager.act(request["id"], "approve", {"step": "manager", "command_id": command_id})

        async def break_write_back() -> None:
            await row.wait_for_write_back()
            await row.end_write_back()
            await row.release()

        await asyncio.gather(decision, break_write_back())
    await applied(manager, request["id"], command_id)

    def own() -> list[dict[str, Any]]:
        return [
            line
            for line in lines(system)
            if request["id"] in json.dumps(line) or line.get("request") == request["number"]
        ]

    async def all_is_written() -> bool:
        return {"decision recorded", "decision refused"} <= {line["event"] for line in own()}

    await eventually(all_is_written)
    failed = [line for line in own() if "failed" in line["event"]]
    assert failed, "the broken write-back left no line"
    for line in own():
        assert (line["request"], line["run_id"]) == (request["number"], request["process_id"]), line
