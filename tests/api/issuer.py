"""A small OpenID Connect issuer on loopback: a discovery document, its keys, and tokens signed with them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

AUDIENCE = "purchase-requests"


class Issuer:
    """An issuer. It may go away, come back, and change its keys."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.fetched = 0
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.rotate("first")
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                documents: dict[str, Callable[[], Any]] = {
                    "/.well-known/openid-configuration": issuer._discovery,
                    "/keys": issuer._key_set,
                }
                body = json.dumps(documents[self.path]()).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def rotate(self, key_id: str) -> None:
        """Sign with a new key from now on; the old ones are gone."""
        self.keys = {key_id: rsa.generate_private_key(public_exponent=65537, key_size=2048)}

    def token(self, *, key_id: str | None = None, algorithm: str = "RS256", key: Any = None, **claims: Any) -> str:
        """A good token of ``sales1``, unless something else is asked for. A claim of None is left out."""
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
        return jwt.encode(said, own if key is None else key, algorithm=algorithm, headers={"kid": key_id or name})

    def public_key(self) -> bytes:
        """The current key as everybody may read it."""
        (key,) = self.keys.values()
        return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def _discovery(self) -> Any:
        return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}

    def _key_set(self) -> Any:
        self.fetched += 1
        return {
            "keys": [
                {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": name, "use": "sig"}
                for name, key in self.keys.items()
            ]
        }
