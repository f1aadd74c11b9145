"""What sales staff do in the pages: from an order to a request, sent, returned, corrected and sent again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI

from approval.values import MOST_LINES
from crm.pool import Pool
from settings import Settings
from tests.conftest import SignIn
from tests.web.browser import Visitor, value_of, visitor
from web.routes import requests

pytestmark = pytest.mark.usefixtures("running_worker")

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """With a Temporal UI to link to."""
    return settings.model_copy(update={"temporal_ui_url": "http://127.0.0.1:8233/"})


async def _source(pool: Pool, number: str = "DH-2026-0412") -> str:
    return str(await pool.fetchval("SELECT id FROM sources WHERE number = $1", number))


def _inputs(html: str) -> dict[str, str]:
    """Names and values of a request form's fields."""
    form = html[html.index('id="request-form"') :].split("<template", 1)[0]
    fields = {
        name: unescape(value) for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"', form)
    }
    fields |= {name: unescape(text) for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)<', form)}
    return fields | {"currency": "VND"}


async def _make(person: Visitor, pool: Pool, then: str = "save", **changes: str) -> Any:
    address = f"/requests/new?source_type=sales_order&source_id={await _source(pool)}"
    fields = _inputs(await person.read(address))
    fields |= {name.replace("__", "."): value for name, value in changes.items()}
    return await person.http.post("/requests/new", data={**fields, "then": then})


async def _made(person: Visitor, pool: Pool, **changes: str) -> str:
    answer = await _make(person, pool, **changes)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def _send(person: Visitor, address: str, fields: Mapping[str, str] | None = None) -> None:
    html = await person.read(f"{address}/send")
    hidden = {name: value_of(html, name) for name in ("csrf_token", "command_id", "version")}
    answer = await person.http.post(f"{address}/send", data={**hidden, **(fields or {})})
    assert (answer.status_code, answer.headers.get("location")) == (303, address), answer.text


async def test_a_request_is_filled_in_from_its_order(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1", "vi") as person:
        order = await person.read(f"/orders/{await _source(pool)}")
        assert "Yêu cầu mua hàng" in order
        fields = _inputs(await person.read(f"/requests/new?source_type=sales_order&source_id={await _source(pool)}"))
        assert fields["purpose"] == "Mua hàng cho đơn hàng DH-2026-0412"
        assert fields["desired_delivery_date"] == "08/12/2026"
        assert (fields["lines.0.product_code"], fields["lines.0.quantity"]) == ("LT-T14", "10")
        assert fields["lines.0.unit_price"] == "28.900.000"


async def test_a_form_sent_twice_makes_one_request(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        fields = _inputs(await person.read(f"/requests/new?source_type=sales_order&source_id={await _source(pool)}"))
        first = await person.http.post("/requests/new", data={**fields, "then": "save"})
        second = await person.http.post("/requests/new", data={**fields, "then": "save"})
        assert first.headers["location"] == second.headers["location"]


async def test_a_form_that_was_refused_makes_one_request_once_it_is_mended_however_often_it_is_sent(
    app: FastAPI, pool: Pool
) -> None:
    number = "DH-2026-0412"
    async with visitor(app, "sales1") as person:
        address = f"/requests/new?source_type=sales_order&source_id={await _source(pool, number)}"
        fields = _inputs(await person.read(address))
        await pool.execute("UPDATE sources SET cancelled_at = now() WHERE number = $1", number)
        refused = await person.http.post("/requests/new", data={**fields, "purpose": "Sai", "then": "save"})
        await pool.execute("UPDATE sources SET cancelled_at = NULL WHERE number = $1", number)
        assert refused.status_code == 422
        mended = [await person.http.post("/requests/new", data={**fields, "then": "save"}) for _ in range(2)]
        assert [answer.status_code for answer in mended] == [303, 303], mended[1].text
        assert len({answer.headers["location"] for answer in mended}) == 1


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_cancelled_order_is_found_by_searching_and_no_request_is_offered_of_it(
    app: FastAPI, pool: Pool, language: str
) -> None:
    number = "DH-2026-0412"
    said = {"vi": "Đã hủy", "en": "Was cancelled"}[language]
    await pool.execute("UPDATE sources SET cancelled_at = now() WHERE number = $1", number)
    try:
        async with visitor(app, "sales1", language) as person:
            assert number not in await person.read("/orders")
            listed = await person.read("/orders?q=2026-04")
            heading = (await person.read(f"/orders/{await _source(pool, number)}")).split("</h1>")[0]
    finally:
        await pool.execute("UPDATE sources SET cancelled_at = NULL WHERE number = $1", number)
    rows = listed.split("<tbody>")[1].split("</tr>")
    (row,) = (row for row in rows if number in row)
    assert f">{said}<" in row
    assert "checkbox" not in row
    assert any("checkbox" in other and said not in other for other in rows), "others are offered as before"
    assert f">{said}<" in heading


async def test_a_form_that_is_written_anew_after_it_was_saved_changes_its_request(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        fields = _inputs(await person.read(f"/requests/new?source_type=sales_order&source_id={await _source(pool)}"))
        saved = (await person.http.post("/requests/new", data={**fields, "then": "save"})).headers["location"]
        again = await person.http.post("/requests/new", data={**fields, "purpose": "Khác hẳn", "then": "save"})
        assert again.status_code == 200
        assert "This form was saved before, as YCMH-" in again.text
        assert f'action="{saved}/edit"' in again.text
        assert value_of(again.text, "purpose") == "Khác hẳn"
        came_back = await person.get(f"/requests/new?form={fields['id']}")
        assert came_back.headers["location"] == f"{saved}/edit"
        await _send(person, saved)
        again = await person.http.post("/requests/new", data={**fields, "purpose": "Khác nữa", "then": "save"})
        assert again.headers["location"] == saved


async def test_who_will_approve_and_why_is_said_before_it_is_sent(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        html = await person.read(f"{await _made(person, pool)}/send")
        assert "Lê Hoàng Nam" in html
        assert "Trần Thị Minh Nguyệt" in html
        assert "Manager of" in html


async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1", "vi") as person:
        answer = await _make(person, pool, purpose="", lines__0__quantity="ba cái", lines__1__description="Loại mới")
        assert answer.status_code == 422
        assert re.search(r'id="purpose"[^>]*aria-invalid="true" aria-describedby="purpose-error"', answer.text)
        assert 'id="lines-0-quantity-error">hãy nhập số, ví dụ 1.250,5<' in answer.text
        assert 'value="ba cái"' in answer.text
        assert 'value="Loại mới"' in answer.text


@pytest.mark.parametrize("quantity", ["-3", "0", "1,23456", "1e3"])
async def test_a_line_that_is_wrong_is_not_called_missing(app: FastAPI, quantity: str) -> None:
    async with visitor(app, "sales2", "vi") as person:
        fields = _inputs(await person.read("/requests/new"))
        fields |= {"purpose": "Bàn phím", "lines.0.product_code": "KB", "lines.0.quantity": quantity}
        answer = await person.http.post("/requests/new", data=fields)
        assert 'id="lines-0-quantity-error"' in answer.text
        assert '<div class="alert-description">Hãy sửa các trường được đánh dấu.</div>' in answer.text
        assert "ít nhất" not in answer.text


async def test_a_form_without_lines_says_once_that_one_is_missing(app: FastAPI) -> None:
    async with visitor(app, "sales2", "vi") as person:
        fields = {name: value for name, value in _inputs(await person.read("/requests/new")).items() if "." not in name}
        answer = await person.http.post("/requests/new", data=fields | {"purpose": "Bàn phím"})
        assert answer.text.count("ít nhất") == 1
        assert "Hãy thêm ít nhất một dòng." in answer.text


async def test_a_request_can_be_made_from_nothing(app: FastAPI) -> None:
    async with visitor(app, "sales2") as person:
        fields = _inputs(await person.read("/requests/new"))
        fields |= {"purpose": "Bàn phím", "lines.0.product_code": "KB", "lines.0.quantity": "1,200.5"}
        answer = await person.http.post("/requests/new", data={**fields, "then": "save"})
        html = await person.read(answer.headers["location"])
        assert "1,200.5" in html


async def test_sent_recalled_corrected_and_sent_again_shows_what_changed(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        address = await _made(person, pool)
        html = await person.read(f"{address}/send")
        assert "Saved, not sent yet" in html
        assert "then press “Send”" in html
        await _send(person, address, {"note": "Gấp"})
        html = await person.read(address)
        assert "Waiting for a decision" in html
        assert "The request is sent" in html
        answer = await person.post(
            f"{address}/recall", {"command_id": value_of(html, "command_id"), "note": "Khách đổi"}, page=address
        )
        assert answer.status_code == 303
        html = await person.read(f"{address}/edit")
        assert re.search(r"Why it was recalled.*Nguyễn Văn An.*Recalled.*Khách đổi.*request-form", html, re.DOTALL)
        assert "Why it came back" not in html
        fields = _inputs(html) | {"lines.0.quantity": "8"}
        answer = await person.http.post(f"{address}/edit", data={**fields, "then": "save"})
        html = await person.read(answer.headers["location"])
        assert "Changed since it was returned" in html
        assert re.search(
            r'class="changed"><span class="quantity">8</span></span>\s*<span class="change-mark">was <span class="quantity">10<',
            html,
        )
        assert "then press “Send again”" in await person.read(f"{address}/send")
        await _send(person, address)
        html = await person.read(address)
        assert "The request is sent again" in html
        assert "</strong> · Sent again" in html
        assert "Changed since the last round" in html
        assert "Round 2" in html
        assert "Earlier rounds" in html


async def test_who_recalls_a_request_is_not_shown_as_its_approver(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1", "vi") as person:
        address = await _made(person, pool)
        await _send(person, address)
        html = await person.read(address)
        assert "Quản lý cấp 1 của Nguyễn Văn An" in html
        await person.post(f"{address}/recall", {"command_id": value_of(html, "command_id")}, page=address)
        html = await person.read(address)
        assert "Đã thu hồi" in html
        assert (
            "Quản lý cấp 1 của Nguyễn Văn An"
            not in html.split('class="story"')[0].split('class="run-node is-returned"')[1]
        )
        html = await person.read(f"{address}/edit")
        assert re.search(r"Yêu cầu đã được thu hồi.*Nguyễn Văn An.*request-form", html, re.DOTALL)
        assert "bị trả lại" not in html


async def test_the_edit_of_a_returned_request_says_who_returned_it_and_why(
    app: FastAPI, pool: Pool, sign_in: SignIn
) -> None:
    async with visitor(app, "sales1") as person:
        address = await _made(person, pool)
        assert "Why it came back" not in await person.read(f"{address}/edit")
        await _send(person, address)
        manager = await sign_in("manager1")
        await manager.done(address.rsplit("/", 1)[1], "reject", {"step": "manager", "note": "Thiếu báo giá"})
        html = await person.read(f"{address}/edit")
        assert re.search(
            r"Why it came back.*Lê Hoàng Nam.*Returned.*<time.*Thiếu báo giá.*request-form", html, re.DOTALL
        )


async def test_saving_to_send_leads_to_a_page_that_says_it_is_not_sent(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1", "vi") as person:
        answer = await _make(person, pool, then="send", lines__0__unit_price="")
        html = await person.read(answer.headers["location"])
        assert "Đã lưu, chưa gửi" in html
        assert "rồi nhấn “Gửi”" in html
        assert 'class="alert alert-info message" role="status"' in html
        assert html.split('id="look"')[0].count('class="alert-heading"') == 1


async def test_an_edit_of_an_old_version_is_not_saved_and_says_so(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        address = await _made(person, pool)
        fields = _inputs(await person.read(f"{address}/edit"))
        first = await person.http.post(f"{address}/edit", data={**fields, "purpose": "Một"})
        assert first.status_code == 303
        answer = await person.http.post(f"{address}/edit", data={**fields, "purpose": "Hai"})
        assert "The request has changed" in answer.text
        assert 'value="Hai"' in answer.text
        assert "Một" in await person.read(address)


async def test_a_request_with_as_many_lines_as_it_may_have_is_made_and_edited(app: FastAPI, pool: Pool) -> None:
    texts = dict.fromkeys(("product_code", "description", "warehouse", "unit", "supplier"), "ế" * 200)
    line = texts | {"quantity": "999.999,5", "unit_price": "999.999.999,5"}
    lines = {f"lines.{number}.{field}": value for number in range(MOST_LINES) for field, value in line.items()}
    async with visitor(app, "sales1", "vi") as person:
        fields = _inputs(await person.read("/requests/new")) | {"purpose": "Nhiều hàng", "then": "save"}
        answer = await person.http.post("/requests/new", data=fields | lines)
        assert answer.status_code == 303, answer.text
        address = answer.headers["location"]
        fields = _inputs(await person.read(f"{address}/edit"))
        assert len(fields) > 4500
        answer = await person.http.post(f"{address}/edit", data=fields | {"purpose": "Vẫn nhiều hàng"})
        assert answer.status_code == 303, answer.text
        assert "Vẫn nhiều hàng" in await person.read(address)


async def test_a_lost_race_says_who_came_first(app: FastAPI, pool: Pool, sign_in: SignIn) -> None:
    async with visitor(app, "sales1") as person:
        address = await _made(person, pool)
        await _send(person, address)
        html = await person.read(address)
        manager = await sign_in("manager1")
        await manager.done(address.rsplit("/", 1)[1], "reject", {"step": "manager", "note": "Thiếu"})
        await person.post(f"{address}/recall", {"command_id": value_of(html, "command_id")}, page=address)
        assert "Lê Hoàng Nam returned it first" in await person.read(address)


async def test_a_draft_can_be_deleted(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        address = await _made(person, pool)
        answer = await person.post(
            f"{address}/delete", {"version": value_of(await person.read(address), "version")}, page=address
        )
        assert answer.headers["location"] == "/requests"
        assert (await person.get(address)).status_code == 404


async def test_what_one_may_not_see_is_not_there(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as owner, visitor(app, "sales2") as other:
        address = await _made(owner, pool)
        for path in ("", "/edit", "/send"):
            assert (await other.get(address + path)).status_code == 404


async def test_purchasing_makes_no_requests(app: FastAPI) -> None:
    async with visitor(app, "purchasing1") as person:
        assert (await person.get("/requests/new")).status_code == 403
        assert "/requests/new" not in await person.read("/requests")


async def test_script_like_input_stays_text(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        texts = dict.fromkeys(("purpose", "delivery_address", "description"), SCRIPT)
        lines = {
            f"lines__0__{name}": SCRIPT for name in ("product_code", "description", "warehouse", "supplier", "unit")
        }
        address = await _made(person, pool, **texts, **lines)
        await _send(person, address, {"note": SCRIPT})
        for page in (address, "/requests", f"/requests?q={SCRIPT}", f"/orders/{await _source(pool)}"):
            html = await person.read(page)
            assert "<script>alert" not in html
            assert "<img src=x" not in html
            assert "&lt;script&gt;alert(1)" in html


async def test_the_related_list_has_the_six_columns_of_the_source(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1", "vi") as person:
        await _made(person, pool)
        html = await person.read(f"/orders/{await _source(pool)}")
        related = html[html.index("Danh sách liên quan: Yêu cầu mua hàng") :]
        columns = re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', related)
        assert columns[:6] == [
            "Số yêu cầu",
            "Ngày yêu cầu",
            "Người thực hiện",
            "Tình trạng quy trình",
            "Tình trạng mua sắm",
            "Hàng hóa",
        ]


async def test_the_list_is_narrowed_by_search_and_status(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        address = await _made(person, pool, purpose="Máy chủ cho chi nhánh Huế")
        assert address in await person.read("/requests?q=may+chu+hue&process_status=not_sent")
        assert address not in await person.read("/requests?q=may+chu+hue&process_status=completed")
        assert "Nothing found" in await person.read("/requests?q=zzzz")


async def test_only_admins_get_the_link_to_the_engine(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as owner, visitor(app, "admin1") as admin:
        address = await _made(owner, pool)
        await _send(owner, address)
        assert "/workflows/purchase-request-" not in await owner.read(address)
        link = f"/namespaces/default/workflows/purchase-request-{address.rsplit('/', 1)[1]}"
        assert link in await admin.read(address)


def _headings(html: str) -> dict[str, tuple[str, str]]:
    """Address and direction of the headings that sort, by their text."""
    found = re.findall(r'<th scope="col"([^>]*)><a class="sorts" href="([^"]+)">([^<]+)</a>', html)
    return {
        text: (unescape(address), "".join(re.findall('aria-sort="([a-z]+)"', more))) for more, address, text in found
    }


async def test_the_list_is_sorted_by_its_headings(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        for price in ("3", "1", "2"):
            await _made(person, pool, purpose="Sorted by its price", lines__0__unit_price=price)
        html = await person.read("/requests?q=Sorted+by+its&process_status=not_sent")
        assert list(_headings(html)) == ["Request number", "Request date", "Amount"]
        address, direction = _headings(html)["Amount"]
        assert (address, direction) == ("/requests?q=Sorted+by+its&process_status=not_sent&sort=-total", "")
        downwards = await person.read(address)
        assert '<option value="-total" selected>' in downwards
        address, direction = _headings(downwards)["Amount"]
        assert (address[-11:], direction) == ("&sort=total", "descending")
        upwards = await person.read(address)
        address, direction = _headings(upwards)["Amount"]
        assert (address[-12:], direction) == ("&sort=-total", "ascending")
        numbers = [re.findall(r'class="main-link"[^>]*>([^<]+)<', page) for page in (downwards, upwards)]
        assert len(numbers[0]) == 3
        assert numbers[0] == numbers[1][::-1]
        assert (await person.get("/requests?sort=purpose")).status_code == 422


async def test_the_next_page_is_sorted_as_the_first(app: FastAPI, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "PAGE_SIZE", 2)
    async with visitor(app, "sales1") as person:
        for price in ("3", "1", "2"):
            await _made(person, pool, purpose="One page after another", lines__0__unit_price=price)
        html = await person.read("/requests?q=after+another&sort=total")
        (following,) = re.findall(r'rel="next" href="([^"]+)"', html)
        assert "sort=total&" in unescape(following)
        html = await person.read(unescape(following))
        assert _headings(html)["Amount"] == ("/requests?q=after+another&sort=-total", "ascending")
        assert len(re.findall('class="main-link"', html)) == 1


async def test_a_day_that_is_over_and_a_line_without_a_price_are_said_before_it_is_sent(
    app: FastAPI, pool: Pool
) -> None:
    async with visitor(app, "sales1") as person:
        fields = _inputs(await person.read("/requests/new"))
        fields |= {"purpose": "Bàn phím", "lines.0.product_code": "KB", "lines.0.quantity": "1000"}
        fields |= {"desired_delivery_date": "2020-05-01", "then": "send"}
        address = (await person.http.post("/requests/new", data=fields)).headers["location"]
        look = (await person.read(address)).split('id="look"')[1].split("</section>")[0]
        assert "KB: no price, so it counts as 0 in the total" in look
        assert "The desired delivery date is before the date of the request" in look
        assert "Who approves follows from the total" in look
        await pool.execute("UPDATE purchase_requests SET request_date = '2020-04-01' WHERE purpose = 'Bàn phím'")
        assert "The desired delivery date, 1 May 2020, is over" in await person.read(address)
        fields |= _inputs(await person.read("/requests/new")) | {"purpose": "Chuột", "then": "save"}
        fields |= {"lines.0.product_code": "M", "lines.0.quantity": "1", "lines.0.unit_price": "1,000"}
        fields |= {"desired_delivery_date": "2999-05-01"}
        address = (await person.http.post("/requests/new", data=fields)).headers["location"]
        assert 'id="look"' not in await person.read(f"{address}/send")


async def test_a_copy_of_a_request_is_another_one_with_the_same_goods(
    app: FastAPI, pool: Pool, sign_in: SignIn
) -> None:
    sales = await sign_in("sales1")
    async with visitor(app, "sales1") as person:
        address = await _made(person, pool)
        made = await sales.request(address.split("/")[-1])
        await pool.execute(
            "UPDATE purchase_requests SET desired_delivery_date = '2020-05-01' WHERE id = $1", made["id"]
        )
        assert f'href="/requests/new?copy_of={made["id"]}"' in await person.read(address)
        html = await person.read(f"/requests/new?copy_of={made['id']}")
        assert f"Copied from {made['number']}" in html
        fields = _inputs(html)
        assert (fields["purpose"], fields["desired_delivery_date"]) == (made["purpose"], "")
        assert (fields["lines.0.id"], fields["lines.0.source_line_id"]) == ("", "")
        saved = (await person.http.post("/requests/new", data={**fields, "then": "save"})).headers["location"]
    copy = await sales.request(saved.split("/")[-1])
    assert (copy["source"], copy["process_status"]) == (None, "not_sent")
    goods = [[(line["product_code"], line["quantity"]) for line in one["lines"]] for one in (made, copy)]
    assert goods[0] == goods[1]
    async with visitor(app, "sales2") as other:
        assert (await other.get(f"/requests/new?copy_of={made['id']}")).status_code == 404
