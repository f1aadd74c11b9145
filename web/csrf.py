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
from hosts import origin_of
from web.form_limit import read_form
from web.session import FORMS, SignInNeededError, is_signed_in
from web.site import Site

FIELD: Final = "csrf_token"
HEADER: Final = "X-CSRF-Token"
_MARK: Final = "x-without-session"
WITHOUT_SESSION: Final[dict[str, Any]] = {_MARK: True}
"""For a route's ``openapi_extra``: its address is a secret that no other site knows, and it reads no session."""
_UI_MARK: Final = "x-from-temporal-ui"
FROM_TEMPORAL_UI: Final[dict[str, Any]] = {_UI_MARK: True}
"""For a route's ``openapi_extra``: pages of the Temporal UI may call it too, which have no token. It must change nothing."""
_FOR_VISITORS: Final = ("/sign-in", "/sign-out", "/language")
"""What the addresses of forms begin with that need nobody to be signed in."""
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
        SignInNeededError: nobody is signed in in this browser, so that no form of it can be anybody's.
    """
    if request.method in _SAFE:
        return
    extra = getattr(request.scope.get("route"), "openapi_extra", None) or {}
    if another_site_asks(request) and not (extra.get(_UI_MARK) and _temporal_ui_asks(request)):
        raise refuse(Code.FORBIDDEN, variant="csrf")
    if extra.get(_MARK):
        return
    if needs_sign_in(request):
        raise SignInNeededError
    if extra.get(_UI_MARK):
        return
    sent = request.headers.get(HEADER)
    if sent is None:
        sent = str((await read_form(request)).get(FIELD, ""))
    if not hmac.compare_digest(_unmask(sent), request.session.get(FORMS, "-").encode()):
        raise refuse(Code.FORBIDDEN, variant="csrf")


def needs_sign_in(request: Request) -> bool:
    """Whether a form was sent by nobody who is signed in, and is none that visitors send."""
    return not is_signed_in(request.session) and not request.url.path.startswith(_FOR_VISITORS)


def another_site_asks(request: Request) -> bool:
    """Whether a page of another site, or of another host of this one, made the browser call. Old browsers do not say."""
    return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def _temporal_ui_asks(request: Request) -> bool:
    site: Site = request.app.state.site
    return bool(site.temporal_ui_url) and request.headers.get("origin") == origin_of(site.temporal_ui_url)


def _unmask(sent: str) -> bytes:
    try:
        both = bytes.fromhex(sent)
    except ValueError:
        return b""
    return _xor(both[_BYTES:], both[:_BYTES]).hex().encode() if len(both) == 2 * _BYTES else b""


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
