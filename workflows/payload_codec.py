"""Encryption of what the engine keeps of the product: AES-256-GCM, with keys that the engine does not have.

Everything that the SDK calls a payload goes through it: inputs, signals, results, queries, memos, summaries, details, and what
failures say. What is not encrypted is read as it is, so that it can be switched on while runs are on their way; what cannot be
read is passed on as it came, with a mark of why, since one bad signal must not keep a run from the others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

ENCODING: Final = "binary/encrypted"
"""What the metadata of an encrypted payload calls it."""
SHORTEST_KEY: Final = 32
"""Characters."""

_ENCODING: Final = "encoding"
_KEY_ID: Final = "encryption-key-id"
_WHY: Final = "unreadable"
_NO_KEY: Final = b"no_key"
_NOT_THIS_KEY: Final = b"not_this_key"

_KEY: Final = re.compile(r"(?P<id>[A-Za-z0-9][A-Za-z0-9._-]{0,31}):(?P<key>\S+)")
_NONCE_BYTES: Final = 12
_PURPOSE: Final = b"purchase-approval: payloads of the engine"


def parse_keys(text: str) -> dict[str, str]:
    """Keys by their ids, the one that encrypts first.

    Args:
        text: ``ID:KEY``, with blanks between several.

    Raises:
        ValueError: they are not of this form, too short, or two have one id. No key is in the message.
    """
    keys: dict[str, str] = {}
    for number, part in enumerate(text.split(), start=1):
        found = _KEY.fullmatch(part)
        if found is None:
            raise ValueError(f"key {number} is not of the form ID:KEY, its id letters, digits and . _ - (at most 32)")
        if len(found["key"]) < SHORTEST_KEY:
            raise ValueError(f"the key {found['id']} has fewer than {SHORTEST_KEY} characters: use long random ones")
        if found["id"] in keys:
            raise ValueError(f"two keys have the id {found['id']}: a new key needs an id of its own")
        keys[found["id"]] = found["key"]
    return keys


class EncryptingCodec(PayloadCodec):
    """Encrypts with the first of some keys and reads with any of them; each payload says which one it needs.

    Args:
        keys: long random texts by their ids; at least one.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._ciphers = {key_id: AESGCM(_derived(key)) for key_id, key in keys.items()}
        self._first = next(iter(self._ciphers))

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """See ``PayloadCodec``; what is encrypted already stays as it is."""
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """See ``PayloadCodec``; what cannot be read is passed on, for ``why_unreadable``."""
        return [self._read(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        if is_encrypted(payload):
            return payload
        nonce, key_id = os.urandom(_NONCE_BYTES), self._first.encode()
        sealed = self._ciphers[self._first].encrypt(nonce, payload.SerializeToString(), _bound_to(key_id))
        return Payload(metadata={_ENCODING: ENCODING.encode(), _KEY_ID: key_id}, data=nonce + sealed)

    def _read(self, payload: Payload) -> Payload:
        if not is_encrypted(payload):
            return payload
        key_id = payload.metadata.get(_KEY_ID, b"")
        cipher = self._ciphers.get(key_id.decode(errors="replace"))
        if cipher is None:
            return _marked(payload, _NO_KEY)
        nonce, sealed = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            return Payload.FromString(cipher.decrypt(nonce, sealed, _bound_to(key_id)))
        except (InvalidTag, ValueError):  # too short to be anything is a ValueError
            return _marked(payload, _NOT_THIS_KEY)


def is_encrypted(payload: Payload) -> bool:
    """Whether a payload is one of ``EncryptingCodec``."""
    return payload.metadata.get(_ENCODING) == ENCODING.encode()


def why_unreadable(payload: Payload) -> str:
    """Why an encrypted payload could not be read, and what is to be done, for those who run the system."""
    key_id = payload.metadata.get(_KEY_ID, b"").decode(errors="replace")[:SHORTEST_KEY]
    match payload.metadata.get(_WHY):
        case b"no_key":
            return (
                f"this was encrypted with the key {key_id!r}, which PAYLOAD_KEYS does not have: put it there again, behind "
                "the first one, for APIs and workers"
            )
        case b"not_this_key":
            return (
                f"this cannot be read with the key {key_id!r} of PAYLOAD_KEYS: either that is not the one that had this id "
                "when it was encrypted, which is to be put back, or somebody has changed it since"
            )
        case _:
            return "this is encrypted, and PAYLOAD_KEYS is not set: give APIs and workers the keys that they had"


def _marked(payload: Payload, why: bytes) -> Payload:
    return Payload(metadata={**payload.metadata, _WHY: why}, data=payload.data)


def _bound_to(key_id: bytes) -> bytes:
    """What a payload cannot be read without, besides its key: nobody can pass it off as another key's."""
    return ENCODING.encode() + b"\0" + key_id


def _derived(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
