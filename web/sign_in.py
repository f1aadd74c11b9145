"""Signing in through an OpenID Connect issuer: authorization code flow with PKCE (RFC 7636), by Authlib.

What the issuer says of itself and its keys come from ``issuer``, which has them ready; the issuer is asked only for the token
of a code, in bounded time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import httpx2
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App
from fastapi import Request, Response
from joserfc.errors import JoseError

from issuer import ALGORITHMS, Issuer, IssuerUnavailableError, authenticated_at
from problems import ProblemError
from web.site import Site

log = structlog.get_logger(__name__)

CALLBACK: Final = "/sign-in/callback"
ANSWER_SECONDS: Final = 10.0
"""How long the issuer may take to give the token of a code, however it drips."""
_NAMED: Final = ("issuer", "authorization_endpoint", "token_endpoint")
"""What Authlib is told of the issuer. It would take everything else for settings of its own."""
_TROUBLE: Final = (AuthlibBaseError, httpx2.HTTPError, IssuerUnavailableError, TimeoutError, ValueError)
"""What becomes of asking when the issuer is away, or answers with something else than it should."""


@dataclass(frozen=True)
class SignedIn:
    """Who has signed in.

    Attributes:
        username: as the issuer has it.
        authenticated_at: when they showed the issuer who they are, if it says so.
        claims: all that the issuer says of them.
    """

    username: str
    authenticated_at: datetime | None
    claims: Mapping[str, Any]


class _Client(StarletteOAuth2App):
    """Authlib's client, with the issuer's keys from where they are kept."""

    issuer: Issuer

    async def fetch_jwk_set(self, force: bool = False) -> Mapping[str, Any]:
        """See ``AsyncOpenIDMixin``, which asks with ``force`` when a key is not among those that it was given."""
        return {"keys": [key.as_dict() for key in await self.issuer.keys(newer=force)]}


class OpenIdSignIn:
    """The way to the issuer and back. State, nonce and verifier wait in the session; the issuer's tokens are not kept.

    Args:
        site: the installation; it has an ``openid``.
    """

    def __init__(self, site: Site) -> None:
        assert site.openid is not None  # noqa: S101 - see mount
        self._claim = site.openid.username_claim
        self._issuer = site.openid.issuer
        self._client_id = site.openid.client_id
        self._base_url = site.base_url
        self._client: Any = OAuth().register(
            "issuer",
            client_cls=_Client,
            client_id=site.openid.client_id,
            client_secret=site.openid.client_secret or None,
            client_kwargs={
                "scope": site.openid.scopes,
                "code_challenge_method": "S256",
                "timeout": ANSWER_SECONDS,
                "verify": httpx2.create_ssl_context(),  # made once: it would hold up everybody for each sign-in
            },
        )
        self._client.issuer = self._issuer

    async def begin(self, request: Request, *, within: timedelta | None = None) -> Response:
        """Send the browser to the issuer.

        Args:
            request: the call.
            within: how long ago they may have shown the issuer who they are; it asks them anew. None: it knows best.

        Raises:
            ProblemError: ``issuer_unavailable``: it cannot be reached, or somebody else answers in its place.
        """
        try:
            await self._tell_client()
            asked = {} if within is None else {"prompt": "login", "max_age": int(within.total_seconds())}
            answer: Response = await self._client.authorize_redirect(request, self._base_url + CALLBACK, **asked)
        except (*_TROUBLE, JoseError) as error:
            log.warning("the issuer cannot be reached", error=repr(error))
            raise ProblemError("issuer_unavailable") from error
        return answer

    async def finish(self, request: Request) -> SignedIn:
        """Who has signed in, once the issuer has sent the browser back.

        Raises:
            ProblemError: ``unauthenticated``: the answer is not the issuer's to this session, or names nobody;
                ``issuer_unavailable``.
        """
        try:
            await self._tell_client()
            async with asyncio.timeout(ANSWER_SECONDS):
                token = await self._client.authorize_access_token(request)
        except (AuthlibBaseError, JoseError) as error:
            log.warning("a sign-in was refused", error=str(error))
            raise ProblemError("unauthenticated") from error
        except _TROUBLE as error:
            log.warning("the issuer cannot be reached", error=repr(error))
            raise ProblemError("issuer_unavailable") from error
        claims = token.get("userinfo") or {}
        username = claims.get(self._claim)
        if not isinstance(username, str) or not username:
            log.warning("the issuer's token has no username", claim=self._claim)
            raise ProblemError("unauthenticated")
        return SignedIn(username, authenticated_at(claims), claims)

    async def sign_out_address(self) -> str:
        """Where the issuer ends its own session, or the sign-in page where it cannot."""
        try:
            metadata = await self._issuer.metadata()
        except IssuerUnavailableError:
            metadata = {}
        address = metadata.get("end_session_endpoint")
        if not address:
            return "/sign-in"
        query = urlencode({"client_id": self._client_id, "post_logout_redirect_uri": f"{self._base_url}/sign-in"})
        return f"{address}?{query}"

    async def _tell_client(self) -> None:
        """Have Authlib know what the issuer says of itself by now.

        Raises:
            IssuerUnavailableError: it has said nothing yet.
        """
        metadata = await self._issuer.metadata()
        signs = metadata.get("id_token_signing_alg_values_supported")
        allowed = [name for name in ALGORITHMS if name in signs] if isinstance(signs, list) else []
        self._client.server_metadata = {
            **{name: metadata[name] for name in _NAMED if name in metadata},
            "id_token_signing_alg_values_supported": allowed or ["RS256"],
        }
