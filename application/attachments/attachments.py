"""Files of requests: listed, added, given out and removed. They change neither a request's version nor anything that is decided."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Final, Literal
from uuid import UUID

import structlog
from pydantic import Field
from pydantic_core import PydanticCustomError
from uuid_utils.compat import uuid7

from application import access
from application.attachments.content import examine, wrong_file
from application.attachments.scanning import Scans
from application.attachments.storage import Storages, StorageUnavailableError
from application.caller import Caller
from application.permissions import may_attach, require_may_attach
from application.request_lock import RequestLock
from approval.attachments import (
    KINDS,
    MEGABYTE,
    MOST_FILES,
    MOST_TOGETHER,
    SHOWN,
    Scan,
    clean_name,
    ending_of,
)
from approval.model import Action, Code, Frozen, Person, refuse
from crm import attachments, requests, stored_files
from crm.attachments import AttachmentRecord, Taken
from crm.events import Committed, tell
from crm.pool import DATABASE_TROUBLE, Pool
from crm.records import RequestRecord
from crm.stored_files import StoredFile

log = structlog.get_logger(__name__)

NOT_SCANNED: Final = "not_scanned"


class Attachment(Frozen):
    """A file of a request, as somebody sees it."""

    id: UUID
    name: str = Field(examples=["Báo giá FPT.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    size: int = Field(description="Bytes", examples=[184320])
    sha256: str = Field(description="Of its bytes, in hexadecimal", examples=["9f86d081" * 8])
    added_by: Person
    added_at: datetime
    scan: Literal["clean", "waiting", "infected", "not_scanned"]
    """What a virus scanner says of it. Only one that is ``clean`` can be had, or one that is ``not_scanned`` since the installation
    has no scanner."""
    may_remove: bool

    @property
    def can_be_had(self) -> bool:
        """Whether it is given out."""
        return self.scan in (Scan.CLEAN, NOT_SCANNED)

    @property
    def can_be_shown(self) -> bool:
        """Whether a browser may show it in place of saving it."""
        return self.can_be_had and self.media_type in SHOWN


class Attachments(Frozen):
    """The files of a request, in the order in which they were added, and whether its reader may add one."""

    items: tuple[Attachment, ...]
    may_add: bool


@dataclass(frozen=True)
class Upload:
    """A file as it came: the name that its sender gives it, and its bytes, which can be read again and again."""

    name: str
    file: BinaryIO


@dataclass(frozen=True)
class Opened:
    """A file that may be given out; ``read`` gives its bytes from one place up to another."""

    record: AttachmentRecord
    storages: Storages

    def read(self, start: int, end: int) -> AsyncIterator[bytes]:
        """See ``Storage.read``.

        Raises:
            StorageUnavailableError: also of a place that this installation knows nothing of.
        """
        return self.storages.at(self.record.place).read(self.record.id, start, end)


class RequestAttachments:
    """The application service.

    Args:
        pool: the CRM database.
        lock: the right to change a request.
        storages: where bytes are.
        scans: has files looked at; None: nobody looks at them, and they are given out all the same.
    """

    def __init__(self, pool: Pool, lock: RequestLock, storages: Storages, scans: Scans | None) -> None:
        self._pool = pool
        self._lock = lock
        self._storages = storages
        self._scans = scans

    async def list(self, caller: Caller, record: RequestRecord) -> Attachments:
        """The files of a request that the caller sees."""
        found = await attachments.of_request(self._pool, record.id)
        may = may_attach(record, caller)
        return Attachments(items=tuple(self._view(one, caller, may=may) for one in found), may_add=may)

    async def require_may_add(self, caller: Caller, request_id: UUID) -> None:
        """Refuse whoever may not add a file, before any of it is read.

        Raises:
            RefusedError: ``not_found``, ``forbidden``, ``request_locked``.
        """
        require_may_attach(await access.load(self._pool, caller, request_id), caller)

    async def add(self, caller: Caller, request_id: UUID, upload: Upload, *, attachment_id: UUID) -> Attachment:
        """Keep a file with a request. With the same id it is kept once.

        Its room is taken before its bytes are written, so that of many at once none is too many, and it is shown when all of them
        are there. Whatever ends this in between leaves nothing that anybody sees, and the housekeeping clears it away.

        Raises:
            RefusedError: ``not_found``, ``forbidden``, ``request_locked``, ``request_busy``, ``invalid``.
            StorageUnavailableError: its bytes cannot be kept now.
        """
        try:
            name = clean_name(upload.name)
        except PydanticCustomError as error:
            params = {key: str(value) for key, value in (error.context or {}).items()}
            pointer = "/file" if error.type == "file_kind" else "/file/name"
            raise wrong_file(error.type, pointer, **params) from error
        kind = KINDS[ending_of(name)]
        found = await asyncio.to_thread(examine, upload.file, kind)
        record = AttachmentRecord(
            id=attachment_id,
            request_id=request_id,
            name=name,
            media_type=kind.media_type,
            size=found.size,
            sha256=found.sha256,
            added_by=caller.person,
            added_at=datetime.now(UTC),
            stored=False,
            scan=Scan.WAITING,
            found="",
            place=self._storages.new.place,
        )
        record = await self._take_room(caller, record)
        if not record.stored:
            await self._store(record, upload.file)
            await self._tell(caller, request_id)
            if self._scans is not None:
                await self._scans.start(attachment_id)
        return self._view(record, caller, may=True)

    async def open(self, caller: Caller, request_id: UUID, attachment_id: UUID) -> Opened:
        """A file that the caller may have.

        Raises:
            RefusedError: ``not_found``, ``not_scanned_yet``, ``infected``.
        """
        if not await requests.visible(self._pool, [request_id], caller.viewer):
            raise refuse(Code.NOT_FOUND)
        record = await attachments.find(self._pool, attachment_id)
        if record is None or not record.stored or record.request_id != request_id:
            raise refuse(Code.NOT_FOUND)
        if record.scan is Scan.INFECTED:
            raise refuse(Code.INFECTED, found=record.found)
        if record.scan is Scan.WAITING and self._scans is not None:
            raise refuse(Code.NOT_SCANNED_YET)
        return Opened(record, self._storages)

    async def remove(self, caller: Caller, request_id: UUID, attachment_id: UUID) -> None:
        """Take a file away again; by whoever added it, for as long as they could add one.

        Raises:
            RefusedError: ``not_found``, ``forbidden``, ``request_locked``, ``request_busy``.
        """
        async with (
            self._lock.turn(caller.username, request_id),
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            request = await access.load(connection, caller, request_id)
            record = await attachments.find(connection, attachment_id)
            if record is None or not record.stored or record.request_id != request_id:
                raise refuse(Code.NOT_FOUND)
            if record.added_by.username != caller.username:
                raise refuse(Code.FORBIDDEN, variant="remove_attachment")
            require_may_attach(request, caller)
            await attachments.lock_request(connection, request_id)
            require_may_attach(await access.load(connection, caller, request_id), caller)
            await attachments.delete(connection, attachment_id)
        await self._tell(caller, request_id)
        await self._forget_bytes(record)

    async def _take_room(self, caller: Caller, record: AttachmentRecord) -> AttachmentRecord:
        """Take the room of a file with its request, if it still may have it; the file as it is known if it came before."""
        async with (
            self._lock.turn(caller.username, record.request_id),
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            require_may_attach(await access.load(connection, caller, record.request_id), caller)
            await attachments.lock_request(connection, record.request_id)
            require_may_attach(await access.load(connection, caller, record.request_id), caller)
            known = await attachments.find(connection, record.id)
            if known is not None:
                return known
            _require_room(await attachments.taken(connection, record.request_id), record.size)
            await stored_files.register(connection, StoredFile(id=record.id, place=record.place))
            await attachments.insert(connection, record)
        return record

    async def _store(self, record: AttachmentRecord, file: BinaryIO) -> None:
        """Write the bytes of a file whose room is taken, and show it.

        Raises:
            StorageUnavailableError: it is given up.
        """
        try:
            file.seek(0)
            await self._storages.at(record.place).write(record.id, file)
            if not await attachments.mark_stored(self._pool, record.id):
                raise StorageUnavailableError("the file was given up meanwhile")
        except BaseException:
            with suppress(*DATABASE_TROUBLE):
                await attachments.delete_unstored(self._pool, record.id)
            raise

    async def _forget_bytes(self, record: AttachmentRecord) -> None:
        """Forget the bytes of a file that is gone. What is left now goes with the housekeeping."""
        try:
            await self._storages.at(record.place).delete(record.id)
            await stored_files.forget(self._pool, record.id)
        except (StorageUnavailableError, *DATABASE_TROUBLE) as error:
            log.warning("the bytes of a file are left to the housekeeping", file_id=str(record.id), error=repr(error))

    async def _tell(self, caller: Caller, request_id: UUID) -> None:
        """Have open pages show what there is now."""
        await tell(
            self._pool,
            Committed(
                request_id=request_id, command_id=uuid7(), action=Action.EDIT, actor=caller.username, accepted=True
            ),
        )

    def _view(self, record: AttachmentRecord, caller: Caller, *, may: bool) -> Attachment:
        unseen = record.scan is Scan.WAITING and self._scans is None
        return Attachment(
            id=record.id,
            name=record.name,
            media_type=record.media_type,
            size=record.size,
            sha256=record.sha256.hex(),
            added_by=record.added_by,
            added_at=record.added_at,
            scan=NOT_SCANNED if unseen else record.scan.value,
            may_remove=may and record.added_by.username == caller.username,
        )


def _require_room(taken: Taken, size: int) -> None:
    """Refuse a file for which a request has no room left.

    Raises:
        RefusedError: ``invalid``.
    """
    if taken.files >= MOST_FILES:
        raise wrong_file("file_count", most=str(MOST_FILES))
    if taken.size + size > MOST_TOGETHER:
        left = max(MOST_TOGETHER - taken.size, 0) // 1024
        raise wrong_file("files_size", most=str(MOST_TOGETHER // MEGABYTE), left=str(left))
