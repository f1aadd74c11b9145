"""Taking in what was read of another system: owners are matched to people, what is known already is left, what cannot be taken is
parked with the reason. Nothing is dropped, and the same record twice is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import asyncpg

from application import taking
from approval.incoming import IncomingSource, Taken
from approval.model import Refusal, RefusedError
from connectors.interface import Connector, Problem, Record
from crm import connector_items, directory
from crm.connector_items import Parked, Seen
from crm.connectors import Progress
from crm.pool import Pool

OWNER_MISSING: Final = Problem(reason="owner_missing")


class _Ready(NamedTuple):
    """A record with its owner."""

    record: Record
    source: IncomingSource
    derived: IncomingSource | None


class TakingIn:
    """Takes in records of one system.

    Args:
        pool: the CRM database.
        connector: whose records.
        seen_in: number of the pass through everything that is under way, or was the last one.
        counts_all: whether this is a pass through everything: each record counts as read once, however often it is listed.
            Otherwise those count that were not known as they are.
    """

    def __init__(self, pool: Pool, connector: Connector, seen_in: int, *, counts_all: bool) -> None:
        self._pool = pool
        self._connector = connector
        self._system = connector.system
        self._seen_in = seen_in
        self._counts_all = counts_all

    async def take(self, records: Sequence[Record], *, again: bool = False) -> Progress:
        """Take in what is new or has changed.

        Args:
            records: as they were read; of one that is there twice the last one counts.
            again: whether they are taken although they are known as they are.
        """
        by_key = {record.key: record for record in records}
        known = await connector_items.known(self._pool, self._system, by_key)
        fresh = [
            record
            for record in by_key.values()
            if again
            or (before := known.get(record.key)) is None
            or before.gone
            or _exactly(record) is None
            or before.changed_at != _exactly(record)
        ]
        unseen = [key for key in by_key if (before := known.get(key)) is None or before.seen_in < self._seen_in]
        ready, parked = await self._with_owners(fresh)
        taken, refused = await self._taken(ready)
        parked += refused
        await self._note([record.key for record in by_key.values()], fresh, parked)
        outcomes = list(taken.values())
        return Progress(
            read=len(unseen if self._counts_all else fresh),
            fresh=len(fresh),
            made=outcomes.count(Taken.NEW),
            changed=outcomes.count(Taken.CHANGED),
            parked=len(parked),
        )

    async def look_for_owners(self) -> None:
        """Have tried again at once what waits for somebody who was not known, and is by now."""
        awaited = await connector_items.awaited_owners(self._pool, self._system)
        if awaited:
            found = [name for name, username in (await self._people(awaited)).items() if username is not None]
            await connector_items.try_owned(self._pool, self._system, found)

    async def _with_owners(self, records: Iterable[Record]) -> tuple[list[_Ready], list[Parked]]:
        readable, parked = [], []
        for record in records:
            problem = record.problem or (None if record.owner else OWNER_MISSING)
            if record.source is None or problem is not None:
                parked.append(_parked(record, problem or OWNER_MISSING))
            else:
                readable.append((record, record.source))
        people = await self._people({record.owner for record, _ in readable})
        ready = []
        for record, source in readable:
            username = people.get(record.owner)
            if username is None:
                problem = Problem(reason=connector_items.OWNER_UNKNOWN, params={"owner": record.owner})
                parked.append(_parked(record, problem))
                continue
            owned = {"owner": username}
            derived = record.derived.model_copy(update=owned) if record.derived else None
            ready.append(_Ready(record, source.model_copy(update=owned), derived))
        return ready, parked

    async def _people(self, names: set[str]) -> Mapping[str, str | None]:
        """Whom names mean; of those that nobody knows it is looked whether somebody is called so now."""
        found = await connector_items.usernames(self._pool, self._system, names)
        nobody = [name for name in names if found.get(name) is None]
        if not nobody:
            return found
        everyone = await directory.everyone(self._pool)
        await connector_items.propose(
            self._pool, self._system, {name: self._connector.person(name, everyone) for name in nobody}
        )
        return await connector_items.usernames(self._pool, self._system, names)

    async def _taken(self, ready: Sequence[_Ready]) -> tuple[dict[str, Taken], list[Parked]]:
        """Take orders, then the opportunities that are new."""
        taken, refused = await self._fair(ready)
        opportunities = {
            one.derived.key: _Ready(one.record, one.derived, None)
            for one in ready
            if one.derived and one.source.key in taken
        }
        known = await connector_items.known(self._pool, self._system, opportunities)
        new = [one for key, one in opportunities.items() if key not in known]
        if new:
            made, without = await self._fair(new)  # an order whose opportunity is refused waits with the reason
            refused += without
            async with self._pool.acquire() as connection, connection.transaction():
                seen = [Seen(key=key, changed_at=None, derived=True) for key in made]
                await connector_items.note_taken(connection, self._system, seen, seen_in=self._seen_in)
        return taken, refused

    async def _fair(self, ready: Sequence[_Ready]) -> tuple[dict[str, Taken], list[Parked]]:
        """Take sources; without those that are refused, if some are."""
        refused: list[Parked] = []
        while True:
            try:
                return await self._take([one.source for one in ready]), refused
            except RefusedError as error:
                wrong = _by_place(error.refusal)
                refused += [_parked(one.record, wrong[place]) for place, one in enumerate(ready) if place in wrong]
                left = [one for place, one in enumerate(ready) if place not in wrong]
                if len(left) == len(ready):
                    raise
                ready = left
            except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
                if len(ready) == 1:
                    problem = Problem(reason="database_refused", params={"detail": str(error)[:200]})
                    return {}, [*refused, _parked(ready[0].record, problem)]
                half = len(ready) // 2
                (first, no), (second, nor) = await self._fair(ready[:half]), await self._fair(ready[half:])
                return first | second, [*refused, *no, *nor]

    async def _take(self, sources: Sequence[IncomingSource]) -> dict[str, Taken]:
        if not sources:
            return {}
        found = await taking.take(self._pool, self._system, sources, at=datetime.now(UTC))
        return {source.key: outcome for source, outcome in zip(sources, found, strict=True)}

    async def _note(self, keys: Sequence[str], fresh: Sequence[Record], parked: Sequence[Parked]) -> None:
        """Keep what was read: a record that was parked is known, too, so that it is tried again when its time comes, or when
        it has changed, and not with each reading."""
        async with self._pool.acquire() as connection, connection.transaction():
            seen = [Seen(key=one.key, changed_at=_exactly(one), owner=one.owner) for one in fresh]
            await connector_items.note_seen(connection, self._system, keys, seen_in=self._seen_in)
            await connector_items.note_taken(connection, self._system, seen, seen_in=self._seen_in)
            waiting = {one.key for one in parked}
            await connector_items.unpark(connection, self._system, [one.key for one in seen if one.key not in waiting])
            await connector_items.park(connection, self._system, parked)


def _exactly(record: Record) -> datetime | None:
    return record.changed.exactly if record.changed is not None else None


def _parked(record: Record, problem: Problem) -> Parked:
    return Parked(
        key=record.key, number=record.number, owner=record.owner, reason=problem.reason, params=problem.params
    )


def _by_place(refusal: Refusal) -> dict[int, Problem]:
    """Why some of the sources that were given together are refused, by the places that they had."""
    found: dict[int, Problem] = {}
    for error in reversed(refusal.errors):
        place, _, field = error.pointer.removeprefix("/").partition("/")
        if place.isdigit():
            params = {"field": field, "message": error.message, **error.params}
            found[int(place)] = Problem(reason="refused_field", params=params)
    return found
