"""A draft is tried on past requests before it is published."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from application import trying
from crm.pool import Pool
from tests.api.setting import SMALL, connect, draft, publish, sent
from tests.clients import LINE
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

MANAGER = {"key": "manager", "name": "Manager", "approvers": [{"manager": 1}]}


def _director(least: int) -> dict[str, Any]:
    return {
        "key": "director",
        "name": "Director",
        "approvers": [{"user": "director1"}],
        "when": f"request.total >= {least}.0",
    }


async def test_a_draft_says_which_past_requests_would_get_what(sign_in: SignIn, pool: Pool) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    await publish(admin, "tried", [MANAGER, _director(50_000_000)])
    await connect(admin, "tried")
    try:
        large, small = await sent(sales), await sent(sales, lines=SMALL)
    finally:
        await connect(admin, "purchase-approval")
    before = await pool.fetch("SELECT id, version FROM purchase_requests ORDER BY id")

    await draft(admin, "tried", [{**MANAGER, "approvers": [{"user": "manager2"}]}, _director(1_000)])
    found = (await admin.call("POST", "/processes/tried/try", {"last": 2})).json()
    assert {name: found[name] for name in ("tried", "left_out", "other_steps", "other_people", "more", "fewer")} == {
        "tried": 2,
        "left_out": 0,
        "other_steps": 1,
        "other_people": 2,
        "more": 1,
        "fewer": 0,
    }
    newest, older = found["requests"]
    assert (newest["number"], older["number"]) == (small["number"], large["number"])
    assert [(step["key"], step["change"]) for step in newest["steps"]] == [
        ("manager", "changed"),
        ("director", "added"),
    ]
    (manager,) = older["steps"]
    assert [person["username"] for person in manager["added"]] == ["manager2"]
    assert [person["username"] for person in manager["gone"]] == ["manager1"]
    assert (older["process_key"], older["version"]) == ("tried", 1)
    assert await pool.fetch("SELECT id, version FROM purchase_requests ORDER BY id") == before


async def test_past_requests_are_added_up_by_the_draft_with_those_that_were_sent_before_them(sign_in: SignIn) -> None:
    admin, sales, supplier = await sign_in("admin1"), await sign_in("sales1"), f"Nhà cung cấp {uuid4().hex[:8]}"
    lines = [{**LINE, "quantity": "30", "unit_price": "1000000", "supplier": supplier}]
    rule = {"key": ["supplier"], "window": "10bd"}
    by_sum = {**_director(50_000_000), "when": "request.routing_amount >= 50000000.0"}
    await publish(admin, "tried-sums", [MANAGER, by_sum])
    await connect(admin, "tried-sums")
    try:
        first, second = await sent(sales, lines=lines), await sent(sales, lines=lines)
    finally:
        await connect(admin, "purchase-approval")
    await draft(admin, "tried-sums", [MANAGER, by_sum], schema_version=2, cumulative=[rule])
    found = (await admin.call("POST", "/processes/tried-sums/try", {"last": 2})).json()
    assert found["tried"] == 2
    assert [one["number"] for one in found["requests"]] == [second["number"]], first["number"]
    assert [(step["key"], step["change"]) for step in found["requests"][0]["steps"]] == [("director", "added")]


async def test_what_a_draft_could_not_send_is_said(sign_in: SignIn) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    request = await sent(sales)
    await draft(admin, "unsent", [{**MANAGER, "approvers": [{"user": "sales1"}]}])
    found = (await admin.call("POST", "/processes/unsent/try", {"last": 1})).json()
    assert found["refused"] == 1
    (one,) = found["requests"]
    assert (one["number"], one["refusal"]) == (request["number"], "no_eligible_approver")
    assert "Manager" in one["detail"]


async def test_what_would_take_too_long_is_left_out_and_counted(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    for _ in range(3):
        await sent(sales, lines=SMALL)
    await draft(admin, "costly", [MANAGER, _director(1_000)])
    monkeypatch.setattr(trying, "_MOST_WORK", 0)
    found = (await admin.call("POST", "/processes/costly/try", {"last": 3})).json()
    assert (found["tried"], found["left_out"]) == (0, 3)


@pytest.mark.parametrize("last", [0, 501, "x"])
async def test_on_how_many_is_bounded(sign_in: SignIn, last: object) -> None:
    admin = await sign_in("admin1")
    answer = await admin.call("POST", "/processes/purchase-approval/try", {"last": last})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/last")


async def test_a_process_that_is_not_there_cannot_be_tried(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    assert (await admin.call("POST", "/processes/nothing/try", {})).status_code == 404
