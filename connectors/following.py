"""Following another system: everything is read once, then what has changed, back to a little before the last time.

A pass is a walk through the list of records, the last changed first. Where it stands is in the database after every page, so that
whoever goes on, after a worker died in the middle of a page or the system was away for a day, reads at most one page twice.
Now and then everything is read again; what two such passes have missed, and what the system does not give by its id either,
is gone. Source: connections.md, "AMIS CRM, Open API v2".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from uuid_utils.compat import uuid7

from application import taking
from connectors.interface import OF_THE_QUESTION, Connector, Record, SystemTroubleError
from connectors.taking_in import TakingIn
from connectors.walking import FULL_EVERY, OVERLAP, Abandoned, Listed, floor_of, is_enough, walked, window_of
from crm import connector_items, connectors
from crm.connectors import Checkpoint, ConnectorSettings, Progress, SyncKind
from crm.pool import Pool

log = structlog.get_logger(__name__)

FULL_AT_MOST_EVERY: Final = timedelta(hours=1)
"""How often that may be earlier, since there are more or fewer records than are known."""
GONE_AFTER: Final = 2
"""Passes through everything that must have missed a record before it is gone."""

Heartbeat = Callable[[], None]


async def follow(pool: Pool, connector: Connector, beat: Heartbeat) -> str:
    """Go on with the pass that is under way, or begin one; then, after one through everything, read what changed meanwhile.

    Args:
        pool: the CRM database.
        connector: the system.
        beat: called after every page.

    Returns:
        Why it stopped before the end, as a key of ``texts.connectors``; empty: it did not.
    """
    settings = await connectors.find(pool, connector.system)
    if settings is None or not settings.enabled:
        return ""
    point = await connectors.checkpoint(pool, connector.system)
    if point is None:
        point = _begun(settings)
        await connectors.begin(pool, connector.system, point)
    walk = _Walk(pool, connector, settings, beat)
    try:
        await walk.to_the_end(point)
        await walk.retry_parked(point)
    except SystemTroubleError as trouble:
        log.warning("a system cannot be read", system=connector.system, reason=trouble.reason, detail=trouble.detail)
        await connectors.note_trouble(pool, point.sync_id, trouble.reason, trouble.detail)
        return trouble.reason
    except Abandoned:
        log.info("a pass is given up", system=connector.system)
    return ""


def _begun(settings: ConnectorSettings) -> Checkpoint:
    """The pass that is to be made now."""
    sync_id, now = uuid7(), datetime.now(UTC)
    if settings.full_pass_at is None:
        return Checkpoint(sync_id=sync_id, kind=SyncKind.FIRST)
    if settings.full_pass_wanted or settings.full_pass_at < now - FULL_EVERY:
        return Checkpoint(sync_id=sync_id, kind=SyncKind.FULL)
    floor, settled = floor_of(settings.watermark, settings.watermark_at)
    return Checkpoint(sync_id=sync_id, kind=SyncKind.CHANGES, floor=floor, settled=settled)


class _Walk:
    """One pass."""

    def __init__(self, pool: Pool, connector: Connector, settings: ConnectorSettings, beat: Heartbeat) -> None:
        self._pool = pool
        self._connector = connector
        self._system = connector.system
        self._settings = settings
        self._beat = beat
        self._passes = settings.full_passes
        self._calls = connector.calls

    async def retry_parked(self, point: Checkpoint) -> None:
        """Read again what is due of what could not be taken, and what waited for an owner who is known by now.

        Raises:
            SystemTroubleError: it cannot be read by its keys now.
        """
        taking_in = self._taking_in(point)
        await taking_in.look_for_owners()
        while keys := await connector_items.due(self._pool, self._system, limit=self._connector.most):
            records = await self._read_parked(keys)
            done = await taking_in.take(records, again=True)
            async with self._pool.acquire() as connection, connection.transaction():
                missing = set(keys) - {record.key for record in records}
                await connector_items.postpone(connection, self._system, missing)
                await connectors.add(connection, point.sync_id, done.model_copy(update={"calls": self._called()}))
            self._beat()

    async def _read_parked(self, keys: Sequence[str]) -> Sequence[Record]:
        """Records by their keys; none, if the system does not answer that, so that these do not hold up the others."""
        try:
            return await self._connector.read(keys)
        except SystemTroubleError as trouble:
            if trouble.reason not in OF_THE_QUESTION:
                raise
            log.warning("what waits cannot be asked for", system=self._system, reason=trouble.reason)
            return []

    async def to_the_end(self, point: Checkpoint) -> None:
        """Read page after page; then say that the pass is over."""
        at_end = False
        while not at_end:
            point, at_end = await self._page(point)
            self._beat()
            if at_end and point.kind is not SyncKind.CHANGES and not point.catching_up:
                floor = point.top - OVERLAP if point.top is not None else None
                caught = {"next": 0, "total": None, "slack": 0, "floor": floor, "catching_up": True}
                point, at_end = point.model_copy(update=caught), floor is None
        if point.kind is not SyncKind.CHANGES:
            point = await self._note_missing(point)
        await self._compare_numbers(point)
        await connectors.finish(self._pool, self._system, point, watermark=point.top)

    async def _page(self, point: Checkpoint) -> tuple[Checkpoint, bool]:
        window = window_of(point, self._connector.most)
        listing = await self._connector.changed(window.page, window.size)
        listed = Listed(listing.rows, listing.total, [record.changed for record in listing.records])
        done = await self._taking_in(point).take(listing.records)
        moved, at_end = walked(point, window, listed)
        async with self._pool.acquire() as connection, connection.transaction():
            done = done.model_copy(update={"calls": self._called()})
            if not await connectors.note(connection, self._system, moved, done):
                raise Abandoned
        return moved, at_end or is_enough(point, listed, fresh=done.fresh)

    async def _note_missing(self, point: Checkpoint) -> Checkpoint:
        """Cancel what is gone. What two passes have missed is asked for by its id first: a record may always have been
        where nobody looked just then.

        Raises:
            SystemTroubleError: ``nothing_there``: it shows nothing at all. Rather than that all is deleted, the client may not see
                it any more, or the list is broken; the pass goes on when something is there again.
        """
        if await connector_items.all_missed(self._pool, self._system, seen_in=self._passes + 1):
            raise SystemTroubleError("nothing_there")
        if not point.counted:
            point = point.model_copy(update={"counted": True})
            async with self._pool.acquire() as connection, connection.transaction():
                await connector_items.count_missed(connection, self._system, seen_in=self._passes + 1)
                if not await connectors.note(connection, self._system, point, Progress()):
                    raise Abandoned
        keys = await connector_items.missed(self._pool, self._system, times=GONE_AFTER)
        for first in range(0, len(keys), self._connector.most):
            some = keys[first : first + self._connector.most]
            try:
                records = await self._connector.read(some)
            except SystemTroubleError as trouble:  # they stay as they are until the next pass through everything
                log.warning("what is missing cannot be asked for", system=self._system, reason=trouble.reason)
                break
            await self._taking_in(point).take(records)
            gone = sorted(set(some) - {record.key for record in records})
            cancelled = await taking.cancel(self._pool, self._system, gone, at=datetime.now(UTC)) if gone else 0
            async with self._pool.acquire() as connection, connection.transaction():
                await connector_items.note_gone(connection, self._system, gone)
                done = Progress(cancelled=cancelled, calls=self._called())
                await connectors.add(connection, point.sync_id, done)
            self._beat()
        return point

    async def _compare_numbers(self, point: Checkpoint) -> None:
        """Fewer records than are known mean that some are gone, more that one was passed over: they are looked for soon."""
        full_at = self._settings.full_pass_at
        if point.kind is not SyncKind.CHANGES or point.total is None or full_at is None:
            return
        if full_at > datetime.now(UTC) - FULL_AT_MOST_EVERY:
            return
        if point.total != await connector_items.count_there(self._pool, self._system):
            await connectors.want_full_pass(self._pool, self._system)

    def _taking_in(self, point: Checkpoint) -> TakingIn:
        counts_all = point.kind is not SyncKind.CHANGES
        return TakingIn(self._pool, self._connector, self._passes + counts_all, counts_all=counts_all)

    def _called(self) -> int:
        """How often the system was called since this was asked last."""
        before, self._calls = self._calls, self._connector.calls
        return self._calls - before
