"""The bell through the API, told by the real workflow. Source: notices.md, "To people"."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.service import RPCError

from application.calendars import Calendars
from crm.pool import Pool
from notices.dispatch import Dispatcher, MailRules, ToPeople
from tests.api.setting import SMALL, sent
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.crm.saved import CALENDAR
from tests.eventually import eventually
from workflows.notice_contract import NOTICES_TYPE, notices_queue

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest_asyncio.fixture(autouse=True, scope="module", loop_scope="session")
async def telling(temporal_client: Client, task_queue: str) -> AsyncIterator[None]:
    """The workflow that tells, for as long as the module runs."""
    handle = await temporal_client.start_workflow(
        NOTICES_TYPE, id=f"notices-{uuid4().hex[:8]}", task_queue=notices_queue()
    )
    yield
    try:
        await handle.terminate()
    except RPCError:
        pytest.fail("it ended by itself")


async def told(client: ApiClient, request_id: str, **query: Any) -> list[Any]:
    """What somebody was told of a request, the newest first."""
    page = await client.get("/notices?limit=200" + "".join(f"&{name}={value}" for name, value in query.items()))
    return [item for item in page["items"] if item["request_id"] == request_id]


async def all_told(pool: Pool, request_id: str) -> None:
    """Wait until everything that has happened to a request was told on."""

    async def told_on() -> bool:
        waits = "SELECT EXISTS (SELECT FROM outbox WHERE request_id = $1 AND dispatched_at IS NULL)"
        return not await pool.fetchval(waits, UUID(request_id))

    await eventually(told_on)


async def test_who_is_asked_is_told_until_it_is_decided_and_the_owner_what_became_of_it(
    sign_in: SignIn, pool: Pool
) -> None:
    sales, manager, director = [await sign_in(name) for name in ("sales1", "manager1", "director1")]
    request = await sent(sales, lines=SMALL)
    await all_told(pool, request["id"])
    (asked,) = await told(manager, request["id"])
    assert (asked["kind"], asked["type"], asked["read_at"]) == ("asked", "assignment.opened", None)
    assert asked["text"].startswith(f"{request['number']} waits for your decision until ")
    assert await told(sales, request["id"]) == []
    assert await told(director, request["id"]) == []

    await manager.done(request["id"], "approve", {"step": "manager", "note": "Mua đi"})
    await all_told(pool, request["id"])
    (outcome,) = await told(sales, request["id"])
    assert (outcome["type"], outcome["actor"], outcome["note"]) == ("request.completed", "manager1", "Mua đi")
    assert outcome["text"] == f"{request['number']} is approved; Lê Hoàng Nam approved it last."
    assert await told(manager, request["id"], unread="true") == [], "what is decided need not be read any more"


async def test_what_was_read_is_read_and_nobody_reads_for_others(sign_in: SignIn, pool: Pool) -> None:
    sales, manager, other = [await sign_in(name) for name in ("sales1", "manager1", "manager2")]
    request = await sent(sales, lines=SMALL)
    await all_told(pool, request["id"])
    (asked,) = await told(manager, request["id"])
    before = (await manager.get("/notices"))["unread"]
    assert (await other.call("POST", "/notices/read", {"ids": [asked["id"]]})).status_code == 200
    assert (await manager.get("/notices"))["unread"] == before
    answer = await manager.call("POST", "/notices/read", {"ids": [asked["id"]]})
    assert answer.json() == {"unread": before - 1}
    assert (await manager.call("POST", "/notices/read", {})).json() == {"unread": 0}


async def test_a_list_goes_on_where_it_ended_and_refuses_what_is_no_place_in_it(sign_in: SignIn, pool: Pool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    requests = [await sent(sales, lines=SMALL) for _ in range(3)]
    for request in requests:
        await all_told(pool, request["id"])
    seen: list[str] = []
    cursor = ""
    while True:
        page = await manager.get(f"/notices?limit=2{cursor}")
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert (
        len(seen) == len(set(seen)) == await pool.fetchval("SELECT count(*) FROM notices WHERE username = 'manager1'")
    )
    refused = await manager.call("GET", "/notices?cursor=abc")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/cursor")


async def test_settings_are_as_usual_until_somebody_says_otherwise(sign_in: SignIn, pool: Pool) -> None:
    manager = await sign_in("manager1")
    usual = await manager.get("/me/notice-settings")
    assert (usual["language"], usual["email"]["asked"], usual["email"]["progress"]) == ("vi", "at_once", "off")
    changed = await manager.call("PUT", "/me/notice-settings", {"language": "en", "email": {"asked": "daily"}})
    assert changed.status_code == 200, changed.text
    assert changed.json()["email"]["asked"] == "daily"
    assert (await manager.get("/me/notice-settings")) == changed.json()
    assert {kind for kind, pushed in usual["push"].items() if not pushed} == {"progress", "released"}
    changed = await manager.call("PUT", "/me/notice-settings", {"push": {"comment": False, "progress": True}})
    assert {kind for kind, pushed in changed.json()["push"].items() if not pushed} == {"comment", "released"}
    assert (await manager.get("/me/notice-settings")) == changed.json()
    for wrong, pointer in (
        ({"email": {"asked": "hourly"}}, "/email/asked"),
        ({"language": "fr"}, "/language"),
        ({"push": {"asked": "daily"}}, "/push/asked"),
    ):
        refused = await manager.call("PUT", "/me/notice-settings", wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    await pool.execute("DELETE FROM notice_settings")


async def test_a_substitute_is_told_while_they_stand_in_and_not_after(sign_in: SignIn, pool: Pool) -> None:
    sales, manager, substitute = [await sign_in(name) for name in ("sales1", "manager1", "manager2")]
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"substitute": "manager2", "until": until, "reason": "Nghỉ phép"}
    given = (await manager.call("POST", "/substitutions", body)).json()
    during = await sent(sales, lines=SMALL)
    await all_told(pool, during["id"])
    (notice,) = await told(substitute, during["id"])
    assert notice["text"] == f"{during['number']} waits for the decision of Lê Hoàng Nam, for whom you decide."
    assert (await manager.call("DELETE", f"/substitutions/{given['id']}")).status_code == 204
    after = await sent(sales, lines=SMALL)
    await all_told(pool, after["id"])
    assert await told(substitute, after["id"]) == []
    assert len(await told(manager, after["id"])) == 1


async def test_a_failure_in_the_middle_tells_nobody_half_and_everybody_once_later(sign_in: SignIn, pool: Pool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    await pool.execute("ALTER TABLE notices ADD CONSTRAINT refuses CHECK (kind <> 'asked') NOT VALID")
    request = await sent(sales, lines=SMALL)
    waits = "SELECT count(*) FROM outbox WHERE request_id = $1 AND dispatched_at IS NULL"
    assert await pool.fetchval(waits, UUID(request["id"])) > 0
    await pool.execute("ALTER TABLE notices DROP CONSTRAINT refuses")
    await all_told(pool, request["id"])
    assert len(await told(manager, request["id"])) == 1


async def test_what_cannot_be_told_of_one_request_holds_up_no_other(sign_in: SignIn, pool: Pool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    stuck = await sent(sales, lines=SMALL)
    await all_told(pool, stuck["id"])
    refuses = f"ALTER TABLE notices ADD CONSTRAINT refuses CHECK (request_id <> '{stuck['id']}' OR type <> 'request.completed')"
    await pool.execute(f"{refuses} NOT VALID")
    await manager.done(stuck["id"], "approve", {"step": "manager"})
    other = await sent(sales, lines=SMALL)
    await all_told(pool, other["id"])
    assert len(await told(manager, other["id"])) == 1
    waits = "SELECT EXISTS (SELECT FROM outbox WHERE request_id = $1 AND dispatched_at IS NULL)"
    assert await pool.fetchval(waits, UUID(stuck["id"])), "what cannot be told waits"
    dispatcher = Dispatcher(pool, [ToPeople(Calendars(CALENDAR), MailRules())])

    async def left_aside() -> bool:
        await dispatcher.dispatch_some()
        return stuck["id"] in dispatcher.details

    await eventually(left_aside)  # the workflow's own activity may have its turn first
    await pool.execute("ALTER TABLE notices DROP CONSTRAINT refuses")
    dispatcher.try_all_again()
    assert dispatcher.details == ""
    await dispatcher.dispatch_some()
    await all_told(pool, stuck["id"])
    assert [one["type"] for one in await told(sales, stuck["id"])] == ["request.completed"]


async def test_two_that_tell_at_once_tell_everybody_once(sign_in: SignIn, pool: Pool) -> None:
    """The activity of a worker that was thought dead goes on beside that of another."""
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    await all_told(pool, request["id"])
    await pool.execute("UPDATE outbox SET dispatched_at = NULL WHERE request_id = $1", UUID(request["id"]))
    await Dispatcher(pool, []).dispatch_some()
    await all_told(pool, request["id"])
    assert len(await told(manager, request["id"])) == 1
