"""Who is signed in to the pages, in which language they read, and what they are told on the next page.

A signed cookie holds what is of the browser: the key of its session, if somebody is signed in, what they are told next, the
secret of its forms. Whether that session goes on is the database's to say (``application.sessions``), so that a copy of a cookie
is worth nothing once they have signed out. The cookie has no end of its own: hosts' clocks differ.

Whatever routes depend on is a coroutine, for the reason that ``web.deps`` gives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal
from urllib.parse import quote, urlsplit

import structlog
from fastapi import Depends, Request
from itsdangerous import TimestampSigner
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp

import admission
from application import notices
from application.caller import Caller
from application.sessions import Sessions
from approval.model import Code, refuse
from crm import inbox
from crm.sessions import name_of
from texts import LANGUAGES, Language, negotiate
from web.site import Site

log = structlog.get_logger(__name__)

REFRESH_HEADER: Final = "X-Refresh"
"""Sent by the script that refreshes an open page: what is to be said is kept for the page that people open."""
STREAM: Final = "/events"
"""Where open pages hear of changes."""
_BY_ITSELF: Final = (STREAM, "/codec/")
"""What the addresses begin with that open pages, and those of the Temporal UI, ask by themselves."""
FORMS: Final = "csrf"
"""What the forms of this browser are known by; see ``web.csrf``."""
_KEY: Final = "key"
_USER: Final = "user"
_MESSAGES: Final = "messages"
_FINISHED: Final = "finished_drafts"

Kind = Literal["success", "warning", "danger", "info"]


class SignInNeededError(Exception):
    """Nobody is signed in; the answer is the way to the sign-in page."""


def with_session(app: ASGIApp, site: Site) -> SessionMiddleware:
    """The session middleware: a signed cookie that scripts cannot read and other sites' forms do not carry."""
    middleware = SessionMiddleware(
        app,
        site.session_secret,
        session_cookie=site.cookie("session"),
        max_age=None,
        same_site="lax",
        https_only=site.https,
    )
    middleware.signer = signer(site.session_secret)
    return middleware


def signer(secret: str) -> TimestampSigner:
    """What signs the cookie: by default it would be SHA-1, which nothing new should be made with."""
    return TimestampSigner(secret, digest_method=hashlib.sha256, key_derivation="hmac")


async def sign_in(request: Request, username: str, *, authenticated_at: datetime | None) -> None:
    """Begin a session of this user. It has a key of its own. Nothing of an earlier one is kept, but that forms which the same
    person has open go on being good.

    Args:
        request: the call.
        username: who has signed in.
        authenticated_at: when they showed who they are, if that is known.

    Raises:
        RefusedError: ``forbidden``: no active user has this name.
    """
    key = await _sessions(request).begin(
        username, authenticated_at=authenticated_at, instead_of=request.session.get(_KEY)
    )
    if key is None:
        log.warning("a sign-in was refused", username=username, reason="no_active_user")
        raise refuse(Code.FORBIDDEN)
    log.info("signed in", caller=username, authenticated_at=authenticated_at and authenticated_at.isoformat())
    forms = {FORMS: request.session[FORMS]} if _is_theirs(request.session, username) else {}
    request.session.clear()
    request.session.update({_KEY: key, _USER: username, **forms})


def _is_theirs(session: Mapping[str, object], username: str) -> bool:
    """Whether this person was the last one to sign in here, and has forms open."""
    return session.get(_USER) == username and FORMS in session


def is_signed_in(session: Mapping[str, object]) -> bool:
    """Whether this is the session of somebody who has signed in, whether or not they still may."""
    return _KEY in session


async def sign_out(request: Request) -> None:
    """End the session: for whoever else has its cookie, too."""
    key = request.session.get(_KEY)
    if key is not None:
        await _sessions(request).end(key)
        log.info("signed out", caller=request.session[_USER])
    request.session.clear()


async def sign_out_everywhere(request: Request, visitor: Caller) -> None:
    """End all sessions of whoever is signed in, in whatever browser they are."""
    await _sessions(request).end_all(visitor.username)
    log.info("signed out everywhere", caller=visitor.username)
    request.session.clear()


async def get_visitor(request: Request) -> Caller | None:
    """Whoever is signed in, if anybody is, and is still an active user, once it is their turn.

    Raises:
        ProblemError: ``too_many_requests``.
    """
    key = request.session.get(_KEY)
    if key is not None and not _sessions(request).is_over(key):  # a copy of an old cookie takes nobody's turns
        await admission.admit(request, request.session[_USER])
    return await find_visitor(request)


async def find_visitor(request: Request) -> Caller | None:
    """Whoever is signed in, whether or not it is their turn; how many requests wait on them, and how many notices are unread, is noted for
    ``count_waiting`` and ``count_unread``, since every page shows it.
    """
    key = request.session.get(_KEY)
    if key is None:
        return None
    present = REFRESH_HEADER not in request.headers and not request.url.path.startswith(_BY_ITSELF)
    visitor = await _sessions(request).visitor(key, present=present)
    if visitor is None:
        return None
    request.state.waiting = visitor.waiting
    request.state.unread = visitor.unread
    return visitor.caller


def session_of(request: Request) -> str:
    """The session of whoever is signed in, by the name under which its end is told."""
    return name_of(request.session[_KEY])


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


async def count_waiting(request: Request, visitor: Caller) -> int:
    """How many requests wait on whoever is signed in: as it was at the beginning of a call that only reads, as it is now
    in one that may have changed it.
    """
    if request.method == "GET":
        waiting: int = request.state.waiting
        return waiting
    return await inbox.size(request.app.state.pool, visitor.username)


async def count_unread(request: Request, visitor: Caller) -> int:
    """How many notices whoever is signed in has not read; see ``count_waiting``."""
    if request.method == "GET":
        unread: int = request.state.unread
        return unread
    return await notices.count_unread(request.app.state.pool, visitor)


async def get_caller(request: Request, visitor: Annotated[Caller | None, Depends(get_visitor)]) -> Caller:
    """Whoever is signed in.

    Raises:
        SignInNeededError: nobody is.
    """
    if visitor is None:
        raise SignInNeededError
    structlog.contextvars.bind_contextvars(caller=visitor.username)
    return visitor


async def get_language(request: Request) -> Language:
    """The language that was chosen, or else the one that the browser prefers, or else Vietnamese."""
    site: Site = request.app.state.site
    chosen = request.cookies.get(site.cookie("language"))
    return next((language for language in LANGUAGES if language == chosen), None) or negotiate(
        request.headers.get("accept-language")
    )


def tell(request: Request, kind: Kind, title: str, detail: str = "") -> None:
    """Have the next page say something."""
    request.session[_MESSAGES] = [*request.session.get(_MESSAGES, []), [kind, title, detail]]


def take_messages(request: Request) -> list[tuple[str, str, str]]:
    """What the page is to say, which is then forgotten."""
    return [(kind, title, detail) for kind, title, detail in request.session.pop(_MESSAGES, [])]


def finish_draft(request: Request, draft: str) -> None:
    """Have the browser forget what it keeps of a form, with the next page: it is done with; see ``static/drafts.js``."""
    request.session[_FINISHED] = [*request.session.get(_FINISHED, []), draft]


def take_finished_drafts(request: Request) -> list[str]:
    """The drafts that the browser is to forget."""
    finished: list[str] = request.session.pop(_FINISHED, [])
    return finished


def local_path(wanted: str | None) -> str:
    """``wanted`` if it is an address on this site, or else the start page: nobody is sent elsewhere by a link."""
    if wanted and wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable():
        return wanted
    return "/"


def sign_in_address(request: Request) -> str:
    """The sign-in page, which leads back to where the visitor wanted to go, or to the page that the form stands on which
    they sent.
    """
    url = urlsplit(str(request.url) if request.method == "GET" else request.headers.get("referer", ""))
    if url.netloc != request.url.netloc:
        return "/sign-in"
    wanted = local_path(url.path + (f"?{url.query}" if url.query else ""))
    return "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='/')}"


CallerDep = Annotated[Caller, Depends(get_caller)]
VisitorDep = Annotated[Caller | None, Depends(get_visitor)]
LanguageDep = Annotated[Language, Depends(get_language)]
