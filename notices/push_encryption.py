"""Encrypts a push message for the browser that subscribed, so that nobody on the way reads it.

Source: RFC 8291 (keys), RFC 8188 (the content coding ``aes128gcm``). Why it is written here: docs/decisions/0025.
"""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LONGEST: Final = 3000
"""Bytes of a message; with what encryption adds it is in one record, and within the 4096 that every push service takes."""
AUTH_BYTES: Final = 16
_RECORD_SIZE: Final = 4096
_SALT_BYTES: Final = 16
_LAST_RECORD: Final = b"\x02"


def encrypt(
    message: bytes,
    p256dh: bytes,
    auth: bytes,
    *,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """A message as it is posted to the push service.

    Args:
        message: up to ``LONGEST`` bytes.
        p256dh: the subscription's public key, an uncompressed point of P-256.
        auth: the subscription's secret, 16 bytes.
        sender: a key pair for this message alone; a new one by default.
        salt: 16 bytes, never used twice; random by default.

    Raises:
        ValueError: the message is too long, or the public key is no point of the curve.
    """
    if len(message) > LONGEST:
        raise ValueError(f"a push message has at most {LONGEST} bytes")
    sender = sender or ec.generate_private_key(ec.SECP256R1())
    salt = salt or secrets.token_bytes(_SALT_BYTES)
    receiver = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    sender_public = sender.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    key_info = b"WebPush: info\0" + p256dh + sender_public
    key_material = _derived(sender.exchange(ec.ECDH(), receiver), salt=auth, info=key_info, length=32)
    key = _derived(key_material, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derived(key_material, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    header = salt + _RECORD_SIZE.to_bytes(4) + len(sender_public).to_bytes(1) + sender_public
    return header + AESGCM(key).encrypt(nonce, message + _LAST_RECORD, None)


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
