"""``Idempotency-Key`` on every POST: the first answer again for the same call, a refusal for another one.

A key is claimed only for a caller who is known and within the limit of writes, where a repeated call counts as well:
nobody else has anything written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final
from uuid import UUID

import structlog
from fastapi import Depends, Header, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError

from api.bodies import BoundedRoute, Handler
from api.deps import admit, get_admin, get_buyer, get_purchasing
from api.problems import answer_refusal, on_problem, on_validation
from application.caller import Caller
from approval.model import Code, FieldError, RefusedError, refuse
from crm import idempotency, requests
from crm.pool import DATABASE_TROUBLE, Pool
from problems import ProblemError

log = structlog.get_logger(__name__)

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
_KEPT: Final = ("content-type", "location", "etag")
_LONGEST: Final = 255
LONGEST_KEPT: Final = 64 * 1024
"""Bytes of an answer that is kept."""


async def _document_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            description="The same key and body twice is done once; the first answer comes again, "
            "or what is there by then if that answer had more than 64 KB."
        ),
    ] = None,
) -> None:
    """Puts the header into the OpenAPI document; the route itself reads it."""


POST: Final = (Depends(_document_key),)
"""Dependencies of every POST route."""


def key_of(request: Request) -> str | None:
    """The key that came with a call, if any.

    Raises:
        ProblemError: ``invalid``.
    """
    key = request.headers.get(HEADER)
    if key is not None and not 0 < len(key) <= _LONGEST:
        raise ProblemError(
            "invalid", FieldError(pointer="/Idempotency-Key", message="key_length", params={"most": str(_LONGEST)})
        )
    return key


class IdempotentRoute(BoundedRoute):
    """A route for callers with a token, whose POST is done once for each key."""

    async def admit(self, request: Request) -> None:
        """See ``BoundedRoute``: whoever has no good token, or makes too many calls."""
        await admit(request)

    async def respond(self, request: Request, handle: Handler) -> Response:
        """Claim the key before the call is done; keep the answer after it."""
        key = key_of(request)
        if request.method != "POST" or key is None:
            return await handle(request)
        pool = request.app.state.pool
        who = await admit(request)
        caller = who.username
        call = idempotency.fingerprint(request.method, request.url.path, await self.said(request))
        claim = await idempotency.claim(pool, caller, key, call)
        if not claim.same_call:
            raise ProblemError("idempotency_key_reused")
        if claim.answer is not None:
            await self._require_still_open(request, who)
            return _replay(claim.answer)
        request.state.subject_id = claim.subject_id
        response = await _handled(request, handle)
        if response.status_code == 401:  # the run may know the call's command as refused for the token
            await idempotency.release(pool, caller, key)
        if not _is_kept(response):
            return response
        headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
        first = idempotency.Answer(status=response.status_code, headers=headers, body=bytes(response.body))
        return await _first_answer(pool, caller, key, first) or response

    async def said(self, request: Request) -> bytes:
        """What a call says, which must be the same under the same key."""
        return await request.body()

    async def _require_still_open(self, request: Request, caller: Caller) -> None:
        """Refuse a kept answer to whoever may not make the call any more, or may not see any more what it is about.

        Raises:
            RefusedError: ``forbidden``, ``not_found``.
        """
        called = set(_called(self.dependant))
        for require in (get_admin, get_buyer, get_purchasing):
            if require in called:
                await require(caller)
        about = request.path_params.get("request_id")
        if about is not None and not await requests.visible(request.app.state.pool, [UUID(about)], caller.viewer):
            raise refuse(Code.NOT_FOUND)


def _called(dependant: Dependant) -> Iterator[object]:
    """Everything that a route depends on."""
    for needed in dependant.dependencies:
        yield needed.call
        yield from _called(needed)


def _is_kept(response: Response) -> bool:
    """Whether the same call gets this answer again: not if it says to try again, nor that there is nothing, which a report
    of purchasing is told of a request that is not completed yet; nor if it is too long to be stored, or has a secret in it.

    Then the same call is done again, with the ids that it had: it makes nothing twice, and is told what is there by then.
    """
    again = response.status_code >= 500 or response.status_code in (401, 404) or "retry-after" in response.headers
    is_secret = response.headers.get("cache-control") == "no-store"
    return not again and not is_secret and len(response.body) <= LONGEST_KEPT


async def _first_answer(pool: Pool, caller: str, key: str, given: idempotency.Answer) -> Response | None:
    """Keep an answer; another one, if a second try of the same call, made at the same time, was answered before."""
    try:
        first = await idempotency.remember(pool, caller, key, given)
    except DATABASE_TROUBLE as error:  # the call is done: its answer holds, and a second try makes the same thing
        log.warning("an answer could not be kept for its Idempotency-Key", error=repr(error))
        return None
    return _replay(first) if first is not None else None


def _replay(answer: idempotency.Answer) -> Response:
    return Response(answer.body, status_code=answer.status, headers=dict(answer.headers) | {REPLAYED: "true"})


async def _handled(request: Request, handle: Handler) -> Response:
    """The handler's answer, its refusals included."""
    try:
        return await handle(request)
    except RefusedError as error:
        return await answer_refusal(request, error.refusal)
    except ProblemError as error:
        return await on_problem(request, error)
    except RequestValidationError as error:
        return await on_validation(request, error)
