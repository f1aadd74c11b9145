"""The durable run of one purchase request.

Signals are appended to an inbox in the order in which the engine recorded them; ``run`` takes them one by one, asks the
state machine under ``approval`` what follows, and has an activity commit it to the CRM before the next one is looked at.
Nothing here does I/O. A signal handler never raises: an exception there would wedge or fail the run.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy, SearchAttributeUpdate
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from approval.model import Action, Code, FieldError, Refusal, RefusedError, refuse
    from approval.run import Accepted, Decision, Round, RunState, begin_round, decide, first_state, resolve_approvers
    from workflows import contracts
    from workflows.contracts import RunInput, StoredCommand, Write, WriteRefusal, Written
    from workflows.ops import details
    from workflows.view import RunView, run_view

LOCAL_LIMIT = timedelta(seconds=3)
"""How long a write-back may take within the workflow task before it becomes an ordinary activity."""
HISTORY_LIMIT = 1000
"""Events after which the run goes on in a fresh history, so that its cost does not grow with its age."""

_ENGINE_CANCELLATION = "(cancellation by the engine)"

Result = TypeVar("Result")


@dataclass(frozen=True)
class _Received:
    """A message as it came, and when the engine recorded it."""

    name: str
    arguments: tuple[Any, ...] | None
    """None when the payload could not be decoded."""
    at: datetime


class _OutOfStepError(Exception):
    """The CRM has other transitions than the run's state."""


@workflow.defn(name=contracts.WORKFLOW_TYPE)
class PurchaseRequest:
    """One run: from the first send to completed, rejected or cancelled."""

    @workflow.init
    def __init__(self, start: RunInput) -> None:
        self._request_id = start.request_id
        self._state = start.state
        self._is_known = start.state is not None
        """Whether the CRM has such a request: only then is there a timeline to write to."""
        self._inbox: deque[_Received] = deque()
        if start.state is None:
            send = _Received(contracts.SEND_SIGNAL, ({"command_id": str(start.command_id)},), workflow.now())
            self._inbox.append(send)

    @workflow.run
    async def run(self, start: RunInput) -> str:
        """Work until the run has ended.

        A cancellation by the engine's own means (the button in the Temporal UI) is put into the inbox and refused
        there: it has no actor and no note, and would leave the CRM behind. The signal ``cancel`` is the way.

        Returns:
            The run status it ended with.

        Raises:
            ApplicationError: it was not started by the API, or by an earlier part of the run, and changes nothing: it
                has another workflow id than its request's, brings a state of its own, or the CRM knows no such send,
                which the API stores before it starts a run. Or its first send was refused, which is on the timeline;
                the request can be sent again, by another run.
        """
        info = workflow.info()
        if info.workflow_id != contracts.workflow_id(start.request_id):
            raise ApplicationError("this is not the workflow id of the request", non_retryable=True)
        if start.state is not None and info.continued_run_id is None:
            raise ApplicationError("only a run that goes on brings a state", non_retryable=True)
        work = asyncio.create_task(self._work(start))
        while True:
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                if work.done():  # the worker takes the run out of its memory, and has cancelled everything
                    raise
                self._inbox.append(_Received(_ENGINE_CANCELLATION, None, workflow.now()))

    async def _work(self, start: RunInput) -> str:
        """Take messages from the inbox, one by one, in the order in which the engine recorded them."""
        if self._state is not None:
            workflow.set_current_details(details(self._state))
        while self._inbox or not self._ended:
            await workflow.wait_condition(lambda: bool(self._inbox))
            await self._handle(self._inbox[0])
            self._inbox.popleft()
            if self._state is None:
                raise ApplicationError("the first send was refused, or the CRM has no such send", non_retryable=True)
            workflow.set_current_details(details(self._state))
            if not self._inbox and not self._ended and self._history_is_long():
                workflow.continue_as_new(start.model_copy(update={"state": self._state}))
        return str(self._state.run_status) if self._state else ""

    @workflow.signal(dynamic=True)
    async def on_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """Every signal, known or not, decodable or not: a typed handler would drop or choke on what it cannot read."""
        arguments: tuple[Any, ...] | None
        try:
            converter = workflow.payload_converter()
            arguments = tuple(converter.from_payload(value.payload) for value in args)
        except Exception:  # whatever a payload may do to its decoder
            arguments = None
        self._inbox.append(_Received(name, arguments, workflow.now()))

    @workflow.query(name=contracts.STATE_QUERY)
    def state(self) -> RunView | None:
        """The run as ``run`` in api.md; null before the first send has been worked on."""
        return run_view(self._state, language="vi") if self._state else None

    @property
    def _ended(self) -> bool:
        return self._state is not None and self._state.ended

    def _history_is_long(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() > HISTORY_LIMIT

    async def _handle(self, received: _Received) -> None:
        """Apply one message; whatever it carries, the run outlives it.

        Run and CRM can be out of step: a write was committed and its answer lost, the run was reset, or a store was
        restored. The CRM is what people see, so the state is read from there and the message looked at again.
        """
        try:
            try:
                await self._apply(received)
            except _OutOfStepError:
                await self._read_state()
                await self._apply(received)
        except _OutOfStepError:
            workflow.logger.error("run and CRM are out of step even after the state was read from there")
        except FailureError:
            # The database refused the write for good: a defect, or a text that it cannot hold.
            workflow.logger.exception("a message could not be written to the CRM and changes nothing")
            refusal = Refusal(code=Code.INVALID, errors=(FieldError(pointer="", message="could_not_be_stored"),))
            try:
                await self._record_malformed(received, refusal)
            except FailureError:
                workflow.logger.exception("nor could its refusal be recorded")

    async def _apply(self, received: _Received) -> None:
        """Apply one message, or record why it is refused.

        Raises:
            FailureError: the database refuses the write for good.
        """
        try:
            if received.name in (contracts.SEND_SIGNAL, contracts.RESOLVE_APPROVERS_SIGNAL):
                await self._apply_stored(received)
            elif received.name in contracts.DECISION_SIGNALS:
                await self._apply_decision(Action(received.name), received)
            elif received.name == _ENGINE_CANCELLATION:
                raise refuse(Code.INVALID, FieldError(pointer="", message="engine_cancellation"))
            else:
                raise refuse(Code.INVALID, FieldError(pointer="", message="unknown_signal"))
        except RefusedError as error:
            await self._record_malformed(received, error.refusal)

    async def _apply_decision(self, action: Action, received: _Received) -> None:
        decision = contracts.parse_decision(action, _only_argument(received))
        if self._state is None:
            raise refuse(Code.STEP_CLOSED, variant="not_sent")
        is_admin = False
        if action is Action.CANCEL and decision.actor != self._state.owner.username:
            is_admin = await self._activity("is_process_admin", decision.actor, result_type=bool)
        outcome = decide(self._state, decision, received.at, is_admin=is_admin)
        await self._commit(decision, received, outcome)

    async def _apply_stored(self, received: _Received) -> None:
        """A send or a re-resolution: what it carries is read from the CRM, so that no signal can forge approvers."""
        try:
            message = contracts.StoredCommandMessage.model_validate(_only_argument(received))
        except ValueError as error:
            raise refuse(Code.INVALID, FieldError(pointer="", message="not_a_stored_command")) from error
        stored = await self._activity("load_command", self._request_id, message.command_id, result_type=StoredCommand)
        if stored is None:
            raise refuse(Code.INVALID, FieldError(pointer="/command_id", message="no_such_command"))
        self._is_known = True
        decision = Decision(
            command_id=stored.command_id, action=stored.action, actor=stored.actor.username, note=stored.note
        )
        state = self._state or first_state(
            request_id=self._request_id,
            run_id=stored.run_id,
            number=stored.number,
            owner=stored.owner,
            process_key=stored.process_key,
            process_version=stored.process_version,
            at=received.at,
        )
        state = state.evolve(amount=stored.amount)
        if stored.action is Action.SEND:
            outcome = begin_round(state, decision, Round(steps=stored.steps, values=stored.values), received.at)
        else:
            # Only the API stores one, for an admin; whether they still are one does not change what they did.
            outcome = resolve_approvers(state, decision, stored.steps, received.at, is_admin=True)
        await self._commit(decision, received, outcome)

    async def _commit(self, decision: Decision, received: _Received, outcome: Accepted | Refusal) -> None:
        """Write an outcome to the CRM; only what the CRM has committed becomes the run's state.

        Raises:
            _OutOfStepError: the CRM has other transitions than the state.
        """
        at = received.at
        if isinstance(outcome, Refusal):
            await self._record_refusal(
                WriteRefusal(
                    request_id=self._request_id,
                    command_id=decision.command_id,
                    action=decision.action,
                    actor=decision.actor,
                    at=at,
                    step=decision.step,
                    round=self._state.round if self._state else 0,
                    note=decision.note,
                    end=decision.end,
                    refusal=outcome,
                )
            )
            return
        write = Write.of(decision, at, outcome)
        written = await self._activity("record_decision", write, result_type=Written)
        if written.outcome == "out_of_step":
            raise _OutOfStepError
        if written.outcome == "applied":
            self._state = outcome.state.evolve(deadline=written.deadline)
            self._upsert_search_attributes(self._state)

    async def _read_state(self) -> None:
        """Take the run's state from the CRM; it stays as it is if the CRM has none."""
        state = await self._activity("load_state", self._request_id, result_type=RunState)
        if state is not None:
            self._state = state
            self._upsert_search_attributes(state)

    async def _record_malformed(self, received: _Received, refusal: Refusal) -> None:
        """Record a message that could not even be read as a decision, with what can be made out of it."""
        said = received.arguments[0] if received.arguments and isinstance(received.arguments[0], dict) else {}
        known = received.name in contracts.DECISION_SIGNALS
        await self._record_refusal(
            WriteRefusal(
                request_id=self._request_id,
                command_id=_uuid_in(said) or workflow.uuid4(),
                action=Action(received.name) if known else Action.UNKNOWN,
                actor=_username_in(said),
                at=received.at,
                round=self._state.round if self._state else 0,
                refusal=refusal,
            )
        )

    async def _record_refusal(self, entry: WriteRefusal) -> None:
        if self._is_known:
            if self._state is not None:
                known = {"number": self._state.number, "run_id": self._state.run_id, "sequence": self._state.sequence}
                entry = entry.model_copy(update=known)
            written = await self._activity("record_refusal", entry, result_type=Written)
            if written.outcome == "out_of_step":
                raise _OutOfStepError

    async def _activity(self, name: str, *arguments: Any, result_type: type[Result]) -> Result:
        """Run an activity within the workflow task; if that takes too long, as an ordinary one for as long as it takes.

        A local activity costs the engine one event instead of three, but holds the workflow task while it runs. During
        a long database outage an ordinary activity retries instead, where ops see it in the Temporal UI.

        Raises:
            FailureError: the database refuses the write for good.
        """
        try:
            result: Result = await workflow.execute_local_activity(
                name,
                args=arguments,
                result_type=result_type,
                # All tries together. With a limit for each try besides, one that runs into both may be tried again.
                schedule_to_close_timeout=LOCAL_LIMIT,
                retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=4),
            )
        except FailureError as error:  # a local activity's own error comes bare, its timeout within an ActivityError
            cause = error.cause if isinstance(error, ActivityError) else error
            if isinstance(cause, ApplicationError) and cause.non_retryable:
                raise
            result = await workflow.execute_activity(
                name,
                args=arguments,
                result_type=result_type,
                start_to_close_timeout=timedelta(seconds=15),
                retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=5)),
                summary=f"{self._state.number if self._state else 'first send'}: waiting for the CRM database",
            )
        return result

    def _upsert_search_attributes(self, state: RunState) -> None:
        """Keep what ops search by; an unchanged value costs no event."""
        step = state.open_step
        wanted: list[SearchAttributeUpdate[Any]] = [
            contracts.REQUEST_NUMBER.value_set(state.number),
            contracts.OWNER.value_set(state.owner.username),
            contracts.PROCESS_STATUS.value_set(state.process_status),
            contracts.APPROVAL_STEP.value_set(step.plan.key) if step else contracts.APPROVAL_STEP.value_unset(),
            contracts.APPROVERS.value_set(contracts.searchable_approvers(step.waiting_on))
            if step
            else contracts.APPROVERS.value_unset(),
        ]
        current = workflow.info().typed_search_attributes
        changed = [update for update in wanted if current.get(update.key) != update.value]
        if changed:
            workflow.upsert_search_attributes(changed)


def _only_argument(received: _Received) -> Any:
    if received.arguments is None or len(received.arguments) != 1 or not isinstance(received.arguments[0], dict):
        raise refuse(Code.INVALID, FieldError(pointer="", message="one_json_object"))
    return received.arguments[0]


def _uuid_in(said: dict[Any, Any]) -> UUID | None:
    try:
        return UUID(str(said.get("command_id")))
    except ValueError:
        return None


def _username_in(said: dict[Any, Any]) -> str:
    actor = said.get("actor")
    return actor if isinstance(actor, str) and actor.isprintable() and 0 < len(actor) <= 100 else ""
