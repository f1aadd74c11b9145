"""The pages of those who decide: the inbox, one request's decision, several at once."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from application.commands import Commands
from tests.api.setting import SMALL, connect, publish, sent
from tests.clients import LINE, ApiClient
from tests.conftest import SignIn
from tests.web.browser import Visitor, value_of, visitor

pytestmark = pytest.mark.usefixtures("running_worker")

SCRIPT = '<script>alert("x")</script>'


def box_of(html: str, number: str) -> str:
    """What the checkbox of a request's row in the inbox sends."""
    found = re.search(rf'name="id" value="([^"]+)" aria-label="Tick {number}"', html)
    assert found, number
    return found[1]


async def decision_fields(person: Visitor, request_id: str, decision: str, **fields: Any) -> dict[str, Any]:
    """A decision as the request's decision page would send it."""
    html = await person.read(f"/inbox/{request_id}")
    hidden = {name: value_of(html, name) for name in ("csrf_token", "command_id", "step", "version")}
    return hidden | {"decision": decision, "note": ""} | fields


async def decide(person: Visitor, request_id: str, decision: str, **fields: Any) -> Any:
    """Open the decision page, fill in and send its form."""
    form = await decision_fields(person, request_id, decision, **fields)
    return await person.http.post(f"/inbox/{request_id}", data=form)


async def people(sign_in: SignIn) -> tuple[ApiClient, ApiClient, ApiClient]:
    return await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")


async def test_an_empty_inbox_says_what_it_is_for(app: FastAPI) -> None:
    async with visitor(app, "manager2") as manager:
        assert "Nothing waits for you" in await manager.read("/inbox")


async def test_the_inbox_holds_what_waits_on_one_and_the_navigation_counts_it(app: FastAPI, sign_in: SignIn) -> None:
    sales, _, _ = await people(sign_in)
    request = await sent(sales, purpose=SCRIPT)
    async with visitor(app, "manager1") as manager, visitor(app, "director1") as director:
        html = await manager.read("/inbox")
        assert request["number"] in html
        assert re.search(r'class="nav-count">\d+<', html)
        assert SCRIPT not in html
        assert "&lt;script&gt;" in html
        assert request["number"] not in await director.read("/inbox")


async def test_the_oldest_deadline_comes_first_and_overdue_is_marked(app: FastAPI, sign_in: SignIn, pool: Any) -> None:
    sales, _, _ = await people(sign_in)
    early, late = await sent(sales), await sent(sales)
    await pool.execute("UPDATE assignments SET due_at = now() - interval '1 hour' WHERE request_id = $1", late["id"])
    async with visitor(app, "manager1") as manager:
        html = await manager.read("/inbox")
    assert html.index(late["number"]) < html.index(early["number"])
    row = next(row for row in html.split("<tr") if late["number"] in row)
    assert "is-overdue" in row
    assert "Overdue" in row


async def test_whoever_may_not_decide_is_led_to_the_request_itself(app: FastAPI, sign_in: SignIn) -> None:
    sales, _, _ = await people(sign_in)
    request = await sent(sales)
    async with visitor(app, "sales1") as owner, visitor(app, "sales2") as stranger:
        answer = await owner.get(f"/inbox/{request['id']}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/requests/{request['id']}")
        assert (await stranger.get(f"/inbox/{request['id']}")).status_code == 404


async def test_the_decision_page_has_all_that_a_decision_needs(app: FastAPI, sign_in: SignIn) -> None:
    sales, manager, _ = await people(sign_in)
    order = (await sales.get("/sales-orders"))["items"][0]
    draft = await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft")
    other = await sent(sales, **draft)
    request = await sent(sales, **draft)
    await manager.done(request["id"], "reject", {"step": "manager", "note": "Giảm số lượng"})
    await sales.done(request["id"], "send")
    async with visitor(app, "manager1") as person:
        html = await person.read(f"/inbox/{request['id']}")
    for text in ("The sales order behind it", order["number"], order["customer"], other["number"], "Still open",
                 "Earlier rounds", "Giảm số lượng", "Change before approving"):  # fmt: skip
        assert text in html, text


async def test_what_its_owner_corrected_stays_marked_under_what_is_proposed(app: FastAPI, sign_in: SignIn) -> None:
    sales, manager, _ = await people(sign_in)
    request = await sent(sales)
    line = request["lines"][0]
    returned = await manager.done(request["id"], "reject", {"step": "manager", "note": "Nhiều quá"})
    corrected = {"lines": [{**LINE, "id": line["id"], "quantity": "9"}]}
    version = {"If_Match": f'"{returned["version"]}"'}
    answer = await sales.call("PATCH", f"/purchase-requests/{request['id']}", corrected, **version)
    assert answer.status_code == 200, answer.text
    await sales.done(request["id"], "send")
    changes = {"lines": [{"id": line["id"], "quantity": "8"}]}
    await manager.done(request["id"], "approve", {"step": "manager", "changes": changes})
    async with visitor(app, "director1") as person:
        html = await person.read(f"/inbox/{request['id']}")
    row = html.split("goods-table")[1].split("<tbody>")[1].split("</tr>")[0]
    shown = " ".join(re.sub(r"<[^>]+>", " ", row).split())
    assert "was 10 as sent: 9 proposed: 8 Lê Hoàng Nam" in shown
    assert '<del class="was changed"><span class="quantity">9</span></del>' in row


async def test_the_order_is_compared_with_what_approvers_propose(app: FastAPI, sign_in: SignIn) -> None:
    sales, manager, _ = await people(sign_in)
    order = (await sales.get("/sales-orders?q=0412"))["items"][0]
    request = await sent(sales, **await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft"))
    changes = {"lines": [{"id": request["lines"][0]["id"], "quantity": "8"}]}
    await manager.done(request["id"], "approve", {"step": "manager", "changes": changes})
    async with visitor(app, "director1") as person:
        html = await person.read(f"/inbox/{request['id']}")
    row = html.split("source-table")[1].split("<tr")[2]
    shown = " ".join(re.sub(r"<[^>]+>", " ", row.split(">", 1)[1]).split())
    line = (await sales.get(f"/sales-orders/{order['id']}"))["lines"][0]
    others = int(line["quantity_requested"]) - 10
    left = int(line["quantity"]) - others - 8
    assert shown.endswith(f" 10 10 8 {others} " + (f"{left}" if left >= 0 else f"{-left} over"))
    assert '<del class="was">10</del>' in row


async def test_approving_goes_on_to_the_next_step(app: FastAPI, sign_in: SignIn) -> None:
    sales, _, director = await people(sign_in)
    request = await sent(sales)
    async with visitor(app, "manager1") as person:
        answer = await decide(person, request["id"], "approve", note="Đồng ý")
        assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
        html = await person.read("/inbox")
        assert f"{request['number']}: Approved" in html
        assert "Now with Trần Thị Minh Nguyệt." in html
    assert (await director.request(request["id"]))["run"]["step"]["key"] == "director"


async def test_a_form_sent_twice_is_one_decision(app: FastAPI, sign_in: SignIn) -> None:
    sales, _, _ = await people(sign_in)
    request = await sent(sales)
    async with visitor(app, "manager1") as person:
        form = await decision_fields(person, request["id"], "approve")
        for _ in range(2):
            answer = await person.http.post(f"/inbox/{request['id']}", data=form)
            assert answer.headers["location"] == "/inbox"
    approvals = [item for item in await sales.timeline(request["id"]) if item["action"] == "approve"]
    assert [item["outcome"] for item in approvals] == ["accepted"]


async def test_returning_needs_a_note_which_is_asked_for_at_its_field(app: FastAPI, sign_in: SignIn) -> None:
    sales, _, _ = await people(sign_in)
    request = await sent(sales)
    async with visitor(app, "manager1") as person:
        answer = await decide(person, request["id"], "reject", note="  ")
        assert answer.status_code == 422
        assert 'id="note-error">a note is required' in answer.text
        assert "A note is required" not in answer.text, "it is said at the field, and not above the form as well"
        assert (await sales.request(request["id"]))["process_status"] == "in_progress"
        await decide(person, request["id"], "reject", note=SCRIPT)
        html = await person.read(f"/requests/{request['id']}")
        assert SCRIPT not in html
    returned = await sales.request(request["id"])
    assert returned["process_status"] == "returned"
    assert returned["notes"][-1]["text"] == SCRIPT


async def test_rejecting_and_ending_ends_the_run(app: FastAPI, sign_in: SignIn) -> None:
    sales, _, _ = await people(sign_in)
    request = await sent(sales)
    async with visitor(app, "manager1") as person:
        await decide(person, request["id"], "end", note="Hết ngân sách")
    ended = await sales.request(request["id"])
    assert (ended["process_status"], ended["run"]["status"]) == ("rejected", "rejected")


async def test_a_permitted_field_is_changed_and_the_next_approver_sees_both_values(
    app: FastAPI, sign_in: SignIn
) -> None:
    sales, _, _ = await people(sign_in)
    request = await sent(sales)
    name = f"{request['lines'][0]['id']}/quantity"
    async with visitor(app, "manager1") as person:
        await decide(person, request["id"], "approve", **{name: "8", "desired_delivery_date": "2027-02-01"})
    async with visitor(app, "director1") as person:
        html = await person.read(f"/inbox/{request['id']}")
        assert '<del class="was"><span class="quantity">10</span></del>' in html
        assert 'Lê Hoàng Nam proposes <span class="quantity">8</span>' in html
        assert value_of(html, name) == "8"
        await decide(person, request["id"], "approve", **{name: "7"})
    done = await sales.request(request["id"])
    assert (done["lines"][0]["quantity"], done["desired_delivery_date"]) == ("7", "2027-02-01")


@pytest.mark.parametrize("typed", ["", "many", "0", "-1", "1.5.5", "1e3"])
async def test_what_is_no_quantity_is_said_at_its_field(app: FastAPI, sign_in: SignIn, typed: str) -> None:
    sales, _, _ = await people(sign_in)
    request = await sent(sales)
    name = f"{request['lines'][0]['id']}/quantity"
    async with visitor(app, "manager1") as person:
        answer = await decide(person, request["id"], "approve", note="vâng", **{name: typed})
        assert answer.status_code == 422
        field = answer.text.split(f'name="{name}"')[1][:400]
        assert 'aria-invalid="true"' in field
        assert ">vâng</textarea>" in answer.text
    assert (await sales.request(request["id"]))["run"]["step"]["key"] == "manager"


async def test_a_changed_price_is_read_by_the_requests_currency(app: FastAPI, sign_in: SignIn) -> None:
    sales, _, _ = await people(sign_in)
    admin = await sign_in("admin1")
    step = {"key": "manager", "name": "Manager", "approvers": [{"user": "manager1"}], "may_edit": ["lines.unit_price"]}
    await publish(admin, "prices-may-change", [step])
    await connect(admin, "prices-may-change")
    try:
        requests = [await sent(sales, currency=currency) for currency in ("VND", "USD")]
    finally:
        await connect(admin, "purchase-approval")
    async with visitor(app, "manager1") as person:
        for request in requests:
            await decide(person, request["id"], "approve", **{f"{request['lines'][0]['id']}/unit_price": "150.000"})
    prices = [(await sales.request(request["id"]))["lines"][0]["unit_price"] for request in requests]
    assert prices == ["150000", "150"]


async def test_a_field_that_the_step_may_not_change_is_not_changed(app: FastAPI, sign_in: SignIn) -> None:
    sales, _, _ = await people(sign_in)
    request = await sent(sales, lines=SMALL)
    async with visitor(app, "manager1") as person:
        await decide(person, request["id"], "approve", **{f"{request['lines'][0]['id']}/unit_price": "1"})
    done = await sales.request(request["id"])
    assert (done["process_status"], done["lines"][0]["unit_price"]) == ("completed", "12500000")


async def test_whoever_comes_second_is_told_what_happened_first(app: FastAPI, sign_in: SignIn) -> None:
    sales, manager, _ = await people(sign_in)
    request = await sent(sales)
    async with visitor(app, "manager1") as person:
        form = await decision_fields(person, request["id"], "approve")
        await manager.done(request["id"], "reject", {"step": "manager", "note": "Chưa đủ thông tin"})
        answer = await person.http.post(f"/inbox/{request['id']}", data=form)
        assert answer.headers["location"] == f"/requests/{request['id']}"
        html = unescape(await person.read(answer.headers["location"]))
    assert "Already decided" in html
    assert "Lê Hoàng Nam returned it first" in html


async def test_a_decision_on_an_older_version_is_asked_again_on_the_newer_one(
    app: FastAPI, sign_in: SignIn, pool: Any
) -> None:
    sales, _, _ = await people(sign_in)
    request = await sent(sales)
    name = f"{request['lines'][0]['id']}/quantity"
    async with visitor(app, "manager1") as person:
        form = await decision_fields(person, request["id"], "approve", note="Đồng ý", **{name: "3"})
        await pool.execute(
            "UPDATE purchase_requests SET version = version + 1, content_version = version + 1 WHERE id = $1",
            request["id"],
        )
        answer = await person.http.post(f"/inbox/{request['id']}", data=form)
    assert answer.status_code == 412
    assert "The request has changed" in answer.text
    assert ">Đồng ý</textarea>" in answer.text
    assert value_of(answer.text, name) == "10"
    assert value_of(answer.text, "command_id") != form["command_id"]


async def test_several_at_once_are_decided_each_on_its_own_with_a_line_for_each(app: FastAPI, sign_in: SignIn) -> None:
    sales, manager, _ = await people(sign_in)
    small, large, lost = await sent(sales, lines=SMALL), await sent(sales), await sent(sales)
    async with visitor(app, "manager1") as person:
        html = await person.read("/inbox")
        fields = {
            "csrf_token": value_of(html, "csrf_token"),
            "command_id": value_of(html, "command_id"),
            "note": "Duyệt theo lô",
            "id": [box_of(html, request["number"]) for request in (small, large, lost)],
        }
        await manager.done(lost["id"], "reject", {"step": "manager", "note": "Sai mã hàng"})
        first = await person.http.post("/inbox/approve", data=fields)
        again = await person.http.post("/inbox/approve", data=fields)
    assert first.status_code == 200
    results = [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in first.text.split('<li class="result ')[1:]]
    assert len(results) == 3
    for result, number, text in zip(
        results,
        (small["number"], large["number"], lost["number"]),
        (
            "Approved It was the last approval",
            "Approved Now with Trần Thị Minh Nguyệt.",
            "Already decided Lê Hoàng Nam",
        ),
        strict=True,
    ):
        assert number in result
        assert text in unescape(result)
    assert "2 of 3 approved" in first.text
    assert "2 of 3 approved" in again.text
    assert (await sales.request(small["id"]))["notes"][-1]["text"] == "Duyệt theo lô"
    assert (await sales.request(lost["id"]))["process_status"] == "returned"


async def test_of_what_was_ticked_and_waits_no_more_it_is_told_what_became(app: FastAPI, sign_in: SignIn) -> None:
    sales, manager, _ = await people(sign_in)
    lost, waits, stranger = await sent(sales), await sent(sales), await (await sign_in("sales2")).create()
    async with visitor(app, "manager1") as person:
        html = await person.read("/inbox")
        ticked = [box_of(html, request["number"]) for request in (lost, waits)]
        await manager.done(lost["id"], "reject", {"step": "manager", "note": "Sai mã hàng"})
        answer = await person.http.get("/inbox/gone", params={"id": [*ticked, f"{UUID(int=7)}/manager/1"]})
        (told, still, unseen) = [unescape(part) for part in answer.text.split("<p ")[1:]]
        assert lost["number"] in told
        assert "Lê Hoàng Nam returned it first" in told
        assert waits["number"] in still
        assert "It still waits for you" in still
        assert "A request that you may not see" in unseen
        assert (await person.get("/inbox/gone?id=nonsense")).status_code == 422
    async with visitor(app, "manager2") as person:
        answer = await person.http.get("/inbox/gone", params={"id": f"{stranger['id']}/manager/1"})
        assert stranger["number"] not in answer.text


async def test_an_error_that_nobody_expected_keeps_no_other_result_back(
    app: FastAPI, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales, _, _ = await people(sign_in)
    good, bad = await sent(sales, lines=SMALL), await sent(sales, lines=SMALL)
    decide = Commands.decide

    async def fails_for_one(self: Any, caller: Any, request_id: UUID, *more: Any, **options: Any) -> Any:
        if str(request_id) == bad["id"]:
            raise KeyError("nobody expected this")
        return await decide(self, caller, request_id, *more, **options)

    monkeypatch.setattr(Commands, "decide", fails_for_one)
    async with visitor(app, "manager1") as person:
        html = await person.read("/inbox")
        fields = {
            "csrf_token": value_of(html, "csrf_token"),
            "command_id": value_of(html, "command_id"),
            "id": [box_of(html, request["number"]) for request in (bad, good)],
        }
        answer = await person.http.post("/inbox/approve", data=fields)
    assert answer.status_code == 200
    assert "1 of 2 approved" in answer.text
    assert "Something went wrong" in answer.text
    assert (await sales.request(good["id"]))["process_status"] == "completed"


async def test_the_results_count_what_waits_after_them(app: FastAPI, sign_in: SignIn) -> None:
    sales, _, _ = await people(sign_in)
    request = await sent(sales, lines=SMALL)

    def count(html: str) -> str:
        return html.split('<span class="nav-count">')[1].split("<")[0]

    async with visitor(app, "manager1") as person:
        html = await person.read("/inbox")
        fields = {"command_id": value_of(html, "command_id"), "id": box_of(html, request["number"])}
        answer = await person.post("/inbox/approve", fields, page="/inbox")
        assert int(count(answer.text)) == int(count(html)) - 1
        assert count(await person.read("/inbox")) == count(answer.text)


async def test_nobody_approves_their_own_request_in_bulk_either(app: FastAPI, sign_in: SignIn) -> None:
    manager = await sign_in("manager1")
    request = await manager.create(send={})
    async with visitor(app, "manager1") as person:
        fields = {"command_id": request["id"], "id": f"{request['id']}/manager/{request['version']}"}
        answer = await person.post("/inbox/approve", fields, page="/inbox")
    assert "Nobody approves their own request" in answer.text or "Not your step" in answer.text
    assert (await manager.request(request["id"]))["process_status"] != "completed"


@pytest.mark.parametrize("ticked", ["nonsense", "1/2/3", "//"])
async def test_a_row_that_is_not_ours_is_refused(app: FastAPI, ticked: str) -> None:
    async with visitor(app, "manager1") as person:
        fields = {"command_id": "018f3b9c-7c1e-7b1a-9c8d-2f1e6a5b4c3d", "id": ticked}
        assert (await person.post("/inbox/approve", fields, page="/inbox")).status_code == 422
