"""Waiting for what happens soon, without a test that depends on how soon."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Return once a condition holds.

    Raises:
        AssertionError: it does not within ``seconds``.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while not await holds():
        assert asyncio.get_running_loop().time() < deadline, "this did not happen in time"
        await asyncio.sleep(0.05)
