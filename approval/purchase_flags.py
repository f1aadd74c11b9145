"""What looks wrong in what purchasing has reported. It is kept as it was reported, and flagged: whoever looks at it sees that
something is to be cleared up. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from approval.model import Frozen
from approval.values import EXACT, plain


class Flag(StrEnum):
    """Stable names of what looks wrong; codes of a request's ``warnings``."""

    MORE_THAN_REQUESTED = "more_than_requested"
    LESS_THAN_NOTHING = "less_than_nothing"
    """More went back than has come: the report of a receipt is missing, or one is wrong."""
    LINES_MISSING = "lines_missing"
    """All is received, by the status, and not by the quantities."""
    NOT_BOUGHT = "received_but_not_bought"
    """Nothing is bought, by the status, and goods have come."""
    MORE_THAN_REQUESTED_ON_ORDERS = "more_on_purchase_orders"


RECEIVED: Final = "received"
NOT_STARTED: Final = "not_started"
"""The two purchase statuses that say something of quantities. They are configuration: without them, nothing is flagged by them."""


class Bought(Protocol):
    """A line of a request, as purchasing sees it."""

    @property
    def product_code(self) -> str:
        """What."""
        ...

    @property
    def quantity(self) -> Decimal:
        """How much was approved."""
        ...

    @property
    def quantity_received(self) -> Decimal:
        """How much has come."""
        ...

    @property
    def on_purchase_orders(self) -> Decimal:
        """How much purchase orders have."""
        ...

    @property
    def decision(self) -> str | None:
        """What became of it, if it was not approved."""
        ...


class Flagged(Frozen):
    """Something that looks wrong: of one line, or of the request."""

    flag: Flag
    line: int | None = None
    """The line's place, from 0."""
    by: Decimal = Decimal(0)
    """How far a line is off; 0 of the request."""
    params: Mapping[str, str] = {}


def flags(status: str | None, lines: Sequence[Bought]) -> list[Flagged]:
    """What looks wrong.

    Args:
        status: the purchase status; None: none was reported.
        lines: all lines of the request, in their order; those that were not approved are left out of account.
    """
    approved = [(index, line) for index, line in enumerate(lines) if line.decision is None]
    found = [flagged for index, line in approved for flagged in _of_line(index, line)]
    missing = [line for _, line in approved if line.quantity_received < line.quantity]
    if status == RECEIVED and missing:
        params = {"missing": str(len(missing)), "lines": str(len(approved)), **_of(missing[0])}
        found.append(Flagged(flag=Flag.LINES_MISSING, params=params))
    come = [line for _, line in approved if line.quantity_received > 0]
    if status == NOT_STARTED and come:
        found.append(Flagged(flag=Flag.NOT_BOUGHT, params={"come": str(len(come)), **_of(come[0])}))
    return found


def _of_line(index: int, line: Bought) -> list[Flagged]:
    found = []
    if line.quantity_received > line.quantity:
        by = EXACT.subtract(line.quantity_received, line.quantity)
        found.append(Flagged(flag=Flag.MORE_THAN_REQUESTED, line=index, by=by, params=_of(line)))
    if line.quantity_received < 0:
        params = {**_of(line), "missing": plain(-line.quantity_received)}
        found.append(Flagged(flag=Flag.LESS_THAN_NOTHING, line=index, by=-line.quantity_received, params=params))
    if line.on_purchase_orders > line.quantity:
        by = EXACT.subtract(line.on_purchase_orders, line.quantity)
        params = {**_of(line), "ordered": plain(line.on_purchase_orders), "more": plain(by)}
        found.append(Flagged(flag=Flag.MORE_THAN_REQUESTED_ON_ORDERS, line=index, by=by, params=params))
    return found


def _of(line: Bought) -> dict[str, str]:
    return {
        "product": line.product_code,
        "received": plain(line.quantity_received),
        "quantity": plain(line.quantity),
    }
