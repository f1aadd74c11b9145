"""Reading a list to its end, page by page, while it changes: which page to read next, so that no row is passed over.

The list is sorted by last change, the newest first. A row that changes moves to the top, and those above its old place move down:
they are read twice, which does no harm. A row that is deleted makes all below it move up, past the end of what was read; that
shows in the number of rows, and those are read again.
"""

from __future__ import annotations

from typing import Final, NamedTuple

MOST_SLACK: Final = 25
"""Rows that are read again with each page, at most, in a list that gets shorter all the time."""


class Window(NamedTuple):
    """A page to be read, by its number, from 0, and how many rows a page has."""

    page: int
    size: int

    @property
    def begin(self) -> int:
        """The place of its first row in the list."""
        return self.page * self.size


class Place(NamedTuple):
    """How far a list was read."""

    next: int = 0
    """The first row that was not read, as the list stood at the last reading."""
    total: int | None = None
    """How many rows it had then; None: nobody said."""
    slack: int = 0
    """How many rows before that one are read with it, since the list gets shorter."""


def window_at(place: Place, most: int) -> Window:
    """The page that has the next row, and reaches as far beyond it as one can.

    Args:
        place: how far the list was read.
        most: rows of a page at most.
    """
    start = max(place.next - place.slack, 0)
    size = max(range(most // 2, most + 1), key=lambda size: (start // size + 1) * size)
    return Window(start // size, size)


def read_on(place: Place, window: Window, rows: int, total: int | None) -> tuple[Place, bool]:
    """How far the list was read after a page, and whether that is all of it.

    Args:
        place: how far it was read before.
        window: the page.
        rows: how many rows it had.
        total: how many rows the list has now, if that is said; fewer than it has just given say nothing.
    """
    if total is not None and rows and total < window.begin + rows:  # nobody can have fewer rows than were just given
        total = None
    lost = 0 if total is None or place.total is None else max(place.total - total, 0)
    moved_to = max(place.next - lost, 0)
    slack = max(place.slack, min(2 * lost, MOST_SLACK))
    if window.begin > moved_to:
        return Place(moved_to, total, slack), False
    end = window.begin + rows
    # Whatever is said of more: a page that is not full, and ends where the last one did, is the end.
    is_more = rows == window.size or end > moved_to
    at_end = rows < window.size if total is None else rows == 0 or end >= total or not is_more
    return Place(end, total, slack), at_end
