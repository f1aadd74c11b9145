"""Turns: so many at once for each key, and each for a while at least. Whoever comes later waits in line for a short time, and holds
nothing meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class NoTurnError(Exception):
    """It was nobody's turn to end in time, or too many wait already."""


class _Line:
    def __init__(self, at_once: int) -> None:
        self.free = asyncio.Semaphore(at_once)
        self.people = 0
        """Who has a turn or waits for one; a turn that rests counts until it is free again."""


class Turns:
    """Turns of this process; a key that nobody uses takes no memory.

    Args:
        at_once: turns of one key at the same time.
        wait_seconds: how long a turn is waited for.
        most_waiting: who may wait for one key's turns at the same time.
        least_seconds: a turn is free again no sooner after it was taken, so that ``at_once`` can be had in that time and no more,
            however short they are.
    """

    def __init__(self, at_once: int, wait_seconds: float, *, most_waiting: int, least_seconds: float = 0.0) -> None:
        self._at_once = at_once
        self._wait_seconds = wait_seconds
        self._least_seconds = least_seconds
        self._most = at_once + most_waiting
        self._lines: dict[Hashable, _Line] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Have a turn while the block runs; first come, first served.

        Raises:
            NoTurnError: on entering.
        """
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(self._at_once)
        if line.people >= self._most:
            raise NoTurnError
        line.people += 1
        try:
            await self._wait(line)
        except BaseException:
            self._leave(key, line)
            raise
        loop = asyncio.get_running_loop()
        free_at = loop.time() + self._least_seconds
        try:
            yield
        finally:
            if loop.time() < free_at:
                loop.call_at(free_at, self._give_back, key, line)
            else:
                self._give_back(key, line)

    def _give_back(self, key: Hashable, line: _Line) -> None:
        line.free.release()
        self._leave(key, line)

    def _leave(self, key: Hashable, line: _Line) -> None:
        line.people -= 1
        if line.people == 0:
            del self._lines[key]

    async def _wait(self, line: _Line) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await line.free.acquire()
        except TimeoutError as error:
            raise NoTurnError from error
