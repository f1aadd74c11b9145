"""make run with the real worker and API: what people did is there after a restart, and after any part was killed."""

import asyncio
import re
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


def mails_to(system: Running, receiver: str) -> list[dict[str, Any]]:
    """What the mailbox lists, the newest first."""
    answer = httpx.get(f"{system.mailbox_url}/mails.json", params={"to": receiver}, trust_env=False)
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found


async def test_who_is_asked_finds_a_mail_in_the_mailbox_and_decides_from_it_after_a_restart(tmp_path: Path) -> None:
    with running(ROOT, tmp_path / "data") as system:
        async with client(system) as http:
            assert system.mailbox_url in (await http.get("/sign-in")).text
            sales = await ApiClient.signed_in(http, "sales1")
            request = await sales.done((await sales.create())["id"], "send")
        assert eventually(lambda: len(mails_to(system, "manager1@demo.example")) == 1)
        (mail,) = mails_to(system, "manager1@demo.example")
        assert request["number"] in mail["subject"]
        assert system.stop() == 0
    with running(ROOT, tmp_path / "data") as system:
        assert mails_to(system, "manager1@demo.example") == [mail]
        async with client(system) as http:
            text = (await http.get(f"{system.mailbox_url}/mails/{mail['id']}")).text
            link = re.search(r"/mail/[A-Za-z0-9_-]{43}", text)
            assert link
            assert (await http.get(link[0])).status_code == 200
            done = await http.post(link[0], data={"decision": "approve", "note": ""})
            assert done.status_code == 200, done.text
            director = await ApiClient.signed_in(http, "director1")
            assert approved_steps(await director.request(request["id"])) == {"manager"}
        assert eventually(lambda: len(mails_to(system, "director1@demo.example")) == 1)


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
