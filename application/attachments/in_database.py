"""Bytes of attachments in the CRM database, which is backed up and restored with everything else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import BinaryIO
from uuid import UUID

from application.attachments.storage import PIECE, StorageUnavailableError, pieces_of
from crm import stored_files
from crm.pool import Pool
from crm.stored_files import Place


class DatabaseStorage:
    """See ``Storage``. A connection is taken for one piece at a time. Database trouble is raised as what it is.

    Args:
        pool: the CRM database.
    """

    place = Place.DATABASE

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def write(self, file_id: UUID, file: BinaryIO) -> None:
        """See ``Storage``."""
        number = 0
        async for piece in pieces_of(file):
            await stored_files.write_piece(self._pool, file_id, number, piece)
            number += 1

    async def read(self, file_id: UUID, start: int, end: int) -> AsyncIterator[bytes]:
        """See ``Storage``."""
        for number in range(start // PIECE, (end - 1) // PIECE + 1):
            piece = await stored_files.read_piece(self._pool, file_id, number)
            if piece is None:
                raise StorageUnavailableError(f"piece {number} of file {file_id} is not there")
            first = number * PIECE
            yield piece[max(start - first, 0) : end - first]

    async def delete(self, file_id: UUID) -> None:
        """See ``Storage``."""
        await stored_files.delete_pieces(self._pool, file_id)
