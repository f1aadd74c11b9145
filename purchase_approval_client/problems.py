"""Problem details (RFC 9457) as exceptions, which carry what was wrong and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import httpx

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True)
class FieldProblem:
    """One wrong place.

    Attributes:
        pointer: a JSON pointer into the body, or the name of a parameter or header: ``/lines/0/quantity``.
        detail: what is wrong there, in the language of the session.
    """

    pointer: str
    detail: str


class ProblemError(Exception):
    """A call that was not done.

    Attributes:
        status: the HTTP status.
        code: the stable code, for programs; ``unexpected`` where the answer was no problem of this API.
        title: the problem in a few words, in the language of the session.
        detail: what happened, and who did what before.
        errors: the wrong places, at most as many as the API lists.
        errors_left_out: how many there are besides.
        retry_after: seconds after which the same call may be done; None: it will be answered the same.
        location: where something was kept, such as the request of a refused save-and-send.
        more: further members of the problem, such as ``purchase_request``.
    """

    def __init__(
        self,
        *,
        status: int,
        code: str,
        title: str,
        detail: str,
        errors: tuple[FieldProblem, ...] = (),
        errors_left_out: int = 0,
        retry_after: float | None = None,
        location: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail or title}")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors
        self.errors_left_out = errors_left_out
        self.retry_after = retry_after
        self.location = location
        self.more: Mapping[str, Any] = more or {}


class UnauthenticatedError(ProblemError):
    """401: no token, or one that is no good or too old."""


class ForbiddenError(ProblemError):
    """403: the caller may not do this."""


class NotFoundError(ProblemError):
    """404: there is no such thing, or the caller may not see it."""


class ConflictError(ProblemError):
    """409: what the call asks for does not fit how things stand by now."""


class StaleVersionError(ProblemError):
    """412 or 428: the request has changed since it was read, or the version that was read is not said."""


class InvalidError(ProblemError):
    """422: something is wrong with what was sent; see ``errors``."""


class TooManyRequestsError(ProblemError):
    """429: over what one user may do; waiting longer than the session's patience would help."""


class UnavailableError(ProblemError):
    """503: something that the system needs is away."""


class NotAppliedYetError(Exception):
    """A decision that was taken durably and not applied in the time that the session waits; it is never lost.

    Attributes:
        request_id: of the request.
        command_id: under which its outcome will be: ``Session.outcome``.
    """

    def __init__(self, request_id: UUID, command_id: UUID) -> None:
        super().__init__(f"command {command_id} of request {request_id} is taken and not applied yet")
        self.request_id = request_id
        self.command_id = command_id


_KINDS: Final[Mapping[int, type[ProblemError]]] = {
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: StaleVersionError,
    428: StaleVersionError,
    422: InvalidError,
    429: TooManyRequestsError,
    503: UnavailableError,
}

_NAMED: Final = {"type", "title", "status", "detail", "code", "errors", "errors_left_out"}


def problem_of(response: httpx.Response) -> ProblemError:
    """The exception of an answer of 400 or more, whose body has been read."""
    kind = _KINDS.get(response.status_code, ProblemError)
    found: dict[str, Any] = {}
    if response.headers.get("content-type", "").startswith(MEDIA_TYPE):
        found = response.json()
    return kind(
        status=response.status_code,
        code=found.get("code", "unexpected"),
        title=found.get("title", response.reason_phrase),
        detail=found.get("detail", "" if found else response.text[:500]),
        errors=tuple(FieldProblem(item["pointer"], item["detail"]) for item in found.get("errors") or ()),
        errors_left_out=found.get("errors_left_out") or 0,
        retry_after=retry_after(response),
        location=response.headers.get("location"),
        more={name: value for name, value in found.items() if name not in _NAMED},
    )


def retry_after(response: httpx.Response) -> float | None:
    """Seconds after which the same call may be done, if the answer says so."""
    said = response.headers.get("retry-after", "")
    return float(said) if said.isdigit() else None
