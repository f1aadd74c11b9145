"""From a request that is sent to a message on a phone, by the worker's workflows; and what ops see of what is stuck."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from pydantic import SecretStr
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from application.waking import wake
from crm.pool import Pool
from embedded.temporal import TemporalServer
from settings import Settings
from tests.api.setting import sent
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.notices.push_service import SUBJECT, PushService, push_service, sender_to
from tests.notices.receiver import status
from workflows.notice_contract import NOTICES_TYPE, PUSH, notices_queue


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: TemporalServer) -> Settings:
    """People are told on their devices at any hour."""
    return Settings(
        database_url=database_url,
        demo_mode=True,
        vapid_private_key=SecretStr("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
        vapid_subject=SUBJECT,
        mail_quiet_hours=False,
        turn_seconds=0,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: pytest.MonkeyPatch
) -> AsyncIterator[PushService]:
    """A push service whose name and certificate the worker's calls find good."""
    async with push_service(tmp_path_factory.mktemp("push")) as service:
        monkeypatch_module.setattr("worker.Sender", lambda _guard: sender_to(service.certificate))
        yield service


@pytest_asyncio.fixture(loop_scope="session")
async def telling(
    service: PushService, temporal_client: Client, running_worker: None, task_queue: str
) -> AsyncIterator[None]:
    """The workflow that tells on what happens, as the worker starts it."""
    handle = await temporal_client.start_workflow(
        NOTICES_TYPE, id=f"notices-{uuid4().hex[:8]}", task_queue=notices_queue()
    )
    yield
    await handle.terminate()
    push = temporal_client.get_workflow_handle(PUSH.workflow_id)
    if (await push.describe()).status is WorkflowExecutionStatus.RUNNING:
        await push.terminate()


async def test_a_request_that_is_sent_is_on_its_managers_phone_though_the_push_service_was_away(
    telling: None, service: PushService, sign_in: SignIn, temporal_client: Client, pool: Pool
) -> None:
    phone = service.subscribe()
    await phone.told(pool, "manager1")
    service.receiver.respond = status(503, "overloaded")
    request = await sent(await sign_in("sales1"))
    handle = temporal_client.get_workflow_handle(PUSH.workflow_id)

    async def waits() -> bool:
        try:
            metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        except RPCError:  # it is yet to be started
            return False
        return "takes nothing since" in str(metadata.current_details)

    await eventually(waits)
    service.receiver.respond = status(201)

    async def came() -> bool:
        """However slow all this is: what a 503 that was under way has put off is due again, without its time passing."""
        if await pool.fetchval("SELECT told_at FROM push_devices") is not None:
            return True
        if await pool.fetchval("UPDATE pushes SET next_try_at = now() WHERE next_try_at > now() RETURNING true"):
            await wake(temporal_client, PUSH)
        return False

    await eventually(came)
    message = service.came_to(phone)[-1]
    assert (message["title"], message["tag"]) == ("Cần bạn xử lý", f"request-{request['id']}")
    assert request["number"] in message["body"]

    async def ended() -> bool:
        return (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED

    await eventually(ended)
    assert await pool.fetchval("SELECT count(*) FROM pushes") == 0
