"""Having files looked at for viruses: a scan is a workflow of the engine, so that a scanner which is away delays it and loses none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from application.attachments.storage import Storages
from approval.attachments import Scan
from approval.model import Action
from crm import attachments
from crm.events import Committed, tell
from crm.pool import Pool
from workflows import contracts
from workflows.scan_contract import SCAN_TYPE, ScanInput, scan_id

log = structlog.get_logger(__name__)

START_SECONDS: Final = timedelta(seconds=3)


class ScannerUnavailableError(Exception):
    """The scanner did not say what it thinks of a file; it may later."""


class Scanner(Protocol):
    """A virus scanner."""

    async def scan(self, pieces: AsyncIterator[bytes]) -> str | None:
        """Have a file looked at; what was found, or None: nothing.

        Raises:
            ScannerUnavailableError: it is away, too slow, or in trouble.
        """
        ...


class Scans:
    """Starts scans.

    Args:
        client: of the engine.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def start(self, attachment_id: UUID) -> bool:
        """Have a file looked at, unless that is under way. False: the engine does not take it now; the housekeeping tries again."""
        try:
            await self._client.start_workflow(
                SCAN_TYPE,
                ScanInput(attachment_id=attachment_id),
                id=scan_id(attachment_id),
                task_queue=contracts.TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                task_timeout=contracts.WORKFLOW_TASK_TIMEOUT,
                rpc_timeout=START_SECONDS,
            )
        except (RPCError, RuntimeError) as error:
            log.warning("a scan is left to the housekeeping", attachment_id=str(attachment_id), error=str(error))
            return False
        return True


class Verdict(StrEnum):
    """What became of a scan."""

    CLEAN = "clean"
    INFECTED = "infected"
    GONE = "gone"
    """The file was removed meanwhile."""
    NO_SCANNER = "no_scanner"
    """The worker knows none; the file goes on waiting."""


async def scan_attachment(pool: Pool, storages: Storages, scanner: Scanner | None, attachment_id: UUID) -> Verdict:
    """Look at a file and note what was found. Doing it twice changes nothing but when it was done.

    Raises:
        ScannerUnavailableError, StorageUnavailableError: see there.
    """
    if scanner is None:
        log.warning("no scanner is set at this worker", attachment_id=str(attachment_id))
        return Verdict.NO_SCANNER
    record = await attachments.find(pool, attachment_id)
    if record is None or not record.stored:
        return Verdict.GONE
    found = await scanner.scan(storages.at(record.place).read(record.id, 0, record.size))
    scan = Scan.CLEAN if found is None else Scan.INFECTED
    if not await attachments.note_scan(pool, attachment_id, scan, found or ""):
        return Verdict.GONE
    log.info("a file was scanned", attachment_id=str(attachment_id), scan=scan, found=found)
    await tell(pool, _changed(record.request_id, record.id, record.added_by.username))
    return Verdict(scan)


def _changed(request_id: UUID, attachment_id: UUID, username: str) -> Committed:
    """Has open pages show what there is now."""
    return Committed(request_id=request_id, command_id=attachment_id, action=Action.EDIT, actor=username, accepted=True)
