"""How far a file is that is worked on, kept while it is for whoever waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from crm import imports
from crm.pool import DATABASE_TROUBLE, Pool

EVERY_SECONDS: Final = 0.5
"""How often it is kept."""

Thing = TypeVar("Thing")


class Doing(StrEnum):
    """What is being done with a file."""

    READING = "reading"
    COMPARING = "comparing"
    WRITING = "writing"


class Progress:
    """How far a file is. It is counted by whatever works on it, in whichever thread.

    Attributes:
        doing: what is being done with it.
        done: with how many of its rows it is done.
        rows: of how many; 0: they are not counted.
    """

    def __init__(self) -> None:
        self.begin(Doing.READING)

    def begin(self, doing: Doing, rows: int = 0) -> None:
        """Something else is being done now."""
        self.doing, self.done, self.rows = doing, 0, rows

    def over(
        self, doing: Doing, things: Collection[Thing], rows_of: Callable[[Thing], int] = lambda _thing: 1
    ) -> Iterator[Thing]:
        """Things to be worked on one after the other, which are counted."""
        self.begin(doing, sum(map(rows_of, things)))
        for thing in things:
            yield thing
            self.done += rows_of(thing)

    @asynccontextmanager
    async def kept(self, pool: Pool, import_id: UUID) -> AsyncIterator[None]:
        """Keep it for as long as the block runs, if that is for long enough."""
        is_kept = False

        async def keep() -> None:
            nonlocal is_kept
            while True:
                await asyncio.sleep(EVERY_SECONDS)
                is_kept = True
                with suppress(*DATABASE_TROUBLE):
                    now = imports.Progress(doing=self.doing, done=self.done, rows=self.rows)
                    await imports.note_progress(pool, import_id, now)

        keeping = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            if is_kept:
                with suppress(*DATABASE_TROUBLE):
                    await imports.note_progress(pool, import_id, None)
