"""The API's hold on Temporal: giving messages to runs, starting those that are not there. All else is read from the CRM."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from pydantic_core import to_json
from temporalio.api.common.v1 import Header, Payload, Payloads
from temporalio.api.common.v1 import WorkflowExecution as ExecutionName
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, SignalWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.service import RetryConfig, RPCError, RPCStatusCode
from uuid_utils.compat import uuid7

from application.ops import summary
from application.signatures import SignalKeys
from application.waking import see_to_telling, wake
from approval.model import Action, Frozen, ProcessStatus
from approval.routing import StepPlan
from crm.records import RequestRecord
from trace_context import NOBODY, Tracer, traceparent
from workflows import contracts
from workflows.contracts import RunInput, Searchable
from workflows.data_converter import UnreadableError
from workflows.notice_contract import NoticeWay

log = structlog.get_logger(__name__)

TRY_SECONDS: Final = timedelta(seconds=3)
"""How long one try of a call to the engine may take."""
LIST_SECONDS: Final = timedelta(seconds=20)
RUNS_AT_ONCE: Final = 500
"""Runs that are listed in one call."""
RETRY: Final = RetryConfig(max_elapsed_time_millis=3000)
"""How long all tries of a call may take; the SDK's own is 10 s, while a person waits."""

AWAY: Final = frozenset(
    {
        RPCStatusCode.ABORTED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.UNKNOWN,
    }
)
"""What passes: that a call took too long is CANCELLED, too, and that it was cut off UNKNOWN. Any other status is an answer: the engine will
say the same of this message the next time."""


def names_people(client: Client) -> bool:
    """Whether runs can be searched by people: search attributes are all that the engine has to read, and is not encrypted."""
    return client.data_converter.payload_codec is None


class EngineUnavailableError(Exception):
    """The engine did not answer; whether it took the message is unknown, and sending it again is safe."""


class EngineRefusedError(Exception):
    """The engine refuses this message, and will until somebody mends what it says: a search attribute is missing, say."""


class RunGoneError(Exception):
    """The workflow has ended, or was never there."""


class EngineRun(Frozen):
    """A run as the engine has it."""

    request_id: UUID
    id: str
    """The engine's own id of it: a request may have had several, one after the other."""
    status: WorkflowExecutionStatus
    started_at: datetime
    at_rest: bool
    """Whether it is open and has worked on everything that it was given, so that it waits."""
    attempts: int = 0
    """How often what it works on has been tried."""
    number: str = ""
    owner: str = ""
    shows: Searchable = Searchable()
    """What it can be searched by."""
    owner_is_shown: bool = True
    """Whether it can be searched by its owner."""
    names_people: bool = True
    """Whether it should be searched by people."""

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.status is WorkflowExecutionStatus.RUNNING

    @property
    def has_run_its_course(self) -> bool:
        """Whether it came to its end: the CRM had ended the request."""
        return self.status is WorkflowExecutionStatus.COMPLETED


def _run(
    request_id: UUID, found: WorkflowExecution, *, at_rest: bool, names_people: bool, attempts: int = 0, owner: str = ""
) -> EngineRun:
    attributes = found.typed_search_attributes
    return EngineRun(
        request_id=request_id,
        id=found.run_id,
        status=found.status or WorkflowExecutionStatus.RUNNING,
        started_at=found.start_time,
        at_rest=at_rest,
        attempts=attempts,
        number=attributes.get(contracts.REQUEST_NUMBER, ""),
        owner=attributes.get(contracts.OWNER, owner),
        owner_is_shown=attributes.get(contracts.OWNER) is not None,
        names_people=names_people,
        shows=Searchable(
            process_status=attributes.get(contracts.PROCESS_STATUS, ""),
            step=attributes.get(contracts.APPROVAL_STEP),
            approvers=tuple(attributes.get(contracts.APPROVERS, ())),
        ),
    )


async def _owner_in_memo(found: WorkflowExecution) -> str:
    """The owner of a run that cannot be searched by people; empty: it says none, or nothing that can be read."""
    try:
        return str(await found.memo_value(contracts.OWNER_MEMO, ""))
    except UnreadableError as error:
        log.error("a run does not say whose it is", run=found.id, error=str(error))
        return ""


class Engine:
    """Talks to one Temporal namespace.

    Args:
        client: of the engine.
        keys: sign the decisions that runs are given.
        tracer: is told of signals; of starts the client itself tells.
    """

    def __init__(self, client: Client, keys: SignalKeys, tracer: Tracer = NOBODY) -> None:
        self._client = client
        self._keys = keys
        self.tracer = tracer
        self.names_people = names_people(client)
        """See ``names_people``."""

    async def start_run(
        self, request: RequestRecord, name: str, message: Mapping[str, Any], *, opens: Sequence[StepPlan] = ()
    ) -> None:
        """Start the run of a request with its first message; one that runs already is given the message all the same.

        The CRM has the request's state, so that an earlier workflow of the request, however it ended, is no hindrance:
        the new one looks at the CRM and goes on from there.

        Args:
            request: as the CRM has it.
            name: the signal's name.
            message: the signal's one JSON object.
            opens: the steps that a first send opens, so that the run need not say so when it has.

        Raises:
            EngineUnavailableError, EngineRefusedError: see there.
        """
        attributes: list[SearchAttributePair[Any]] = [SearchAttributePair(contracts.REQUEST_NUMBER, request.number)]
        if self.names_people:
            attributes.append(SearchAttributePair(contracts.OWNER, request.owner.username))
        if opens:
            asked = dict.fromkeys(person.username for step in opens for person in step.approvers)
            attributes += [
                SearchAttributePair(contracts.PROCESS_STATUS, str(ProcessStatus.IN_PROGRESS)),
                SearchAttributePair(contracts.APPROVAL_STEP, opens[0].key),
            ]
            if self.names_people:
                attributes.append(SearchAttributePair(contracts.APPROVERS, contracts.searchable_approvers(asked)))
        try:
            await self._client.start_workflow(
                contracts.WORKFLOW_TYPE,
                RunInput(request_id=request.id),
                id=contracts.workflow_id(request.id),
                task_queue=contracts.TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                start_signal=name,
                start_signal_args=[self._signed(request.id, name, message)],
                task_timeout=contracts.WORKFLOW_TASK_TIMEOUT,
                static_summary=summary(request.number, request.amount, request.owner.name),
                search_attributes=TypedSearchAttributes(attributes),
                memo=None if self.names_people else {contracts.OWNER_MEMO: request.owner.username},
                rpc_timeout=TRY_SECONDS,
            )
        except (RPCError, RuntimeError) as error:
            raise _failure(error) from error

    async def signal(self, request_id: UUID, name: str, message: Mapping[str, Any], *, signal_id: UUID) -> None:
        """Send a run a signal; when this returns, the engine has it on disk.

        Args:
            signal_id: by which the engine knows a signal that it has already; it says so, and nothing else, of a run
                that has been closed since.

        Raises:
            EngineUnavailableError, EngineRefusedError, RunGoneError: see there.
        """
        try:
            with self.tracer.span(f"SignalWorkflow:{name}") as span:
                span.note({"purchase_request.id": str(request_id)})
                await self._client.workflow_service.signal_workflow_execution(
                    SignalWorkflowExecutionRequest(
                        namespace=self._client.namespace,
                        workflow_execution=ExecutionName(workflow_id=contracts.workflow_id(request_id)),
                        signal_name=name,
                        input=Payloads(
                            payloads=await self._client.data_converter.encode([self._signed(request_id, name, message)])
                        ),
                        identity=self._client.identity,
                        request_id=str(signal_id),
                        header=_header(),
                    ),
                    retry=True,
                    timeout=TRY_SECONDS,
                )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise RunGoneError from error
            raise _failure(error) from error
        except RuntimeError as error:
            raise _failure(error) from error

    def _signed(self, request_id: UUID, name: str, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """A decision is signed whenever it is given to a run. What was stored in the CRM has no need of it."""
        return self._keys.signed(request_id, Action(name), message) if name in contracts.DECISION_SIGNALS else message

    async def find_run(self, request_id: UUID, engine_id: str | None = None) -> EngineRun | None:
        """The run of a request that is there now, or was last; None: there is none.

        Args:
            engine_id: of the run that is meant, if not the last.

        Raises:
            EngineUnavailableError, EngineRefusedError: see there.
        """
        handle = self._client.get_workflow_handle(contracts.workflow_id(request_id), run_id=engine_id)
        try:
            found = await handle.describe(rpc_timeout=TRY_SECONDS)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise _failure(error) from error
        except RuntimeError as error:
            raise _failure(error) from error
        raw = found.raw_description
        attempts = [activity.attempt for activity in raw.pending_activities]
        if raw.HasField("pending_workflow_task"):
            attempts.append(raw.pending_workflow_task.attempt)
        at_rest = found.status is WorkflowExecutionStatus.RUNNING and not attempts
        return _run(
            request_id,
            found,
            at_rest=at_rest,
            names_people=self.names_people,
            attempts=max(attempts, default=0),
            owner=await _owner_in_memo(found),
        )

    async def list_runs(self, *, open_only: bool = False) -> AsyncIterator[list[EngineRun]]:
        """Every run that the engine lists, open or closed, some hundreds at a time.

        Args:
            open_only: whether those that are closed are left out.

        What is listed is a moment old, or older: whether it is still so, ``find_run`` says.

        Raises:
            EngineUnavailableError, EngineRefusedError: see there.
        """
        query = f"WorkflowType = '{contracts.WORKFLOW_TYPE}'"
        found = self._client.list_workflows(
            f"{query} AND ExecutionStatus = 'Running'" if open_only else query,
            page_size=RUNS_AT_ONCE,
            rpc_timeout=LIST_SECONDS,
        )
        more = True
        while more:
            try:
                await found.fetch_next_page()
            except (RPCError, RuntimeError) as error:
                raise _failure(error) from error
            named = ((contracts.request_of(run.id), run) for run in found.current_page or ())
            yield [
                _run(request_id, run, at_rest=False, names_people=self.names_people)
                for request_id, run in named
                if request_id is not None
            ]
            more = found.next_page_token is not None

    async def have_look(self, request_id: UUID) -> None:
        """Have the run of a request look at the CRM, so that it shows what is so, or ends; one that has ended needs none.

        Raises:
            EngineUnavailableError, EngineRefusedError: see there.
        """
        with suppress(RunGoneError):
            await self.signal(request_id, contracts.LOOK, {}, signal_id=uuid7())

    async def deliver(self, way: NoticeWay) -> None:
        """Have what is due on a way out delivered.

        Raises:
            EngineUnavailableError, EngineRefusedError: see there.
        """
        try:
            await wake(self._client, way, patience=TRY_SECONDS)
        except (RPCError, RuntimeError) as error:
            raise _failure(error) from error

    async def see_to_telling(self) -> bool:
        """See that what happens is told on. Whether the workflow that does it was not there, and is started now.

        Raises:
            EngineUnavailableError, EngineRefusedError: see there.
        """
        try:
            return await see_to_telling(self._client, patience=TRY_SECONDS)
        except (RPCError, RuntimeError) as error:
            raise _failure(error) from error

    async def lacks(self) -> list[str]:
        """What an operator has to make in the engine before runs can be there: ``namespace``, or names of search attributes.

        Raises:
            EngineUnavailableError: see there.
        """
        request = ListSearchAttributesRequest(namespace=self._client.namespace)
        try:
            listed = await self._client.operator_service.list_search_attributes(request, timeout=TRY_SECONDS)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return ["namespace"]
            if error.status in AWAY:
                raise _failure(error) from error
            return []  # this engine does not say: a managed one, say
        except RuntimeError as error:
            raise _failure(error) from error
        return [name for name in contracts.SEARCH_ATTRIBUTES if name not in listed.custom_attributes]

    async def is_ready(self) -> bool:
        """Whether the engine's frontend answers, so that messages can be tried."""
        try:
            return await self._client.service_client.check_health(timeout=timedelta(seconds=2))
        except (RPCError, RuntimeError):
            return False

    async def missing(self) -> list[str]:
        """What a run needs of the engine and does not have now: ``frontend``, ``history``, ``matching``, ``worker``.

        The frontend answers for itself alone. Matching is asked for the pollers of the task queue, which are the workers,
        and history for a run that nobody has.
        """
        if not await self.is_ready():
            return ["frontend"]
        history, pollers = await asyncio.gather(self._history_answers(), self._pollers())
        found = [] if history else ["history"]
        if pollers is None:
            found.append("matching")
        elif not pollers:
            found.append("worker")
        return found

    async def _history_answers(self) -> bool:
        nobody = contracts.workflow_id(UUID(int=0))
        try:
            await self._client.get_workflow_handle(nobody).describe(rpc_timeout=_LOOK)
        except RPCError as error:
            return error.status is RPCStatusCode.NOT_FOUND
        return True

    async def _pollers(self) -> int | None:
        """How many workers wait for runs; None: nobody can tell."""
        queue = TaskQueue(name=contracts.TASK_QUEUE)
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=queue,
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        try:
            answer = await self._client.workflow_service.describe_task_queue(request, timeout=_LOOK)
        except RPCError:
            return None
        since = datetime.now(UTC) - _POLL
        return sum(poller.last_access_time.ToDatetime(UTC) > since for poller in answer.pollers)


_LOOK: Final = timedelta(seconds=2)
_POLL: Final = timedelta(seconds=90)
"""A worker asks for work again after a minute at most, and the engine remembers it for some minutes more."""


def _header() -> Header | None:
    """Where the signal stands in a trace, as the SDK's interceptor of the worker reads it; None: nobody traces it."""
    found = traceparent()
    if found is None:
        return None
    payload = Payload(metadata={"encoding": b"json/plain"}, data=to_json({"traceparent": found}))
    return Header(fields={"_tracer-data": payload})


def _failure(error: RPCError | RuntimeError) -> EngineUnavailableError | EngineRefusedError:
    """A RuntimeError is what the SDK raises when it could not connect, not even once."""
    if isinstance(error, RPCError) and error.status not in AWAY:
        return EngineRefusedError(str(error))
    return EngineUnavailableError(str(error))
