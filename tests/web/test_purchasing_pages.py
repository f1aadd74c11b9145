"""The pages of the purchasing department: what was approved, and reporting by hand."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
import python_calamine
from fastapi import FastAPI
from pydantic import ValidationError

from approval.purchasing import PurchasingEvent
from crm.pool import Pool
from tests.api.setting import completed, sent
from tests.clients import LINE
from tests.conftest import SignIn
from tests.web.browser import Visitor, value_of, visitor

pytestmark = pytest.mark.usefixtures("running_worker")

SCRIPT = "<script>alert(1)</script>"


async def form_of(person: Visitor, request: Any, **fields: Any) -> dict[str, Any]:
    """The report form of a request as its page would send it."""
    html = await person.read(f"/purchasing/{request['id']}")
    names = re.findall(r'<input[^>]*name="([^"]+)"', html.split("<main")[1])
    hidden = {name: value_of(html.split("<main")[1], name) for name in names}
    return hidden | {"purchase_status": value_of(html, "shown/purchase_status")} | fields


async def report(person: Visitor, request: Any, **fields: Any) -> Any:
    """Fill in and send the report form."""
    return await person.http.post(f"/purchasing/{request['id']}", data=await form_of(person, request, **fields))


async def an_approved_request(sign_in: SignIn, **changes: Any) -> Any:
    return await completed(await sign_in("sales1"), await sign_in("manager1"), **changes)


def received(request: Any, line: int = 0) -> str:
    """The input for what came now of a line."""
    return f"received/{request['lines'][line]['id']}"


def sent_back(request: Any) -> str:
    """The input for what went back of the first line."""
    return f"sent_back/{request['lines'][0]['id']}"


def in_all(request: Any) -> str:
    """The input for what has come in all of the first line."""
    return f"in_all/{request['lines'][0]['id']}"


@pytest.mark.parametrize("username", ["sales1", "manager1", "admin1"])
async def test_only_purchasing_gets_in(app: FastAPI, sign_in: SignIn, username: str) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, username) as person:
        assert (await person.get("/purchasing")).status_code == 403
        assert (await person.get(f"/purchasing/{request['id']}")).status_code == 403
        answer = await person.post(f"/purchasing/{request['id']}", {"purchase_status": "ordered"})
        assert answer.status_code == 403
    assert (await (await sign_in("sales1")).request(request["id"]))["purchase_status"] is None


async def test_approved_requests_are_listed_and_found(app: FastAPI, sign_in: SignIn) -> None:
    done = await an_approved_request(sign_in, purpose=f"Máy chủ {SCRIPT}")
    waiting = await sent(await sign_in("sales1"))
    async with visitor(app, "purchasing1") as person:
        html = await person.read("/purchasing")
        assert done["number"] in html
        assert waiting["number"] not in html
        assert SCRIPT not in html
        assert done["number"] in await person.read("/purchasing?q=may chu&purchase_status=-")
        assert "Nothing found" in await person.read("/purchasing?q=may chu&purchase_status=closed")


async def test_the_request_leads_purchasing_to_its_report(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person, visitor(app, "sales1") as owner:
        assert f'href="/purchasing/{request["id"]}"' in await person.read(f"/requests/{request['id']}")
        assert f'href="/purchasing/{request["id"]}"' not in await owner.read(f"/requests/{request['id']}")


async def test_what_is_not_reported_is_called_the_same_everywhere(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        heading = (await person.read(f"/purchasing/{request['id']}")).split("</h1>")[0]
        assert "Not reported yet" in heading
        assert "Not reported yet" in await person.read(f"/requests/{request['id']}")
        for page in ("/purchasing", "/requests"):
            row = next(row for row in (await person.read(page)).split("<tr") if request["number"] in row)
            assert "Not reported yet" in row, page


async def test_a_request_that_is_not_approved_is_not_there(app: FastAPI, sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"))
    async with visitor(app, "purchasing1") as person:
        assert (await person.get(f"/purchasing/{request['id']}")).status_code == 404


async def test_status_and_quantity_are_entered_by_hand(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        await report(person, request, purchase_status="partially_received", **{received(request): "1.5"})
        html = await person.read(f"/purchasing/{request['id']}")
    assert "by hand, Vũ Đức Thắng" in html
    sales = await sign_in("sales1")
    now = await sales.request(request["id"])
    assert (now["purchase_status"], now["lines"][0]["quantity_received"]) == ("partially_received", "1.5")
    last = (await sales.timeline(request["id"]))[-1]
    assert (last["action"], last["actor"]["username"]) == ("purchasing_event", "purchasing1")
    async with visitor(app, "sales1") as owner:
        assert "Partially received; LT-T14: +1.5" in await owner.read(f"/requests/{request['id']}")


async def test_a_form_sent_twice_reports_once(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        form = await form_of(person, request, purchase_status="ordered")
        for _ in range(2):
            answer = await person.http.post(f"/purchasing/{request['id']}", data=form)
            assert answer.status_code == 303
    entries = await (await sign_in("sales1")).timeline(request["id"])
    assert sum(entry["action"] == "purchasing_event" for entry in entries) == 1


async def test_a_form_that_was_sent_and_is_sent_again_with_other_values_is_refused(
    app: FastAPI, sign_in: SignIn
) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        form = await form_of(person, request, purchase_status="ordered")
        await person.http.post(f"/purchasing/{request['id']}", data=form)
        assert "Reported" in await person.read(f"/purchasing/{request['id']}")
        answer = await person.http.post(f"/purchasing/{request['id']}", data={**form, received(request): "1"})
        assert answer.status_code == 303
        assert "This form was sent before, with other values" in await person.read(answer.headers["location"])
        await report(person, request, **{received(request): "1"})
    sales = await sign_in("sales1")
    assert (await sales.request(request["id"]))["lines"][0]["quantity_received"] == "1"
    reported = [item for item in await sales.timeline(request["id"]) if item["action"] == "purchasing_event"]
    assert [item["reason"] for item in reported] == [None, "event_id_reused", None]


async def test_a_form_of_a_request_that_is_not_completed_is_refused(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    request = await sent(await sign_in("sales1"))
    form = {"event_id": str(uuid4()), "purchase_status": "ordered"}
    async with visitor(app, "purchasing1") as person:
        assert (await person.post(f"/purchasing/{request['id']}", form)).status_code == 404
    await pool.execute("UPDATE users SET roles = '{admin,purchasing}' WHERE username = 'admin1'")
    async with visitor(app, "admin1") as person:
        assert (await person.post(f"/purchasing/{request['id']}", form)).status_code == 303
        assert "Not approved yet" in await person.read("/purchasing")
    await pool.execute("UPDATE users SET roles = '{admin}' WHERE username = 'admin1'")
    reported = (await (await sign_in("sales1")).timeline(request["id"]))[1:]
    assert [(item["actor"]["username"], item["reason"]) for item in reported][-1:] == [("admin1", "not_completed")]
    assert sum(item["action"] == "purchasing_event" for item in reported) == 1


async def test_a_report_that_todays_rules_would_refuse_is_still_shown(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    request = await an_approved_request(sign_in)
    line_id, words = request["lines"][0]["id"], "in the warehouse of the forwarder since the last week of November"
    body = {
        "event_id": "old",
        "occurred_at": "2025-12-01T00:00:00+00:00",
        "request_number": request["number"],
        "purchase_status": words,
        "lines": [{"line_id": line_id, "product_code": "LT-T14", "quantity_received": "1234.56789"}],
        "delivery_note": "LS-17",
    }
    with pytest.raises(ValidationError):
        PurchasingEvent.model_validate(body)
    await pool.execute(
        """INSERT INTO purchasing_events (event_id, request_id, occurred_at, body, applied, received_at)
           VALUES ('old', $1, '2025-12-01T00:00:00Z', $2, true, now())""",
        UUID(request["id"]),
        body,
    )
    async with visitor(app, "purchasing1") as person:
        html = (await person.read(f"/purchasing/{request['id']}")).split('id="reports"')[1]
    assert words in html
    assert "1,234.56789" in html
    again = {"event_id": "old", "occurred_at": "2025-12-01T00:00:00Z", "purchase_status": "ordered"}
    answer = await (await sign_in("purchasing1")).call(
        "POST", "/purchasing/events", {**again, "request_number": request["number"]}
    )
    assert answer.json()["code"] == "event_id_reused"


async def test_more_than_requested_is_kept_and_flagged(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        answer = await report(person, request, **{received(request): "3"})
        assert "LT-T14: 3 received of 2 requested?" in unescape(answer.text)
        confirmed = value_of(answer.text, "confirmed")
        await report(person, request, confirmed=confirmed, **{received(request): "3"})
        assert "1 more than requested" in await person.read(f"/purchasing/{request['id']}")
        assert "more than requested" in await person.read("/purchasing")


async def test_only_what_was_changed_in_the_form_is_reported(app: FastAPI, sign_in: SignIn) -> None:
    lines = [{**LINE, "quantity": "1"}, {**LINE, "product_code": "MON-27U", "quantity": "1"}]
    request = await an_approved_request(sign_in, lines=lines)
    async with visitor(app, "purchasing1") as one, visitor(app, "purchasing1") as other:
        form = await form_of(one, request, **{received(request, 1): "1"})
        await report(other, request, **{received(request, 0): "1"})
        await one.http.post(f"/purchasing/{request['id']}", data=form)
    now = await (await sign_in("sales1")).request(request["id"])
    assert [line["quantity_received"] for line in now["lines"]] == ["1", "1"]


async def test_what_came_went_back_and_was_corrected_is_entered_by_hand(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    request = await an_approved_request(sign_in)
    sales = await sign_in("sales1")
    async with visitor(app, "purchasing1") as person:
        for field, typed, shown in (
            (received, "1.5", "1.5"),
            (received, "0.5", "2"),
            (sent_back, "1", "1"),
            (in_all, "0.25", "0.25"),
            (received, "1", "1.25"),
        ):
            answer = await report(person, request, **{field(request): typed})
            assert answer.status_code == 303, answer.text
            assert (await sales.request(request["id"]))["lines"][0]["quantity_received"] == shown
        reports = (await person.read(f"/purchasing/{request['id']}")).split('id="reports"')[1]
    for said in ("+1.5", "+0.5", "−1", "0.25"):
        assert f">{said}</strong>" in reports
    rows = await pool.fetch(
        "SELECT reported_by, by_hand FROM purchasing_events WHERE request_id = $1", UUID(request["id"])
    )
    assert {tuple(row) for row in rows} == {("purchasing1", True)}


async def test_what_does_not_count_after_a_correction_is_struck_through_and_said(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        assert 'id="ledger"' not in await person.read(f"/purchasing/{request['id']}")
        for field, typed in ((received, "1.5"), (in_all, "0.5"), (received, "0.25")):
            await report(person, request, **{field(request): typed})
        html = await person.read(f"/purchasing/{request['id']}")
    rows = html.split('id="ledger"')[1].split("</details>")[0].split("<tbody>")[1].split("<tr")[1:]
    said = [("+0.25", "Received"), ("0.5", "In all, corrected"), ("+1.5", "Received")]
    assert len(rows) == len(said)
    for row, (quantity, kind) in zip(rows, said, strict=True):
        assert f">{quantity} Chiếc<" in row, "the newest first"
        assert f">{kind}<" in row
    assert ["is-out" in row for row in rows] == [False, False, True]
    assert ["does not count: corrected later" in row for row in rows] == [False, False, True]


async def test_the_status_that_what_has_come_speaks_for_is_proposed_and_not_set(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    sales = await sign_in("sales1")
    address = f"/purchasing/{request['id']}"
    async with visitor(app, "purchasing1") as person:
        before = await person.read(address)
        await report(person, request, **{received(request): "2"})
        proposed = await person.read(address)
        assert (await sales.request(request["id"]))["purchase_status"] is None
        await report(person, request, purchase_status="received")
        after = await person.read(address)
    chosen = [re.findall(r'<option value="(\w*)" selected', html) for html in (before, proposed, after)]
    assert chosen == [[], ["received"], ["received"]]
    notes = [re.search(r'id="proposal-note"[^>]*>', html) for html in (before, proposed, after)]
    assert ["hidden" in note[0] for note in notes if note] == [True, False, True]


async def test_a_line_is_moved_or_corrected_and_not_both(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        answer = await report(person, request, **{received(request): "1", in_all(request): "2"})
    assert answer.status_code == 422
    assert "not both" in answer.text
    assert (await (await sign_in("sales1")).request(request["id"]))["lines"][0]["quantity_received"] == "0"


ASKED: dict[str, tuple[dict[str, str], str]] = {
    "fully received, with nothing": ({"purchase_status": "received"}, "Fully received with 0 of 2 of LT-T14?"),
    "not bought, and received": (
        {"purchase_status": "not_started", "received": "1"},
        "Not bought, with 1 of LT-T14 received?",
    ),
    "more back than came": ({"sent_back": "1"}, "LT-T14: 1 more sent back than ever came?"),
}


@pytest.mark.parametrize("case", ASKED)
async def test_what_looks_wrong_is_asked_about_and_then_kept_and_flagged(
    case: str, app: FastAPI, sign_in: SignIn
) -> None:
    said, question = ASKED[case]
    request = await an_approved_request(sign_in)
    line_id = request["lines"][0]["id"]
    fields = {name if name == "purchase_status" else f"{name}/{line_id}": typed for name, typed in said.items()}
    sales = await sign_in("sales1")
    async with visitor(app, "purchasing1") as person:
        answer = await report(person, request, **fields)
        assert answer.status_code == 422
        assert question in unescape(answer.text)
        assert (await sales.request(request["id"]))["purchase_status"] is None
        assert (await sales.request(request["id"]))["lines"][0]["quantity_received"] == "0"
        answer = await report(person, request, confirmed=value_of(answer.text, "confirmed"), **fields)
        assert answer.status_code == 303
        assert "To be cleared up" in await person.read(f"/purchasing/{request['id']}")
    assert len((await sales.request(request["id"]))["warnings"]) == 1


async def test_what_becomes_less_wrong_is_not_asked_about_again(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    name = received(request)
    async with visitor(app, "purchasing1") as person:
        asked = await report(person, request, **{name: "5"})
        assert (
            await report(person, request, confirmed=value_of(asked.text, "confirmed"), **{name: "5"})
        ).status_code == 303
        back = name.replace("received", "sent_back")
        assert (await report(person, request, **{back: "1"})).status_code == 303, "4 of 2 are less wrong than 5"
        assert (await report(person, request, **{name: "2"})).status_code == 422


async def test_who_answered_another_question_is_asked_again(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        asked = await report(person, request, purchase_status="received")
        confirmed = value_of(asked.text, "confirmed")
        answer = await report(person, request, confirmed=confirmed, **{received(request): "3"})
    assert answer.status_code == 422


async def order(person: Visitor, request: Any, quantity: str = "2", **fields: Any) -> Any:
    """Fill in and send the form of a purchase order."""
    body = {
        "number": f"PO-{request['number']}",
        "supplier": "FPT Synnex",
        f"ordered/{request['lines'][0]['id']}": quantity,
    }
    return await person.post(f"/purchasing/{request['id']}/orders", body | fields)


async def test_an_order_of_nothing_says_what_it_lacks(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        answer = await order(person, request, "")
    assert answer.status_code == 422
    assert "Say at least of one line how much of it is on this order." in answer.text
    assert "item(s)" not in answer.text


@pytest.mark.parametrize(("typed", "said"), [("abc", "write a number such as"), ("0", "this must be more than 0")])
async def test_of_an_order_whose_only_quantity_cannot_be_used_only_that_is_said(
    app: FastAPI, sign_in: SignIn, typed: str, said: str
) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        answer = await order(person, request, typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Say at least of one line" not in answer.text
    assert 'd-block" role="alert"' not in answer.text


async def test_a_purchase_order_is_entered_by_hand_shown_and_cancelled(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    sales = await sign_in("sales1")
    async with visitor(app, "purchasing1") as person, visitor(app, "sales1") as owner:
        assert (await order(person, request)).status_code == 303
        (on,) = (await sales.request(request["id"]))["lines"][0]["purchase_orders"]
        assert (on["number"], on["supplier"], on["quantity"]) == (f"PO-{request['number']}", "FPT Synnex", "2")
        assert on["number"] in await person.read(f"/purchasing/{request['id']}")
        assert on["number"] in await owner.read(f"/requests/{request['id']}")
        await person.post(f"/purchasing/{request['id']}/orders/{on['id']}/cancel")
        assert f"Purchase order {on['number']} is cancelled" in await person.read(f"/purchasing/{request['id']}")
        again = await order(person, request)
        assert "was cancelled. Place it again?" in again.text
    assert (await sales.request(request["id"]))["lines"][0]["purchase_orders"] == []


async def test_putting_goods_on_an_order_that_is_there_is_asked_about_and_leaves_its_other_goods(
    app: FastAPI, sign_in: SignIn
) -> None:
    first, second = await an_approved_request(sign_in), await an_approved_request(sign_in)
    sales = await sign_in("sales1")
    number = f"PO-{first['number']}"
    async with visitor(app, "purchasing1") as person:
        await order(person, first)
        asked = await order(person, second, "1", number=number, supplier="Viettel")
        words = unescape(asked.text)
        assert f"There is a purchase order {number} of FPT Synnex already. Put these goods on it?" in words
        assert f"Purchase order {number} is of FPT Synnex. Change its supplier?" in words
        confirmed = value_of(asked.text.split('id="orders"')[1], "confirmed")
        await order(person, second, "1", number=number, supplier="Viettel", confirmed=confirmed)
    on = [(await sales.request(one["id"]))["lines"][0]["purchase_orders"] for one in (first, second)]
    assert [[(each["number"], each["supplier"], each["quantity"]) for each in of_one] for of_one in on] == [
        [(number, "Viettel", "2")],
        [(number, "Viettel", "1")],
    ]


async def test_the_form_of_an_order_begins_with_what_its_supplier_has_yet_to_be_asked_for(
    app: FastAPI, sign_in: SignIn
) -> None:
    suppliers = ("FPT", "Viettel", None, "FPT")
    lines = [{**LINE, "quantity": "1", "supplier": supplier} for supplier in suppliers]
    request = await an_approved_request(sign_in, lines=[{**line, "unit_price": "1000"} for line in lines])
    async with visitor(app, "purchasing1") as person:
        await order(person, request, "0.25", supplier="FPT")
        html = (await person.read(f"/purchasing/{request['id']}")).split('id="orders"')[1]
    assert value_of(html, "supplier") == "FPT"
    assert [value_of(html, f"ordered/{line['id']}") for line in request["lines"]] == ["0.75", "", "1", "1"]


async def test_more_on_orders_than_requested_is_asked_about(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        asked = await order(person, request, "2.5")
        assert asked.status_code == 422
        assert "LT-T14: 2.5 on purchase orders, 2 requested?" in unescape(asked.text)


@pytest.mark.parametrize(
    "wrong", [{"number": " "}, {"supplier": ""}, {"quantity": ""}, {"quantity": "many"}, {"quantity": "0"}]
)
async def test_what_is_no_order_is_said_at_its_field(app: FastAPI, sign_in: SignIn, wrong: dict[str, str]) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        answer = await order(person, request, **wrong)
    assert answer.status_code == 422
    assert "invalid-feedback" in answer.text.split('id="orders"')[1]
    assert (await (await sign_in("sales1")).request(request["id"]))["lines"][0]["purchase_orders"] == []


async def test_what_is_to_be_bought_stands_by_supplier_until_it_has_come(app: FastAPI, sign_in: SignIn) -> None:
    lines = [
        {**LINE, "quantity": "1", "supplier": "Zeta", "description": SCRIPT},
        {**LINE, "quantity": "1", "supplier": "Alpha", "product_code": "MON-27U"},
        {**LINE, "quantity": "1", "supplier": None, "product_code": "CAP-1"},
    ]
    request = await an_approved_request(sign_in, lines=lines, purpose="Ba nhà cung cấp")
    waiting = await sent(await sign_in("sales1"), purpose="Ba nhà cung cấp chờ")
    async with visitor(app, "purchasing1") as person:
        address = "/purchasing/to-buy?q=ba+nha+cung+cap"
        html = await person.read(address)
        assert SCRIPT not in html
        assert waiting["number"] not in html
        names = re.findall(r'class="supplier-name"[^>]*><a[^>]*>([^<]*)<', html)
        assert names == ["No supplier named", "Alpha", "Zeta"]
        only = await person.read(f"{address}&supplier=alpha")
        assert re.findall(r'class="supplier-name"[^>]*><a[^>]*>([^<]*)<', only) == ["Alpha"]
        await order(person, request, "1")
        assert "Zeta" not in (await person.read(f"{address}&open_only=yes")).split("<main")[1]
        await report(person, request, **{received(request, 1): "1"})
        assert "Alpha" not in (await person.read(address)).split("<main")[1]


async def test_what_is_to_be_bought_is_an_excel_file_in_which_no_text_is_a_formula(
    app: FastAPI, sign_in: SignIn
) -> None:
    lines = [{**LINE, "quantity": "1.5", "supplier": "=1+1", "description": "@SUM(A1)"}]
    request = await an_approved_request(sign_in, lines=lines, purpose="Xuất tệp")
    async with visitor(app, "purchasing1", "vi") as person:
        answer = await person.get("/purchasing/to-buy.xlsx?q=xuat+tep")
    assert answer.headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    sheet = python_calamine.load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0)
    headings, row = sheet.to_python()
    told = dict(zip(headings, row, strict=True))
    assert (told["Nhà cung cấp"], told["Số yêu cầu"], told["Diễn giải"]) == ("'=1+1", request["number"], "'@SUM(A1)")
    assert (told["Số lượng yêu cầu"], told["Còn phải nhận"]) == (1.5, 1.5)
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(answer.content)).read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("username", ["sales1", "manager1", "admin1"])
async def test_only_purchasing_sees_what_is_to_be_bought(app: FastAPI, username: str) -> None:
    async with visitor(app, username) as person:
        for path in ("/purchasing/to-buy", "/purchasing/to-buy.xlsx"):
            assert (await person.get(path)).status_code == 403


async def test_nothing_changed_reports_nothing(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        await report(person, request)
        assert "Nothing was changed" in await person.read(f"/purchasing/{request['id']}")


@pytest.mark.parametrize(
    ("field", "typed"),
    [(received, "-1"), (received, "0"), (received, "many"), (sent_back, "1,5,"), (in_all, ""), (in_all, "-1")],
)
async def test_what_is_no_quantity_is_said_at_its_field(
    app: FastAPI, sign_in: SignIn, field: Callable[[Any], str], typed: str
) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        answer = await report(person, request, purchase_status="ordered", **{field(request): typed})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert re.search(r'<option value="ordered" selected>', answer.text)
    assert (await (await sign_in("sales1")).request(request["id"]))["purchase_status"] is None


async def test_a_status_that_is_not_configured_is_refused(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    async with visitor(app, "purchasing1") as person:
        await report(person, request, purchase_status=SCRIPT)
        html = unescape(await person.read("/purchasing"))
    assert "Something is not right" in html


async def test_a_newer_report_of_the_purchasing_system_stays(app: FastAPI, sign_in: SignIn) -> None:
    request = await an_approved_request(sign_in)
    purchasing = await sign_in("purchasing1")
    event = {
        "event_id": f"late-{request['id']}",
        "occurred_at": (datetime.now(UTC) + timedelta(hours=12)).isoformat(),
        "request_number": request["number"],
        "purchase_status": "received",
    }
    async with visitor(app, "purchasing1") as person:
        form = await form_of(person, request, purchase_status="ordered")
        answer = await purchasing.call("POST", "/purchasing/events", event)
        assert answer.json()["applied"], answer.text
        await person.http.post(f"/purchasing/{request['id']}", data=form)
        assert "A newer report is there already" in await person.read("/purchasing")
    assert (await (await sign_in("sales1")).request(request["id"]))["purchase_status"] == "received"
