"""The purchase status that what has come speaks for: proposed to whoever reports goods, and never set by itself. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from approval.model import Frozen
from approval.purchase_flags import RECEIVED, Bought

PARTIALLY_RECEIVED: Final = "partially_received"


class Proposals(Frozen):
    """What is proposed of a request."""

    all_come: str | None = None
    """Once all that was approved has come."""
    some_come: str | None = None
    """Once anything has."""

    def of(self, lines: Collection[Bought]) -> str | None:
        """What is proposed by what has come.

        Args:
            lines: all lines of the request; those that were not approved are left out of account.
        """
        approved = [line for line in lines if line.decision is None]
        if approved and all(line.quantity_received >= line.quantity for line in approved):
            return self.all_come
        return self.some_come if any(line.quantity_received > 0 for line in approved) else None


def proposals(statuses: Sequence[str], now: str | None) -> Proposals:
    """What is proposed of a request: only what comes after the purchase status that it has.

    Args:
        statuses: those that there are, in their order. They are configuration: what is not among them is not proposed.
        now: the request's; None: none was reported.
    """
    behind = {status: place for place, status in enumerate(statuses, 1)}
    later = statuses[0 if now is None else behind.get(now, len(statuses)) :]
    return Proposals(
        all_come=RECEIVED if RECEIVED in later else None,
        some_come=PARTIALLY_RECEIVED if PARTIALLY_RECEIVED in later else None,
    )
