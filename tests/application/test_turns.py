"""Turns: so many at once for each key, first come, first served, for a short time."""

from __future__ import annotations

import asyncio

import pytest

from application.turns import NoTurnError, Turns
from tests.eventually import eventually


class Desk:
    """Where people come with a key and stay until they are let go."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.there: list[str] = []
        self.refused: list[str] = []
        self._go: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def come(self, name: str, key: str = "key") -> None:
        self._go[name] = asyncio.Event()
        self._tasks.append(asyncio.create_task(self._stay(name, key)))
        await _settle()

    async def go(self, name: str) -> None:
        self._go[name].set()
        await _settle()

    async def all_go(self) -> None:
        for event in self._go.values():
            event.set()
        await asyncio.gather(*self._tasks)

    async def _stay(self, name: str, key: str) -> None:
        try:
            async with self.turns.turn(key):
                self.there.append(name)
                await self._go[name].wait()
                self.there.remove(name)
        except NoTurnError:
            self.refused.append(name)


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_of_one_key_so_many_are_there_at_once_and_the_others_come_in_their_order() -> None:
    desk = Desk(Turns(2, 60, most_waiting=10))
    for name in "abcd":
        await desk.come(name)
    assert desk.there == ["a", "b"]
    await desk.go("b")
    assert desk.there == ["a", "c"]
    await desk.go("a")
    assert desk.there == ["c", "d"]
    await desk.all_go()
    assert desk.refused == []


async def test_a_turn_comes_back_no_sooner_than_it_lasts_and_then_to_the_first_who_waits() -> None:
    turns = Turns(1, 60, most_waiting=10, least_seconds=0.2)
    desk = Desk(turns)
    await desk.come("short")
    taken = asyncio.get_running_loop().time()
    await desk.go("short")
    await desk.come("next")
    assert desk.there == []

    async def came() -> bool:
        return desk.there == ["next"]

    await eventually(came)
    assert asyncio.get_running_loop().time() >= taken + 0.15
    await desk.all_go()

    async def forgotten() -> bool:
        return not turns._lines

    await eventually(forgotten)


async def test_a_turn_that_lasts_longer_by_itself_does_not_rest() -> None:
    desk = Desk(Turns(1, 60, most_waiting=10, least_seconds=0.01))
    await desk.come("long")
    await desk.come("next")
    await asyncio.sleep(0.05)
    await desk.go("long")
    assert desk.there == ["next"]
    await desk.all_go()


async def test_keys_do_not_wait_for_each_other() -> None:
    desk = Desk(Turns(1, 60, most_waiting=10))
    await desk.come("a", "one")
    await desk.come("b", "other")
    assert desk.there == ["a", "b"]
    await desk.all_go()


async def test_a_turn_that_does_not_come_in_time_is_refused_and_the_next_one_comes() -> None:
    desk = Desk(Turns(1, 0.01, most_waiting=10))
    await desk.come("a")
    await desk.come("late")
    await asyncio.sleep(0.05)
    assert desk.refused == ["late"]
    await desk.go("a")
    await desk.come("b")
    assert desk.there == ["b"]
    await desk.all_go()


async def test_who_comes_when_too_many_wait_is_refused_at_once() -> None:
    desk = Desk(Turns(1, 60, most_waiting=1))
    for name in ("a", "b", "too many"):
        await desk.come(name)
    assert desk.refused == ["too many"]
    await desk.all_go()
    assert desk.refused == ["too many"]


async def test_one_who_fails_or_is_called_away_gives_the_turn_back() -> None:
    turns = Turns(1, 60, most_waiting=10)
    with pytest.raises(ZeroDivisionError):
        async with turns.turn("key"):
            _ = 1 / 0
    desk = Desk(turns)
    await desk.come("a")
    assert desk.there == ["a"]
    waiting = asyncio.create_task(turns.turn("key").__aenter__())
    await _settle()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await desk.all_go()
    async with asyncio.timeout(5), turns.turn("key"):
        pass


async def test_keys_that_nobody_uses_are_forgotten() -> None:
    turns = Turns(1, 0.01, most_waiting=0)
    for number in range(3):
        async with turns.turn(number):
            with pytest.raises(NoTurnError):
                await turns.turn(number).__aenter__()
    assert turns._lines == {}
