"""What routes are given: the pool, the service, the caller, the language.

All of them are coroutines, even those that wait for nothing: FastAPI would call a plain function in another thread.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Any, Final, get_args, get_origin
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from fastapi import Depends, Header, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from uuid_utils.compat import uuid7

import admission
from api.auth import InvalidTokenError, TokenVerifier
from application.attachments.attachments import RequestAttachments
from application.caller import Caller, load_caller
from application.purchase_requests import PurchaseRequests
from application.recent_sign_in import RecentSignIn
from application.undoing import Undoing
from approval.field_errors import json_pointer
from approval.model import Code, FieldError, Role, refuse
from crm.pool import Pool
from issuer import IssuerUnavailableError
from problems import ProblemError
from texts import Language, negotiate

log = structlog.get_logger(__name__)

_bearer = HTTPBearer(auto_error=False, description="A token of the OpenID Connect issuer, or of the demo")


async def get_pool(request: Request) -> Pool:
    """The CRM database."""
    pool: Pool = request.app.state.pool
    return pool


async def get_service(request: Request) -> PurchaseRequests:
    """The application service."""
    service: PurchaseRequests = request.app.state.service
    return service


async def get_undoing(request: Request) -> Undoing:
    """What people can take back."""
    undoing: Undoing = request.app.state.undoing
    return undoing


async def get_attachments(request: Request) -> RequestAttachments:
    """Files of requests."""
    attachments: RequestAttachments = request.app.state.attachments
    return attachments


async def get_language(request: Request) -> Language:
    """The caller's language, from ``Accept-Language``."""
    return negotiate(request.headers.get("accept-language"))


async def get_zone(request: Request) -> ZoneInfo:
    """The company's time zone."""
    zone: ZoneInfo = request.app.state.zone
    return zone


async def get_caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    """Whoever the bearer token was issued to; found out, and let in when it is their turn, once for each call.

    Raises:
        ProblemError: ``unauthenticated``, ``issuer_unavailable``, ``too_many_requests``.
        RefusedError: ``forbidden``: a good token of somebody who is not in the directory.
    """
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        caller = request.state.caller = await _find_caller(request, credentials)
    return caller


async def admit(request: Request) -> Caller:
    """Whoever calls, for a route that wants to know before its body is read or anything is written.

    Raises:
        ProblemError, RefusedError: see ``get_caller``.
    """
    return await get_caller(request, await _bearer(request))


async def _find_caller(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Caller:
    if credentials is None:
        raise ProblemError("unauthenticated")
    verifier: TokenVerifier = request.app.state.verifier
    try:
        identity = await verifier.identify(credentials.credentials)
    except InvalidTokenError as error:
        log.info("token refused", reason=error.reason, kid=error.key_id, claimed_issuer=error.claimed_issuer)
        raise ProblemError("unauthenticated", error="invalid_token") from error
    except IssuerUnavailableError as error:
        log.warning("the issuer of tokens is away", error=str(error))
        raise ProblemError("issuer_unavailable") from error
    await admission.admit(request, identity.username)
    caller = await load_caller(request.app.state.pool, identity.username, authenticated_at=identity.authenticated_at)
    if caller is None:
        log.info("token refused", reason="no_active_user", username=identity.username)
        raise refuse(Code.FORBIDDEN)
    structlog.contextvars.bind_contextvars(caller=identity.username)
    return caller


async def get_purchasing(caller: Annotated[Caller, Depends(get_caller)]) -> Caller:
    """The purchasing system; found out before the body is looked at.

    Raises:
        RefusedError: ``forbidden``.
    """
    caller.require_role(Role.PURCHASING)
    return caller


async def get_buyer(caller: Annotated[Caller, Depends(get_caller)]) -> Caller:
    """Somebody who buys, or an admin; found out before the body is looked at.

    Raises:
        RefusedError: ``forbidden``.
    """
    caller.require_role(Role.PURCHASING, Role.ADMIN)
    return caller


async def get_admin(caller: Annotated[Caller, Depends(get_caller)]) -> Caller:
    """A process admin; found out before the body is looked at.

    Raises:
        RefusedError: ``forbidden``.
    """
    caller.require_role(Role.ADMIN)
    return caller


async def get_recent_admin(request: Request, caller: Annotated[Caller, Depends(get_admin)]) -> Caller:
    """A process admin who has signed in lately, for what every later request goes through.

    Raises:
        RefusedError: ``forbidden``.
        SignInAgainError: they have not.
    """
    recent_sign_in: RecentSignIn = request.app.state.recent_sign_in
    recent_sign_in.require(caller)
    return caller


async def refuse_unknown_parameters(request: Request, caller: Annotated[Caller, Depends(get_caller)]) -> None:
    """Refuse a query with a parameter that the route does not take: a filter with a typing error would filter nothing.
    Nor is one taken twice that has one value: whoever looked at the call before us may have gone by the other one.

    Raises:
        RefusedError: ``invalid``.
    """
    if not request.query_params:
        return
    route = request.scope["route"]
    assert isinstance(route, APIRoute)  # noqa: S101 - a dependency of such routes
    known = {
        field.alias: _takes_several(field.field_info.annotation)
        for field in get_flat_params(route.dependant)
        if isinstance(field.field_info, Query)
    }
    given = Counter(name for name, _ in request.query_params.multi_items())
    unknown = "unknown_parameter" if known else "no_parameters"
    params = {"allowed": ", ".join(known)}
    wrong = {name: unknown for name in given if name not in known}
    wrong |= {name: "parameter_repeated" for name, times in given.items() if times > 1 and not known.get(name, True)}
    if wrong:
        raise refuse(
            Code.INVALID,
            *(FieldError(pointer=json_pointer([name]), message=wrong[name], params=params) for name in wrong),
        )


def _takes_several(annotation: Any) -> bool:
    return any(get_origin(kind) is list for kind in (annotation, *get_args(annotation)))


async def get_if_match(
    if_match: Annotated[str | None, Header(description="The ETag of what was read", examples=['"3"'])] = None,
) -> int | None:
    """The version that the caller holds to, if any.

    Raises:
        RefusedError: ``stale_version``: a tag that is not one of ours cannot be the current one.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    found = re.fullmatch(r'\s*(?:W/)?"(\d{1,9})"\s*', if_match)
    if found is None:
        raise refuse(Code.STALE_VERSION, given=if_match[:50])
    return int(found[1])


async def get_subject_id(request: Request) -> UUID:
    """The id of whatever this call makes; the same for every try under one idempotency key."""
    subject: UUID | None = getattr(request.state, "subject_id", None)
    return subject or uuid7()


MOST_ITEMS: Final = 200


async def get_limit(limit: int = 50) -> int:
    """Items of a page.

    Raises:
        RefusedError: ``invalid``.
    """
    if not 1 <= limit <= MOST_ITEMS:
        error = FieldError(pointer="/limit", message="limit_range", params={"most": str(MOST_ITEMS)})
        raise refuse(Code.INVALID, error)
    return limit


async def get_long_limit(limit: int = MOST_ITEMS) -> int:
    """Items of a page of what few have many of: as many as a page may have, unless fewer are asked for.

    Raises:
        RefusedError: ``invalid``.
    """
    return await get_limit(limit)


PoolDep = Annotated[Pool, Depends(get_pool)]
ServiceDep = Annotated[PurchaseRequests, Depends(get_service)]
UndoingDep = Annotated[Undoing, Depends(get_undoing)]
AttachmentsDep = Annotated[RequestAttachments, Depends(get_attachments)]
LanguageDep = Annotated[Language, Depends(get_language)]
ZoneDep = Annotated[ZoneInfo, Depends(get_zone)]
CallerDep = Annotated[Caller, Depends(get_caller)]
PurchasingDep = Annotated[Caller, Depends(get_purchasing)]
BuyerDep = Annotated[Caller, Depends(get_buyer)]
AdminDep = Annotated[Caller, Depends(get_admin)]
RecentAdminDep = Annotated[Caller, Depends(get_recent_admin)]
IfMatchDep = Annotated[int | None, Depends(get_if_match)]
SubjectDep = Annotated[UUID, Depends(get_subject_id)]
