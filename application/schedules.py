"""What the engine starts again and again, by schedules that every worker wants to be the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError

from approval.model import Code, Frozen, refuse
from workflows import connector_contract, contracts, counting_contract, reconciliation_contract

log = structlog.get_logger(__name__)

CATCH_UP = timedelta(minutes=10)
"""Rounds that the engine missed for longer than this, being away, are not made up for: the next one does their work."""


CALL_LIMIT = timedelta(seconds=3)
"""How long the engine may take for whoever waits for it."""


class Regular(NamedTuple):
    """A workflow that is started again and again, one at a time."""

    what: str
    schedule_id: str
    """With which the ids of the workflows begin, too."""
    workflow_type: str
    every: timedelta
    start: Frozen | None = None
    """What the workflow is started with, if it takes something."""
    catch_up: timedelta = CATCH_UP


def housekeeping() -> Regular:
    """What nobody needs any more is forgotten."""
    return Regular("housekeeping", contracts.HOUSEKEEPING_SCHEDULE, contracts.HOUSEKEEPING_TYPE, timedelta(hours=1))


def reconciliation(minutes: int) -> Regular:
    """What the engine has lost is given to it again, every so many minutes."""
    contract = reconciliation_contract
    return Regular(
        "reconciliation", contract.RECONCILIATION_SCHEDULE, contract.RECONCILIATION_TYPE, timedelta(minutes=minutes)
    )


def counting() -> Regular:
    """What the overview shows follows what has changed."""
    contract = counting_contract
    return Regular(
        "counting", contract.COUNTING_SCHEDULE, contract.COUNTING_TYPE, contract.EVERY, catch_up=contract.EVERY
    )


def following(system: str) -> Regular:
    """What has changed in another system is read."""
    return Regular(
        f"following {system}",
        connector_contract.schedule_id(system),
        connector_contract.SYNC_TYPE,
        connector_contract.EVERY,
        start=connector_contract.SyncInput(system=system),
        catch_up=connector_contract.EVERY,
    )


async def schedule(client: Client, regular: Regular) -> bool:
    """Make a schedule, or make it what it should be. Many may do so at once. Whether it is paused is left as it is.

    Returns:
        Whether there was none.

    Raises:
        temporalio.service.RPCError: the engine does not do it.
    """
    is_new = await schedule_once(client, regular)
    if not is_new:
        handle, wanted = client.get_schedule_handle(regular.schedule_id), _schedule(regular)
        await handle.update(lambda found: _changed(regular, found, wanted))
    return is_new


async def schedule_once(client: Client, regular: Regular, *, limit: timedelta | None = None) -> bool:
    """Make a schedule, if there is none; one that is there is left as it is, however often somebody wants it.

    Args:
        client: of the engine.
        regular: what is wanted.
        limit: how long the engine may take.

    Returns:
        Whether there was none.

    Raises:
        temporalio.service.RPCError: the engine does not do it.
    """
    try:
        await client.create_schedule(regular.schedule_id, _schedule(regular), rpc_timeout=limit)
    except ScheduleAlreadyRunningError:
        return False
    log.info("scheduled", what=regular.what, every=str(regular.every))
    return True


async def start_now(client: Client, regular: Regular, overlap: ScheduleOverlapPolicy) -> None:
    """Have a workflow started now that is started again and again, whether or not its schedule was made already.

    Args:
        client: of the engine.
        regular: which.
        overlap: what becomes of it while one is at work.

    Raises:
        RefusedError: ``engine_unavailable``.
    """
    try:
        await schedule_once(client, regular, limit=CALL_LIMIT)
        await client.get_schedule_handle(regular.schedule_id).trigger(overlap=overlap, rpc_timeout=CALL_LIMIT)
    except (RPCError, RuntimeError) as error:  # RuntimeError: the engine was not met even once
        log.warning("the engine does not start it now", what=regular.what, error=str(error))
        raise refuse(Code.ENGINE_UNAVAILABLE) from error


def _schedule(regular: Regular) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            regular.workflow_type,
            *([] if regular.start is None else [regular.start]),
            id=regular.schedule_id,
            task_queue=contracts.TASK_QUEUE,
            task_timeout=contracts.WORKFLOW_TASK_TIMEOUT,
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=regular.every)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=regular.catch_up),
    )


def _changed(regular: Regular, found: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate | None:
    """The schedule as it should be; None: it is."""
    schedule = found.description.schedule
    if _said(schedule) == _said(wanted):
        return None
    log.info("a schedule is changed", what=regular.what)
    schedule.action, schedule.spec, schedule.policy = wanted.action, wanted.spec, wanted.policy
    return ScheduleUpdate(schedule)


def _said(schedule: Schedule) -> tuple[Any, ...]:
    """What we say of a schedule, and whether somebody else added times to it; all else the engine fills in."""
    action, spec, policy = schedule.action, schedule.spec, schedule.policy
    if not isinstance(action, ScheduleActionStartWorkflow):
        return ()
    return (
        (action.workflow, action.id, action.task_queue, action.task_timeout),
        ([interval.every for interval in spec.intervals], len(spec.calendars), len(spec.skip)),
        (policy.overlap, policy.catchup_window),
    )
