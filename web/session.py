"""Who is signed in to the pages, in which language they read, and what they are told on the next page.

Whatever routes depend on is a coroutine, for the reason that ``web.deps`` gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from urllib.parse import quote

import structlog
from fastapi import Depends, Request
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp

import admission
from application.caller import Caller
from crm import directory, lists
from texts import LANGUAGES, Language, negotiate
from web.site import Site

LANGUAGE_COOKIE: Final = "language"
LIFETIME_SECONDS: Final = 12 * 60 * 60
_USER: Final = "user"
_MESSAGES: Final = "messages"

Kind = Literal["success", "warning", "danger", "info"]


class SignInNeededError(Exception):
    """Nobody is signed in; the answer is the way to the sign-in page."""


def with_session(app: ASGIApp, site: Site) -> SessionMiddleware:
    """The session middleware: a signed cookie that scripts cannot read and other sites' forms do not carry."""
    return SessionMiddleware(
        app,
        site.session_secret,
        session_cookie="session",
        max_age=LIFETIME_SECONDS,
        same_site="lax",
        https_only=site.base_url.startswith("https://"),
    )


def sign_in(request: Request, username: str) -> None:
    """Begin a session of this user; nothing of an earlier one is kept."""
    request.session.clear()
    request.session[_USER] = username


def is_signed_in(session: Mapping[str, object]) -> bool:
    """Whether this is the session of somebody who has signed in, whether or not they still may."""
    return _USER in session


def sign_out(request: Request) -> None:
    """End the session."""
    request.session.clear()


async def get_visitor(request: Request) -> Caller | None:
    """Whoever is signed in, if anybody is, and is still an active user, once it is their turn.

    Raises:
        ProblemError: ``too_many_requests``.
    """
    username = request.session.get(_USER)
    if username:
        await admission.admit(request, username)
    return await find_visitor(request)


async def find_visitor(request: Request) -> Caller | None:
    """Whoever is signed in, whether or not it is their turn; how many requests wait on them is noted for
    ``count_waiting``, since every page shows it.
    """
    username = request.session.get(_USER)
    found = await directory.find_active_with_inbox(request.app.state.pool, username) if username else None
    if found is None:
        return None
    member, reports, request.state.waiting = found
    return Caller.of(member, reports)


async def count_waiting(request: Request, visitor: Caller) -> int:
    """How many requests wait on whoever is signed in: as it was at the beginning of a call that only reads, as it is now
    in one that may have changed it.
    """
    if request.method == "GET":
        waiting: int = request.state.waiting
        return waiting
    return await lists.inbox_size(request.app.state.pool, visitor.username)


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
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return next((language for language in LANGUAGES if language == chosen), None) or negotiate(
        request.headers.get("accept-language")
    )


def tell(request: Request, kind: Kind, title: str, detail: str = "") -> None:
    """Have the next page say something."""
    request.session[_MESSAGES] = [*request.session.get(_MESSAGES, []), [kind, title, detail]]


def take_messages(request: Request) -> list[tuple[str, str, str]]:
    """What the page is to say, which is then forgotten."""
    return [(kind, title, detail) for kind, title, detail in request.session.pop(_MESSAGES, [])]


def local_path(wanted: str | None) -> str:
    """``wanted`` if it is an address on this site, or else the start page: nobody is sent elsewhere by a link."""
    if wanted and wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable():
        return wanted
    return "/"


def sign_in_address(request: Request) -> str:
    """The sign-in page, which leads back to where the visitor wanted to go."""
    if request.method != "GET":
        return "/sign-in"
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='/')}"


CallerDep = Annotated[Caller, Depends(get_caller)]
VisitorDep = Annotated[Caller | None, Depends(get_visitor)]
LanguageDep = Annotated[Language, Depends(get_language)]
