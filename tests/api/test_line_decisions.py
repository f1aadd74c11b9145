"""Decisions on single lines, on the real engine and database: what is left out, the request that is made of it, and who counts it.

Source: processes.md, "Lines".
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from fastapi import FastAPI

from tests.api.setting import connect, publish, sent
from tests.api.test_thresholds import conditional, states
from tests.clients import LINE
from tests.conftest import SignIn
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")

MANAGER: dict[str, Any] = {
    "key": "manager",
    "name": {"vi": "Quản lý", "en": "Manager"},
    "approvers": [{"user": "manager1"}],
    "may_edit": ["lines.quantity"],
    "may_decide_lines": True,
}
DIRECTOR: dict[str, Any] = {**MANAGER, "key": "director", "approvers": [{"user": "director1"}]}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def connected(sign_in: SignIn) -> AsyncIterator[None]:
    """Every test ends with the demo's connection."""
    yield
    await connect(await sign_in("admin1"), "purchase-approval")


def goods(*names: str, **changes: Any) -> list[dict[str, Any]]:
    """Lines of one piece that cost ten million dong each."""
    line = {**LINE, "quantity": "1", "unit_price": "10000000", **changes}
    return [{**line, "product_code": name, "description": name} for name in names]


async def by_line(sign_in: SignIn, key: str, *steps: dict[str, Any], lines: Any = None, **more: Any) -> Any:
    """A request that runs a process which decides line by line."""
    process = more.pop("process", {})
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    await publish(admin, key, list(steps or (MANAGER, DIRECTOR)), schema_version=2, **process)
    await connect(admin, key)
    return await sent(sales, lines=lines or goods("A", "B", "C"), **more)


def said(request: Any, **decisions: str) -> dict[str, Any]:
    """What becomes of lines, by their products."""
    ids = {line["product_code"]: line["id"] for line in request["lines"]}
    return {ids[name]: {"decision": what, "note": f"{name} vì sao"} for name, what in decisions.items()}


def decided(request: Any) -> dict[str, str | None]:
    return {line["product_code"]: line["decision"] for line in request["lines"]}


async def test_lines_are_left_out_with_the_last_approval_and_returned_ones_become_a_request(
    app: FastAPI, sign_in: SignIn
) -> None:
    request = await by_line(sign_in, "lines-story")
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    body = {"step": "manager", "lines": said(request, A="reject", B="return")}
    proposed = await manager.done(request["id"], "approve", body)
    assert decided(proposed) == dict.fromkeys("ABC")
    assert (proposed["total"], proposed["proposed_total"]) == ("30000000", "10000000")
    changes = proposed["run"]["proposed_changes"]
    assert [(change["pointer"], change["to"], change["note"]) for change in changes] == [
        ("/lines/0/decision", "reject", "A vì sao"),
        ("/lines/1/decision", "return", "B vì sao"),
    ]
    done = await director.done(request["id"], "approve", {"step": "director"})
    assert (done["process_status"], done["total"], decided(done)) == (
        "completed",
        "10000000",
        {"A": "reject", "B": "return", "C": None},
    )
    assert [line["decision_note"] for line in done["lines"]] == ["A vì sao", "B vì sao", ""]
    (related,) = (await sales.request(request["id"]))["children"]
    child = await sales.request(related["id"])
    assert (child["number"], child["process_status"], child["owner"]["username"]) == (
        related["number"],
        "not_sent",
        "sales1",
    )
    assert child["parent"] == {"id": request["id"], "number": request["number"], "process_status": "completed"}
    (line,) = child["lines"]
    assert (line["product_code"], line["quantity"], child["total"], child["purpose"]) == (
        "B",
        "1",
        "10000000",
        request["purpose"],
    )
    assert [entry["actor"]["username"] for entry in await sales.timeline(child["id"])] == ["$system"]
    async with visitor(app, "sales1", "vi") as owner:
        html = " ".join((await owner.read(f"/requests/{request['id']}")).split())
        assert "Duyệt từng dòng" in html
        assert html.count('<tr class="is-out">') == 2
        assert f'<a href="/requests/{child["id"]}">{child["number"]}</a>' in html
        assert request["number"] in await owner.read(f"/requests/{child['id']}")
    assert (await sales.done(child["id"], "send"))["process_status"] == "in_progress"


async def test_purchasing_reports_on_what_is_approved_only(sign_in: SignIn) -> None:
    request = await by_line(sign_in, "lines-bought", MANAGER)
    manager, purchasing = await sign_in("manager1"), await sign_in("purchasing1")
    done = await manager.done(request["id"], "approve", {"step": "manager", "lines": said(request, A="reject")})

    async def reported(name: str) -> Any:
        event = {
            "event_id": uuid4().hex,
            "occurred_at": datetime.now(UTC).isoformat(),
            "request_number": done["number"],
            "lines": [{"product_code": name, "quantity_received": "1"}],
        }
        return await purchasing.call("POST", "/purchasing/events", event)

    assert (await reported("A")).json()["errors"][0]["pointer"] == "/lines/0/product_code"
    assert (await reported("B")).json() == {"applied": True}


@pytest.mark.parametrize(
    ("decisions", "process_status", "run_status"),
    [
        ({"A": "reject", "B": "reject", "C": "reject"}, "rejected", "rejected"),
        ({"A": "reject", "B": "return", "C": "reject"}, "returned", "in_progress"),
    ],
)
async def test_without_a_line_nothing_is_approved(
    app: FastAPI, sign_in: SignIn, decisions: dict[str, str], process_status: str, run_status: str
) -> None:
    request = await by_line(sign_in, "lines-none")
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    body = {"step": "manager", "command_id": str(uuid4()), "lines": said(request, **decisions)}
    done = await manager.done(request["id"], "approve", body)
    assert (done["process_status"], done["run"]["status"]) == (process_status, run_status)
    assert await manager.done(request["id"], "approve", body) == done  # the same again is the same answer
    (note,) = done["notes"]
    assert (note["action"], note["by_line"], note["text"]) == (
        "approve",
        True,
        "A: A vì sao\nB: B vì sao\nC: C vì sao",
    )
    assert (decided(done), done["total"], done["children"]) == (dict.fromkeys("ABC"), "30000000", [])
    late = await manager.act(request["id"], "approve", {"step": "manager"})
    assert late.json()["code"] == ("run_ended" if process_status == "rejected" else "step_closed")
    assert "decided it line by line" in late.json()["detail"]
    async with visitor(app, "sales1", "vi") as owner:
        html = " ".join((await owner.read(f"/requests/{request['id']}")).split())
    assert ('id="returned-title"' in html) == (process_status == "returned")
    assert "<strong>Duyệt từng dòng</strong>" in html.split('class="run-node is-')[2]
    if process_status == "returned":
        again = await sales.done(request["id"], "send")
        assert (again["run"]["round"], again["run"]["proposed_changes"], decided(again)) == (
            2,
            [],
            dict.fromkeys("ABC"),
        )


async def test_a_note_that_is_missing_is_named_at_its_line_here_and_in_the_form(app: FastAPI, sign_in: SignIn) -> None:
    request = await by_line(sign_in, "lines-notes")
    manager, first = await sign_in("manager1"), request["lines"][0]["id"]
    refused = await manager.act(request["id"], "approve", {"step": "manager", "lines": {first: {"decision": "reject"}}})
    assert (refused.status_code, refused.json()["code"]) == (422, "note_required")
    assert [error["pointer"] for error in refused.json()["errors"]] == [f"/lines/{first}/note"]
    async with visitor(app, "manager1", "vi") as approver:
        html = await approver.read(f"/inbox/{request['id']}")
        assert html.count(f'name="decide.{first}.decision"') == 1
        place = f"/inbox/{request['id']}"
        form = {
            "decision": "approve",
            "step": "manager",
            "version": request["version"],
            "command_id": str(uuid4()),
            f"decide.{first}.decision": "reject",
        }
        answer = await approver.post(place, form, page=place)
        assert answer.status_code == 422
        assert f'id="decide.{first}.error"' in answer.text
        mended = {**form, "command_id": str(uuid4()), f"decide.{first}.note": "Quá đắt"}
        answer = await approver.post(place, mended, page=place)
        assert answer.status_code == 303, answer.text
    assert (await manager.request(request["id"]))["run"]["proposed_changes"][0]["note"] == "Quá đắt"


async def test_fewer_lines_drop_no_step(sign_in: SignIn) -> None:
    steps = (MANAGER, conditional("director", "director1", "request.total >= 25000000.0"))
    request = await by_line(sign_in, "lines-steps", *steps, process={"may_drop": True})
    manager, first = await sign_in("manager1"), request["lines"][2]["id"]
    body = {
        "step": "manager",
        "lines": said(request, A="reject", B="reject"),
        "changes": {"lines": [{"id": first, "quantity": "2"}]},
    }
    done = await manager.done(request["id"], "approve", body)
    assert states(done) == [("manager", "approved"), ("director", "open")]
    assert done["proposed_total"] == "20000000"


async def test_what_was_returned_counts_with_its_parent(sign_in: SignIn) -> None:
    supplier = uuid4().hex
    process = {"cumulative": [{"key": ["owner"], "window": "1h"}]}
    steps = (MANAGER, conditional("director", "director1", "request.routing_amount > 1.0"))
    request = await by_line(sign_in, "lines-sums", *steps, process=process, lines=goods("A", "B", supplier=supplier))
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    await manager.done(request["id"], "approve", {"step": "manager", "lines": said(request, B="return")})
    await director.done(request["id"], "approve", {"step": "director"})
    (child,) = (await sales.request(request["id"]))["children"]
    done = await sales.done(child["id"], "send")
    counted = {one["number"]: one["amount"] for one in done["cumulated"]["requests"]}
    assert counted[request["number"]] == "10000000"


async def test_an_approval_that_left_a_line_out_does_not_hold_when_the_line_is_sent_again(sign_in: SignIn) -> None:
    steps = [{**step, "inputs": ["lines", "lines.quantity"]} for step in (MANAGER, DIRECTOR)]
    request = await by_line(sign_in, "lines-delta", *steps, process={"resume": "delta"})
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    await manager.done(request["id"], "approve", {"step": "manager", "lines": said(request, A="reject")})
    await director.done(request["id"], "reject", {"step": "director", "note": "Sửa địa chỉ"})
    preview = await sales.get(f"/purchase-requests/{request['id']}/approval-preview")
    assert [step["outcome"] for step in preview["steps"]] == ["asks_again", "asks_again"]
    assert "which goods there are" in preview["steps"][0]["why"]
