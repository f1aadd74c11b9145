"""Walking through a list, the last changed first: where a pass stands after a page, and whether it has come to its end.

Nothing here calls or writes anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from connectors.interface import LastChange
from connectors.windows import Place, Window, read_on, window_at
from crm.connectors import Checkpoint

OVERLAP: Final = timedelta(minutes=10)
"""So far back before the last change that was read everything is read again: who changes something may be slow to say so."""
FULL_EVERY: Final = timedelta(hours=24)
"""How often everything is read again."""


class Listed(NamedTuple):
    """A page of a list, as far as the way through it needs it."""

    rows: int
    total: int | None
    changes: Sequence[LastChange | None]
    """Of its rows."""


class Abandoned(Exception):
    """Somebody has set the connection anew, so that this pass is not to be made any more."""


def window_of(point: Checkpoint, most: int) -> Window:
    """The page to be read next.

    Args:
        point: where the pass stands.
        most: rows of a page at most.
    """
    return window_at(_place(point), most)


def walked(point: Checkpoint, window: Window, listed: Listed) -> tuple[Checkpoint, bool]:
    """Where a pass stands after a page, and whether that was the last one of the list."""
    place, at_end = read_on(_place(point), window, listed.rows, listed.total)
    top = point.top
    if window.begin == 0 and not point.catching_up:
        top = max(filter(None, (top, _newest(listed))), default=None)
    after = {"next": place.next, "total": place.total, "slack": place.slack, "top": top}
    return point.model_copy(update=after), at_end


def is_enough(point: Checkpoint, listed: Listed, *, fresh: int) -> bool:
    """Whether whatever comes after a page is known. A list that is not in order says nothing of that.

    Args:
        point: where the pass stands.
        listed: the page.
        fresh: how many of it were not known as they are.
    """
    changes = [change for change in listed.changes if change is not None]
    in_order = all(later.latest >= earlier.earliest for later, earlier in pairwise(changes))
    if not in_order:
        return False
    is_known = point.settled and fresh == 0
    return is_known or (point.floor is not None and any(change.latest < point.floor for change in changes))


def floor_of(watermark: datetime | None, watermark_at: datetime | None) -> tuple[datetime | None, bool]:
    """How far back a pass over what has changed reads, and whether nothing has changed for so long that a page on which
    everything is known is its end.

    Args:
        watermark: whatever had changed by then was read; None: there was nothing.
        watermark_at: when that was last another time, by our clock.
    """
    if watermark is None or watermark_at is None:
        return None, False
    return watermark - OVERLAP, watermark_at < datetime.now(UTC) - OVERLAP


def _place(point: Checkpoint) -> Place:
    return Place(point.next, point.total, point.slack)


def _newest(listed: Listed) -> datetime | None:
    """The last change on a page, not after now: a clock there that is ahead must not make us pass over what comes next."""
    changes = [change.earliest for change in listed.changes if change is not None]
    return min(max(changes), datetime.now(UTC)) if changes else None
