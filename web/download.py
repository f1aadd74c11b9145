"""Lists as Excel workbooks: read some rows at a time, as many as one file holds, and written in another thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

from fastapi import Response

from application.table_files import TableKind, write_excel
from approval.table import Cell

MOST_ROWS: Final = 20_000
"""Rows of one workbook."""
_AT_ONCE: Final = 1000
"""Rows that are read at a time."""

T = TypeVar("T")
Item = TypeVar("Item", covariant=True)


class Part(Protocol[Item]):
    """A part of a list."""

    @property
    def items(self) -> Sequence[Item]:
        """In their order."""
        ...

    @property
    def next_cursor(self) -> str | None:
        """Where the next part begins; None: there is none."""
        ...


Columns = Sequence[tuple[str, Callable[[T], Cell]]]
"""Of a workbook: how each is called, and what it has of an item."""


async def workbook(
    name: str, sheet: str, columns: Columns[T], read: Callable[[int, str | None], Awaitable[Part[T]]]
) -> Response:
    """A list as a file. What begins like a formula stays text.

    Args:
        name: of the file, without its ending.
        sheet: what its sheet is called.
        columns: in their order.
        read: gives the next so many items after a cursor.
    """
    items: list[T] = []
    cursor: str | None = None
    while len(items) < MOST_ROWS:
        part = await read(_AT_ONCE, cursor)
        items += part.items
        cursor = part.next_cursor
        if cursor is None:
            break

    def rows() -> Iterator[list[Cell]]:
        return ([value(item) for _, value in columns] for item in items)

    content = await asyncio.to_thread(write_excel, [heading for heading, _ in columns], rows(), sheet=sheet)
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, media_type=TableKind.EXCEL.value, headers=headers)
