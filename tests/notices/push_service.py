"""A push service behind a real HTTPS server on loopback, and browsers that subscribed there, which decrypt what comes with their own
keys: written from RFC 8188 and RFC 8291 anew, so that it does not repeat a mistake of whoever encrypts.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from uuid_utils.compat import uuid7

from crm import push_devices
from crm.pool import Pool
from crm.push_devices import NewDevice
from notices.guard import Guard
from notices.sending import Sender
from notices.vapid import VapidKey, base64url
from tests.notices.receiver import Received, Receiver, receiving, status
from tests.notices.test_guard import certificate_of

HOST: Final = "push.invalid"
LOOPBACK: Final = (ip_network("127.0.0.0/8"),)
SUBJECT: Final = "mailto:it@example.com"
KEY: Final = VapidKey.parse("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", SUBJECT)


@dataclass(frozen=True)
class Browser:
    """A browser that has subscribed: it alone has the private key."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def p256dh(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def fields(self) -> dict[str, str]:
        """What the page's form sends of it."""
        return {
            "endpoint": self.endpoint,
            "p256dh": base64url(self.p256dh),
            "auth": base64url(self.auth),
            "server_key": KEY.public,
        }

    def decrypt(self, body: bytes) -> bytes:
        """What a push service hands on to it."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size, "one record"
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.key.exchange(ec.ECDH(), public)
        material = hkdf(self.auth, shared, b"WebPush: info\0" + self.p256dh + sender, 32)
        key = hkdf(salt, material, b"Content-Encoding: aes128gcm\0", 16)
        nonce = hkdf(salt, material, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        assert padded[-1:] == b"\x02", "the last record"
        return padded[:-1]

    def read(self, call: Received) -> dict[str, Any]:
        """What its service worker is given."""
        assert call.headers["content-encoding"] == "aes128gcm"
        message: dict[str, Any] = json.loads(self.decrypt(call.body))
        return message

    async def told(self, pool: Pool, username: str, *, name: str = "Chrome · Android") -> None:
        """Have somebody told in it, past the page."""
        async with pool.acquire() as connection, connection.transaction():
            await push_devices.put(
                connection,
                NewDevice(
                    id=uuid7(),
                    username=username,
                    name=name,
                    endpoint=self.endpoint,
                    service=HOST,
                    p256dh=self.p256dh,
                    auth=self.auth,
                    server_key=KEY.public,
                ),
            )


@dataclass
class PushService:
    """What came, and how it answers (``receiver.respond``)."""

    receiver: Receiver
    certificate: Path
    sender: Sender
    """What reaches it, and only it."""

    def subscribe(self) -> Browser:
        """A new browser."""
        return Browser(f"https://{HOST}:{self.receiver.port}/send/{uuid4().hex}")

    def came_to(self, browser: Browser) -> list[dict[str, Any]]:
        """What a browser was told, the oldest first."""
        return [browser.read(call) for call in self.calls_to(browser)]

    def calls_to(self, browser: Browser) -> list[Received]:
        """The calls themselves."""
        path = browser.endpoint.rpartition("/")[2]
        return [call for call in self.receiver.received if f"/send/{path} " in call.headers[":line"]]


def sender_to(certificate: Path) -> Sender:
    """Calls to a push service with a certificate of its own, by https alone."""

    async def resolve(_: str, __: int) -> Sequence[str]:
        return ["127.0.0.1"]

    return Sender(Guard(LOOPBACK, resolve=resolve), ssl.create_default_context(cafile=str(certificate)))


@asynccontextmanager
async def push_service(folder: Path) -> AsyncIterator[PushService]:
    """A push service that takes whatever comes, until told otherwise."""
    certificate = certificate_of(HOST, folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with receiving(context) as receiver:
        receiver.respond = status(201)
        async with aclosing(sender_to(certificate)) as sender:
            yield PushService(receiver, certificate, sender)


def claims_of(call: Received) -> dict[str, Any]:
    """What a call says of who sends it, once its signature was verified with the key that it names, as a push service does."""
    token, key = call.headers["authorization"].removeprefix("vapid t=").split(", k=")
    assert key == KEY.public, "the key that the browser subscribed with"
    point = jwt.utils.base64url_decode(key)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    port = call.headers["host"].partition(":")[2]
    claims: dict[str, Any] = jwt.decode(token, public, algorithms=["ES256"], audience=f"https://{HOST}:{port}")
    return claims


def hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 for up to 32 bytes."""
    key = hmac.digest(salt, secret, hashlib.sha256)
    return hmac.digest(key, info + b"\x01", hashlib.sha256)[:length]
