"""Signatures of decisions: proof that whoever sent one to a run has the key that API and workers share.

The key itself is in no message. Whoever has access to the engine alone can neither make a signature nor use one again: it
holds for one request, one action, one command id and one content, for a bounded time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID

from approval.model import Action

SIGNATURE: Final = "signature"
VALID_UNTIL: Final = "valid_until"
SIGNED_FOR: Final = timedelta(days=1)
"""How long a signature of the API is good. A decision that no worker took for so long is in the CRM by then, which vouches
for it."""
_VERSION: Final = "v1"


class Proof(StrEnum):
    """What a message brings to show where it comes from."""

    SIGNED = "signed"
    MISSING = "missing"
    WRONG = "wrong"
    EXPIRED = "expired"


@dataclass(frozen=True)
class SignalRules:
    """What a signal must prove.

    Attributes:
        keys: those that prove that it comes from where it says.
        required: whether decisions that prove nothing are refused.
    """

    keys: SignalKeys
    required: bool = False


class SignalKeys:
    """The keys that sign decisions: the first one signs, all of them verify.

    Args:
        keys: long random texts; none: nothing is signed, and nothing is proved.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys = tuple(key.encode() for key in keys)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Keys with blanks between them."""
        return cls(text.split())

    def __bool__(self) -> bool:
        return bool(self._keys)

    def signed(
        self, request_id: UUID, action: Action, message: Mapping[str, Any], *, good_for: timedelta = SIGNED_FOR
    ) -> Mapping[str, Any]:
        """A decision with a signature; as it is, if there is no key.

        Args:
            request_id: the request that it is for.
            action: the signal's name.
            message: the signal's one JSON object, without a signature.
            good_for: how long the run may take to get it.
        """
        if not self._keys:
            return message
        message = {**message, VALID_UNTIL: (datetime.now(UTC) + good_for).isoformat(timespec="seconds")}
        return {**message, SIGNATURE: _signature(self._keys[0], request_id, action, message)}

    def proof(self, request_id: UUID, action: Action, message: Mapping[str, Any], received_at: datetime) -> Proof:
        """What a decision proves.

        Args:
            request_id: the request whose run got it.
            action: the signal's name.
            message: the signal's one JSON object, whatever is in it.
            received_at: when the run got it.
        """
        given = message.get(SIGNATURE)
        if given is None:
            return Proof.MISSING
        if not isinstance(given, str) or not given.isascii():
            return Proof.WRONG
        content = without_signature(message, but=(VALID_UNTIL,))
        try:
            right = [_signature(key, request_id, action, content) for key in self._keys]
            valid_until = datetime.fromisoformat(message[VALID_UNTIL])
            expired = valid_until < received_at
        except (KeyError, TypeError, ValueError, RecursionError):
            return Proof.WRONG
        if not any(hmac.compare_digest(given, signature) for signature in right):
            return Proof.WRONG
        return Proof.EXPIRED if expired else Proof.SIGNED


def without_signature(message: Mapping[str, Any], *, but: Sequence[str] = ()) -> dict[str, Any]:
    """What a message says, as it was before it was signed."""
    return {name: value for name, value in message.items() if name not in (SIGNATURE, VALID_UNTIL) or name in but}


def _signature(key: bytes, request_id: UUID, action: Action, content: Mapping[str, Any]) -> str:
    """HMAC-SHA256 over version, request, action and content, written as JSON in one way only.

    Names in the order of their letters, no blanks, everything but ASCII as ``\\uXXXX``: see docs/decisions.
    """
    text = json.dumps([_VERSION, str(request_id), str(action), content], sort_keys=True, separators=(",", ":"))
    return f"{_VERSION}={hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}"
