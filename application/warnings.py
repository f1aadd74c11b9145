"""What of a request is worth a look and stops nothing, in words: of what was asked for, and of what purchasing reported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from approval.model import Frozen
from approval.purchase_flags import Bought, Flag, flags
from crm.records import LineRecord, RequestRecord
from texts import flag_text, number_text, translate

WHOLE_CURRENCIES: Final = frozenset({"VND", "JPY", "KRW"})
"""Currencies without a smaller unit: ``28.9`` dong are 28,900 typed in another language's manner."""


class RequestWarning(Frozen):
    """Something worth a look that stops nothing."""

    code: str
    pointer: str
    detail: str


def warnings_of(record: RequestRecord, language: str) -> list[RequestWarning]:
    """Everything that is worth a look about a request."""
    found = [warning for index, line in enumerate(record.lines) for warning in _of_line(record, index, line, language)]
    found += purchase_warnings(record.purchase_status, record.lines, language)
    if record.desired_delivery_date is not None and record.desired_delivery_date < record.request_date:
        detail = translate(language, "The desired delivery date is before the date of the request")
        found.append(RequestWarning(code="delivery_date_past", pointer="/desired_delivery_date", detail=detail))
    return found


def _of_line(record: RequestRecord, index: int, line: LineRecord, language: str) -> Iterator[RequestWarning]:
    if line.ordered is not None and line.requested is not None and line.requested > line.ordered:
        words = {
            "product": line.product_code,
            "requested": number_text(line.requested, language),
            "ordered": number_text(line.ordered, language),
        }
        detail = translate(language, "{product}: {requested} requested in all, {ordered} on the order", words)
        yield RequestWarning(code="more_than_ordered", pointer=f"/lines/{index}/quantity", detail=detail)
    if line.unit_price == 0 and line.decision is None:
        detail = translate(
            language, "{product}: no price, so it counts as 0 in the total", {"product": line.product_code}
        )
        yield RequestWarning(code="price_missing", pointer=f"/lines/{index}/unit_price", detail=detail)
    if record.currency in WHOLE_CURRENCIES and line.unit_price % 1:
        words = {
            "product": line.product_code,
            "price": number_text(line.unit_price, language),
            "currency": record.currency,
        }
        detail = translate(language, "{product}: {price} has a fraction, and {currency} has none", words)
        yield RequestWarning(code="price_in_fractions", pointer=f"/lines/{index}/unit_price", detail=detail)


_PLACE: Final = {Flag.MORE_THAN_REQUESTED_ON_ORDERS: "purchase_orders"}


def purchase_warnings(status: str | None, lines: Sequence[Bought], language: str) -> list[RequestWarning]:
    """What looks wrong in what purchasing reported of a request.

    Args:
        status: the purchase status; None: none was reported.
        lines: all of the request's.
        language: ``vi`` or ``en``.
    """
    return [
        RequestWarning(
            code=one.flag,
            pointer="/purchase_status"
            if one.line is None
            else f"/lines/{one.line}/{_PLACE.get(one.flag, 'quantity_received')}",
            detail=flag_text(one.flag, one.params, language),
        )
        for one in flags(status, lines)
    ]
