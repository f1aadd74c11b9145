"""Giving everything that waits on somebody to others, on many requests at once: shown first, then done.

Each request is decided on by its own run, as any decision is: exactly once, whatever dies meanwhile. What is done here is to find
the requests, to take a command for each durably, all of them in one statement, and to say what became of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from application import planning
from application.caller import Caller
from application.delivery.handover import Handover
from application.delivery.many import give_first
from approval.model import Action, Code, FieldError, Frozen, Person, Refusal, RefusedError, Role, refuse
from approval.reassigning import To, moves
from approval.routing import Directory, StepPlan
from approval.state import AssignmentState, When
from crm import commands as crm_commands
from crm import directory, outcomes, reassigning
from crm.pool import Pool
from crm.reassigning import Waiting
from crm.records import RequestRecord, run_state

LISTED: Final = 200
"""Requests of one page of what would be done."""
GIVEN_AT_ONCE: Final = 100
"""Requests whose commands are given to the engine by the call itself; those of further ones by the relay, a moment later."""


class MoveState(StrEnum):
    """What becomes of one place of somebody."""

    WOULD_MOVE = "would_move"
    STAYS = "stays"
    """It can be given to nobody; ``refusal`` says why."""


class PlannedMove(Frozen):
    """What would become of one place of somebody."""

    request_id: UUID
    place_id: UUID
    number: str
    owner: Person
    step: str
    step_name: Mapping[str, str]
    state: AssignmentState
    due_at: datetime | None
    outcome: MoveState
    to: tuple[Person, ...]
    refusal: Refusal | None = None


class Plan(Frozen):
    """What would be done, a page of it."""

    whose: Waiting
    items: tuple[PlannedMove, ...]
    next_after: UUID | None
    """The last request of the page, if more follow."""


class Done(Frozen):
    """What became of one request."""

    request_id: UUID
    number: str
    command_id: UUID
    note: str = ""
    """Who got it from whom."""
    refusal: Refusal | None = None
    applied: bool
    """Whether it has an outcome; or it is taken, and not decided on yet."""


class Reassigning:
    """Gives what waits on somebody to others.

    Args:
        pool: the CRM database.
        handover: to the runs.
    """

    def __init__(self, pool: Pool, handover: Handover) -> None:
        self._pool = pool
        self._handover = handover

    async def leavers(self, caller: Caller) -> tuple[Waiting, ...]:
        """Those who have left and on whom requests wait.

        Raises:
            RefusedError: ``forbidden``.
        """
        caller.require_role(Role.ADMIN)
        return await reassigning.leavers(self._pool)

    async def plan(self, caller: Caller, username: str, to: str, *, after: UUID | None = None) -> Plan:
        """What would become of each place of somebody, asked of the rules that decide it; nothing is done.

        Args:
            username: whose places they are.
            to: a ``To``, or the username of whoever gets them.
            after: the last request of the page before.

        Raises:
            RefusedError: ``forbidden``; ``not_found``: there is nobody of this name; ``invalid``: nobody active could get them.
        """
        whose = await self._whose(caller, username, to)
        records = await reassigning.requests_of(self._pool, username, after=after, limit=LISTED + 1)
        people = await directory.for_escalation(self._pool, [username, to], (), ())
        items: list[PlannedMove] = []
        for record in records[:LISTED]:
            plans = await self._plans(record) if to == To.RESOLVE else ()
            items += _planned(record, username, to, people, plans)
        more = records[LISTED - 1].id if len(records) > LISTED else None
        return Plan(whose=whose, items=tuple(items), next_after=more)

    async def reassign(
        self, caller: Caller, username: str, to: str, *, command: UUID
    ) -> tuple[Waiting, tuple[Done, ...]]:
        """Have each request's run give somebody's places to others. Once this has not raised, each of them will be decided on,
        whatever happens to whom.

        Args:
            username: whose places they are.
            to: a ``To``, or the username of whoever gets them.
            command: the same one twice does it once.

        Returns:
            Whose it is, and what became of each request.

        Raises:
            RefusedError: see ``plan``.
        """
        whose = await self._whose(caller, username, to)
        now = datetime.now(UTC)
        numbers = await reassigning.all_of(self._pool, username)
        commands = {request_id: uuid5(command, str(request_id)) for request_id in numbers}
        messages = [
            {
                "command_id": str(command_id),
                "actor": caller.username,
                "person": username,
                "to": to,
                "said_at": now.isoformat(),
                "channel": caller.channel,
            }
            for command_id in commands.values()
        ]
        await crm_commands.store_many(
            self._pool, action=Action.REASSIGN, actor=caller.username, commands=commands, messages=messages, at=now
        )
        await give_first(self._handover, caller, Action.REASSIGN, commands, messages, most=GIVEN_AT_ONCE)
        became = await outcomes.became(self._pool, commands.values())
        return whose, tuple(
            Done(
                request_id=request_id,
                number=numbers[request_id],
                command_id=command_id,
                applied=command_id in became,
                note=became[command_id].note if command_id in became else "",
                refusal=became[command_id].refusal if command_id in became else None,
            )
            for request_id, command_id in commands.items()
        )

    async def _whose(self, caller: Caller, username: str, to: str) -> Waiting:
        caller.require_role(Role.ADMIN)
        whose = await reassigning.waiting_on(self._pool, username)
        if whose is None:
            raise refuse(Code.NOT_FOUND)
        if to not in list(To) and not await directory.find_people(self._pool, [to]):
            raise refuse(Code.INVALID, FieldError(pointer="/to", message="no_such_user", params={"value": to}))
        if to == username:
            raise refuse(Code.NOT_ELIGIBLE, variant="in_step", person_name=whose.person.name)
        return whose

    async def _plans(self, record: RequestRecord) -> tuple[StepPlan, ...]:
        try:
            return await planning.plan_undecided(self._pool, record)
        except RefusedError:
            return ()


def _planned(
    record: RequestRecord, username: str, to: str, people: Directory, plans: tuple[StepPlan, ...]
) -> list[PlannedMove]:
    state, now = run_state(record), datetime.now(UTC)
    if state is None:
        return []
    names = {step.plan.key: step.plan.name for step in state.steps}
    _, done = moves(state, username, to, When(said=now, written=now), people, plans)
    return [
        PlannedMove(
            request_id=record.id,
            place_id=move.place.id,
            number=record.number,
            owner=record.owner,
            step=move.step,
            step_name=names[move.step],
            state=move.place.state,
            due_at=move.place.due_at,
            outcome=MoveState.STAYS if move.refusal is not None else MoveState.WOULD_MOVE,
            to=move.to,
            refusal=move.refusal,
        )
        for move in done
    ]
