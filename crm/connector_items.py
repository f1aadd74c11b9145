"""What was read of another system: which items in which state, what could not be taken, and whom its names mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from approval.model import Frozen, Person
from crm.pool import Connection, Pool

AGAIN_AFTER: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
"""When what could not be taken is tried again: after the first time, the second, and so on; then as after the last one."""
OWNER_CHANGED: Final = "owner_changed"
"""Why an item waits that nothing is wrong with: somebody else is its owner now."""
OWNER_UNKNOWN: Final = "owner_unknown"
"""Why an item waits whose owner's name means nobody here."""
NOT_GIVEN: Final = "not_given"
"""Why an item waits that the system does not give by its key."""


class Seen(Frozen):
    """An item as it was read."""

    key: str
    changed_at: datetime | None
    """None: its last change is not known to the second, so that it is taken whenever it is seen."""
    owner: str = ""
    derived: bool = False


class Known(Frozen):
    """What is known of an item that was read before."""

    changed_at: datetime | None
    gone: bool
    seen_in: int
    """The pass through everything in which it was seen last."""


class Parked(Frozen):
    """An item that could not be taken."""

    key: str
    number: str
    owner: str
    reason: str
    params: Mapping[str, str] = {}


class Failure(Parked):
    """The same, as it is stored."""

    id: UUID
    failed_at: datetime
    tries: int
    next_try_at: datetime


class Cause(Frozen):
    """Why some items could not be taken: all of them for the same reason."""

    reason: str
    params: Mapping[str, str]
    items: int
    next_try_at: datetime
    """When the first of them is tried again."""


class OwnerName(Frozen):
    """A name by which the other system calls somebody, and whom it means."""

    name: str
    person: Person | None
    set_by: Person | None
    """Who said so; None: the names are alike."""
    items: int
    """How many items are theirs."""


async def known(executor: Pool | Connection, system: str, keys: Collection[str]) -> dict[str, Known]:
    """What is known of items, by their keys; of one that was never read, nothing."""
    rows = await executor.fetch(
        "SELECT key, changed_at, gone, seen_in FROM connector_items WHERE system = $1 AND key = ANY ($2)",
        system,
        list(keys),
    )
    return {row["key"]: Known(**{name: row[name] for name in Known.model_fields}) for row in rows}


async def note_taken(connection: Connection, system: str, seen: Sequence[Seen], *, seen_in: int) -> None:
    """These were read, and either taken or parked."""
    await connection.execute(
        """INSERT INTO connector_items (system, key, changed_at, owner, derived, seen_in)
           SELECT $1, key, changed_at, owner, derived, $6
           FROM unnest($2::text[], $3::timestamptz[], $4::text[], $5::boolean[]) AS n (key, changed_at, owner, derived)
           ON CONFLICT (system, key) DO UPDATE SET changed_at = excluded.changed_at, owner = excluded.owner,
               seen_in = greatest(connector_items.seen_in, excluded.seen_in), missed = 0, gone = false""",
        system,
        [one.key for one in seen],
        [one.changed_at for one in seen],
        [one.owner for one in seen],
        [one.derived for one in seen],
        seen_in,
    )


async def note_seen(connection: Connection, system: str, keys: Collection[str], *, seen_in: int) -> None:
    """These are still there."""
    await connection.execute(
        """UPDATE connector_items SET seen_in = $3, missed = 0
           WHERE system = $1 AND key = ANY ($2) AND (seen_in < $3 OR missed > 0)""",
        system,
        list(keys),
        seen_in,
    )


async def all_missed(executor: Pool | Connection, system: str, *, seen_in: int) -> bool:
    """Whether a pass has seen nothing of what should be there, and something should."""
    query = """SELECT count(*) > 0 AND coalesce(max(seen_in), 0) < $2 FROM connector_items
        WHERE system = $1 AND NOT derived AND NOT gone"""
    return bool(await executor.fetchval(query, system, seen_in))


async def count_missed(connection: Connection, system: str, *, seen_in: int) -> None:
    """A pass through everything came to its end: whatever it has not seen was missed once more."""
    await connection.execute(
        """UPDATE connector_items SET missed = missed + 1
           WHERE system = $1 AND seen_in < $2 AND NOT derived AND NOT gone""",
        system,
        seen_in,
    )


async def missed(executor: Pool | Connection, system: str, *, times: int) -> list[str]:
    """What at least so many passes through everything have missed, one after the other."""
    rows = await executor.fetch(
        "SELECT key FROM connector_items WHERE system = $1 AND missed >= $2 AND NOT gone ORDER BY key", system, times
    )
    return [row["key"] for row in rows]


async def note_gone(connection: Connection, system: str, keys: Collection[str]) -> None:
    """These are not there any more; if they come back they are taken again."""
    await connection.execute(
        "UPDATE connector_items SET gone = true, changed_at = NULL WHERE system = $1 AND key = ANY ($2)",
        system,
        list(keys),
    )
    await unpark(connection, system, keys)


async def count_there(executor: Pool | Connection, system: str) -> int:
    """How many items the system has as far as is known, those that could not be taken included."""
    query = "SELECT count(*) FROM connector_items WHERE system = $1 AND NOT gone AND NOT derived"
    return int(await executor.fetchval(query, system))


async def count_taken(executor: Pool | Connection, system: str) -> int:
    """How many of these are here, as they are or, where their last change could not be taken, as they were."""
    query = """SELECT count(*) FROM connector_items i JOIN sources s ON s.system = i.system AND s.key = i.key
        WHERE i.system = $1 AND NOT i.gone AND NOT i.derived"""
    return int(await executor.fetchval(query, system))


async def park(connection: Connection, system: str, parked: Sequence[Parked]) -> None:
    """Keep what could not be taken, to be tried again later, each time after a longer while."""
    if not parked:
        return
    await connection.execute(
        """INSERT INTO connector_failures AS f (id, system, key, number, owner, reason, params, failed_at, next_try_at)
           SELECT id, $2, key, number, owner, reason, params, now(), now() + ($8::interval[])[1]
           FROM unnest($1::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
               AS n (id, key, number, owner, reason, params)
           ON CONFLICT (system, key) DO UPDATE SET number = excluded.number, owner = excluded.owner,
               reason = excluded.reason, params = excluded.params, failed_at = now(), tries = f.tries + 1,
               next_try_at = now() + ($8::interval[])[least(f.tries + 1, array_length($8::interval[], 1))]""",
        [uuid7() for _ in parked],
        system,
        [one.key for one in parked],
        [one.number for one in parked],
        [one.owner for one in parked],
        [one.reason for one in parked],
        [dict(one.params) for one in parked],
        list(AGAIN_AFTER),
    )


async def unpark(connection: Connection, system: str, keys: Collection[str]) -> None:
    """These were taken after all, or are gone."""
    query = "DELETE FROM connector_failures WHERE system = $1 AND key = ANY ($2)"
    await connection.execute(query, system, list(keys))


async def postpone(connection: Connection, system: str, keys: Collection[str]) -> None:
    """The system does not give these by their keys. They wait on, and are taken when they are seen in its list."""
    await connection.execute(
        """UPDATE connector_failures SET reason = $3, params = '{}', failed_at = now(), tries = tries + 1,
               next_try_at = now() + ($4::interval[])[least(tries + 1, array_length($4::interval[], 1))]
           WHERE system = $1 AND key = ANY ($2)""",
        system,
        list(keys),
        NOT_GIVEN,
        list(AGAIN_AFTER),
    )
    await connection.execute(
        "UPDATE connector_items SET changed_at = NULL WHERE system = $1 AND key = ANY ($2)", system, list(keys)
    )


async def due(executor: Pool | Connection, system: str, *, limit: int) -> list[str]:
    """The keys of what is to be tried again now, the oldest first."""
    rows = await executor.fetch(
        """SELECT key FROM connector_failures WHERE system = $1 AND next_try_at <= now()
           ORDER BY next_try_at, id LIMIT $2""",
        system,
        limit,
    )
    return [row["key"] for row in rows]


async def count_failures(executor: Pool | Connection, system: str) -> int:
    """How many items wait since they could not be taken."""
    return int(await executor.fetchval("SELECT count(*) FROM connector_failures WHERE system = $1", system))


async def failures(executor: Pool | Connection, system: str, *, after: UUID | None, limit: int) -> list[Failure]:
    """What could not be taken, the newest first.

    Args:
        after: the last one of the page before.
    """
    rows = await executor.fetch(
        """SELECT * FROM connector_failures WHERE system = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3""",
        system,
        after,
        limit,
    )
    return [_failure(row) for row in rows]


async def causes(executor: Pool | Connection, system: str, *, limit: int) -> list[Cause]:
    """Why items could not be taken, the reason of most of them first."""
    rows = await executor.fetch(
        """SELECT reason, params, count(*) AS items, min(next_try_at) AS next_try_at FROM connector_failures
           WHERE system = $1 GROUP BY reason, params ORDER BY items DESC, reason, params LIMIT $2""",
        system,
        limit,
    )
    return [Cause(**row) for row in rows]


async def try_all_now(executor: Pool | Connection, system: str) -> None:
    """Have everything tried again by the next pass that could not be taken."""
    await executor.execute("UPDATE connector_failures SET next_try_at = now() WHERE system = $1", system)


async def try_now(executor: Pool | Connection, system: str, failure_id: UUID) -> Failure | None:
    """Have one tried again by the next pass; None: there is no such failure."""
    row = await executor.fetchrow(
        "UPDATE connector_failures SET next_try_at = now() WHERE system = $1 AND id = $2 RETURNING *",
        system,
        failure_id,
    )
    return _failure(row) if row else None


async def awaited_owners(executor: Pool | Connection, system: str) -> set[str]:
    """The names that items wait for, since nobody was known by them."""
    query = "SELECT DISTINCT owner FROM connector_failures WHERE system = $1 AND reason = $2"
    return {row["owner"] for row in await executor.fetch(query, system, OWNER_UNKNOWN)}


async def try_owned(executor: Pool | Connection, system: str, names: Collection[str]) -> None:
    """The owners of these names are known by now: what waited for them is tried again at once."""
    await executor.execute(
        """UPDATE connector_failures SET next_try_at = now()
           WHERE system = $1 AND reason = $2 AND owner = ANY ($3) AND next_try_at > now()""",
        system,
        OWNER_UNKNOWN,
        list(names),
    )


async def usernames(executor: Pool | Connection, system: str, names: Collection[str]) -> dict[str, str | None]:
    """Whom names mean, of active users; None: nobody that is known. A name that was never heard is not among them."""
    rows = await executor.fetch(
        """SELECT p.name, u.username FROM connector_people p LEFT JOIN users u ON u.username = p.username AND u.active
           WHERE p.system = $1 AND p.name = ANY ($2)""",
        system,
        list(names),
    )
    return {row["name"]: row["username"] for row in rows}


async def propose(executor: Pool | Connection, system: str, people: Mapping[str, str | None]) -> None:
    """Keep whom names seem to mean; what somebody has said of a name stays."""
    await executor.execute(
        """INSERT INTO connector_people AS p (system, name, username)
           SELECT $1, name, username FROM unnest($2::text[], $3::text[]) AS n (name, username)
           ON CONFLICT (system, name) DO UPDATE SET username = excluded.username
           WHERE p.set_by IS NULL AND p.username IS DISTINCT FROM excluded.username""",
        system,
        list(people),
        list(people.values()),
    )


async def people(executor: Pool | Connection, system: str) -> list[OwnerName]:
    """All names that were heard: those that nobody knows first."""
    rows = await executor.fetch(
        """SELECT p.name, p.username, u.name AS person_name, p.set_by, b.name AS set_by_name, (
               SELECT count(*) FROM connector_items i WHERE i.system = p.system AND i.owner = p.name AND NOT i.gone) AS items
           FROM connector_people p LEFT JOIN users u ON u.username = p.username LEFT JOIN users b ON b.username = p.set_by
           WHERE p.system = $1 ORDER BY p.username IS NOT NULL, p.name""",
        system,
    )
    return [
        OwnerName(
            name=row["name"],
            person=_person(row["username"], row["person_name"]),
            set_by=_person(row["set_by"], row["set_by_name"]),
            items=row["items"],
        )
        for row in rows
    ]


async def count_unknown_people(executor: Pool | Connection, system: str) -> int:
    """How many names that were heard mean nobody."""
    query = "SELECT count(*) FROM connector_people WHERE system = $1 AND username IS NULL"
    return int(await executor.fetchval(query, system))


async def assign(pool: Pool, system: str, name: str, username: str | None, *, by: str) -> bool:
    """Say whom a name means; whatever is theirs is taken again by the next pass.

    Returns:
        Whether the name was ever heard.
    """
    async with pool.acquire() as connection, connection.transaction():
        found = await connection.fetchval(
            """UPDATE connector_people SET username = $3, set_by = CASE WHEN $3::text IS NULL THEN NULL ELSE $4 END
               WHERE system = $1 AND name = $2 RETURNING true""",
            system,
            name,
            username,
            by,
        )
        if not found:
            return False
        await connection.execute(
            """INSERT INTO connector_failures AS f (id, system, key, owner, reason, failed_at, tries, next_try_at)
               SELECT gen_random_uuid(), system, key, owner, $3, now(), 0, now() FROM connector_items
               WHERE system = $1 AND owner = $2 AND NOT gone AND NOT derived
               ON CONFLICT (system, key) DO UPDATE SET next_try_at = now()""",
            system,
            name,
            OWNER_CHANGED,
        )
    return True


def _failure(row: asyncpg.Record) -> Failure:
    return Failure(**{name: row[name] for name in Failure.model_fields})


def _person(username: str | None, name: str | None) -> Person | None:
    return Person(username=username, name=name or username) if username else None
