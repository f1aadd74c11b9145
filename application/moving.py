"""Runs that go on with an older version of their process: whom publishing concerns, and moving them to another version.

Moving is a choice, never done by itself: shown first, then asked of each run as a message, which decides on it as on any
decision, once, on its own timeline.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

from application import planning
from application.calendars import Calendars
from application.caller import Caller
from application.delivery.handover import Handover
from application.delivery.many import give_first
from approval import moving
from approval.calendar import BusinessCalendar
from approval.model import Action, Code, FieldError, Frozen, Refusal, RefusedError, Role, refuse
from approval.process import PurchaseProcess
from approval.run import decide
from approval.state import Decision, When
from approval.transition import Accepted
from approval.trial import StepDifference
from crm import commands as crm_commands
from crm import outcomes, process_runs, processes
from crm.pool import Pool
from crm.process_runs import StepCount
from crm.records import RequestRecord, run_state

MOST: Final = 200
"""Runs that are looked at, and moved, at once."""
GIVEN_AT_ONCE: Final = 100
"""Runs whose commands are given to the engine by the call itself; those of further ones by the relay, a moment later."""


class Movable(Frozen):
    """A run, and what moving it would do, or why it cannot be moved."""

    request_id: UUID
    number: str
    version: int
    step: str | None
    """The first one that is open; None: it was returned to its owner."""
    changes: tuple[StepDifference, ...] = ()
    refusal: Refusal | None = None


class Moves(Frozen):
    """What moving runs to a version would do, a page of it."""

    items: tuple[Movable, ...]
    next_after: UUID | None
    """The last run of the page, if more follow."""


class Impact(Frozen):
    """Whom publishing concerns: the runs that go on, by version and step, and what moving would do to them."""

    newest: int | None
    counts: tuple[StepCount, ...]
    to_newest: tuple[Movable, ...]
    """To the newest version, of the oldest ``MOST`` runs those of another version."""
    to_draft: tuple[Movable, ...]
    """The same if the draft were published; empty where it is the newest version already."""


class Moved(Frozen):
    """What became of one run."""

    request_id: UUID
    number: str
    command_id: UUID
    applied: bool
    """Whether it has an outcome; or it is taken, and not decided on yet."""
    note: str = ""
    refusal: Refusal | None = None


class MovingRuns:
    """Moves runs to another version of their process.

    Args:
        pool: the CRM database.
        handover: to the runs.
        calendars: the business time that counts.
    """

    def __init__(self, pool: Pool, handover: Handover, calendars: Calendars) -> None:
        self._pool = pool
        self._handover = handover
        self._calendars = calendars

    async def impact(self, caller: Caller, key: str) -> Impact:
        """Whom publishing the draft of a process concerns.

        Raises:
            RefusedError: ``forbidden``, ``not_found``.
        """
        caller.require_role(Role.ADMIN)
        draft, newest = await processes.load_draft(self._pool, key), await processes.newest_version(self._pool, key)
        if draft is None:
            raise refuse(Code.NOT_FOUND)
        calendar, now = await self._calendars.newest(self._pool), datetime.now(UTC)
        to_newest: list[Movable] = []
        to_draft: list[Movable] = []
        for record in await process_runs.on_their_way(self._pool, key, but=None, limit=MOST):
            if newest is not None and record.run is not None and record.run.process_version != newest.version:
                to_newest.append(await self._tried(caller, record, newest.document, newest.version, calendar, now))
            if newest is not None and newest.document != draft:
                to_draft.append(await self._tried(caller, record, draft, newest.version + 1, calendar, now))
        return Impact(
            newest=newest.version if newest is not None else None,
            counts=tuple(await process_runs.counts(self._pool, key)),
            to_newest=tuple(to_newest),
            to_draft=tuple(to_draft),
        )

    async def plan(
        self,
        caller: Caller,
        key: str,
        version: int,
        requests: Iterable[UUID] | None = None,
        *,
        after: UUID | None = None,
    ) -> Moves:
        """What moving runs would do, asked of the rules that decide it; nothing is done.

        Args:
            key: of the process.
            version: that they would go on with.
            requests: only these; None: all that run another version.
            after: the last run of the page before.

        Raises:
            RefusedError: ``forbidden``; ``not_found``; ``invalid``: there is no such version.
        """
        process = await self._version(caller, key, version)
        calendar, now = await self._calendars.newest(self._pool), datetime.now(UTC)
        records = await process_runs.on_their_way(
            self._pool, key, but=version, requests=requests, after=after, limit=MOST + 1
        )
        items = [await self._tried(caller, record, process, version, calendar, now) for record in records[:MOST]]
        return Moves(items=tuple(items), next_after=records[MOST - 1].id if len(records) > MOST else None)

    async def move(
        self, caller: Caller, key: str, version: int, requests: Iterable[UUID] | None = None, *, command: UUID
    ) -> tuple[Moved, ...]:
        """Ask runs to go on with a version, at most ``MOST`` of them. Once this has not raised, each of them will be decided on,
        whatever happens to whom.

        Args:
            command: the same one twice does it once.

        Raises:
            RefusedError: see ``plan``.
        """
        await self._version(caller, key, version)
        now = datetime.now(UTC)
        records = await process_runs.on_their_way(self._pool, key, but=version, requests=requests, limit=MOST)
        commands = {record.id: uuid5(command, str(record.id)) for record in records}
        messages = [
            {
                "command_id": str(command_id),
                "actor": caller.username,
                "to_version": version,
                "said_at": now.isoformat(),
                "channel": caller.channel,
            }
            for command_id in commands.values()
        ]
        await crm_commands.store_many(
            self._pool, action=Action.MOVE_RUN, actor=caller.username, commands=commands, messages=messages, at=now
        )
        await give_first(self._handover, caller, Action.MOVE_RUN, commands, messages, most=GIVEN_AT_ONCE)
        became = await outcomes.became(self._pool, commands.values())
        return tuple(
            Moved(
                request_id=record.id,
                number=record.number,
                command_id=commands[record.id],
                applied=commands[record.id] in became,
                note=became[commands[record.id]].note if commands[record.id] in became else "",
                refusal=became[commands[record.id]].refusal if commands[record.id] in became else None,
            )
            for record in records
        )

    async def _version(self, caller: Caller, key: str, version: int) -> PurchaseProcess:
        caller.require_role(Role.ADMIN)
        if await processes.load(self._pool, key) is None:
            raise refuse(Code.NOT_FOUND)
        found = await processes.load_version(self._pool, key, version)
        if found is None:
            raise refuse(Code.INVALID, FieldError(pointer="/to_version", message="no_such_version"))
        return found.document

    async def _tried(
        self,
        caller: Caller,
        record: RequestRecord,
        process: PurchaseProcess,
        version: int,
        calendar: BusinessCalendar,
        now: datetime,
    ) -> Movable:
        """What moving one run would do."""
        state = run_state(record)
        assert state is not None  # noqa: S101 - it is on its way
        tried = Decision(command_id=uuid7(), action=Action.MOVE_RUN, actor=caller.username, to_version=version)
        outcome: Accepted | Refusal
        try:
            by_version = await planning.plan_by(self._pool, process, record, calendar, now)
            when = When(said=now, written=now, calendar=calendar)
            outcome = decide(state, tried, when, is_admin=True, by_version=by_version)
        except RefusedError as error:
            outcome = error.refusal
        accepted = outcome if isinstance(outcome, Accepted) else None
        return Movable(
            request_id=record.id,
            number=record.number,
            version=state.process_version,
            step=state.open_step.plan.key if state.open_step else None,
            changes=moving.changes(state, accepted.state) if accepted is not None else (),
            refusal=outcome if isinstance(outcome, Refusal) else None,
        )
