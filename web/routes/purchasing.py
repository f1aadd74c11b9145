"""Purchasing: what was approved, how far its goods have come, and entering that by hand where no system sends it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from admission import HEAVY
from application.purchase_requests import PurchaseRequests
from approval.model import Code, ProcessStatus, RefusedError, Role, refuse
from approval.purchasing import Ignored, PurchasingEvent
from approval.values import ShortText
from crm import lists, purchasing
from crm.list_filters import Filters
from crm.lists import DEFAULT_SORT, RequestItem
from crm.purchasing import Progress
from crm.receipts import Ledger
from texts import field_problem
from web.deps import PoolDep, ServiceDep
from web.download import workbook
from web.form_limit import read_form
from web.list_files import approved_columns, receipt_columns
from web.purchasing_page import Typed, purchasing_page
from web.rendering import Page, PageDep
from web.report_form import as_answer, questions, read_report

router = APIRouter()

PAGE_SIZE: Final = 25
NOT_REPORTED: Final = "-"
"""In the filter: requests without a purchase status."""


@router.get("/purchasing", openapi_extra=HEAVY)
async def list_completed(
    page: PageDep,
    pool: PoolDep,
    q: Annotated[ShortText, Query()] = "",
    purchase_status: ShortText = "",
    cursor: str | None = None,
) -> Response:
    """Approved requests, newest first, with their purchase status and what has come."""
    page.user.require_role(Role.PURCHASING)
    filters = _filters(q, purchase_status)
    found = await lists.page(pool, page.user.viewer, filters, sort=DEFAULT_SORT, limit=PAGE_SIZE, cursor=cursor)
    chosen = {"q": q, "purchase_status": purchase_status}
    return await page.render(
        "purchasing/list.html",
        found=found,
        progress=await purchasing.progress(pool, [item.id for item in found.items]),
        chosen=chosen,
        query={name: value for name, value in chosen.items() if value},
        not_reported=NOT_REPORTED,
        today=datetime.now(page.site.zone).date(),
        at_start=cursor is None,
    )


@router.get("/purchasing.xlsx", openapi_extra=HEAVY)
async def download(
    page: PageDep, pool: PoolDep, q: Annotated[ShortText, Query()] = "", purchase_status: ShortText = ""
) -> Response:
    """The same as an Excel file, all of it as far as one file holds."""
    page.user.require_role(Role.PURCHASING)
    filters = _filters(q, purchase_status)

    async def read(limit: int, cursor: str | None) -> _Approved:
        found = await lists.page(pool, page.user.viewer, filters, sort=DEFAULT_SORT, limit=limit, cursor=cursor)
        come = await purchasing.progress(pool, [item.id for item in found.items])
        return _Approved([(item, come[item.id]) for item in found.items], found.next_cursor)

    return await workbook("approved-requests", page.gettext("Approved requests"), approved_columns(page), read)


@router.get("/purchasing/{request_id}/receipts.xlsx", openapi_extra=HEAVY)
async def download_receipts(request_id: UUID, page: PageDep, service: ServiceDep) -> Response:
    """What was reported of the goods of a request, the newest first, as an Excel file."""
    page.user.require_role(Role.PURCHASING)
    record = await service.get(page.user, request_id)

    async def read(limit: int, cursor: str | None) -> Ledger:
        return await service.ledger(record, limit=limit, cursor=cursor)

    name = f"{record.number}-receipts"
    return await workbook(name, page.gettext("Reported so far"), receipt_columns(page, record), read)


class _Approved(NamedTuple):
    """A part of the list, each with how far its goods have come."""

    items: list[tuple[RequestItem, Progress]]
    next_cursor: str | None


def _filters(q: str, purchase_status: str) -> Filters:
    return Filters(
        q=q,
        process_status=(ProcessStatus.COMPLETED,),
        purchase_status=(purchase_status,) if purchase_status not in ("", NOT_REPORTED) else (),
        not_reported=purchase_status == NOT_REPORTED,
    )


@router.get("/purchasing/{request_id}", openapi_extra=HEAVY)
async def show(request_id: UUID, page: PageDep, pool: PoolDep, service: ServiceDep) -> Response:
    """One approved request: what was reported, and the forms to report and to order by hand."""
    page.user.require_role(Role.PURCHASING)
    record = await service.get(page.user, request_id)
    return await purchasing_page(page, pool, record)


@router.post("/purchasing/{request_id}")
async def report(request: Request, request_id: UUID, page: PageDep, pool: PoolDep, service: ServiceDep) -> Response:
    """Report what was entered in the form: an event like the purchasing system's own, of now. What would look wrong is asked
    about first; whoever says that it is so is taken at their word, and it is flagged.
    """
    page.user.require_role(Role.PURCHASING)
    record = await service.get(page.user, request_id)
    fields = {name: str(value) for name, value in (await read_form(request)).items()}
    typed = read_report(record, fields, page.formats)
    if typed.wrong:
        in_words = {
            name: field_problem(error.message, error.params, page.language) for name, error in typed.wrong.items()
        }
        return await purchasing_page(page, pool, record, status=422, report=Typed(fields=fields, errors=in_words))
    purchase_status = fields.get("purchase_status", "")
    is_new = purchase_status != fields.get("shown/purchase_status", "")
    if not typed.lines and not is_new:
        page.tell("info", page.gettext("Nothing was changed"), page.gettext("There is nothing to report."))
        return page.redirect(f"/purchasing/{request_id}")
    asked = questions(record, status=purchase_status if is_new else None, lines=typed.lines)
    if asked and fields.get("confirmed") != as_answer(asked) and record.process_status is ProcessStatus.COMPLETED:
        return await purchasing_page(page, pool, record, status=422, report=Typed(fields=fields, asked=tuple(asked)))
    try:
        event = PurchasingEvent(
            event_id=f"manual-{UUID(fields.get('event_id', ''))}",
            occurred_at=datetime.now(UTC),
            request_number=record.number,
            purchase_status=purchase_status if is_new else None,
            lines=typed.lines,
        )
    except ValueError as error:
        raise refuse(Code.INVALID) from error
    await _apply(page, service, event)
    return page.redirect(f"/purchasing/{request_id}")


async def _apply(page: Page, service: PurchaseRequests, event: PurchasingEvent) -> None:
    """Take the event by the same rules as one that a system sends, and say what came of it."""
    try:
        applied = await service.report(
            page.user, event, statuses=tuple(page.site.purchase_statuses), at=event.occurred_at, by_hand=True
        )
    except RefusedError as error:
        if error.refusal.code is Code.EVENT_ID_REUSED:  # the browser's button "back" led to a form that had been sent
            page.tell(
                "danger",
                page.gettext("This form was sent before, with other values"),
                page.gettext("Nothing was changed this time. Enter again here what should be."),
            )
        else:
            await page.tell_refusal(error)
        return
    if applied.reason is Ignored.OLDER:
        page.tell(
            "warning",
            page.gettext("A newer report is there already"),
            page.gettext("The purchasing system has reported these values for a later time; nothing was changed."),
        )
    else:  # sent twice is reported once
        page.tell("success", page.gettext("Reported"), page.gettext("Everybody who sees the request sees it now."))
