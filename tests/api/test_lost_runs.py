"""A run that the engine has lost goes on from what the CRM has, at the next thing that somebody does with it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowHandle
from uuid_utils.compat import uuid7

from approval.model import Action
from crm import runs
from crm.pool import Pool
from tests.api.backup import Backup
from tests.api.setting import sent
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually
from workflows.contracts import workflow_id

pytestmark = pytest.mark.usefixtures("running_worker")


def _workflow(client: Client, request: dict[str, Any]) -> WorkflowHandle[Any, Any]:
    return client.get_workflow_handle(workflow_id(UUID(request["id"])))


async def _sent_to_two(sales: ApiClient) -> dict[str, Any]:
    request: dict[str, Any] = await sent(sales)
    assert [step["state"] for step in request["run"]["steps"]] == ["open", "waiting"]
    return request


async def test_a_terminated_run_takes_the_next_decision_and_completes(sign_in: SignIn, temporal_client: Client) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    request = await _sent_to_two(sales)
    await _workflow(temporal_client, request).terminate("by hand")
    half = await manager.done(request["id"], "approve", {"step": "manager"})
    assert half["run"]["step"]["key"] == "director"
    await _workflow(temporal_client, request).terminate("by hand, again")

    done = await director.done(request["id"], "approve", {"step": "director"})

    assert (done["process_status"], done["run"]["id"]) == ("completed", request["run"]["id"])
    assert await _workflow(temporal_client, request).result() == "completed"
    told = [(item["action"], item["outcome"]) for item in await sales.timeline(request["id"])]
    assert told == [(action, "accepted") for action in ("create", "send", "approve", "approve")]


async def test_a_terminated_run_that_was_returned_is_sent_again(sign_in: SignIn, temporal_client: Client) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await _sent_to_two(sales)
    await manager.done(request["id"], "reject", {"step": "manager", "note": "fewer"})
    await _workflow(temporal_client, request).terminate("by hand")

    async def in_second_round() -> bool:
        run = (await sales.request(request["id"]))["run"]
        return bool(run["round"] == 2 and run["step"]["key"] == "manager")

    await sales.act(request["id"], "send", {})
    await eventually(in_second_round)
    assert (await manager.done(request["id"], "approve", {"step": "manager"}))["run"]["step"]["key"] == "director"


async def test_a_decision_that_waited_is_delivered_to_a_run_that_was_lost_meanwhile(
    sign_in: SignIn, temporal_client: Client, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    request = await _sent_to_two(sales)
    await _workflow(temporal_client, request).terminate("by hand")
    command_id = uuid7()
    message = {"command_id": str(command_id), "actor": "manager1", "step": "manager"}
    at = (await sales.timeline(request["id"]))[0]["at"]
    await pool.execute(
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at)
           VALUES ($1, $2, $3, 'manager1', $4, $5::text::timestamptz - interval '1 hour')""",
        command_id,
        UUID(request["id"]),
        Action.APPROVE,
        message,
        at,
    )

    async def approved() -> bool:
        return bool((await sales.request(request["id"]))["run"]["step"]["key"] == "director")

    await eventually(approved)
    told = (await sales.timeline(request["id"]))[-1]
    assert (told["command_id"], told["outcome"]) == (str(command_id), "accepted")
    assert await pool.fetchval("SELECT delivered_at IS NOT NULL FROM commands WHERE id = $1", command_id)


async def test_two_decisions_at_once_on_a_lost_run_are_one_and_a_refusal(
    sign_in: SignIn, temporal_client: Client
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await _sent_to_two(sales)
    await _workflow(temporal_client, request).terminate("by hand")

    answers = await asyncio.gather(*(manager.act(request["id"], "approve", {"step": "manager"}) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await sales.request(request["id"]))["run"]["step"]["key"] == "director"


async def test_a_run_that_has_ended_is_not_started_again(sign_in: SignIn, temporal_client: Client) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await _sent_to_two(sales)
    await sales.done(request["id"], "cancel", {"note": "no longer needed"})
    ended = await _workflow(temporal_client, request).describe()

    refused = await manager.act(request["id"], "approve", {"step": "manager"})

    assert (refused.status_code, refused.json()["code"]) == (409, "run_ended")
    assert (await _workflow(temporal_client, request).describe()).run_id == ended.run_id


async def test_a_request_that_a_restored_database_holds_open_is_decided_again(
    sign_in: SignIn, temporal_client: Client, pool: Pool
) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    request = await _sent_to_two(sales)
    await manager.done(request["id"], "approve", {"step": "manager"})
    backup = await Backup.of(pool, request)
    await director.done(request["id"], "approve", {"step": "director"})
    assert await _workflow(temporal_client, request).result() == "completed"
    await backup.restore()
    assert (await sales.request(request["id"]))["process_status"] == "in_progress"

    done = await director.done(request["id"], "approve", {"step": "director"})

    assert done["process_status"] == "completed"
    assert [note["actor"]["username"] for note in done["notes"]] == ["director1"]
    accepted = [item["action"] for item in await sales.timeline(request["id"])]
    assert accepted == ["create", "send", "approve", "approve"]


@pytest.mark.parametrize("handed_over", [False, True])
async def test_a_command_that_its_run_took_before_the_database_was_restored_is_given_to_it_again(
    sign_in: SignIn, pool: Pool, handed_over: bool
) -> None:
    """The engine knows the signal by its id, and would take it for delivered for ever."""
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await _sent_to_two(sales)
    backup = await Backup.of(pool, request)
    command_id = uuid7()
    message = {"command_id": str(command_id), "step": "manager"}
    await manager.done(request["id"], "approve", message)
    await backup.restore()
    await pool.execute(
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at, handed_over_at)
           VALUES ($1, $2, $3, 'manager1', $4, now() - interval '1 hour', CASE WHEN $5 THEN now() END)""",
        command_id,
        UUID(request["id"]),
        Action.APPROVE,
        {**message, "actor": "manager1"},
        handed_over,
    )

    async def approved() -> bool:
        return bool((await sales.request(request["id"]))["run"]["step"]["key"] == "director")

    await eventually(approved)
    told = [(item["action"], item["outcome"]) for item in await sales.timeline(request["id"])]
    assert told == [(action, "accepted") for action in ("create", "send", "approve")]


async def test_a_decision_that_is_repeated_after_the_database_was_restored_is_taken_and_applied(
    sign_in: SignIn, pool: Pool
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await _sent_to_two(sales)
    backup = await Backup.of(pool, request)
    message = {"command_id": str(uuid7()), "step": "manager"}
    await manager.done(request["id"], "approve", message)
    await backup.restore()

    assert (await manager.act(request["id"], "approve", message)).status_code in (200, 202)

    async def approved() -> bool:
        return bool((await sales.request(request["id"]))["run"]["step"]["key"] == "director")

    await eventually(approved)


async def test_a_run_that_was_started_again_by_a_decision_knows_its_lines(
    sign_in: SignIn, temporal_client: Client
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await _sent_to_two(sales)
    await _workflow(temporal_client, request).terminate("by hand")
    await manager.done(request["id"], "approve", {"step": "manager"})
    state = await _workflow(temporal_client, request).query("state")
    assert [line["id"] for line in state["lines"]] == [line["id"] for line in request["lines"]]


@pytest.mark.parametrize("ended", [False, True], ids=["which-still-runs", "which-has-ended"])
async def test_a_request_that_a_restored_database_has_as_a_draft_is_sent_again_whatever_became_of_its_workflow(
    sign_in: SignIn, temporal_client: Client, pool: Pool, ended: bool
) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    request = await sales.create()
    backup = await Backup.of(pool, request)
    await sales.done(request["id"], "send")
    await manager.done(request["id"], "approve", {"step": "manager"})
    if ended:
        await director.done(request["id"], "approve", {"step": "director"})
        assert await _workflow(temporal_client, request).result() == "completed"
    await backup.restore()
    draft = await sales.request(request["id"])
    assert (draft["process_status"], draft["allowed_actions"]) == ("not_sent", ["edit", "delete", "send"])
    path, version = f"/purchase-requests/{request['id']}", f'"{draft["version"]}"'
    assert (await sales.call("PATCH", path, {"purpose": "Khác"}, If_Match=version)).status_code == 200

    again = await sales.done(request["id"], "send")

    assert (again["process_status"], again["run"]["step"]["key"]) == ("in_progress", "manager")
    assert (await manager.done(request["id"], "approve", {"step": "manager"}))["run"]["step"]["key"] == "director"


async def test_a_send_that_the_crm_has_and_an_older_engine_never_heard_of_starts_its_run(
    sign_in: SignIn, temporal_client: Client, pool: Pool
) -> None:
    """The engine was restored to before the send, the CRM to before its outcome: the relay finds it without one."""
    sales = await sign_in("sales1")
    request = await sales.create()
    before = await Backup.of(pool, request)
    await sales.done(request["id"], "send")
    (send,) = await pool.fetch("SELECT id, payload FROM commands WHERE request_id = $1", UUID(request["id"]))
    await _workflow(temporal_client, request).terminate("the engine was restored to before it")
    await before.restore()
    await runs.prepare(
        pool,
        UUID(request["id"]),
        run_id=uuid7(),
        process_key="purchase-approval",
        process_version=1,
        at=datetime.now(UTC),
    )
    await pool.execute(
        """INSERT INTO commands (id, request_id, action, actor, payload, created_at, handed_over_at)
           VALUES ($1, $2, 'send', 'sales1', $3, now() - interval '1 hour', now())""",
        send["id"],
        UUID(request["id"]),
        send["payload"],
    )
    assert (await sales.request(request["id"]))["send_pending"]

    async def in_progress() -> bool:
        return bool((await sales.request(request["id"]))["process_status"] == "in_progress")

    await eventually(in_progress)
    told = [(item["action"], item["outcome"]) for item in await sales.timeline(request["id"])]
    assert told == [("create", "accepted"), ("send", "accepted")]
