"""``make demo`` shows the sync table."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from demo.desk import Line, Shown
from demo.review import Review
from demo.story import Story

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
