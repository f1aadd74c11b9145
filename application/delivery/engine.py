"""The API's hold on Temporal: starting runs and sending them signals. Everything else is read from the CRM."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from approval.routing import StepPlan
from crm.requests import RequestRecord
from workflows import contracts
from workflows.contracts import RunInput
from workflows.ops import summary

log = structlog.get_logger(__name__)

CALL_SECONDS: Final = timedelta(seconds=3)
"""How long one call to the engine may take."""


class EngineUnavailableError(Exception):
    """The engine did not answer; whether it took the message is unknown, and sending it again is safe."""


class RunGoneError(Exception):
    """The workflow has ended, or was never there."""


class Engine:
    """Talks to one Temporal namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def start_run(
        self, request: RequestRecord, *, command_id: UUID, steps: tuple[StepPlan, ...], again: bool = False
    ) -> bool:
        """Start the run of a request. Starting it while it runs changes nothing.

        A run that failed or was terminated before it wrote anything, such as one that somebody started by hand, does
        not stand in the way.

        Args:
            request: as it is sent.
            command_id: of the stored send.
            steps: that the send goes through.
            again: whether one that has ended in order does not either: the CRM knows that it has not.

        Returns:
            Whether it is new; if not, a workflow with the request's id runs or has ended in order.

        Raises:
            EngineUnavailableError: see there.
        """
        first = next(step for step in steps if not step.skipped)
        try:
            await self._client.start_workflow(
                contracts.WORKFLOW_TYPE,
                RunInput(request_id=request.id, command_id=command_id),
                id=contracts.workflow_id(request.id),
                task_queue=contracts.TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE
                if again
                else WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                task_timeout=contracts.WORKFLOW_TASK_TIMEOUT,
                static_summary=summary(request.number, request.amount, request.owner.name),
                search_attributes=TypedSearchAttributes(
                    [
                        SearchAttributePair(contracts.REQUEST_NUMBER, request.number),
                        SearchAttributePair(contracts.OWNER, request.owner.username),
                        SearchAttributePair(contracts.PROCESS_STATUS, "in_progress"),
                        SearchAttributePair(contracts.APPROVAL_STEP, first.key),
                        SearchAttributePair(contracts.APPROVERS, contracts.searchable_approvers(first.approvers)),
                    ]
                ),
                rpc_timeout=CALL_SECONDS,
            )
        except WorkflowAlreadyStartedError:
            return False
        except (RPCError, RuntimeError) as error:  # RuntimeError: it could not be connected to, not even once
            raise EngineUnavailableError(str(error)) from error
        return True

    async def signal(self, request_id: UUID, name: str, message: Mapping[str, Any]) -> None:
        """Send a run a signal; when this returns, the engine has it on disk.

        Raises:
            EngineUnavailableError, RunGoneError: see there.
        """
        handle = self._client.get_workflow_handle(contracts.workflow_id(request_id))
        try:
            await handle.signal(name, message, rpc_timeout=CALL_SECONDS)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise RunGoneError from error
            raise EngineUnavailableError(str(error)) from error
        except RuntimeError as error:
            raise EngineUnavailableError(str(error)) from error

    async def is_ready(self) -> bool:
        """Whether the engine answers."""
        try:
            return await self._client.service_client.check_health(timeout=timedelta(seconds=2))
        except (RPCError, RuntimeError):
            return False
