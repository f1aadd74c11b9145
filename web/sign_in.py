"""Signing in through an OpenID Connect issuer: authorization code flow with PKCE (RFC 7636), by Authlib."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import httpx2
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import Request, Response
from joserfc.errors import JoseError

from problems import ProblemError
from web.site import Site

log = structlog.get_logger(__name__)

CALLBACK: Final = "/sign-in/callback"
_TROUBLE: Final = (AuthlibBaseError, JoseError, httpx2.HTTPError, ValueError)
"""What Authlib raises when the issuer is away, or answers with something else than it should."""


class OpenIdSignIn:
    """The way to the issuer and back. State, nonce and verifier wait in the session; the issuer's tokens are not kept.

    Args:
        site: the installation; it has an ``openid``.
    """

    def __init__(self, site: Site) -> None:
        assert site.openid is not None  # noqa: S101 - see mount
        self._claim = site.openid.username_claim
        self._issuer = site.openid.issuer.rstrip("/")
        self._client_id = site.openid.client_id
        self._base_url = site.base_url
        self._client = OAuth().register(
            "issuer",
            client_id=site.openid.client_id,
            client_secret=site.openid.client_secret or None,
            server_metadata_url=f"{site.openid.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile", "code_challenge_method": "S256"},
        )

    async def begin(self, request: Request) -> Response:
        """Send the browser to the issuer.

        Raises:
            ProblemError: ``issuer_unavailable``: it cannot be reached, or somebody else answers in its place.
        """
        try:
            metadata = await self._client.load_server_metadata()
            if str(metadata.get("issuer", "")).rstrip("/") != self._issuer:
                raise AuthlibBaseError("wrong_issuer", str(metadata.get("issuer")))
            answer: Response = await self._client.authorize_redirect(request, self._base_url + CALLBACK)
        except _TROUBLE as error:
            log.warning("the issuer cannot be reached", error=str(error))
            raise ProblemError("issuer_unavailable") from error
        return answer

    async def finish(self, request: Request) -> str:
        """The username, once the issuer has sent the browser back.

        Raises:
            ProblemError: ``unauthenticated``: the answer is not the issuer's to this session, or names nobody;
                ``issuer_unavailable``.
        """
        try:
            token = await self._client.authorize_access_token(request)
        except (AuthlibBaseError, JoseError) as error:
            log.warning("a sign-in was refused", error=str(error))
            raise ProblemError("unauthenticated") from error
        except _TROUBLE as error:
            log.warning("the issuer cannot be reached", error=str(error))
            raise ProblemError("issuer_unavailable") from error
        username = (token.get("userinfo") or {}).get(self._claim)
        if not isinstance(username, str) or not username:
            log.warning("the issuer's token has no username", claim=self._claim)
            raise ProblemError("unauthenticated")
        return username

    async def sign_out_address(self) -> str:
        """Where the issuer ends its own session, or the sign-in page where it cannot."""
        try:
            metadata = await self._client.load_server_metadata()
        except _TROUBLE:
            metadata = {}
        address = metadata.get("end_session_endpoint")
        if not address:
            return "/sign-in"
        query = urlencode({"client_id": self._client_id, "post_logout_redirect_uri": f"{self._base_url}/sign-in"})
        return f"{address}?{query}"
