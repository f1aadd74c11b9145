"""Where the bytes of attachments are kept: one small interface, and the places of an installation behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import BinaryIO, Final, Protocol
from uuid import UUID

from crm.stored_files import Place

PIECE: Final = 256 * 1024
"""Bytes that are read and written at once."""


class StorageUnavailableError(Exception):
    """The bytes cannot be reached or written now; they may be later."""


class Storage(Protocol):
    """One place for bytes, each file's under its id. Nothing in it is shown to anybody before a row of the CRM says that it is
    whole.
    """

    @property
    def place(self) -> Place:
        """Which one it is."""
        ...

    async def write(self, file_id: UUID, file: BinaryIO) -> None:
        """Keep all bytes of a file, from where it stands. The same again makes the same.

        Raises:
            StorageUnavailableError: they are not all kept.
        """
        ...

    def read(self, file_id: UUID, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes of a file from ``start`` up to ``end``, which is after ``start`` and within it, in pieces. Nothing of the
        place is held while a piece is worked on.

        Raises:
            StorageUnavailableError: on any of them.
        """
        ...

    async def delete(self, file_id: UUID) -> None:
        """Forget a file's bytes, if there are any.

        Raises:
            StorageUnavailableError: some may be left.
        """
        ...


class Storages:
    """All places of an installation.

    Args:
        new: where new files go.
        others: where there are files of before.
    """

    def __init__(self, new: Storage, *others: Storage) -> None:
        self.new = new
        self._by_place = {storage.place: storage for storage in (new, *others)}

    def at(self, place: Place) -> Storage:
        """The one of this place.

        Raises:
            StorageUnavailableError: this installation has none such.
        """
        try:
            return self._by_place[place]
        except KeyError:
            raise StorageUnavailableError(f"no storage is set for files in {place}") from None


async def pieces_of(file: BinaryIO) -> AsyncIterator[bytes]:
    """The bytes of a file on disk from where it stands, without waiting for the disk here."""
    while piece := await asyncio.to_thread(file.read, PIECE):
        yield piece
