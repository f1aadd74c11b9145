"""``make demo`` shows the sync table."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from crm import connectors
from crm.pool import Pool
from demo.__main__ import stories
from demo.changed_order import ChangedOrder
from demo.desk import Desk, People, Shown
from demo.mails import sent_since
from demo.review import Review
from demo.story import Story
from demo.waiting import Waiting
from embedded.amis import setting
from tests.connectors.amis import SECRETS, follow_nothing, forget, serving, telling

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def people(server_url: str) -> AsyncIterator[People]:
    """The people of the demo."""
    async with People(server_url) as people:
        yield people


async def test_the_demo_plays_the_whole_sync_table(people: People) -> None:
    lines = [line async for line in Story(people).play()]
    assert [line.shown for line in lines[1:]] == [
        Shown("not_sent", "–", "–"),
        Shown("in_progress", "in_progress @manager", "–"),
        Shown("in_progress", "in_progress @manager", "–"),
        Shown("returned", "in_progress", "–"),
        Shown("returned", "in_progress", "–"),
        Shown("in_progress", "in_progress @manager", "–"),
        Shown("returned", "in_progress", "–"),
        Shown("in_progress", "in_progress @manager", "–"),
        Shown("in_progress", "in_progress @director", "–"),
        Shown("in_progress", "in_progress @director", "–"),
        Shown("completed", "completed", "–"),
        Shown("completed", "completed", "ordered (0/8, 0/10)"),
        Shown("completed", "completed", "ordered (0/8, 0/10)"),
        Shown("completed", "completed", "ordered (0/8, 0/10)"),
        Shown("completed", "completed", "ordered (0/8, 0/10)"),
        Shown("completed", "completed", "partially_received (5/8, 0/10)"),
        Shown("completed", "completed", "received (8/8, 10/10)"),
        Shown("completed", "completed", "received (8/8, 10/10)"),
        Shown("rejected", "rejected", "–"),
        Shown("cancelled", "cancelled", "–"),
    ]


async def test_the_demo_plays_an_order_of_amis_that_changes_if_it_is_connected(
    people: People, pool: Pool, temporal_client: Client
) -> None:
    await forget(pool)
    assert [line async for line in ChangedOrder(people).play()] == []
    async with serving(client_id=setting.CLIENT_ID, client_secret=setting.CLIENT_SECRET) as amis:
        known = {"client_id": setting.CLIENT_ID, "client_secret": SECRETS.encrypt(setting.CLIENT_SECRET)}
        await connectors.save(
            pool,
            "amis",
            address=amis.address,
            **known,
            hint_secret=None,
            fields={},
            write_back=setting.WRITTEN_BACK,
            enabled=True,
            by="admin1",
        )
        async with telling(temporal_client):
            lines = [line async for line in ChangedOrder(people).play()]
        await follow_nothing(temporal_client)
    assert [(line.who, line.shown.crm, line.shown.run) for line in lines] == [
        ("AMIS", "–", "–"),
        ("sales1", "in_progress", "in_progress @manager"),
        ("AMIS", "in_progress", "in_progress @manager"),
        ("manager1", "in_progress", "in_progress @manager"),
        ("sales1", "in_progress", "in_progress @manager"),
        ("manager1", "in_progress", "in_progress @director"),
        ("AMIS", "–", "–"),
    ]
    assert lines[-1].remark.endswith(": Đang thực hiện")


async def test_the_demo_plays_a_parallel_review(people: People) -> None:
    desk = Review(people)
    lines = [line async for line in desk.play()]
    assert [(line.shown.crm, line.shown.run) for line in lines[1:]] == [
        ("in_progress", "in_progress @manager"),
        ("in_progress", "in_progress @finance"),
        ("in_progress", "in_progress @finance"),
        ("returned", "in_progress"),
        ("returned", "in_progress"),
        ("in_progress", "in_progress @manager"),
        ("in_progress", "in_progress @finance"),
        ("in_progress", "in_progress @finance"),
        ("in_progress", "in_progress @director"),
        ("completed", "completed"),
    ]
    assert lines[5].remark == "manager: asks_again, finance: asks_again, technical: carried, director: new"
    assert lines[7].remark == "kỹ thuật / technical: carried"
    assert (await desk.connection()).process_key == "purchase-approval"


async def test_the_demo_leaves_a_request_waiting(people: People) -> None:
    (line,) = [line async for line in Waiting(people).play()]
    assert line.shown == Shown("in_progress", "in_progress @manager", "–")


def test_the_demo_names_the_mails_since_it_began_once_no_more_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.mails.QUIET_SECONDS", 0.6)
    began = datetime.now(UTC)
    mails = [
        {
            "id": str(number),
            "received_at": (began + timedelta(seconds=number)).isoformat(),
            "to": ["a@demo.example"],
            "subject": f"Số {number}",
        }
        for number in (2, 1, -1)
    ]
    answers = iter([[], mails[1:], mails])

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=json.dumps(next(answers, mails)))

    with httpx.Client(base_url="http://mailbox", transport=httpx.MockTransport(answer)) as mailbox:
        assert sent_since(mailbox, began) == [
            ("a@demo.example", "Số 1", "http://mailbox/mails/1"),
            ("a@demo.example", "Số 2", "http://mailbox/mails/2"),
        ]


def test_without_a_mailbox_the_demo_names_none() -> None:
    with httpx.Client(base_url="http://127.0.0.1:1", trust_env=False) as mailbox:
        assert sent_since(mailbox, datetime.now(UTC)) == []


@pytest.mark.parametrize("connected", ["purchase-approval-parallel", None])
async def test_the_demo_plays_whatever_is_connected_and_leaves_it_so(people: People, connected: str | None) -> None:
    desk = Desk(people)
    await desk.connect(connected)
    assert [line async for line in stories(people)]
    assert (await desk.connection()).process_key == connected
