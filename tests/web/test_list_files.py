"""Lists as Excel files: as they are narrowed, and for whom they are."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import httpx
import pytest
import python_calamine
from fastapi import FastAPI

from crm.pool import Pool
from tests.api.setting import completed, sent
from tests.conftest import SignIn
from tests.web.browser import Visitor, visitor
from web import download

pytestmark = pytest.mark.usefixtures("running_worker")


def rows_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """The rows of a workbook, by their headings."""
    assert answer.status_code == 200
    sheet = python_calamine.load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0)
    headings, *rows = sheet.to_python()
    return [dict(zip(map(str, headings), row, strict=True)) for row in rows]


async def file_of(person: Visitor, page: str) -> list[dict[str, Any]]:
    """The file that a page's own link leads to."""
    html = await person.read(page)
    path, _, query = page.partition("?")
    assert f'href="{path}.xlsx' in html
    return rows_of(await person.get(f"{path}.xlsx?{query}"))


async def test_the_inbox_is_a_file_as_it_is_narrowed(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request, _ = await sent(sales, purpose="=HYPERLINK(1)"), await sent(sales)
    async with visitor(app, "manager1") as manager, visitor(app, "sales1") as owner:
        (row,) = await file_of(manager, f"/inbox?q={request['number']}")
        assert rows_of(await owner.get("/inbox.xlsx")) == []
    assert (row["Request number"], row["Owner"], row["Purpose"]) == (
        request["number"],
        "Nguyễn Văn An",
        "'=HYPERLINK(1)",
    )
    assert (row["Amount"], row["Currency"], row["Whose decision"]) == (125_000_000, "VND", "Lê Hoàng Nam")
    assert row["Waiting since"].date().isoformat() == request["request_date"], (
        "a time that can be sorted and reckoned with"
    )


@pytest.mark.parametrize(("path", "call"), [("/orders", "/sales-orders"), ("/opportunities", "/opportunities")])
async def test_orders_and_opportunities_are_files(
    app: FastAPI, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, path: str, call: str
) -> None:
    listed = (await (await sign_in("sales1")).get(f"{call}?limit=200"))["items"]
    monkeypatch.setattr(download, "_AT_ONCE", 3)
    async with visitor(app, "sales1") as person:
        rows = await file_of(person, path)
        (one,) = await file_of(person, f"{path}?q={listed[4]['number']}")
        monkeypatch.setattr(download, "MOST_ROWS", 4)
        assert 4 <= len(rows_of(await person.get(f"{path}.xlsx"))) <= 6, "a file has an end"
    assert [row["Number"] for row in rows] == [item["number"] for item in listed]
    assert (one["Customer"], one["Value"]) == (listed[4]["customer"], float(listed[4]["total"]))


async def test_what_was_approved_is_a_file_with_how_much_has_come(app: FastAPI, sign_in: SignIn) -> None:
    request = await completed(await sign_in("sales1"), await sign_in("manager1"))
    async with visitor(app, "purchasing1") as person, visitor(app, "manager1") as other:
        (row,) = await file_of(person, f"/purchasing?q={request['number']}")
        assert (await other.get("/purchasing.xlsx")).status_code == 403
    assert (row["Lines received"], row["Amount"]) == ("0/1", 25_000_000)


async def test_what_has_come_of_a_request_is_a_file(app: FastAPI, sign_in: SignIn) -> None:
    request = await completed(await sign_in("sales1"), await sign_in("manager1"))
    buyer = await sign_in("purchasing1")
    for quantity, at in (("1", "2026-11-25T03:00:00Z"), ("2", "2026-11-26T03:00:00Z")):
        line = {"line_id": request["lines"][0]["id"], "quantity_received": quantity}
        event = {"event_id": f"{request['number']} {quantity}", "occurred_at": at, "request_number": request["number"]}
        assert (await buyer.call("POST", "/purchasing/events", {**event, "lines": [line]})).status_code == 200
    path = f"/purchasing/{request['id']}/receipts.xlsx"
    async with visitor(app, "purchasing1") as person, visitor(app, "sales1") as other:
        assert path in await person.read(f"/purchasing/{request['id']}")
        newest, older = rows_of(await person.get(path))
        assert (await other.get(path)).status_code == 403
    assert (newest["Quantity"], newest["What was reported"], newest["Counts"]) == (2, "In all, corrected", "Yes")
    assert (older["Quantity"], older["Counts"]) == (1, "no, corrected later")
    assert newest["When it happened"] == datetime(2026, 11, 26, 10)  # noqa: DTZ001 - as Excel has it


async def test_substitutions_are_a_file_of_ones_own(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    body = {"substitute": "manager2", "until": "2027-01-01T00:00:00Z", "reason": "=1+1"}
    assert (await (await sign_in("manager1")).call("POST", "/substitutions", body)).status_code == 201
    try:
        async with visitor(app, "manager2") as person, visitor(app, "director1") as other:
            row = (await file_of(person, "/substitutions"))[0]
            assert rows_of(await other.get("/substitutions.xlsx")) == []
    finally:
        await pool.execute(
            "UPDATE substitutions SET revoked_at = now(), revoked_by = 'admin1' WHERE revoked_at IS NULL"
        )
    assert (row["Who decides"], row["For whom"], row["Reason"]) == ("Phạm Thị Thu Hà", "Lê Hoàng Nam", "'=1+1")
