"""The same call twice is done once and answered twice, however the two meet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from temporalio.client import Client

from application.delivery.deliver import deliver
from application.delivery.engine import Engine
from application.signatures import SignalKeys
from crm.pool import Pool
from tests.clients import BASE, ApiClient, request_body
from tests.conftest import SignIn
from tests.eventually import eventually

pytestmark = pytest.mark.usefixtures("running_worker")

PREPARED = Callable[[SignIn], Awaitable[tuple[str, str, Any]]]
"""Makes what a call needs; who calls which path with which body."""


async def sent(sign_in: SignIn) -> str:
    sales = await sign_in("sales1")
    request_id: str = (await sales.create())["id"]
    await sales.done(request_id, "send")
    return request_id


async def completed(sign_in: SignIn) -> Any:
    request_id = await sent(sign_in)
    await (await sign_in("manager1")).done(request_id, "approve", {"step": "manager"})
    return await (await sign_in("director1")).done(request_id, "approve", {"step": "director"})


async def a_new_request(sign_in: SignIn) -> tuple[str, str, Any]:
    return "sales1", "/purchase-requests", request_body()


async def save_and_send(sign_in: SignIn) -> tuple[str, str, Any]:
    return "sales1", "/purchase-requests", request_body(send={})


async def a_send(sign_in: SignIn) -> tuple[str, str, Any]:
    return "sales1", f"/purchase-requests/{(await (await sign_in('sales1')).create())['id']}/send", {}


async def an_approval(sign_in: SignIn) -> tuple[str, str, Any]:
    return "manager1", f"/purchase-requests/{await sent(sign_in)}/approve", {"step": "manager"}


async def a_rejection(sign_in: SignIn) -> tuple[str, str, Any]:
    return "manager1", f"/purchase-requests/{await sent(sign_in)}/reject", {"step": "manager", "note": "no"}


async def a_recall(sign_in: SignIn) -> tuple[str, str, Any]:
    return "sales1", f"/purchase-requests/{await sent(sign_in)}/recall", {}


async def a_cancellation(sign_in: SignIn) -> tuple[str, str, Any]:
    return "sales1", f"/purchase-requests/{await sent(sign_in)}/cancel", {"note": "no"}


async def new_approvers(sign_in: SignIn) -> tuple[str, str, Any]:
    return "admin1", f"/purchase-requests/{await sent(sign_in)}/resolve-approvers", {}


async def a_refused_decision(sign_in: SignIn) -> tuple[str, str, Any]:
    return "sales1", f"/purchase-requests/{await sent(sign_in)}/approve", {"step": "manager"}


async def an_invalid_body(sign_in: SignIn) -> tuple[str, str, Any]:
    return "sales1", "/purchase-requests", request_body(lines=[])


async def a_publication(sign_in: SignIn) -> tuple[str, str, Any]:
    return "admin1", "/processes/purchase-approval/publish", {}


async def a_purchasing_event(sign_in: SignIn) -> tuple[str, str, Any]:
    number = (await completed(sign_in))["number"]
    body = {
        "event_id": str(uuid4()),
        "occurred_at": "2026-11-24T00:00:00Z",
        "request_number": number,
        "purchase_status": "ordered",
    }
    return "purchasing1", "/purchasing/events", body


CALLS: list[PREPARED] = [
    a_new_request,
    save_and_send,
    a_send,
    an_approval,
    a_rejection,
    a_recall,
    a_cancellation,
    new_approvers,
    a_refused_decision,
    an_invalid_body,
    a_publication,
    a_purchasing_event,
]
DONE_ONCE = [call for call in CALLS if call not in (an_invalid_body, a_publication, a_purchasing_event)]


def told(answer: httpx.Response) -> Any:
    headers = {name: answer.headers.get(name) for name in ("content-type", "location", "etag")}
    return answer.status_code, headers, answer.content


@pytest.mark.parametrize("prepare", CALLS)
async def test_the_same_key_and_body_get_the_first_answer_again(sign_in: SignIn, prepare: PREPARED) -> None:
    username, path, body = await prepare(sign_in)
    user, key = await sign_in(username), str(uuid4())
    first = await user.call("POST", path, body, Idempotency_Key=key)
    second = await user.call("POST", path, body, Idempotency_Key=key)
    assert told(second) == told(first)
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("prepare", CALLS)
async def test_the_same_key_with_another_body_is_refused(sign_in: SignIn, prepare: PREPARED) -> None:
    username, path, body = await prepare(sign_in)
    user, key = await sign_in(username), str(uuid4())
    await user.call("POST", path, body, Idempotency_Key=key)
    other = await user.call("POST", path, {**body, "note": "another"}, Idempotency_Key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("prepare", DONE_ONCE)
async def test_the_same_call_many_times_at_once_is_done_once(sign_in: SignIn, pool: Pool, prepare: PREPARED) -> None:
    username, path, body = await prepare(sign_in)
    user, key = await sign_in(username), str(uuid4())
    before = await pool.fetchval("SELECT count(*) FROM timeline")
    requests = await pool.fetchval("SELECT count(*) FROM purchase_requests")
    answers = await asyncio.gather(*(user.call("POST", path, body, Idempotency_Key=key) for _ in range(6)))
    assert len({answer.status_code for answer in answers}) == 1, [answer.text for answer in answers]
    assert len({answer.json().get("id") for answer in answers}) == 1
    done = 2 if prepare is save_and_send else 1
    assert await pool.fetchval("SELECT count(*) FROM timeline") == before + done
    made = int(prepare in (a_new_request, save_and_send))
    assert await pool.fetchval("SELECT count(*) FROM purchase_requests") == requests + made


async def test_a_key_belongs_to_its_caller(sign_in: SignIn) -> None:
    key = str(uuid4())
    answers = [
        await (await sign_in(username)).call("POST", "/purchase-requests", request_body(), Idempotency_Key=key)
        for username in ("sales1", "sales2")
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [answer.json()["owner"]["username"] for answer in answers] == ["sales1", "sales2"]


async def test_a_key_belongs_to_its_path(sign_in: SignIn) -> None:
    sales, key = await sign_in("sales1"), str(uuid4())
    one, other = (await sales.create())["id"], (await sales.create())["id"]
    assert (await sales.act(one, "send", Idempotency_Key=key)).status_code == 200
    refused = await sales.act(other, "send", Idempotency_Key=key)
    assert refused.json()["code"] == "idempotency_key_reused"


async def cut_off(pool: Pool, key: str) -> None:
    """As if the process had died before it could keep its answer."""
    changed = await pool.execute(
        "UPDATE idempotency_keys SET status = NULL, headers = NULL, body = NULL WHERE key = $1", key
    )
    assert changed == "UPDATE 1"


@pytest.mark.parametrize("prepare", DONE_ONCE)
async def test_a_second_try_of_a_call_that_was_cut_off_does_nothing_twice(
    sign_in: SignIn, pool: Pool, prepare: PREPARED
) -> None:
    username, path, body = await prepare(sign_in)
    user, key = await sign_in(username), str(uuid4())
    first = await user.call("POST", path, body, Idempotency_Key=key)
    before = await pool.fetchval("SELECT count(*) FROM timeline")
    await cut_off(pool, key)
    second = await user.call("POST", path, body, Idempotency_Key=key)
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert "idempotent-replayed" not in second.headers
    assert await pool.fetchval("SELECT count(*) FROM timeline") == before


async def test_an_answer_that_says_try_again_is_not_kept(sign_in: SignIn, pool: Pool) -> None:
    await (await sign_in("admin1")).call("GET", "/me")
    key = str(uuid4())
    stranger = ApiClient((await sign_in("sales1")).http, "stranger", "no token at all")
    assert (await stranger.call("POST", "/purchase-requests", request_body(), Idempotency_Key=key)).status_code == 401
    assert await pool.fetchval("SELECT count(*) FROM idempotency_keys WHERE key = $1", key) == 0


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_1_to_255_characters(sign_in: SignIn, key: str) -> None:
    answer = await (await sign_in("sales1")).call("POST", "/purchase-requests", request_body(), Idempotency_Key=key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/Idempotency-Key"


@pytest.mark.parametrize("prepare", [a_send, an_approval, a_rejection, a_recall, a_cancellation, new_approvers])
async def test_the_same_command_id_twice_is_one_decision_with_one_answer(
    sign_in: SignIn, pool: Pool, prepare: PREPARED
) -> None:
    username, path, body = await prepare(sign_in)
    user = await sign_in(username)
    command = {**body, "command_id": str(uuid4())}
    before = await pool.fetchval("SELECT count(*) FROM timeline")
    first = await user.call("POST", path, command)
    second = await user.call("POST", path, command)
    at_once = await asyncio.gather(*(user.call("POST", path, command) for _ in range(3)))
    assert first.status_code == 200, first.text
    for answer in (second, *at_once):
        assert (answer.status_code, answer.json()) == (200, first.json())
    assert await pool.fetchval("SELECT count(*) FROM timeline") == before + 1
    state = await user.get(f"{path.rsplit('/', 1)[0]}/commands/{command['command_id']}")
    assert state["status"] == "applied"


async def test_a_refused_command_stays_refused(sign_in: SignIn) -> None:
    manager, request_id = await sign_in("manager1"), await sent(sign_in)
    command = {"step": "director", "command_id": str(uuid4())}
    first = await manager.act(request_id, "approve", command)
    await manager.done(request_id, "approve", {"step": "manager"})
    second = await manager.act(request_id, "approve", command)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert first.json()["code"] == "not_your_step"


async def test_whoever_used_anothers_command_id_reads_what_became_of_their_own_command(
    sign_in: SignIn, temporal_client: Client, pool: Pool
) -> None:
    """Both got 202, say, as the database was away: the run gets both, takes one of them and refuses the other."""
    sales, manager, request_id = await sign_in("sales1"), await sign_in("manager1"), await sent(sign_in)
    command_id = str(uuid4())
    await manager.done(request_id, "approve", {"step": "manager", "command_id": command_id})
    path = f"/purchase-requests/{request_id}/commands/{command_id}"
    approved = {"command_id": command_id, "status": "applied", "action": "approve", "actor": "manager1"}
    assert await sales.get(path) == approved  # theirs is not known yet, and nobody takes this for it
    engine, message = Engine(temporal_client, SignalKeys()), {"command_id": command_id, "actor": "sales1"}
    await deliver(pool, engine, UUID(request_id), "recall", message, command_id=UUID(command_id))

    async def is_recorded() -> bool:
        return bool(await pool.fetchval("SELECT count(*) FROM timeline WHERE request_id = $1", UUID(request_id)) == 4)

    await eventually(is_recorded)
    assert await manager.get(path) == approved
    own = await sales.get(path)
    assert (own["command_id"], own["status"], own["code"]) == (command_id, "refused", "invalid")
    assert (own["action"], own["actor"]) == ("recall", "sales1")
    assert await (await sign_in("admin1")).get(path) == approved


async def test_a_demo_token_comes_again_for_the_same_call_and_is_never_stored(
    http: httpx.AsyncClient, pool: Pool
) -> None:
    async def ask(username: str) -> httpx.Response:
        return await http.post(
            f"{BASE}/demo/token", json={"username": username}, headers={"Idempotency-Key": "anonymous"}
        )

    first, again, other = await ask("sales1"), await ask("sales1"), await ask("sales2")
    assert (first.status_code, again.status_code) == (200, 200)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    stored = await pool.fetch("SELECT body FROM idempotency_keys WHERE key = 'anonymous'")
    assert [row["body"] for row in stored] == [b""]
