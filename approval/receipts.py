"""The ledger of receipts: every report about a quantity is a row that stays, and what has come of a line is the sum of its rows.

A row says that goods came (``received``) or went back (``sent_back``), or how much has come in all (``corrected``), whatever was
said before. The sum begins with the newest correction, or with nothing, and takes the movements after it; rows are in the order of
their time, those of one moment in that of their event's id. So it depends on which rows there are, and not on when each arrived.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from approval.model import Frozen
from approval.values import EXACT, Stored


class ReceiptKind(StrEnum):
    """What a row of the ledger says."""

    RECEIVED = "received"
    """So much came."""
    SENT_BACK = "sent_back"
    """So much went back."""
    CORRECTED = "corrected"
    """So much has come in all, as of its time."""


class Receipt(Frozen):
    """A row of the ledger: what one event says of one line."""

    line_id: UUID
    kind: ReceiptKind
    quantity: Stored
    """Never less than nothing, in the line's unit."""
    occurred_at: datetime
    event_id: str

    @property
    def place(self) -> tuple[datetime, str]:
        """Where it stands among the rows of its line. No event has a movement beside a correction of one line."""
        return self.occurred_at, self.event_id


def counted(rows: Iterable[Receipt]) -> list[Receipt]:
    """The rows of one line that its sum is made of: the newest correction and the movements after it, the oldest first."""
    ordered = sorted(rows, key=lambda row: row.place)
    newest = max((index for index, row in enumerate(ordered) if row.kind is ReceiptKind.CORRECTED), default=0)
    return ordered[newest:]


def sum_received(rows: Iterable[Receipt]) -> Decimal:
    """What has come of one line, to the last digit. Less than nothing: goods went back whose coming nobody has reported yet."""
    total = Decimal(0)
    for row in counted(rows):
        match row.kind:
            case ReceiptKind.CORRECTED:
                total = row.quantity
            case ReceiptKind.RECEIVED:
                total = EXACT.add(total, row.quantity)
            case ReceiptKind.SENT_BACK:
                total = EXACT.subtract(total, row.quantity)
    return total
