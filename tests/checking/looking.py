"""What a check finds, and where requests and runs stand before and after it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from application.checking.check import Check
from application.checking.findings import Finding, Kind
from application.delivery.engine import Engine
from application.reconciling import Reconciler
from crm.pool import Pool
from tests.api.backup import Backup
from tests.eventually import eventually
from workflows.contracts import workflow_id
from workflows.reconciliation_contract import Reconciled

YEAR = datetime.now(UTC).year


async def found(pool: Pool, engine: Engine, margin: int | None = None) -> list[Finding]:
    """What a check finds."""
    return [finding async for finding in Check(pool, engine, year=YEAR).everything(margin=margin)]


async def kinds(pool: Pool, engine: Engine) -> dict[str, list[Kind]]:
    """What a check finds, by the number of the request."""
    by_number: dict[str, list[Kind]] = {}
    for finding in await found(pool, engine):
        by_number.setdefault(finding.number, []).append(finding.kind)
    return by_number


def run_of(client: Client, request: dict[str, Any]) -> WorkflowHandle[Any, Any]:
    return client.get_workflow_handle(workflow_id(UUID(request["id"])))


async def status_of(client: Client, request: dict[str, Any]) -> WorkflowExecutionStatus | None:
    return (await run_of(client, request).describe()).status


async def forget(pool: Pool, request: dict[str, Any]) -> None:
    """Have the CRM know nothing of a request."""
    await Backup.of_nothing(pool, request).restore()


async def reconcile(reconciler: Reconciler, pass_id: UUID | None = None) -> Reconciled:
    """Make one pass."""
    return await reconciler.reconcile(pass_id or uuid4(), lambda: None)


async def lose(client: Client, request: dict[str, Any]) -> None:
    """The engine forgets a run, its history and that it was there; as a lost store does."""
    handle = run_of(client, request)
    await handle.terminate("lost")

    async def is_listed_as_over() -> bool:
        query = f"WorkflowId = '{handle.id}' AND ExecutionStatus = 'Running'"
        return not [run async for run in client.list_workflows(query)]

    await eventually(is_listed_as_over)  # what is lost is not listed either
