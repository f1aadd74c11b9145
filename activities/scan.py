"""Looking at files for viruses on the scans' behalf. It may run more than once; the file is looked at once more."""

from __future__ import annotations

from uuid import UUID

from temporalio import activity

from activities.errors import classify
from application.attachments.scanning import Scanner, scan_attachment
from application.attachments.storage import Storages
from crm.pool import Pool
from workflows.scan_contract import ScanActivities


class AttachmentScanActivities(ScanActivities):
    """Scans of the files of a CRM database.

    Args:
        pool: the database.
        storages: where bytes are.
        scanner: looks at them; None: this worker knows none.
    """

    def __init__(self, pool: Pool, storages: Storages, scanner: Scanner | None) -> None:
        self._pool = pool
        self._storages = storages
        self._scanner = scanner

    @activity.defn(name="scan_attachment")
    @classify
    async def scan(self, attachment_id: UUID) -> str:
        """See ``ScanActivities``."""
        return await scan_attachment(self._pool, self._storages, self._scanner, attachment_id)
