"""What a request costs, in exact numbers: a change that adds an event, a task or a statement has to say so here."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner

import crm.pool
from approval.model import Action
from settings import Settings
from tests.crm.saved import DIRECTOR1, MANAGER1, step
from tests.workflows.desk import Case, Desk, working
from workflows import contracts

Statements = Counter[str]
Init = Callable[["asyncpg.Connection[asyncpg.Record]"], object]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def statements(
    desk: Desk, temporal_client: Client, settings: Settings, monkeypatch_module: pytest.MonkeyPatch
) -> AsyncIterator[Statements]:
    """What a worker asks the database: how often each statement, by its first words."""
    asked: Statements = Counter()
    set_codecs = crm.pool.set_codecs

    def heard(record: asyncpg.connection.LoggedQuery) -> None:
        if "pg_notify" not in record.query:  # told beside the work, several at once when there are several
            asked[" ".join(record.query.split()[:4])] += 1

    async def listening(connection: asyncpg.Connection[asyncpg.Record]) -> None:
        await set_codecs(connection)
        connection.add_query_logger(heard)

    monkeypatch_module.setattr(crm.pool, "set_codecs", listening)
    async with working(temporal_client, settings, UnsandboxedWorkflowRunner()):
        yield asked


async def approved_three_times(desk: Desk, **changes: object) -> Case:
    """A request that three steps approve, one after the other, each at rest before the next."""
    case = await desk.send(step("manager", MANAGER1), step("director", DIRECTOR1), step("again", MANAGER1))
    for approver in (MANAGER1, DIRECTOR1, MANAGER1):
        await case.handle.query(contracts.STATE_QUERY)
        assert (await case.decide(Action.APPROVE, approver)).refusal is None
    assert await case.result() == "completed"
    return case


async def test_a_request_of_three_approvals_costs_so_many_events(desk: Desk, statements: Statements) -> None:
    case = await approved_three_times(desk)
    kinds = Counter(
        EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").lower() for event in await case.events()
    )
    assert kinds == {
        "workflow_execution_started": 1,
        "workflow_task_scheduled": 4,
        "workflow_task_started": 4,
        "workflow_task_completed": 4,
        "workflow_execution_signaled": 4,
        "marker_recorded": 4,
        "upsert_workflow_search_attributes": 3,
        "workflow_execution_completed": 1,
    }


async def test_a_request_of_three_approvals_costs_the_worker_so_many_statements(
    desk: Desk, statements: Statements
) -> None:
    statements.clear()
    await approved_three_times(desk)
    # Each message is read and written.
    assert statements.total() == 4 * 2


async def test_a_refusal_costs_what_a_decision_costs(desk: Desk, statements: Statements) -> None:
    case = await desk.send(step("manager", MANAGER1))
    await case.handle.query(contracts.STATE_QUERY)
    statements.clear()
    assert (await case.decide(Action.APPROVE, DIRECTOR1)).refusal is not None
    assert statements.total() == 2


async def test_a_last_approval_with_changes_costs_the_same_however_many_fields_changed(
    desk: Desk, statements: Statements
) -> None:
    case = await desk.send(step("manager", MANAGER1))
    await case.handle.query(contracts.STATE_QUERY)
    line = str((await case.record()).lines[0].id)
    statements.clear()
    changes = {"purpose": "khác", "lines": [{"id": line, "quantity": "2", "unit_price": "5"}]}
    assert (await case.decide(Action.APPROVE, MANAGER1, changes=changes)).refusal is None
    # A decision, the process and the people it may concern now, begin, the header, the lines, two looks, what follows from
    # them, commit.
    assert statements.total() == 2 + 2 + 7
