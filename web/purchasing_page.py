"""The page of one approved request for those who buy: what was reported and ordered, and what was typed into its forms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from fastapi import Response
from uuid_utils.compat import uuid7

from application.warnings import purchase_warnings
from approval.model import Action, Frozen, ProcessStatus
from approval.purchase_flags import Flagged
from approval.purchase_proposals import proposals
from approval.values import EXACT, plain
from crm import purchasing, receipts
from crm.pool import Pool
from crm.records import LineRecord, RequestRecord
from texts import flag_question
from web.list_files import receipt_kinds
from web.order_changes import order_shown
from web.rendering import Page
from web.report_form import as_answer


class Typed(Frozen):
    """What somebody typed into a form, what is wrong with it, and what they are asked."""

    fields: Mapping[str, str] = {}
    errors: Mapping[str, str] = {}
    """In words, by input name."""
    asked: tuple[Flagged, ...] = ()
    more_asked: tuple[str, ...] = ()
    """Further questions, in words."""


NOTHING: Typed = Typed()
MOST_RECEIPTS: Final = 200
"""Rows of the ledger on the page; all of them are in the file."""


async def purchasing_page(
    page: Page,
    pool: Pool,
    record: RequestRecord,
    *,
    status: int = 200,
    report: Typed = NOTHING,
    ordering: Typed = NOTHING,
) -> Response:
    """The page, with its two forms as they were typed."""
    approved = [line for line in record.lines if line.decision is None]
    reports = await purchasing.reports(pool, record.id)
    has_receipts = any(report.receipts for report in reports)
    proposed = proposals(tuple(page.site.purchase_statuses), record.purchase_status)
    return await page.render(
        "purchasing/report.html",
        status=status,
        record=record,
        order=order_shown(record),
        completed=record.process_status is ProcessStatus.COMPLETED,
        lines={line.id: line for line in record.lines},
        approved=approved,
        warnings=[one.detail for one in purchase_warnings(record.purchase_status, record.lines, page.language)],
        reports=reports,
        ledger=await receipts.ledger(pool, record.id, limit=MOST_RECEIPTS, cursor=None) if has_receipts else None,
        receipt_kinds=receipt_kinds(page),
        approval=next((note for note in reversed(record.notes) if note.action is Action.APPROVE), None),
        proposals=proposed,
        proposed=None if report.fields else proposed.of(record.lines),
        plain=plain,
        typed=report.fields,
        errors=report.errors,
        asked=_in_words(report, page.language),
        confirmed=as_answer(report.asked),
        orders=_orders(record),
        ordering=ordering.fields,
        order_errors=ordering.errors,
        order_asked=_in_words(ordering, page.language),
        order_confirmed=as_order_answer(ordering),
        still_to_order={line.id: _still_to_order(line) for line in approved},
        supplier=next((line.supplier for line in approved if line.supplier), ""),
        event_id=uuid7(),
    )


def as_order_answer(order: Typed) -> str:
    """What the form of an order carries to say that its questions were seen."""
    return " ".join((as_answer(order.asked), *order.more_asked)).strip()


def _in_words(typed: Typed, language: str) -> list[str]:
    return [*typed.more_asked, *(flag_question(one.flag, one.params, language) for one in typed.asked)]


def _still_to_order(line: LineRecord) -> Decimal:
    return max(EXACT.subtract(line.quantity, line.on_purchase_orders), Decimal(0))


def _orders(record: RequestRecord) -> list[dict[str, Any]]:
    """The purchase orders of a request, each with what it has of its lines."""
    found: dict[UUID, dict[str, Any]] = {}
    for line in record.lines:
        for order in line.purchase_orders:
            of_order = found.setdefault(order.id, {"order": order, "lines": []})
            of_order["lines"].append((line, order.quantity))
    return list(found.values())
