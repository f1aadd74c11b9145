"""What people are told, in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from texts import notice_text

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"purchase_status": "ordered", "received": {}}, "Bộ phận mua hàng đã cập nhật tình trạng mua sắm của YC-1."),
        (
            {"purchase_status": None, "received": {"a": "5", "b": "2"}},
            "Bộ phận mua hàng báo đã nhận hàng của YC-1 (2 dòng hàng).",
        ),
    ],
)
def test_purchasing_says_whether_goods_came(facts: dict[str, object], said: str) -> None:
    assert notice_text("purchasing.updated", {"number": "YC-1", **facts}, "vi", zone=ZONE) == said
