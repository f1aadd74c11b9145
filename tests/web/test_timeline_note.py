"""What the system writes on the timeline itself, as people read it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from approval.model import Action
from web.formats import Formats
from web.timeline_note import timeline_note

STEPS = {"manager": "Quản lý trực tiếp duyệt", "director": "Giám đốc duyệt"}


@pytest.mark.parametrize(
    ("action", "note", "shown"),
    [
        (Action.PURCHASING_EVENT, "ordered; LT-T14: 1250.5; A.1: 2", "Đã đặt hàng; LT-T14: 1.250,5; A.1: 2"),
        (Action.PURCHASING_EVENT, "LT-T14: 0.5", "LT-T14: 0,5"),
        (
            Action.RESOLVE_APPROVERS,
            "manager: Lê Hoàng Nam, Phạm Thu Hà; director: Trần Thị Minh Nguyệt",
            "Quản lý trực tiếp duyệt: Lê Hoàng Nam, Phạm Thu Hà; Giám đốc duyệt: Trần Thị Minh Nguyệt",
        ),
        (Action.APPROVE, "manager: 12.5", "manager: 12.5"),
    ],
)
def test_codes_and_numbers_are_put_in_words_and_what_people_wrote_stays(action: Action, note: str, shown: str) -> None:
    labels = {"ordered": "Đã đặt hàng"}
    formats = Formats("vi", ZoneInfo("Asia/Ho_Chi_Minh"))
    assert timeline_note(formats, lambda code: labels.get(code, code), action, note, STEPS) == shown
