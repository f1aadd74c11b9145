"""Making, editing, deleting and listing purchase requests, and the shapes that api.md promises."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from crm.pool import Pool
from tests.api.setting import SMALL, completed, sent
from tests.clients import LINE, ApiClient, request_body
from tests.conftest import SignIn
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")

PERSON = {"username": "sales1", "name": "Nguyễn Văn An"}
MANAGER = {"username": "manager1", "name": "Lê Hoàng Nam"}
DIRECTOR = {"username": "director1", "name": "Trần Thị Minh Nguyệt"}


async def test_a_new_request_answers_201_with_location_and_etag(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    answer = await sales.call("POST", "/purchase-requests", request_body())
    request = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/purchase-requests/{request['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert UUID(request["id"]).version == 7
    assert re.fullmatch(r"YCMH-\d{4}-\d{6}", request["number"])
    again = await sales.call("GET", f"/purchase-requests/{request['id']}")
    assert again.headers["ETag"] == '"1"'
    assert again.json() == request


async def test_a_new_request_has_the_documented_shape(sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create()
    line = request["lines"][0]
    assert {name: request[name] for name in DOCUMENTED - {"lines"}} == {
        "id": request["id"],
        "number": request["number"],
        "request_date": f"{datetime.now(ZoneInfo('Asia/Ho_Chi_Minh')):%Y-%m-%d}",
        "version": 1,
        "owner": PERSON,
        "source": None,
        "purpose": "Máy tính cho nhân viên mới",
        "delivery_address": "Số 18 Phạm Hùng, Hà Nội",
        "desired_delivery_date": "2027-01-15",
        "description": "",
        "currency": "VND",
        "total": "125000000",
        "process_status": "not_sent",
        "process_id": None,
        "purchase_status": None,
        "notes": [],
        "run": None,
        "allowed_actions": ["edit", "delete", "send"],
    }
    assert {name: line[name] for name in (*LINE, "quantity_received")} == {**LINE, "quantity_received": "0"}
    assert UUID(line["id"]).version == 7


DOCUMENTED = {
    "id", "number", "request_date", "version", "owner", "source", "purpose", "delivery_address",
    "desired_delivery_date", "description", "currency", "total", "lines", "process_status", "process_id",
    "purchase_status", "notes", "run", "allowed_actions",
}  # fmt: skip


async def test_a_request_on_its_way_has_the_documented_run(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    line = request["lines"][0]["id"]
    await manager.done(
        request["id"], "approve", {"step": "manager", "changes": {"lines": [{"id": line, "quantity": "8"}]}}
    )
    shown = await sales.request(request["id"])
    run = shown["run"]
    assert set(shown) >= DOCUMENTED
    assert shown["process_id"] == run["id"]
    assert (run["status"], run["round"]) == ("in_progress", 1)
    assert run["process"] == {"key": "purchase-approval", "version": 1}
    assert {key: run["step"][key] for key in ("key", "name", "approvers")} == {
        "key": "director",
        "name": "Director",
        "approvers": [DIRECTOR],
    }
    assert datetime.fromisoformat(run["step"]["deadline"]).tzinfo is not None
    assert [{key: step[key] for key in ("key", "name", "state", "why")} for step in run["steps"]] == [
        {
            "key": "manager",
            "name": "Line manager",
            "state": "approved",
            "why": "Manager of Nguyễn Văn An, level 1",
        },
        {
            "key": "director",
            "name": "Director",
            "state": "open",
            "why": "Holds the role Director; Needed because: the total is 50 million dong or more, or in a foreign currency",
        },
    ]
    (change,) = run["proposed_changes"]
    assert datetime.fromisoformat(change.pop("at")).tzinfo is not None
    assert {key: change[key] for key in ("pointer", "from", "to", "by")} == {
        "pointer": "/lines/0/quantity",
        "from": "10",
        "to": "8",
        "by": "manager1",
    }
    assert run["purchase_status"] is None
    assert run["lines"] == [{"id": line, "quantity_received": "0"}]
    assert shown["lines"][0]["quantity"] == "10", "the CRM keeps its own value beside the proposed one"


async def test_allowed_actions_are_for_the_caller(sign_in: SignIn) -> None:
    names = ("sales1", "manager1", "director1", "admin1")
    people = {name: await sign_in(name) for name in names}
    request = await sent(people["sales1"])

    async def allowed() -> dict[str, list[str]]:
        return {name: (await people[name].request(request["id"]))["allowed_actions"] for name in names}

    of_approver = ["approve", "reject", "forward", "consult", "add_approver"]
    at_manager = {"sales1": ["recall", "cancel", "remind"], "manager1": of_approver, "director1": []}
    assert await allowed() == {**at_manager, "admin1": ["cancel", "remind", "resolve_approvers"]}
    await people["manager1"].done(request["id"], "reject", {"step": "manager", "note": "Giảm"})
    assert await allowed() == {
        "sales1": ["edit", "send", "cancel"], "manager1": [], "director1": [], "admin1": ["cancel"],
    }  # fmt: skip
    await people["sales1"].done(request["id"], "cancel", {"note": "Thôi"})
    assert await allowed() == {name: [] for name in names}


async def test_request_numbers_ascend_even_when_many_are_made_at_once(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    first = await sales.create()
    many = [request["number"] for request in await asyncio.gather(*(sales.create() for _ in range(12)))]
    last = await sales.create()
    assert len({first["number"], *many, last["number"]}) == 14
    assert first["number"] < min(many)
    assert max(many) < last["number"]


async def test_save_and_send_is_one_call(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    answer = await sales.call("POST", "/purchase-requests", request_body(send={"note": "Gấp"}))
    request = answer.json()
    assert answer.status_code == 201
    assert answer.headers["ETag"] == f'"{request["version"]}"'
    assert (request["process_status"], request["send_pending"]) == ("in_progress", False)
    assert request["process_id"] == request["run"]["id"]
    assert [(item["action"], item["note"]) for item in await sales.timeline(request["id"])] == [
        ("create", ""),
        ("send", "Gấp"),
    ]
    assert request["notes"] == []


async def test_an_unsent_request_is_edited_by_its_owner(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create(lines=[LINE, {**LINE, "product_code": "MON-27U"}])
    kept = request["lines"][1]
    body = {"purpose": "Bổ sung", "desired_delivery_date": None, "lines": [{**LINE, "id": kept["id"], "quantity": "3"}]}
    answer = await _patch(sales, request, body)
    edited = answer.json()
    assert answer.status_code == 200
    assert (answer.headers["ETag"], edited["version"]) == ('"2"', 2)
    assert (edited["purpose"], edited["desired_delivery_date"]) == ("Bổ sung", None)
    assert edited["delivery_address"] == request["delivery_address"], "what is not given stays"
    assert [(line["id"], line["quantity"]) for line in edited["lines"]] == [(kept["id"], "3")]
    assert edited["total"] == "37500000"


async def test_an_edit_needs_the_version_that_was_seen(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    path = f"/purchase-requests/{request['id']}"
    without = await sales.call("PATCH", path, {"purpose": "x"})
    assert (without.status_code, without.json()["code"]) == (428, "if_match_required")
    for tag in ('"7"', '"x"', "1"):
        old = await sales.call("PATCH", path, {"purpose": "x"}, If_Match=tag)
        assert (old.status_code, old.json()["code"]) == (412, "stale_version")
    assert await sales.request(request["id"]) == request


@pytest.mark.parametrize("status", ["in_progress", "rejected", "cancelled", "completed"])
async def test_a_request_on_its_way_or_ended_is_neither_edited_nor_deleted_nor_sent(
    status: str, sign_in: SignIn
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    if status == "rejected":
        await manager.done(request["id"], "reject", {"step": "manager", "note": "Không", "end": True})
    elif status == "cancelled":
        await sales.done(request["id"], "cancel", {"note": "Thôi"})
    elif status == "completed":
        await manager.done(request["id"], "approve", {"step": "manager"})
    before = await sales.request(request["id"])
    assert before["process_status"] == status

    edit = await _patch(sales, before, {"purpose": "x"})
    delete = await sales.call("DELETE", f"/purchase-requests/{request['id']}")
    send = await sales.act(request["id"], "send")
    assert [(answer.status_code, answer.json()["code"]) for answer in (edit, delete)] == [(409, "request_locked")] * 2
    assert send.status_code == 409
    assert send.json()["code"] == ("request_locked" if status == "in_progress" else "run_ended")
    assert await sales.request(request["id"]) == before
    refused = [item for item in await sales.timeline(request["id"]) if item["outcome"] == "refused"]
    assert [item["action"] for item in refused] == ["edit", "delete", "send"]


async def test_a_returned_request_is_edited_and_resent_but_not_deleted(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    returned = await manager.done(request["id"], "reject", {"step": "manager", "note": "Giảm còn 2"})
    assert (await sales.call("DELETE", f"/purchase-requests/{request['id']}")).json()["code"] == "request_locked"
    edited = await _patch(sales, returned, {"lines": SMALL})
    assert edited.status_code == 200
    resent = await sales.done(request["id"], "send", {"note": "Đã giảm"})
    assert resent["run"]["round"] == 2
    assert resent["process_id"] == request["process_id"], "it is the same run"
    assert [step["state"] for step in resent["run"]["steps"]] == ["open", "skipped"], "routed by the new values"


async def test_nobody_but_the_owner_edits_deletes_or_sends(sign_in: SignIn) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    request = await sales.create()
    for other in (manager, admin):
        edit = await _patch(other, request, {"purpose": "x"})
        delete = await other.call("DELETE", f"/purchase-requests/{request['id']}")
        send = await other.act(request["id"], "send")
        for answer in (edit, delete, send):
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await sales.request(request["id"]))["version"] == 1
    refused = [(item["actor"]["username"], item["action"]) for item in await sales.timeline(request["id"])][1:]
    assert refused == [(who, what) for who in ("manager1", "admin1") for what in ("edit", "delete", "send")]


async def test_an_unsent_request_is_deleted_for_good(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    answer = await sales.call("DELETE", f"/purchase-requests/{request['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await sales.call("GET", f"/purchase-requests/{request['id']}")).status_code == 404
    left = "SELECT count(*) FROM purchase_request_lines WHERE request_id = $1"
    assert await pool.fetchval(left, UUID(request["id"])) == 0


async def test_purchasing_makes_no_requests(sign_in: SignIn) -> None:
    answer = await (await sign_in("purchasing1")).call("POST", "/purchase-requests", request_body())
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


WRONG_BODIES: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": ({"colour": "red"}, "/colour"),
    "no purpose": ({"purpose": ""}, "/purpose"),
    "no lines": ({"lines": []}, "/lines"),
    "a quantity of zero": ({"lines": [{**LINE, "quantity": "0"}]}, "/lines/0/quantity"),
    "a quantity that is no number": ({"lines": [LINE, {**LINE, "quantity": "ten"}]}, "/lines/1/quantity"),
    "a price below zero": ({"lines": [{**LINE, "unit_price": "-1"}]}, "/lines/0/unit_price"),
    "a price with five decimals": ({"lines": [{**LINE, "unit_price": "1.00001"}]}, "/lines/0/unit_price"),
    "infinite goods": ({"lines": [{**LINE, "quantity": "Infinity"}]}, "/lines/0/quantity"),
    "a day that is none": ({"desired_delivery_date": "2027-02-30"}, "/desired_delivery_date"),
    "a currency that is none": ({"currency": "dong"}, "/currency"),
    "a source that is not there": (
        {"source": {"type": "sales_order", "id": "01a20c81-94ee-72b1-a4c8-6a4aedfc0ec3"}}, "/source/id",
    ),
    "an approver map that is a list": ({"send": {"approvers": []}}, "/send/approvers"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_BODIES)
async def test_a_wrong_body_is_refused_with_a_pointer_to_the_place(case: str, sign_in: SignIn) -> None:
    changes, pointer = WRONG_BODIES[case]
    answer = await (await sign_in("sales1")).call("POST", "/purchase-requests", request_body(**changes))
    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (problem["code"], problem["status"]) == ("invalid", 422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert problem["errors"][0]["detail"]
    assert {"type", "title", "detail"} <= set(problem)


async def test_a_text_is_measured_in_characters_and_a_list_in_items(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    body = request_body(purpose=" ", delivery_address="x" * 201, lines=[])
    answer = await sales.call("POST", "/purchase-requests", body)
    assert {error["pointer"]: error["detail"] for error in answer.json()["errors"]} == {
        "/purpose": "at least 1 character(s)",
        "/delivery_address": "at most 200 characters",
        "/lines": "at least 1 item(s)",
    }


async def test_money_and_quantities_are_exact_decimals_never_floats(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    lines = [
        {**LINE, "quantity": "0.1", "unit_price": "0.2"},
        {**LINE, "quantity": "0.0003", "unit_price": "0.0007"},
        {**LINE, "quantity": "3", "unit_price": "9007199254740993.01"},
    ]
    request = await sales.create(lines=lines)
    total = sum((Decimal(line["quantity"]) * Decimal(line["unit_price"]) for line in lines), start=Decimal(0))
    assert request["total"] == "27021597764222979.05000021" == str(total)
    assert [(line["quantity"], line["unit_price"]) for line in request["lines"]] == [
        (line["quantity"], line["unit_price"]) for line in lines
    ]
    found = await pool.fetchval("SELECT total FROM purchase_requests WHERE id = $1", UUID(request["id"]))
    assert found == total
    assert _floats(request) == []
    listed = await sales.get(f"/purchase-requests?q={request['number']}")
    assert listed["items"][0]["total"] == request["total"]
    assert _floats(listed) == []


async def test_a_list_has_the_related_lists_columns_and_who_is_waited_on(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    (item,) = (await sales.get(f"/purchase-requests?q={request['number']}"))["items"]
    columns = ("id", "number", "request_date", "owner", "process_status", "purchase_status", "goods")
    assert {name: item[name] for name in columns} == {
        "id": request["id"],
        "number": request["number"],
        "request_date": request["request_date"],
        "owner": PERSON,
        "process_status": "in_progress",
        "purchase_status": None,
        "goods": ["Máy tính xách tay ThinkPad T14"],
    }
    assert item["waiting_on"] == [MANAGER]


async def test_lists_are_narrowed_by_status_owner_words_and_purchase_status(sign_in: SignIn) -> None:
    sales, manager, purchasing = await sign_in("sales1"), await sign_in("manager1"), await sign_in("purchasing1")
    draft = await sales.create(purpose="Tủ điện Zebra")
    done = await completed(sales, manager, purpose="Máy phát Zebra")
    other = await (await sign_in("sales2")).create(purpose="Bàn ghế Zebra")
    event = {
        "event_id": "filter-1", "occurred_at": "2025-12-01T00:00:00Z", "request_number": done["number"],
        "purchase_status": "ordered",
    }  # fmt: skip
    assert (await purchasing.call("POST", "/purchasing/events", event)).status_code == 200

    async def found(query: str) -> set[str]:
        return {item["id"] for item in (await manager.get(f"/purchase-requests?{query}"))["items"]}

    assert await found("q=zebra") == {draft["id"], done["id"], other["id"]}
    assert await found("q=TU%20DIEN%20zebra") == {draft["id"]}, "accents and case do not matter"
    assert await found(f"q={done['number']}") == {done["id"]}
    assert await found("q=zebra&process_status=completed") == {done["id"]}
    assert await found("q=zebra&process_status=completed&process_status=not_sent&owner=sales1") == {
        draft["id"], done["id"],
    }  # fmt: skip
    assert await found("q=zebra&owner=sales2") == {other["id"]}
    assert await found("q=zebra&purchase_status=ordered") == {done["id"]}
    assert await found("q=100%25") == set(), "no wildcard of the database gets through"


@pytest.mark.parametrize("sort", ["created", "number", "request_date", "total"])
@pytest.mark.parametrize("direction", ["", "-"])
async def test_pages_join_into_the_whole_list_in_every_order(direction: str, sort: str, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    mark = f"trang{sort}{'xuong' if direction else 'len'}"
    made = [
        await sales.create(purpose=mark, lines=[{**LINE, "quantity": str(quantity)}]) for quantity in (3, 1, 2, 2, 5)
    ]
    query = f"/purchase-requests?q={mark}&sort={direction}{sort}&limit=2"
    items: list[Any] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        page = await sales.get(query + (f"&cursor={cursor}" if cursor else ""))
        assert len(page["items"]) <= 2
        items += page["items"]
        cursor = page["next_cursor"]
        pages += 1
    assert pages == 3
    assert sorted(item["id"] for item in items) == sorted(request["id"] for request in made)
    field = "id" if sort == "created" else sort
    keys = [Decimal(item["total"]) if field == "total" else item[field] for item in items]
    assert keys == sorted(keys, reverse=bool(direction))


async def test_a_page_stays_where_it_was_when_newer_requests_arrive(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    made = [(await sales.create(purpose="khoacung"))["id"] for _ in range(4)]
    first = await sales.get("/purchase-requests?q=khoacung&limit=2")
    await sales.create(purpose="khoacung")
    second = await sales.get(f"/purchase-requests?q=khoacung&limit=2&cursor={first['next_cursor']}")
    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=many", "/limit"),
        ("sort=colour", "/sort"),
        ("cursor=x", "/cursor"),
        ("sort=total&cursor=WyJhIiwgImIiXQ", "/cursor"),
        ("process_status=lost", "/process_status/0"),
        ("source_id=1", "/source_id"),
    ],
)
async def test_a_wrong_query_is_refused_with_a_pointer(query: str, pointer: str, sign_in: SignIn) -> None:
    answer = await (await sign_in("sales1")).call("GET", f"/purchase-requests?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_the_timeline_has_the_documented_shape_oldest_first(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    await manager.act(request["id"], "reject", {"step": "manager"})
    await manager.done(request["id"], "reject", {"step": "manager", "note": "Giảm còn 8"})
    items = await sales.timeline(request["id"])
    assert [item["at"] for item in items] == sorted(item["at"] for item in items)
    shown = ("action", "step", "round", "note", "outcome", "reason")
    assert [tuple(item[name] for name in shown) for item in items] == [
        ("create", None, 0, "", "accepted", None),
        ("send", None, 1, "", "accepted", None),
        ("reject", "manager", 1, "", "refused", "note_required"),
        ("reject", "manager", 1, "Giảm còn 8", "accepted", None),
    ]
    assert [item["actor"] for item in items] == [PERSON, PERSON, MANAGER, MANAGER]


async def test_texts_follow_the_language_and_codes_do_not(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    path = f"/purchase-requests/{request['id']}/approve"
    answers = [
        (await sales.call("POST", path, {"step": "manager"}, Accept_Language=language)).json()
        for language in ("vi", "en", "de")
    ]
    assert {answer["code"] for answer in answers} == {"self_approval"}
    assert answers[0]["title"] == answers[2]["title"] == "Không ai tự duyệt yêu cầu của mình"
    assert answers[1]["title"] == "Nobody approves their own request"


async def test_me_is_the_caller(sign_in: SignIn) -> None:
    me = await (await sign_in("manager1")).get("/me")
    assert me == {**MANAGER, "roles": ["manager"]}


async def test_the_outcome_of_a_command_is_where_location_says(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    await manager.act(request["id"], "reject", {"step": "manager"})
    await manager.done(request["id"], "approve", {"step": "manager"})
    refused, applied = (item["command_id"] for item in (await sales.timeline(request["id"]))[-2:])
    path = f"/purchase-requests/{request['id']}/commands"
    known = {"command_id": applied, "status": "applied", "action": "approve", "actor": "manager1"}
    assert await sales.get(f"{path}/{applied}") == known
    told = await sales.get(f"{path}/{refused}")
    assert (told["status"], told["code"]) == ("refused", "note_required")
    other = await sales.create()
    answer = await sales.call("GET", f"/purchase-requests/{other['id']}/commands/{applied}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def _patch(client: ApiClient, request: Any, body: dict[str, Any]) -> Any:
    return await client.call("PATCH", f"/purchase-requests/{request['id']}", body, If_Match=f'"{request["version"]}"')


def _floats(value: Any) -> list[float]:
    """Every float anywhere in an answer."""
    if isinstance(value, float):
        return [value]
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for member in members for found in _floats(member)]


@pytest.mark.parametrize("to", ["nothing", "another order"])
async def test_an_edit_of_the_source_alone_keeps_the_lines_and_links_them_anew(to: str, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    orders = {order["number"]: order for order in (await sales.get("/sales-orders?limit=50"))["items"]}
    first, other = orders["DH-2026-0413"], orders["DH-2026-0417"]  # both have NAS-1823
    request = await sales.create(**await sales.get(f"/sales-orders/{first['id']}/purchase-request-draft"))
    source = None if to == "nothing" else {"type": "sales_order", "id": other["id"]}
    answer = await sales.call("PATCH", f"/purchase-requests/{request['id']}", {"source": source}, If_Match='"1"')
    assert answer.status_code == 200, answer.text
    edited = answer.json()
    assert [line["id"] for line in edited["lines"]] == [line["id"] for line in request["lines"]]
    linked = {line["product_code"] for line in edited["lines"] if line["source_line_id"] is not None}
    assert linked == (set() if to == "nothing" else {"NAS-1823"})


async def test_a_total_is_exact_to_the_last_digit(sign_in: SignIn, app: FastAPI) -> None:
    sales = await sign_in("sales1")
    line = {**LINE, "quantity": "999999999999.9999", "unit_price": "9999999999999999.9999"}
    request = await sales.create(lines=[line, {**LINE, "quantity": "1", "unit_price": "0.0001"}])
    assert request["total"] == "9999999999999998999900000000.00010001"
    async with visitor(app, "sales1") as person:
        assert "9,999,999,999,999,998,999,900,000,000" in await person.read(f"/requests/{request['id']}")
        await person.read("/requests")


async def test_a_line_without_a_price_is_worth_a_second_look(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create(lines=[LINE, {**LINE, "product_code": "KB-1", "unit_price": "0"}])
    (warning,) = request["warnings"]
    assert (warning["code"], warning["pointer"]) == ("price_missing", "/lines/1/unit_price")
    assert warning["detail"] == "KB-1: no price, so it counts as 0 in the total"


@pytest.mark.parametrize(
    ("currency", "price", "warned"), [("VND", "28.9", True), ("VND", "28900.00", False), ("USD", "28.9", False)]
)
async def test_a_fraction_of_a_dong_is_worth_a_second_look(
    currency: str, price: str, warned: bool, sign_in: SignIn
) -> None:
    request = await (await sign_in("sales1")).create(currency=currency, lines=[{**LINE, "unit_price": price}])
    assert [(warning["code"], warning["pointer"]) for warning in request["warnings"]] == (
        [("price_in_fractions", "/lines/0/unit_price")] if warned else []
    )
    if warned:
        assert request["warnings"][0]["detail"] == "LT-T14: 28.9 has a fraction, and VND has none"
