"""What the columns of lists are as files: of the list of requests, the inbox, what was approved, what of
it is to be bought and has come, orders, opportunities and substitutions."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final

from approval.order_changes import ChangeKind
from approval.receipts import ReceiptKind
from approval.table import Cell
from crm.inbox import InboxItem
from crm.lists import RequestItem
from crm.purchasing import Progress
from crm.receipts import ReceiptRecord
from crm.records import RequestRecord
from crm.sources import SourceItem
from crm.substitutions import SubstitutionRecord
from crm.to_buy import LineToBuy
from texts import Language, heading_to_buy, order_change_mark, process_status_label
from web.download import Columns
from web.rendering import Page, purchase_status_label


def request_columns(page: Page, shown: Collection[str]) -> Columns[RequestItem]:
    """Of the list of requests.

    Args:
        shown: columns of the list; number and purpose are there always.
    """
    gettext = page.gettext
    columns: tuple[tuple[str, Columns[RequestItem]], ...] = (
        ("", _number(page)),
        ("request_date", [(gettext("Request date"), lambda item: item.request_date)]),
        ("owner", [(gettext("Owner"), lambda item: item.owner.name)]),
        ("", [(gettext("Purpose"), lambda item: item.purpose)]),
        ("customer", [(gettext("Customer"), lambda item: item.customer)]),
        ("source", [(gettext("Made from"), lambda item: item.source.number if item.source else None)]),
        (
            "process_status",
            [
                (gettext("Process status"), lambda item: process_status_label(item.process_status, page.language)),
                (gettext("Waits for"), lambda item: ", ".join(person.name for person in item.waiting_on)),
            ],
        ),
        ("purchase_status", [(gettext("Purchase status"), lambda item: _purchase_status(page, item))]),
        ("goods", [(gettext("Goods"), lambda item: ", ".join(item.goods))]),
        ("desired_delivery_date", [(gettext("Desired delivery date"), lambda item: item.desired_delivery_date)]),
        ("total", _amount(page)),
        ("updated_at", [(gettext("Last change"), lambda item: _time(page, item.updated_at))]),
    )
    return [column for name, parts in columns if name in {"", *shown} for column in parts]


def inbox_columns(page: Page) -> Columns[InboxItem]:
    """Of the inbox."""
    gettext = page.gettext
    return [
        *_number(page),
        (gettext("Owner"), lambda item: item.owner.name),
        (gettext("Customer"), lambda item: item.customer),
        (gettext("Purpose"), lambda item: item.purpose),
        (gettext("Goods"), lambda item: ", ".join(item.goods)),
        (gettext("Desired delivery date"), lambda item: item.desired_delivery_date),
        *_amount(page),
        (gettext("Waiting since"), lambda item: _time(page, item.opened_at)),
        (gettext("Decide by"), lambda item: _time(page, item.deadline)),
        (gettext("Whose decision"), lambda item: (item.acting_for or page.user.person).name),
        (gettext("Flag"), lambda item: gettext("Yes") if item.flagged else None),
    ]


def approved_columns(page: Page) -> Columns[tuple[RequestItem, Progress]]:
    """Of the requests that are to be bought."""
    gettext = page.gettext
    return [
        (gettext("Request number"), lambda row: row[0].number),
        (gettext("Owner"), lambda row: row[0].owner.name),
        (gettext("Customer"), lambda row: row[0].customer),
        (gettext("Purpose"), lambda row: row[0].purpose),
        (gettext("Goods"), lambda row: ", ".join(row[0].goods)),
        (gettext("Wanted by"), lambda row: row[0].desired_delivery_date),
        (gettext("Purchase status"), lambda row: _purchase_status(page, row[0])),
        (gettext("Lines received"), lambda row: f"{row[1].lines_received}/{row[1].lines}"),
        (gettext("Sales order"), lambda row: _sales_order(page.language, row[0])),
        (gettext("Amount"), lambda row: row[0].current_total),
        (gettext("Currency"), lambda row: row[0].currency),
    ]


def source_columns(page: Page) -> Columns[SourceItem]:
    """Of sales orders and opportunities."""
    gettext = page.gettext
    return [
        (gettext("Number"), lambda item: item.number),
        (gettext("Name"), lambda item: item.name),
        (gettext("Customer"), lambda item: item.customer),
        (gettext("Stage"), lambda item: item.stage),
        (gettext("Was cancelled"), lambda item: gettext("Yes") if item.cancelled else None),
        (gettext("Date"), lambda item: item.date),
        (gettext("Delivery date"), lambda item: item.delivery_date),
        (gettext("Delivery address"), lambda item: item.delivery_address),
        (gettext("Sales person"), lambda item: item.owner.name),
        (gettext("Value"), lambda item: item.total),
        (gettext("Currency"), lambda item: item.currency),
    ]


def receipt_columns(page: Page, record: RequestRecord) -> Columns[ReceiptRecord]:
    """Of what was reported of the goods of a request; ``approval.receipts`` says what its kinds mean."""
    gettext = page.gettext
    lines = {line.id: line for line in record.lines}
    kinds = receipt_kinds(page)
    return [
        (gettext("Request number"), lambda _: record.number),
        (gettext("Product code"), lambda row: row.product_code),
        (gettext("Description"), lambda row: lines[row.line_id].description if row.line_id in lines else None),
        (gettext("What was reported"), lambda row: kinds[row.kind]),
        (gettext("Quantity"), lambda row: row.quantity),
        (gettext("Unit"), lambda row: lines[row.line_id].unit if row.line_id in lines else None),
        (gettext("When it happened"), lambda row: _time(page, row.occurred_at)),
        (gettext("Reported at"), lambda row: _time(page, row.received_at)),
        (gettext("Reported by"), lambda row: row.reported_by.name if row.reported_by else None),
        (gettext("Counts"), lambda row: gettext("Yes") if row.counts else gettext("no, corrected later")),
    ]


def receipt_kinds(page: Page) -> dict[ReceiptKind, str]:
    """What the kinds of what is reported of goods are called."""
    return {
        ReceiptKind.RECEIVED: page.gettext("Received"),
        ReceiptKind.SENT_BACK: page.gettext("Sent back"),
        ReceiptKind.CORRECTED: page.gettext("In all, corrected"),
    }


def substitution_columns(page: Page) -> Columns[SubstitutionRecord]:
    """Of substitutions."""
    gettext = page.gettext
    return [
        (gettext("Who decides"), lambda one: one.substitute.name),
        (gettext("For whom"), lambda one: one.person.name),
        (gettext("From"), lambda one: _time(page, one.starts_at)),
        (gettext("Until"), lambda one: _time(page, one.ends_at)),
        (gettext("Processes"), lambda one: ", ".join(one.processes or ())),
        (gettext("Requests of people in"), lambda one: ", ".join(one.departments or ())),
        (gettext("Up to"), lambda one: one.ceiling.amount if one.ceiling else None),
        (gettext("Currency"), lambda one: one.ceiling.currency if one.ceiling else None),
        (gettext("Reason"), lambda one: one.reason),
        (gettext("Made by"), lambda one: one.made_by.name),
        (gettext("Revoked"), lambda one: _time(page, one.revoked_at)),
    ]


def columns_to_buy(language: Language) -> Columns[LineToBuy]:
    """Of what is to be bought: a line for each line of a request, those of one supplier together."""
    return [
        *((heading_to_buy(name, language), value) for name, value in _TO_BUY.items()),
        (heading_to_buy("order_change", language), lambda line: _order_change(language, line.order_change)),
    ]


_TO_BUY: Final[dict[str, Callable[[LineToBuy], Cell]]] = {
    "supplier": lambda line: line.supplier,
    "number": lambda line: line.number,
    "owner": lambda line: line.owner_name,
    "wanted_by": lambda line: line.desired_delivery_date,
    "product_code": lambda line: line.product_code,
    "description": lambda line: line.description,
    "warehouse": lambda line: line.warehouse,
    "unit": lambda line: line.unit,
    "quantity": lambda line: line.quantity,
    "ordered": lambda line: line.ordered,
    "received": lambda line: line.quantity_received,
    "missing": lambda line: line.quantity - line.quantity_received,
    "unit_price": lambda line: line.unit_price,
    "currency": lambda line: line.currency,
    "orders": lambda line: ", ".join(line.orders),
}
"""The value of each column, by its name."""


def _number(page: Page) -> Columns[RequestItem]:
    return [(page.gettext("Request number"), lambda item: item.number)]


def _amount(page: Page) -> Columns[RequestItem]:
    return [
        (page.gettext("Amount"), lambda item: item.current_total),
        (page.gettext("Currency"), lambda item: item.currency),
    ]


def _purchase_status(page: Page, item: RequestItem) -> Cell:
    return purchase_status_label(page.site, page.language, item.purchase_status) if item.purchase_status else None


def _sales_order(language: Language, item: RequestItem) -> Cell:
    changed = ChangeKind.LINE_CHANGED if item.order_changed else None
    return _order_change(language, ChangeKind.ORDER_CANCELLED if item.order_cancelled else changed)


def _order_change(language: Language, kind: ChangeKind | None) -> Cell:
    return order_change_mark(kind, language) if kind else None


def _time(page: Page, moment: datetime | None) -> Cell:
    """In the company's time zone."""
    return moment.astimezone(page.site.zone).replace(second=0, microsecond=0, tzinfo=None) if moment else None
