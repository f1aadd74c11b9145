"""Importing files: shown first, then taken as they were shown, all or nothing. Only admins do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Final
from uuid import UUID

from application.caller import Caller
from application.recent_sign_in import RecentSignIn
from application.table_files import TableKind, read_table_file
from application.workbook_parts import UnreadableFile
from approval.model import Code, Frozen, Role, refuse
from connectors.files.changes import Preview
from connectors.files.kinds import ImportKind
from connectors.files.plans import Plan, plan_catalogue, plan_people
from connectors.files.progress import Doing, Progress
from connectors.files.sheet import Sheet, read_sheet
from connectors.files.sources import plan_sources
from crm import imports, people_changes
from crm.imports import Import, Upload
from crm.people_changes import Way
from crm.pool import Connection, Pool
from crm.products import PRODUCTS
from crm.suppliers import SUPPLIERS

LATEST: Final = 20
"""Files that were taken, of which the page tells."""


class Sent(Frozen):
    """A file that somebody sent."""

    kind: ImportKind
    """What it is about."""
    content: bytes
    media_type: TableKind
    name: str = ""


class Imports:
    """Takes what files say of people, products, suppliers, sales orders and opportunities.

    Args:
        pool: the CRM database.
        recent_sign_in: asked of whoever says by a file what people may do.
    """

    def __init__(self, pool: Pool, recent_sign_in: RecentSignIn) -> None:
        self._pool = pool
        self._recent_sign_in = recent_sign_in

    async def preview(self, caller: Caller, sent: Sent, *, import_id: UUID | None = None) -> Preview:
        """What taking a file would change now; nothing is changed.

        Args:
            caller: an admin.
            sent: the file.
            import_id: of one that was uploaded: how far it is can be asked for meanwhile.

        Raises:
            RefusedError: ``forbidden``; ``invalid`` with everything that is wrong, each at its cell.
        """
        caller.require_role(Role.ADMIN)
        progress = Progress()
        async with progress.kept(self._pool, import_id) if import_id is not None else nullcontext():
            sheet = await _read(sent, progress, leaves_out_unknown=True)
            async with self._pool.acquire() as connection:
                return _fair(sheet, await self._plan(connection, sheet, progress, hold=False))

    async def take(
        self, caller: Caller, sent: Sent, *, import_id: UUID, at: datetime, shown: str | None = None
    ) -> Preview:
        """Take a file, all of it or nothing.

        Args:
            caller: an admin.
            sent: the file.
            import_id: of what is written down about it; the same twice is one.
            at: when this is, UTC.
            shown: the token of what was shown; None: whatever it changes by now, and without a column of which nothing is known,
                since nobody was shown that it is left out.

        Returns:
            What it changed.

        Raises:
            RefusedError: ``forbidden``; ``invalid``, see ``preview``; ``stale_version``: it would change something else by now
                than what was shown.
            SignInAgainError: it says what people may do, and the caller has signed in too long ago.
        """
        caller.require_role(Role.ADMIN)
        if sent.kind is ImportKind.PEOPLE:
            self._recent_sign_in.require(caller)
        progress = Progress()
        async with progress.kept(self._pool, import_id):
            sheet = await _read(sent, progress, leaves_out_unknown=shown is not None)
            async with self._pool.acquire() as connection, connection.transaction():
                plan = await self._plan(connection, sheet, progress, hold=True)
                preview = _fair(sheet, plan)
                if shown is not None and shown != preview.token:
                    raise refuse(Code.STALE_VERSION, variant="import")
                if not preview.nothing:
                    if sent.kind is ImportKind.PEOPLE:
                        await people_changes.on_behalf_of(connection, caller.username, Way.FILE)
                    progress.begin(Doing.WRITING)
                    await plan.write()
                await imports.record(
                    connection,
                    import_id,
                    kind=sent.kind,
                    file_name=sent.name,
                    media_type=sent.media_type,
                    by=caller.username,
                    counts=_counts(preview),
                    at=at,
                )
        return preview

    async def _plan(self, connection: Connection, sheet: Sheet, progress: Progress, *, hold: bool) -> Plan:
        progress.begin(Doing.COMPARING)
        match sheet.kind:
            case ImportKind.PEOPLE:
                return await plan_people(connection, sheet, hold=hold)
            case ImportKind.PRODUCTS:
                return await plan_catalogue(connection, sheet, PRODUCTS, hold=hold)
            case ImportKind.SUPPLIERS:
                return await plan_catalogue(connection, sheet, SUPPLIERS, hold=hold)
            case ImportKind.ORDERS | ImportKind.OPPORTUNITIES:
                return await plan_sources(connection, sheet, progress, hold=hold)

    async def keep(self, caller: Caller, sent: Sent, *, import_id: UUID, at: datetime) -> None:
        """Keep a file until the same person takes it, or uploads another one.

        Raises:
            RefusedError: ``forbidden``.
        """
        caller.require_role(Role.ADMIN)
        upload = Upload(
            id=import_id, kind=sent.kind, file_name=sent.name, media_type=sent.media_type, content=sent.content
        )
        await imports.keep(self._pool, upload, by=caller.username, at=at)

    async def kept(self, caller: Caller, import_id: UUID) -> Sent:
        """A file that the caller uploaded and that was not taken yet.

        Raises:
            RefusedError: ``forbidden``; ``not_found``.
        """
        caller.require_role(Role.ADMIN)
        upload = await imports.waiting(self._pool, import_id, by=caller.username)
        if upload is None:
            raise refuse(Code.NOT_FOUND)
        return Sent(
            kind=ImportKind(upload.kind),
            content=upload.content,
            media_type=TableKind(upload.media_type),
            name=upload.file_name,
        )

    async def progress(self, caller: Caller) -> imports.Progress | None:
        """How far the file is that the caller uploaded last; None: nobody works on it.

        Raises:
            RefusedError: ``forbidden``.
        """
        caller.require_role(Role.ADMIN)
        return await imports.progress(self._pool, by=caller.username)

    async def is_taken(self, caller: Caller, import_id: UUID) -> bool:
        """Whether the caller has taken a file already, as with the first of two clicks.

        Raises:
            RefusedError: ``forbidden``.
        """
        caller.require_role(Role.ADMIN)
        return await imports.is_taken(self._pool, import_id, by=caller.username)

    async def latest(self, caller: Caller) -> list[Import]:
        """The files that were taken last, by whom, and what they did.

        Raises:
            RefusedError: ``forbidden``.
        """
        caller.require_role(Role.ADMIN)
        return await imports.latest(self._pool, LATEST)


async def _read(sent: Sent, progress: Progress, *, leaves_out_unknown: bool) -> Sheet:
    def read() -> Sheet:
        file = read_table_file(sent.content, sent.media_type)
        return read_sheet(sent.kind, file, leaves_out_unknown=leaves_out_unknown, progress=progress)

    try:
        return await asyncio.to_thread(read)
    except UnreadableFile as error:
        raise refuse(Code.INVALID, error.problem) from error


def _fair(sheet: Sheet, plan: Plan) -> Preview:
    """What a file changes, if nothing is wrong with it.

    Raises:
        RefusedError: ``invalid``.
    """
    errors = sheet.in_order(plan.errors)
    if errors:
        raise refuse(Code.INVALID, *errors)
    return plan.preview


def _counts(preview: Preview) -> Mapping[str, int]:
    return {name: getattr(preview, name) for name in ("new", "changed", "unchanged", "gone")}
