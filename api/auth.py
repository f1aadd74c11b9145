"""Who is calling: bearer tokens of an OpenID Connect issuer, or of the demo. Source: api.md, "Manner"."""

from __future__ import annotations

import asyncio
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import httpx
import jwt

ASYMMETRIC: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Algorithms accepted from an issuer. ``none`` and shared secrets are not among them."""

DEMO_ISSUER: Final = "purchase-approval-demo"
DEMO_AUDIENCE: Final = "purchase-approval"
DEMO_LIFETIME: Final = timedelta(hours=12)
LEEWAY: Final = timedelta(seconds=30)
FETCH_SECONDS: Final = 5.0
COOLDOWN_SECONDS: Final = 5.0
"""An unknown key id has the keys fetched again, but not more often than this: anybody can make up a key id."""


class InvalidTokenError(Exception):
    """The token is malformed, expired, not signed by the issuer, or not meant for us."""


class IssuerUnavailableError(Exception):
    """The issuer's keys could not be fetched, so that no token can be judged."""


class TokenVerifier(Protocol):
    """Turns a bearer token into the username of the CRM directory."""

    async def username(self, token: str) -> str:
        """The user that a token was issued to.

        Raises:
            InvalidTokenError: the token is no good.
            IssuerUnavailableError: nobody can tell.
        """
        ...


class DemoTokens:
    """Issues and verifies tokens for the demo directory; demo mode only.

    Args:
        signing_key: at least 32 characters; empty: a random one.
    """

    def __init__(self, signing_key: str = "") -> None:
        self._key = signing_key or secrets.token_urlsafe(48)

    def issue(self, username: str) -> tuple[str, int]:
        """A token for a user and how many seconds it is good for."""
        now = datetime.now(UTC)
        claims = {
            "iss": DEMO_ISSUER,
            "aud": DEMO_AUDIENCE,
            "sub": username,
            "iat": now,
            "exp": now + DEMO_LIFETIME,
        }
        return jwt.encode(claims, self._key, algorithm="HS256"), int(DEMO_LIFETIME.total_seconds())

    async def username(self, token: str) -> str:
        """See ``TokenVerifier``."""
        claims = _decode(token, self._key, ("HS256",), DEMO_ISSUER, DEMO_AUDIENCE)
        return str(claims["sub"])


class IssuerTokens:
    """Verifies tokens of an OpenID Connect issuer; its keys are fetched when first needed and when they rotate.

    Args:
        issuer: the issuer's identifier.
        audience: what the token must be meant for.
        jwks_url: where the keys are; empty: found through the discovery document.
        claim: the claim that holds the CRM username.
    """

    def __init__(self, *, issuer: str, audience: str, jwks_url: str, claim: str) -> None:
        self._issuer = issuer
        self._audience = audience
        self._jwks_url = jwks_url
        self._claim = claim
        self._keys: jwt.PyJWKClient | None = None
        self._discovery = asyncio.Lock()

    async def username(self, token: str) -> str:
        """See ``TokenVerifier``."""
        keys = await self._key_client()
        try:
            key = await asyncio.to_thread(keys.get_signing_key_from_jwt, token)
        except (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError, json.JSONDecodeError) as error:
            raise IssuerUnavailableError(str(error)) from error
        except (jwt.PyJWTError, ValueError) as error:
            raise InvalidTokenError(str(error)) from error
        claims = _decode(token, key.key, ASYMMETRIC, self._issuer, self._audience)
        username = claims.get(self._claim)
        if not isinstance(username, str) or not username or not username.isprintable():
            raise InvalidTokenError(f"the token has no claim {self._claim!r} that could be a username")
        return username

    async def _key_client(self) -> jwt.PyJWKClient:
        async with self._discovery:
            if self._keys is None:
                url = self._jwks_url or await self._discover()
                self._keys = jwt.PyJWKClient(
                    url, lifespan=300, timeout=FETCH_SECONDS, cooldown_duration=COOLDOWN_SECONDS
                )
            return self._keys

    async def _discover(self) -> str:
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            async with httpx.AsyncClient(timeout=FETCH_SECONDS) as client:
                answer = await client.get(url)
                answer.raise_for_status()
                document = answer.json()
                if document["issuer"] != self._issuer:  # OpenID Connect Discovery 1.0, 4.3
                    raise ValueError(f"this is the discovery document of {document['issuer']!r}")
                return str(document["jwks_uri"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise IssuerUnavailableError(f"{url}: {error}") from error


def _decode(token: str, key: Any, algorithms: tuple[str, ...], issuer: str, audience: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(algorithms),
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY,
            options={"require": ["exp", "iss", "aud"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise InvalidTokenError(str(error)) from error
    return claims
