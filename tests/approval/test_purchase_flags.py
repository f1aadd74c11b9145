"""What looks wrong in what purchasing reported is flagged, and nothing else is."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import pytest

from approval.purchase_flags import Flag, flags


class Line(NamedTuple):
    """A line as purchasing sees it."""

    quantity_received: Decimal
    on_purchase_orders: Decimal = Decimal(0)
    decision: str | None = None
    quantity: Decimal = Decimal(1000)
    product_code: str = "LT-T14"


def line(received: str, ordered: str = "0", decision: str | None = None) -> Line:
    """A line of 1,000."""
    return Line(Decimal(received), Decimal(ordered), decision)


@pytest.mark.parametrize(
    ("status", "lines", "expected"),
    [
        (None, [line("0")], []),
        ("ordered", [line("0", "1000")], []),
        ("partially_received", [line("400")], []),
        ("received", [line("1000")], []),
        ("closed", [line("0")], []),
        ("received", [line("0")], [(Flag.LINES_MISSING, None)]),
        ("received", [line("1000"), line("999.9")], [(Flag.LINES_MISSING, None)]),
        ("received", [line("1000.5")], [(Flag.MORE_THAN_REQUESTED, 0)]),
        ("received", [line("1000"), line("0", decision="reject")], []),
        ("not_started", [line("0")], []),
        ("not_started", [line("0"), line("1")], [(Flag.NOT_BOUGHT, None)]),
        ("ordered", [line("0"), line("-3")], [(Flag.LESS_THAN_NOTHING, 1)]),
        (None, [line("0", "1000.1")], [(Flag.MORE_THAN_REQUESTED_ON_ORDERS, 0)]),
        (None, [line("2000", "2000", "return")], []),
    ],
)
def test_what_is_flagged(status: str | None, lines: list[Line], expected: list[tuple[Flag, int | None]]) -> None:
    assert [(one.flag, one.line) for one in flags(status, lines)] == expected


def test_a_flag_says_how_much_of_what() -> None:
    (missing,) = flags("received", [line("0")])
    assert missing.params == {"missing": "1", "lines": "1", "product": "LT-T14", "received": "0", "quantity": "1000"}
    (less,) = flags(None, [line("-2.50")])
    assert less.params["missing"] == "2.5"
