"""The list of purchase requests, and one of them: its run, its goods, its story, and what its owner does with it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from api.deps import PoolDep
from approval.model import ProcessStatus
from crm import lists
from crm.lists import DEFAULT_SORT, Filters
from web.rendering import PageDep

router = APIRouter()

PAGE_SIZE: Final = 25


@router.get("/requests")
async def list_requests(
    page: PageDep,
    pool: PoolDep,
    q: Annotated[str, Query(max_length=200)] = "",
    process_status: str = "",
    purchase_status: str = "",
    owner: str = "",
    cursor: str | None = None,
) -> Response:
    """The requests that the caller may see, newest first."""
    filters = Filters(
        q=q,
        process_status=tuple(status for status in ProcessStatus if status == process_status),
        purchase_status=(purchase_status,) if purchase_status else (),
        owner=owner or None,
    )
    found = await lists.page(pool, page.user.viewer, filters, sort=DEFAULT_SORT, limit=PAGE_SIZE, cursor=cursor)
    chosen = {"q": q, "process_status": process_status, "purchase_status": purchase_status, "owner": owner}
    return await page.render(
        "requests/list.html",
        found=found,
        chosen=chosen,
        query={name: value for name, value in chosen.items() if value},
        statuses=tuple(ProcessStatus),
        at_start=cursor is None,
    )
