"""Browsers in which people are told, too: their subscriptions to push messages.

Whoever changes a device and what waits for it changes the device first, so that no two wait for each other.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from approval.model import Frozen
from crm.pool import Connection, Pool


class NewDevice(Frozen):
    """A browser that somebody wants to be told in."""

    id: UUID
    username: str
    name: str
    endpoint: str
    """Where messages to it are posted (URL)."""
    service: str
    """The host of that, and its port, where it is not that of https."""
    p256dh: bytes
    auth: bytes
    server_key: str
    """The public key of ours that it was subscribed with."""


class Device(Frozen):
    """One of somebody's devices, as they see it."""

    id: UUID
    name: str
    endpoint: str
    server_key: str
    made_at: datetime
    told_at: datetime | None
    """When its push service last took something."""
    failing_since: datetime | None
    ended_at: datetime | None
    """When its push service said that it is gone."""


async def of_person(executor: Pool | Connection, username: str) -> list[Device]:
    """Somebody's devices, the oldest first."""
    rows = await executor.fetch(
        """SELECT id, name, endpoint, server_key, made_at, told_at, failing_since, ended_at FROM push_devices
           WHERE username = $1 ORDER BY made_at, id""",
        username,
    )
    return [Device(**row) for row in rows]


async def lock(connection: Connection, username: str) -> list[Device]:
    """The same, which nothing is added to until the transaction has ended."""
    await connection.execute("SELECT FROM users WHERE username = $1 FOR NO KEY UPDATE", username)
    return await of_person(connection, username)


async def put(connection: Connection, new: NewDevice) -> None:
    """Tell somebody in this browser from now on, and nobody else; what of theirs has ended is forgotten, also with our key."""
    await connection.execute(
        """DELETE FROM push_devices
           WHERE endpoint = $1 OR (username = $2 AND (ended_at IS NOT NULL OR server_key <> $3))""",
        new.endpoint,
        new.username,
        new.server_key,
    )
    await connection.execute(
        """INSERT INTO push_devices (id, username, name, endpoint, service, p256dh, auth, server_key)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (endpoint) DO NOTHING""",
        new.id,
        new.username,
        new.name,
        new.endpoint,
        new.service,
        new.p256dh,
        new.auth,
        new.server_key,
    )


async def delete(executor: Pool | Connection, username: str, device_id: UUID) -> None:
    """Forget a device of somebody's, with what waits for it, if there is such a one."""
    await executor.execute("DELETE FROM push_devices WHERE username = $1 AND id = $2", username, device_id)


async def end(connection: Connection, device_id: UUID) -> bool:
    """Tell nobody there any more, and keep it for its person to see; whether it was on."""
    query = "UPDATE push_devices SET ended_at = now() WHERE id = $1 AND ended_at IS NULL RETURNING id"
    was_on = await connection.fetchval(query, device_id) is not None
    await connection.execute("DELETE FROM pushes WHERE device_id = $1", device_id)
    return was_on


async def note_taken(connection: Connection, device_id: UUID) -> None:
    """Its push service has taken something."""
    await connection.execute(
        "UPDATE push_devices SET told_at = now(), failing_since = NULL, answer = '' WHERE id = $1", device_id
    )


async def note_failed(connection: Connection, device_id: UUID, answer: str) -> None:
    """Its push service has not taken something.

    Args:
        answer: what it said, for ops.
    """
    await connection.execute(
        "UPDATE push_devices SET failing_since = coalesce(failing_since, now()), answer = $2 WHERE id = $1",
        device_id,
        answer,
    )
