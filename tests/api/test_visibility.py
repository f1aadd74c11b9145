"""Who sees which request; for anyone else it does not exist. Source: domain.md, decision 13."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from crm.pool import Pool
from tests.api.setting import SMALL, connect, publish, sent
from tests.clients import ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

EVERYBODY = ("sales1", "sales2", "manager1", "manager2", "director1", "purchasing1", "admin1")


async def test_a_draft_is_seen_by_its_owner_the_managers_above_and_admins(sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create()
    assert await _who_sees(sign_in, request) == {"sales1", "manager1", "director1", "admin1"}


async def test_a_managers_request_is_hidden_from_those_below(sign_in: SignIn) -> None:
    request = await (await sign_in("manager1")).create()
    assert await _who_sees(sign_in, request) == {"manager1", "director1", "admin1"}


async def test_approvers_see_it_from_the_send_on_and_ever_after(sign_in: SignIn) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    steps = [
        {"key": "peer", "name": "Peer", "approvers": [{"user": "sales2"}]},
        {"key": "south", "name": "South", "approvers": [{"user": "manager2"}]},
    ]
    await publish(admin, "across", steps)
    await connect(admin, "across")
    request = await sales.create()
    always = {"sales1", "manager1", "director1", "admin1"}
    assert await _who_sees(sign_in, request) == always
    await sales.done(request["id"], "send")
    await connect(admin, "purchase-approval")
    assert await _who_sees(sign_in, request) == always | {"sales2", "manager2"}
    await (await sign_in("sales2")).done(request["id"], "reject", {"step": "peer", "note": "Không", "end": True})
    assert await _who_sees(sign_in, request) == always | {"sales2", "manager2"}, "who was an approver still sees it"


async def test_only_the_chosen_approver_sees_it_of_those_who_could_have_been_chosen(sign_in: SignIn) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    step = {"key": "one", "name": "One", "approvers": [{"user": "sales2"}, {"user": "manager2"}], "choose": True}
    await publish(admin, "chosen", [step])
    await connect(admin, "chosen")
    request = await sales.create(send={"approvers": {"one": "manager2"}})
    await connect(admin, "purchase-approval")
    assert await _who_sees(sign_in, request) == {"sales1", "manager1", "director1", "admin1", "manager2"}


async def test_purchasing_sees_it_once_it_is_completed(sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    assert "purchasing1" not in await _who_sees(sign_in, request)
    await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager"})
    assert await _who_sees(sign_in, request) == {"sales1", "manager1", "director1", "admin1", "purchasing1"}


async def test_for_a_stranger_every_call_answers_as_if_there_were_nothing(sign_in: SignIn, pool: Pool) -> None:
    sales, stranger = await sign_in("sales1"), await sign_in("sales2")
    request = await sent(sales)
    before = await sales.request(request["id"]), await sales.timeline(request["id"])
    for request_id in (request["id"], str(uuid4())):
        path = f"/purchase-requests/{request_id}"
        answers = [
            await stranger.call("GET", path),
            await stranger.call("PATCH", path, {"purpose": "x"}, If_Match='"1"'),
            await stranger.call("DELETE", path),
            *[await stranger.call("GET", f"{path}/{rest}") for rest in ("timeline", "approval-preview")],
            await stranger.call("GET", f"{path}/commands/{uuid4()}"),
            *[await stranger.act(request_id, action) for action in ("send", "recall", "resolve-approvers")],
            *[await stranger.act(request_id, action, {"step": "manager", "note": "x"}) for action in DECISIONS],
            await stranger.act(request_id, "cancel", {"note": "x"}),
        ]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}
        assert len({answer.text for answer in answers}) == 1, "nobody can tell a hidden one from none"
    assert (await sales.request(request["id"]), await sales.timeline(request["id"])) == before


DECISIONS = ("approve", "reject")


async def test_a_filter_does_not_reach_what_the_list_hides(sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create(purpose="Bí mật Phượng Hoàng")
    stranger = await sign_in("sales2")
    for query in (
        f"q={request['number']}",
        "q=phuong%20hoang",
        "owner=sales1",
        "process_status=not_sent",
        "sort=total",
    ):
        items = (await stranger.get(f"/purchase-requests?{query}"))["items"]
        assert request["id"] not in [item["id"] for item in items]


async def test_the_inbox_shows_what_waits_on_the_caller_and_nothing_else(sign_in: SignIn) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    request = await sent(sales)
    assert request["id"] in await _inbox(manager)
    assert request["id"] not in await _inbox(director), "the director's turn has not come"
    assert await _inbox(sales) == []
    await manager.done(request["id"], "approve", {"step": "manager"})
    assert request["id"] not in await _inbox(manager)
    assert request["id"] in await _inbox(director)
    await sales.done(request["id"], "recall")
    assert request["id"] not in await _inbox(director)


async def test_somebody_who_left_the_company_is_let_in_no_more(sign_in: SignIn, pool: Pool) -> None:
    request = await sent(await sign_in("sales1"))
    manager = await sign_in("manager2")
    await pool.execute("UPDATE users SET active = false WHERE username = 'manager2'")
    answer = await manager.call("GET", f"/purchase-requests/{request['id']}")
    await pool.execute("UPDATE users SET active = true WHERE username = 'manager2'")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def _inbox(client: ApiClient) -> list[str]:
    return [item["id"] for item in (await client.get("/inbox?limit=200"))["items"]]


async def _who_sees(sign_in: SignIn, request: Any) -> set[str]:
    """Everybody who can open the request; the list, found by number, must agree for each of them."""
    seen = set()
    for username in EVERYBODY:
        client = await sign_in(username)
        answer = await client.call("GET", f"/purchase-requests/{request['id']}")
        assert answer.status_code in (200, 404)
        listed = (await client.get(f"/purchase-requests?q={request['number']}"))["items"]
        assert [item["id"] for item in listed] == ([request["id"]] if answer.status_code == 200 else [])
        if answer.status_code == 200:
            seen.add(username)
            assert await client.timeline(request["id"])
    return seen
