"""Whoever delivers waits a little for more, so that a busy day costs the engine an activity now and then and not one a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from temporalio.testing import ActivityEnvironment

from activities.notices import CrmNoticeActivities
from workflows.notice_contract import MAIL, Left, NoticeWay, WayKind


class Way:
    """Something becomes due on it now and then, as given: seconds from the beginning."""

    def __init__(self, *due: float, rests: bool = False) -> None:
        self.delivered = 0
        self.asked = 0
        self._left = list(due)
        self._rests = rests
        self._begun = monotonic()

    def comes_now(self) -> None:
        """Something becomes due."""
        self._left.append(0.0)

    async def is_due(self, way: NoticeWay) -> bool:
        self.asked += 1
        return any(monotonic() - self._begun >= due for due in self._left)

    async def deliver_due(self, way: NoticeWay, alive: Callable[[], None]) -> Left:
        now = [due for due in self._left if monotonic() - self._begun >= due]
        self.delivered += len(now)
        self._left = [due for due in self._left if due not in now]
        return Left(next_at=None, rests=self._rests)


class Outbox:
    """Tells on what makes something due on a way."""

    details = ""
    is_empty = True

    def __init__(self, way: Way) -> None:
        self._way = way

    def try_all_again(self) -> None:
        pass

    async def due(self) -> set[NoticeWay]:
        return set()

    async def dispatch_some(self) -> tuple[int, set[NoticeWay]]:
        if self.is_empty:
            return 0, set()
        self.is_empty = True
        self._way.comes_now()
        return 1, {MAIL}


def activities(way: Way) -> Any:
    return CrmNoticeActivities(Mock(), Mock(), {WayKind.MAIL: way}).deliver


async def test_what_comes_soon_is_delivered_by_the_same_activity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.notices.LINGER_SECONDS", 0.8)
    way = Way(0.0, 0.5, 1.0, 3.0)
    await ActivityEnvironment().run(activities(way), MAIL)
    assert way.delivered == 3


async def test_a_way_that_rests_is_left_alone_at_once() -> None:
    way = Way(0.0, 0.1, rests=True)
    left = await asyncio.wait_for(ActivityEnvironment().run(activities(way), MAIL), 1)
    assert (left.rests, way.delivered, way.asked) == (True, 1, 0)


async def test_a_worker_that_stops_is_not_kept_from_it() -> None:
    environment, way = ActivityEnvironment(), Way(0.0, 0.02)
    running = asyncio.create_task(environment.run(activities(way), MAIL))
    await asyncio.sleep(0.05)
    environment.worker_shutdown()
    await asyncio.wait_for(running, 1)
    assert way.delivered == 1, "the rest is left to others"


async def test_somebody_else_goes_on_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.notices.ROUND_SECONDS", 0.6)
    way = Way(*(number / 10 for number in range(30)))
    await asyncio.wait_for(ActivityEnvironment().run(activities(way), MAIL), 2)
    assert 0 < way.delivered < 15


async def test_nobody_wakes_who_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.notices.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("activities.notices.ROUND_SECONDS", 0.1)
    wake = AsyncMock()
    monkeypatch.setattr("activities.notices.wake", wake)

    class Meanwhile(Way):
        async def deliver_due(self, way: NoticeWay, alive: Callable[[], None]) -> Left:
            if not outbox.is_empty:
                await ActivityEnvironment().run(both.dispatch)
            return await super().deliver_due(way, alive)

    way = Meanwhile()
    outbox = Outbox(way)
    both = CrmNoticeActivities(Mock(), outbox, {WayKind.MAIL: way})  # type: ignore[arg-type]
    outbox.is_empty = False
    await ActivityEnvironment().run(both.deliver, MAIL)
    assert (way.delivered, wake.await_count) == (1, 0)
    outbox.is_empty = False
    await ActivityEnvironment().run(both.dispatch)
    assert wake.await_count == 1


async def test_what_was_told_on_after_the_last_look_is_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.notices.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("activities.notices.LINGER_SECONDS", 0.05)

    class Late(Way):
        async def is_due(self, way: NoticeWay) -> bool:
            await super().is_due(way)
            self.comes_now()
            return False

    way = Late()
    await ActivityEnvironment().run(activities(way), MAIL)
    assert way.delivered == way.asked > 0
