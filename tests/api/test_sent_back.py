"""Returning to an earlier step and resending by delta, on the real engine and database. Source: processes.md."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from fastapi import FastAPI

from crm.pool import Pool
from tests.api.setting import TEN_MILLION, connect, publish
from tests.clients import LINE
from tests.conftest import SignIn
from tests.web.browser import value_of, visitor

pytestmark = pytest.mark.usefixtures("running_worker")


def _step(key: str, username: str, **more: Any) -> dict[str, Any]:
    name = {"vi": f"Bước {key}", "en": f"Step {key}"}
    return {"key": key, "name": name, "approvers": [{"user": username}], "may_edit": ["lines.quantity"], **more}


FIRST = _step("first", "manager1")
SECOND = _step("second", "manager2", inputs=["total"], tolerance=5)
THIRD = _step("third", "director1", may_return_to=["first"], inputs=["purpose", "lines"])
LARGE = _step("large", "director1", when="request.total >= 50000000.0")


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def connected(sign_in: SignIn) -> AsyncIterator[None]:
    """Every test ends with the demo's connection."""
    yield
    await connect(await sign_in("admin1"), "purchase-approval")


async def _sent(sign_in: SignIn, key: str, *steps: dict[str, Any], **process: Any) -> Any:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    await publish(admin, key, list(steps), schema_version=2, **process)
    await connect(admin, key)
    request = await sales.create(lines=TEN_MILLION, send={})
    assert request["process_status"] == "in_progress", request
    return request


async def test_a_request_goes_back_to_an_earlier_step_and_on_from_there(sign_in: SignIn, pool: Pool) -> None:
    request = await _sent(sign_in, "back", FIRST, SECOND, THIRD)
    first, second, third = [await sign_in(name) for name in ("manager1", "manager2", "director1")]
    await first.done(request["id"], "approve", {"step": "first"})
    await second.done(request["id"], "approve", {"step": "second"})
    back = await third.done(
        request["id"], "reject", {"step": "third", "note": "Xem lại giá", "to": "first", "resume": "delta"}
    )
    assert (back["process_status"], back["run"]["open_steps"]) == ("in_progress", ["first"])
    assert [(step["key"], step["state"], step["visit"]) for step in back["run"]["steps"]] == [
        ("first", "open", 2),
        ("second", "waiting", 2),
        ("third", "waiting", 2),
    ]
    assert [note["text"] for note in back["notes"]] == ["Xem lại giá"]
    assert [item["id"] for item in (await first.get("/inbox"))["items"]].count(request["id"]) == 1
    last = (await third.timeline(request["id"]))[-1]
    assert (last["action"], last["step"], last["to"]) == ("reject", "third", "first")
    left = await pool.fetch(
        "SELECT step, visit, state FROM assignments WHERE request_id = $1 AND visit = 1 ORDER BY step",
        UUID(request["id"]),
    )
    assert [(row["step"], row["state"]) for row in left] == [
        ("first", "approved"),
        ("second", "approved"),
        ("third", "returned"),
    ]
    again = await first.done(request["id"], "approve", {"step": "first"})
    assert again["run"]["open_steps"] == ["third"], "nothing that the second looks at was changed"
    (held,) = again["run"]["steps"][1]["assignments"]
    assert (held["state"], held["acted_by"]) == ("carried", None)
    done = await third.done(request["id"], "approve", {"step": "third"})
    assert done["process_status"] == "completed"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"to": "second"}, "/to"),
        ({"to": "nowhere"}, "/to"),
        ({"to": "first", "end": True}, "/to"),
        ({"resume": "delta", "end": True}, "/resume"),
        ({"resume": "sideways"}, "/resume"),
    ],
)
async def test_a_wrong_way_back_is_refused_at_its_place(sign_in: SignIn, body: dict[str, Any], pointer: str) -> None:
    request = await _sent(sign_in, "back-wrong", FIRST, SECOND, THIRD)
    first, second, third = [await sign_in(name) for name in ("manager1", "manager2", "director1")]
    await first.done(request["id"], "approve", {"step": "first"})
    await second.done(request["id"], "approve", {"step": "second"})
    answer = await third.act(request["id"], "reject", {"step": "third", "note": "x", **body})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_resend_by_delta_asks_only_whom_it_concerns_and_the_preview_says_so(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "delta", FIRST, SECOND, THIRD, LARGE, resume="delta")
    sales, first, second, third = [await sign_in(name) for name in ("sales1", "manager1", "manager2", "director1")]
    await first.done(request["id"], "approve", {"step": "first"})
    await second.done(request["id"], "approve", {"step": "second"})
    returned = await third.done(request["id"], "reject", {"step": "third", "note": "Ghi rõ mục đích"})
    assert returned["process_status"] == "returned"

    async def edit(**changes: Any) -> Any:
        now = await sales.request(request["id"])
        answer = await sales.call(
            "PATCH", f"/purchase-requests/{request['id']}", changes, If_Match=f'"{now["version"]}"'
        )
        assert answer.status_code == 200, answer.text
        preview = await sales.get(f"/purchase-requests/{request['id']}/approval-preview")
        return {step["key"]: (step["outcome"], step["why"].split(";")[0]) for step in preview["steps"]}

    line = {"id": request["lines"][0]["id"], **{name: LINE[name] for name in ("product_code", "description", "unit")}}
    line |= {"warehouse": LINE["warehouse"], "supplier": LINE["supplier"], "quantity": "1", "unit_price": "10000000"}
    assert await edit(purpose="Mua máy cho dự án A") == {
        "first": ("asks_again", "Asks again: the purpose has changed since it approved"),
        "second": ("carried", "Approved in round 1"),
        "third": ("asks_again", "Asks again: it returned the request"),
        "large": ("skipped", "Skipped: it is needed only when the total is 50,000,000 or more"),
    }
    outcomes = await edit(lines=[{**line, "unit_price": "10400000"}])
    assert outcomes["second"][0] == "carried", "4 % more is within its tolerance"
    outcomes = await edit(lines=[{**line, "unit_price": "10600000"}])
    assert outcomes["second"] == ("asks_again", "Asks again: the total has changed since it approved")
    outcomes = await edit(lines=[{**line, "unit_price": "60000000"}])
    assert outcomes["large"][0] == "new"
    await edit(lines=[line])
    resent = await sales.done(request["id"], "send", {})
    assert [(step["key"], step["state"]) for step in resent["run"]["steps"]] == [
        ("first", "open"),
        ("second", "approved"),
        ("third", "waiting"),
        ("large", "skipped"),
    ]
    assert resent["run"]["steps"][1]["approved_by"] == []
    await first.done(request["id"], "approve", {"step": "first"})
    done = await third.done(request["id"], "approve", {"step": "third"})
    assert done["process_status"] == "completed"


async def test_what_was_recalled_and_not_changed_is_still_looked_at_by_somebody(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "delta-recall", FIRST, SECOND, resume="delta")
    sales, first = await sign_in("sales1"), await sign_in("manager1")
    await first.done(request["id"], "approve", {"step": "first"})
    await sales.done(request["id"], "recall", {})
    resent = await sales.done(request["id"], "send", {})
    assert resent["run"]["open_steps"] == ["second"]
    await sales.done(request["id"], "recall", {})
    only_first = await _sent(sign_in, "delta-one", FIRST, resume="delta")
    await sales.done(only_first["id"], "recall", {})
    again = await sales.done(only_first["id"], "send", {})
    assert again["run"]["open_steps"] == ["first"], "nothing is approved by a resend alone"


async def test_an_approval_that_a_return_within_the_round_undid_holds_no_more(sign_in: SignIn) -> None:
    request = await _sent(sign_in, "delta-undone", FIRST, SECOND, THIRD, resume="delta")
    sales, first, second, third = [await sign_in(name) for name in ("sales1", "manager1", "manager2", "director1")]

    async def outcomes() -> list[str]:
        preview = await sales.get(f"/purchase-requests/{request['id']}/approval-preview")
        return [step["outcome"] for step in preview["steps"]]

    await first.done(request["id"], "approve", {"step": "first"})
    await second.done(request["id"], "approve", {"step": "second"})
    await sales.done(request["id"], "recall", {})
    assert (await outcomes())[:2] == ["carried", "carried"]
    resent = await sales.done(request["id"], "send", {})
    assert resent["run"]["open_steps"] == ["third"]
    again = {"step": "third", "note": "Xem lại từ đầu", "to": "first", "resume": "from_start"}
    await third.done(request["id"], "reject", again)
    await sales.done(request["id"], "recall", {})
    assert "carried" not in await outcomes()
    resent = await sales.done(request["id"], "send", {})
    assert resent["run"]["open_steps"] == ["first"]


async def test_pages_offer_the_way_back_and_say_what_a_resend_does(sign_in: SignIn, app: FastAPI) -> None:
    request = await _sent(sign_in, "back-pages", FIRST, SECOND, THIRD, resume="delta")
    first, second, third = [await sign_in(name) for name in ("manager1", "manager2", "director1")]
    await first.done(request["id"], "approve", {"step": "first"})
    await second.done(request["id"], "approve", {"step": "second"})
    async with visitor(app, "director1") as director:
        html = await director.read(f"/inbox/{request['id']}?step=third")
        assert '<option value="first">Step first</option>' in html
        fields = {name: value_of(html, name) for name in ("csrf_token", "command_id", "step", "version")}
        form = {**fields, "decision": "reject", "note": "Xem lại", "to": "first"}
        answer = await director.http.post(f"/inbox/{request['id']}", data=form)
        assert answer.status_code == 303
        told = await director.read("/inbox")
        assert "Now with Lê Hoàng Nam." in told
    await first.done(request["id"], "approve", {"step": "first"})
    await third.done(request["id"], "reject", {"step": "third", "note": "Sai mục đích"})
    async with visitor(app, "sales1") as owner:
        html = await owner.read(f"/requests/{request['id']}/send")
        assert "Approval still holds" in html
        assert "Asked again" in html
    sales = await sign_in("sales1")
    now = await sales.request(request["id"])
    answer = await sales.call(
        "PATCH", f"/purchase-requests/{request['id']}", {"purpose": "Mục đích mới"}, If_Match=f'"{now["version"]}"'
    )
    assert answer.status_code == 200
    await sales.done(request["id"], "send", {})
    async with visitor(app, "manager1") as manager:
        html = await manager.read(f"/inbox/{request['id']}")
        first_screen = html[html.index("digest-title") : html.index("run-title")]
        assert re.search(r'<a [^>]*href="#record">.*Changed since you approved it', first_screen)
