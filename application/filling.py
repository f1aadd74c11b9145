"""A request filled in from a sales order or an opportunity: nothing is saved. Source: reference, 2.2.1."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from approval.model import Frozen
from approval.values import MOST_LINES, Stored
from crm.drafts import SourceRef
from crm.sources import Source
from texts import translate


class FilledLine(Frozen):
    """A line filled in from a source."""

    id: UUID | None = None
    source_line_id: UUID | None = None
    product_code: str
    description: str
    warehouse: str
    unit: str
    quantity: Stored
    unit_price: Stored
    supplier: str | None


class FilledDraft(Frozen):
    """A request filled in from a source: what the source does not have is left to be filled in."""

    source: SourceRef
    purpose: str
    delivery_address: str
    desired_delivery_date: date | None
    description: str
    currency: str
    lines: tuple[FilledLine, ...]


def draft_from(source: Source, language: str) -> FilledDraft:
    """A request filled in from a sales order or opportunity, nothing saved. Source: reference, 2.2.1.

    Sources come from the CRM by other rules than ours: texts that are too long are cut, decimals rounded, and goods
    without a quantity left out.
    """
    purpose = translate(
        language,
        "Goods for sales order {number}" if source.type == "sales_order" else "Goods for opportunity {number}",
        {"number": source.number},
    )
    lines = (
        FilledLine(
            source_line_id=line.id,
            product_code=line.product_code[:_SHORT],
            description=line.description[:_SHORT],
            warehouse=line.warehouse[:_SHORT],
            unit=line.unit[:_SHORT],
            quantity=_rounded(line.quantity),
            unit_price=_rounded(line.unit_price),
            supplier=line.supplier and line.supplier[:_SHORT],
        )
        for line in source.lines
    )
    return FilledDraft(
        source=SourceRef(type=source.type, id=source.id),
        purpose=purpose[:_SHORT],
        delivery_address=source.delivery_address[:_SHORT],
        desired_delivery_date=source.delivery_date,
        description=source.name[:_SHORT],
        currency=source.currency,
        lines=tuple(line for line in lines if line.quantity > 0)[:MOST_LINES],
    )


_SHORT: Final = 200


def _rounded(value: Decimal) -> Decimal:
    """A decimal with as many places as a request has; one that already fits stays as it is written."""
    return value if value.as_tuple().exponent >= -4 else round(value, 4)  # type: ignore[operator]  # no NaN here
