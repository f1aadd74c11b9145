"""What a push message says: a heading and one line in its reader's language, and what it leads to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from approval.notice_kinds import NoticeKind
from crm.pushes import Push
from texts import notice_heading, notice_text

LONGEST_LINE: Final = 400
"""Letters; a message of so many is well within what ``notices.push_encryption`` takes, whatever letters they are."""
_URGENCY: Final[Mapping[str, str]] = {
    NoticeKind.ASKED: "high",
    NoticeKind.REMINDED: "high",
    NoticeKind.PROGRESS: "low",
    NoticeKind.RELEASED: "low",
}


def push_message(push: Push, zone: ZoneInfo, names: Mapping[str, str]) -> bytes:
    """What the service worker is given (``web/static/service-worker.js``), as JSON.

    All of a request have one ``tag``, so that the newest takes the place of the one before; ``id`` is that of the notice, by which
    the same is known again. Following ``url`` one has read it.

    Args:
        push: what is to be pushed.
        zone: the company's time zone.
        names: people's names by username.
    """
    line = notice_text(push.type, push.facts, push.language, zone=zone, names=names, reader=push.username)
    message = {
        "id": str(push.notice_id),
        "tag": f"request-{push.request_id}",
        "title": notice_heading(push.kind, push.language),
        "body": line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…",
        "lang": push.language,
        "url": f"/notices/{push.notice_id}",
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def urgency_of(kind: str) -> str:
    """How much a kind of notice is worth a device's battery (RFC 8030, 5.3)."""
    return _URGENCY.get(kind, "normal")
