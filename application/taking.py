"""The door by which sales orders and opportunities come in from other systems, whatever those are."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from approval.incoming import ConcernedRequest, Foreseen, IncomingSource, Taken
from approval.model import Code, FieldError, refuse
from approval.order_changes import Goods
from crm import order_changes, taking
from crm.events import tell_touched
from crm.order_changes import OrderToBe
from crm.pool import Connection, Pool
from crm.taking import Known

AT_ONCE: Final = 500
"""Sources that are written by one statement."""


async def take(
    executor: Pool | Connection,
    system: str,
    sources: Sequence[IncomingSource],
    *,
    at: datetime,
    written: Callable[[Sequence[IncomingSource]], None] | None = None,
) -> list[Taken]:
    """Write what a system has now, all of it in one transaction: new sources are made, changed ones changed.

    Lines are matched by their keys and keep their ids; those that are gone are marked so. What is not named stays as it is. What
    follows for requests that were made from them is written with it; see ``crm.order_changes``.

    Args:
        executor: the CRM database; a connection: within its transaction, with whatever else the caller writes.
        system: whose they are: ``amis``, ``files``.
        sources: as they are there, each once.
        at: when this is, UTC.
        written: is told of those that are written, some at a time.

    Returns:
        What became of each, in the same order.

    Raises:
        RefusedError: ``invalid``, and nothing is written; each pointer begins with a source's place, ``/3/number``.
    """
    async with _transaction(executor) as connection:
        await taking.wait_for_turn(connection)
        before = await _known(connection, system, sources)
        errors = await _wrong(connection, system, sources, before)
        if errors:
            raise refuse(Code.INVALID, *errors)
        taken = [_foreseen(source, before) for source in sources]
        to_write = [source for source, one in zip(sources, taken, strict=True) if one is not Taken.UNCHANGED]
        for start in range(0, len(to_write), AT_ONCE):
            some = to_write[start : start + AT_ONCE]
            await taking.write(connection, system, some, before, at=at)
            if written is not None:
                written(some)
        changed = [before[source.key].id for source in to_write if source.key in before]
        concerned = await order_changes.follow(connection, changed, at=at) if changed else []
    await _tell(executor, concerned)
    return taken


async def foresee(
    executor: Pool | Connection, system: str, sources: Sequence[IncomingSource], *, with_requests: bool = True
) -> Foreseen:
    """What ``take`` would do with sources now, and everything that it would refuse; nothing is written.

    Args:
        executor: the CRM database.
        system: whose they are.
        sources: as they are there.
        with_requests: also what would follow for requests.
    """
    before = await _known(executor, system, sources)
    errors = await _wrong(executor, system, sources, before)
    taken = tuple(_foreseen(source, before) for source in sources)
    requests: tuple[ConcernedRequest, ...] = ()
    if with_requests and not errors:
        changed = [source for source, one in zip(sources, taken, strict=True) if one is Taken.CHANGED]
        orders = {before[source.key].id: _to_be(source, before[source.key]) for source in changed}
        requests = await order_changes.foresee(executor, orders) if orders else ()
    return Foreseen(taken=taken, errors=tuple(errors), requests=requests)


def _to_be(source: IncomingSource, known: Known) -> OrderToBe:
    goods = {
        line.key: Goods(product_code=line.product_code, unit=line.unit, quantity=line.quantity) for line in source.lines
    }
    return OrderToBe(
        goods={line_id: goods.get(key) for key, line_id in known.line_ids.items()}, cancelled=source.cancelled
    )


async def cancel(pool: Pool, system: str, keys: Sequence[str], *, at: datetime) -> int:
    """Mark sources as cancelled: they are there, or gone from their system. How many were not cancelled before."""
    async with pool.acquire() as connection, connection.transaction():
        await taking.wait_for_turn(connection)
        cancelled = await taking.cancel(connection, system, keys, at=at)
        concerned = await order_changes.follow(connection, cancelled, at=at) if cancelled else []
    await _tell(pool, concerned)
    return len(cancelled)


@asynccontextmanager
async def _transaction(executor: Pool | Connection) -> AsyncIterator[Connection]:
    """The caller's own transaction, or a new one."""
    if isinstance(executor, asyncpg.Pool):
        async with executor.acquire() as connection, connection.transaction():
            yield connection
    else:
        yield executor


async def _tell(executor: Pool | Connection, request_ids: Iterable[UUID]) -> None:
    """Have the open pages of requests show what their order says now."""
    for request_id in request_ids:
        await tell_touched(executor, request_id)


async def _known(executor: Pool | Connection, system: str, sources: Sequence[IncomingSource]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for start in range(0, len(sources), AT_ONCE):
        found |= await taking.known(executor, system, [source.key for source in sources[start : start + AT_ONCE]])
    return found


def _foreseen(source: IncomingSource, before: Mapping[str, Known]) -> Taken:
    if source.key not in before:
        return Taken.NEW
    return Taken.UNCHANGED if before[source.key].source == source else Taken.CHANGED


async def _wrong(
    executor: Pool | Connection, system: str, sources: Sequence[IncomingSource], before: Mapping[str, Known]
) -> list[FieldError]:
    """What cannot be taken, and why."""
    holders = await taking.holders(executor, {source.number for source in sources})
    people = await taking.known_people(executor, {source.owner for source in sources})
    keys = Counter(source.key for source in sources)
    numbers = Counter(source.number for source in sources if not source.cancelled)
    wrong: list[FieldError] = []
    for place, source in enumerate(sources):
        held_by = holders.get(source.number)
        lines = Counter(line.key for line in source.lines)
        known = before.get(source.key)
        if keys[source.key] > 1:
            wrong.append(FieldError(pointer=f"/{place}/key", message="source_twice", params={"value": source.key}))
        if known is not None and known.source.type is not source.type:
            wrong.append(FieldError(pointer=f"/{place}/type", message="source_of_another_type"))
        if not source.cancelled and (numbers[source.number] > 1 or held_by not in (None, (system, source.key))):
            params = {"value": source.number}
            wrong.append(FieldError(pointer=f"/{place}/number", message="source_number_taken", params=params))
        if source.owner not in people:
            params = {"value": source.owner}
            wrong.append(FieldError(pointer=f"/{place}/owner", message="source_owner_unknown", params=params))
        wrong += [
            FieldError(pointer=f"/{place}/lines/{index}/key", message="source_line_twice", params={"value": line.key})
            for index, line in enumerate(source.lines)
            if lines[line.key] > 1
        ]
    return wrong
