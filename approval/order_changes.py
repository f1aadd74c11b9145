"""What a request was made from and what its order says now: the difference, pure.

Source: processes.md, "When the order changes after the request was sent".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from approval.model import Frozen
from approval.values import Stored, plain


class Goods(Frozen):
    """What a line of an order says of goods, as far as a request is held to it."""

    product_code: str
    unit: str
    quantity: Stored


class ChangeKind(StrEnum):
    """How an order differs from what a request was made from."""

    ORDER_CANCELLED = "order_cancelled"
    LINE_CHANGED = "line_changed"
    LINE_GONE = "line_gone"


class OrderChange(Frozen):
    """One difference. ``line_id`` is the request's line that was made from the order's."""

    kind: ChangeKind
    line_id: UUID | None = None
    was: Goods | None = None
    now: Goods | None = None


OrderChanges = tuple[OrderChange, ...]
"""All of them, in the order of the request's lines; empty: there is none."""


class MadeFrom(Frozen):
    """A line of a request that was made from a line of an order: what that said then and says now; None: it is gone."""

    line_id: UUID
    was: Goods
    now: Goods | None


def difference(lines: Iterable[MadeFrom], *, cancelled: bool) -> OrderChanges:
    """How an order differs from what a request was made from.

    Args:
        lines: of the request, those that were made from lines of the order.
        cancelled: whether the order is, or is gone from its system.
    """
    found = [OrderChange(kind=ChangeKind.ORDER_CANCELLED)] if cancelled else []
    for line in lines:
        if line.now is None:
            found.append(OrderChange(kind=ChangeKind.LINE_GONE, line_id=line.line_id, was=line.was))
        elif line.now != line.was:
            found.append(OrderChange(kind=ChangeKind.LINE_CHANGED, line_id=line.line_id, was=line.was, now=line.now))
    return tuple(found)


class Hold(Frozen):
    """Nothing can be decided until the owner has answered a change of the order (Tạm giữ)."""

    id: UUID
    """What the clocks that stand wait for."""
    since: datetime
    changes: OrderChanges


class Kept(Frozen):
    """The owner's word that the request stays as it is although its order differs: by so much, and no other difference."""

    changes: OrderChanges
    note: str
    at: datetime


class HoldChoice(StrEnum):
    """The owner's answer to a changed order."""

    KEEP = "keep"
    """The request goes on as it is; those who approve it see the difference."""
    AMEND = "amend"
    """It comes back to the owner, who changes it and sends it again."""


_MOST_SHOWN: Final = 20
_MOST_LETTERS: Final = 60
"""Of a product code or a unit: other systems write them by rules of their own."""


def in_words(changes: OrderChanges) -> str:
    """The lines that differ, for people who read no particular language: ``LT-T14: 10 Chiếc → 12 Chiếc; SRV-R760: 1 Bộ → –``."""
    lines = [
        f"{_short(change.was.product_code)}: {_from_to(change.was, change.now)}" for change in changes if change.was
    ]
    more = f"; … +{len(lines) - _MOST_SHOWN}" if len(lines) > _MOST_SHOWN else ""
    return "; ".join(lines[:_MOST_SHOWN]) + more


def _from_to(was: Goods, now: Goods | None) -> str:
    if now is None:
        return f"{_amount(was)} → –"
    product = f"{_short(now.product_code)} " if now.product_code != was.product_code else ""
    return f"{_amount(was)} → {product}{_amount(now)}"


def _amount(goods: Goods) -> str:
    return f"{plain(goods.quantity)} {_short(goods.unit)}".strip()


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def is_cancelled(changes: OrderChanges) -> bool:
    """Whether the whole order is cancelled, or gone."""
    return any(change.kind is ChangeKind.ORDER_CANCELLED for change in changes)
