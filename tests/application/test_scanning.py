"""Files are looked at by a scanner before anybody has them, durably: a scanner or an engine that is away delays it and loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI
from temporalio.client import Client

from application.attachments import upkeep
from application.attachments.clamav import ClamAv
from application.attachments.scanning import ScannerUnavailableError, Scans
from application.attachments.upkeep import AttachmentUpkeep
from embedded.processes import free_port
from embedded.temporal import TemporalServer
from settings import Settings
from tests.api.attaching import attach, listed, path_of
from tests.application.clamd import FakeClamd
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.files import EICAR, PDF, TEXT
from workflows.scan_contract import scan_id

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest.fixture(scope="module")
def clamd() -> FakeClamd:
    """The daemon, away until a test has it run."""
    return FakeClamd(free_port())


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: TemporalServer, clamd: FakeClamd) -> Settings:
    """Those of all tests, with a scanner."""
    return Settings.model_validate(
        {"database_url": database_url, "demo_mode": True, "clamav_address": f"127.0.0.1:{clamd.port}"}
    )


@pytest_asyncio.fixture(autouse=True)
async def _well(clamd: FakeClamd) -> None:
    clamd.mood = "well"


async def scanned(user: ApiClient, request: Any, attachment: Any, as_what: str) -> None:
    """Wait until a file's scan says this."""

    async def says() -> bool:
        found = {one["id"]: one["scan"] for one in await listed(user, request)}
        return bool(found[attachment["id"]] == as_what)

    await eventually(says)


async def code_of(user: ApiClient, request: Any, attachment: Any) -> tuple[int, str]:
    """What is answered to who wants a file."""
    answer = await user.call("GET", path_of(request, attachment))
    return answer.status_code, answer.json()["code"]


async def test_a_file_is_given_out_once_it_was_found_clean(sign_in: SignIn, clamd: FakeClamd) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    data = PDF + bytes(700_000)
    async with clamd.running():
        added = await attach(sales, request, data=data)
        assert added["scan"] == "waiting"
        await scanned(sales, request, added, "clean")
    assert clamd.seen[-1] == data
    assert (await sales.call("GET", path_of(request, added))).content == data


async def test_a_file_with_a_virus_is_given_to_nobody_and_can_be_removed(sign_in: SignIn, clamd: FakeClamd) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    async with clamd.running():
        added = await attach(sales, request, "hợp đồng.txt", EICAR)
        await scanned(sales, request, added, "infected")
    for user in (sales, await sign_in("manager1"), await sign_in("admin1")):
        for query in ("", "?inline=true"):
            answer = await user.call("GET", path_of(request, added) + query)
            assert (answer.status_code, answer.json()["code"]) == (409, "infected")
            assert "Eicar-Test-Signature" in answer.json()["detail"]
    assert (await sales.call("DELETE", path_of(request, added))).status_code == 204


async def test_while_the_scanner_is_away_a_file_waits_and_is_scanned_when_it_is_back(
    sign_in: SignIn, clamd: FakeClamd, temporal_client: Client
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    added = await attach(sales, request)
    handle = temporal_client.get_workflow_handle(scan_id(added["id"]))

    async def tried_again() -> bool:
        pending = (await handle.describe()).raw_description.pending_activities
        return any(one.attempt > 1 for one in pending)

    await eventually(tried_again)
    assert await code_of(sales, request, added) == (409, "not_scanned_yet")
    async with clamd.running():
        clamd.mood = "troubled"

        async def troubled() -> bool:
            return PDF in clamd.seen

        await eventually(troubled)
        assert await code_of(sales, request, added) == (409, "not_scanned_yet")
        clamd.mood = "well"
        await scanned(sales, request, added, "clean")
    assert await handle.result() == "clean"


async def test_of_a_file_only_its_id_reaches_the_engine(
    sign_in: SignIn, clamd: FakeClamd, temporal_client: Client
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    async with clamd.running():
        added = await attach(sales, request, "Bí mật.txt", "Chuyện bí mật".encode())
        await scanned(sales, request, added, "clean")
        handle = temporal_client.get_workflow_handle(scan_id(added["id"]))
        await handle.result()
    history = (await handle.fetch_history()).to_json()
    assert "Bí mật" not in history
    assert "bí mật" not in history
    assert len(history) < 20_000


async def test_a_scan_that_was_not_started_is_started_by_the_housekeeping(
    app: FastAPI, sign_in: SignIn, clamd: FakeClamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    real = Scans.start

    async def away(*_: object) -> bool:
        return False

    monkeypatch.setattr(Scans, "start", away)
    added = await attach(sales, request)
    monkeypatch.setattr(Scans, "start", real)
    service = app.state.attachments
    seen_to = AttachmentUpkeep(app.state.pool, service._storages, service._scans)
    assert (await seen_to.see_to(lambda: None))["scans_started"] == 0, "it may be on its way"
    monkeypatch.setattr(upkeep, "UNSCANNED_AFTER", timedelta(0))
    async with clamd.running():
        assert (await seen_to.see_to(lambda: None))["scans_started"] == 1
        await scanned(sales, request, added, "clean")
    assert (await seen_to.see_to(lambda: None))["scans_started"] == 0


async def test_a_file_that_was_removed_needs_no_scan(
    sign_in: SignIn, clamd: FakeClamd, temporal_client: Client
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    added = await attach(sales, request)
    assert (await sales.call("DELETE", path_of(request, added))).status_code == 204
    assert await temporal_client.get_workflow_handle(scan_id(added["id"])).result() == "gone"


# The daemon's protocol


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for piece in data:
        yield piece


async def test_the_daemon_gets_what_there_is_in_any_pieces(clamd: FakeClamd) -> None:
    async with clamd.running():
        scanner = ClamAv(f"127.0.0.1:{clamd.port}")
        assert await scanner.scan(pieces(TEXT, b"x" * 300_000, b"y")) is None
        assert clamd.seen[-1] == TEXT + b"x" * 300_000 + b"y"
        assert await scanner.scan(pieces(EICAR[:20], EICAR[20:])) == "Eicar-Test-Signature"


@pytest.mark.parametrize("mood", ["silent", "troubled", "curt"])
async def test_a_daemon_in_trouble_has_said_nothing_of_the_file(clamd: FakeClamd, mood: str) -> None:
    clamd.mood = mood
    async with clamd.running():
        scanner = ClamAv(f"127.0.0.1:{clamd.port}", seconds=0.3)
        with pytest.raises(ScannerUnavailableError):
            await asyncio.wait_for(scanner.scan(pieces(TEXT, *[b"z" * 100_000] * 20)), 10)


async def test_a_daemon_that_is_away_has_said_nothing_of_the_file() -> None:
    with pytest.raises(ScannerUnavailableError):
        await ClamAv(f"127.0.0.1:{free_port()}").scan(pieces(TEXT))
