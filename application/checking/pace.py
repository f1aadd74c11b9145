"""How fast the reconciler goes: so that nobody who decides feels it, unless something is to be mended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

SHARE: Final = 0.1
"""Of the time that it works while nothing differs."""
LONGEST_REST_SECONDS: Final = 5.0


class Pace:
    """Rests after each piece of work, the longer the longer that took: on a busy machine it gets slower, and not the others.

    Args:
        alive: called whenever it has rested, and while it is in a hurry.
        share: of the time that it works.
    """

    def __init__(self, alive: Callable[[], None], share: float) -> None:
        self._alive = alive
        self._rest_for_each_second = 1 / share - 1
        self._hurries = False
        self._since = asyncio.get_running_loop().time()

    def hurry(self) -> None:
        """Something is being mended: what comes next is not waited for."""
        self._hurries = True
        self._alive()

    async def rest(self) -> None:
        """A piece of work is done."""
        loop = asyncio.get_running_loop()
        if not self._hurries:
            worked = loop.time() - self._since
            await asyncio.sleep(min(worked * self._rest_for_each_second, LONGEST_REST_SECONDS))
        self._hurries = False
        self._alive()
        self._since = loop.time()
