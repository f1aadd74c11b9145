"""Signing in and out, and the choice of language."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from application.recent_sign_in import RecentSignIn
from application.sign_in_claims import SignInClaims
from approval.model import Code, refuse
from approval.values import ShortText
from crm import directory
from problems import ProblemError
from texts import LANGUAGES
from web import csrf
from web.deps import PoolDep
from web.held_form import DONE
from web.rendering import Page, PageDep, PublicPageDep
from web.session import local_path, sign_in, sign_out, sign_out_everywhere
from web.sign_in import CALLBACK, OpenIdSignIn
from web.site import Site

log = structlog.get_logger(__name__)

router = APIRouter()

_A_YEAR: Final = 365 * 24 * 60 * 60
_NEXT: Final = "next"
_AGAIN: Final = "again"


@router.get("/sign-in")
async def sign_in_page(page: PublicPageDep, pool: PoolDep, next: str = "/") -> Response:  # noqa: A002
    """Pick a user of the demo, or go to the issuer."""
    people = [] if page.openid else await directory.everyone(pool)
    return await page.render("account/sign_in.html", people=people, next=local_path(next))


@router.post("/sign-in")
async def sign_in_demo(
    request: Request,
    page: PublicPageDep,
    username: Annotated[ShortText, Form()],
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Sign in a user of the demo; there is no such way outside it."""
    if page.openid:
        raise refuse(Code.NOT_FOUND)
    await sign_in(request, username, authenticated_at=datetime.now(UTC))
    return page.redirect(local_path(next))


@router.get("/sign-in/openid")
async def begin(request: Request, next: str = "/", again: bool = False) -> Response:  # noqa: A002
    """Go to the issuer; with ``again``, it asks whoever has signed in there before, too.

    Nobody is signed in without having wanted it: a page of another site leads no further than to the sign-in page.
    """
    openid = _openid(request)
    if csrf.another_site_asks(request):
        return RedirectResponse(f"/sign-in?next={quote(local_path(next), safe='/')}", status_code=303)
    site: Site = request.app.state.site
    request.session.update({_NEXT: local_path(next), _AGAIN: again})
    return await openid.begin(request, within=site.reauthenticate_within if again else None)


@router.get(CALLBACK)
async def finish(request: Request) -> Response:
    """Back from the issuer."""
    person = await _openid(request).finish(request)
    recent_sign_in: RecentSignIn = request.app.state.recent_sign_in
    if request.session.get(_AGAIN) and not recent_sign_in.is_recent(person.authenticated_at):
        log.warning("the issuer did not ask again who somebody is", auth_time=person.authenticated_at)
        raise ProblemError("unauthenticated")
    claims: SignInClaims = request.app.state.sign_in_claims
    await claims.take(person.username, person.claims)
    wanted = local_path(request.session.get(_NEXT))
    await sign_in(request, person.username, authenticated_at=person.authenticated_at)
    return RedirectResponse(wanted, status_code=303)


@router.get(DONE)
async def done(page: PageDep) -> Response:
    """Signed in, for a form that waits in another window."""
    return await page.render("account/done.html")


@router.post("/sign-out")
async def leave(request: Request, page: PublicPageDep) -> Response:
    """End the session, the issuer's too where it can."""
    await sign_out(request)
    return await _left(page)


@router.post("/sign-out/everywhere")
async def leave_everywhere(request: Request, page: PublicPageDep) -> Response:
    """End every session of whoever is signed in."""
    if page.caller is not None:
        await sign_out_everywhere(request, page.caller)
        page.tell("success", page.gettext("You are signed out everywhere"))
    return await _left(page)


@router.post("/language")
async def choose_language(
    page: PublicPageDep,
    language: Annotated[str, Form()],
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Choose the language of the pages."""
    answer = page.redirect(local_path(next))
    if language in LANGUAGES:
        name, secure = page.site.cookie("language"), page.site.https
        answer.set_cookie(name, language, max_age=_A_YEAR, samesite="lax", httponly=True, secure=secure)
    return answer


async def _left(page: Page) -> Response:
    return page.redirect(await page.openid.sign_out_address() if page.openid else "/sign-in")


def _openid(request: Request) -> OpenIdSignIn:
    openid: OpenIdSignIn | None = request.app.state.openid
    if openid is None:
        raise refuse(Code.NOT_FOUND)
    return openid
