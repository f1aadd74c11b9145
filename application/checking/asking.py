"""Steps that are open and ask nobody: their approvers are looked up again, as an admin would have it, or one is asked to see to it."""

from __future__ import annotations

from collections.abc import Container
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid5

from application import planning
from application.checking.findings import Finding, Kind
from application.delivery.engine import Engine, EngineRefusedError
from application.delivery.relay import deliver_pending
from approval.model import SYSTEM, Action, RefusedError, StepState
from approval.state import Step
from crm import commands, outcomes, requests
from crm.checking import Standing
from crm.commands import PendingCommand, RoundPayload
from crm.pool import Pool
from crm.records import RequestRecord
from crm.visibility import EVERYTHING


async def ask_again(pool: Pool, engine: Engine, standing: Standing) -> Finding | None:
    """Have somebody asked in the steps of a request that ask nobody. It is done by its run, in turn with what people decide.

    Returns:
        What was found; None: somebody is asked by now, or is about to be.

    Raises:
        EngineUnavailableError: the engine is away.
    """
    record = await requests.load(pool, standing.id, EVERYTHING)
    empty = [step for step in record.run.steps if _asks_nobody(step)] if record and record.run else []
    if record is None or record.run is None or not empty:
        return None  # of very many who are asked, only the first were read
    facts = {"step": empty[0].plan.key}
    waits = Finding(kind=Kind.NOBODY_ASKED, number=standing.number, owner=standing.owner, facts=facts)
    command_id = uuid5(standing.id, f"nobody is asked {record.run.round} {standing.sequence}")
    outcome = await outcomes.find_for(pool, standing.id, command_id, actor=SYSTEM, action=Action.RESOLVE_APPROVERS)
    if outcome is not None:
        return waits if outcome.refusal is not None else None
    try:
        payload = await _payload(pool, record, {step.plan.key for step in empty})
    except RefusedError:
        return waits
    is_new = await commands.store(
        pool,
        command_id=command_id,
        request_id=standing.id,
        action=Action.RESOLVE_APPROVERS,
        actor=SYSTEM,
        payload=payload,
        at=datetime.now(UTC),
    )
    if not is_new:  # it is given to the run again with whatever else has no outcome
        return None
    command = PendingCommand(
        command_id=command_id,
        request_id=standing.id,
        action=Action.RESOLVE_APPROVERS,
        actor=SYSTEM,
        payload={},
        handed_over=False,
    )
    try:
        await deliver_pending(pool, engine, command)
    except EngineRefusedError as error:
        return waits.model_copy(update={"kind": Kind.NOT_TAKEN, "facts": {"error": str(error)}})
    return waits.model_copy(update={"kind": Kind.ASKED_AGAIN})


async def _payload(pool: Pool, record: RequestRecord, keys: Container[str]) -> RoundPayload:
    """Those who are asked in some open steps, and in those that come later and have lost their places, too. Whoever has a place
    keeps it, whatever the directory gives today."""
    plans = await planning.plan_steps(pool, record, keys)
    for step in record.run.steps if record.run else ():
        if step.state is StepState.WAITING and not step.assignments:
            with suppress(RefusedError):  # somebody may be there once it opens
                plans += await planning.plan_steps(pool, record, {step.plan.key})
    return RoundPayload(
        steps=plans,
        process_version=record.run.process_version if record.run else None,
        values=record.values(),
        note=planning.approvers_in_words(plans),
        round=record.run.round if record.run else 0,
        request=record.snapshot(),
    )


def _asks_nobody(step: Step) -> bool:
    return step.state is StepState.OPEN and not any(one.state.undecided for one in step.assignments)
