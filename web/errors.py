"""Errors as pages, with the same codes and the same words as the API's problem details."""

from __future__ import annotations

from urllib.parse import urlsplit

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from application.attachments.storage import StorageUnavailableError
from application.recent_sign_in import SignInAgainError
from approval.model import Code, Refusal, RefusedError, refuse
from crm.pool import DATABASE_TROUBLE, REFUSED_VALUE, is_wrong_argument
from problems import STATUS, ProblemError, allowed_methods, pointed, retry_after
from web import csrf
from web.held_form import hold
from web.rendering import Page
from web.session import SignInNeededError, get_language, get_visitor, is_signed_in, local_path, sign_in_address

log = structlog.get_logger(__name__)


def add_handlers(pages: FastAPI) -> None:
    """Have every error answered with a page."""
    pages.add_exception_handler(SignInNeededError, _on_sign_in_needed)
    pages.add_exception_handler(SignInAgainError, _on_sign_in_again)
    pages.add_exception_handler(RefusedError, _on_error)
    pages.add_exception_handler(ProblemError, _on_error)
    pages.add_exception_handler(StorageUnavailableError, _on_storage_trouble)
    pages.add_exception_handler(RequestValidationError, _on_validation)
    pages.add_exception_handler(HTTPException, _on_http)
    for trouble in DATABASE_TROUBLE:
        pages.add_exception_handler(trouble, _on_database_trouble)
    pages.add_exception_handler(REFUSED_VALUE, _on_refused_value)
    pages.add_exception_handler(Exception, _on_internal_error)


async def _on_sign_in_needed(request: Request, error: Exception) -> Response:
    address = sign_in_address(request)
    if "hx-request" in request.headers:  # htmx would put the sign-in page into a part of this one
        leaves = request.method == "GET"  # and whoever has typed something stays on it until they send it
        return Response(status_code=204, headers={"HX-Redirect": address} if leaves else {})
    if request.method == "POST":
        page = Page(request, await get_language(request), None)
        if is_signed_in(request.session):
            return await hold(page)
        page.tell(
            "warning",
            page.gettext("You are not signed in any more"),
            page.gettext("Nothing was done yet. Sign in, then go on where you were."),
        )
    return RedirectResponse(address, status_code=303)


async def _on_sign_in_again(request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInAgainError)  # noqa: S101
    page = Page(request, await get_language(request), await get_visitor(request))
    return await hold(page, within=error.within, renewed=error.recorded)


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, (RefusedError, ProblemError))  # noqa: S101 - registered for these classes only
    return await _page(request, error)


async def _on_validation(request: Request, error: Exception) -> Response:
    """An address or query that does not fit: to a person, there is nothing at it. What they wrote in a form that was at its
    place is refused with the reason.
    """
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    if any(item["loc"][0] != "body" for item in error.errors()):
        return await _page(request, RefusedError(Refusal(code=Code.NOT_FOUND)))
    return await _page(request, refuse(Code.INVALID, *(pointed(item) for item in error.errors())))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 413 and csrf.needs_sign_in(request):  # with a session it would not be too long
        return await _on_sign_in_needed(request, error)
    code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "invalid")
    response = await _page(request, ProblemError(code, most=error.detail))
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(allowed_methods(request))
    return response


async def _on_database_trouble(request: Request, error: Exception) -> Response:
    if is_wrong_argument(error):
        log.error("internal error", exc_info=error)
        return await _page(request, ProblemError("internal_error"))
    return await _page(request, ProblemError("database_unavailable"))


async def _on_storage_trouble(request: Request, error: Exception) -> Response:
    log.warning("the file storage is away", error=str(error))
    return await _page(request, ProblemError("storage_unavailable"))


async def _on_refused_value(request: Request, error: Exception) -> Response:
    if is_wrong_argument(error):
        return await _on_database_trouble(request, error)
    log.warning("the database refused a value", error=repr(error))
    return await _page(request, RefusedError(Refusal(code=Code.INVALID)))


async def _on_internal_error(request: Request, error: Exception) -> Response:
    return await _page(request, ProblemError("internal_error"))


def _came_from(page: Page) -> str:
    """The page of ours on which the way to this one began; empty if none is known, or if it is this one."""
    came_from = urlsplit(page.request.headers.get("referer", ""))
    if came_from.netloc not in (page.request.url.netloc, urlsplit(page.site.base_url).netloc):
        return ""
    address = local_path(came_from.path + (f"?{came_from.query}" if came_from.query else ""))
    return "" if address == "/" or (page.request.method == "GET" and address == page.address) else address


async def _page(request: Request, error: RefusedError | ProblemError) -> Response:
    page = Page(request, await get_language(request), None)
    problem = await page.explain(error)
    status = STATUS[problem.code]
    if status < 500 and status != 429:
        try:
            page.caller = await get_visitor(request)
        except ProblemError as too_many:  # nobody had asked yet whose turn it is
            return await _page(request, too_many)
        except (*DATABASE_TROUBLE, asyncpg.PostgresError):
            log.warning("an error page without its navigation", code=problem.code)
    response = await page.render("error.html", status=status, problem=problem, came_from=_came_from(page))
    params = error.refusal.params if isinstance(error, RefusedError) else error.params
    seconds = retry_after(problem.code, params)
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response
