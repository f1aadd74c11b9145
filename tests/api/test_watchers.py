"""Watchers of a request: whoever they are made by, they may read it, wherever requests are shown, and decide nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from crm import requests
from crm.pool import Pool
from tests.api.setting import DIRECTOR_ONLY, SMALL, completed, connect, publish, sent
from tests.api.test_comments import say
from tests.clients import ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def outsider(pool: Pool) -> AsyncIterator[None]:
    """Somebody who has nothing to do with anybody."""
    await pool.execute(
        """INSERT INTO users (username, name, roles) VALUES ('outsider', 'Người Ngoài', '{sales}')
           ON CONFLICT (username) DO UPDATE SET active = true"""
    )
    yield
    await pool.execute("DELETE FROM watchers")


async def watch(client: ApiClient, request_id: str, username: str) -> tuple[int, Any]:
    """Have somebody watch; status and answer."""
    answer = await client.call("POST", f"/purchase-requests/{request_id}/watchers", {"username": username})
    return answer.status_code, answer.json()


async def _unwatch(client: ApiClient, request_id: str, username: str) -> int:
    return (await client.call("DELETE", f"/purchase-requests/{request_id}/watchers/{username}")).status_code


async def _sees(client: ApiClient, request: Any) -> bool:
    """Whether the request is there for somebody: alone, and, which must be the same, in every list."""
    alone = (await client.call("GET", f"/purchase-requests/{request['id']}")).status_code
    assert alone in (200, 404)
    for query in (
        "?limit=200",
        f"?q={request['number']}",
        "?limit=200&sort=-total",
        f"?owner={request['owner']['username']}",
    ):
        listed = {item["id"] for item in (await client.get(f"/purchase-requests{query}"))["items"]}
        assert (request["id"] in listed) is (alone == 200), query
    return alone == 200


@pytest.mark.parametrize("state", ["not_sent", "in_progress", "completed"])
async def test_a_watcher_reads_it_in_every_state_and_decides_nothing(sign_in: SignIn, pool: Pool, state: str) -> None:
    sales, manager, reader = await sign_in("sales1"), await sign_in("manager1"), await sign_in("outsider")
    if state == "completed":
        request = await completed(sales, manager)
    else:
        request = await sales.create(lines=SMALL, **({"send": {}} if state == "in_progress" else {}))
    assert not await _sees(reader, request)
    status, watcher = await watch(sales, request["id"], "outsider")
    assert status == 201
    assert watcher["person"] == {"username": "outsider", "name": "Người Ngoài"}
    assert watcher["added_by"]["username"] == "sales1"

    assert await _sees(reader, request)
    seen = await reader.request(request["id"])
    assert (seen["version"], seen["allowed_actions"]) == (request["version"], [])
    assert (await reader.call("GET", f"/purchase-requests/{request['id']}/timeline")).status_code == 200
    refused = await reader.act(request["id"], "approve", {"step": "manager"})
    assert refused.status_code in (403, 409)
    request_id = UUID(request["id"])
    assert await requests.seen_by(pool, [request_id], ["outsider", "sales2"]) == {request_id: {"outsider"}}
    await say(reader, request["id"], "Tôi theo dõi")

    assert (await reader.get(f"/purchase-requests/{request['id']}/watchers"))["items"] == [watcher]
    assert await _unwatch(sales, request["id"], "outsider") == 204
    assert not await _sees(reader, request)
    assert (await sales.get(f"/purchase-requests/{request['id']}/watchers"))["items"] == []


async def test_the_owner_an_approver_and_an_admin_choose_watchers_and_nobody_else(sign_in: SignIn) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    director = await sign_in("director1")
    await publish(admin, "watched", DIRECTOR_ONLY)
    await connect(admin, "watched")
    request = await sent(sales, lines=SMALL)
    await connect(admin, "purchase-approval")
    for client in (sales, director, admin):
        assert (await watch(client, request["id"], "outsider"))[0] == 201
        assert await _unwatch(client, request["id"], "outsider") == 204
    status, problem = await watch(manager, request["id"], "outsider")  # sees it, and approves nothing of it
    assert (status, problem["code"]) == (403, "forbidden")
    assert problem["detail"] == "Only the owner, an approver of the request or an admin can choose who watches it."
    await watch(sales, request["id"], "outsider")
    assert await _unwatch(manager, request["id"], "outsider") == 403
    reader = await sign_in("outsider")
    assert (await watch(reader, request["id"], "sales2"))[0] == 403  # nor does one watcher bring others
    await director.done(request["id"], "approve", {"step": "director"})
    assert (await watch(director, request["id"], "sales2"))[0] == 201  # and whoever was an approver still may


async def test_a_watcher_can_leave_and_then_it_does_not_exist_for_them(sign_in: SignIn) -> None:
    sales, reader = await sign_in("sales1"), await sign_in("outsider")
    request = await sales.create()
    await watch(sales, request["id"], "outsider")
    assert await _unwatch(reader, request["id"], "outsider") == 204
    assert await _unwatch(reader, request["id"], "outsider") == 404
    assert not await _sees(reader, request)


async def test_the_same_watcher_twice_is_one_and_keeps_since_when(sign_in: SignIn) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    request = await sales.create()
    first = await watch(sales, request["id"], "outsider")
    assert await watch(admin, request["id"], "outsider") == first
    assert (await sales.get(f"/purchase-requests/{request['id']}/watchers"))["items"] == [first[1]]
    assert await _unwatch(sales, request["id"], "outsider") == 204
    assert await _unwatch(sales, request["id"], "outsider") == 204


async def test_who_is_not_there_and_who_is_one_too_many_does_not_watch(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    await pool.execute("UPDATE users SET active = false WHERE username = 'outsider'")
    for username in ("outsider", "khongai"):
        status, problem = await watch(sales, request["id"], username)
        assert (status, problem["errors"][0]["pointer"]) == (422, "/username")
        assert username in problem["errors"][0]["detail"]
    await pool.execute(
        """INSERT INTO users (username, name, roles) SELECT 'reader' || n, 'Người đọc ' || n, '{sales}'
           FROM generate_series(1, 51) n"""
    )
    await pool.execute(
        """INSERT INTO watchers (request_id, username, added_by, added_at)
           SELECT $1::uuid, 'reader' || n, 'sales1', now() FROM generate_series(1, 50) n""",
        UUID(request["id"]),
    )
    status, problem = await watch(sales, request["id"], "reader51")
    assert (status, problem["errors"][0]["detail"]) == (422, "at most 50 people watch a request; remove one first")
    assert (await watch(sales, request["id"], "reader50"))[0] == 201


async def test_whoever_left_sees_it_as_little_as_anything_else(sign_in: SignIn, pool: Pool) -> None:
    sales, reader = await sign_in("sales1"), await sign_in("outsider")
    request = await sales.create()
    await watch(sales, request["id"], "outsider")
    await pool.execute("UPDATE users SET active = false WHERE username = 'outsider'")
    assert (await reader.call("GET", f"/purchase-requests/{request['id']}")).status_code == 403
