"""What each way out has in common: it delivers what is due on it, and says what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from workflows.notice_contract import Left, NoticeWay


class Deliverer(Protocol):
    """Delivers on the ways of one kind."""

    async def is_due(self, way: NoticeWay) -> bool:
        """Whether there is something to deliver on a way now."""

    async def deliver_due(self, way: NoticeWay, alive: Callable[[], None]) -> Left:
        """Deliver what is due.

        Args:
            way: on which.
            alive: to be called at least every few seconds.

        Raises:
            Exception: it cannot be worked on now; it is tried again soon. What a receiver answers is never raised.
        """
