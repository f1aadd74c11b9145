"""How values are written for people."""

from __future__ import annotations

from decimal import Decimal

import pytest

from approval.values import money_text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("125000000.0000", "VND", "125,000,000 VND"),
        ("0.40", "USD", "0.4 USD"),
        ("1E+6", "VND", "1,000,000 VND"),
        ("0", "VND", "0 VND"),
        ("12345678901234567890123456789.0001", "USD", "12,345,678,901,234,567,890,123,456,789.0001 USD"),
    ],
)
def test_money_is_written_to_its_last_digit(amount: str, currency: str, text: str) -> None:
    assert money_text(Decimal(amount), currency) == text
