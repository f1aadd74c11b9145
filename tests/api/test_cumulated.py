"""Requests that belong together are added up, so that splitting one leads past nobody. Source: processes.md, "Against splitting"."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from fastapi import FastAPI

from crm.pool import Pool
from tests.api.setting import connect, publish, sent
from tests.api.test_thresholds import approval, conditional, states
from tests.clients import LINE, ApiClient
from tests.conftest import SignIn
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")

MANAGER: dict[str, Any] = {
    "key": "manager",
    "name": {"vi": "Quản lý", "en": "Manager"},
    "approvers": [{"user": "manager1"}],
    "may_edit": ["lines.quantity", "lines.supplier"],
}
FROM_50_MILLION = conditional("director", "director1", "request.routing_amount >= 50000000.0")
ONLY_MANAGER = [("manager", "open"), ("director", "skipped")]
BOTH = [("manager", "open"), ("director", "waiting")]


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def connected(sign_in: SignIn) -> AsyncIterator[None]:
    """Every test ends with the demo's connection."""
    yield
    await connect(await sign_in("admin1"), "purchase-approval")


@pytest.fixture
def supplier() -> str:
    """A supplier of the test's own, so that nothing else counts."""
    return f"Nhà cung cấp {uuid4().hex[:8]}"


async def adds_up(admin: ApiClient, *key: str, window: str | None = "10bd", **process: Any) -> None:
    """Connect a process whose director looks at 50 million and more of what is added up."""
    rule = {"key": list(key)} | ({"window": window} if window else {})
    name = "sums-" + "-".join(key)
    await publish(admin, name, [MANAGER, FROM_50_MILLION], schema_version=2, cumulative=[rule], **process)
    await connect(admin, name)


def millions(amount: int, supplier: str | None) -> list[dict[str, Any]]:
    """One line that costs so many million dong."""
    return [{**LINE, "quantity": str(amount), "unit_price": "1000000", "supplier": supplier}]


async def test_a_request_counts_with_those_of_the_same_owner_and_supplier(sign_in: SignIn, supplier: str) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    await adds_up(admin, "owner", "supplier")
    first = await sent(sales, lines=millions(30, supplier))
    assert (states(first), first["cumulated"], first["routing_amount"]) == (ONLY_MANAGER, None, "30000000")
    preview = await sales.get(
        f"/purchase-requests/{(await sales.create(lines=millions(20, supplier)))['id']}/approval-preview"
    )
    assert [step["skipped"] for step in preview["steps"]] == [False, False]
    assert (preview["routing_amount"], preview["cumulated"]["requests"][0]["number"]) == ("50000000", first["number"])
    second = await sent(sales, lines=millions(20, supplier))
    assert (states(second), second["total"], second["routing_amount"]) == (BOTH, "20000000", "50000000")
    assert second["cumulated"] == {
        "amount": "50000000",
        "own": "20000000",
        "key": {"owner": "sales1", "supplier": supplier},
        "window": "10bd",
        "requests": [{"id": first["id"], "number": first["number"], "amount": "30000000"}],
        "further": {"count": 0, "amount": "0"},
    }
    assert second["run"]["steps"][1]["compared"] == {"request.routing_amount": "50000000"}
    other = await sent(sales, lines=millions(20, "Dell"))
    assert states(other) == ONLY_MANAGER
    mixed = await sent(sales, lines=[*millions(1, supplier), *millions(40, "Acer")])
    assert (states(mixed), mixed["routing_amount"]) == (BOTH, "51000000")


async def test_what_does_not_count(sign_in: SignIn, pool: Pool, supplier: str) -> None:
    sales, colleague, manager, admin = [await sign_in(name) for name in ("sales1", "sales2", "manager1", "admin1")]
    await adds_up(admin, "owner", "supplier")
    lines = millions(30, supplier)
    await sales.create(lines=lines)  # a draft
    await sent(colleague, lines=lines)
    await sent(sales, lines=lines, currency="USD")
    cancelled, rejected, old = [await sent(sales, lines=lines) for _ in range(3)]
    await sales.done(cancelled["id"], "cancel", {"note": "Thôi"})
    await manager.done(rejected["id"], "reject", {"step": "manager", "note": "Không", "end": True})
    await pool.execute("UPDATE runs SET sent_at = now() - interval '17 days' WHERE request_id = $1", UUID(old["id"]))
    assert states(await sent(sales, lines=lines)) == ONLY_MANAGER


@pytest.mark.parametrize("became", ["completed", "returned", "recalled"])
async def test_what_counts_though_nobody_is_asked_any_more(sign_in: SignIn, supplier: str, became: str) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    await adds_up(admin, "owner", "supplier")
    first = await sent(sales, lines=millions(30, supplier))
    if became == "completed":
        await manager.done(first["id"], "approve", {"step": "manager"})
    elif became == "returned":
        await manager.done(first["id"], "reject", {"step": "manager", "note": "Sửa"})
    else:
        await sales.done(first["id"], "recall")
    assert states(await sent(sales, lines=millions(30, supplier))) == BOTH


async def test_a_resend_counts_itself_once(sign_in: SignIn, supplier: str) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    await adds_up(admin, "owner", "supplier")
    await sent(sales, lines=millions(10, supplier))
    request = await sent(sales, lines=millions(30, supplier))
    assert request["routing_amount"] == "40000000"
    await sales.done(request["id"], "recall")
    again = await sales.done(request["id"], "send")
    assert (states(again), again["routing_amount"]) == (ONLY_MANAGER, "40000000")


async def test_of_many_sent_at_once_each_sees_those_before_it(sign_in: SignIn, supplier: str) -> None:
    people, admin = [await sign_in(name) for name in ("sales1", "sales2")], await sign_in("admin1")
    await adds_up(admin, "supplier")
    requests = [await person.create(lines=millions(4, supplier)) for person in people for _ in range(10)]
    tried = [
        person.act(requests[10 * index + place]["id"], "send")
        for place in range(10)
        for index, person in enumerate(people)
    ]
    answers = await asyncio.gather(*tried)
    while busy := [answer for answer in answers if answer.status_code != 200]:
        assert {answer.json()["code"] for answer in busy} <= {"request_busy", "too_many_requests"}
        left = [request for request in requests if (await admin.request(request["id"]))["process_status"] == "not_sent"]
        owners = {person.username: person for person in people}
        answers = [await owners[request["owner"]["username"]].act(request["id"], "send") for request in left]
    found = [await admin.request(request["id"]) for request in requests]
    amounts = sorted(int(request["routing_amount"]) for request in found)
    assert amounts == [4_000_000 * (place + 1) for place in range(20)]
    for request in found:
        over = int(request["routing_amount"]) >= 50_000_000
        assert states(request) == (BOTH if over else ONLY_MANAGER), request["routing_amount"]


async def test_what_an_approver_raises_counts_with_the_others(sign_in: SignIn, supplier: str) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    await adds_up(admin, "supplier")
    both = [await sent(sales, lines=millions(10, supplier)) for _ in range(2)]
    assert [states(request) for request in both] == [ONLY_MANAGER, ONLY_MANAGER]
    lifted = await asyncio.gather(
        *(manager.done(request["id"], "approve", approval(request, quantity="26")) for request in both)
    )
    assert sorted(request["process_status"] for request in lifted) == ["completed", "in_progress"]
    waiting = next(request for request in lifted if request["process_status"] == "in_progress")
    assert (waiting["routing_amount"], waiting["cumulated"]["own"]) == ("52000000", "26000000")
    assert states(waiting) == [("manager", "approved"), ("director", "open")]


async def test_a_supplier_that_an_approver_names_counts(sign_in: SignIn, supplier: str) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    await adds_up(admin, "supplier")
    await sent(sales, lines=millions(30, supplier))
    unnamed = await sent(sales, lines=millions(30, None))
    assert states(unnamed) == ONLY_MANAGER
    named = await manager.done(unnamed["id"], "approve", approval(unnamed, supplier=supplier))
    assert states(named) == [("manager", "approved"), ("director", "open")]
    third = await sent(sales, lines=millions(1, supplier))
    assert third["routing_amount"] == "61000000"


async def test_who_may_not_see_a_request_knows_a_number_and_an_amount(
    app: FastAPI, sign_in: SignIn, supplier: str
) -> None:
    sales, colleague, director, admin = [await sign_in(name) for name in ("sales1", "sales2", "director1", "admin1")]
    await adds_up(admin, "supplier")
    hidden = await sent(colleague, lines=millions(30, supplier))
    own = await sent(sales, lines=millions(10, supplier))
    request = await sent(sales, lines=millions(15, supplier))
    seen = request["cumulated"]
    assert [one["number"] for one in seen["requests"]] == [own["number"]]
    assert seen["further"] == {"count": 1, "amount": "30000000"}
    assert hidden["number"] not in str(await sales.request(request["id"]))
    all_of_it = (await director.request(request["id"]))["cumulated"]
    assert [one["number"] for one in all_of_it["requests"]] == [hidden["number"], own["number"]]
    async with visitor(app, "sales1", "vi") as owner:
        html = " ".join((await owner.read(f"/requests/{request['id']}")).split())
    assert "Được xét duyệt với giá trị 55.000.000 ₫" in html
    assert f"cùng nhà cung cấp {supplier}" in html
    assert (
        f'vòng 10 ngày làm việc: yêu cầu này (15.000.000 ₫), <a href="/requests/{own["id"]}">{own["number"]}</a> (10.000.000 ₫), 1 yêu cầu khác (30.000.000 ₫)'
        in html
    )
    assert hidden["number"] not in html


async def test_a_substitute_is_held_to_the_sum(sign_in: SignIn, supplier: str) -> None:
    sales, manager, substitute, admin = [await sign_in(name) for name in ("sales1", "manager1", "manager2", "admin1")]
    await adds_up(admin, "supplier")
    await sent(sales, lines=millions(30, supplier))
    request = await sent(sales, lines=millions(15, supplier))
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    ceiling = {"amount": "40000000", "currency": "VND"}
    body = {"substitute": "manager2", "until": until, "reason": "Nghỉ phép", "ceiling": ceiling}
    given = (await manager.call("POST", "/substitutions", body)).json()
    refused = await substitute.act(request["id"], "approve", {"step": "manager"})
    assert refused.json()["code"] in ("ceiling_exceeded", "not_found"), refused.text
    assert (await manager.call("DELETE", f"/substitutions/{given['id']}")).status_code == 204


async def test_one_source_counts_however_long_ago(sign_in: SignIn, pool: Pool) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    await adds_up(admin, "source", window=None)
    source = {"type": "sales_order", "id": (await sales.get("/sales-orders"))["items"][0]["id"]}
    first = await sent(sales, source=source, lines=millions(30, None))
    await pool.execute("UPDATE runs SET sent_at = now() - interval '2 years' WHERE request_id = $1", UUID(first["id"]))
    second = await sent(sales, source=source, lines=millions(25, None))
    assert (states(second), second["cumulated"]["window"]) == (BOTH, None)
    assert int(second["routing_amount"]) >= 55_000_000


async def test_an_approval_does_not_hold_across_a_threshold_that_others_made_it_cross(
    sign_in: SignIn, supplier: str
) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    last = {**FROM_50_MILLION, "key": "last", "when": "request.total > 0.0"}
    rule = {"key": ["supplier"], "window": "10bd"}
    await publish(
        admin, "sums-delta", [MANAGER, FROM_50_MILLION, last], schema_version=2, cumulative=[rule], resume="delta"
    )
    await connect(admin, "sums-delta")
    request = await sent(sales, lines=millions(30, supplier))
    await manager.done(request["id"], "approve", {"step": "manager"})
    await sales.done(request["id"], "recall")
    outcomes = [
        step["outcome"] for step in (await sales.get(f"/purchase-requests/{request['id']}/approval-preview"))["steps"]
    ]
    assert outcomes[0] == "carried"
    await sent(sales, lines=millions(30, supplier))
    preview = await sales.get(f"/purchase-requests/{request['id']}/approval-preview")
    assert [step["outcome"] for step in preview["steps"]] == ["asks_again", "new", "new"]
    assert preview["steps"][0]["why"].startswith("Asks again: a condition of the process answers otherwise")


async def test_what_was_proposed_in_a_round_that_was_returned_counts_no_more(sign_in: SignIn, supplier: str) -> None:
    sales, manager, director, admin = [await sign_in(name) for name in ("sales1", "manager1", "director1", "admin1")]
    rule = {"key": ["supplier"], "window": "10bd"}
    last = {**FROM_50_MILLION, "key": "last", "when": "request.total > 0.0"}
    await publish(admin, "sums-back", [MANAGER, FROM_50_MILLION, last], schema_version=2, cumulative=[rule])
    await connect(admin, "sums-back")
    request = await sent(sales, lines=millions(30, supplier))
    await manager.done(request["id"], "approve", approval(request, quantity="1"))
    assert (await sent(sales, lines=millions(1, supplier)))["routing_amount"] == "2000000"
    await director.done(request["id"], "reject", {"step": "last", "note": "Sửa"})
    assert (await sent(sales, lines=millions(1, supplier)))["routing_amount"] == "32000000"
