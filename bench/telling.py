"""Switches telling on and off, for what it costs those who decide."""

from __future__ import annotations

from contextlib import suppress

from temporalio.client import Client
from temporalio.service import RPCError

from workflows.notice_contract import NOTICES_ID, NOTICES_TYPE, notices_queue


async def hush(temporal: Client) -> None:
    """Keep the workflow that tells from running: another one, which does nothing, has its id."""
    with suppress(RPCError):
        await temporal.get_workflow_handle(NOTICES_ID).terminate()
    await temporal.start_workflow("Nothing", id=NOTICES_ID, task_queue="nobody")


async def tell(temporal: Client) -> None:
    """Have it run."""
    with suppress(RPCError):
        await temporal.get_workflow_handle(NOTICES_ID).terminate()
    await temporal.start_workflow(NOTICES_TYPE, id=NOTICES_ID, task_queue=notices_queue())
