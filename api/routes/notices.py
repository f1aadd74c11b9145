"""``/notices``: the bell; and ``/me/notice-settings``: how somebody wants to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import ConfigDict, Field

from admission import HEAVY
from api.deps import CallerDep, LanguageDep, PoolDep, ZoneDep, get_limit
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application import notices
from application.notices import SettingsDraft, SettingsView
from approval.model import Frozen, Input
from approval.notice_kinds import NoticeKind
from texts import notice_said, notice_text

router = APIRouter(route_class=IdempotentRoute, tags=["notices"], responses=ANSWERS)


class NoticeOut(Frozen):
    """Something that the caller was told. `text` says it in the caller's language, `note` is what somebody said with it."""

    id: UUID
    kind: NoticeKind
    type: Annotated[str, Field(examples=["assignment.opened"])]
    request_id: UUID | None
    """Null, with an empty number: it is about an endpoint, whose `endpoint_id` and `name` are among the facts."""
    number: Annotated[str, Field(examples=["YCMH-2026-000001"])]
    actor: str
    text: Annotated[str, Field(examples=["YCMH-2026-000001 đang chờ bạn quyết định."])]
    note: str
    facts: dict[str, Any]
    """As they were when it happened."""
    at: datetime
    read_at: datetime | None


class Notices(Frozen):
    """One page of notices, how many are unread in all (100: that many or more), and the cursor of the next page."""

    items: tuple[NoticeOut, ...]
    unread: int
    next_cursor: str | None


class ReadNotices(Input):
    """Which notices were read: the ids of some; left out or null: all."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": ["019ac1a0-0000-7000-8000-000000000001"]}, {}]})

    ids: Annotated[tuple[UUID, ...], Field(max_length=200)] | None = None


class Unread(Frozen):
    """How many notices are unread; 100: that many or more."""

    unread: int


@router.get("/notices", response_model=Notices, openapi_extra=HEAVY)
async def list_notices(
    caller: CallerDep,
    pool: PoolDep,
    language: LanguageDep,
    zone: ZoneDep,
    limit: Annotated[int, Depends(get_limit)],
    unread: bool = False,
    cursor: str | None = None,
) -> Notices:
    """List what the caller was told, the newest first.

    With `unread=true` it is what they have not read. Whoever is asked to decide has read that when it is decided, by whomever.
    """
    page = await notices.page(pool, caller, unread=unread, limit=limit, cursor=cursor)
    items = tuple(
        NoticeOut(
            id=one.id,
            kind=NoticeKind(one.kind),
            type=one.type,
            request_id=one.request_id,
            number=str(one.facts.get("number", "")),
            actor=str(one.facts.get("actor", "")),
            text=notice_text(one.type, one.facts, language, zone=zone, names=page.names, reader=caller.username),
            note=notice_said(one.facts),
            facts=dict(one.facts),
            at=one.created_at,
            read_at=one.read_at,
        )
        for one in page.items
    )
    return Notices(items=items, unread=page.unread, next_cursor=page.next_cursor)


@router.post("/notices/read", response_model=Unread, dependencies=POST, responses=documented("invalid"))
async def read_notices(body: ReadNotices, caller: CallerDep, pool: PoolDep) -> Unread:
    """Note that the caller has read some of their notices, or all. An id that is none of theirs changes nothing."""
    return Unread(unread=await notices.mark_read(pool, caller, body.ids))


@router.get("/me/notice-settings", response_model=SettingsView)
async def get_notice_settings(caller: CallerDep, pool: PoolDep) -> SettingsView:
    """Read how the caller is told: where they are written to, in which language, and how soon of what."""
    return await notices.settings_of(pool, caller)


@router.put("/me/notice-settings", response_model=SettingsView, responses=documented("invalid"))
async def put_notice_settings(body: SettingsDraft, caller: CallerDep, pool: PoolDep) -> SettingsView:
    """Choose what comes by mail, too, and how soon, and what comes to the caller's devices.

    For each kind of notice `email` is `at_once`, `daily` (the next working morning) or `off`, and `push` is whether it is told on
    devices; a kind that is left out is as usual. The bell has everything. Devices are switched on at the pages, in the browser itself.
    """
    return await notices.change_settings(pool, caller, body)
