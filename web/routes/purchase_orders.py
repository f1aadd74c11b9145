"""Purchase orders by hand, and what is still to be bought, by supplier, on a page and as an Excel file."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from admission import HEAVY
from application.purchase_orders import PurchaseOrders
from approval.field_errors import field_error, json_pointer
from approval.model import Code, RefusedError, Role
from approval.order_changes import in_words, is_cancelled
from approval.purchase_orders import PurchaseOrderDraft
from approval.values import ShortText
from crm import to_buy
from crm.purchase_orders import PurchaseOrder
from crm.records import RequestRecord
from texts import field_problem, heading_to_buy
from web.deps import OrdersDep, PoolDep, ServiceDep
from web.download import workbook
from web.form_limit import read_form
from web.list_files import columns_to_buy
from web.purchasing_page import Typed, as_order_answer, purchasing_page
from web.rendering import Page, PageDep
from web.report_form import questions, read_quantities

router = APIRouter()

PAGE_SIZE: Final = 50


@router.get("/purchasing/to-buy", openapi_extra=HEAVY)
async def list_to_buy(
    page: PageDep,
    pool: PoolDep,
    q: Annotated[ShortText, Query()] = "",
    supplier: ShortText = "",
    open_only: ShortText = "",
    cursor: str | None = None,
) -> Response:
    """Lines of approved requests of which not all has come, those of one supplier together."""
    page.user.require_role(Role.PURCHASING)
    found = await to_buy.page(pool, supplier=supplier, q=q, not_ordered=bool(open_only), limit=PAGE_SIZE, cursor=cursor)
    chosen = {"q": q, "supplier": supplier, "open_only": open_only}
    return await page.render(
        "purchasing/to_buy.html",
        found=found,
        groups=[list(lines) for _, lines in groupby(found.items, key=lambda line: line.supplier.lower())],
        nobody=to_buy.NOBODY,
        chosen=chosen,
        query={name: value for name, value in chosen.items() if value},
        at_start=cursor is None,
    )


@router.get("/purchasing/to-buy.xlsx", openapi_extra=HEAVY)
async def download(
    page: PageDep,
    pool: PoolDep,
    q: Annotated[ShortText, Query()] = "",
    supplier: ShortText = "",
    open_only: ShortText = "",
) -> Response:
    """The same as an Excel file, all of it as far as one file holds."""
    page.user.require_role(Role.PURCHASING)

    async def read(limit: int, cursor: str | None) -> to_buy.ToBuy:
        return await to_buy.page(pool, supplier=supplier, q=q, not_ordered=bool(open_only), limit=limit, cursor=cursor)

    return await workbook("to-buy", heading_to_buy("sheet", page.language), columns_to_buy(page.language), read)


@router.get("/purchasing/{request_id}/orders")
async def order_again(request_id: UUID, page: PageDep, service: ServiceDep) -> Response:
    """Back to the page whose form is answered at this address: a page that is refreshed has no form to send."""
    page.user.require_role(Role.PURCHASING)
    record = await service.get(page.user, request_id)
    return page.redirect(f"/purchasing/{record.id}#orders")


@router.post("/purchasing/{request_id}/orders")
async def order(
    request: Request, request_id: UUID, page: PageDep, pool: PoolDep, service: ServiceDep, orders: OrdersDep
) -> Response:
    """Say by which purchase order goods of the request are bought. An order of this number keeps its lines of other requests."""
    page.user.require_role(Role.PURCHASING)
    record = await service.get(page.user, request_id)
    fields = {name: str(value) for name, value in (await read_form(request)).items()}
    draft, errors = _draft(page, record, fields)
    if draft is None:
        return await purchasing_page(page, pool, record, status=422, ordering=Typed(fields=fields, errors=errors))
    known = await orders.of_number(page.user, draft.number)
    typed = _asked(page, record, draft, known, fields)
    if (typed.asked or typed.more_asked) and fields.get("confirmed") != as_order_answer(typed):
        return await purchasing_page(page, pool, record, status=422, ordering=typed)
    await _place(page, orders, draft, record)
    return page.redirect(f"/purchasing/{request_id}#orders")


@router.post("/purchasing/{request_id}/orders/{order_id}/cancel")
async def cancel(
    request_id: UUID, order_id: UUID, page: PageDep, pool: PoolDep, service: ServiceDep, orders: OrdersDep
) -> Response:
    """Cancel a purchase order, for all of its requests."""
    page.user.require_role(Role.PURCHASING)
    await service.get(page.user, request_id)
    try:
        cancelled = await orders.cancel(page.user, order_id)
    except RefusedError as error:
        if error.refusal.code is Code.NOT_FOUND:
            raise
        await page.tell_refusal(error)
    else:
        said = page.gettext("Purchase order %(number)s is cancelled") % {"number": cancelled.number}
        page.tell("success", said)
    return page.redirect(f"/purchasing/{request_id}#orders")


def _draft(
    page: Page, record: RequestRecord, fields: dict[str, str]
) -> tuple[PurchaseOrderDraft | None, dict[str, str]]:
    """The order that was typed; or what is wrong with it, in words, by input name."""
    quantities, wrong = read_quantities(record, fields, page.formats)
    errors = {name: field_problem(error.message, error.params, page.language) for name, error in wrong.items()}
    if not quantities and not wrong:
        errors["lines"] = page.gettext("Say at least of one line how much of it is on this order.")
    lines = [
        {"request_number": record.number, "line_id": line_id, "quantity": quantity}
        for line_id, quantity in quantities.items()
    ]
    said = {"number": fields.get("number", ""), "supplier": fields.get("supplier", ""), "lines": lines}
    try:
        draft = PurchaseOrderDraft.model_validate(said)
    except ValidationError as error:
        for item in error.errors():
            name = str(item["loc"][0])
            if name == "lines" and wrong:
                continue  # they lack what could not be read
            problem = field_error(item, json_pointer(item["loc"]))
            errors.setdefault(name, field_problem(problem.message, problem.params, page.language))
        return None, errors
    return (None, errors) if errors else (draft, errors)


def _asked(
    page: Page, record: RequestRecord, draft: PurchaseOrderDraft, known: PurchaseOrder | None, fields: dict[str, str]
) -> Typed:
    """What is asked before an order is placed: whether it is meant to be put on one that is there, and what would look wrong."""
    had = {line.line_id: line.quantity for line in known.lines} if known and known.cancelled_at is None else {}
    more = {line.line_id: line.quantity - had.get(line.line_id, 0) for line in draft.lines}
    words: list[str] = []
    if known is not None and known.cancelled_at is not None:
        said = page.gettext("Purchase order %(number)s was cancelled. Place it again?")
        words.append(said % {"number": known.number})
    elif known is not None and {line.request_id for line in known.lines} != {record.id}:
        said = page.gettext("There is a purchase order %(number)s of %(supplier)s already. Put these goods on it?")
        words.append(said % {"number": known.number, "supplier": known.supplier})
    if known is not None and known.cancelled_at is None and known.supplier != draft.supplier:
        said = page.gettext("Purchase order %(number)s is of %(supplier)s. Change its supplier?")
        words.append(said % {"number": known.number, "supplier": known.supplier})
    words += _of_sales_order(page, record, draft)
    return Typed(fields=fields, asked=tuple(questions(record, ordered=more)), more_asked=tuple(words))


def _of_sales_order(page: Page, record: RequestRecord, draft: PurchaseOrderDraft) -> list[str]:
    """What is asked when the sales order of the goods is not any more what was approved."""
    if record.source is None:
        return []
    if is_cancelled(record.order_changes):
        said = page.gettext("Sales order %(number)s was cancelled. Buy its goods all the same?")
        return [said % {"number": record.source.number}]
    ordered = {line.line_id for line in draft.lines}
    changes = tuple(change for change in record.order_changes if change.line_id in ordered)
    if not changes:
        return []
    said = page.gettext("Sales order %(number)s has changed (%(changes)s). Buy the goods as they were approved?")
    return [said % {"number": record.source.number, "changes": in_words(changes)}]


async def _place(page: Page, orders: PurchaseOrders, draft: PurchaseOrderDraft, record: RequestRecord) -> None:
    try:
        placed = await orders.place_for(page.user, draft, record)
    except RefusedError as error:
        await page.tell_refusal(error)
        return
    said = page.gettext("The goods are on purchase order %(number)s") % {"number": placed.number}
    page.tell("success", said, page.gettext("Everybody who sees the request sees it now."))
