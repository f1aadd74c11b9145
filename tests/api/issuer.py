"""A small OpenID Connect issuer on loopback: a discovery document, its keys, and tokens signed with them.

It can be away, slow, and wrong in every way in which an issuer can be.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE = "purchase-requests"
DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/keys"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A new RSA key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def jwk(key: PrivateKey, **parameters: Any) -> dict[str, Any]:
    """The public half of a key as a JWK. A parameter of None is left out."""
    public = key.public_key()
    kinds: dict[type, Any] = {rsa.RSAPublicKey: RSAAlgorithm, ec.EllipticCurvePublicKey: ECAlgorithm}
    kind: Any = next((kinds[known] for known in kinds if isinstance(public, known)), OKPAlgorithm)
    said = {**json.loads(kind.to_jwk(public)), **parameters}
    return {name: value for name, value in said.items() if value is not None}


@dataclass
class Answer:
    """An answer that is not the right one."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Issuer:
    """An issuer. It may go away, come back, change its keys, keep whoever asks waiting, and answer nonsense."""

    def __init__(self) -> None:
        self.keys: dict[str, PrivateKey] = {}
        self.published: Callable[[], Any] = self._published
        """What the key set holds."""
        self.instead: dict[str, Answer] = {}
        """What is answered at a path instead of the right thing."""
        self.asked: Counter[str] = Counter()
        self.answering = threading.Event()
        """While it is not set, whoever asks waits."""
        self.answering.set()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.rotate("first")
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def fetched(self) -> int:
        """How often its keys were asked for."""
        return self.asked[KEYS]

    def start(self) -> None:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked[self.path] += 1
                issuer.answering.wait()
                answer = issuer.instead.get(self.path) or issuer._right(self.path)
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self.answering.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def rotate(self, key_id: str, key: PrivateKey | None = None) -> None:
        """Sign with a new key from now on; the old ones are gone."""
        self.keys = {key_id: key or rsa_key()}

    def token(
        self,
        *,
        key_id: str | None = "",
        algorithm: str = "RS256",
        key: Any = None,
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A good token of ``sales1``, unless something else is asked for. A claim of None, or such a ``key_id``, is left out."""
        name, own = next(iter(self.keys.items()))
        now = datetime.now(UTC)
        said = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "subject-1",
            "preferred_username": "sales1",
            "iat": now,
            "nbf": now,
            "exp": now + timedelta(minutes=5),
            **claims,
        }
        said = {claim: value for claim, value in said.items() if value is not None}
        headers = {**(header or {}), **({"kid": key_id or name} if key_id is not None else {})}
        return jwt.encode(said, own if key is None else key, algorithm=algorithm, headers=headers)

    def public_key(self) -> bytes:
        """The current key as everybody may read it."""
        (key,) = self.keys.values()
        return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def _right(self, path: str) -> Answer:
        documents: dict[str, Callable[[], Any]] = {
            DISCOVERY: lambda: {"issuer": self.url, "jwks_uri": f"{self.url}{KEYS}"},
            KEYS: lambda: {"keys": self.published()},
        }
        if path not in documents:
            return Answer(status=404)
        return Answer(json.dumps(documents[path]()).encode())

    def _published(self) -> Any:
        return [jwk(key, kid=name, use="sig") for name, key in self.keys.items()]
