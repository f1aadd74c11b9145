"""Those who work and the one who takes all, against the real application."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from bench.abuser import Abuser
from bench.load import connected
from bench.sides import Product
from bench.staff import ABUSER, Staff, hire
from crm.pool import Pool

KINDS = ("edits", "lists", "refusals", "bodies", "streams", "unfinished")


@pytest.fixture(scope="module", autouse=True)
async def hired(database_url: str) -> None:
    await hire(database_url)


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_of_abuse_reaches_the_server_and_fails_nowhere(server_url: str, kind: str) -> None:
    async with aiohttp.ClientSession(server_url) as session:
        abuser = Abuser(session, server_url)
        abusing = asyncio.create_task(abuser.run([kind]))
        async with asyncio.timeout(30):
            while not abuser.answers and not abusing.done():  # noqa: ASYNC110 - it answers nobody else
                await asyncio.sleep(0.05)
        abusing.cancel()
        with suppress(asyncio.CancelledError):
            await abusing
    statuses = {answer.split()[1] for answer in abuser.answers if " " in answer}
    assert abuser.answers
    assert statuses <= {"200", "403", "409", "422", "429"}


async def test_people_make_requests_and_decide_on_them(server_url: str, pool: Pool, tmp_path: Path) -> None:
    async with connected(server_url) as client:
        await Product(tmp_path).prepare(client)  # its process
        staff = Staff(client, random.Random(1), thinking=(0.0, 0.2))
        await staff.sign_in()
        working = asyncio.create_task(staff.work())
        async with asyncio.timeout(60):
            while not {"send", "save", "edit", "list", "read", "inbox", "decision"} <= staff.latencies.keys():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
    assert not staff.failures
    owners = {row["owner"] for row in await pool.fetch("SELECT DISTINCT owner FROM purchase_requests")}
    assert owners - {ABUSER}
