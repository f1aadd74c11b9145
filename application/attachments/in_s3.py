"""Bytes of attachments in a bucket of an S3-compatible storage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO, Final
from urllib.parse import urlsplit
from uuid import UUID

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from application.attachments.storage import PIECE, StorageUnavailableError
from crm.stored_files import Place

_AT_ONCE: Final = 4 * PIECE
"""Bytes that one call reads."""


class S3Storage:
    """See ``Storage``. An object is there whole or not at all: one call writes it. A try of a call ends after 30 seconds at most, and
    five without a connection; options of our own would take the place of what the environment says of the client.

    Args:
        url: ``s3://bucket`` or ``s3://bucket/prefix``. Keys, region and endpoint are read from the environment by the client, by the
            names that every S3 client knows (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``, …).
    """

    place = Place.S3

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
        )

    async def write(self, file_id: UUID, file: BinaryIO) -> None:
        """See ``Storage``. Parts of an upload that was cut off would be paid for until somebody finds them: ten megabytes go in
        one piece.
        """
        content = await asyncio.to_thread(file.read)
        with _trouble():
            await obstore.put_async(self._store, str(file_id), content, use_multipart=False)

    async def read(self, file_id: UUID, start: int, end: int) -> AsyncIterator[bytes]:
        """See ``Storage``."""
        while start < end:
            with _trouble():
                piece = await obstore.get_range_async(
                    self._store, str(file_id), start=start, end=min(end, start + _AT_ONCE)
                )
            start += len(piece)
            yield bytes(piece)

    async def delete(self, file_id: UUID) -> None:
        """See ``Storage``."""
        with _trouble():
            try:
                await obstore.delete_async(self._store, str(file_id))
            except NotFoundError:  # some storages say so, others do not
                return


@contextmanager
def _trouble() -> Iterator[None]:
    """Whatever the storage answers, its name is for the log and not for people."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise StorageUnavailableError(f"{type(error).__name__}: {str(error)[:300]}") from error
