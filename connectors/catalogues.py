"""Following the catalogues of another system: its products, customers and warehouses come into ours.

Each is walked through like the orders, see ``connectors.following``: everything once, then what has changed. What a system does not
say of an entry stays as it is here, so that files may say it. A catalogue that cannot be read holds up none of the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from uuid_utils.compat import uuid7

from approval.incoming_catalogue import CatalogueKind, IncomingEntry
from connectors.interface import Connector, Entry, SystemTroubleError
from connectors.walking import FULL_EVERY, Abandoned, Listed, floor_of, is_enough, walked, window_of
from crm import connector_catalogues as readings
from crm.catalogue import Catalogue
from crm.connector_catalogues import KnownEntry, Reading, SeenEntry
from crm.connectors import Checkpoint, SyncKind
from crm.customers import CUSTOMERS
from crm.pool import Connection, Pool
from crm.products import PRODUCTS
from crm.warehouses import WAREHOUSES

log = structlog.get_logger(__name__)

PASS_SECONDS: Final = 30.0
"""For the catalogues in one pass: the orders of the next one wait for its end."""
UNDATED_EVERY: Final = timedelta(hours=1)
"""How often a catalogue is read that does not say when its entries changed."""
_OURS: Final[Mapping[CatalogueKind, Catalogue]] = {
    CatalogueKind.PRODUCTS: PRODUCTS,
    CatalogueKind.CUSTOMERS: CUSTOMERS,
    CatalogueKind.WAREHOUSES: WAREHOUSES,
}

Heartbeat = Callable[[], None]


async def follow_catalogues(
    pool: Pool, connector: Connector, beat: Heartbeat, *, seconds: float = PASS_SECONDS
) -> None:
    """Go on with the pass over each catalogue that is under way, or make one.

    Args:
        pool: the CRM database.
        connector: the system, which is connected.
        beat: called after every page.
        seconds: after which no further page is read; the next call goes on from there.
    """
    until = asyncio.get_running_loop().time() + seconds
    for kind in connector.catalogues:
        reading = await readings.due(pool, connector.system, kind)
        point = _begun(reading, is_undated=kind in connector.undated) if reading is not None else None
        if reading is None or point is None:
            continue
        try:
            await _Walk(pool, connector, kind, reading, beat).go_on(point, until)
        except SystemTroubleError as trouble:
            log.warning("a catalogue cannot be read", system=connector.system, kind=kind, reason=trouble.reason)
            await readings.note_trouble(pool, connector.system, kind, trouble.reason, trouble.detail)
        except Abandoned:
            log.info("a pass is given up", system=connector.system, kind=kind)
        if asyncio.get_running_loop().time() >= until:
            return


def _begun(reading: Reading, *, is_undated: bool) -> Checkpoint | None:
    """The pass that is to be made now, or gone on with; None: none is."""
    if reading.checkpoint is not None:
        return reading.checkpoint
    is_undated = is_undated or reading.watermark is None  # none of its entries said when it changed
    every = UNDATED_EVERY if is_undated else FULL_EVERY
    if reading.full_pass_at is None or reading.full_pass_at < datetime.now(UTC) - every:
        return Checkpoint(sync_id=uuid7(), kind=SyncKind.FULL)
    if is_undated:
        return None
    floor, settled = floor_of(reading.watermark, reading.watermark_at)
    return Checkpoint(sync_id=uuid7(), kind=SyncKind.CHANGES, floor=floor, settled=settled)


class _Walk:
    """One pass through one catalogue."""

    def __init__(
        self, pool: Pool, connector: Connector, kind: CatalogueKind, reading: Reading, beat: Heartbeat
    ) -> None:
        self._pool = pool
        self._connector = connector
        self._system = connector.system
        self._kind = kind
        self._ours = _OURS[kind]
        self._reading = reading
        self._beat = beat

    async def go_on(self, point: Checkpoint, until: float) -> None:
        """Read page after page until then, one at least; after the last say that the pass is over, and what is gone."""
        if self._reading.checkpoint is None:
            await readings.note(self._pool, self._system, self._kind, point, begins=True)
        at_end = False
        while not at_end:
            point, at_end = await self._page(point)
            self._beat()
            if not at_end and asyncio.get_running_loop().time() >= until:
                return
        async with self._pool.acquire() as connection, connection.transaction():
            if point.kind is not SyncKind.CHANGES:
                seen_in = self._reading.full_passes + 1
                if await readings.all_missed(connection, self._system, self._kind, seen_in=seen_in):
                    raise SystemTroubleError("nothing_there")
                gone = await readings.note_missing(connection, self._system, self._kind, seen_in=seen_in)
                await self._ours.discontinue(connection, gone)
            if not await readings.finish(connection, self._system, self._kind, point):
                raise Abandoned

    async def _page(self, point: Checkpoint) -> tuple[Checkpoint, bool]:
        window = window_of(point, self._connector.most)
        listing = await self._connector.catalogue(self._kind, window.page, window.size)
        listed = Listed(listing.rows, listing.total, [entry.changed for entry in listing.entries])
        moved, at_end = walked(point, window, listed)
        seen_in = self._reading.full_passes + (point.kind is not SyncKind.CHANGES)
        async with self._pool.acquire() as connection, connection.transaction():
            if not await readings.note(connection, self._system, self._kind, moved):
                raise Abandoned
            fresh = await self._take(connection, listing.entries, seen_in)
        return moved, at_end or is_enough(point, listed, fresh=fresh)

    async def _take(self, connection: Connection, entries: Sequence[Entry], seen_in: int) -> int:
        """Have our catalogue say what the system says; how much of it was not known as it is."""
        by_key = {entry.key: entry for entry in reversed(entries)}
        known = await readings.known(connection, self._system, self._kind, by_key)
        await self._ours.hold(connection)
        said = {entry.said.code.lower(): entry for entry in by_key.values() if entry.said is not None}
        there = await self._ours.like(connection, said)
        ours = {code.lower(): row for code, row in there.items()}
        writes, codes = [], {}
        for folded, entry in said.items():
            assert entry.said is not None  # noqa: S101 - those that say nothing were left out
            before = ours.get(folded)
            after = _merged(before, entry.said, known.get(entry.key), self._ours.fields)
            codes[entry.key] = after["code"]
            if after != before:
                writes.append(after)
        await self._ours.write(connection, writes)
        seen = [_seen(entry, codes.get(key, "")) for key, entry in by_key.items()]
        await readings.note_seen(connection, self._system, self._kind, seen, seen_in=seen_in)
        renamed = {one.code for key, one in known.items() if codes.get(key, one.code) != one.code}
        await self._ours.discontinue(connection, await readings.unused(connection, self._system, self._kind, renamed))
        return len(writes) + len(by_key.keys() - known.keys())


def _merged(
    before: Mapping[str, Any] | None, said: IncomingEntry, known: KnownEntry | None, fields: Sequence[str]
) -> dict[str, Any]:
    """An entry of ours after a system has spoken of it: what it does not say stays, and so does what somebody else said of whether
    it is still used, unless that has changed there."""
    says = {name: value for name, value in said.model_dump().items() if value not in ("", None)}
    if before is None:
        return {name: said.model_dump()[name] for name in fields}
    was_gone = known.gone if known is not None else False
    if said.discontinued == was_gone:
        says["discontinued"] = before["discontinued"]
    return {**before, **says, "code": before["code"]}


def _seen(entry: Entry, code: str) -> SeenEntry:
    problem = entry.problem.model_dump() if entry.problem is not None else None
    gone = entry.said.discontinued if entry.said is not None else False
    return SeenEntry(key=entry.key, code=code, name=entry.name, problem=problem, gone=gone)
