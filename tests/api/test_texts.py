"""One rule for what people write, whichever way it comes: by the API, by the pages, as a signal. Ids of what is new are ours."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from temporalio.client import Client

from crm.pool import Pool
from tests.api.setting import sent
from tests.clients import LINE, ApiClient, request_body
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.web.browser import value_of, visitor
from workflows import contracts

pytestmark = pytest.mark.usefixtures("running_worker")

TURNED = "Trả \u202e000.9"
DECOMPOSED, COMPOSED = "Kho\u00a0Ha\u0300 No\u0323\u0302i\u200b", "Kho Hà Nội"

PLACES: dict[str, dict[str, Any]] = {
    "/purpose": {"purpose": TURNED},
    "/delivery_address": {"delivery_address": TURNED},
    "/description": {"description": TURNED},
    "/send/note": {"send": {"note": TURNED}},
    **{
        f"/lines/0/{field}": {"lines": [{**LINE, field: TURNED}]}
        for field in ("product_code", "description", "warehouse", "unit", "supplier")
    },
}


@pytest.mark.parametrize("pointer", PLACES)
async def test_what_turns_a_text_around_is_refused_in_every_field(pointer: str, sign_in: SignIn) -> None:
    answer = await (await sign_in("sales1")).call("POST", "/purchase-requests", request_body(**PLACES[pointer]))
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"]) == (422, pointer)
    assert "U+202E" in error["detail"]
    assert "character 5" in error["detail"]


async def test_what_was_pasted_is_kept_in_its_one_form_and_found(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    code = uuid4().hex
    request = await sales.create(
        purpose=f"{DECOMPOSED} {code}", lines=[{**LINE, "warehouse": DECOMPOSED, "supplier": "FPT\r\nSynnex"}]
    )
    assert request["purpose"] == f"{COMPOSED} {code}"
    assert (request["lines"][0]["warehouse"], request["lines"][0]["supplier"]) == (COMPOSED, "FPT Synnex")
    for typed in (COMPOSED, DECOMPOSED):
        found = await sales.call("GET", f"/purchase-requests?q={typed} {code}")
        assert [item["id"] for item in found.json()["items"]] == [request["id"]]


@pytest.mark.parametrize("text", ["\u200b", "\u3164", "\u2800", "\u0301"])
async def test_a_purpose_and_a_required_note_have_something_to_be_seen(text: str, sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    answer = await sales.call("POST", "/purchase-requests", request_body(purpose=text))
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/purpose"]
    request = await sent(sales)
    refused = await manager.act(request["id"], "reject", {"step": "manager", "note": text})
    assert (refused.status_code, refused.json()["code"]) == (422, "note_required")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"note": TURNED}, "/note"),
        ({"changes": {"lines": [{"id": "", "supplier": "\U000e0041"}]}}, "/changes/lines/0/supplier"),
        ({"actor": "manager1\u200b"}, "/actor"),
        ({"step": "mana\u202eger"}, "/step"),
    ],
)
async def test_a_signal_from_outside_is_held_to_the_same_rule(
    fields: dict[str, Any], pointer: str, sign_in: SignIn, temporal_client: Client, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    if "changes" in fields:
        fields = {"changes": {"lines": [{**fields["changes"]["lines"][0], "id": request["lines"][0]["id"]}]}}
    handle = temporal_client.get_workflow_handle(contracts.workflow_id(UUID(request["id"])))
    await handle.signal("approve", {"command_id": str(uuid4()), "actor": "manager1", "step": "manager", **fields})

    async def is_told() -> bool:
        return len(await sales.timeline(request["id"])) > 2

    await eventually(is_told)
    refused = (await sales.timeline(request["id"]))[-1]
    assert (refused["outcome"], refused["reason"]) == ("refused", "invalid")
    assert refused["detail"].startswith(f"{pointer}: ")
    assert "U+" in refused["detail"]


async def test_a_note_that_a_page_refuses_stays_in_its_form_with_the_reason(app: FastAPI, sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"))
    async with visitor(app, "manager1", "vi") as manager:
        address = f"/inbox/{request['id']}"
        html = await manager.read(address)
        hidden = {name: value_of(html, name) for name in ("csrf_token", "command_id", "version", "step")}
        answer = await manager.http.post(address, data={**hidden, "decision": "reject", "note": f"Giảm {TURNED}"})
        assert answer.status_code == 422
        assert f"Giảm {TURNED}" in answer.text
        assert "ký tự thứ 10 là U+202E" in answer.text


async def test_a_note_that_a_page_without_a_form_to_come_back_refuses_is_explained(
    app: FastAPI, sign_in: SignIn
) -> None:
    request = await sent(await sign_in("sales1"))
    async with visitor(app, "sales1", "vi") as person:
        html = await person.read(f"/requests/{request['id']}")
        hidden = {name: value_of(html, name) for name in ("csrf_token", "command_id")}
        answer = await person.http.post(f"/requests/{request['id']}/recall", data={**hidden, "note": TURNED})
        assert answer.status_code == 422
        assert "ký tự thứ 5 là U+202E" in answer.text


async def test_what_was_stored_by_the_rules_of_another_day_can_be_read_and_put_right(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    await pool.execute("UPDATE purchase_request_lines SET supplier = $2 WHERE request_id = $1", request["id"], TURNED)
    path = f"/purchase-requests/{request['id']}"
    edited = await sales.call("PATCH", path, {"purpose": "Khác"}, If_Match='"1"')
    assert (edited.status_code, edited.json()["lines"][0]["supplier"]) == (200, TURNED)
    async with visitor(app, "sales1", "vi") as person:
        assert TURNED in await person.read(f"/requests/{request['id']}/edit")


# Ids


async def test_a_new_request_and_its_lines_get_their_ids_from_the_server(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    answer = await sales.call("POST", "/purchase-requests", request_body(lines=[{**LINE, "id": str(uuid4())}]))
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["detail"]) == ("/lines/0/id", "the server gives what is new its id; leave this out")
    answer = await sales.call("POST", "/purchase-requests", request_body(id=str(uuid4())))
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/id"]
    assert (await sales.create(lines=[{**LINE, "id": None}]))["lines"][0]["id"]


async def test_a_draft_is_a_body_for_a_new_request(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    (order, *_) = (await sales.get("/sales-orders"))["items"]
    draft = await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft")
    assert (await sales.call("POST", "/purchase-requests", draft)).status_code == 201


async def test_an_edit_keeps_lines_of_this_request_and_takes_none_of_another(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    mine, other = await sales.create(), await sales.create()
    for foreign in (other["lines"][0]["id"], str(uuid4())):
        body = {"lines": [{**LINE, "id": mine["lines"][0]["id"]}, {**LINE, "id": foreign}]}
        answer = await sales.call("PATCH", f"/purchase-requests/{mine['id']}", body, If_Match='"1"')
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/lines/1/id"]


async def test_the_id_of_a_form_is_not_the_id_of_its_request(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        chosen = str(uuid4())
        line = {f"lines.0.{field}": value for field, value in {**LINE, "unit_price": "100"}.items()}
        token = await person.token("/requests/new")
        fields = {"csrf_token": token, "id": chosen, "purpose": "x", "currency": "VND", **line}
        first = await person.http.post("/requests/new", data=fields)
        again = await person.http.post("/requests/new", data=fields)
        assert first.status_code == 303, first.text
        assert first.headers["location"] == again.headers["location"], "sent twice, it makes one"
        assert chosen not in first.headers["location"]
    other: ApiClient = await sign_in("sales2")
    async with visitor(app, other.username) as stranger:
        fields["csrf_token"] = await stranger.token("/requests/new")
        theirs = await stranger.http.post("/requests/new", data=fields)
        assert theirs.status_code == 303
        assert theirs.headers["location"] != first.headers["location"]
