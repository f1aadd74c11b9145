"""``make demo`` shows the sync table."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from demo.story import Line, Shown, Story

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
