"""Purchase requests as people fill them in: what comes from outside, in its form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, StrictBool

from approval.field_errors import invalid_value
from approval.incoming import SourceType
from approval.model import Input
from approval.values import MOST_LINES, Currency, LongText, Money, Quantity, RequiredText, ShortText, at_most


class SourceRef(Input):
    """The sales order or opportunity that a request is made from."""

    type: SourceType
    id: UUID


class LineDraft(Input):
    """Goods asked for. ``id`` keeps a line's identity in an edit."""

    id: UUID | None = None
    source_line_id: UUID | None = None
    """The line of the sales order or opportunity; found by product code when left out."""
    take_over: StrictBool = False
    """Whether what that line says now, where it has changed since, is settled with this: it is what the request is made from."""
    product_code: Annotated[RequiredText, Field(examples=["SRV-R760"])]
    description: ShortText = ""
    warehouse: ShortText = ""
    unit: ShortText = ""
    quantity: Quantity
    unit_price: Money = Decimal(0)
    supplier: ShortText | None = None


def _no_id(value: object) -> None:
    if value is not None:
        raise invalid_value("id_is_given")


class NewLine(LineDraft):
    """A line of a request that is not there yet: it gets its id from the server."""

    id: Annotated[None, BeforeValidator(_no_id)] = None


Purpose = RequiredText
NewLines = Annotated[tuple[NewLine, ...], Field(min_length=1, max_length=MOST_LINES), at_most(MOST_LINES)]
Lines = Annotated[tuple[LineDraft, ...], Field(min_length=1, max_length=MOST_LINES), at_most(MOST_LINES)]


class RequestDraft(Input):
    """A purchase request as its owner fills it in."""

    source: SourceRef | None = None
    purpose: Purpose
    delivery_address: ShortText = ""
    desired_delivery_date: date | None = None
    description: LongText = ""
    currency: Currency = "VND"
    lines: Lines
