"""The mails that a story has sent, as the mailbox of ``make run`` has them."""

from __future__ import annotations

import time
from datetime import datetime

import httpx

QUIET_SECONDS = 6.0
"""When for so long no further mail has come, all are there: people get theirs after some three seconds."""
LONGEST_SECONDS = 30.0


def sent_since(mailbox: httpx.Client, began: datetime) -> list[tuple[str, str, str]]:
    """Receiver, subject and address of each mail since then, in the order in which they came; waits until all are there.

    Args:
        mailbox: a client on the mailbox's address. Where nothing answers, there are no mails.
    """
    deadline = time.monotonic() + LONGEST_SECONDS
    found: list[tuple[str, str, str]] = []
    changed = time.monotonic()
    while time.monotonic() < min(deadline, changed + QUIET_SECONDS):
        try:
            entries = mailbox.get("/mails.json").raise_for_status().json()
        except httpx.HTTPError:
            return []
        new = [entry for entry in reversed(entries) if datetime.fromisoformat(entry["received_at"]) >= began]
        if len(new) != len(found):
            changed = time.monotonic()
        found = [
            (", ".join(entry["to"]), entry["subject"], str(mailbox.base_url.join(f"/mails/{entry['id']}")))
            for entry in new
        ]
        time.sleep(0.5)
    return found
