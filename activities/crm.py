"""The run's hold on the CRM database. Every activity may run more than once; each write is idempotent.

Each names its request and run to the log first: the engine's own lines about a failed activity carry them too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from structlog.contextvars import bind_contextvars
from temporalio import activity

from activities.errors import classify
from approval.calendar import BusinessCalendar
from approval.run import RunState
from crm import commands, directory, runs, timeline
from crm.pool import Pool
from workflows.contracts import StoredCommand, Write, WriteRefusal, Written

log = structlog.get_logger(__name__)


class CrmActivities:
    """Activities on a CRM database.

    Args:
        pool: the database; each activity takes a connection of its own.
        calendar: the business hours that deadlines count.
    """

    def __init__(self, pool: Pool, calendar: BusinessCalendar) -> None:
        self._pool = pool
        self._calendar = calendar

    def all(self) -> list[Callable[..., Any]]:
        """Every activity, for a worker."""
        return [
            self.record_decision,
            self.record_refusal,
            self.load_command,
            self.load_state,
            self.is_process_admin,
        ]

    @activity.defn(name="record_decision")
    @classify
    async def record_decision(self, write: Write) -> Written:
        """Commit one accepted decision: statuses, note, timeline, inbox, and at the end the changed fields."""
        state = write.accepted.state
        bind_contextvars(request=state.number, request_id=str(state.request_id), run_id=str(state.run_id))
        deadline = state.deadline
        step = state.open_step
        if step is not None and step.plan.deadline_hours is not None and state.opened_at is not None:
            deadline = self._calendar.add(state.opened_at, step.plan.deadline_hours)
        outcome = await runs.write_transition(self._pool, write.decision, write.at, write.accepted, deadline)
        log.info(
            "decision recorded",
            action=write.decision.action,
            actor=write.decision.actor,
            outcome=outcome,
            process_status=state.process_status,
        )
        return Written(outcome=outcome.value, deadline=deadline)

    @activity.defn(name="record_refusal")
    @classify
    async def record_refusal(self, entry: WriteRefusal) -> Written:
        """Put a refused action on the timeline."""
        bind_contextvars(request=entry.number, request_id=str(entry.request_id), run_id=str(entry.run_id))
        known = {name: value for name, value in entry if name in timeline.Entry.model_fields}
        outcome = await runs.write_refusal(self._pool, timeline.Entry(**known), entry.sequence)
        log.info(
            "decision refused",
            action=entry.action,
            actor=entry.actor,
            code=entry.refusal.code,
            outcome=outcome,
        )
        return Written(outcome=outcome.value)

    @activity.defn(name="load_command")
    @classify
    async def load_command(self, request_id: UUID, command_id: UUID) -> StoredCommand | None:
        """A send or re-resolution that the API stored, or None when this request has no such command."""
        bind_contextvars(request_id=str(request_id))
        stored = await commands.load_round(self._pool, request_id, command_id)
        if stored is None:
            return None
        bind_contextvars(request=stored.number, run_id=str(stored.run_id))
        known = {name: value for name, value in stored if name != "payload"}
        return StoredCommand(
            **known, steps=stored.payload.steps, values=stored.payload.values, note=stored.payload.note
        )

    @activity.defn(name="load_state")
    @classify
    async def load_state(self, request_id: UUID) -> RunState | None:
        """The run's state as the CRM has it, for a run that is out of step."""
        bind_contextvars(request_id=str(request_id))
        state = await runs.load_state(self._pool, request_id)
        log.warning("run state read from the CRM", sequence=state.sequence if state else None)
        return state

    @activity.defn(name="is_process_admin")
    @classify
    async def is_process_admin(self, username: str) -> bool:
        """Whether somebody may cancel other people's requests."""
        return await directory.is_process_admin(self._pool, username)
