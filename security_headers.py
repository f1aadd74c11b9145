"""Headers on every answer that keep what is not ours out of it, and it out of what is not ours.

Shared by the API and the pages, which differ in what a browser may load for them.
Source: OWASP Secure Headers Project; for APIs, OWASP REST Security Cheat Sheet.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The content security policy of what is no page: should a browser show it as one, it loads and does nothing."""

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class SecurityHeaders:
    """Adds the headers to every answer that does not say something else by itself.

    Args:
        app: what answers.
        policy: its content security policy.
        https: whether browsers come by https, and may be told to keep doing so.
        secret: what addresses begin with that browsers tell nobody, not even us.
    """

    def __init__(self, app: ASGIApp, *, policy: str = NOTHING, https: bool, secret: str | None = None) -> None:
        self._app = app
        self._secret = secret
        self._headers = {"Content-Security-Policy": policy, **_HEADERS}
        if https:
            self._headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if self._secret is not None and scope["path"].startswith(self._secret):
                    headers["Referrer-Policy"] = "no-referrer"
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)
