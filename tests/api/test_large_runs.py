"""A run of any size is sent, decided and shown: thousands of approvers, hundreds of long lines, round after round."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic_core import to_json
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle
from uuid_utils.compat import uuid7

from application.ops import DETAILS_BYTES
from crm.pool import Pool
from tests.api.setting import connect, publish
from tests.clients import LINE, ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.web.browser import visitor
from workflows.contracts import workflow_id

pytestmark = [pytest.mark.usefixtures("running_worker"), pytest.mark.slow]

STAFF = 5000
LINES = 500
ROUNDS = 20
LONG = "ệ" * 200
LONGEST = "ệ" * 4000
LARGEST_EVENT = 200_000
"""Bytes of an event; the engine takes 2 MB."""

CREW = "**x** [a](http://b.example) | <img>"
"""The name of one of them, who would rather be something else than text."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def staff(pool: Pool, sign_in: SignIn) -> AsyncIterator[ApiClient]:
    """One of five thousand who all are asked in the first step of the connected process."""
    await pool.execute(
        """INSERT INTO users (username, name, roles)
           SELECT format('staff%s', lpad(n::text, 4, '0')), format('%s %s', $2::text, n), '{staff}'
           FROM generate_series(1, $1::int) n""",
        STAFF,
        CREW,
    )
    admin = await sign_in("admin1")
    may_edit = ["description", "lines.supplier", "lines.description"]
    everybody = {"key": "first", "name": "first", "approvers": [{"role": "staff"}], "may_edit": may_edit}
    await publish(admin, "everybody", [everybody, {**everybody, "key": "second", "approvers": [{"user": "director1"}]}])
    await connect(admin, "everybody")
    yield await sign_in("staff0001")
    await connect(admin, "purchase-approval")


async def _applied(pool: Pool, user: ApiClient, request_id: str, action: str, body: dict[str, Any]) -> Any:
    """Act, and wait until it is applied, however long that takes; the request."""
    command_id = uuid7()
    answer = await user.act(request_id, action, {**body, "command_id": str(command_id)})
    if answer.status_code == 200:
        return answer.json()
    assert answer.status_code == 202, answer.text

    async def applied() -> bool:
        return bool(await pool.fetchval("SELECT accepted FROM timeline WHERE command_id = $1", command_id))

    await eventually(applied)
    return await user.request(request_id)


def _workflow(client: Client, request_id: str) -> WorkflowHandle[Any, Any]:
    return client.get_workflow_handle(workflow_id(UUID(request_id)))


async def _state(client: Client, request_id: str, *, at: str) -> Any:
    """The run as the engine knows it, once it knows that a step is waited on: a moment after the CRM has it."""
    found: Any = None

    async def waits() -> bool:
        nonlocal found
        found = await _workflow(client, request_id).query("state")
        return bool(found["step"] and found["step"]["key"] == at)

    await eventually(waits)
    return found


async def _details(client: Client, request_id: str) -> str:
    metadata = await _workflow(client, request_id).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(metadata.current_details)


_AS_SOMEBODY_SENT_IT = (
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
)


async def _largest_event(client: Client, request_id: str) -> int:
    """Bytes of the largest event of a run, but for the messages themselves."""
    events = [event async for event in _workflow(client, request_id).fetch_history_events()]
    return max(event.ByteSize() for event in events if event.event_type not in _AS_SOMEBODY_SENT_IT)


async def test_a_step_of_five_thousand_approvers_with_five_hundred_long_lines_is_sent_decided_and_shown(
    app: FastAPI, sign_in: SignIn, staff: ApiClient, temporal_client: Client, pool: Pool
) -> None:
    sales, director = await sign_in("sales1"), await sign_in("director1")
    line = {**LINE, "description": LONG, "warehouse": LONG, "supplier": LONG}
    request = await sales.create(lines=[line] * LINES, description=LONGEST, purpose=LONG)
    request = await _applied(pool, sales, request["id"], "send", {"note": LONGEST})
    assert len(request["run"]["step"]["approvers"]) == STAFF

    supplied = [{"id": line["id"], "supplier": f"{LONG[:190]} {n}"} for n, line in enumerate(request["lines"])]
    changes = {"description": "ô" * 4000, "lines": supplied}
    half = await _applied(pool, staff, request["id"], "approve", {"step": "first", "changes": changes, "note": LONGEST})
    assert half["run"]["step"]["key"] == "second"
    assert len(half["run"]["proposed_changes"]) == LINES + 1

    state = await _state(temporal_client, request["id"], at="second")
    assert state["steps"][0]["approvers_left_out"] > 0
    assert len(state["lines"]) == LINES
    assert len(to_json(state)) < LARGEST_EVENT
    said = await _details(temporal_client, request["id"])
    assert len(said.encode()) <= DETAILS_BYTES
    assert "(`staff0001`, `staff0002`, " in said
    async with visitor(app, "director1") as person:
        assert request["number"] in await person.read(f"/inbox/{request['id']}")
        assert request["number"] in await person.read(f"/requests/{request['id']}")

    await _workflow(temporal_client, request["id"]).terminate("lost, and started again by the decision")
    done = await _applied(pool, director, request["id"], "approve", {"step": "second", "note": LONGEST})
    assert done["process_status"] == "completed"
    assert done["lines"][-1]["supplier"] == supplied[-1]["supplier"]
    assert await _workflow(temporal_client, request["id"]).result() == "completed"
    assert await _largest_event(temporal_client, request["id"]) < LARGEST_EVENT


async def test_a_run_of_twenty_rounds_is_told_in_what_the_engine_takes(
    sign_in: SignIn, temporal_client: Client, pool: Pool
) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    await pool.execute("UPDATE users SET name = $1 WHERE username = 'manager1'", CREW)
    await connect(admin, "purchase-approval")
    request = await sales.create(lines=[{**LINE, "description": LONG, "supplier": LONG}] * LINES)
    for _ in range(ROUNDS):
        await _applied(pool, sales, request["id"], "send", {"note": LONGEST})
        await _applied(pool, manager, request["id"], "reject", {"step": "manager", "note": LONGEST})
    last = await _applied(pool, sales, request["id"], "send", {})
    assert last["run"]["round"] == ROUNDS + 1

    state = await _state(temporal_client, request["id"], at="manager")
    assert state["round"] == ROUNDS + 1
    said = await _details(temporal_client, request["id"])
    assert f"**Waiting on** `{CREW}` (`manager1`) since " in said
    assert len(said.encode()) <= DETAILS_BYTES
    assert await _largest_event(temporal_client, request["id"]) < LARGEST_EVENT
