"""The application: everything that can be done with a purchase request, for the HTTP API and the pages alike.

It checks who may see a request, takes commands durably, hands them to the run and answers with what the CRM committed.
Who may decide what is not known here: that is ``approval``'s business, asked by the workflow.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, ParamSpec
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from pydantic_core import to_json
from uuid_utils.compat import uuid7

from api.engine import Engine, EngineUnavailableError, RunGoneError
from api.outcomes import Outcomes, Settled
from api.problems import ProblemError
from api.relay import run_ended
from approval.model import (
    Action,
    Code,
    FieldError,
    Frozen,
    Person,
    Refusal,
    RefusedError,
    StepState,
    refuse,
)
from approval.process import ProcessDefinition
from approval.request import check_owner_action
from approval.routing import Member, RoutedStep, StepPlan, plan_again, plan_round, route
from approval.run import Accepted, Decision, decide, resolve_approvers
from crm import commands, directory, processes, requests, rounds, timeline
from crm.commands import RoundPayload
from crm.pool import DATABASE_TROUBLE, Connection, Pool
from crm.requests import RequestDraft, RequestRecord
from crm.rounds import RoundRecord
from crm.visibility import Viewer
from workflows import contracts

log = structlog.get_logger(__name__)

MAKERS: Final = frozenset({"sales", "manager", "director", "admin"})
"""Roles that may make purchase requests."""


LARGEST_MESSAGE: Final = 500_000
"""Bytes of a decision. The engine takes no more than 2 MB, and would refuse a larger one for ever."""

STORE_AGAIN_SECONDS: Final = 0.5


class Caller(Frozen):
    """Somebody who is signed in, and what they may look at."""

    member: Member
    viewer: Viewer

    @property
    def username(self) -> str:
        """Their username."""
        return self.member.username

    @property
    def person(self) -> Person:
        """Them as others see them."""
        return Person(username=self.member.username, name=self.member.name)

    def has_role(self, *roles: str) -> bool:
        """Whether they hold one of the roles."""
        return bool(self.member.roles & set(roles))

    def require_role(self, *roles: str) -> None:
        """Refuse whoever holds none of the roles.

        Raises:
            RefusedError: ``forbidden``.
        """
        if not self.has_role(*roles):
            raise refuse(Code.FORBIDDEN, variant="role", role=" / ".join(roles))


class Taken(Frozen):
    """What became of a command: the request as committed, or None when it is taken but not applied yet."""

    command_id: UUID
    record: RequestRecord | None


class Preview(Frozen):
    """What a send would run now, and the first thing that would refuse it."""

    steps: tuple[RoutedStep, ...]
    refusal: Refusal | None


class SendOrder(Frozen):
    """The wish to send a request."""

    choices: Mapping[str, str] = {}
    """Approver by step key, where the process lets the requester choose."""
    note: str = ""


Arguments = ParamSpec("Arguments")


def _counted(method: Callable[Arguments, Awaitable[Taken]]) -> Callable[Arguments, Awaitable[Taken]]:
    """Have a method of the service count what became of its command: applied, waiting, or the refusal's code."""

    @functools.wraps(method)
    async def counting(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Taken:
        service: Any = args[0]
        action = next((value for value in args if isinstance(value, Action)), method.__name__)
        try:
            taken = await method(*args, **kwargs)
        except RefusedError as error:
            service.count(action, error.refusal.code)
            raise
        service.count(action, "applied" if taken.record is not None else "waiting")
        return taken

    return counting


class PurchaseRequests:
    """The application service.

    Args:
        pool: the CRM database.
        engine: Temporal.
        outcomes: hears what became of commands.
        wait_seconds: how long a command waits for its outcome.
        zone: the company's time zone, which decides what today is.
        count: is told of each command its action and what became of it.
    """

    def __init__(
        self,
        pool: Pool,
        engine: Engine,
        outcomes: Outcomes,
        *,
        wait_seconds: float,
        zone: ZoneInfo,
        count: Callable[[str, str], None],
    ) -> None:
        self.count = count
        self._pool = pool
        self._engine = engine
        self._outcomes = outcomes
        self._wait_seconds = wait_seconds
        self._zone = zone
        self._storing: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Give up what still waits for the database. The engine has those commands; nothing is lost."""
        for task in self._storing:
            task.cancel()
        await asyncio.gather(*self._storing, return_exceptions=True)

    async def get(self, caller: Caller, request_id: UUID) -> RequestRecord:
        """A request that the caller may see.

        Raises:
            RefusedError: ``not_found``.
        """
        return await self._load(self._pool, caller, request_id)

    async def create(self, caller: Caller, draft: RequestDraft, *, request_id: UUID) -> RequestRecord:
        """Save a new request and answer with it. See ``save``."""
        await self.save(caller, draft, request_id=request_id)
        return await self.get(caller, request_id)

    async def save(self, caller: Caller, draft: RequestDraft, *, request_id: UUID) -> None:
        """Save a new request. With the same id it is saved once.

        Raises:
            RefusedError: ``forbidden``, ``invalid``.
        """
        caller.require_role(*MAKERS)
        now = datetime.now(UTC)
        async with self._pool.acquire() as connection, connection.transaction():
            await requests.create(
                connection,
                draft,
                request_id=request_id,
                command_id=uuid7(),
                owner=caller.person,
                today=now.astimezone(self._zone).date(),
                at=now,
            )

    async def edit(
        self, caller: Caller, request_id: UUID, changes: Mapping[str, Any], *, version: int | None
    ) -> RequestRecord:
        """Save an edit.

        Args:
            changes: new values by field name; ``lines`` replaces all lines.
            version: what the caller saw; None: whatever it is.

        Raises:
            RefusedError: ``not_found``, ``forbidden``, ``request_locked``, ``stale_version``, ``invalid``.
        """
        now = datetime.now(UTC)
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                record = await self._locked(connection, caller, request_id, Action.EDIT, version)
                current = {name: getattr(record, name) for name in RequestDraft.model_fields if name != "lines"}
                if record.source is not None:
                    current["source"] = requests.SourceRef(type=record.source.type, id=record.source.id)
                kept = set(requests.LineDraft.model_fields)
                if "source" in changes and changes["source"] != current["source"]:
                    kept.discard("source_line_id")  # of the source that it had; found anew by product code
                current["lines"] = tuple(
                    requests.LineDraft(**{name: getattr(line, name) for name in kept}) for line in record.lines
                )
                draft = RequestDraft.model_validate(current | dict(changes))
                await requests.replace(connection, record, draft, command_id=uuid7(), at=now)
        except RefusedError as error:
            await self._note_refusal(caller, request_id, Action.EDIT, error.refusal, at=now)
            raise
        return await self.get(caller, request_id)

    async def delete(self, caller: Caller, request_id: UUID, *, version: int | None) -> None:
        """Delete a request that was never sent.

        Raises:
            RefusedError: ``not_found``, ``forbidden``, ``request_locked``, ``stale_version``.
        """
        now = datetime.now(UTC)
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await self._locked(connection, caller, request_id, Action.DELETE, version)
                await requests.delete(connection, request_id)
        except RefusedError as error:
            await self._note_refusal(caller, request_id, Action.DELETE, error.refusal, at=now)
            raise

    async def preview(self, caller: Caller, request_id: UUID) -> Preview:
        """What a send would run now, and what would refuse it.

        Raises:
            RefusedError: ``not_found``.
        """
        record = await self.get(caller, request_id)
        try:
            process = await self._process_for(self._pool, record)
        except RefusedError as error:
            return Preview(steps=(), refusal=error.refusal)
        steps = await self._route(self._pool, process, record)
        refusal = next((step.refusal for step in steps if step.refusal is not None), None)
        if refusal is None and all(step.plan.skipped for step in steps):
            refusal = Refusal(code=Code.NO_ELIGIBLE_APPROVER, params={"variant": "all_skipped"})
        return Preview(steps=steps, refusal=refusal)

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
            RefusedError: ``not_found``, ``forbidden``, ``request_locked``, ``run_ended``, ``not_connected``,
                ``approver_not_chosen``, ``approver_not_eligible``, ``no_eligible_approver``, ``process_invalid``.
        """
        now = datetime.now(UTC)
        if maybe_repeated:
            await self.get(caller, request_id)
            known = await self._already_known(caller, request_id, command_id, Action.SEND)
            if known is not None:
                return await self._settled(caller, request_id, command_id, known)
        with self._outcomes.expecting(command_id) as expected:
            try:
                taken = await self._take_send(caller, request_id, order, command_id=command_id, version=version, at=now)
            except RefusedError as error:
                await self._note_refusal(
                    caller, request_id, Action.SEND, error.refusal, at=now, command_id=command_id, note=order.note
                )
                raise
            try:
                if taken is not None:
                    await self._hand_over_send(taken[0], command_id, taken[1])
            except EngineUnavailableError as error:
                log.warning("the engine is away; the send waits", request_id=str(request_id), error=str(error))
                return Taken(command_id=command_id, record=None)
            except RunGoneError:
                log.warning("the run ended while it was sent again; the relay tells so", request_id=str(request_id))
                return Taken(command_id=command_id, record=None)
            with suppress(*DATABASE_TROUBLE):  # it is stored and will be sent, so that this is no failure
                settled = await self._outcomes.outcome(command_id, expected, self._wait_seconds)
                return await self._settled(caller, request_id, command_id, settled)
        return Taken(command_id=command_id, record=None)

    @_counted
    async def resolve_approvers(self, caller: Caller, request_id: UUID, *, command_id: UUID) -> Taken:
        """Give the steps that are still to be decided the approvers that the directory gives today.

        Raises:
            RefusedError: ``not_found``, ``forbidden``, ``step_closed``, ``run_ended``, ``no_eligible_approver``.
        """
        record = await self.get(caller, request_id)
        known = await self._already_known(caller, request_id, command_id, Action.RESOLVE_APPROVERS)
        if known is not None:
            return await self._settled(caller, request_id, command_id, known)
        now = datetime.now(UTC)
        try:
            self._require_running(record)
            caller.require_role("admin")
            process = await self._process_for(self._pool, record)
            undecided = self._undecided_steps(record)
            routed = tuple(
                step for step in await self._route(self._pool, process, record) if step.plan.key in undecided
            )
            plans = plan_again(routed, self._choices_so_far(record))
        except RefusedError as error:
            await self._note_refusal(
                caller, request_id, Action.RESOLVE_APPROVERS, error.refusal, at=now, command_id=command_id
            )
            raise
        await commands.store(
            self._pool,
            command_id=command_id,
            request_id=request_id,
            action=Action.RESOLVE_APPROVERS,
            actor=caller.username,
            payload=RoundPayload(
                steps=plans, values=record.values(), note=_approvers_in_words(plans), request=record.snapshot()
            ),
            at=now,
        )
        return await self._hand_over(
            caller, request_id, Action.RESOLVE_APPROVERS, command_id, {"command_id": str(command_id)}
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
        note: str = "",
        end: bool = False,
        changes: Mapping[str, Any] | None = None,
        version: int | None = None,
        maybe_repeated: bool = False,
    ) -> Taken:
        """Approve, reject, recall or cancel.

        Args:
            command_id: the same id twice is one decision.
            version: the request's version that it was decided on, if the caller wants to be held to it.
            maybe_repeated: whether the id could have come before.

        Raises:
            RefusedError: whatever ``approval.run.decide`` refuses, or ``not_found``.
        """
        running = await requests.find_running(self._pool, request_id, caller.viewer)
        record = None if running else await self.get(caller, request_id)
        if running is not None:
            _name_in_logs(running.number, running.run_id)
        if maybe_repeated:
            known = await self._already_known(caller, request_id, command_id, action, end=end)
            if known is not None:
                return await self._settled(caller, request_id, command_id, known)
        message = {
            "command_id": str(command_id),
            "actor": caller.username,
            "step": step,
            "note": note or None,
            "end": end,
            "changes": dict(changes) if changes is not None else None,
            "version": version,
        }
        message = {name: value for name, value in message.items() if value is not None and value is not False}
        if len(to_json(message)) > LARGEST_MESSAGE:
            raise refuse(Code.INVALID, FieldError(pointer="/changes", message="too_much_at_once"))
        try:
            if record is not None:
                self._require_running(record)
        except RefusedError as error:
            await self._note_refusal(
                caller,
                request_id,
                action,
                error.refusal,
                at=datetime.now(UTC),
                command_id=command_id,
                note=note,
                step=step,
                end=end,
            )
            raise
        return await self._hand_over(caller, request_id, action, command_id, message)

    async def command(self, caller: Caller, request_id: UUID, command_id: UUID) -> tuple[bool, timeline.Entry | None]:
        """Whether a command is known, and its timeline entry once it has one.

        Raises:
            RefusedError: ``not_found``: the request is not there for the caller.
        """
        await self.get(caller, request_id)
        entry = await timeline.find(self._pool, command_id)
        if entry is not None:
            return entry.request_id == request_id, entry
        return await commands.is_stored(self._pool, command_id, request_id), None

    async def history(self, caller: Caller, request_id: UUID) -> list[timeline.Entry]:
        """Everything that was tried on the request, oldest first.

        Raises:
            RefusedError: ``not_found``.
        """
        await self.get(caller, request_id)
        return await timeline.of_request(self._pool, request_id)

    async def rounds(self, caller: Caller, request_id: UUID) -> list[RoundRecord]:
        """Every round of the request, oldest first.

        Raises:
            RefusedError: ``not_found``.
        """
        await self.get(caller, request_id)
        return await rounds.of_request(self._pool, request_id)

    async def _load(self, executor: Pool | Connection, caller: Caller, request_id: UUID) -> RequestRecord:
        record = await requests.load(executor, request_id, caller.viewer)
        if record is None:
            raise refuse(Code.NOT_FOUND)
        _name_in_logs(record.number, record.run.id if record.run else None)
        return record

    async def _locked(
        self, connection: Connection, caller: Caller, request_id: UUID, action: Action, version: int | None
    ) -> RequestRecord:
        """The request, locked, if its owner may do this to this version of it now."""
        await requests.lock(connection, request_id)
        return await self._permitted(connection, caller, request_id, action, version)

    async def _permitted(
        self, connection: Connection, caller: Caller, request_id: UUID, action: Action, version: int | None
    ) -> RequestRecord:
        """The request, which the transaction has locked, if its owner may do this to this version of it now."""
        record = await self._load(connection, caller, request_id)
        refusal = check_owner_action(
            action,
            actor=caller.username,
            owner=record.owner.username,
            status=record.process_status,
            send_pending=record.send_pending,
        )
        if refusal is not None and refusal.code is Code.RUN_ENDED:
            refusal = run_ended(record)
        if refusal is not None:
            raise RefusedError(refusal)
        if version is not None and version != record.version:
            raise refuse(Code.STALE_VERSION, given=version)
        return record

    async def _process_for(self, executor: Pool | Connection, record: RequestRecord) -> processes.ProcessVersion:
        """The process version of the run, or, before the first send, of the connection."""
        if record.run is not None:
            version = await processes.load_version(executor, record.run.process_key, record.run.process_version)
        else:
            version = await processes.connected_version(executor)
        if version is None:
            raise refuse(Code.NOT_CONNECTED)
        return version

    async def _route(
        self, executor: Pool | Connection, process: processes.ProcessVersion, record: RequestRecord
    ) -> tuple[RoutedStep, ...]:
        definition: ProcessDefinition = process.document
        people = await directory.for_routing(executor, definition, record.owner.username)
        return route(definition, record.facts(), people)

    async def _take_send(
        self,
        caller: Caller,
        request_id: UUID,
        order: SendOrder,
        *,
        command_id: UUID,
        version: int | None,
        at: datetime,
    ) -> tuple[RequestRecord, tuple[StepPlan, ...]] | None:
        """Settle the round and store the send, in one transaction that holds the request.

        Returns:
            What is to be handed to the engine; None when another call with the same id has taken the send meanwhile,
            so that a button pressed twice is one send and not a refusal of it.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await requests.lock(connection, request_id)
            if await commands.is_stored(connection, command_id, request_id):
                return None
            record = await self._permitted(connection, caller, request_id, Action.SEND, version)
            return record, await self._store_send(connection, record, order, command_id=command_id, at=at)

    async def _store_send(
        self, connection: Connection, record: RequestRecord, order: SendOrder, *, command_id: UUID, at: datetime
    ) -> tuple[StepPlan, ...]:
        process = await self._process_for(connection, record)
        steps = plan_round(await self._route(connection, process, record), order.choices)
        await connection.execute(
            """INSERT INTO runs (request_id, id, process_key, process_version, status, round, last)
               VALUES ($1, $2, $3, $4, 'in_progress', 0, '{}')
               ON CONFLICT (request_id) DO UPDATE SET process_key = $3, process_version = $4 WHERE runs.round = 0""",
            record.id,
            uuid7(),
            process.key,
            process.version,
        )
        payload = RoundPayload(steps=steps, values=record.values(), note=order.note, request=record.snapshot())
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
            raise ProblemError("idempotency_key_reused")
        return steps

    async def _hand_over_send(self, record: RequestRecord, command_id: UUID, steps: tuple[StepPlan, ...]) -> None:
        if record.run is not None:
            await self._engine.signal(record.id, contracts.SEND_SIGNAL, {"command_id": str(command_id)})
            return
        await self._engine.start_run(
            request_id=record.id,
            command_id=command_id,
            number=record.number,
            amount=record.amount,
            owner=record.owner.username,
            owner_name=record.owner.name,
            steps=steps,
        )

    async def _hand_over(
        self, caller: Caller, request_id: UUID, action: Action, command_id: UUID, message: Mapping[str, Any]
    ) -> Taken:
        """Signal the run and wait for what the CRM commits. If the engine is away, the command waits in the CRM."""
        now = datetime.now(UTC)
        with self._outcomes.expecting(command_id) as expected:
            try:
                await self._engine.signal(request_id, action, message)
            except RunGoneError:
                ended = await self._load(self._pool, caller, request_id)
                if not ended.process_status.ended:
                    log.exception("the engine has lost a run that the CRM holds open", request=ended.number)
                    raise ProblemError("engine_unavailable") from None
                refusal = run_ended(ended)
                await self._note_refusal(
                    caller,
                    request_id,
                    action,
                    refusal,
                    at=now,
                    command_id=command_id,
                    note=message.get("note", ""),
                    step=message.get("step"),
                    end=message.get("end", False),
                )
                entry = await self._already_known(caller, request_id, command_id, action, end=message.get("end", False))
                return await self._settled(caller, request_id, command_id, entry)
            except EngineUnavailableError as error:
                log.warning("the engine is away; the decision waits", error=str(error))
                await self._store(caller, request_id, action, command_id, message, now)
                return Taken(command_id=command_id, record=None)
            try:
                settled = await self._outcomes.outcome(command_id, expected, self._wait_seconds)
                if settled is None:
                    await self._store(caller, request_id, action, command_id, message, now)
                return await self._settled(caller, request_id, command_id, settled)
            except DATABASE_TROUBLE as error:
                # The engine has it on disk: it is taken, whatever has become of the database since.
                log.warning("the database is away; the decision waits", error=str(error))
                self._store_later(caller, request_id, action, command_id, message, now)
        return Taken(command_id=command_id, record=None)

    def _store_later(self, *command: Any) -> None:
        """Keep a command that the engine has as soon as the database is back, so that it can be asked for."""

        async def store() -> None:
            while True:
                with suppress(*DATABASE_TROUBLE):
                    await self._store(*command)
                    return
                await asyncio.sleep(STORE_AGAIN_SECONDS)

        task = asyncio.create_task(store())
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)

    async def _store(
        self,
        caller: Caller,
        request_id: UUID,
        action: Action,
        command_id: UUID,
        message: Mapping[str, Any],
        at: datetime,
    ) -> None:
        """Keep a command that has no outcome yet, so that it is delivered (again) and can be asked for."""
        await commands.store(
            self._pool,
            command_id=command_id,
            request_id=request_id,
            action=action,
            actor=caller.username,
            payload=message,
            at=at,
        )

    async def _already_known(
        self, caller: Caller, request_id: UUID, command_id: UUID, action: Action, *, end: bool = False
    ) -> Settled | None:
        """What became of a command that came before.

        Raises:
            ProblemError: the id was used for something else: another request, action or person.
        """
        entry = await timeline.find(self._pool, command_id)
        wanted = (request_id, action, end, caller.username)
        if entry is not None and wanted != (entry.request_id, entry.action, entry.end, entry.actor):
            raise ProblemError("idempotency_key_reused")
        return Settled(request_id=request_id, refusal=entry.refusal) if entry is not None else None

    async def _settled(self, caller: Caller, request_id: UUID, command_id: UUID, settled: Settled | None) -> Taken:
        """The answer for a command of which this has become.

        Raises:
            RefusedError: the command was refused.
            ProblemError: the id was used for another request at the same time.
        """
        if settled is None:
            return Taken(command_id=command_id, record=None)
        if settled.request_id != request_id:
            raise ProblemError("idempotency_key_reused")
        if settled.refusal is not None:
            raise RefusedError(settled.refusal)
        return Taken(command_id=command_id, record=await self._load(self._pool, caller, request_id))

    async def _note_refusal(
        self,
        caller: Caller,
        request_id: UUID,
        action: Action,
        refusal: Refusal,
        *,
        at: datetime,
        command_id: UUID | None = None,
        note: str = "",
        step: str | None = None,
        end: bool = False,
    ) -> None:
        """Put a refusal on the timeline of a request that the caller may see."""
        record = await requests.load(self._pool, request_id, caller.viewer)
        if record is None:
            return
        await timeline.insert_refusal(
            self._pool,
            timeline.Entry(
                request_id=request_id,
                command_id=command_id or uuid7(),
                at=at,
                action=action,
                end=end,
                actor=caller.username,
                step=step,
                round=record.run.round if record.run else 0,
                note=note,
                refusal=refusal,
            ),
        )

    @staticmethod
    def _require_running(record: RequestRecord) -> None:
        if record.run is None:
            raise refuse(Code.STEP_CLOSED, variant="not_sent")
        if record.process_status.ended:
            raise RefusedError(run_ended(record))

    @staticmethod
    def _undecided_steps(record: RequestRecord) -> set[str]:
        """Keys of the steps that the round has yet to decide: only their approvers matter any more."""
        if record.run is None:
            return set()
        return {step.plan.key for step in record.run.steps if step.state in (StepState.OPEN, StepState.WAITING)}

    @staticmethod
    def _choices_so_far(record: RequestRecord) -> dict[str, str]:
        """The approvers that the requester chose for this round."""
        if record.run is None:
            return {}
        return {
            step.plan.key: step.plan.approvers[0].username
            for step in record.run.steps
            if any(reason.code == "chosen_by_requester" for reason in step.plan.why)
        }


def _name_in_logs(number: str, run_id: UUID | None) -> None:
    """Have every further log line of the call say which request and run it is about."""
    structlog.contextvars.bind_contextvars(request=number)
    if run_id is not None:
        structlog.contextvars.bind_contextvars(run_id=str(run_id))


def _approvers_in_words(plans: tuple[StepPlan, ...]) -> str:
    """Who the steps have now, for the timeline: ``manager: manager2; director: director1``."""
    return "; ".join(f"{plan.key}: {', '.join(person.username for person in plan.approvers)}" for plan in plans)[:4000]


def allowed_actions(record: RequestRecord, caller: Caller) -> list[Action]:
    """What the caller may do with a request now, asked of the same rules that decide it."""
    found = [
        action
        for action in (Action.EDIT, Action.DELETE, Action.SEND)
        if check_owner_action(
            action,
            actor=caller.username,
            owner=record.owner.username,
            status=record.process_status,
            send_pending=record.send_pending,
        )
        is None
    ]
    state = requests.run_state(record)
    if state is None or record.send_pending:
        return found
    is_admin = caller.has_role("admin")
    now = datetime.now(UTC)
    for action in (Action.APPROVE, Action.REJECT, Action.RECALL, Action.CANCEL):
        trial = Decision(command_id=uuid7(), action=action, actor=caller.username, note="-")
        if isinstance(decide(state, trial, now, is_admin=is_admin), Accepted):
            found.append(action)
    trial = Decision(command_id=uuid7(), action=Action.RESOLVE_APPROVERS, actor=caller.username)
    plans = tuple(step.plan for step in state.steps)
    if isinstance(resolve_approvers(state, trial, plans, now, is_admin=is_admin), Accepted):
        found.append(Action.RESOLVE_APPROVERS)
    return found
