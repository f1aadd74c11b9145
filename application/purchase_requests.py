"""The application: everything that can be done with a purchase request, for the HTTP API and the pages alike.

Here it is read, saved, edited and deleted; what is wanted of its run is in ``commands``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from application import access, planning
from application.calendars import Calendars
from application.caller import Caller
from application.commands import Commands
from application.outlook import Outlook, outlook
from application.permissions import require_permitted
from application.planning import Preview
from application.request_lock import RequestLock
from approval.model import MAKERS, Action, Code, ProcessStatus, RefusedError, refuse
from approval.purchasing import PurchasingEvent
from crm import editing, purchasing, receipts, refusals, rounds, timeline
from crm.drafts import LineDraft, RequestDraft, SourceRef
from crm.events import tell
from crm.pool import Connection, Pool
from crm.receipts import Ledger
from crm.records import RequestRecord
from crm.refusals import FurtherRefusals
from crm.rounds import RoundRecord
from crm.timeline import EntryPage, Story
from texts import Language


class PurchaseRequests:
    """The application service.

    Args:
        pool: the CRM database.
        commands: sends and decisions.
        lock: the right to change a request.
        calendars: the business time that counts.
        zone: the company's time zone, which decides what today is.
    """

    def __init__(
        self, pool: Pool, commands: Commands, lock: RequestLock, calendars: Calendars, *, zone: ZoneInfo
    ) -> None:
        self.commands = commands
        self._pool = pool
        self._lock = lock
        self._calendars = calendars
        self._zone = zone

    async def get(self, caller: Caller, request_id: UUID) -> RequestRecord:
        """A request that the caller may see.

        Raises:
            RefusedError: ``not_found``.
        """
        return await access.load(self._pool, caller, request_id)

    async def create(self, caller: Caller, draft: RequestDraft, *, request_id: UUID) -> RequestRecord:
        """Save a new request and answer with it. See ``save``."""
        await self.save(caller, draft, request_id=request_id)
        return await self.get(caller, request_id)

    async def save(self, caller: Caller, draft: RequestDraft, *, request_id: UUID) -> None:
        """Save a new request. With the same id it is saved once.

        Raises:
            RefusedError: ``forbidden``, ``invalid``.
        """
        caller.require_role(*MAKERS)
        now = datetime.now(UTC)
        async with self._pool.acquire() as connection, connection.transaction():
            entry = await editing.create(
                connection,
                draft,
                request_id=request_id,
                command_id=uuid7(),
                owner=caller.person,
                today=now.astimezone(self._zone).date(),
                at=now,
                channel=caller.channel,
            )
        if entry is not None:
            await tell(self._pool, entry.committed())

    async def edit(
        self,
        caller: Caller,
        request_id: UUID,
        changes: Mapping[str, Any],
        *,
        version: int | None,
        by_itself: bool = False,
    ) -> RequestRecord:
        """Save an edit.

        Args:
            changes: new values by field name, valid ones; ``lines`` replaces all lines.
            version: what the caller saw; None: whatever it is.
            by_itself: whether nobody said so, but the form in which they write: only of a request that was never sent. The
                timeline says it once for each hour that somebody sits at it, and nothing where it was too late.

        Raises:
            RefusedError: ``not_found``, ``forbidden``, ``request_locked``, ``request_busy``, ``stale_version``,
                ``invalid``.
        """
        now = datetime.now(UTC)
        try:
            async with self._lock.transaction(caller.username, request_id) as connection:
                record = await self._permitted(connection, caller, request_id, Action.EDIT, version)
                if by_itself and record.process_status is not ProcessStatus.NOT_SENT:
                    raise refuse(Code.REQUEST_LOCKED, status=record.process_status)
                current = {name: getattr(record, name) for name in RequestDraft.model_fields if name != "lines"}
                if record.source is not None:
                    current["source"] = SourceRef(type=record.source.type, id=record.source.id)
                kept = set(LineDraft.model_fields) - {"take_over"}
                if "source" in changes and changes["source"] != current["source"]:
                    kept.discard("source_line_id")  # of the source that it had; found anew by product code
                current["lines"] = tuple(
                    LineDraft.model_construct(**{name: getattr(line, name) for name in kept}) for line in record.lines
                )
                draft = RequestDraft.model_construct(**(current | dict(changes)))  # what stays was read by other rules
                entry = await editing.replace(
                    connection,
                    record,
                    draft,
                    command_id=uuid7(),
                    at=now,
                    channel=caller.channel,
                    is_more_of_it=by_itself,
                )
        except RefusedError as error:
            if not by_itself or error.refusal.code is Code.FORBIDDEN:
                await access.note_refusal(self._pool, caller, request_id, Action.EDIT, error.refusal, at=now)
            raise
        await tell(self._pool, entry.committed())
        return await self.get(caller, request_id)

    async def delete(self, caller: Caller, request_id: UUID, *, version: int | None) -> None:
        """Delete a request that was never sent.

        Raises:
            RefusedError: ``not_found``, ``forbidden``, ``request_locked``, ``request_busy``, ``stale_version``.
        """
        now = datetime.now(UTC)
        try:
            async with self._lock.transaction(caller.username, request_id) as connection:
                await self._permitted(connection, caller, request_id, Action.DELETE, version)
                await editing.delete(connection, request_id)
        except RefusedError as error:
            await access.note_refusal(self._pool, caller, request_id, Action.DELETE, error.refusal, at=now)
            raise

    async def report(
        self,
        caller: Caller,
        event: PurchasingEvent,
        *,
        statuses: tuple[str, ...],
        at: datetime,
        by_hand: bool = False,
    ) -> purchasing.Applied:
        """Take a report of purchasing; see ``crm.purchasing.apply``.

        Raises:
            RefusedError: what that raises, or ``request_busy``.
        """
        async with self._lock.turn(caller.username, event.request_number):
            return await purchasing.apply(
                self._pool,
                event,
                statuses=statuses,
                reporter=caller.viewer,
                at=at,
                by_hand=by_hand,
                channel=caller.channel,
            )

    async def ledger(self, record: RequestRecord, *, limit: int, cursor: str | None) -> Ledger:
        """What was reported of the goods of a request, as ``get`` gave it; see ``crm.receipts.ledger``.

        Raises:
            RefusedError: ``invalid``: the cursor is not ours.
        """
        return await receipts.ledger(self._pool, record.id, limit=limit, cursor=cursor)

    async def outlook(self, record: RequestRecord, language: Language) -> Outlook:
        """What a request, as ``get`` gave it, waits for."""
        return await outlook(self._pool, record, language)

    async def preview(self, caller: Caller, record: RequestRecord) -> Preview:
        """What a send of a request, as ``get`` gave it to the caller, would run now, and what would refuse it."""
        return await planning.preview(self._pool, self._calendars, record, caller.viewer)

    async def timeline(
        self, record: RequestRecord, *, limit: int, cursor: str | None, newest_first: bool = False
    ) -> EntryPage:
        """A part of what was tried on a request, as ``get`` gave it; see ``crm.timeline.page``.

        Raises:
            RefusedError: ``invalid``: the cursor is not ours.
        """
        return await timeline.page(self._pool, record.id, limit=limit, cursor=cursor, newest_first=newest_first)

    async def story(self, record: RequestRecord, *, newest: int) -> Story:
        """What was tried last on a request, as ``get`` gave it, and everything that its run accepted."""
        return await timeline.story(self._pool, record.id, newest=newest)

    async def further_refusals(self, record: RequestRecord) -> tuple[FurtherRefusals, ...]:
        """What was refused on a request, as ``get`` gave it, beyond what its timeline has; see ``crm.refusals``."""
        return await refusals.further(self._pool, record.id)

    async def rounds(self, record: RequestRecord) -> list[RoundRecord]:
        """Every round of a request, as ``get`` gave it, oldest first."""
        return await rounds.of_request(self._pool, record.id)

    @staticmethod
    async def _permitted(
        connection: Connection, caller: Caller, request_id: UUID, action: Action, version: int | None
    ) -> RequestRecord:
        """The request, if its owner may do this to this version of it now."""
        record = await access.load(connection, caller, request_id)
        require_permitted(record, caller, action, version)
        return record
