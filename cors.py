"""Which pages of another origin may read our answers: those of the Temporal UI, and only what the codec answers them.

Shared by the API, where they come with a token, and the pages, where they come with a session.
"""

from __future__ import annotations

from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

CODEC: Final = ("/codec/", "/api/v1/codec/")


class CodecOrigin:
    """Lets pages of one origin call the codec; every other answer stays for our own pages alone.

    Args:
        app: what answers.
        origin: of the Temporal UI: ``https://temporal.example.com``.
    """

    def __init__(self, app: ASGIApp, *, origin: str) -> None:
        self._app = app
        self._shared = CORSMiddleware(
            app, allow_origins=[origin], allow_methods=["POST"], allow_headers=["*"], allow_credentials=True
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        is_codec = scope["type"] == "http" and scope["path"].startswith(CODEC)
        await (self._shared if is_codec else self._app)(scope, receive, send)
