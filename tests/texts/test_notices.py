"""What people are told, in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from texts import notice_text

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"purchase_status": "ordered", "receipts": []}, "Bộ phận mua hàng đã cập nhật tình trạng mua sắm của YC-1."),
        (
            {
                "receipts": [
                    {"product_code": "LT-T14", "kind": "received", "quantity": "1500"},
                    {"product_code": "MN-24", "kind": "sent_back", "quantity": "0.5"},
                    {"product_code": "UPS", "kind": "corrected", "quantity": "7"},
                    {"product_code": "CAP", "kind": "received", "quantity": "1"},
                ]
            },
            "Bộ phận mua hàng báo về hàng của YC-1: đã nhận 1.500 LT-T14, trả lại 0,5 MN-24, tổng cộng đã nhận 7 UPS, "
            "và 1 dòng nữa.",
        ),
    ],
)
def test_purchasing_says_whether_goods_came(facts: dict[str, object], said: str) -> None:
    assert notice_text("purchasing.updated", {"number": "YC-1", **facts}, "vi", zone=ZONE) == said
