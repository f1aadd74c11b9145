"""Who is calling: bearer tokens of an OpenID Connect issuer, or of the demo. Source: api.md, "Manner"."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from joserfc import jws, jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import Key, OctKey
from joserfc.jws import CompactSignature, JWSRegistry

from issuer import ALGORITHMS, Issuer, UnknownKeyError, authenticated_at

DEMO_ISSUER: Final = "purchase-approval-demo"
DEMO_AUDIENCE: Final = "purchase-approval"
DEMO_LIFETIME: Final = timedelta(hours=12)
LEEWAY: Final = timedelta(seconds=30)
LONGEST_HEADER: Final = 8 * 1024
"""Bytes of a token's header: it may bring the issuer's certificates, which nobody looks at."""
_LONGEST_NAME: Final = 100


class InvalidTokenError(Exception):
    """The token is malformed, expired, not signed by the issuer, or not meant for us.

    Attributes:
        reason: why, for the log; the caller is not told.
        key_id: as the token has it, if it can be read: anybody can write anything there.
        claimed_issuer: the same of whoever is said to have issued it.
    """

    def __init__(self, reason: str, *, key_id: object = None, claimed_issuer: object = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.key_id = _name(key_id)
        self.claimed_issuer = _name(claimed_issuer)


@dataclass(frozen=True)
class Identity:
    """Whom a token names.

    Attributes:
        username: of the CRM directory.
        authenticated_at: when they showed the issuer who they are, if the token says so.
    """

    username: str
    authenticated_at: datetime | None


class TokenVerifier(Protocol):
    """Finds out whom a bearer token names."""

    async def identify(self, token: str) -> Identity:
        """Whom a token was issued to.

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
        self._key = OctKey.import_key(signing_key or secrets.token_urlsafe(48))
        self._registry = _Registry(("HS256",))
        self._claims = _claims_of(DEMO_ISSUER, DEMO_AUDIENCE)

    def issue(self, username: str) -> tuple[str, int]:
        """A token for a user and how many seconds it is good for."""
        now, seconds = int(time.time()), int(DEMO_LIFETIME.total_seconds())
        claims = {"iss": DEMO_ISSUER, "aud": DEMO_AUDIENCE, "sub": username, "iat": now, "exp": now + seconds}
        claims["auth_time"] = now  # whoever asks for a token is taken for whom they say they are
        return jwt.encode({"alg": "HS256"}, claims, self._key), seconds

    async def identify(self, token: str) -> Identity:
        """See ``TokenVerifier``."""
        read = _read(token, self._registry)
        if not _is_signed(read, self._key, self._registry):
            raise _refused("bad_signature", read)
        return _identity(read, self._claims, "sub")


class IssuerTokens:
    """Verifies tokens of an OpenID Connect issuer.

    Args:
        issuer: whose they are.
        audience: what the token must be meant for.
        claim: the claim that holds the CRM username.
    """

    def __init__(self, issuer: Issuer, *, audience: str, claim: str) -> None:
        self._issuer = issuer
        self._claim = claim
        self._registry = _Registry(ALGORITHMS)
        self._claims = _claims_of(issuer.identifier, audience)

    async def identify(self, token: str) -> Identity:
        """See ``TokenVerifier``."""
        read = _read(token, self._registry)
        if not await self._is_signed(read):
            raise _refused("bad_signature", read)
        return _identity(read, self._claims, self._claim)

    async def _is_signed(self, read: CompactSignature) -> bool:
        key_id, algorithm = read.protected.get("kid"), read.protected["alg"]
        try:
            key = await self._issuer.key(key_id, algorithm)
        except UnknownKeyError as error:
            raise _refused("unknown_key" if key_id else "no_key_id", read) from error
        if _is_signed(read, key, self._registry):
            return True
        try:
            newer = await self._issuer.key(key_id, algorithm, other_than=key)
        except UnknownKeyError:
            return False
        return _is_signed(read, newer, self._registry)


class _Registry(JWSRegistry):
    """What a token may be signed with, and how long its header may be; parameters that nobody knows are left alone."""

    max_header_length = LONGEST_HEADER

    def __init__(self, algorithms: tuple[str, ...]) -> None:
        super().__init__(algorithms=algorithms, strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        """See ``JWSRegistry``, which warns of EdDSA: its name is deprecated for saying no curve, and issuers use it."""
        return self.algorithms[name] if name == "EdDSA" and name in (self.allowed or ()) else super().get_alg(name)


def _claims_of(issuer: str, audience: str) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=int(LEEWAY.total_seconds()),
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
    )


def _read(token: str, registry: JWSRegistry) -> CompactSignature:
    """A token as it came, whoever signed it; its header has what a header must have.

    Raises:
        InvalidTokenError: it is none.
    """
    try:
        read = jws.extract_compact(token.encode(), registry=registry)
        registry.check_header(read.protected)
    except JoseError as error:
        raise InvalidTokenError(error.error) from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:  # a header of 3,000 brackets, or a list
        raise InvalidTokenError("malformed") from error
    try:
        registry.get_alg(read.protected["alg"])
    except JoseError as error:
        raise _refused(error.error, read) from error
    return read


def _is_signed(read: CompactSignature, key: Key, registry: JWSRegistry) -> bool:
    try:
        return jws.validate_compact(read, key, registry=registry)
    except (JoseError, ValueError):
        return False


def _identity(read: CompactSignature, expected: jwt.JWTClaimsRegistry, claim: str) -> Identity:
    """Whom a token names that is signed, if it is meant for us and good now.

    Raises:
        InvalidTokenError: it is not, or names nobody.
    """
    claims = _claims(read)
    if not _is_access_token(read.protected, claims):
        raise _refused("not_an_access_token", read)
    try:
        expected.validate(claims)
    except ClaimError as error:
        raise _refused(f"{error.error}:{error.claim}", read) from error
    except JoseError as error:
        raise _refused(error.error, read) from error
    username = claims.get(claim)
    if not isinstance(username, str) or not username or not username.isprintable():
        raise _refused(f"no_username_in:{claim}", read)
    return Identity(username, authenticated_at(claims))


def _is_access_token(header: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    """Whether a token says nothing of being another kind: for sign-in at a page, for signing out, to get others.

    Issuers sign all of them with the same keys, and name the kind in the header (RFC 9068), in the claims (Keycloak) or not at
    all; hashes of a code or of an access token are in those for a sign-in only (OpenID Connect Core 1.0, 3.1.3.6 and 3.3.2.11).
    """
    kind, said = header.get("typ", "JWT"), claims.get("typ", "Bearer")
    return (
        isinstance(kind, str)
        and kind.lower().removeprefix("application/") in ("jwt", "at+jwt")
        and said == "Bearer"
        and not {"at_hash", "c_hash", "s_hash"} & claims.keys()
    )


def _claims(read: CompactSignature) -> dict[str, Any]:
    try:
        claims = json.loads(read.payload)
    except (ValueError, RecursionError):
        claims = None
    return claims if isinstance(claims, dict) else {}


def _refused(reason: str, read: CompactSignature) -> InvalidTokenError:
    return InvalidTokenError(reason, key_id=read.protected.get("kid"), claimed_issuer=_claims(read).get("iss"))


def _name(value: object) -> str | None:
    """What a log may say of something that anybody can have written."""
    if not isinstance(value, str):
        return None
    return "".join(char if char.isprintable() else "\ufffd" for char in value[:_LONGEST_NAME])
