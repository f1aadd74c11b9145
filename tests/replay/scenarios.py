"""The runs whose histories are recorded: one for every outcome, and several that are on their way.

Each scenario lets the workflow come to rest after every message, so that its events always come in the same order.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner

from application.taking import take
from approval.model import Action, Person
from approval.order_changes import HoldChoice
from approval.votes import DecisionRule
from crm import deferred
from crm.pool import Pool
from settings import Settings
from tests.application.orders import SYSTEM, made_from, taken, with_quantity
from tests.crm.saved import DIRECTOR1, MANAGER1, NOW, SALES1, save, step
from tests.workflows.desk import Case, Desk, working
from workflows import contracts
from workflows.contracts import RunInput

Handle = WorkflowHandle[Any, Any]
Scenario = Callable[[Desk], Awaitable[Handle]]

ADMIN1 = Person(username="admin1", name="Bùi Quang Huy")
MANAGER = step("manager", MANAGER1)
DIRECTOR = step("director", DIRECTOR1)

SUGGEST_CUT_AFTER = 90
"""Events after which the recording engine suggests a fresh history; the suggestion is part of the history."""
DYNAMIC_CONFIGURATION = {"limit.historyCount.suggestContinueAsNew": str(SUGGEST_CUT_AFTER)}


@asynccontextmanager
async def recording_desk(client: Client, settings: Settings, pool: Pool) -> AsyncIterator[Desk]:
    """A desk and a worker on an engine with ``DYNAMIC_CONFIGURATION``; writes that hang are given up sooner."""
    with patch("workflows.purchase_request.LOCAL_LIMIT", timedelta(seconds=0.7)):
        async with working(client, settings, UnsandboxedWorkflowRunner()):
            yield Desk(pool, client)


async def sent(desk: Desk, *steps: Any) -> Case:
    """A run that waits at its first step."""
    case = await desk.send(*steps)
    await at_rest(case)
    return case


async def at_rest(case: Case) -> None:
    """Wait until the workflow has nothing to do."""
    await case.handle.query(contracts.STATE_QUERY)


async def decide(case: Case, action: Action, actor: Person, *, note: str = "", **fields: Any) -> None:
    """A decision, its outcome, and rest."""
    await case.decide(action, actor, **({"note": note} if note else {}), **fields)
    await at_rest(case)


async def resend(case: Case, *steps: Any) -> None:
    """Send again, and rest."""
    await case.resend(*steps)
    await at_rest(case)


async def completed_in_one_step(desk: Desk) -> Handle:
    case = await sent(desk, MANAGER)
    await decide(case, Action.APPROVE, MANAGER1, step="manager", note="đồng ý")
    return case.handle


async def completed_in_two_steps_with_changes(desk: Desk) -> Handle:
    case = await sent(desk, MANAGER, DIRECTOR)
    line = str((await case.record()).lines[0].id)
    await decide(case, Action.APPROVE, MANAGER1, changes={"lines": [{"id": line, "quantity": "8"}]})
    await decide(case, Action.APPROVE, DIRECTOR1, changes={"desired_delivery_date": "2027-03-01"})
    return case.handle


async def completed_when_all_of_a_step_approved(desk: Desk) -> Handle:
    case = await sent(desk, step("both", MANAGER1, DIRECTOR1, rule=DecisionRule.ALL))
    await decide(case, Action.APPROVE, DIRECTOR1)
    await decide(case, Action.APPROVE, MANAGER1)
    return case.handle


async def completed_after_a_return(desk: Desk) -> Handle:
    case = await sent(desk, MANAGER, DIRECTOR)
    await decide(case, Action.APPROVE, MANAGER1)
    await decide(case, Action.REJECT, DIRECTOR1, note="thiếu báo giá")
    await resend(case, MANAGER)
    await decide(case, Action.APPROVE, MANAGER1)
    return case.handle


async def completed_after_a_recall(desk: Desk) -> Handle:
    case = await sent(desk, MANAGER)
    await decide(case, Action.RECALL, SALES1)
    await resend(case, MANAGER)
    await decide(case, Action.APPROVE, MANAGER1)
    return case.handle


async def completed_through_an_ordinary_activity(desk: Desk) -> Handle:
    """The database hangs while the decision is written."""
    case = await sent(desk, MANAGER)
    async with desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM purchase_requests WHERE id = $1 FOR UPDATE", case.request_id)
        command = await case.ask(Action.APPROVE, MANAGER1)
        while await case.count(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) == 0:  # noqa: ASYNC110 - the worker does it
            await asyncio.sleep(0.05)
    await case.outcome(command)
    await case.result()
    return case.handle


async def rejected(desk: Desk) -> Handle:
    case = await sent(desk, MANAGER)
    await decide(case, Action.REJECT, MANAGER1, note="không cần", end=True)
    return case.handle


async def cancelled_by_the_owner_while_returned(desk: Desk) -> Handle:
    case = await sent(desk, MANAGER)
    await decide(case, Action.REJECT, MANAGER1, note="xem lại")
    await decide(case, Action.CANCEL, SALES1, note="khách hủy đơn")
    return case.handle


async def cancelled_by_an_admin(desk: Desk) -> Handle:
    case = await sent(desk, MANAGER)
    await decide(case, Action.CANCEL, ADMIN1, note="trùng yêu cầu")
    return case.handle


async def failed_because_nobody_sent_it(desk: Desk) -> Handle:
    """Somebody starts a workflow by hand."""
    saved = await save(desk.pool)
    handle = await desk.client.start_workflow(
        contracts.WORKFLOW_TYPE,
        RunInput(request_id=saved.id),
        id=contracts.workflow_id(saved.id),
        task_queue=contracts.TASK_QUEUE,
    )
    try:
        await handle.result()
    except WorkflowFailureError:
        return handle
    raise AssertionError("it must fail")


async def waiting_at_the_first_step(desk: Desk) -> Handle:
    return (await sent(desk, MANAGER, DIRECTOR)).handle


async def waiting_at_the_second_step_with_proposals(desk: Desk) -> Handle:
    case = await sent(desk, MANAGER, DIRECTOR)
    line = str((await case.record()).lines[0].id)
    await decide(case, Action.APPROVE, MANAGER1, changes={"lines": [{"id": line, "quantity": "8", "supplier": None}]})
    return case.handle


async def waiting_for_the_owner(desk: Desk) -> Handle:
    case = await sent(desk, MANAGER)
    await decide(case, Action.REJECT, MANAGER1, note="xem lại")
    return case.handle


async def waiting_after_refusals(desk: Desk) -> Handle:
    """Wrong people, wrong steps, wrong payloads, an old version, an unknown signal, the engine's own cancellation."""
    case = await sent(desk, MANAGER, DIRECTOR)
    await decide(case, Action.APPROVE, SALES1)
    await decide(case, Action.APPROVE, DIRECTOR1, step="director")
    await decide(case, Action.REJECT, MANAGER1)
    await decide(case, Action.APPROVE, MANAGER1, version=1)
    await decide(case, Action.CANCEL, DIRECTOR1, note="không phải của tôi")
    for number, (name, arguments) in enumerate((("approve", ()), ("reject", ("x",)), ("unknown", ({},)))):
        await case.signal(name, *arguments)
        await case.entries(8 + number)
        await at_rest(case)
    await case.handle.cancel()
    await case.entries(11)
    await at_rest(case)
    return case.handle


async def waiting_on_approvers_resolved_again(desk: Desk) -> Handle:
    case = await sent(desk, MANAGER)
    await desk.resolve_again(case, ADMIN1, step("manager", DIRECTOR1))
    await at_rest(case)
    return case.handle


async def _held(desk: Desk) -> Case:
    """A run of a request whose order has changed since it was sent."""
    given = await taken(desk.pool)
    saved = await made_from(desk.pool, given)
    await desk.start_run(saved, await desk.store_send(saved, [MANAGER]), [MANAGER])
    case = Case(desk, saved.id)
    await case.entries(2)
    await at_rest(case)
    await take(desk.pool, SYSTEM, [with_quantity(given, 12)], at=NOW)
    waits = "SELECT id FROM commands WHERE request_id = $1 AND delivered_at IS NULL"
    command_id = await desk.pool.fetchval(waits, saved.id)
    await case.signal(contracts.ORDER_CHANGED_SIGNAL, {"command_id": str(command_id)})
    await case.entries(3)
    await at_rest(case)
    return case


async def waiting_while_it_is_held(desk: Desk) -> Handle:
    return (await _held(desk)).handle


async def completed_after_the_owner_kept_it(desk: Desk) -> Handle:
    case = await _held(desk)
    await decide(case, Action.RESOLVE_HOLD, SALES1, choice=HoldChoice.KEEP, note="vẫn cần đủ")
    await decide(case, Action.APPROVE, MANAGER1)
    return case.handle


async def _deferred(desk: Desk, seconds: int) -> tuple[Case, UUID]:
    """A run with a decision that may be taken back for so long."""
    case = await sent(desk, MANAGER)
    command_id = await case.ask(Action.APPROVE, MANAGER1, undo_seconds=seconds)
    while await deferred.find(desk.pool, command_id) is None:  # noqa: ASYNC110 - the worker does it
        await asyncio.sleep(0.01)
    await at_rest(case)
    return case, command_id


async def waiting_until_a_decision_takes_effect(desk: Desk) -> Handle:
    case, _ = await _deferred(desk, contracts.MOST_UNDO_SECONDS)
    return case.handle


async def completed_when_a_decision_took_effect(desk: Desk) -> Handle:
    case, command_id = await _deferred(desk, 2)
    await case.outcome(command_id)
    await case.result()
    return case.handle


async def waiting_after_a_decision_was_taken_back(desk: Desk) -> Handle:
    """The timer has rung for nothing."""
    case, command_id = await _deferred(desk, 2)
    await deferred.undo(desk.pool, case.request_id, command_id, MANAGER1.username)
    while await case.count(EventType.EVENT_TYPE_TIMER_FIRED) == 0:  # noqa: ASYNC110 - the engine does it
        await asyncio.sleep(0.05)
    await at_rest(case)
    return case.handle


async def _cut(desk: Desk) -> tuple[Case, str]:
    case = await sent(desk, MANAGER)
    first: str = (await case.handle.describe()).run_id
    while (await case.handle.describe()).run_id == first:
        await decide(case, Action.RECALL, SALES1)
        await _has_looked(case)
        await resend(case, MANAGER)
        await _has_looked(case)
    return case, first


async def _has_looked(case: Case) -> None:
    """A run in a fresh history first looks at the CRM; a signal that comes before that would take the place of it."""
    while await case.handle.query(contracts.STATE_QUERY) is None:  # noqa: ASYNC110 - the worker does it
        await asyncio.sleep(0.01)


async def continued_in_a_fresh_history(desk: Desk) -> Handle:
    """The part that ends where the history is cut."""
    case, first = await _cut(desk)
    return desk.client.get_workflow_handle(case.handle.id, run_id=first)


async def completed_in_a_fresh_history(desk: Desk) -> Handle:
    """The part that comes after a cut."""
    case, _ = await _cut(desk)
    await decide(case, Action.APPROVE, MANAGER1)
    return case.handle


SCENARIOS: dict[str, Scenario] = {
    scenario.__name__.replace("_", "-"): scenario
    for scenario in (
        completed_in_one_step,
        completed_in_two_steps_with_changes,
        completed_when_all_of_a_step_approved,
        completed_after_a_return,
        completed_after_a_recall,
        completed_through_an_ordinary_activity,
        completed_in_a_fresh_history,
        continued_in_a_fresh_history,
        rejected,
        cancelled_by_the_owner_while_returned,
        cancelled_by_an_admin,
        failed_because_nobody_sent_it,
        waiting_at_the_first_step,
        waiting_at_the_second_step_with_proposals,
        waiting_for_the_owner,
        waiting_after_refusals,
        waiting_on_approvers_resolved_again,
        waiting_while_it_is_held,
        completed_after_the_owner_kept_it,
        waiting_until_a_decision_takes_effect,
        waiting_after_a_decision_was_taken_back,
        completed_when_a_decision_took_effect,
    )
}
"""By the name of the file that the history is kept in."""
