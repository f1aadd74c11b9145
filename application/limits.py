"""How many writes one user may make in a minute, for each API process. Source: api.md, ``too_many_requests``."""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter


class WriteLimiter:
    """Counts writes by user.

    Args:
        per_minute: writes admitted in a minute.
    """

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def admits(self, username: str) -> bool:
        """Count one write and say whether it is within the limit."""
        return await self._limiter.hit(self._item, username)
