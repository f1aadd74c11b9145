"""What has happened and was not told on for long: nobody hears of it, and no other system."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

from application.checking.findings import Finding, Kind
from crm import dispatching
from crm.pool import Pool

LONG: Final = timedelta(minutes=5)
"""What is told on is so within a second, and tried again every minute."""


async def waiting_to_be_told(pool: Pool) -> AsyncIterator[Finding]:
    """Whether something waits, since when, and how much."""
    found = await dispatching.waiting_long(pool, LONG)
    if found.count:
        facts = {"count": f"{found.count:,}", "at": f"{found.since:%Y-%m-%d %H:%M} UTC"}
        yield Finding(kind=Kind.OUTBOX_WAITS, facts=facts)
