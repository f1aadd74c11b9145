"""Protection against cross-site request forgery: a token in the session, to be sent back with every write.

Forms carry it in a field, htmx and scripts in a header. What a page shows is masked anew each time, so that
compression gives nothing of it away (BREACH).
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any, Final

from fastapi import Request

from approval.model import Code, refuse
from web.form_limit import read_form
from web.session import FORMS

FIELD: Final = "csrf_token"
HEADER: Final = "X-CSRF-Token"
_MARK: Final = "x-without-session"
WITHOUT_SESSION: Final[dict[str, Any]] = {_MARK: True}
"""For a route's ``openapi_extra``: its address is a secret that no other site knows, and it reads no session."""
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BYTES: Final = 24


def token(request: Request) -> str:
    """The session's token, masked."""
    secret = bytes.fromhex(request.session.setdefault(FORMS, secrets.token_hex(_BYTES)))
    mask = secrets.token_bytes(_BYTES)
    return (mask + _xor(secret, mask)).hex()


async def check(request: Request) -> None:
    """Refuse a write that does not carry the session's token, or that another site's page sends.

    Raises:
        RefusedError: ``forbidden``.
    """
    if request.method in _SAFE:
        return
    if another_site_asks(request):
        raise refuse(Code.FORBIDDEN, variant="csrf")
    if (getattr(request.scope.get("route"), "openapi_extra", None) or {}).get(_MARK):
        return
    sent = request.headers.get(HEADER)
    if sent is None:
        sent = str((await read_form(request)).get(FIELD, ""))
    if not hmac.compare_digest(_unmask(sent), request.session.get(FORMS, "-").encode()):
        raise refuse(Code.FORBIDDEN, variant="csrf")


def another_site_asks(request: Request) -> bool:
    """Whether a page of another site, or of another host of this one, made the browser call. Old browsers do not say."""
    return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def _unmask(sent: str) -> bytes:
    try:
        both = bytes.fromhex(sent)
    except ValueError:
        return b""
    return _xor(both[_BYTES:], both[:_BYTES]).hex().encode() if len(both) == 2 * _BYTES else b""


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
