"""Headers on every page that keep what is not ours out of it. Source: OWASP Secure Headers Project."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Tabler's style sheet draws arrows and check marks from data: addresses
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'{issuer}",  # signing out by a form leads on to the identity provider
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""No inline script, no inline style, nothing from elsewhere."""

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """Adds the headers to every answer.

    Args:
        app: the pages.
        https: whether browsers come by https, and may be told to keep doing so.
        issuer: origin of the identity provider, if there is one.
    """

    def __init__(self, app: ASGIApp, *, https: bool, issuer: str = "") -> None:
        self._app = app
        policy = CONTENT_SECURITY_POLICY.format(issuer=f" {issuer}" if issuer else "")
        self._headers = {"Content-Security-Policy": policy, **_HEADERS}
        if https:
            self._headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)
