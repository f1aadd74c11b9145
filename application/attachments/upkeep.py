"""What is left behind by uploads that were cut off, by removed files, and by scans that were never started: seen to every hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from application.attachments.scanning import Scans
from application.attachments.storage import Storages, StorageUnavailableError
from crm import attachments, stored_files
from crm.pool import Pool

log = structlog.get_logger(__name__)

CUT_OFF_AFTER: Final = timedelta(hours=1)
"""No upload takes as long."""
UNSCANNED_AFTER: Final = timedelta(minutes=5)
"""A scan that was started has begun by then; starting one that has, changes nothing."""
BATCH: Final = 100


class AttachmentUpkeep:
    """Clears away, and starts what was not started.

    Args:
        pool: the CRM database.
        storages: where bytes are.
        scans: has files looked at; None: there is no scanner.
    """

    def __init__(self, pool: Pool, storages: Storages, scans: Scans | None) -> None:
        self._pool = pool
        self._storages = storages
        self._scans = scans

    async def see_to(self, still_here: Callable[[], None]) -> dict[str, int]:
        """Do all of it; how much there was. Doing it twice, or at once with others, is harmless.

        Args:
            still_here: is called now and then.
        """
        return {
            "uploads_cut_off": await attachments.delete_cut_off(self._pool, older_than=CUT_OFF_AFTER),
            "stored_files": await self._forget_unused(still_here),
            "scans_started": await self._start_scans(still_here),
        }

    async def _forget_unused(self, still_here: Callable[[], None]) -> int:
        """Forget the bytes that nothing refers to; those of a storage that is away, the next time."""
        total = 0
        while found := await stored_files.unused(self._pool, older_than=CUT_OFF_AFTER, limit=BATCH):
            for file in found:
                try:
                    await self._storages.at(file.place).delete(file.id)
                except StorageUnavailableError as error:
                    log.warning("files that nobody needs stay for now", error=str(error))
                    return total
                await stored_files.forget(self._pool, file.id)
                still_here()
                total += 1
        return total

    async def _start_scans(self, still_here: Callable[[], None]) -> int:
        """Have files looked at that have waited for it long; as far as the engine takes it."""
        if self._scans is None:
            return 0
        total, after = 0, UUID(int=0)
        while found := await attachments.unscanned(self._pool, older_than=UNSCANNED_AFTER, after=after, limit=BATCH):
            for attachment_id in found:
                if not await self._scans.start(attachment_id):
                    return total
                total += 1
            after = found[-1]
            still_here()
        return total
