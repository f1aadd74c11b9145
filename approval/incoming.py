"""Sales orders and opportunities as other systems have them: what a connector gives, whatever that system calls it.

Lenient, since they come by other rules than ours; what PostgreSQL could not hold, or an index could not, is refused.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from approval.model import FieldError, Frozen, ProcessStatus
from approval.order_changes import OrderChanges


class SourceType(StrEnum):
    """What a request can be made from."""

    SALES_ORDER = "sales_order"
    OPPORTUNITY = "opportunity"


class Taken(StrEnum):
    """What became of a source that was taken."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def _storable(text: str) -> str:
    """A text without what PostgreSQL cannot hold: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


ForeignKey = Annotated[str, AfterValidator(_storable), Field(min_length=1, max_length=200)]
"""What something is known by in its own system."""
ForeignText = Annotated[str, AfterValidator(_storable), Field(max_length=4000)]
ForeignNumber = Annotated[Decimal, Field(max_digits=40, decimal_places=20)]


class IncomingLine(Frozen):
    """Goods of a sales order or opportunity."""

    key: ForeignKey
    """The line's id in its system; unique within the source."""
    product_code: ForeignText
    description: ForeignText = ""
    warehouse: ForeignText = ""
    unit: ForeignText = ""
    quantity: ForeignNumber
    unit_price: ForeignNumber
    supplier: ForeignText | None = None


class IncomingSource(Frozen):
    """A sales order or opportunity as its system has it now."""

    type: SourceType
    key: ForeignKey
    """Its id in its system."""
    number: ForeignKey
    name: ForeignText
    customer: ForeignText = ""
    owner: str
    """A username of our directory."""
    stage: ForeignText = ""
    date: datetime.date
    delivery_address: ForeignText = ""
    delivery_date: datetime.date | None = None
    currency: Annotated[ForeignText, Field(max_length=10)] = "VND"
    cancelled: bool = False
    lines: tuple[IncomingLine, ...] = ()


class ConcernedRequest(Frozen):
    """A request whose order would differ otherwise than it does from what the request was made from."""

    id: UUID
    number: str
    status: ProcessStatus
    changes: OrderChanges
    """How it would differ; empty: not any more."""
    held: bool
    """Whether nothing could be decided until its owner has answered that."""


class Foreseen(Frozen):
    """What would become of sources that are taken: what of each, in their order, or why it could not be."""

    taken: tuple[Taken, ...]
    errors: tuple[FieldError, ...] = ()
    """Pointers begin with a source's place: ``/3/number``."""
    requests: tuple[ConcernedRequest, ...] = ()
    """Those for which something would follow."""
