"""The inbox narrowed, previewed and flagged, and several requests returned at once."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI

from crm.pool import Pool
from tests.api.setting import SMALL, sent
from tests.conftest import SignIn
from tests.web.browser import Visitor, value_of, visitor
from tests.web.test_inbox_pages import box_of

pytestmark = pytest.mark.usefixtures("running_worker")


async def return_fields(person: Visitor, *numbers: str, note: str = "Thiếu báo giá") -> dict[str, Any]:
    """What the inbox sends when these are ticked."""
    html = await person.read("/inbox")
    hidden = {name: value_of(html, name) for name in ("csrf_token", "command_id")}
    return hidden | {"note": note, "id": [box_of(html, number) for number in numbers]}


async def test_the_inbox_is_narrowed_and_says_for_whom_each_request_is(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    order = (await sales.get("/sales-orders"))["items"][0]
    ordered = await sent(sales, **await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft"))
    late = await sent(sales, purpose="Máy quét mã vạch")
    await pool.execute(
        "UPDATE assignments SET due_at = now() - interval '1 hour' WHERE request_id = $1::uuid", late["id"]
    )
    async with visitor(app, "manager1") as manager:
        page = await manager.read(f"/inbox?q={ordered['number']}")
        assert late["number"] not in page
        assert f"for the customer {order['customer']}" in unescape(page)
        page = await manager.read("/inbox?overdue=yes")
        assert late["number"] in page
        assert ordered["number"] not in page
        assert "Nothing that waits for you fits this search." in await manager.read("/inbox?q=khongco")


async def test_a_substitute_chooses_whose_decisions_they_see(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    request = await sent(await sign_in("sales1"))
    manager = await sign_in("manager1")
    body = {"substitute": "manager2", "until": "2027-01-01T00:00:00Z", "reason": "Nghỉ phép"}
    assert (await manager.call("POST", "/substitutions", body)).status_code == 201
    try:
        async with visitor(app, "manager2") as person:
            page = await person.read("/inbox?waiting_on=manager1")
            assert request["number"] in page
            assert '<option value="manager1" selected>For Lê Hoàng Nam</option>' in page
            assert request["number"] not in await person.read("/inbox?waiting_on=manager2")
    finally:
        await pool.execute("UPDATE substitutions SET revoked_at = now(), revoked_by = 'admin1'")


async def test_a_star_is_turned_and_leads_back_to_the_list(app: FastAPI, sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"))
    async with visitor(app, "manager1") as manager:
        address = f"/requests/{request['id']}/flag"
        answer = await manager.post(address, {"flagged": "yes", "next": "/inbox?q=a"}, page="/inbox")
        assert (answer.status_code, answer.headers["location"]) == (303, "/inbox?q=a")
        page = await manager.read("/inbox?flagged=yes")
        star = re.search(rf'<button[^>]*formaction="{address}"[^>]*>', page)
        assert star
        assert 'aria-pressed="true"' in star[0]
        assert 'value=""' in star[0]
        assert request["number"] in await manager.read("/requests?flagged=yes")
        page = await manager.read(f"/requests/{request['id']}")
        star = re.search(rf'<button[^>]*formaction="{address}"[^>]*>', page)
        assert star
        assert 'aria-pressed="true"' in star[0]
        answer = await manager.post(address, {"next": "https://elsewhere.example"}, page="/inbox")
        assert answer.headers["location"] == "/"
        assert request["number"] not in await manager.read("/requests?flagged=yes")


async def test_a_preview_has_what_a_decision_needs_first(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    order = (await sales.get("/sales-orders?q=0412"))["items"][0]
    draft = await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft")
    draft["lines"][0]["quantity"] = "8"
    request = await sent(sales, **draft)
    address = f"/inbox/{request['id']}/preview?step=manager"
    async with visitor(app, "manager1") as manager, visitor(app, "sales1") as owner, visitor(app, "sales2") as stranger:
        shown = " ".join(re.sub(r"<[^>]+>", " ", unescape(await manager.read(address))).split())
        for text in (request["number"], "Nguyễn Văn An", order["customer"], "Total", "Value of the order", "8 Dec 2026",
                     "(order: 10)", "To the decision"):  # fmt: skip
            assert text in shown, text
        page = await manager.read(address)
        assert "<html" not in page
        assert f'href="/inbox/{request["id"]}?step=manager"' in page
        assert "To the decision" not in await owner.read(address)
        assert (await stranger.get(address)).status_code == 404


async def test_several_are_returned_at_once_each_on_its_own_with_a_line_for_each(app: FastAPI, sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    one, other, lost = await sent(sales, lines=SMALL), await sent(sales), await sent(sales)
    async with visitor(app, "manager1") as person:
        fields = await return_fields(person, one["number"], other["number"], lost["number"])
        await manager.done(lost["id"], "approve", {"step": "manager"})
        first = await person.http.post("/inbox/return", data=fields)
        again = await person.http.post("/inbox/return", data=fields)
    assert first.status_code == 200
    results = [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in first.text.split('<li class="result ')[1:]]
    assert len(results) == 3
    assert one["number"] in results[0]
    assert "Returned Nguyễn Văn An sees your note" in unescape(results[0])
    assert "Already decided Lê Hoàng Nam approved it first" in unescape(results[2])
    assert "2 of 3 returned" in first.text
    assert "2 of 3 returned" in again.text
    for request in (one, other):
        record = await sales.request(request["id"])
        assert record["process_status"] == "returned"
        assert [note["text"] for note in record["notes"]] == ["Thiếu báo giá"], "once, although the form was sent twice"
    assert (await sales.request(lost["id"]))["process_status"] == "in_progress"


async def test_without_a_note_nothing_is_returned(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    async with visitor(app, "manager1") as person:
        fields = await return_fields(person, request["number"], note="  ")
        answer = await person.http.post("/inbox/return", data=fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
        assert "Nothing was returned: that needs a note." in await person.read("/inbox")
    assert (await sales.request(request["id"]))["process_status"] == "in_progress"


async def test_a_form_that_has_approved_in_vain_still_returns(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales, lines=SMALL)
    async with visitor(app, "manager1") as person:
        fields = await return_fields(person, request["number"])
        stale = fields | {"id": re.sub(r"\d+$", "1", fields["id"][0])}
        assert "0 of 1 approved" in (await person.http.post("/inbox/approve", data=stale)).text
        assert "1 of 1 returned" in (await person.http.post("/inbox/return", data=fields)).text
    assert (await sales.request(request["id"]))["process_status"] == "returned"
