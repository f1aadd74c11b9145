"""The durable run of one purchase request: an inbox, a timer, one activity, and a fresh history now and then.

The CRM database holds a request's state; a run holds what must still happen to it: which messages wait and in which order,
and when its clock rings. Signals are appended to the inbox in the order in which the engine recorded them; ``run`` takes
them one by one and has the activity ``apply`` decide on each and commit what follows. Nothing here knows a rule, so that
rules may change on any day. A signal handler never raises: an exception there would wedge or fail the run.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy, SearchAttributeUpdate
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    import trace_context
    from workflows import contracts
    from workflows.contracts import Message, RunActivities, RunInput, View
    from workflows.data_converter import UnreadableError

LOCAL_LIMIT = timedelta(seconds=3)
"""How long a message may take within the workflow task before it is given to an ordinary activity."""
HISTORY_LIMIT = 1000
"""Events after which the run goes on in a fresh history, so that its cost does not grow with its age."""
RING_AGAIN = timedelta(minutes=1)
"""After which the clock rings again if what was due is still to be done."""


@workflow.defn(name=contracts.WORKFLOW_TYPE)
class PurchaseRequest:
    """One run: from the first send to completed, rejected or cancelled."""

    def __new__(cls, *inputs: object) -> Self:
        """Fail a run that was started with no input or several: the SDK would try it again for as long as it is there.

        Raises:
            ApplicationError: always then.
        """
        if len(inputs) != 1:
            raise _unreadable_start()
        return super().__new__(cls)

    @workflow.init
    def __init__(self, start: RawValue) -> None:
        self._request_id: UUID | None = None
        self._unreadable: UnreadableError | None = None
        try:
            self._request_id = workflow.payload_converter().from_payload(start.payload, RunInput).request_id
        except UnreadableError as error:
            self._unreadable = error
        except Exception:  # whatever somebody who starts it by hand gives it
            self._request_id = None  # ``run`` says so
        self._inbox: deque[Message] = deque()
        self._view: View | None = None
        self._lines: tuple[str, ...] = ()

    @workflow.run
    async def run(self, start: RawValue) -> str:
        """Work until the run has ended.

        A cancellation by the engine's own means (the button in the Temporal UI) is put into the inbox and refused
        there: it has no actor and no note, and would leave the CRM behind. The signal ``cancel`` is the way.

        Returns:
            The run status it ended with.

        Raises:
            ApplicationError: there is nothing to run: it has another workflow id than its request's, the CRM has no such
                request, or no send of it that holds. It can be started again when there is one. Or it cannot be read
                what there is to run.
            UnreadableError: a key is missing. The task is tried again until it is there, and the run is not lost.
        """
        if self._unreadable is not None:
            raise self._unreadable
        if self._request_id is None:
            raise _unreadable_start()
        if workflow.info().workflow_id != contracts.workflow_id(self._request_id):
            raise ApplicationError("this is not the workflow id of the request", non_retryable=True)
        work = asyncio.create_task(self._work(start))
        while True:
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                if work.done():  # the worker takes the run out of its memory, and has cancelled everything
                    raise
                self._take(contracts.ENGINE_CANCELLATION)

    async def _work(self, start: RawValue) -> str:
        """Take messages from the inbox, one by one, in the order in which the engine recorded them."""
        if not self._inbox:
            self._take(contracts.LOOK)
        while self._inbox or self._view is None or self._view.in_progress:
            await self._until_there_is_a_message()
            with trace_context.within(self._inbox[0].trace):
                view = await self._apply(self._named(self._inbox[0]))
            self._inbox.popleft()
            if view is not None:
                self._show(view)
            elif self._view is not None:  # a clock that cannot be worked on rings again later, and not at once
                self._view = self._due_later(self._view)
            if self._view is None or self._view.status in (contracts.UNKNOWN, contracts.NOT_SENT):
                if self._inbox:
                    continue
                raise ApplicationError("the CRM has no such request, or no send of it that holds", non_retryable=True)
            if not self._inbox and self._view.in_progress and self._history_is_long():
                workflow.continue_as_new(start)
        return self._view.status

    @workflow.signal(dynamic=True)
    async def on_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """Every signal, known or not, decodable or not: a typed handler would drop or choke on what it cannot read."""
        problem = "one_json_object"
        try:
            body = workflow.payload_converter().from_payload(args[0].payload) if len(args) == 1 else None
        except UnreadableError:  # whoever can send signals must not be able to keep a run waiting for a key
            body, problem = None, "payload_key_missing"
        except Exception:  # whatever a payload may do to its decoder
            body = None
        if not isinstance(body, dict):
            self._take(name, problem=problem)
        elif contracts.is_too_large(args[0].payload.data, body):
            self._take(name, contracts.names_in(body), problem="message_too_large")
        else:
            self._take(name, body)

    @workflow.query(name=contracts.STATE_QUERY)
    def state(self) -> dict[str, Any] | None:
        """The run as ``run`` in api.md; null before the first send has been worked on."""
        if self._view is None or self._view.run is None:
            return None
        return {**self._view.run, "lines": [{"id": line, "quantity_received": "0"} for line in self._lines]}

    def _take(self, name: str, body: Any = None, problem: str | None = None) -> None:
        if self._request_id is None:
            return  # nobody can tell on whose timeline it belongs, and the run fails
        self._inbox.append(
            Message(
                id=workflow.uuid4(),
                request_id=self._request_id,
                name=name,
                body=body,
                problem=problem,
                received_at=workflow.now(),
                trace=trace_context.traceparent(),
            )
        )

    def _named(self, message: Message) -> Message:
        """A message that the log can say of which case it is, also while the CRM cannot be read."""
        if self._view is None or self._view.run is None:
            return message.model_copy(update={"first": True})
        return message.model_copy(update={"number": self._view.number, "run_id": self._view.run["id"]})

    async def _until_there_is_a_message(self) -> None:
        """Wait for a signal, or for the clock. A signal that arrives together with the clock comes first."""
        due = self._view.next_due if self._view is not None else None
        if self._inbox or due is None:
            await workflow.wait_condition(lambda: bool(self._inbox))
            return
        try:
            await workflow.wait_condition(
                lambda: bool(self._inbox), timeout=max(due - workflow.now(), timedelta()), timeout_summary="deadline"
            )
        except TimeoutError:
            self._take(contracts.CLOCK)

    async def _apply(self, message: Message) -> View | None:
        """Have a message decided and committed; whatever it carries, the run outlives it.

        A local activity costs the engine one event instead of three, but holds the workflow task while it runs. During
        a long database outage an ordinary activity retries instead, where ops see it in the Temporal UI.

        Returns:
            What the CRM has now; None when the database refused even the message's refusal for good.
        """
        try:
            return await workflow.execute_local_activity_method(
                RunActivities.apply,
                message,
                # All tries together. With a limit for each try besides, one that runs into both may be tried again.
                schedule_to_close_timeout=LOCAL_LIMIT,
                retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=4),
            )
        except FailureError as error:  # a local activity's own error comes bare, its timeout within an ActivityError
            cause = error.cause if isinstance(error, ActivityError) else error
            if isinstance(cause, ApplicationError) and cause.non_retryable:
                workflow.logger.error("a message could not be written to the CRM and changes nothing")
                return None
        try:
            return await workflow.execute_activity_method(
                RunActivities.apply,
                message,
                start_to_close_timeout=timedelta(seconds=15),
                retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=5)),
                summary=f"{self._view.number if self._view else 'first send'}: waiting for the CRM database",
            )
        except FailureError:
            workflow.logger.exception("a message could not be written to the CRM and changes nothing")
            return None

    def _show(self, view: View) -> None:
        """Keep what the CRM has now, and what ops read and search by; an unchanged search attribute costs no event."""
        self._view = view = self._due_later(view)
        if view.line_ids is not None:
            self._lines = tuple(str(line) for line in view.line_ids)
        if not view.number:
            return
        workflow.set_current_details(view.details)
        wanted: list[SearchAttributeUpdate[Any]] = [
            contracts.REQUEST_NUMBER.value_set(view.number),
            contracts.OWNER.value_set(view.owner) if view.names_people else contracts.OWNER.value_unset(),
            contracts.PROCESS_STATUS.value_set(view.process_status),
            contracts.APPROVAL_STEP.value_set(view.step) if view.step else contracts.APPROVAL_STEP.value_unset(),
            contracts.APPROVERS.value_set(list(view.approvers))
            if view.step and view.names_people
            else contracts.APPROVERS.value_unset(),
        ]
        current = workflow.info().typed_search_attributes
        changed = [update for update in wanted if current.get(update.key) != update.value]
        if changed:
            workflow.upsert_search_attributes(changed)
        if not view.names_people and workflow.memo_value(contracts.OWNER_MEMO, "") != view.owner:
            workflow.upsert_memo({contracts.OWNER_MEMO: view.owner})

    def _due_later(self, view: View) -> View:
        """What the CRM has now, the clock put off if it should have rung already."""
        if view.next_due is None or view.next_due > workflow.now():
            return view
        return view.model_copy(update={"next_due": workflow.now() + RING_AGAIN})

    def _history_is_long(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() > HISTORY_LIMIT


def _unreadable_start() -> ApplicationError:
    return ApplicationError('start it with one JSON object, {"request_id": UUID}', non_retryable=True)
