"""What a check finds, and where requests and runs stand before and after it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from application.checking.check import Check
from application.checking.findings import Finding, Kind
from application.delivery.engine import Engine
from crm.pool import Pool
from tests.api.backup import Backup
from workflows.contracts import workflow_id

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
