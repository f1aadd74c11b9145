"""Has what happened told on, and what is due on a way out delivered: the workflow that does it is started if it is not there."""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from workflows import contracts
from workflows.notice_contract import (
    DELIVERY_TYPE,
    DUE_SIGNAL,
    NOTICES_ID,
    NOTICES_TYPE,
    NoticeWay,
    notices_queue,
)


async def see_to_telling(client: Client, *, patience: timedelta | None = None) -> bool:
    """See that the workflow is there that tells on what happens.

    Args:
        client: of the engine.
        patience: how long the engine may take.

    Returns:
        Whether it was not, and is started now.

    Raises:
        temporalio.service.RPCError: the engine is away.
    """
    try:
        await client.start_workflow(
            NOTICES_TYPE,
            id=NOTICES_ID,
            task_queue=notices_queue(),
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            task_timeout=contracts.WORKFLOW_TASK_TIMEOUT,
            rpc_timeout=patience,
        )
    except WorkflowAlreadyStartedError:
        return False
    return True


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
