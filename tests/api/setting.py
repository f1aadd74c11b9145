"""What tests of the API set up again and again: processes, sources, and requests on their way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from temporalio.client import Client

from crm.pool import create_pool
from settings import Settings
from tests.clients import LINE, ApiClient
from worker import workers

SMALL = [{**LINE, "quantity": "2"}]
"""Goods under the director's threshold of the demo process: the manager alone approves them."""

TEN_MILLION = [{**LINE, "quantity": "1", "unit_price": "10000000"}]
"""Goods far under it, until somebody changes their quantity."""

DIRECTOR_ONLY = [{"key": "director", "name": "Director", "approvers": [{"user": "director1"}]}]


async def draft(admin: ApiClient, key: str, steps: list[dict[str, Any]], **more: Any) -> None:
    """Save the draft of a process with these steps."""
    document = {"schema_version": 1, "key": key, "name": key, "steps": steps, **more}
    answer = await admin.call("PUT", f"/processes/{key}/draft", document)
    assert answer.status_code == 200, answer.text


async def publish(admin: ApiClient, key: str, steps: list[dict[str, Any]], **more: Any) -> int:
    """Publish a process with these steps; its version."""
    await draft(admin, key, steps, **more)
    answer = await admin.call("POST", f"/processes/{key}/publish")
    assert answer.status_code == 200, answer.text
    version: int = answer.json()["version"]
    return version


async def connect(admin: ApiClient, key: str) -> None:
    """Connect the CRM to a process."""
    answer = await admin.call("PUT", "/connection", {"process_key": key})
    assert answer.status_code == 200, answer.text


async def sent(owner: ApiClient, **changes: Any) -> Any:
    """A request that was saved and sent."""
    request = await owner.create(send={}, **changes)
    assert request["process_status"] == "in_progress", request
    return request


async def completed(owner: ApiClient, approver: ApiClient, **changes: Any) -> Any:
    """A small request that the owner's manager approved."""
    request = await sent(owner, **{"lines": SMALL, **changes})
    return await approver.done(request["id"], "approve", {"step": "manager"})


async def lifted(owner: ApiClient, manager: ApiClient) -> Any:
    """A request of ten million that its manager approved as one of a billion, so that the director decides too."""
    request = await sent(owner, lines=TEN_MILLION)
    changes = {"lines": [{"id": request["lines"][0]["id"], "quantity": "100"}]}
    return await manager.done(request["id"], "approve", {"step": "manager", "changes": changes})


@asynccontextmanager
async def working(temporal_client: Client, settings: Settings) -> AsyncIterator[None]:
    """A worker, while the block runs."""
    pool = await create_pool(settings.database_url, settings.database_pool_size)
    async with workers(temporal_client, pool, settings):
        yield
    await pool.close()
