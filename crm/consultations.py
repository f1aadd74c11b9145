"""What people are asked and have yet to answer: a copy for their inbox of what the round's steps have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from approval.model import Frozen, Person, ProcessStatus
from approval.state import Consultation, RunState, Step
from approval.values import Sum
from crm.pool import Connection, Pool

MOST_LISTED = 100
"""Questions that an inbox has; further ones come as those are answered."""


class ConsultationItem(Frozen):
    """A question that waits for somebody's answer, with the request that it is about."""

    id: UUID
    request_id: UUID
    number: str
    owner: Person
    purpose: str
    currency: str
    total: Sum
    process_status: ProcessStatus
    step: str
    by: Person
    """Who asks."""
    question: str
    asked_at: datetime


async def of_person(pool: Pool, username: str) -> tuple[ConsultationItem, ...]:
    """What somebody is asked and has yet to answer, oldest first; ``MOST_LISTED`` at most."""
    rows = await pool.fetch(
        """SELECT c.id, c.request_id, r.number, r.purpose, r.currency, coalesce(r.proposed_total, r.total) AS total,
               r.process_status, c.step, c.question, c.asked_at,
               jsonb_build_object('username', r.owner, 'name', owner.name) AS owner,
               jsonb_build_object('username', c.asked_by, 'name', asker.name) AS by
           FROM open_consultations c JOIN purchase_requests r ON r.id = c.request_id
               JOIN users owner ON owner.username = r.owner JOIN users asker ON asker.username = c.asked_by
           WHERE c.asked = $1 ORDER BY c.asked_at, c.id LIMIT $2""",
        username,
        MOST_LISTED,
    )
    return tuple(ConsultationItem.model_validate(dict(row)) for row in rows)


def waiting(state: RunState | None) -> dict[UUID, tuple[Step, Consultation]]:
    """The questions of a run that wait for an answer, by id."""
    steps = state.steps if state is not None else ()
    return {one.id: (step, one) for step in steps for one in step.open_consultations}


def people_asked(state: RunState | None) -> set[str]:
    """Usernames of everybody who was asked something in the round as it runs."""
    return {one.asked.username for step in state.steps for one in step.consultations} if state is not None else set()


async def write(connection: Connection, request_id: UUID, questions: Iterable[tuple[Step, Consultation]]) -> None:
    """Have these questions wait for answers, and no other of the request.

    Args:
        connection: in the transaction that makes it so.
    """
    await connection.execute("DELETE FROM open_consultations WHERE request_id = $1", request_id)
    await connection.executemany(
        """INSERT INTO open_consultations (id, request_id, step, asked, asked_by, question, asked_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        [
            (
                one.id,
                request_id,
                step.plan.key,
                one.asked.username,
                one.by.username,
                one.question,
                one.asked_at,
            )
            for step, one in questions
        ],
    )
