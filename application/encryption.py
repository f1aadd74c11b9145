"""What the database keeps of secrets that must be read again: encrypted, with keys that it does not have."""

from __future__ import annotations

import base64
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE: Final = b"purchase-approval: secrets in the database"


class NoKeyError(Exception):
    """There is no key to encrypt with, or none that what was encrypted can be read with."""


class Encryption:
    """Encrypts with the first of some keys and reads with any of them (Fernet: AES-128-CBC with HMAC-SHA-256).

    Args:
        keys: long random texts, with blanks between them; none: nothing can be encrypted.
    """

    def __init__(self, keys: str) -> None:
        fernets = [Fernet(_derived(key)) for key in keys.split()]
        self._fernet = MultiFernet(fernets) if fernets else None

    @property
    def is_possible(self) -> bool:
        """Whether there is a key."""
        return self._fernet is not None

    def encrypt(self, text: str) -> str:
        """A text as the database may have it.

        Raises:
            NoKeyError: there is no key.
        """
        if self._fernet is None:
            raise NoKeyError("ENCRYPTION_KEYS is not set")
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """What was encrypted.

        Raises:
            NoKeyError: none of the keys reads it.
        """
        if self._fernet is None:
            raise NoKeyError("ENCRYPTION_KEYS is not set")
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken as error:
            raise NoKeyError("this was encrypted with a key that ENCRYPTION_KEYS no longer has") from error


def _derived(key: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return base64.urlsafe_b64encode(hkdf.derive(key.encode()))
