"""One call to the push service of a browser: encrypted for the browser, and signed so that the service knows who sends.

Source: RFC 8030 (the call), RFC 8291 (encryption), RFC 8292 (who sends).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from approval.model import Code, FieldError, refuse
from crm.pushes import Push
from notices.guard import AddressRefused
from notices.push_encryption import encrypt
from notices.push_message import urgency_of
from notices.sending import Reply, Sender
from notices.vapid import VapidKey, base64url

KEPT_FOR: Final = timedelta(days=1)
"""A device that is away is told when it is back, if that is not later."""
_TOPIC_LETTERS: Final = 32
"""What push services take at most (RFC 8030, 5.4)."""


class PushCalls:
    """Calls the push services of browsers.

    Args:
        sender: makes the calls. Addresses are what browsers say, so it must not let them lead anywhere.
        key: says who sends.
    """

    def __init__(self, sender: Sender, key: VapidKey) -> None:
        self._sender = sender
        self._key = key

    @property
    def server_key(self) -> str:
        """Our public key, with which browsers subscribe."""
        return self._key.public

    async def check(self, endpoint: str) -> None:
        """Refuse an address that no call may go to; see ``notices.guard.Guard.check``.

        Raises:
            RefusedError: ``invalid``.
        """
        try:
            await self._sender.check(endpoint)
        except AddressRefused as error:
            raise refuse(Code.INVALID, FieldError(pointer="/endpoint", message="push_address")) from error

    async def push(self, push: Push, message: bytes) -> Reply:
        """Push a message: what the push service answered."""
        headers = {
            "Authorization": self._key.authorization(push.endpoint, datetime.now(UTC)),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(KEPT_FOR.total_seconds())),
            "Topic": _topic(push),
            "Urgency": urgency_of(push.kind),
        }
        return await self._sender.post(push.endpoint, headers, encrypt(message, push.p256dh, push.auth))


def _topic(push: Push) -> str:
    """Of several messages with it that wait for a device the push service keeps the last. It tells nobody of which request."""
    digest = hashlib.sha256(f"{push.device_id} {push.request_id}".encode()).digest()
    return base64url(digest)[:_TOPIC_LETTERS]
