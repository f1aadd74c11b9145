"""How much a form may hold: a visitor's is short until they are signed in."""

from __future__ import annotations

import re
from typing import Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.types import ASGIApp, Receive, Scope, Send

from body_limit import limit_body
from file_transfer import LONGEST_UPLOAD
from web.session import is_signed_in

LONGEST_FORM: Final = 5 * 1024 * 1024
"""Bytes of the form of somebody who is signed in: a request with 500 lines of the longest texts has 4.5 MB, if each
letter of these is Vietnamese and so takes nine characters."""

LONGEST_OF_VISITORS: Final = 16 * 1024
"""Bytes of the form of anybody else, who can do nothing but sign in."""

MOST_FIELDS: Final = 6000
"""Of a form: 500 lines of a request and what is around them."""

_ATTACHES: Final = re.compile(r"/requests/[^/]+/attachments")
"""The address of the form that attaches a file to a request."""
_TAKES_A_FILE: Final = re.compile(rf"/admin/processes/[^/]+/matrix/check|/admin/imports|{_ATTACHES.pattern}")
"""The addresses of forms that have a file; every other with one is refused."""


async def read_form(request: Request) -> FormData:
    """The form that was sent; read once, whoever asks first.

    Raises:
        HTTPException: it has more than a form may.
    """
    files = 1 if _TAKES_A_FILE.fullmatch(request.url.path) else 0
    form = request.scope[_FORM] = await request.form(
        max_fields=MOST_FIELDS, max_files=files, max_part_size=LONGEST_FORM
    )
    return form


async def uploaded_file(request: Request) -> tuple[bytes, str]:
    """The bytes and the name of the file that a form has in its field ``file``; empty ones if nobody chose one."""
    sent = (await read_form(request)).get("file")
    if not isinstance(sent, UploadFile):
        return b"", ""
    return await sent.read(), sent.filename or ""


_FORM: Final = "form"
"""Where a call has the form that was read of it."""


class LimitForms:
    """Plain ASGI middleware for the pages, within the session: says how long a form may be, and lets no file of one outlive the
    call.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] == "http":
            longest = LONGEST_UPLOAD if _ATTACHES.fullmatch(scope["path"]) else LONGEST_FORM
            limit_body(scope, longest if is_signed_in(scope["session"]) else LONGEST_OF_VISITORS)
        try:
            await self._app(scope, receive, send)
        finally:
            if _FORM in scope:
                await scope[_FORM].close()
