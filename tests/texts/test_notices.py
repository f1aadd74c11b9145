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
            {"receipts": [{"kind": "received", "quantity": "5"}, {"kind": "sent_back", "quantity": "2"}]},
            "Bộ phận mua hàng báo đã nhận hàng của YC-1 (2 dòng hàng).",
        ),
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


def test_a_deadline_is_written_as_pages_write_moments() -> None:
    facts = {"number": "YC-1", "step": "director", "due_at": "2026-12-01T10:00:00+00:00", "actor": "sales1"}
    assert "1 Dec 2026, 17:00" in notice_text("assignment.opened", facts, "en", zone=ZONE)
    assert "17:00 ngày 01/12/2026" in notice_text("assignment.opened", facts, "vi", zone=ZONE)


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_held_request_is_told_to_its_owner_as_theirs_and_to_others_as_its_owners(cancelled: bool) -> None:
    facts = {"number": "YC-1", "owner": "sales1", "order_cancelled": cancelled, "changes": ["x"]}
    for language, yours, theirs in (("vi", "bạn", "người thực hiện"), ("en", "you have", "its owner has")):
        to_owner = notice_text("request.held", facts, language, zone=ZONE, reader="sales1")
        assert yours in to_owner
        assert theirs not in to_owner
        for reader in ("manager1", ""):
            assert theirs in notice_text("request.held", facts, language, zone=ZONE, reader=reader)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"action": "approve", "status": "completed"}, ": Lê Hoàng Nam has approved."),
        ({"action": "approve", "status": "in_progress"}, ": Lê Hoàng Nam has approved."),
        ({"action": "approve", "status": "returned"}, ": Lê Hoàng Nam returned it."),
        ({"action": "reject", "status": "in_progress"}, ": Lê Hoàng Nam returned it."),
        ({"action": "reject", "status": "rejected"}, ": Lê Hoàng Nam rejected it."),
        ({"action": "reject"}, ": Lê Hoàng Nam has decided."),
        ({"action": "recall", "status": "returned"}, ": Lê Hoàng Nam recalled it."),
        ({"action": "cancel", "status": "cancelled"}, ": Lê Hoàng Nam cancelled it."),
        (
            {"action": "resolve_hold", "status": "returned"},
            ": its order has changed, and Lê Hoàng Nam takes it back to amend it.",
        ),
        ({"action": "expire", "status": "returned", "actor": "$system"}, ": nobody decided in time."),
        ({"action": "reassign", "status": "in_progress"}, ": Lê Hoàng Nam gave it to others."),
        ({"action": "remind"}, "."),
    ],
)
def test_who_need_not_decide_any_more_is_told_why(facts: dict[str, str], why: str) -> None:
    told = {"number": "YC-1", "actor": "manager1", **facts}
    said = notice_text("assignment.not_needed", told, "en", zone=ZONE, names={"manager1": "Lê Hoàng Nam"})
    assert said == f"Your decision on YC-1 is not needed any more{why}"
