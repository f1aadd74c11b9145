"""What admins do with endpoints through the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from fastapi import FastAPI
from temporalio.client import Client

from application.encryption import Encryption
from approval.effects import EventType
from crm.pool import Pool
from tests.api.setting import sent
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.notices.hooked import Hooked, happen, hooked
from tests.notices.receiver import Receiver, receiving, status
from workflows.notice_contract import NOTICES_TYPE, notices_queue

PATH = "/webhook-endpoints"
ERP: dict[str, Any] = {"kind": "webhook", "name": "ERP", "address": "https://erp.example.com/hooks"}


@pytest_asyncio.fixture(loop_scope="session")
async def admin(sign_in: SignIn) -> ApiClient:
    return await sign_in("admin1")


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def made(admin: ApiClient, **more: Any) -> Any:
    answer = await admin.call("POST", PATH, {**ERP, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def wrong(admin: ApiClient, **more: Any) -> tuple[str, str]:
    """What is wrong with a draft: where, and in words."""
    answer = await admin.call("POST", PATH, {**ERP, **more})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    (error,) = answer.json()["errors"]
    return error["pointer"], error["detail"]


async def test_a_secret_is_shown_once_and_kept_nowhere_to_be_read(admin: ApiClient, pool: Pool) -> None:
    endpoint = await made(admin)
    secret = endpoint.pop("secret")
    assert secret.startswith("whsec_")
    listed = next(one for one in (await admin.get(PATH))["items"] if one["id"] == endpoint["id"])
    assert listed == endpoint
    assert (endpoint["enabled"], endpoint["off_reason"], endpoint["waiting"]) == (True, None, 0)
    assert endpoint["owner"]["username"] == "admin1"
    rows = await pool.fetch("SELECT body FROM idempotency_keys WHERE body IS NOT NULL")
    assert not any(secret.encode() in row["body"] for row in rows)


async def test_the_same_call_again_makes_one_endpoint_and_one_secret(admin: ApiClient, pool: Pool) -> None:
    key = uuid4().hex
    first, second = [await admin.call("POST", PATH, ERP, Idempotency_Key=key) for _ in range(2)]
    assert first.json() == second.json()
    assert first.headers["cache-control"] == "no-store"
    endpoint_id, secret = first.json()["id"], first.json()["secret"]
    key = uuid4().hex
    rotated = [
        await admin.call("POST", f"{PATH}/{endpoint_id}/rotate-secret", {}, Idempotency_Key=key) for _ in range(2)
    ]
    assert rotated[0].json() == rotated[1].json()
    assert rotated[0].json()["secret"] != secret
    kept = await pool.fetch("SELECT body FROM idempotency_keys WHERE key = $1 AND body IS NOT NULL", key)
    assert kept == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://192.168.1.5/hooks", "192.168.1.5 is not on the public internet"),
        ("https://[::ffff:169.254.169.254]/", "169.254.169.254 is not on the public internet"),
        ("ftp://erp.example.com/", "this must begin with https://"),
        ("https://crm:secret@erp.example.com/", "leave user and password out of the address"),
        ("https://erp.example.com:25/", "this port is not of web servers"),
    ],
)
async def test_an_address_that_is_not_to_be_called_is_refused_in_words(
    address: str, said: str, admin: ApiClient
) -> None:
    pointer, detail = await wrong(admin, address=address)
    assert pointer == "/address"
    assert said in detail
    endpoint = await made(admin)
    answer = await admin.call("PATCH", f"{PATH}/{endpoint['id']}", {"address": address})
    assert answer.status_code == 422


async def test_a_name_that_leads_into_ones_own_network_is_refused_before_anything_is_sent(
    app: FastAPI, admin: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(*_: object) -> list[str]:
        return ["10.0.0.5"]

    monkeypatch.setattr(app.state.endpoints._calls._sender._guard, "_resolve", resolve)
    assert await wrong(admin) == (
        "/address",
        "10.0.0.5 is not on the public internet, and no setting (WEBHOOK_ALLOWED_NETWORKS) names its network",
    )


async def test_only_zalo_has_a_chat_id_and_it_must_have_one(admin: ApiClient) -> None:
    assert (await wrong(admin, chat_id="5"))[0] == "/chat_id"
    assert (await wrong(admin, kind="zalo"))[0] == "/chat_id"
    assert (await made(admin, kind="zalo", chat_id="5"))["chat_id"] == "5"


async def test_of_a_chat_only_the_host_is_shown_and_it_has_no_secret(admin: ApiClient) -> None:
    address = "https://hooks.slack.com/services/T0/B0/XXXX"
    endpoint = await made(admin, kind="slack", address=address)
    assert (endpoint["address"], endpoint["secret"]) == ("https://hooks.slack.com/…", None)
    answer = await admin.call("POST", f"{PATH}/{endpoint['id']}/rotate-secret", {})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_what_is_left_out_of_a_change_stays(admin: ApiClient) -> None:
    endpoint = await made(admin, event_types=["request.sent"])
    path = f"{PATH}/{endpoint['id']}"
    renamed = (await admin.call("PATCH", path, {"name": "Kế toán"})).json()
    assert (renamed["name"], renamed["event_types"], renamed["address"]) == (
        "Kế toán",
        ["request.sent"],
        ERP["address"],
    )
    assert (await admin.call("PATCH", path, {"event_types": None})).json()["event_types"] is None
    off = (await admin.call("PATCH", path, {"enabled": False})).json()
    assert (off["enabled"], off["off_reason"]) == (False, "by_hand")
    assert off["state_since"] > endpoint["state_since"]
    assert (await admin.call("PATCH", path, {"event_types": ["request.eaten"]})).status_code == 422
    assert (await admin.call("DELETE", path)).status_code == 204
    assert (await admin.call("DELETE", path)).status_code == 404


async def test_a_test_is_sent_now_and_its_answer_is_the_answer(
    admin: ApiClient, pool: Pool, receiver: Receiver
) -> None:
    async with hooked(admin, pool, receiver.address) as hook:
        receiver.respond = status(202, "Đã nhận")
        tested = (await admin.call("POST", f"{PATH}/{hook.endpoint_id}/test", {})).json()
        assert (tested["taken"], tested["answer"]["status"], tested["answer"]["body"]) == (True, 202, "Đã nhận")
        assert hook.verify(receiver.received[0]) | {"timestamp": ""} == {
            "type": "endpoint.test",
            "timestamp": "",
            "data": {"endpoint": "ERP"},
        }
        receiver.respond = status(500)
        tested = (await admin.call("POST", f"{PATH}/{hook.endpoint_id}/test", {})).json()
        assert (tested["taken"], tested["answer"]["status"]) == (False, 500)
        assert (await admin.get(f"{PATH}/{hook.endpoint_id}/deliveries"))["items"] == []


async def test_deliveries_are_listed_the_newest_first_with_their_answers(
    admin: ApiClient, pool: Pool, receiver: Receiver, sign_in: SignIn
) -> None:
    request = await (await sign_in("sales1")).create()
    async with hooked(admin, pool, receiver.address) as hook:
        await happen(pool, request["id"], EventType.REQUEST_SENT, EventType.STEP_APPROVED, EventType.REQUEST_COMPLETED)
        await hook.dispatch()
        await hook.deliver()
        path = f"{PATH}/{hook.endpoint_id}/deliveries"
        first = await admin.get(f"{path}?limit=2")
        second = await admin.get(f"{path}?limit=2&cursor={first['next_cursor']}")
        listed = [*first["items"], *second["items"]]
        assert [one["type"] for one in listed] == ["request.completed", "step.approved", "request.sent"]
        assert {one["number"] for one in listed} == {request["number"]}
        assert {one["webhook_id"] for one in listed} == {call.id for call in receiver.received}
        assert [one["answers"][0]["status"] for one in listed] == [200, 200, 200]
        other = await made(admin)
        answer = await admin.call("GET", f"{PATH}/{other['id']}/deliveries?cursor={first['next_cursor']}")
        assert answer.status_code == 422
        again = f"{PATH}/{other['id']}/deliveries/{listed[0]['id']}/resend"
        assert (await admin.call("POST", again, {})).status_code == 404


async def test_without_a_key_no_endpoint_is_made_and_it_is_said_why(
    app: FastAPI, admin: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.endpoints, "_encryption", Encryption(""))
    answer = await admin.call("POST", PATH, ERP)
    assert (answer.status_code, answer.json()["code"]) == (409, "encryption_key_missing")
    assert "ENCRYPTION_KEYS" in answer.json()["detail"]


@pytest_asyncio.fixture(loop_scope="session")
async def telling(running_worker: None, temporal_client: Client, task_queue: str) -> AsyncIterator[None]:
    """The workflow that tells on what happens, for as long as a test runs."""
    name = f"notices-{uuid4().hex[:8]}"
    handle = await temporal_client.start_workflow(NOTICES_TYPE, id=name, task_queue=notices_queue())
    yield
    await handle.terminate()


@pytest.mark.usefixtures("telling")
async def test_what_happens_reaches_the_receiver_through_the_engine_and_again_when_asked_for(
    admin: ApiClient, pool: Pool, receiver: Receiver, sign_in: SignIn
) -> None:
    async with hooked(admin, pool, receiver.address) as hook:
        request = await sent(await sign_in("sales1"))

        def told() -> list[str]:
            return [hook.verify(call)["type"] for call in receiver.received if call.data["request_id"] == request["id"]]

        async def arrived() -> bool:
            return "assignment.opened" in told()

        await eventually(arrived)
        assert told()[0] == "request.sent"
        await check_resend(admin, hook, receiver)


async def check_resend(admin: ApiClient, hook: Hooked, receiver: Receiver) -> None:
    first = receiver.received[0]

    async def written() -> bool:
        return all(one.outcome is not None for one in await hook.deliveries())

    await eventually(written)
    delivery = next(one for one in await hook.deliveries() if one.message_id == first.id)
    receiver.received.clear()
    await admin.call("POST", f"{PATH}/{hook.endpoint_id}/deliveries/{delivery.id}/resend", {})

    async def again() -> bool:
        return [call.id for call in receiver.received] == [first.id]

    await eventually(again, 20)
