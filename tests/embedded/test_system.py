"""make run with the real worker and API: what people did is there after a restart, and after any part was killed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.clients import ApiClient
from tests.embedded.running import ROOT, Running, eventually, running


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(ROOT, tmp_path_factory.mktemp("system") / "data") as system:
        yield system


@pytest_asyncio.fixture
async def http(system: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with client(system) as http:
        yield http


def client(system: Running) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=system.api_url, timeout=30, trust_env=False)


def ready(system: Running) -> bool:
    return httpx.get(f"{system.api_url}/readyz/all", trust_env=False).status_code == 200


def approved_steps(request: Any) -> set[str]:
    return {step["key"] for step in request["run"]["steps"] if step["state"] == "approved"}


async def is_approved(user: ApiClient, request_id: str, step: str) -> bool:
    """Waits for it: a decision that was taken while a part was away (202) is applied later."""
    for _ in range(300):
        if step in approved_steps(await user.request(request_id)):
            return True
        await asyncio.sleep(0.1)
    return False


async def test_requests_and_tokens_outlive_a_restart(tmp_path: Path) -> None:
    with running(ROOT, tmp_path / "data") as system:
        async with client(system) as http:
            sales = await ApiClient.signed_in(http, "sales1")
            manager = await ApiClient.signed_in(http, "manager1")
            sent = await sales.done((await sales.create())["id"], "send")
        assert system.stop() == 0
    with running(ROOT, tmp_path / "data") as system:
        async with client(system) as http:
            manager = ApiClient(http, manager.username, manager.token)
            step = sent["run"]["step"]["key"]
            assert step in approved_steps(await manager.done(sent["id"], "approve", {"step": step}))


@pytest.mark.faults
@pytest.mark.parametrize("part", ["API", "PostgreSQL", "Temporal", "worker"])
async def test_after_any_part_was_killed_decisions_go_on(system: Running, http: httpx.AsyncClient, part: str) -> None:
    sales = await ApiClient.signed_in(http, "sales1")
    manager = await ApiClient.signed_in(http, "manager1")
    sent = await sales.done((await sales.create())["id"], "send")

    system.children()[part].kill()
    system.wait_for(f"{part} is running again.")
    assert eventually(lambda: ready(system))

    step = sent["run"]["step"]["key"]
    answer = await manager.act(sent["id"], "approve", {"step": step})
    assert answer.status_code in {200, 202}, answer.text
    assert await is_approved(manager, sent["id"], step)
