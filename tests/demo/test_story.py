"""``make demo`` shows the sync table."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from demo.desk import Line, Shown
from demo.mails import sent_since
from demo.review import Review
from demo.story import Story
from demo.waiting import Waiting

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_the_demo_plays_the_whole_sync_table(server_url: str) -> None:
    def play() -> list[Line]:
        with httpx.Client(base_url=server_url, timeout=30) as http:
            return list(Story(http).play())

    lines = await asyncio.to_thread(play)
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
        Shown("completed", "completed", "partially_received (5/8, 0/10)"),
        Shown("completed", "completed", "received (8/8, 10/10)"),
        Shown("completed", "completed", "received (8/8, 10/10)"),
        Shown("rejected", "rejected", "–"),
        Shown("cancelled", "cancelled", "–"),
    ]


async def test_the_demo_plays_a_parallel_review(server_url: str) -> None:
    def play() -> tuple[list[Line], str]:
        with httpx.Client(base_url=server_url, timeout=30) as http:
            desk = Review(http)
            lines = list(desk.play())
            return lines, desk._call("admin1", "GET", "/connection")["process_key"]

    lines, connected = await asyncio.to_thread(play)
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
    assert connected == "purchase-approval"


async def test_the_demo_leaves_a_request_waiting(server_url: str) -> None:
    def play() -> list[Line]:
        with httpx.Client(base_url=server_url, timeout=30) as http:
            return list(Waiting(http).play())

    (line,) = await asyncio.to_thread(play)
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
