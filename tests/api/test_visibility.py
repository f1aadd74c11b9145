"""Who sees what; for anyone else a request does not exist. Source: domain.md, decision 13."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from crm.pool import Pool
from tests.api.setting import DIRECTOR_ONLY, SMALL, connect, publish, sent
from tests.clients import ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

PEOPLE = (
    "sales1",
    "sales2",
    "manager1",
    "manager2",
    "director1",
    "purchasing1",
    "admin1",
)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def everyone(pool: Pool) -> AsyncIterator[None]:
    """Two more people: one below sales1's manager's manager's peer, and one who has nothing to do with anybody."""
    await pool.execute(
        """INSERT INTO users (username, name, roles, manager) VALUES
               ('outsider', 'Người Ngoài', '{sales}', NULL), ('sales3', 'Miền Nam', '{sales}', 'manager2')
           ON CONFLICT DO NOTHING"""
    )
    yield
    await pool.execute("UPDATE users SET active = true")


async def _who_sees(sign_in: SignIn, request_id: str) -> set[str]:
    """Everyone for whom the request exists: alone, and, which must be the same, in the list."""
    found = set()
    for username in (*PEOPLE, "sales3", "outsider"):
        client = await sign_in(username)
        answer = await client.call("GET", f"/purchase-requests/{request_id}")
        listed = {item["id"] for item in (await client.get("/purchase-requests?limit=200"))["items"]}
        assert (request_id in listed) is (answer.status_code == 200), username
        if answer.status_code == 200:
            found.add(username)
        else:
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    return found


async def test_before_it_is_sent_its_owner_and_their_managers_and_admins_see_it(sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create()
    assert await _who_sees(sign_in, request["id"]) == {"sales1", "manager1", "director1", "admin1"}


async def test_managers_see_the_requests_of_everyone_below_them_only(sign_in: SignIn) -> None:
    request = await (await sign_in("sales3")).create()
    assert await _who_sees(sign_in, request["id"]) == {"sales3", "manager2", "director1", "admin1"}


async def test_an_approver_sees_it_from_the_send_on(sign_in: SignIn) -> None:
    admin, owner = await sign_in("admin1"), await sign_in("outsider")
    await publish(admin, "by-manager2", [{"key": "only", "name": "Only", "approvers": [{"user": "manager2"}]}])
    await connect(admin, "by-manager2")
    try:
        request = await owner.create()
        assert await _who_sees(sign_in, request["id"]) == {"outsider", "admin1"}
        await owner.done(request["id"], "send")
    finally:
        await connect(admin, "purchase-approval")
    assert await _who_sees(sign_in, request["id"]) == {"outsider", "manager2", "admin1"}


async def test_whoever_was_an_approver_goes_on_seeing_it(sign_in: SignIn, pool: Pool) -> None:
    admin, owner = await sign_in("admin1"), await sign_in("outsider")
    steps = [{"key": "only", "name": "Only", "approvers": [{"role": "manager"}]}]
    await publish(admin, "by-managers", steps)
    await connect(admin, "by-managers")
    try:
        request = await sent(owner)
    finally:
        await connect(admin, "purchase-approval")
    await pool.execute("UPDATE users SET roles = '{sales}' WHERE username = 'manager1'")
    try:
        await admin.done(request["id"], "resolve-approvers")
        assert [item["username"] for item in (await owner.request(request["id"]))["run"]["step"]["approvers"]] == [
            "manager2"
        ]
        assert await _who_sees(sign_in, request["id"]) == {"outsider", "manager1", "manager2", "admin1"}
    finally:
        await pool.execute("UPDATE users SET roles = '{manager}' WHERE username = 'manager1'")


async def test_purchasing_sees_it_once_it_is_completed(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    before = await _who_sees(sign_in, request["id"])
    await manager.done(request["id"], "approve", {"step": "manager"})
    assert await _who_sees(sign_in, request["id"]) == before | {"purchasing1"}
    assert "purchasing1" not in before


@pytest.mark.parametrize("ending", ["reject", "cancel"])
async def test_purchasing_never_sees_what_was_not_approved(ending: str, sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    if ending == "reject":
        await manager.done(request["id"], "reject", {"step": "manager", "note": "Không", "end": True})
    else:
        await sales.done(request["id"], "cancel", {"note": "Hủy"})
    assert "purchasing1" not in await _who_sees(sign_in, request["id"])


def _calls(request_id: str) -> list[tuple[str, str, Any]]:
    """Every call that names a request."""
    path = f"/purchase-requests/{request_id}"
    return [
        ("GET", path, None),
        ("PATCH", path, {"purpose": "x"}),
        ("DELETE", path, None),
        ("GET", f"{path}/approval-preview", None),
        ("POST", f"{path}/send", {}),
        ("POST", f"{path}/approve", {"step": "manager"}),
        ("POST", f"{path}/reject", {"step": "manager", "note": "x"}),
        ("POST", f"{path}/recall", {}),
        ("POST", f"{path}/cancel", {"note": "x"}),
        ("POST", f"{path}/resolve-approvers", {}),
        ("GET", f"{path}/timeline", None),
        ("GET", f"{path}/commands/{uuid4()}", None),
    ]


async def test_for_anyone_else_every_call_answers_as_if_the_request_were_not_there(sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"))
    outsider: ApiClient = await sign_in("outsider")
    real, invented = _calls(request["id"]), _calls(str(uuid4()))
    for (method, path, body), (_, invented_path, _) in zip(real, invented, strict=True):
        hidden = await outsider.call(method, path, body, If_Match='"2"')
        missing = await outsider.call(method, invented_path, body, If_Match='"2"')
        assert (hidden.status_code, hidden.json()) == (404, missing.json()), (method, path)
        assert missing.status_code == 404
    after = await (await sign_in("sales1")).timeline(request["id"])
    assert [item["action"] for item in after] == ["create", "send"], "a stranger leaves no trace"


async def test_the_related_list_of_an_order_shows_only_what_the_caller_may_see(sign_in: SignIn) -> None:
    sales, outsider = await sign_in("sales1"), await sign_in("outsider")
    order = (await sales.get("/sales-orders?limit=1"))["items"][0]
    draft = await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft")
    request = await sales.create(**draft)
    path = f"/sales-orders/{order['id']}/purchase-requests"
    assert request["id"] in {item["id"] for item in (await sales.get(path))["items"]}
    assert (await outsider.get(path))["items"] == []


async def test_what_waits_on_others_is_not_in_an_inbox(sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"))
    waiting = {}
    for username in PEOPLE:
        items = (await (await sign_in(username)).get("/inbox?limit=200"))["items"]
        waiting[username] = request["id"] in {item["id"] for item in items}
    assert [username for username, waits in waiting.items() if waits] == ["manager1"]


async def test_a_stranger_who_guesses_a_command_id_learns_nothing(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    command_id = str(uuid4())
    await sales.done(request["id"], "send", {"command_id": command_id})
    path = f"/purchase-requests/{request['id']}/commands/{command_id}"
    assert (await sales.get(path))["status"] == "applied"
    assert (await (await sign_in("outsider")).call("GET", path)).status_code == 404
    other = await (await sign_in("outsider")).create()
    crossed = f"/purchase-requests/{other['id']}/commands/{command_id}"
    assert (await (await sign_in("outsider")).call("GET", crossed)).status_code == 404


async def test_a_user_who_is_not_active_any_more_is_let_in_no_more(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales2")
    await pool.execute("UPDATE users SET active = false WHERE username = 'sales2'")
    answer = await sales.call("GET", "/purchase-requests")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_the_director_who_owns_a_request_sees_it_like_any_owner(sign_in: SignIn) -> None:
    admin, director = await sign_in("admin1"), await sign_in("director1")
    await publish(admin, "for-director", [{**DIRECTOR_ONLY[0], "approvers": [{"user": "manager1"}]}])
    await connect(admin, "for-director")
    try:
        request = await _completed_by_manager(director, await sign_in("manager1"))
    finally:
        await connect(admin, "purchase-approval")
    assert await _who_sees(sign_in, request["id"]) == {"director1", "manager1", "purchasing1", "admin1"}


async def _completed_by_manager(owner: ApiClient, manager: ApiClient) -> Any:
    request = await sent(owner)
    return await manager.done(request["id"], "approve", {"step": "director"})


async def test_a_managers_request_is_hidden_from_those_below(sign_in: SignIn) -> None:
    request = await (await sign_in("manager1")).create()
    assert await _who_sees(sign_in, request["id"]) == {"manager1", "director1", "admin1"}


async def test_only_the_chosen_approver_sees_it_of_those_who_could_have_been_chosen(sign_in: SignIn) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    step = {"key": "one", "name": "One", "approvers": [{"user": "sales2"}, {"user": "manager2"}], "choose": True}
    await publish(admin, "chosen", [step])
    await connect(admin, "chosen")
    request = await sales.create(send={"approvers": {"one": "manager2"}})
    await connect(admin, "purchase-approval")
    assert await _who_sees(sign_in, request["id"]) == {"sales1", "manager1", "director1", "admin1", "manager2"}


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


async def _inbox(client: ApiClient) -> list[str]:
    return [item["id"] for item in (await client.get("/inbox?limit=200"))["items"]]
