"""What the system writes on the timeline itself, as people read it."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from approval.model import Action
from crm.pool import Pool
from tests.api.setting import sent
from tests.conftest import SignIn
from tests.web.browser import visitor
from web.formats import Formats
from web.timeline_note import timeline_note

STEPS = {"manager": "Quản lý trực tiếp duyệt", "director": "Giám đốc duyệt"}


@pytest.mark.parametrize(
    ("action", "note", "shown"),
    [
        (Action.PURCHASING_EVENT, "ordered; LT-T14: 1250.5; A.1: 2", "Đã đặt hàng; LT-T14: 1.250,5; A.1: 2"),
        (Action.PURCHASING_EVENT, "LT-T14: 0.5", "LT-T14: 0,5"),
        (Action.PURCHASING_EVENT, "LT-T14: +1250.5; A.1: −2.5", "LT-T14: +1.250,5; A.1: −2,5"),
        (Action.PURCHASE_ORDER, "PO: 7; FPT Synnex; LT-T14: 1250.5", "PO: 7 (FPT Synnex); LT-T14: 1.250,5"),
        (Action.CANCEL_PURCHASE_ORDER, "PO: 7", "PO: 7"),
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


@pytest.mark.usefixtures("running_worker")
@pytest.mark.parametrize(("language", "said"), [("en", "recorded later:"), ("vi", "ghi nhận sau:")])
async def test_what_was_recorded_well_after_it_was_said_says_when(
    app: FastAPI, sign_in: SignIn, pool: Pool, language: str, said: str
) -> None:
    request = await sent(await sign_in("sales1"))
    recorded_after = "UPDATE timeline SET recorded_at = at + $2::interval WHERE request_id = $1 AND action = 'send'"
    async with visitor(app, "sales1", language) as owner:
        for seconds, times in ((0, 0), (59, 0), (61, 1)):
            await pool.execute(recorded_after, request["id"], timedelta(seconds=seconds))
            html = await owner.read(f"/requests/{request['id']}")
            assert html.count(said) == times, seconds
