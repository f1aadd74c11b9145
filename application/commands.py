"""Commands: sends, decisions and re-resolutions, each taken durably or refused, and handed over to the run.

Who may decide what is not known here: that is ``approval``'s business, asked by the workflow.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, ParamSpec
from uuid import UUID

from pydantic_core import to_json
from uuid_utils.compat import uuid7

from application import access, planning
from application.calendars import Calendars
from application.caller import Caller
from application.delivery.deliver import FirstSend
from application.delivery.handover import Handover, Taken
from application.permissions import require_permitted, require_running, would_end
from application.recent_sign_in import RecentSignIn
from application.request_lock import RequestLock
from approval.holding import require_reason
from approval.model import Action, Code, FieldError, Frozen, RefusedError, Role, refuse
from approval.order_changes import HoldChoice
from approval.process import Resume
from approval.routing import StepPlan
from approval.state import Where
from crm import commands, deferred, outcomes, requests, runs
from crm.commands import RoundPayload
from crm.outcomes import Outcome
from crm.pool import Connection, Pool
from crm.records import RequestRecord
from workflows.contracts import LARGEST_MESSAGE, SAID_IN, DecisionMessage

LARGEST_DECISION: Final = LARGEST_MESSAGE // 2
"""Bytes of a decision that the API gives to a run."""


class SendOrder(Frozen):
    """The wish to send a request."""

    choices: Mapping[str, str] = {}
    """Approver by step key, where the process lets the requester choose."""
    note: str = ""


Arguments = ParamSpec("Arguments")


def _counted(method: Callable[Arguments, Awaitable[Taken]]) -> Callable[Arguments, Awaitable[Taken]]:
    """Have a method of ``Commands`` count what became of its command: applied, waiting, or the refusal's code."""

    @functools.wraps(method)
    async def counting(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Taken:
        taker: Any = args[0]
        action = next((value for value in args if isinstance(value, Action)), method.__name__)
        try:
            taken = await method(*args, **kwargs)
        except RefusedError as error:
            taker.count(action, error.refusal.code)
            raise
        waits = "waiting" if taken.delayed or taken.takes_effect_at is None else "deferred"
        taker.count(action, "applied" if taken.record is not None else waits)
        return taken

    return counting


class Commands:
    """What can be wanted of a request's run.

    Args:
        pool: the CRM database.
        handover: to the run.
        lock: the right to change a request.
        calendars: the business time that counts.
        count: is told of each command its action and what became of it.
        recent_sign_in: is asked before a run ends for good.
        undo_seconds: how long people may take back what they decided; 0: not at all.
    """

    def __init__(
        self,
        pool: Pool,
        handover: Handover,
        lock: RequestLock,
        calendars: Calendars,
        *,
        count: Callable[[str, str], None],
        recent_sign_in: RecentSignIn,
        undo_seconds: int = 0,
    ) -> None:
        self.count = count
        self._recent_sign_in = recent_sign_in
        self._pool = pool
        self._handover = handover
        self._lock = lock
        self._calendars = calendars
        self._undo_seconds = undo_seconds

    async def stop(self) -> None:
        """Give up what still waits for the database; nothing is lost."""
        await self._handover.stop()

    @_counted
    async def send(
        self,
        caller: Caller,
        request_id: UUID,
        order: SendOrder,
        *,
        command_id: UUID,
        version: int | None = None,
        maybe_repeated: bool = True,
    ) -> Taken:
        """Send or resend. Once this has not raised, the request will be sent, whatever happens to whom.

        Args:
            command_id: the same id twice is one send.
            version: the request's version that is sent, if the caller wants to be held to it.
            maybe_repeated: whether the id could have come before.

        Raises:
            RefusedError: ``not_found``, ``forbidden``, ``request_locked``, ``request_busy``, ``run_ended``,
                ``note_required``, ``not_connected``, ``approver_not_chosen``, ``approver_not_eligible``,
                ``no_eligible_approver``, ``process_invalid``.
        """
        now = datetime.now(UTC)
        if maybe_repeated:
            await access.load(self._pool, caller, request_id)
            known = await self._handover.answer_again(caller, request_id, command_id, Action.SEND)
            if known is not None:
                return known
        with self._handover.expecting(command_id) as expected:
            try:
                stored = await self._take_send(
                    caller, request_id, order, command_id=command_id, version=version, at=now
                )
            except RefusedError as error:
                reused = error.refusal.code is Code.IDEMPOTENCY_KEY_REUSED  # the id is that of another command
                await access.note_refusal(
                    self._pool,
                    caller,
                    request_id,
                    Action.SEND,
                    error.refusal,
                    at=now,
                    command_id=None if reused else command_id,
                    note=order.note,
                )
                raise
            if stored is None:
                return await self._handover.wait(caller, request_id, Action.SEND, command_id, expected)
            return await self._handover.hand_over(
                caller,
                request_id,
                Action.SEND,
                command_id,
                {"command_id": str(command_id)},
                stored=True,
                expected=expected,
                first=stored if stored.request.run is None else None,
            )

    @_counted
    async def resolve_approvers(self, caller: Caller, request_id: UUID, *, command_id: UUID) -> Taken:
        """Give the steps that are still to be decided the approvers that the directory gives today.

        Raises:
            RefusedError: ``not_found``, ``forbidden``, ``step_closed``, ``run_ended``, ``no_eligible_approver``.
        """
        record = await access.load(self._pool, caller, request_id)
        known = await self._handover.answer_again(caller, request_id, command_id, Action.RESOLVE_APPROVERS)
        if known is not None:
            return known
        now = datetime.now(UTC)
        try:
            require_running(record, Action.RESOLVE_APPROVERS)
            caller.require_role(Role.ADMIN)
            plans = await planning.plan_undecided(self._pool, record)
        except RefusedError as error:
            await access.note_refusal(
                self._pool, caller, request_id, Action.RESOLVE_APPROVERS, error.refusal, at=now, command_id=command_id
            )
            raise
        stored = await commands.store(
            self._pool,
            command_id=command_id,
            request_id=request_id,
            action=Action.RESOLVE_APPROVERS,
            actor=caller.username,
            payload=RoundPayload(
                steps=plans,
                process_version=record.run.process_version if record.run else None,
                values=record.values(),
                note=planning.approvers_in_words(plans),
                round=record.run.round if record.run else 0,
                channel=caller.channel,
                request=record.snapshot(),
            ),
            at=now,
        )
        if not stored and not await commands.is_whose(
            self._pool, command_id, request_id, Action.RESOLVE_APPROVERS, caller.username
        ):
            raise refuse(Code.IDEMPOTENCY_KEY_REUSED)
        message = {"command_id": str(command_id)}
        return await self._handover.hand_over(
            caller, request_id, Action.RESOLVE_APPROVERS, command_id, message, stored=True
        )

    @_counted
    async def decide(
        self,
        caller: Caller,
        request_id: UUID,
        action: Action,
        *,
        command_id: UUID,
        step: str | None = None,
        acting_for: str | None = None,
        note: str = "",
        end: bool = False,
        to: str | None = None,
        resume: Resume | None = None,
        changes: Mapping[str, Any] | None = None,
        lines: Mapping[str, Any] | None = None,
        where: Where | None = None,
        consultation_id: UUID | None = None,
        choice: HoldChoice | None = None,
        version: int | None = None,
        undo: bool = False,
        maybe_repeated: bool = False,
    ) -> Taken:
        """Do one of ``DECISIONS``, but for reassigning, which is done to many requests at once.

        Args:
            command_id: the same id twice is one decision.
            acting_for: whose substitute the caller decides as, if they name somebody.
            note: what they say: also the question of a consultation, and the answer.
            to: a step's key, or a username; see ``DecisionMessage``.
            version: the request's version that it was decided on, if the caller wants to be held to it.
            undo: whether it is to take effect only when the time is over in which the company lets people take it back.
            maybe_repeated: whether the id could have come before.

        Raises:
            RefusedError: whatever ``approval.run.decide`` refuses, or ``not_found``.
            SignInAgainError: it would end the run, and the caller has not signed in lately.
        """
        now = datetime.now(UTC)
        running = await requests.find_running(self._pool, request_id, caller.viewer)
        record = None if running else await access.load(self._pool, caller, request_id)
        if running is not None:
            access.name_in_logs(running.number, running.run_id)
        undo_seconds = self._undo_seconds if undo else 0
        if maybe_repeated:
            known = await self._handover.answer_again(
                caller, request_id, command_id, action, end=end, deferrable=bool(undo_seconds)
            )
            if known is not None:
                return known
        is_recent = self._recent_sign_in.is_met_by(caller)
        if running is not None and not is_recent:
            seen = await access.load(self._pool, caller, request_id)
            if would_end(seen, caller, action, step, acting_for, end=end, lines=lines):
                self._recent_sign_in.require(caller)
        message = DecisionMessage.model_construct(  # it is checked by whoever applies it, who puts it on the timeline
            command_id=command_id,
            actor=caller.username,
            step=step,
            end=end,
            to=to,
            resume=resume,
            changes=dict(changes) if changes is not None else None,
            lines=dict(lines) if lines is not None else None,
            where=where,
            consultation_id=consultation_id,
            choice=choice,
            version=version,
            sign_in_older_than=None if is_recent else self._recent_sign_in.minutes,
            undo_seconds=undo_seconds or None,
            said_at=now,
            channel=caller.channel,
        ).model_dump(mode="json", exclude_defaults=True)
        if note:
            message[SAID_IN.get(action, "note")] = note
        if acting_for is not None:
            message["for"] = acting_for
        if len(to_json(message)) > LARGEST_DECISION:
            raise refuse(Code.INVALID, FieldError(pointer="/changes", message="too_much_at_once"))
        try:
            if record is not None:
                require_running(record, action)
        except RefusedError as error:
            await access.note_refusal(
                self._pool,
                caller,
                request_id,
                action,
                error.refusal,
                at=now,
                command_id=command_id,
                note=note,
                step=step,
                end=end,
            )
            raise
        return await self._hand_over(caller, request_id, action, command_id, message, end=end)

    async def _hand_over(
        self,
        caller: Caller,
        request_id: UUID,
        action: Action,
        command_id: UUID,
        message: Mapping[str, Any],
        *,
        end: bool,
    ) -> Taken:
        """Give the run a decision. It may find that a more recent sign-in is needed, which nobody could know before."""
        try:
            return await self._handover.hand_over(caller, request_id, action, command_id, message, end=end)
        except RefusedError as error:
            if error.refusal.code is Code.INSUFFICIENT_USER_AUTHENTICATION:
                raise self._recent_sign_in.asked_by_the_run() from error
            raise

    async def find(self, caller: Caller, request_id: UUID, command_id: UUID) -> tuple[bool, Outcome | None]:
        """Whether a command is known, and what became of it: of the caller's own, if others used its id too.

        Raises:
            RefusedError: ``not_found``: the request is not there for the caller.
        """
        await access.load(self._pool, caller, request_id)
        outcome = await outcomes.find_for(self._pool, request_id, command_id, actor=caller.username)
        owner = await commands.stored_by(self._pool, command_id, request_id)
        if outcome is not None and caller.username == owner != outcome.actor:  # theirs is yet to be refused
            outcome = None
        if outcome is None and caller.username == owner:
            deferral = await deferred.find(self._pool, command_id)
            outcome = deferral.outcome() if deferral is not None else None
        return outcome is not None or owner is not None, outcome

    async def _take_send(
        self,
        caller: Caller,
        request_id: UUID,
        order: SendOrder,
        *,
        command_id: UUID,
        version: int | None,
        at: datetime,
    ) -> FirstSend | None:
        """Settle the round and store the send, in one transaction that holds the request.

        Returns:
            What is sent; None when another call with the same id has taken the send meanwhile,
            so that a button pressed twice is one send and not a refusal of it.
        """
        async with self._lock.transaction(caller.username, request_id) as connection:
            if await commands.stored_by(connection, command_id, request_id) is not None:
                return None
            record = await access.load(connection, caller, request_id)
            require_permitted(record, caller, Action.SEND, version)
            require_reason(record.order_changes, order.note)
            steps = await self._store_send(connection, caller, record, order, command_id=command_id, at=at)
            return FirstSend.of(record, steps)

    async def _store_send(
        self,
        connection: Connection,
        caller: Caller,
        record: RequestRecord,
        order: SendOrder,
        *,
        command_id: UUID,
        at: datetime,
    ) -> tuple[StepPlan, ...]:
        planned = await planning.plan_send(connection, self._calendars, record, order.choices)
        process = planned.process
        await runs.prepare(
            connection, record.id, run_id=uuid7(), process_key=process.key, process_version=process.version, at=at
        )
        payload = RoundPayload(
            steps=planned.steps,
            process_version=process.version,
            values=record.values(),
            cumulated=planned.request.cumulated,
            note=order.note,
            channel=caller.channel,
            request=record.snapshot(),
            order_changes=record.order_changes,
        )
        stored = await commands.store(
            connection,
            command_id=command_id,
            request_id=record.id,
            action=Action.SEND,
            actor=record.owner.username,
            payload=payload,
            at=at,
        )
        if not stored:
            raise refuse(Code.IDEMPOTENCY_KEY_REUSED)
        return planned.steps
