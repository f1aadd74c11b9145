"""Idempotency keys: the same call twice is done once and answered twice. Source: api.md, "Manner".

How long they are remembered: ``crm.retention``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from uuid import UUID

from uuid_utils.compat import uuid7

from approval.model import Frozen
from crm.pool import Pool


class Answer(Frozen):
    """An answer that was given."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Claim(Frozen):
    """What is known of a key.

    ``same_call``: the key belongs to this very call. ``subject_id``: the id of whatever the call makes; a second try of
    a call that was cut off makes the same thing. ``answer``: the first answer, if it was given.
    """

    same_call: bool
    subject_id: UUID
    answer: Answer | None


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """What makes two calls the same call."""
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).digest()


async def claim(pool: Pool, caller: str, key: str, call: bytes) -> Claim:
    """Claim a key for a call, or learn what it was used for."""
    row = await pool.fetchrow(
        """INSERT INTO idempotency_keys AS k (caller, key, fingerprint, subject_id) VALUES ($1, $2, $3, $4)
           ON CONFLICT (caller, key) DO UPDATE SET caller = k.caller
           RETURNING fingerprint, subject_id, status, headers, body""",
        caller,
        key,
        call,
        uuid7(),
    )
    assert row is not None  # noqa: S101 - the statement always returns the row it found or made
    answer = None
    if row["status"] is not None:
        answer = Answer(status=row["status"], headers=row["headers"], body=row["body"])
    return Claim(same_call=row["fingerprint"] == call, subject_id=row["subject_id"], answer=answer)


async def subject_of(pool: Pool, caller: str, key: str) -> UUID | None:
    """The id of whatever the call makes that a key was claimed for; None: nobody has claimed it."""
    subject: UUID | None = await pool.fetchval(
        "SELECT subject_id FROM idempotency_keys WHERE caller = $1 AND key = $2", caller, key
    )
    return subject


async def remember(pool: Pool, caller: str, key: str, answer: Answer) -> Answer | None:
    """Keep an answer if it is the first; otherwise the one that was given before."""
    row = await pool.fetchrow(
        """WITH kept AS (
               UPDATE idempotency_keys SET status = $3, headers = $4, body = $5
               WHERE caller = $1 AND key = $2 AND status IS NULL RETURNING key
           )
           SELECT status, headers, body FROM idempotency_keys
           WHERE caller = $1 AND key = $2 AND NOT EXISTS (SELECT FROM kept)""",
        caller,
        key,
        answer.status,
        answer.headers,
        answer.body,
    )
    return Answer(**dict(row)) if row is not None and row["status"] is not None else None


async def release(pool: Pool, caller: str, key: str) -> None:
    """Give a key back whose call has done nothing, so that the same call is a new one."""
    await pool.execute("DELETE FROM idempotency_keys WHERE caller = $1 AND key = $2 AND status IS NULL", caller, key)
