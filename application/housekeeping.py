"""Has the engine start the housekeeping every hour, by a schedule that every worker wants to be the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

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

from workflows import contracts

log = structlog.get_logger(__name__)

EVERY = timedelta(hours=1)
CATCH_UP = timedelta(minutes=10)
"""Rounds that the engine missed for longer than this, being away, are not made up for: the next one does their work."""


async def schedule_housekeeping(client: Client) -> bool:
    """Make the schedule, or make it what it should be. Many may do so at once. Whether it is paused is left as it is.

    Returns:
        Whether there was none.

    Raises:
        temporalio.service.RPCError: the engine does not do it.
    """
    wanted = _schedule()
    try:
        await client.create_schedule(contracts.HOUSEKEEPING_SCHEDULE, wanted)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(contracts.HOUSEKEEPING_SCHEDULE).update(lambda found: _changed(found, wanted))
        return False
    log.info("housekeeping is scheduled", every=str(EVERY))
    return True


def _schedule() -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            contracts.HOUSEKEEPING_TYPE,
            id=contracts.HOUSEKEEPING_SCHEDULE,
            task_queue=contracts.TASK_QUEUE,
            task_timeout=contracts.WORKFLOW_TASK_TIMEOUT,
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
    )


def _changed(found: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate | None:
    """The schedule as it should be; None: it is."""
    schedule = found.description.schedule
    if _said(schedule) == _said(wanted):
        return None
    log.info("the schedule of the housekeeping is changed")
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
