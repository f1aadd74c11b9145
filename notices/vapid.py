"""The key by which push services of browsers know who sends (VAPID). ``python -m notices.vapid`` makes one.

Source: RFC 8292.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwt
from joserfc.jwk import ECKey

GOOD_FOR: Final = timedelta(hours=12)
"""What is signed is believed for so long; push services take a day at most."""
_KEY_BYTES: Final = 32
_ALGORITHM: Final = "ES256"


class VapidKey:
    """The private key of whoever sends push messages.

    Args:
        private: it, on the curve P-256.
        subject: whom a push service writes to about what was sent: a ``mailto:`` or ``https:`` address.
    """

    def __init__(self, private: ec.EllipticCurvePrivateKey, subject: str) -> None:
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._key = ECKey.import_key(pem)
        self._subject = subject
        self.public = public_text(private.public_key())
        """The public key, as browsers are told it when they subscribe: 65 bytes as base64url."""

    @classmethod
    def parse(cls, text: str, subject: str) -> VapidKey:
        """The key of 32 bytes as base64url, as settings have it.

        Raises:
            ValueError: it is none.
        """
        try:
            number = base64.urlsafe_b64decode(f"{text}==")
            if len(number) != _KEY_BYTES:
                raise ValueError(f"{len(number)} bytes")
            private = ec.derive_private_key(int.from_bytes(number), ec.SECP256R1())
        except ValueError as error:
            raise ValueError(
                "this is no private key of 32 bytes as base64url; python -m notices.vapid makes one"
            ) from error
        return cls(private, subject)

    def authorization(self, endpoint: str, now: datetime) -> str:
        """What says in the header ``Authorization`` who sends.

        Args:
            endpoint: the address of the subscription; what is signed is good for its push service alone.
            now: UTC.
        """
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + GOOD_FOR).timestamp()),
            "sub": self._subject,
        }
        token = jwt.encode({"typ": "JWT", "alg": _ALGORITHM}, claims, self._key, algorithms=[_ALGORITHM])
        return f"vapid t={token}, k={self.public}"


def new_key() -> str:
    """A new private key, as settings have it."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64url(number.to_bytes(_KEY_BYTES))


def public_text(key: ec.EllipticCurvePublicKey) -> str:
    """A public key as browsers and push services have it: the uncompressed point as base64url."""
    return base64url(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def base64url(data: bytes) -> str:
    """Bytes as base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


if __name__ == "__main__":
    print(f"VAPID_PRIVATE_KEY={new_key()}")  # noqa: T201 - what the command is for
