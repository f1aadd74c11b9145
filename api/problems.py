"""Errors as RFC 9457 problem details, in the caller's language, with stable codes. Source: api.md, "Codes"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from application.recent_sign_in import SignInAgainError
from approval.field_errors import PYDANTIC
from approval.model import MOST_ERRORS, Code, FieldError, Refusal, RefusedError
from crm.pool import is_wrong_argument
from file_transfer import range_headers
from problems import MEDIA_TYPE, STATUS, Problem, ProblemError, allowed_methods, describe, pointed, retry_after
from texts import negotiate, refusal_text

log = structlog.get_logger(__name__)


async def answer(
    request: Request,
    code: str,
    params: Mapping[str, str] | None = None,
    errors: tuple[FieldError, ...] = (),
    *,
    left_out: int = 0,
    headers: Mapping[str, str] | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """The HTTP answer for a problem."""
    problem = await describe(
        request.app.state.pool,
        code,
        params or {},
        errors,
        left_out=left_out,
        language=negotiate(request.headers.get("accept-language")),
        zone=request.app.state.zone,
    )
    sent = dict(headers or {})
    seconds = retry_after(code, params or {})
    if seconds is not None:
        sent["Retry-After"] = str(seconds)
    if problem.status == 401 and "WWW-Authenticate" not in sent:
        sent["WWW-Authenticate"] = _challenge(code, params or {})
    body = problem.model_dump(exclude_none=True) | dict(extensions or {})
    return JSONResponse(body, status_code=problem.status, headers=sent, media_type=MEDIA_TYPE)


def _challenge(code: str, params: Mapping[str, str]) -> str:
    """What a better token would be. Source: RFC 6750, 3; RFC 9470, 3."""
    if code == Code.INSUFFICIENT_USER_AUTHENTICATION:
        seconds = 60 * int(params["minutes"])
        return f'Bearer error="{code}", error_description="a more recent sign-in is needed", max_age="{seconds}"'
    error = params.get("error")  # of a token that came; without one there is nothing to say
    return f'Bearer error="{error}"' if error else "Bearer"


async def on_refusal(request: Request, error: Exception) -> JSONResponse:
    """A refusal of the domain."""
    assert isinstance(error, RefusedError)  # noqa: S101 - registered for this class only
    return await answer_refusal(request, error.refusal)


async def answer_refusal(request: Request, refusal: Refusal, **more: Any) -> JSONResponse:
    """The HTTP answer for a refusal."""
    return await answer(request, refusal.code, refusal.params, refusal.errors, left_out=refusal.errors_left_out, **more)


async def on_problem(request: Request, error: Exception) -> JSONResponse:
    """A problem outside the domain."""
    assert isinstance(error, ProblemError)  # noqa: S101
    return await answer(
        request, error.code, error.params, error.errors, headers=range_headers(error.code, error.params)
    )


async def on_storage_trouble(request: Request, error: Exception) -> JSONResponse:
    """The bytes of files cannot be reached."""
    log.warning("the file storage is away", error=str(error))
    return await answer(request, "storage_unavailable")


async def on_sign_in_again(request: Request, error: Exception) -> JSONResponse:
    """Something that cannot be undone, asked for with a token of somebody who signed in too long ago."""
    assert isinstance(error, SignInAgainError)  # noqa: S101
    minutes = int(error.within.total_seconds()) // 60
    return await answer(request, Code.INSUFFICIENT_USER_AUTHENTICATION, {"minutes": str(minutes)})


async def on_validation(request: Request, error: Exception) -> JSONResponse:
    """A body, query or path that does not fit its schema."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    if any(item["loc"][:1] == ("path",) for item in error.errors()):
        return await answer(request, "not_found")
    found = list(_deepest(error.errors()))
    errors = tuple(_wrong(error, item) for item in found[:MOST_ERRORS])
    return await answer(request, "invalid", errors=errors, left_out=len(found) - len(errors))


def _wrong(error: RequestValidationError, item: Mapping[str, Any]) -> FieldError:
    """One wrong place. What is wrong with the body as a whole is told as what to do about it."""
    if item["type"] == "json_invalid":
        before = str(error.body)[: item["loc"][-1]]
        place = {"line": str(before.count("\n") + 1), "column": str(len(before) - before.rfind("\n"))}
        return FieldError(pointer="", message="json_unreadable", params=place)
    if item["loc"] == ("body",) and (item["type"] == "missing" or isinstance(item["input"], bytes)):
        return FieldError(pointer="", message="json_body")  # nothing came, or it was not declared to be JSON
    return pointed(item)


async def on_http(request: Request, error: Exception) -> JSONResponse:
    """What the framework refuses by itself: unknown paths and methods."""
    assert isinstance(error, HTTPException)  # noqa: S101
    code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "invalid")
    unreadable = error.status_code == 400  # the framework could not even decode a JSON body
    errors = (FieldError(pointer="", message=PYDANTIC["pydantic.json_invalid"]),) if unreadable else ()
    headers = {"Allow": ", ".join(allowed_methods(request))} if error.status_code == 405 else error.headers
    return await answer(request, code, {"most": error.detail}, errors=errors, headers=headers)


async def on_disconnect(request: Request, error: Exception) -> JSONResponse:
    """Whoever called went away before all of the body was there; nobody reads this answer."""
    return await answer(request, "invalid")


async def on_database_trouble(request: Request, error: Exception) -> JSONResponse:
    """The database is away, or what looks like it is a defect of ours."""
    if is_wrong_argument(error):
        log.error("internal error", exc_info=error)
        return await answer(request, "internal_error")
    log.warning("the database is away", error=repr(error))
    return await answer(request, "database_unavailable")


async def on_refused_value(request: Request, error: Exception) -> JSONResponse:
    """A value that got past its schema and that the database cannot hold."""
    if is_wrong_argument(error):
        return await on_database_trouble(request, error)
    log.warning("the database refused a value", error=repr(error))
    return await answer(request, "invalid")


async def on_internal_error(request: Request, error: Exception) -> JSONResponse:
    """A defect; the server logs it."""
    return await answer(request, "internal_error")


def _deepest(found: Sequence[Any]) -> Iterator[Any]:
    """Without "at least one item" of a list whose items are there but wrong, which pydantic reports besides."""
    places = [item["loc"] for item in found]
    for item in found:
        place = item["loc"]
        if item["type"] != "too_short" or not any(
            len(other) > len(place) and other[: len(place)] == place for other in places
        ):
            yield item


EVERY_ROUTE: Final = (
    "unauthenticated",
    "forbidden",
    "not_found",
    "invalid",
    "too_many_requests",
    "database_unavailable",
    "issuer_unavailable",
)
"""What any authenticated route can answer."""


_AGAIN: Final[dict[str, Any]] = {
    "Retry-After": {
        "description": "Seconds after which the same call may be done, where that can help",
        "schema": {"type": "integer", "minimum": 1},
    }
}


def documented(*codes: str, public: bool = False) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for the codes that a route can answer with, one example each.

    A route's responses replace those of its router status by status, so each status also has the codes of
    ``EVERY_ROUTE``, unless the route is ``public``.
    """
    statuses = {STATUS[code] for code in codes}
    more = () if public else (code for code in EVERY_ROUTE if code not in codes and STATUS[code] in statuses)
    codes = (*codes, *more)
    by_status: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        status = STATUS[code]
        response = by_status.setdefault(
            status,
            {"model": Problem, "description": "", "content": {MEDIA_TYPE: {"examples": {}}}},
        )
        if retry_after(code, {}) is not None:
            response["headers"] = _AGAIN
        title, detail = refusal_text(
            code, {"most": "1 MB", "minutes": "15", "kinds": "application/json, text/csv"}, "en", zone=ZoneInfo("UTC")
        )
        response["description"] = (response["description"] + f" `{code}`").strip()
        response["content"][MEDIA_TYPE]["schema"] = {"$ref": "#/components/schemas/Problem"}
        response["content"][MEDIA_TYPE]["examples"][code] = {
            "value": {
                "type": f"urn:problem:{code}",
                "title": title,
                "status": status,
                "detail": detail,
                "code": code,
            }
        }
    return by_status
