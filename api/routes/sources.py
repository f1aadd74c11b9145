"""``/sales-orders`` and ``/opportunities``: what requests are made from."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from admission import HEAVY
from api.deps import CallerDep, LanguageDep, PoolDep, get_limit
from api.routes import ANSWERS
from application.filling import FilledDraft, draft_from
from approval.incoming import SourceType
from approval.values import ShortText
from crm import lists, sources
from crm.list_filters import Filters
from crm.lists import DEFAULT_SORT, Page
from crm.sources import Source, SourcePage, find


def source_router(kind: SourceType, path: str) -> APIRouter:
    """The routes of one kind of source, which differ in nothing but the kind."""
    one, all_of_them = kind.replace("_", " "), path.strip("/").replace("-", " ")
    name, names = one.replace(" ", "_"), all_of_them.replace(" ", "_")
    router = APIRouter(prefix=path, tags=[all_of_them], responses=ANSWERS)

    @router.get(
        "",
        name=f"list_{names}",
        response_model=SourcePage,
        description=f"List {all_of_them}, newest first.",
        openapi_extra=HEAVY,
    )
    async def list_sources(
        caller: CallerDep,
        pool: PoolDep,
        limit: Annotated[int, Depends(get_limit)],
        q: Annotated[ShortText, Query()] = "",
        cursor: str | None = None,
    ) -> SourcePage:
        return await sources.page(pool, kind, q=q, limit=limit, cursor=cursor)

    @router.get(
        "/{source_id}",
        name=f"get_{name}",
        response_model=Source,
        description=f"Read one {one}, with its goods and how much of each line is already requested.",
    )
    async def get_source(source_id: UUID, caller: CallerDep, pool: PoolDep) -> Source:
        return await find(pool, kind, source_id)

    @router.get(
        "/{source_id}/purchase-requests",
        name=f"list_requests_of_{name}",
        response_model=Page,
        description=f"List the purchase requests made from one {one} that the caller may see (DSLQ Yêu cầu mua hàng).",
        openapi_extra=HEAVY,
    )
    async def related(
        source_id: UUID,
        caller: CallerDep,
        pool: PoolDep,
        limit: Annotated[int, Depends(get_limit)],
        cursor: str | None = None,
    ) -> Page:
        await find(pool, kind, source_id)
        filters = Filters(source_id=source_id)
        return await lists.page(pool, caller.viewer, filters, sort=DEFAULT_SORT, limit=limit, cursor=cursor)

    @router.get(
        "/{source_id}/purchase-request-draft",
        name=f"fill_from_{name}",
        response_model=FilledDraft,
        description=f"Fill in a body for `POST /purchase-requests` from one {one}; nothing is saved.",
    )
    async def draft(source_id: UUID, caller: CallerDep, pool: PoolDep, language: LanguageDep) -> FilledDraft:
        return draft_from(await find(pool, kind, source_id), language)

    return router


sales_orders = source_router(SourceType.SALES_ORDER, "/sales-orders")
opportunities = source_router(SourceType.OPPORTUNITY, "/opportunities")
