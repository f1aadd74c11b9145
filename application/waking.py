"""Has what is due on a way out delivered: the workflow of that way is told, and started if it is not there."""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy

from workflows import contracts
from workflows.notice_contract import DELIVERY_TYPE, DUE_SIGNAL, NoticeWay, notices_queue


async def wake(client: Client, way: NoticeWay, *, patience: timedelta | None = None) -> None:
    """Tell the workflow of a way that something is due.

    Args:
        client: of the engine.
        way: which.
        patience: how long the engine may take.

    Raises:
        temporalio.service.RPCError: the engine is away.
    """
    await client.start_workflow(
        DELIVERY_TYPE,
        way,
        id=way.workflow_id,
        task_queue=notices_queue(),
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        task_timeout=contracts.WORKFLOW_TASK_TIMEOUT,
        start_signal=DUE_SIGNAL,
        rpc_timeout=patience,
    )
