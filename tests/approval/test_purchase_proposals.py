"""The purchase status that is proposed by what has come."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import pytest

from approval.purchase_proposals import proposals

STATUSES = ("not_started", "quoting", "ordered", "partially_received", "received", "closed")


class Line(NamedTuple):
    """A line of which so much came."""

    quantity_received: Decimal
    quantity: Decimal = Decimal(2)
    product_code: str = "LT-T14"
    on_purchase_orders: Decimal = Decimal(0)
    decision: str | None = None


def _lines(*received: str) -> list[Line]:
    return [Line(Decimal(one)) for one in received]


@pytest.mark.parametrize(
    ("now", "lines", "proposed"),
    [
        (None, _lines("0", "0"), None),
        (None, _lines("2", "0"), "partially_received"),
        ("ordered", _lines("0.5"), "partially_received"),
        ("ordered", _lines("2", "3"), "received"),
        ("partially_received", _lines("2", "0"), None),
        ("partially_received", _lines("2", "2"), "received"),
        ("received", _lines("2", "2"), None),
        ("received", _lines("1"), None),
        ("closed", _lines("2"), None),
        ("one that is not there any more", _lines("2"), None),
        ("ordered", [Line(Decimal(2)), Line(Decimal(0), decision="reject")], "received"),
        ("ordered", [Line(Decimal(-1))], None),
        ("ordered", [], None),
    ],
)
def test_what_has_come_speaks_for_a_status_after_the_one_there_is(
    now: str | None, lines: list[Line], proposed: str | None
) -> None:
    assert proposals(STATUSES, now).of(lines) == proposed


def test_a_status_that_is_not_configured_is_not_proposed() -> None:
    assert proposals(("ordered", "arrived"), "ordered").of(_lines("2")) is None
    assert proposals(("ordered", "received"), "ordered").of(_lines("1")) is None
