"""The contract of counting what the overview shows: its workflow, its schedule, and what its activity does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Final

from temporalio import activity

COUNTING_TYPE: Final = "Counting"
COUNTING_SCHEDULE: Final = "counting"
EVERY: Final = timedelta(minutes=1)
"""So old the figures are at most, while somebody counts."""


class CountingActivities(ABC):
    """What the workflow has done on its behalf, by ``activities.counting``."""

    @activity.defn(name="count_changes")
    @abstractmethod
    async def count_changes(self) -> int:
        """Count what has changed until nothing is left; how many changes there were. Doing it twice, or at once with others, is
        harmless."""
