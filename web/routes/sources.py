"""Sales orders and opportunities: lists, and one of them with its goods and its purchase requests."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from admission import HEAVY
from approval.incoming import SourceType
from approval.values import ShortText
from crm import lists, sources
from crm.list_filters import Filters
from crm.lists import DEFAULT_SORT
from crm.sources import find
from web.changes import Differences, Proposals
from web.deps import PoolDep
from web.download import workbook
from web.list_files import source_columns
from web.rendering import PageDep

PAGE_SIZE: Final = 25
RELATED: Final = 50
"""Requests shown on a source's page; the list of requests has the rest."""


def source_pages(kind: SourceType, path: str) -> APIRouter:
    """The pages of one kind of source, which differ in nothing but the kind."""
    router = APIRouter()

    @router.get(path, name=f"{kind} list page", openapi_extra=HEAVY)
    async def list_sources(
        page: PageDep, pool: PoolDep, q: Annotated[ShortText, Query()] = "", cursor: str | None = None
    ) -> Response:
        """All of them, newest first; a search finds those that were cancelled, too."""
        found = await sources.page(pool, kind, q=q, limit=PAGE_SIZE, cursor=cursor, with_cancelled=bool(q))
        return await page.render(
            "sources/list.html",
            kind=kind,
            base=path,
            found=found,
            q=q,
            query={"q": q} if q else {},
            at_start=not cursor,
        )

    @router.get(f"{path}.xlsx", name=f"{kind} file", openapi_extra=HEAVY)
    async def download(page: PageDep, pool: PoolDep, q: Annotated[ShortText, Query()] = "") -> Response:
        """The same as an Excel file, all of it as far as one file holds."""

        async def read(limit: int, cursor: str | None) -> sources.SourcePage:
            return await sources.page(pool, kind, q=q, limit=limit, cursor=cursor, with_cancelled=bool(q))

        is_order = kind is SourceType.SALES_ORDER
        sheet = page.gettext("Sales orders") if is_order else page.gettext("Opportunities")
        return await workbook(path.strip("/"), sheet, source_columns(page), read)

    @router.get(f"{path}/{{source_id}}", name=f"{kind} page", openapi_extra=HEAVY)
    async def show(source_id: UUID, page: PageDep, pool: PoolDep) -> Response:
        """One, with its goods, how much of each line is already requested, and the requests made from it."""
        source = await find(pool, kind, source_id)
        related = await lists.page(
            pool, page.user.viewer, Filters(source_id=source_id), sort=DEFAULT_SORT, limit=RELATED, cursor=None
        )
        return await page.render(
            "sources/page.html",
            kind=kind,
            base=path,
            source=source,
            no_proposals=Proposals(),
            no_changes=Differences(),
            related=related,
        )

    return router


orders = source_pages(SourceType.SALES_ORDER, "/orders")
opportunities = source_pages(SourceType.OPPORTUNITY, "/opportunities")
