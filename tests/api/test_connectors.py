"""``/connectors/amis``: admins connect AMIS and see what came of it; the secret is never shown; a hint is signed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from crm.pool import Pool
from embedded.amis.orders import example
from tests.clients import BASE, ApiClient
from tests.conftest import SignIn
from tests.connectors.amis import (
    CLIENT_ID,
    CLIENT_SECRET,
    Served,
    follow_nothing,
    forget,
    in_crm,
    serving,
    telling,
    there,
)
from tests.eventually import eventually

HINT_SECRET = "a-secret-of-hints"
BODY = b'{"event": "SaleOrder.Updated"}'

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def not_connected(pool: Pool, temporal_client: Client) -> AsyncIterator[None]:
    """Nothing is connected before a test, and nothing is followed after it."""
    await forget(pool)
    yield
    await follow_nothing(temporal_client)


@pytest_asyncio.fixture(loop_scope="session")
async def amis() -> AsyncIterator[Served]:
    async with serving() as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def admin(sign_in: SignIn) -> ApiClient:
    return await sign_in("admin1")


def access(amis: Served, **changes: Any) -> dict[str, Any]:
    known = {"address": amis.address, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return {**known, "hint_secret": HINT_SECRET, **changes}


async def connected(admin: ApiClient, amis: Served, **changes: Any) -> Any:
    answer = await admin.call("PUT", "/connectors/amis", access(amis, **changes))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_nothing_is_connected_at_first(admin: ApiClient) -> None:
    found = await admin.get("/connectors/amis")
    assert (found["connected"], found["address"], found["syncs"]) == (False, "", [])
    for call in ("/connectors/amis/sync", "/connectors/amis/test"):
        assert (await admin.call("POST", call, {})).status_code == 404


async def test_amis_is_read_as_soon_as_it_is_connected_and_its_secrets_are_never_shown(
    admin: ApiClient, amis: Served, pool: Pool
) -> None:
    amis.has(130)
    answers = [await connected(admin, amis)]

    async def is_read() -> bool:
        return await in_crm(pool) == there(amis)

    await eventually(is_read)
    answers.append(await admin.get("/connectors/amis"))
    stored = await pool.fetchrow("SELECT * FROM connectors")
    for secret in (CLIENT_SECRET, HINT_SECRET):
        assert secret not in str(answers) + str(stored)
    shown = answers[-1]
    assert (shown["address"], shown["client_id"], shown["has_hint_secret"]) == (amis.address, CLIENT_ID, True)
    assert shown["orders"] == 130
    assert shown["syncs"][-1]["kind"] == "first"


async def test_secrets_that_are_left_out_stay_and_an_empty_one_of_hints_is_none(admin: ApiClient, amis: Served) -> None:
    first = await admin.call("PUT", "/connectors/amis", {"address": amis.address, "client_id": CLIENT_ID})
    assert (first.status_code, first.json()["errors"][0]["pointer"]) == (422, "/client_secret")
    await connected(admin, amis)
    kept = {"address": amis.address, "client_id": CLIENT_ID}
    assert (await admin.call("PUT", "/connectors/amis", kept)).json()["has_hint_secret"]
    tried = await admin.call("POST", "/connectors/amis/test", {})
    assert (tried.status_code, tried.json()["reached"], tried.json()["orders"]) == (200, True, 0)
    gone = await admin.call("PUT", "/connectors/amis", {**kept, "hint_secret": ""})
    assert not gone.json()["has_hint_secret"]


async def test_whoever_saves_the_address_meanwhile_takes_no_secret_back(admin: ApiClient, amis: Served) -> None:
    others = {"address": amis.address, "client_id": CLIENT_ID}
    for _ in range(5):
        await connected(admin, amis, client_secret="the-old-one")
        new = admin.call("PUT", "/connectors/amis", {**others, "client_secret": CLIENT_SECRET})
        await asyncio.gather(new, *(admin.call("PUT", "/connectors/amis", others) for _ in range(3)))
        assert (await admin.call("POST", "/connectors/amis/test", {})).json()["reached"]


async def test_trying_says_why_amis_cannot_be_reached(admin: ApiClient, amis: Served) -> None:
    await connected(admin, amis, client_secret="wrong")
    tried = (await admin.call("POST", "/connectors/amis/test", {})).json()
    assert (tried["reached"], tried["reason"]) == (False, "credentials_refused")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://10.0.0.5/api/v2", "CONNECTOR_ALLOWED_NETWORKS"),
        ("ftp://crmconnect.misa.vn", "begin with https://"),
        ("nowhere", "address"),
    ],
)
async def test_no_address_is_taken_where_no_call_may_go(
    admin: ApiClient, amis: Served, address: str, said: str
) -> None:
    answer = await admin.call("PUT", "/connectors/amis", access(amis, address=address))
    assert answer.status_code == 422
    assert said in str(answer.json()["errors"])


async def test_a_field_has_a_name_that_amis_could_have(admin: ApiClient, amis: Served) -> None:
    wrong = await admin.call("PUT", "/connectors/amis", access(amis, fields={"line_price": "a b"}))
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/fields/line_price")
    shown = await connected(admin, amis, fields={"line_price": "custom_field1"})
    assert (shown["fields"]["line_price"], shown["fields"]["line_quantity"]) == ("custom_field1", "amount")


async def test_what_could_not_be_taken_is_listed_mended_and_tried_again(
    admin: ApiClient, amis: Served, pool: Pool
) -> None:
    for number in range(3):
        amis.orders.add(example("Hoàng Thị Lan", number))
    await connected(admin, amis)

    async def wait_for_failures(count: int) -> Any:
        async def there_are() -> bool:
            return len((await admin.get("/connectors/amis/failures"))["items"]) == count

        await eventually(there_are)
        return await admin.get("/connectors/amis/failures")

    failures = await wait_for_failures(3)
    assert {failure["reason"] for failure in failures["items"]} == {"owner_unknown"}
    assert "Hoàng Thị Lan" in failures["items"][0]["detail"]
    page = await admin.get("/connectors/amis/failures?limit=2")
    rest = await admin.get(f"/connectors/amis/failures?limit=2&cursor={page['next_cursor']}")
    assert [*page["items"], *rest["items"]] == failures["items"]
    assert rest["next_cursor"] is None
    one = failures["items"][0]["id"]
    assert (await admin.call("POST", f"/connectors/amis/failures/{one}/retry", {})).status_code == 202

    people = (await admin.get("/connectors/amis/people"))["items"]
    assert [(person["name"], person["person"], person["items"]) for person in people] == [("Hoàng Thị Lan", None, 3)]
    nobody = await admin.call("PUT", "/connectors/amis/people", {"name": "Hoàng Thị Lan", "username": "nobody"})
    assert nobody.status_code == 422
    unheard = await admin.call("PUT", "/connectors/amis/people", {"name": "Ai đó", "username": "sales1"})
    assert unheard.status_code == 404
    mended = await admin.call("PUT", "/connectors/amis/people", {"name": "Hoàng Thị Lan", "username": "sales2"})
    assert mended.json()["items"][0]["set_by"]["username"] == "admin1"
    await wait_for_failures(0)
    assert {order["owner"] for order in (await in_crm(pool)).values()} == {"sales2"}
    assert (await admin.call("POST", f"/connectors/amis/failures/{one}/retry", {})).status_code == 404


async def hint(http: httpx.AsyncClient, signature: str, body: bytes = BODY) -> httpx.Response:
    headers = {b"X-Signature": signature.encode("latin-1"), b"Content-Type": b"application/json"}
    return await http.post(f"{BASE}/connectors/amis/hint", content=body, headers=headers)


def signed(body: bytes = BODY, secret: str = HINT_SECRET) -> bytes:
    return hmac.digest(secret.encode(), body, hashlib.sha256)


async def test_a_hint_has_amis_read_again_and_nothing_of_it_is_believed(
    admin: ApiClient, amis: Served, pool: Pool, http: httpx.AsyncClient
) -> None:
    amis.has(5)
    await connected(admin, amis)

    async def is_read() -> bool:
        return await in_crm(pool) == there(amis)

    await eventually(is_read)
    amis.orders.change(amis.orders.rows[2]["id"], shipping_address="Nơi khác")
    assert (await hint(http, signed().hex())).status_code == 204
    await eventually(is_read)
    hinted_at = await pool.fetchval("SELECT hinted_at FROM connectors")
    for _ in range(20):
        assert (await hint(http, signed().hex())).status_code == 204
    assert await pool.fetchval("SELECT hinted_at FROM connectors") == hinted_at, "many hints in a short time are one"


@pytest.mark.parametrize(
    "signature",
    [signed().hex(), signed().hex().upper(), f"sha256={signed().hex()}", base64.b64encode(signed()).decode()],
)
async def test_a_signature_may_be_written_as_others_write_it(
    admin: ApiClient, amis: Served, http: httpx.AsyncClient, signature: str
) -> None:
    await connected(admin, amis)
    assert (await hint(http, signature)).status_code == 204


@pytest.mark.parametrize("signature", ["", "0" * 64, signed(secret="another").hex(), signed(b"{}").hex(), "é"])
async def test_a_hint_that_is_not_signed_is_refused(
    admin: ApiClient, amis: Served, pool: Pool, http: httpx.AsyncClient, signature: str
) -> None:
    await connected(admin, amis)
    answer = await hint(http, signature)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_signed")
    assert await pool.fetchval("SELECT hinted_at FROM connectors") is None


async def test_without_a_secret_of_hints_none_is_taken(admin: ApiClient, amis: Served, http: httpx.AsyncClient) -> None:
    assert (await hint(http, signed().hex())).status_code == 403
    await connected(admin, amis, hint_secret="")
    assert (await hint(http, signed(secret="").hex())).status_code == 403


async def test_the_same_key_is_one_pass(admin: ApiClient, amis: Served) -> None:
    await connected(admin, amis)
    key = str(uuid4())
    answers = [
        await admin.call("POST", "/connectors/amis/sync", {"everything": True}, Idempotency_Key=key) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[1].headers["Idempotent-Replayed"] == "true"


async def test_what_is_switched_off_is_read_by_nobody(admin: ApiClient, amis: Served) -> None:
    amis.has(3)
    await connected(admin, amis, enabled=False)
    assert (await admin.call("POST", "/connectors/amis/sync", {})).status_code == 404
    assert amis.calls == 0


async def test_an_order_of_amis_is_told_what_becomes_of_its_request(
    admin: ApiClient, amis: Served, sign_in: SignIn, temporal_client: Client
) -> None:
    sales = await sign_in("sales1")
    row = amis.orders.add(example("Nguyễn Văn An", 1))
    names = {"number": "custom_field1", "status": "custom_field2", "link": "custom_field3"}
    assert (await connected(admin, amis, write_back=names))["write_back"] == names

    async def is_there() -> bool:
        return len((await sales.get(f"/sales-orders?q={row['sale_order_no']}"))["items"]) == 1

    await eventually(is_there)
    order = (await sales.get(f"/sales-orders?q={row['sale_order_no']}"))["items"][0]
    draft = await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft")
    made = await sales.call("POST", "/purchase-requests", {**draft, "send": {}})
    assert made.status_code == 201, made.text
    request = made.json()

    async def says(status: str) -> bool:
        assert (await admin.call("POST", "/connectors/amis/sync", {})).status_code == 202
        found = amis.orders.find(row["id"])
        assert found is not None
        return (found.get("custom_field1"), found.get("custom_field2")) == (request["number"], status)

    async with telling(temporal_client):
        await eventually(lambda: says("Đang thực hiện"))
        path = f"/purchase-requests/{request['id']}/recall"
        assert (await sales.call("POST", path, {"note": "Khách đổi ngày"})).status_code == 200
        await eventually(lambda: says("Trả lại"))
    found = amis.orders.find(row["id"])
    assert found is not None
    assert found["sale_order_product_mappings"] == row["sale_order_product_mappings"]
    assert {name for rows in amis.stand_in.put for one in rows for name in one} == {"id", *names.values()}
    assert (await admin.call("POST", "/connectors/amis/write", {})).json()["to_write"] == 0


async def test_no_field_that_amis_uses_itself_is_written(admin: ApiClient, amis: Served) -> None:
    wrong = await admin.call("PUT", "/connectors/amis", access(amis, write_back={"status": "status"}))
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/write_back")
    assert "status" in wrong.json()["errors"][0]["detail"]


async def test_no_field_that_is_read_by_a_name_of_its_own_is_written(admin: ApiClient, amis: Served) -> None:
    names = {"fields": {"lines": "order_lines"}, "write_back": {"number": "Order_Lines"}}
    wrong = await admin.call("PUT", "/connectors/amis", access(amis, **names))
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/write_back")
    assert "Order_Lines" in wrong.json()["errors"][0]["detail"]
