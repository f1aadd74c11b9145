"""A message may have two megabytes; whatever it is filled with, the run goes on. Source: domain.md, decision 10."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from uuid_utils.compat import uuid7

from approval.model import Action, Code
from crm.drafts import LineDraft
from settings import Settings
from tests.crm.saved import DIRECTOR1, MANAGER1, step
from tests.workflows.desk import Case, Desk, working

STEPS = (step("manager", MANAGER1), step("director", DIRECTOR1))
MEGABYTES = 1_900_000
"""Nearly all that the engine takes in one payload."""

MESSAGES: dict[str, dict[str, Any]] = {
    "lines that are none": {"changes": {"lines": [{}] * (MEGABYTES // 3)}},
    "fields that are none": {"changes": {f"k{n}": 0 for n in range(MEGABYTES // 12)}},
    "one long field name": {"changes": {"k" * MEGABYTES: 0}},
    "a long note": {"note": "x" * MEGABYTES},
    "a long step": {"step": "x" * MEGABYTES},
    "control characters everywhere": {"step": "a\x00", "note": "\x00", "changes": {"\x00": "\x00"}, "\x00": "\x00"},
}


@pytest.mark.parametrize("fields", MESSAGES.values(), ids=MESSAGES.keys())
async def test_a_message_of_any_size_is_refused_and_the_run_goes_on(
    desk: Desk, temporal_client: Client, settings: Settings, fields: dict[str, Any]
) -> None:
    async with working(temporal_client, settings, SandboxedWorkflowRunner()):
        await _refused_and_goes_on(desk, fields)


async def _refused_and_goes_on(desk: Desk, fields: dict[str, Any]) -> None:
    case = await desk.send(*STEPS)
    refused = await case.decide(Action.APPROVE, MANAGER1, **fields)
    assert refused.refusal is not None
    assert refused.refusal.code is Code.INVALID
    assert refused.actor == MANAGER1.username
    assert {error.message for error in refused.refusal.errors} != {"could_not_be_stored"}
    assert await _size_on_the_timeline(case, refused.command_id) < 50_000
    assert (await case.decide(Action.APPROVE, MANAGER1, step="manager")).refusal is None
    assert (
        await case.count(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED, EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT) == 0
    )


async def _size_on_the_timeline(case: Case, command_id: UUID) -> int:
    size: int = await case.desk.pool.fetchval(
        "SELECT length(refusal::text) FROM timeline WHERE command_id = $1", command_id
    )
    return size


async def test_what_is_given_to_an_ordinary_activity_stays_below_what_the_engine_takes(
    desk: Desk, temporal_client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blanks around a value are legal, but nothing that large travels through the engine twice."""
    monkeypatch.setattr("workflows.purchase_request.LOCAL_LIMIT", timedelta(microseconds=1))
    async with working(temporal_client, settings, UnsandboxedWorkflowRunner()):
        case = await desk.send(*STEPS)
        changes = {"purpose": "Khác" + " " * MEGABYTES}
        refused = await case.decide(Action.APPROVE, MANAGER1, step="manager", changes=changes, command_id=uuid7())
        assert refused.refusal is not None
        assert [error.message for error in refused.refusal.errors] == ["message_too_large"]
        small = {"purpose": "Khác" + " " * 900_000}
        approved = await case.decide(Action.APPROVE, MANAGER1, step="manager", changes=small, command_id=uuid7())
        assert approved.refusal is None
        run = (await case.record()).run
        assert run is not None
        assert [change.after for change in run.proposed] == ["Khác"]
        assert await _largest_input(case) < 1_000_000


async def test_a_write_carries_nothing_of_the_goods_that_were_not_changed(
    desk: Desk, temporal_client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long request the history of a long database outage would hold every line once for each decision."""
    monkeypatch.setattr("workflows.purchase_request.LOCAL_LIMIT", timedelta(microseconds=1))
    lines = tuple(
        LineDraft(product_code="A-1", description="x" * 200, quantity=Decimal(1), unit_price=Decimal(1))
        for _ in range(300)
    )
    async with working(temporal_client, settings, UnsandboxedWorkflowRunner()):
        case = await desk.send(*STEPS, lines=lines)
        line_id = str((await case.record()).lines[0].id)
        changes = {"lines": [{"id": line_id, "quantity": "3"}]}
        await case.decide(Action.APPROVE, MANAGER1, step="manager", changes=changes)
        await case.decide(Action.APPROVE, DIRECTOR1, step="director")
        assert [line.quantity for line in (await case.record()).lines[:2]] == [Decimal(3), Decimal(1)]
        assert await _largest_input(case) < 5_000


async def _largest_input(case: Case) -> int:
    """Bytes of the largest input that an ordinary activity was given."""
    return max(
        sum(len(payload.data) for payload in event.activity_task_scheduled_event_attributes.input.payloads)
        for event in await case.events()
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    )
