"""Everything dies in turns while a thousand events go out: a receiver that keeps ids has each exactly once, and in order within a
request; a mail comes at most once more than once, and is known by its Message-ID.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Final
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from standardwebhooks.webhooks import Webhook

from approval.effects import Event, EventType
from crm import outbox
from tests.clients import ApiClient
from tests.faults.system import System, eventually
from tests.notices.post_office import open_post_office
from tests.notices.receiver import Received, answer, receiving

pytestmark = [pytest.mark.faults, pytest.mark.timeout(500)]

REQUESTS, EVENTS_OF_EACH = 50, 20
KILLS: Final = (("worker",), ("postgres",), ("temporal",), ("api", "worker"), ("postgres", "temporal", "worker"))
READERS = 100
"""People who are mentioned, and get mail; as admins they may see what they are told of."""
LONGEST_LEASE = 240.0
"""Seconds after which all is mailed: a mail whose sender died is taken up again when its lease is over."""

_READERS = """
INSERT INTO users (username, name, roles, email) SELECT 'reader' || n, 'Người đọc ' || n, '{admin}', 'reader' || n || '@demo.example'
FROM generate_series(1, $1::integer) n ON CONFLICT DO NOTHING
"""
_TO_MAIL = """
SELECT (SELECT count(*) FROM notices WHERE mail_at IS NOT NULL AND mail_id IS NULL)
    + (SELECT count(*) FROM mails WHERE state IN ('waiting', 'sending')) AS waiting
"""


async def test_a_thousand_events_arrive_once_and_in_order_whatever_is_killed(
    system: System, http: httpx.AsyncClient, sales: ApiClient
) -> None:
    admin = await ApiClient.signed_in(http, "admin1")
    requests = [(await sales.create())["id"] for _ in range(REQUESTS)]
    async with receiving() as receiver, open_post_office(system.smtp_port) as office:
        office.pause = 0.02
        receiver.respond = told = Unreliable()
        made = await admin.call(
            "POST", "/webhook-endpoints", {"kind": "webhook", "name": "ERP", "address": receiver.address}
        )
        assert made.status_code == 201, made.text
        endpoint = made.json()
        async with system.database() as connection:
            await connection.execute(_READERS, READERS)
            for turn in range(EVENTS_OF_EACH):
                for place, request_id in enumerate(requests):
                    reader = f"reader{1 + (turn * REQUESTS + place) % READERS}"
                    facts = {"actor": "sales1", "comment_id": f"{turn}", "mentioned": [reader]}
                    event = Event(type=EventType.COMMENT_ADDED, facts=facts)
                    await outbox.add(connection, UUID(request_id), [event])
        for number, parts in enumerate(KILLS, start=1):
            await arrived(told, number * REQUESTS * EVENTS_OF_EACH // (len(KILLS) + 1))
            await system.kill(*parts)
            await system.start(*parts)

        async def all_taken() -> bool:
            waiting = "SELECT count(*) AS waiting FROM deliveries WHERE endpoint_id = $1 AND outcome IS DISTINCT FROM 'delivered'"
            (row,) = await system.rows(waiting, UUID(endpoint["id"]))
            return len(told.taken) == REQUESTS * EVENTS_OF_EACH and not row["waiting"]

        async def all_mailed() -> bool:
            (row,) = await system.rows(_TO_MAIL)
            return not row["waiting"]

        await eventually(all_taken)
        await eventually(all_mailed, LONGEST_LEASE)
        assert (await admin.call("DELETE", f"/webhook-endpoints/{endpoint['id']}")).status_code == 204
    copies = Counter(mail.message["Message-ID"] for mail in office.mails)
    mailed = await system.rows("SELECT id, state FROM mails WHERE username LIKE 'reader%' AND state <> 'refused'")
    more = sum(count - 1 for count in copies.values())
    print(f"{len(copies)} mails came, {more} of them once more")
    assert {row["state"] for row in mailed} == {"sent"}
    assert all(any(str(row["id"]) in message_id for message_id in copies) for row in mailed), "none is lost"
    assert max(copies.values()) <= 2
    once = list(told.taken.values())
    print(f"{len(once)} events were taken; {told.repeated} calls brought again what was known by its id")
    for call in once:
        Webhook(endpoint["secret"]).verify(call.body, dict(call.headers))
    for request_id in requests:
        order = [call.data["sequence"] for call in once if call.data["request_id"] == request_id]
        assert len(order) == EVENTS_OF_EACH
        assert all(after == before + 1 for before, after in pairwise(order))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system of the test's own, which writes to people."""
    system = System(tmp_path_factory.mktemp("notices"), mails=True)
    try:
        await system.prepare()
        yield system
    finally:
        await system.end()


class Unreliable:
    """Takes a moment for each call, refuses some that it has not seen before, and keeps the first of each id that it took."""

    def __init__(self) -> None:
        self.taken: dict[str, Received] = {}
        self.calls = 0
        self._refused: set[str] = set()

    async def __call__(self, call: Received, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        self.calls += 1
        refuse = call.data["sequence"] % 7 == 3 and call.id not in self._refused
        if refuse:
            self._refused.add(call.id)
        else:
            self.taken.setdefault(call.id, call)
        writer.write(answer(500 if refuse else 200))

    @property
    def repeated(self) -> int:
        """How often it was told what it had."""
        return self.calls - len(self._refused) - len(self.taken)


async def arrived(receiver: Unreliable, count: int) -> None:
    """Wait until so much was taken."""

    async def enough() -> bool:
        return len(receiver.taken) >= count

    await eventually(enough)
