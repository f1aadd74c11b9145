"""``/connectors/amis``: the connection to AMIS CRM, whose orders are read. For admins, but for hints, which are signed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from pydantic import ConfigDict, Field

from admission import HEAVY
from api.bodies import BoundedRoute
from api.deps import AdminDep, LanguageDep, get_limit
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application.amis import AmisConnection, AmisDraft, AmisView, Tried
from approval.model import Frozen, Input
from crm.connector_items import Failure, OwnerName
from texts import Language
from texts.connectors import failure_text

router = APIRouter(prefix="/connectors/amis", route_class=IdempotentRoute, tags=["connectors"], responses=ANSWERS)
hints = APIRouter(prefix="/connectors/amis", route_class=BoundedRoute, tags=["connectors"])


class SyncOrder(Input):
    """What is to be read: what has changed, or everything, so that what is gone is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [{"everything": False}]})

    everything: bool = False


class FailureView(Failure):
    """Something that could not be taken from AMIS: `reason` is a code, `detail` says it in the caller's language."""

    detail: str

    @classmethod
    def of(cls, failure: Failure, language: Language) -> FailureView:
        """A stored one, in a language."""
        detail = failure_text(failure.reason, failure.params, language)
        return cls(**failure.model_dump(), detail=detail)


class FailureList(Frozen):
    """One page of what could not be taken, and the cursor of the next."""

    items: tuple[FailureView, ...]
    next_cursor: str | None


class OwnerNames(Frozen):
    """Names by which AMIS calls owners, those that nobody knows first."""

    items: tuple[OwnerName, ...]


class Assignment(Input):
    """Whom a name of AMIS means; null: nobody that is known."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [{"name": "Hoàng Thị Lan", "username": "sales2"}]}
    )

    name: Annotated[str, Field(min_length=1, max_length=200)]
    username: Annotated[str, Field(min_length=1, max_length=200)] | None


async def get_amis(request: Request) -> AmisConnection:
    """What admins do with the connection."""
    amis: AmisConnection = request.app.state.amis
    return amis


AmisDep = Annotated[AmisConnection, Depends(get_amis)]


@router.get("", response_model=AmisView)
async def show_amis(caller: AdminDep, amis: AmisDep) -> AmisView:
    """Show how AMIS is reached and what came of the last passes; admins only. Secrets are never shown."""
    return await amis.get(caller)


@router.put("", response_model=AmisView, responses=documented("invalid", "forbidden", "encryption_key_missing"))
async def set_amis(body: AmisDraft, caller: AdminDep, amis: AmisDep) -> AmisView:
    """Connect AMIS, or change how it is reached; admins only.

    Everything is read once, then every minute what has changed. With another address, client or names of fields everything is
    read anew. The address must be on the public internet, unless a setting of the installation names its network.
    """
    return await amis.put(caller, body)


@router.post(
    "/test", response_model=Tried, dependencies=POST, responses=documented("not_found", "encryption_key_missing")
)
async def test_amis(caller: AdminDep, amis: AmisDep) -> Tried:
    """Try now whether AMIS can be reached with what is set; admins only. Nothing is taken."""
    return await amis.try_out(caller)


@router.post(
    "/sync",
    status_code=202,
    response_model=AmisView,
    dependencies=POST,
    responses=documented("not_found", "engine_unavailable"),
)
async def sync_amis(body: SyncOrder, caller: AdminDep, amis: AmisDep) -> AmisView:
    """Read now what has changed in AMIS, or everything; admins only. One pass is made at a time."""
    await amis.sync(caller, everything=body.everything)
    return await amis.get(caller)


@router.post(
    "/write",
    status_code=202,
    response_model=AmisView,
    dependencies=POST,
    responses=documented("not_found", "engine_unavailable"),
)
async def write_amis(caller: AdminDep, amis: AmisDep) -> AmisView:
    """Try again now what orders of AMIS could not be told of the requests made from them; admins only."""
    await amis.write_again(caller)
    return await amis.get(caller)


@router.get("/failures", response_model=FailureList, openapi_extra=HEAVY)
async def list_amis_failures(
    caller: AdminDep,
    amis: AmisDep,
    language: LanguageDep,
    limit: Annotated[int, Depends(get_limit)],
    cursor: str | None = None,
) -> FailureList:
    """List what could not be taken from AMIS, the newest first, with the reason; admins only. All of it is tried again."""
    page = await amis.failures(caller, limit=limit, cursor=cursor)
    items = tuple(FailureView.of(failure, language) for failure in page.items)
    return FailureList(items=items, next_cursor=page.next_cursor)


@router.post(
    "/failures/{failure_id}/retry",
    status_code=202,
    response_model=FailureView,
    dependencies=POST,
    responses=documented("not_found", "engine_unavailable"),
)
async def retry_amis_failure(failure_id: UUID, caller: AdminDep, amis: AmisDep, language: LanguageDep) -> FailureView:
    """Have something that could not be taken from AMIS tried again now; admins only."""
    return FailureView.of(await amis.retry(caller, failure_id), language)


@router.get("/people", response_model=OwnerNames)
async def list_amis_people(caller: AdminDep, amis: AmisDep) -> OwnerNames:
    """List whom the names of owners in AMIS mean; admins only."""
    return OwnerNames(items=tuple(await amis.people(caller)))


@router.put("/people", response_model=OwnerNames, responses=documented("invalid", "not_found"))
async def assign_amis_name(body: Assignment, caller: AdminDep, amis: AmisDep) -> OwnerNames:
    """Say whom a name of an owner in AMIS means; admins only. What is theirs is taken again."""
    return OwnerNames(items=tuple(await amis.assign(caller, body.name, body.username)))


@hints.post(
    "/hint",
    status_code=204,
    dependencies=POST,
    responses=documented("not_signed", "invalid", "database_unavailable", public=True),
)
async def take_hint(
    request: Request,
    amis: AmisDep,
    x_signature: Annotated[str, Header(description="HMAC-SHA256 of the body with the secret of hints, in hex")] = "",
) -> None:
    """Say that something has changed in AMIS, so that it is read now; signed, without a token.

    The body may be anything: nothing of it is looked at. A few hints in a short time are one, and so is the same one again.
    """
    await amis.hint(await request.body(), x_signature)
