"""Endpoints: where other systems and chats are told what happens. What they are told is in ``crm.deliveries``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import asyncpg

from approval.model import Frozen, Person
from crm.pool import Connection, Pool

BOTH_SECRETS: Final = timedelta(days=1)
"""After a rotation the secret before it is good for so long."""


class EndpointKind(StrEnum):
    """What is at the other end."""

    WEBHOOK = "webhook"
    TEAMS = "teams"
    SLACK = "slack"
    GOOGLE_CHAT = "google_chat"
    ZALO = "zalo"

    @property
    def is_chat(self) -> bool:
        """Whether people read there what is written for them, and nobody checks a signature."""
        return self is not EndpointKind.WEBHOOK


class OffReason(StrEnum):
    """Why nothing is delivered to an endpoint."""

    BY_HAND = "by_hand"
    GONE = "gone"
    """It answered 410."""
    FAILING = "failing"
    """It took nothing for days."""


class Endpoint(Frozen):
    """An endpoint as it is stored. ``address`` and the secrets are encrypted."""

    id: UUID
    kind: EndpointKind
    name: str
    address: str
    chat_id: str
    event_types: tuple[str, ...] | None
    """None: all."""
    language: str
    owner: Person
    made_at: datetime
    secret: str | None
    previous_secret: str | None
    previous_until: datetime | None
    off_reason: OffReason | None
    """None: it is on."""
    state_since: datetime
    failing_since: datetime | None

    def wants(self, event_type: str) -> bool:
        """Whether it is told of events of a type."""
        return self.event_types is None or event_type in self.event_types


_SELECT: Final = "SELECT e.*, u.name AS owner_name FROM endpoints e JOIN users u ON u.username = e.owner"


async def everything(executor: Pool | Connection) -> list[Endpoint]:
    """All endpoints, the oldest first."""
    return [_endpoint(row) for row in await executor.fetch(f"{_SELECT} ORDER BY e.id")]


async def switched_on(connection: Connection) -> list[Endpoint]:
    """Those that are told of what happens now; none of them is deleted before the transaction ends."""
    query = f"{_SELECT} WHERE e.off_reason IS NULL ORDER BY e.id FOR KEY SHARE OF e"
    return [_endpoint(row) for row in await connection.fetch(query)]


async def find(executor: Pool | Connection, endpoint_id: UUID) -> Endpoint | None:
    """One of them."""
    row = await executor.fetchrow(f"{_SELECT} WHERE e.id = $1", endpoint_id)
    return _endpoint(row) if row else None


async def insert(executor: Pool | Connection, new: Endpoint) -> None:
    """Keep a new one; the same id twice is one."""
    await executor.execute(
        """INSERT INTO endpoints (id, kind, name, address, chat_id, event_types, language, owner, made_at, secret, secret_id,
               state_since)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $1, $9) ON CONFLICT (id) DO NOTHING""",
        new.id,
        new.kind,
        new.name,
        new.address,
        new.chat_id,
        new.event_types,
        new.language,
        new.owner.username,
        new.made_at,
        new.secret,
    )


async def save(executor: Pool | Connection, changed: Endpoint, *, switched: bool) -> None:
    """Keep what an admin may change of one. Switched on again, it is not known to fail.

    Args:
        switched: whether it is to be on or off as ``changed`` has it; if not, it stays what it has become meanwhile.
    """
    await executor.execute(
        """UPDATE endpoints SET name = $2, address = $3, chat_id = $4, event_types = $5, language = $6,
               off_reason = CASE WHEN $8 THEN $7 ELSE off_reason END,
               state_since = CASE WHEN $8 AND (off_reason IS NULL) <> ($7::text IS NULL) THEN now() ELSE state_since END,
               failing_since = CASE WHEN $8 AND off_reason IS NOT NULL AND $7::text IS NULL THEN NULL ELSE failing_since END
           WHERE id = $1""",
        changed.id,
        changed.name,
        changed.address,
        changed.chat_id,
        changed.event_types,
        changed.language,
        changed.off_reason,
        switched,
    )


async def rotate(executor: Pool | Connection, endpoint_id: UUID, secret: str, *, rotation_id: UUID) -> None:
    """Sign with another secret from now on, and for a day with the one before it, too; once for each rotation."""
    await executor.execute(
        """UPDATE endpoints SET previous_secret = secret, previous_until = now() + $4::interval, secret = $2, secret_id = $3
           WHERE id = $1 AND secret IS NOT NULL AND secret_id <> $3""",
        endpoint_id,
        secret,
        rotation_id,
        BOTH_SECRETS,
    )


async def delete(executor: Pool | Connection, endpoint_id: UUID) -> bool:
    """Forget one, with all that it was told; whether there was one."""
    return await executor.fetchval("DELETE FROM endpoints WHERE id = $1 RETURNING id", endpoint_id) is not None


async def note_health(connection: Connection, endpoint_id: UUID, *, took: bool) -> datetime | None:
    """Something was tried there.

    Args:
        took: whether any of it was taken.

    Returns:
        Since when it fails; None: it does not.
    """
    query = """UPDATE endpoints SET failing_since = CASE WHEN $2 THEN NULL ELSE coalesce(failing_since, now()) END
               WHERE id = $1 RETURNING failing_since"""
    since: datetime | None = await connection.fetchval(query, endpoint_id, took)
    return since


async def switch_off(connection: Connection, endpoint_id: UUID, reason: OffReason) -> bool:
    """Deliver nothing there any more; whether it was on."""
    query = """UPDATE endpoints SET off_reason = $2, state_since = now() WHERE id = $1 AND off_reason IS NULL RETURNING id"""
    return await connection.fetchval(query, endpoint_id, reason) is not None


async def waiting(executor: Pool | Connection, endpoint_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How much waits to be delivered, by endpoint."""
    rows = await executor.fetch(
        """SELECT endpoint_id, count(*) AS waiting FROM deliveries WHERE endpoint_id = ANY ($1) AND done_at IS NULL
           GROUP BY endpoint_id""",
        list(endpoint_ids),
    )
    return {row["endpoint_id"]: row["waiting"] for row in rows}


def _endpoint(row: asyncpg.Record) -> Endpoint:
    known = {name: row[name] for name in Endpoint.model_fields if name != "owner"}
    return Endpoint(**known, owner=Person(username=row["owner"], name=row["owner_name"]))
