"""The approval matrix over the API: files out and in, errors at their cells, and requests that are routed by it."""

from __future__ import annotations

from typing import Any, Final

import httpx
import pytest

from crm.pool import Pool
from tests.api.setting import connect, sent
from tests.clients import BASE, LINE, ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

CSV, EXCEL = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STEP: Final = {"key": "board", "name": "Hội đồng", "approvers": [{"matrix": True}]}


def _row(*approvers: str, **fields: Any) -> dict[str, Any]:
    return {"step": "board", "approvers": [{"user": username} for username in approvers], **fields}


FULL: Final = [
    _row("manager2", amount_to="50000000", vote="any", deadline="16bh"),
    _row("director1", "manager2", product_category="Nội thất", amount_from="50000000", vote={"quorum": 2}),
    _row("director1", amount_from="50000000"),
]


async def _draft(admin: ApiClient, key: str, rows: list[dict[str, Any]] | None = None, **more: Any) -> None:
    matrix = {"matches": "first"} | ({"rows": rows} if rows is not None else {})
    document = {"schema_version": 2, "key": key, "name": key, "steps": [STEP], "matrix": matrix, **more}
    answer = await admin.call("PUT", f"/processes/{key}/draft", document)
    assert answer.status_code == 200, answer.text


async def _put(
    admin: ApiClient, key: str, content: bytes, kind: str = CSV, query: str = "", **headers: str
) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    sent_with = {"Authorization": f"Bearer {admin.token}", "Content-Type": kind, "Accept-Language": "en", **given}
    return await admin.http.put(f"{BASE}/processes/{key}/draft/matrix{query}", content=content, headers=sent_with)


async def _get(admin: ApiClient, key: str, kind: str) -> httpx.Response:
    return await admin.call("GET", f"/processes/{key}/draft/matrix", Accept=kind)


async def _rows(admin: ApiClient, key: str) -> Any:
    return (await admin.get(f"/processes/{key}/draft/matrix"))["rows"]


@pytest.mark.parametrize("kind", ["application/json", CSV, EXCEL])
async def test_what_comes_out_goes_in_and_changes_nothing(sign_in: SignIn, kind: str) -> None:
    admin = await sign_in("admin1")
    await _draft(admin, "matrix-round", FULL)
    out = await _get(admin, "matrix-round", kind)
    assert out.headers["content-type"].startswith(kind)
    back = await _put(admin, "matrix-round", out.content, kind, "?dry_run=true", If_Match=out.headers["etag"])
    assert back.json() == {
        "dry_run": True,
        "rows": 3,
        "added": [],
        "changed": [],
        "gone": [],
        "moved": False,
        "missing": [],
    }


async def test_an_import_is_shown_first_and_then_taken(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    await _draft(admin, "matrix-shown", FULL)
    content = (
        b"Step,Supplier,Amount from,Amount below,Approvers,Votes,Deadline\n"
        b"board,,,50000000,manager2,all,16bh\n"
        b"board,Vietnet,50000000,,role:director,,\n"
        b"board,,50000000,,director1,,\n"
    )
    shown = (await _put(admin, "matrix-shown", content, query="?dry_run=true")).json()
    assert shown["added"] == [2]
    assert shown["gone"] == [2]
    assert shown["changed"] == [{"row": 1, "was": 1, "cells": {"vote": {"before": "any", "after": "all"}}}]
    assert len(await _rows(admin, "matrix-shown")) == 3
    assert (await _rows(admin, "matrix-shown"))[0]["vote"] == "any"
    taken = (await _put(admin, "matrix-shown", content)).json()
    assert taken == {**shown, "dry_run": False}
    assert [row["supplier"] for row in await _rows(admin, "matrix-shown")] == [None, "Vietnet", None]


async def test_every_wrong_cell_is_named_at_once_in_the_readers_language(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    await _draft(admin, "matrix-wrong")
    content = (
        "Bước;Phòng ban;Nhóm hàng;Giá trị từ;Giá trị dưới;Người duyệt\n"
        "board;Vũ trụ;Đồ cổ;;50.000.000;nobody9\n"
        "chair;;;;;director1\n"
        "board;;;9;8;\n"
    ).encode()
    answer = await _put(admin, "matrix-wrong", content)
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")
    errors = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert errors == {
        "/rows/0/department": "cell B2: nobody active is in the department Vũ trụ",
        "/rows/0/product_category": "cell C2: no product is of the category Đồ cổ",
        "/rows/0/amount_to": "cell E2: write the amount without separators, such as 50000000",
        "/rows/0/approvers/0": "cell F2: nobody active has the username nobody9",
        "/rows/1/step": "cell A3: no step with the key chair takes its approvers from the approval matrix",
        "/rows/2/amount_to": "cell E4: this must be more than what the row begins at, or be left blank",
        "/rows/2/approvers": "cell F4: this field is required",
    }
    vietnamese = await _put(admin, "matrix-wrong", content, Accept_Language="vi")
    assert "ô C2: không sản phẩm nào thuộc nhóm hàng Đồ cổ" in vietnamese.text
    assert await _rows(admin, "matrix-wrong") == []


async def test_a_department_with_characters_that_no_text_may_hold_is_refused_at_its_place(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    matrix = {"rows": [_row("manager2", department="a\x01")]}
    document = {"schema_version": 2, "key": "odd", "name": "odd", "steps": [STEP], "matrix": matrix}
    answer = await admin.call("PUT", "/processes/odd/draft", document)
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/matrix/rows/0/department"]


async def test_of_very_many_wrong_cells_fifty_are_named_and_the_others_counted(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    await _draft(admin, "matrix-many")
    content = "step,approvers\n" + "board,nobody9\n" * 1 + "\n".join(f"board,nobody{n}" for n in range(100, 180))
    problem = (await _put(admin, "matrix-many", content.encode())).json()
    assert len(problem["errors"]) == 50
    assert problem["errors_left_out"] >= 31


async def test_a_file_of_another_kind_and_an_old_draft_are_refused(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    await _draft(admin, "matrix-kind", FULL)
    assert (await _put(admin, "matrix-kind", b"x", "application/pdf")).json()["code"] == "invalid"
    assert (await _put(admin, "matrix-kind", b"x", EXCEL)).json()["code"] == "process_invalid"
    assert (await _put(admin, "matrix-kind", b'{"rows": []}', "application/json", If_Match='"99"')).status_code == 412
    assert (await _put(admin, "matrix-none", b'{"rows": []}', "application/json")).status_code == 404


async def test_rows_stay_when_a_document_leaves_them_out_and_publishing_is_refused_for_what_they_leave_out(
    sign_in: SignIn,
) -> None:
    admin = await sign_in("admin1")
    await _draft(admin, "matrix-gap", FULL[:1])
    await _draft(admin, "matrix-gap", description="Anders")
    assert await _rows(admin, "matrix-gap") != []
    shown = await _put(admin, "matrix-gap", b"step,amount_to,approvers\nboard,50,director1", query="?dry_run=true")
    missing = [{"pointer": "/rows/0/amount_to", "detail": "step board: no row is for amounts from 50 on"}]
    assert shown.json()["missing"] == missing
    refused = (await admin.call("POST", "/processes/matrix-gap/publish")).json()
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("process_invalid", "/matrix/rows/0/amount_to")
    await _draft(admin, "matrix-gap", FULL)
    assert (await admin.call("POST", "/processes/matrix-gap/publish")).status_code == 200
    version = await admin.get("/processes/matrix-gap/versions/1")
    assert len(version["document"]["matrix"]["rows"]) == 3


async def test_people_who_have_left_are_named_by_their_cell_when_it_is_published(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    await pool.execute("INSERT INTO users (username, name) VALUES ('leaver1', 'Sắp nghỉ')")
    await _draft(
        admin, "matrix-left", [_row("director1", amount_to="5"), _row("director1", "leaver1", amount_from="5")]
    )
    await pool.execute("UPDATE users SET active = false WHERE username = 'leaver1'")
    refused = (await admin.call("POST", "/processes/matrix-left/publish")).json()
    assert [error["pointer"] for error in refused["errors"]] == ["/matrix/rows/1/approvers/1"]


FURNITURE: Final = [{**LINE, "product_code": "DSK-STD", "quantity": "20", "unit_price": "3000000"}]


async def test_a_request_is_routed_by_its_goods_and_its_amount_and_says_which_row_it_was(sign_in: SignIn) -> None:
    admin, sales, director = await sign_in("admin1"), await sign_in("sales1"), await sign_in("director1")
    await _draft(admin, "matrix-runs", FULL)
    assert (await admin.call("POST", "/processes/matrix-runs/publish")).status_code == 200
    await connect(admin, "matrix-runs")
    try:
        draft = await sales.create(lines=FURNITURE)
        assert draft["lines"][0]["product_category"] == "Nội thất"
        (step,) = (await sales.get(f"/purchase-requests/{draft['id']}/approval-preview"))["steps"]
        assert [person["username"] for person in step["approvers"]] == ["director1", "manager2"]
        assert (step["vote"]["rule"], step["vote"]["needed"]) == ("quorum", 2)
        assert step["why"].startswith("Row 2 of the approval matrix: product category “Nội thất”, from 50,000,000 VND")
        assert "Nearest row that does not match, 1: it is below 50,000,000, and the amount is 60,000,000" in step["why"]
        request = await sales.done(draft["id"], "send")
        (place, _) = request["run"]["steps"][0]["assignments"]
        assert place["why"].startswith("Row 2 of the approval matrix")
        assert request["run"]["steps"][0]["compared"] == {"request.routing_amount": "60000000"}
        small = await sent(sales, lines=[{**LINE, "quantity": "1", "unit_price": "1000000"}])
        (asked,) = small["run"]["steps"][0]["assignments"]
        assert asked["person"]["username"] == "manager2"
        assert small["run"]["steps"][0]["vote"]["rule"] == "any"
        assert asked["due_at"] is not None
        assert (await director.act(small["id"], "approve", {"step": "board"})).json()["code"] == "not_your_step"
    finally:
        await connect(admin, "purchase-approval")


async def test_an_approver_cannot_lift_a_request_into_a_row_of_others(sign_in: SignIn) -> None:
    admin, sales, manager = await sign_in("admin1"), await sign_in("sales1"), await sign_in("manager2")
    step = {**STEP, "may_edit": ["lines.quantity"]}
    await _draft(admin, "matrix-lift", [FULL[0], FULL[2]], steps=[step])
    assert (await admin.call("POST", "/processes/matrix-lift/publish")).status_code == 200
    await connect(admin, "matrix-lift")
    try:
        request = await sent(sales, lines=[{**LINE, "quantity": "1", "unit_price": "1000000"}])
        changes = {"lines": [{"id": request["lines"][0]["id"], "quantity": "100"}]}
        refused = await manager.act(request["id"], "approve", {"step": "board", "changes": changes})
        assert (refused.status_code, refused.json()["code"]) == (409, "not_eligible")
        assert "row 2 of the approval matrix" in refused.json()["detail"]
        approved = await manager.done(request["id"], "approve", {"step": "board"})
        assert approved["process_status"] == "completed"
    finally:
        await connect(admin, "purchase-approval")


async def test_a_request_that_no_row_is_for_is_not_sent_and_says_why(sign_in: SignIn) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    await _draft(admin, "matrix-usd", FULL)
    await admin.call("POST", "/processes/matrix-usd/publish")
    await connect(admin, "matrix-usd")
    try:
        draft = await sales.create(currency="USD")
        refused = (await sales.act(draft["id"], "send")).json()
        assert refused["code"] == "no_eligible_approver"
        assert "its amounts are in VND, and the request is in USD" in refused["detail"]
    finally:
        await connect(admin, "purchase-approval")
