"""Taking a decision back before it takes effect: who can, until when, what clients and others see, and what heals itself."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client

from application.calendars import Calendars
from crm.pool import Pool
from notices.dispatch import Dispatcher, MailRules, ToPeople
from settings import Settings
from tests.api.setting import SMALL, sent
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.crm.saved import CALENDAR
from tests.eventually import eventually
from workflows.contracts import MOST_UNDO_SECONDS, workflow_id

pytestmark = pytest.mark.usefixtures("running_worker")

APPROVE: dict[str, Any] = {"step": "manager", "undo": True}


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """People can take back what they decided, for longer than any of these tests takes."""
    return settings.model_copy(update={"undo_seconds": MOST_UNDO_SECONDS})


async def deferred(approver: ApiClient, request: dict[str, Any], **said: Any) -> Any:
    """An approval that can be taken back, as the API has answered it."""
    answer = await approver.act(request["id"], "approve", {**APPROVE, **said})
    assert answer.status_code == 202, answer.text
    state = answer.json()
    assert answer.headers["location"].endswith(f"/{request['id']}/commands/{state['command_id']}")
    return state


async def undo(person: ApiClient, request: dict[str, Any], state: Any) -> Any:
    """Try to take it back."""
    return await person.act(request["id"], f"commands/{state['command_id']}/undo")


async def command(person: ApiClient, request: dict[str, Any], state: Any) -> Any:
    """Where it stands."""
    return await person.get(f"/purchase-requests/{request['id']}/commands/{state['command_id']}")


async def hasten(pool: Pool, state: Any) -> None:
    """Its time is over, for everybody but the run's timer, which is as if it were lost."""
    await pool.execute(
        """UPDATE commands SET takes_effect_at = now() - interval '1 second', next_try_at = now(),
               created_at = created_at - interval '1 minute' WHERE id = $1""",
        UUID(state["command_id"]),
    )


async def acts(person: ApiClient, request: dict[str, Any]) -> list[tuple[str, str]]:
    """What the timeline says."""
    return [(item["action"], item["outcome"]) for item in await person.timeline(request["id"])]


CREATED = [("create", "accepted"), ("send", "accepted")]


async def settled(person: ApiClient, request: dict[str, Any], state: Any) -> Any:
    """What became of it, once something has."""

    async def is_settled() -> bool:
        return (await command(person, request, state))["status"] in ("applied", "refused")

    await eventually(is_settled)
    return await command(person, request, state)


async def test_a_decision_waits_as_long_as_the_company_wants_and_only_its_person_knows(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    before = datetime.now(UTC)

    state = await deferred(manager, request)

    assert state["status"] == "deferred"
    until = datetime.fromisoformat(state["takes_effect_at"])
    assert timedelta(seconds=0) <= until - before - timedelta(seconds=MOST_UNDO_SECONDS) < timedelta(seconds=30)
    assert await command(manager, request, state) == state
    for person in (sales, manager):
        seen = await person.request(request["id"])
        assert (seen["version"], seen["process_status"]) == (request["version"], "in_progress")
        assert seen["run"]["step"]["key"] == "manager"
        assert await acts(person, request) == CREATED
    assert (await command(sales, request, state))["status"] == "accepted"


async def test_whoever_decided_takes_it_back_once_and_decides_otherwise(sign_in: SignIn, pool: Pool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    state = await deferred(manager, request)

    for _ in range(2):  # the second finds that it was
        answer = await undo(manager, request, state)
        assert (answer.status_code, answer.json()) == (200, {"command_id": state["command_id"], "status": "undone"})

    assert await command(manager, request, state) == {"command_id": state["command_id"], "status": "undone"}
    returned = await manager.done(request["id"], "reject", {"step": "manager", "note": "Thiếu báo giá"})
    assert returned["process_status"] == "returned"
    assert await acts(sales, request) == [*CREATED, ("reject", "accepted")]


@pytest.mark.parametrize("username", ["sales1", "director1", "admin1", "manager2", "purchasing1"])
async def test_nobody_else_takes_it_back(sign_in: SignIn, username: str) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    manager = await sign_in("manager1")
    state = await deferred(manager, request)

    answer = await undo(await sign_in(username), request, state)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await command(manager, request, state))["status"] == "deferred"


async def test_a_substitute_takes_it_back_although_they_are_none_any_more(sign_in: SignIn, pool: Pool) -> None:
    manager, substitute = await sign_in("manager1"), await sign_in("manager2")
    request = await sent(await sign_in("sales1"), lines=SMALL)
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    away = {"until": until, "reason": "Nghỉ phép", "substitute": "manager2"}
    given = (await manager.call("POST", "/substitutions", away)).json()
    state = await deferred(substitute, request)
    assert (await manager.call("DELETE", f"/substitutions/{given['id']}")).status_code == 204
    assert (await substitute.call("GET", f"/purchase-requests/{request['id']}")).status_code == 404

    answer = await undo(substitute, request, state)

    assert (answer.status_code, answer.json()["status"]) == (200, "undone")
    assert (await undo(manager, request, state)).status_code == 404
    await manager.done(request["id"], "approve", {"step": "manager"})


async def test_nothing_but_such_a_decision_is_taken_back(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    command_id = str(uuid4())
    request = await sent(sales, lines=SMALL)
    await manager.done(request["id"], "approve", {"step": "manager", "command_id": command_id})

    for one in (command_id, str(uuid4())):
        answer = await undo(manager, request, {"command_id": one})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_whoever_does_not_ask_for_it_decides_at_once(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    assert (await manager.done(request["id"], "approve", {"step": "manager"}))["process_status"] == "completed"


@pytest.mark.parametrize("end", [False, True])
async def test_a_return_and_an_end_are_taken_back_in_the_same_way(sign_in: SignIn, pool: Pool, end: bool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    body = {"step": "manager", "note": "Thiếu báo giá", "undo": True, "end": end}
    first = (await manager.act(request["id"], "reject", body)).json()
    assert first["status"] == "deferred"
    assert (await undo(manager, request, first)).status_code == 200
    second = (await manager.act(request["id"], "reject", body)).json()
    await hasten(pool, second)
    assert (await settled(manager, request, second))["status"] == "applied"
    status = "rejected" if end else "returned"
    assert (await sales.request(request["id"]))["process_status"] == status
    assert await acts(sales, request) == [*CREATED, ("reject", "accepted")]


async def test_it_takes_effect_although_its_timer_was_lost_and_then_it_is_too_late(sign_in: SignIn, pool: Pool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    state = await deferred(manager, request)
    await hasten(pool, state)

    assert (await settled(manager, request, state))["status"] == "applied"

    answer = await undo(manager, request, state)
    assert (answer.status_code, answer.json()["code"]) == (409, "undo_too_late")
    assert await acts(sales, request) == [*CREATED, ("approve", "accepted")]


async def test_it_takes_effect_once_although_its_run_was_lost(
    sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    state = await deferred(manager, request)
    await temporal_client.get_workflow_handle(workflow_id(UUID(request["id"]))).terminate("by hand")
    await hasten(pool, state)

    assert (await settled(manager, request, state))["status"] == "applied"

    assert (await sales.request(request["id"]))["process_status"] == "completed"
    assert await acts(sales, request) == [*CREATED, ("approve", "accepted")]


async def test_one_that_does_not_take_effect_is_told_to_its_person(sign_in: SignIn, pool: Pool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    state = await deferred(manager, request)
    await sales.done(request["id"], "recall", {})
    await hasten(pool, state)

    became = await settled(manager, request, state)

    assert (became["status"], became["code"]) == ("refused", "step_closed")
    answer = await undo(manager, request, state)
    assert (answer.status_code, answer.json()["code"]) == (409, "undo_too_late")

    dispatcher = Dispatcher(pool, [ToPeople(Calendars(CALENDAR), MailRules())])

    async def is_told() -> bool:
        await dispatcher.dispatch_some()
        notices = (await manager.get("/notices"))["items"]
        return any(one["type"] == "decision.refused" and one["request_id"] == request["id"] for one in notices)

    await eventually(is_told)
    (told,) = [one for one in (await manager.get("/notices"))["items"] if one["type"] == "decision.refused"]
    assert request["number"] in told["text"]
    assert "Nguyễn Văn An" in told["text"], "it does not say who came first"
    others = (await sales.get("/notices"))["items"]
    assert not [one for one in others if one["type"] == "decision.refused"]


async def test_what_would_not_hold_is_refused_at_once(sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    answer = await (await sign_in("admin1")).act(request["id"], "approve", APPROVE)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_step")


@pytest.mark.parametrize("again", [True, False])
async def test_a_second_decision_of_the_same_place_waits_until_the_first_is_taken_back(
    sign_in: SignIn, again: bool
) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    manager = await sign_in("manager1")
    await deferred(manager, request)
    answer = await manager.act(request["id"], "reject", {"step": "manager", "note": "Không", "undo": again})
    assert (answer.status_code, answer.json()["code"]) == (409, "step_closed")
    assert "Take it back first" in answer.json()["detail"]


async def test_the_same_command_twice_is_one_decision_with_one_answer(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    command_id = str(uuid4())
    answers = await asyncio.gather(*(deferred(manager, request, command_id=command_id) for _ in range(3)))
    assert answers == [answers[0]] * 3
    assert (await undo(manager, request, answers[0])).status_code == 200
    again = await manager.act(request["id"], "approve", {**APPROVE, "command_id": command_id})
    assert (again.status_code, again.json()["status"]) == (202, "undone")


async def test_the_same_call_twice_is_one_decision(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    key = {"Idempotency_Key": str(uuid4())}
    first = await manager.act(request["id"], "approve", APPROVE, **key)
    second = await manager.act(request["id"], "approve", APPROVE, **key)
    assert (first.status_code, first.json()) == (second.status_code, second.json()) == (202, first.json())
