"""The OpenID Connect issuer as API and pages know it: what it says of itself, and the keys that it signs with.

One task fetches both, off everybody's way: before they are old, and when a key is asked for that is not known. What was
fetched goes on being used while the issuer is slow or away, up to an age. A process that has never reached the issuer
knows no key: keys that say who everybody is are taken from the issuer alone, and kept nowhere.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import structlog
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

log = structlog.get_logger(__name__)

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448"),
)
"""What an issuer may sign with. ``none`` and shared secrets are not among them."""

REFRESH_SECONDS: Final = 300.0
"""After which everything is fetched anew: a key that the issuer has withdrawn is good for no longer than this."""
COOLDOWN_SECONDS: Final = 5.0
"""There is no fetch sooner after another: anybody can make up the id of a key."""
LONGEST_PAUSE_SECONDS: Final = 60.0
"""Between tries while the issuer is away; the first is one cooldown, and each next one twice as long."""
FETCH_SECONDS: Final = 10.0
"""How long one document may take altogether, however it drips."""
PATIENCE_SECONDS: Final = 5.0
"""How long a call waits for a fetch if there is nothing else to go by."""
MOMENT_SECONDS: Final = 0.5
"""How long a call whose key is not known waits for a fetch that is due; with a new key it is then good at once."""

LARGEST_DOCUMENT: Final = 256 * 1024
"""Bytes of the issuer's documents."""
MOST_KEYS: Final = 100
SHORTEST_RSA: Final = 2048
"""Bits; what is shorter can be factored by those who want to (NIST SP 800-131A)."""

_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint")
_ADDRESSES: Final = (*_ENDPOINTS, "end_session_endpoint", "jwks_uri")


class IssuerUnavailableError(Exception):
    """Nothing is known of the issuer, or what is known is too old, and it does not answer."""


class UnknownKeyError(Exception):
    """The issuer has no such key."""


def authenticated_at(claims: Mapping[str, Any]) -> datetime | None:
    """When somebody showed the issuer who they are (``auth_time``, OpenID Connect Core 1.0, 2), as far as its token says."""
    said = claims.get("auth_time")
    if not isinstance(said, int | float) or isinstance(said, bool):
        return None
    try:
        return datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError):
        return None


class Issuer:
    """One issuer. It is asked only while ``kept_fresh`` runs.

    Args:
        identifier: its name and address, as its tokens have it.
        jwks_url: where its keys are; empty: where its discovery document says.
        signs_in: whether people sign in through it, which needs that document in any case.
        keys_good_for: how long keys that cannot be fetched anew are used.
    """

    def __init__(
        self,
        identifier: str,
        *,
        jwks_url: str = "",
        signs_in: bool = False,
        keys_good_for: timedelta = timedelta(hours=24),
    ) -> None:
        self.identifier = identifier
        self._jwks_url = jwks_url
        self._needed = (() if jwks_url else ("jwks_uri",)) + (_ENDPOINTS if signs_in else ())
        self._good_for = keys_good_for.total_seconds()
        self._metadata: Mapping[str, Any] = {}
        self._keys: tuple[Key, ...] | None = None
        self._keys_at = 0.0
        self._begun_at = -COOLDOWN_SECONDS
        self._wanted = asyncio.Event()
        self._fetched = asyncio.Event()
        self._fetching = False

    @asynccontextmanager
    async def kept_fresh(self) -> AsyncIterator[None]:
        """Fetch, and fetch anew, for as long as the block runs; it begins without waiting for the issuer."""
        async with httpx2.AsyncClient(timeout=FETCH_SECONDS, follow_redirects=False) as http:
            task = asyncio.create_task(self._keep_fresh(http))
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    @property
    def is_known(self) -> bool:
        """Whether tokens can be judged now."""
        return self._current is not None

    async def key(self, key_id: str | None, algorithm: str, *, other_than: Key | None = None) -> Key:
        """The key that a token was signed with. Nobody waits for it but those whose key is not known.

        Args:
            key_id: as the token has it; without one it is the only key that fits.
            algorithm: one of ``ALGORITHMS``.
            other_than: the key that did not fit the signature; the issuer may have another by now.

        Raises:
            UnknownKeyError: there is no such key, or without an id not exactly one.
            IssuerUnavailableError: nobody can tell.
        """
        if self._current is None:
            await self._look_again(PATIENCE_SECONDS)
        found = self._find(key_id, algorithm)
        if found is None or found == other_than:
            await self._look_again(MOMENT_SECONDS)
            found = self._find(key_id, algorithm)
        if found is None or found == other_than:
            raise UnknownKeyError
        return found

    async def keys(self, *, newer: bool = False) -> tuple[Key, ...]:
        """All keys that sign.

        Args:
            newer: whether those that are known would not do; the issuer may have others by now.

        Raises:
            IssuerUnavailableError: nobody can tell.
        """
        if newer or self._current is None:
            await self._look_again(PATIENCE_SECONDS)
        if self._current is None:
            raise IssuerUnavailableError(self.identifier)
        return self._current

    async def metadata(self) -> Mapping[str, Any]:
        """What the issuer says of itself (OpenID Connect Discovery 1.0).

        Raises:
            IssuerUnavailableError: it has never said it.
        """
        if not self._metadata:
            await self._look_again(PATIENCE_SECONDS)
        if not self._metadata:
            raise IssuerUnavailableError(self.identifier)
        return self._metadata

    @property
    def _current(self) -> tuple[Key, ...] | None:
        """The keys, unless they are too old."""
        return self._keys if time.monotonic() - self._keys_at < self._good_for else None

    def _find(self, key_id: str | None, algorithm: str) -> Key | None:
        if self._current is None:
            raise IssuerUnavailableError(self.identifier)
        named = (key for key in self._current if key_id is None or key.kid == key_id)
        fitting = [key for key in named if key.alg in (None, algorithm) and _fits(key, algorithm)]
        return fitting[0] if len(fitting) == 1 or (fitting and key_id is not None) else None

    async def _look_again(self, seconds: float) -> None:
        """Ask for a fetch; wait for it up to ``seconds`` if it is under way or begins now."""
        self._wanted.set()
        if self._fetching or time.monotonic() - self._begun_at >= COOLDOWN_SECONDS:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._fetched.wait()

    async def _keep_fresh(self, http: httpx2.AsyncClient) -> None:
        failures = 0
        while True:
            self._begun_at, self._fetching = time.monotonic(), True
            self._wanted.clear()
            failures = 0 if await self._fetch(http) else failures + 1
            self._fetching = False
            self._fetched.set()
            self._fetched = asyncio.Event()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause(failures)):  # wait_for may swallow a cancellation (Python 3.11)
                    await self._wanted.wait()
            await asyncio.sleep(self._begun_at + COOLDOWN_SECONDS - time.monotonic())

    def _pause(self, failures: int) -> float:
        """Seconds until everything is fetched anew, unless somebody asks for it before."""
        if not failures:
            return min(REFRESH_SECONDS, self._good_for / 2)
        return min(COOLDOWN_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_SECONDS)

    async def _fetch(self, http: httpx2.AsyncClient) -> bool:
        """Fetch everything anew; what cannot be had, or cannot be read, stays as it was."""
        succeeded = await self._fetch_metadata(http) if self._needed else True
        address = self._jwks_url or str(self._metadata.get("jwks_uri", ""))
        if not address:
            return False
        try:
            self._keys = await asyncio.to_thread(_signing_keys, await _document(http, address))
            self._keys_at = time.monotonic()
        except Exception as error:  # whatever it is, the next try may do better, and nobody else makes one
            log.warning("the issuer's keys could not be fetched", address=address, error=repr(error)[:300])
            return False
        return succeeded

    async def _fetch_metadata(self, http: httpx2.AsyncClient) -> bool:
        address = f"{self.identifier.rstrip('/')}/.well-known/openid-configuration"
        try:
            self._metadata = self._checked(await _document(http, address))
        except Exception as error:
            log.warning("the issuer's metadata could not be fetched", address=address, error=repr(error)[:300])
            return False
        return True

    def _checked(self, document: Any) -> Mapping[str, Any]:
        """A discovery document of this issuer, with addresses that are no less safe than its own."""
        if not isinstance(document, dict) or document.get("issuer") != self.identifier:  # Discovery 1.0, 4.3
            raise ValueError("this is not the discovery document of the issuer")
        safe = ("https",) if urlsplit(self.identifier).scheme == "https" else ("https", "http")
        for name in _ADDRESSES:
            address = document.get(name)
            if address is None and name not in self._needed:
                continue
            if not isinstance(address, str) or urlsplit(address).scheme not in safe:
                raise ValueError(f"{name} is no address that could be trusted")
        return document


async def _document(http: httpx2.AsyncClient, address: str) -> Any:
    """A JSON document of bounded size, in bounded time, from nowhere but this address.

    Raises:
        httpx2.HTTPError: it is not to be had, or the answer sends us elsewhere.
        TimeoutError: it takes too long.
        ValueError, RecursionError: it is too long, or no JSON.
    """
    plain = {"Accept": "application/json", "Accept-Encoding": "identity"}  # what is small when packed may be huge
    body = bytearray()
    async with asyncio.timeout(FETCH_SECONDS), http.stream("GET", address, headers=plain) as answer:
        answer.raise_for_status()
        async for part in answer.aiter_raw():
            body += part
            if len(body) > LARGEST_DOCUMENT:
                raise ValueError(f"the document has more than {LARGEST_DOCUMENT} bytes")
    return json.loads(body)


def _signing_keys(document: Any) -> tuple[Key, ...]:
    """The keys of a JWK set that sign. Others are left out, as RFC 7517, 5 asks for; there may be none.

    Raises:
        ValueError: it is no JWK set.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise ValueError(f"this is no JWK set of at most {MOST_KEYS} keys")
    keys = tuple(key for item in listed if (key := _signing_key(item)) is not None)
    if not keys:
        log.warning("the issuer has no key that signs", listed=len(listed))
    return keys


def _signing_key(item: Any) -> Key | None:
    """One key of a JWK set, if it can verify signatures and is meant to."""
    try:
        key = JWKRegistry.import_key(item)
        if not isinstance(key, (RSAKey, ECKey, OKPKey)) or key.get("use") not in (None, "sig"):
            return None
        key.check_key_op("verify")
        if isinstance(key, RSAKey) and key.public_key.key_size < SHORTEST_RSA:
            log.warning("a key of the issuer is too short to be trusted", kid=key.kid, bits=key.public_key.key_size)
            return None
        key.ensure_kid()
    except Exception as error:  # whatever a key of another kind does to its reader
        log.info("a key of the issuer cannot be read", error=repr(error)[:300])
        return None
    return key if any(_fits(key, algorithm) for algorithm in ALGORITHMS) else None


def _fits(key: Key, algorithm: str) -> bool:
    """Whether a key is of the type, and on the curve, that an algorithm needs."""
    if algorithm == "EdDSA":  # the older name for either; the library looks at no curve here
        return _fits(key, "Ed25519") or _fits(key, "Ed448")
    return bool(JWSRegistry.filter_algorithms(key, [algorithm]))
