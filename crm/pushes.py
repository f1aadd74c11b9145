"""What is to be pushed to people's devices: of each request to each device one notice at a time, until it is taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from approval.model import Frozen
from crm.pool import Connection, Pool


class Untold(Frozen):
    """A notice that one of its person's devices may be told of."""

    notice_id: UUID
    device_id: UUID
    request_id: UUID
    kind: str
    type: str
    choices: Mapping[str, bool]
    """Which kinds their person wants there, where they have said so."""


class NewPush(Frozen):
    """A notice that is to be pushed to a device."""

    notice_id: UUID
    device_id: UUID
    request_id: UUID
    asks: bool
    """Whether it asks for something: then what only tells does not take its place."""
    next_try_at: datetime


class Push(Frozen):
    """What is to be pushed now, and how."""

    notice_id: UUID
    device_id: UUID
    request_id: UUID
    tries: int
    username: str
    event_id: UUID
    is_wanted: bool
    """Whether its person is still there and has not read it meanwhile, and the device still takes our messages."""
    language: str
    kind: str
    type: str
    facts: Mapping[str, Any]
    endpoint: str
    service: str
    p256dh: bytes
    auth: bytes


class Failing(Frozen):
    """A push service that takes nothing."""

    service: str
    devices: int
    since: datetime
    answer: str
    """What it said last."""


class Standing(Frozen):
    """How it stands with all that is to be pushed."""

    waiting: int
    next_at: datetime | None
    """When there is something to do again."""
    failing: tuple[Failing, ...]


async def untold(connection: Connection, event_ids: Collection[UUID], server_key: str) -> list[Untold]:
    """What of these events people have devices for and have not read; none of the devices is removed before the transaction ends.

    Args:
        server_key: our public key: devices that were subscribed with another one take nothing.
    """
    rows = await connection.fetch(
        """SELECT n.id AS notice_id, d.id AS device_id, n.request_id, n.kind, n.type, coalesce(s.push, '{}') AS choices
           FROM notices n JOIN push_devices d USING (username) LEFT JOIN notice_settings s USING (username)
           WHERE n.event_id = ANY ($1) AND n.read_at IS NULL AND n.request_id IS NOT NULL
               AND d.ended_at IS NULL AND d.server_key = $2
           ORDER BY n.id, d.id FOR KEY SHARE OF d""",
        list(event_ids),
        server_key,
    )
    return [Untold(**row) for row in rows]


async def forget_read(connection: Connection, request_ids: Collection[UUID]) -> None:
    """What of these requests was read before it was pushed need not be pushed."""
    await connection.execute(
        """DELETE FROM pushes p USING notices n
           WHERE p.request_id = ANY ($1) AND n.id = p.notice_id AND n.read_at IS NOT NULL""",
        list(request_ids),
    )


async def insert(connection: Connection, new: Sequence[NewPush]) -> None:
    """Have devices told, in the place of what waits there of the same request; but what only tells leaves what asks alone.

    Args:
        new: of each request one at most for each device.
    """
    await connection.execute(
        """INSERT INTO pushes (device_id, request_id, notice_id, asks, next_try_at)
           SELECT device_id, request_id, notice_id, asks, next_try_at FROM jsonb_to_recordset($1) AS n
               (device_id uuid, request_id uuid, notice_id uuid, asks boolean, next_try_at timestamptz)
           ON CONFLICT (device_id, request_id) DO UPDATE SET notice_id = excluded.notice_id, asks = excluded.asks, tries = 0,
               next_try_at = CASE WHEN pushes.tries > 0 THEN greatest(pushes.next_try_at, excluded.next_try_at)
                   ELSE excluded.next_try_at END
           WHERE excluded.asks OR NOT pushes.asks""",
        [one.model_dump() for one in new],
    )


async def due(pool: Pool, server_key: str, limit: int) -> list[Push]:
    """What is to be pushed now, the oldest first.

    Args:
        server_key: our public key: devices that were subscribed with another one take nothing.
        limit: so many at most.
    """
    rows = await pool.fetch(
        """SELECT p.notice_id, p.device_id, p.request_id, p.tries, n.username, n.event_id,
               u.active AND n.read_at IS NULL AND d.ended_at IS NULL AND d.server_key = $1 AS is_wanted,
               coalesce(s.language, 'vi') AS language, n.kind, n.type, n.facts, d.endpoint, d.service, d.p256dh, d.auth
           FROM pushes p JOIN notices n ON n.id = p.notice_id JOIN push_devices d ON d.id = p.device_id
               JOIN users u ON u.username = n.username LEFT JOIN notice_settings s ON s.username = n.username
           WHERE p.next_try_at <= now() ORDER BY p.next_try_at, p.notice_id LIMIT $2""",
        server_key,
        limit,
    )
    return [Push(**row) for row in rows]


async def anything_due(pool: Pool) -> bool:
    """Whether something is to be pushed now."""
    return bool(await pool.fetchval("SELECT EXISTS (SELECT FROM pushes WHERE next_try_at <= now())"))


async def anything_waits(pool: Pool) -> bool:
    """Whether something is to be pushed, now or later."""
    return bool(await pool.fetchval("SELECT EXISTS (SELECT FROM pushes)"))


async def done(executor: Pool | Connection, pushed: Sequence[Push]) -> None:
    """These are pushed, or need not be any more; what has taken their place meanwhile still is."""
    await executor.execute(
        """DELETE FROM pushes p USING unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS t (device_id, request_id, notice_id)
           WHERE p.device_id = t.device_id AND p.request_id = t.request_id AND p.notice_id = t.notice_id""",
        [one.device_id for one in pushed],
        [one.request_id for one in pushed],
        [one.notice_id for one in pushed],
    )


async def try_again(connection: Connection, failed: Push, at: datetime) -> None:
    """One that was not taken is tried again; what has taken its place meanwhile not sooner either."""
    await connection.execute(
        """UPDATE pushes SET tries = CASE notice_id WHEN $3 THEN tries + 1 ELSE tries END, next_try_at = greatest(next_try_at, $4)
           WHERE device_id = $1 AND request_id = $2""",
        failed.device_id,
        failed.request_id,
        failed.notice_id,
        at,
    )


async def hold_back(pool: Pool, service: str, until: datetime) -> None:
    """Push nothing to a push service before a time."""
    await pool.execute(
        """UPDATE pushes p SET next_try_at = $2 FROM push_devices d
           WHERE d.id = p.device_id AND d.service = $1 AND p.next_try_at < $2""",
        service,
        until,
    )


async def hold_back_device(connection: Connection, device_id: UUID, until: datetime) -> None:
    """Push nothing to a device before a time."""
    await connection.execute(
        "UPDATE pushes SET next_try_at = $2 WHERE device_id = $1 AND next_try_at < $2", device_id, until
    )


async def standing(pool: Pool, server_key: str, most: int) -> Standing:
    """How it stands.

    Args:
        server_key: our public key: devices that were subscribed with another one are told nothing, and do not fail.
        most: push services that fail, as ops are shown them.
    """
    row = await pool.fetchrow("SELECT count(*) AS waiting, min(next_try_at) AS next_at FROM pushes")
    failing = await pool.fetch(
        """SELECT service, count(*) AS devices, min(failing_since) AS since,
               (array_agg(answer ORDER BY failing_since DESC))[1] AS answer
           FROM push_devices WHERE failing_since IS NOT NULL AND ended_at IS NULL AND server_key = $1
           GROUP BY service ORDER BY count(*) DESC, service LIMIT $2""",
        server_key,
        most,
    )
    assert row is not None  # noqa: S101 - it counts
    return Standing(**row, failing=tuple(Failing(**one) for one in failing))
