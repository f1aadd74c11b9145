"""What is told over HTTP when something is not done: the status of each code, and its texts in a reader's language.

Shared by the API, which answers with problem details, and the pages, which show an error page or say it on the next one.
Source: api.md, "Codes".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.routing import BaseRoute, Match

from approval.field_errors import field_error, json_pointer
from approval.model import MOST_ERRORS, FieldError
from crm import directory
from crm.pool import DATABASE_TROUBLE, Pool
from texts import Language, field_problem, refusal_text

MEDIA_TYPE: Final = "application/problem+json"

RETRY_AFTER: Final = 5
"""Seconds after which a client may try again, where nothing else is known."""

STATUS: Final[Mapping[str, int]] = {
    "host_not_allowed": 400,
    "unauthenticated": 401,
    "insufficient_user_authentication": 401,
    "forbidden": 403,
    "not_your_step": 403,
    "self_approval": 403,
    "not_signed": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "not_acceptable": 406,
    "not_connected": 409,
    "request_locked": 409,
    "request_busy": 409,
    "calendar_missing": 422,
    "encryption_key_missing": 409,
    "reminded_recently": 429,
    "step_closed": 409,
    "held": 409,
    "run_ended": 409,
    "not_completed": 409,
    "order_exists": 409,
    "undo_too_late": 409,
    "not_eligible": 409,
    "link_used": 410,
    "link_expired": 410,
    "too_many_forwards": 409,
    "not_scanned_yet": 409,
    "infected": 409,
    "stale_version": 412,
    "too_large": 413,
    "range_not_satisfiable": 416,
    "invalid": 422,
    "note_required": 422,
    "field_not_editable": 422,
    "approver_not_chosen": 422,
    "approver_not_eligible": 422,
    "no_eligible_approver": 422,
    "step_unsatisfiable": 422,
    "ceiling_exceeded": 422,
    "process_invalid": 422,
    "condition_too_costly": 422,
    "event_id_reused": 422,
    "idempotency_key_reused": 422,
    "if_match_required": 428,
    "too_many_requests": 429,
    "internal_error": 500,
    "engine_unavailable": 503,
    "issuer_unavailable": 503,
    "database_unavailable": 503,
    "storage_unavailable": 503,
}


def retry_after(code: str, params: Mapping[str, str]) -> int | None:
    """Seconds after which the same call may be done, as ``params`` say or in general; None: it will be answered the same."""
    if code in ("request_busy", "too_many_requests", "reminded_recently"):
        return int(params.get("seconds", "1"))
    return RETRY_AFTER if STATUS[code] in (429, 503) else None


class ProblemError(Exception):
    """A problem outside the domain: sign-in, limits, headers."""

    def __init__(self, code: str, *errors: FieldError, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
        self.errors = errors


class FieldProblem(BaseModel):
    """One wrong place: a JSON pointer (RFC 6901) into the body, and what is wrong there."""

    pointer: str = Field(examples=["/lines/0/quantity"])
    detail: str = Field(examples=["Giá trị phải lớn hơn 0"])


class Problem(BaseModel):
    """An error. ``code`` never changes; ``title`` and ``detail`` are for people, in their language."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] | None = Field(default=None, max_length=MOST_ERRORS)
    errors_left_out: int | None = Field(
        default=None,
        description=f"How many further places are wrong, where there are more than the {MOST_ERRORS} that `errors` lists.",
    )


async def describe(
    pool: Pool,
    code: str,
    params: Mapping[str, str],
    errors: tuple[FieldError, ...] = (),
    *,
    left_out: int = 0,
    language: Language,
    zone: ZoneInfo,
    at_pages: bool = False,
) -> Problem:
    """A problem in the reader's language, with people's names where the parameters hold usernames.

    Args:
        pool: the CRM directory, for people's names.
        code: the stable code.
        params: its parameters.
        errors: wrong places, if any.
        left_out: how many more there are than ``errors`` has.
        language: the reader's.
        zone: the company's time zone.
        at_pages: see ``texts.refusal_text``.
    """
    names: dict[str, str] = {}
    if params.get("actor"):
        try:
            names = await directory.names(pool, [params["actor"]])
        except (*DATABASE_TROUBLE, asyncpg.PostgresError):
            names = {}
    title, detail = refusal_text(code, params, language, zone=zone, names=names, at_pages=at_pages)
    return Problem(
        type=f"urn:problem:{code}",
        title=title,
        status=STATUS[code],
        detail=detail,
        code=code,
        errors=[
            FieldProblem(pointer=error.pointer, detail=field_problem(error.message, error.params, language))
            for error in errors
        ]
        or None,
        errors_left_out=left_out or None,
    )


def pointed(item: Mapping[str, Any]) -> FieldError:
    """One of pydantic's errors, without the part of the call that it was found in."""
    place = list(item["loc"])
    if place and place[0] in ("body", "query", "header", "path", "cookie"):
        place = place[1:]
    return field_error(item, json_pointer(place))


METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def allowed_methods(request: Request) -> list[str]:
    """The methods that the address of a call takes. The framework names those of one route, and each has its own."""
    routes: Sequence[BaseRoute] = request.app.router.routes
    scope = {name: value for name, value in request.scope.items() if name != "fastapi"}  # what it noted of this call
    return [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
