"""How long is kept what nobody needs for ever, and forgetting it a little at a time.

Requests, runs, rounds, assignments, notes and the timeline are kept for good, and so are the purchasing system's reports
(``purchasing_events``, ``receipts``) and ``purchase_orders``: they are the ledger of what was bought and received. So is what a restore has lost (``lost_requests``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from approval.model import Input
from crm.pool import Pool

Days = Annotated[int, Field(ge=1, le=36500)]


class Passing(StrEnum):
    """What is kept for a time; the values are the fields of ``Retention``."""

    COMMANDS = "commands"
    IDEMPOTENCY_KEYS = "idempotency_keys"
    OUTBOX = "outbox"
    SESSIONS = "sessions"
    COUNTED_REFUSALS = "counted_refusals"
    MAILS = "mails"
    DELIVERIES = "deliveries"
    NOTICES = "notices"
    FINDINGS = "findings"
    RECONCILIATIONS = "reconciliations"


class Retention(Input):
    """Days for which each is kept."""

    commands: Days = 30
    """From their outcome on. A command without one is never forgotten."""
    idempotency_keys: Days = 7
    outbox: Days = 30
    """From when it happened, once it is told; what is not told yet is never deleted."""
    sessions: Days = 1
    """From the last moment on that they could have been used."""
    counted_refusals: Days = 7
    """So long a command that was refused is known by its id if its refusal was only counted; the count stays."""
    mails: Days = 90
    """What became of each, with what its links were for; not those that are to be sent."""
    deliveries: Days = 30
    """To endpoints, from when each was taken or given up on; what waits for one that is off, from when it happened."""
    notices: Days = 365
    """Of the bell, read or not; not those that are to be mailed."""
    findings: Days = 365
    """Of the reconciler, from when each was mended or gone; what waits for a person stays."""
    reconciliations: Days = 30

    def of(self, passing: Passing) -> timedelta:
        """How long that is kept."""
        return timedelta(days=getattr(self, passing))


BATCH: Final = 1000
"""Rows that one statement deletes: it is done in milliseconds and holds nobody up."""

_FORGET: Final[Mapping[Passing, str]] = {
    # A send is pending while it has no outcome, whatever has been noted of its delivery.
    Passing.COMMANDS: """DELETE FROM commands WHERE id = ANY (ARRAY(
        SELECT id FROM commands c WHERE delivered_at < now() - $1::interval
            AND (undone_at IS NOT NULL OR EXISTS (SELECT FROM outcomes t WHERE t.command_id = c.id)) LIMIT $2))""",
    Passing.IDEMPOTENCY_KEYS: """DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM idempotency_keys WHERE created_at < now() - $1::interval LIMIT $2))""",
    Passing.OUTBOX: """DELETE FROM outbox WHERE id = ANY (ARRAY(
        SELECT id FROM outbox WHERE created_at < now() - $1::interval AND dispatched_at IS NOT NULL LIMIT $2))""",
    Passing.SESSIONS: """DELETE FROM sessions WHERE key_hash = ANY (ARRAY(
        SELECT key_hash FROM sessions WHERE ends_at < now() - $1::interval LIMIT $2))""",
    # Without its outcome, a command that was taken would look like one that waits.
    Passing.COUNTED_REFUSALS: """DELETE FROM counted_refusals WHERE command_id = ANY (ARRAY(
        SELECT command_id FROM counted_refusals r WHERE refused_at < now() - $1::interval
            AND NOT EXISTS (SELECT FROM commands c WHERE c.id = r.command_id) LIMIT $2))""",
    Passing.MAILS: """DELETE FROM mails WHERE id = ANY (ARRAY(
        SELECT id FROM mails WHERE ended_at < now() - $1::interval LIMIT $2))""",
    Passing.DELIVERIES: """DELETE FROM deliveries WHERE id = ANY (ARRAY(
        SELECT id FROM deliveries WHERE coalesce(done_at, created_at) < now() - $1::interval LIMIT $2))""",
    Passing.NOTICES: """DELETE FROM notices WHERE id = ANY (ARRAY(
        SELECT id FROM notices WHERE created_at < now() - $1::interval
            AND (mail_at IS NULL OR mail_id IS NOT NULL) LIMIT $2))""",
    Passing.FINDINGS: """DELETE FROM findings WHERE id = ANY (ARRAY(
        SELECT id FROM findings WHERE seen_at < now() - $1::interval AND (mended OR gone_at IS NOT NULL) LIMIT $2))""",
    Passing.RECONCILIATIONS: """DELETE FROM reconciliations WHERE id = ANY (ARRAY(
        SELECT id FROM reconciliations WHERE started_at < now() - $1::interval LIMIT $2))""",
}


async def forget_some(pool: Pool, passing: Passing, retention: Retention) -> int:
    """Delete up to ``BATCH`` rows whose time is over; how many there were."""
    answer = await pool.execute(_FORGET[passing], retention.of(passing), BATCH)
    return int(answer.removeprefix("DELETE "))
