"""The contract of scans: what a file's workflow is called, what it is told, and what it has done on its behalf.

Of a file only its id ever reaches the engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final
from uuid import UUID

from temporalio import activity

from approval.model import Frozen

SCAN_TYPE: Final = "AttachmentScan"


def scan_id(attachment_id: UUID) -> str:
    """The id of a file's scan."""
    return f"attachment-scan-{attachment_id}"


class ScanInput(Frozen):
    """Start of the workflow."""

    attachment_id: UUID


class ScanActivities(ABC):
    """What a scan has done on its behalf, by ``activities.scan``."""

    @activity.defn(name="scan_attachment")
    @abstractmethod
    async def scan(self, attachment_id: UUID) -> str:
        """Have a scanner look at a file, and note what it says; ``clean``, ``infected``, or why nobody needs to know any more."""
