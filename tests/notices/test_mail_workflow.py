"""From a request that is sent to a mail that has come, by the worker's workflows; and what ops see of what is stuck."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from crm.pool import Pool
from embedded.processes import free_port
from embedded.temporal import TemporalServer
from notices.smtp import Tls
from settings import Settings
from tests.api.setting import sent
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.notices.post_office import open_post_office
from workflows.notice_contract import MAIL, NOTICES_TYPE, notices_queue

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: TemporalServer) -> Settings:
    """With a mail server."""
    return Settings(
        database_url=database_url,
        demo_mode=True,
        smtp_host="127.0.0.1",
        smtp_port=free_port(),
        smtp_tls=Tls.NONE,
        mail_from="mua-hang@demo.example",
        mail_gather_seconds=0,
        mail_quiet_hours=False,
    )


@pytest_asyncio.fixture(loop_scope="session")
async def telling(temporal_client: Client, running_worker: None, task_queue: str) -> AsyncIterator[None]:
    """The workflow that tells on what happens, as the worker starts it."""
    handle = await temporal_client.start_workflow(
        NOTICES_TYPE, id=f"notices-{uuid4().hex[:8]}", task_queue=notices_queue()
    )
    yield
    await handle.terminate()
    mail = temporal_client.get_workflow_handle(MAIL.workflow_id)
    if (await mail.describe()).status is WorkflowExecutionStatus.RUNNING:
        await mail.terminate()


async def test_a_request_that_is_sent_is_a_mail_though_the_server_was_away(
    telling: None, sign_in: SignIn, settings: Settings, temporal_client: Client, pool: Pool
) -> None:
    request = await sent(await sign_in("sales1"))
    handle = temporal_client.get_workflow_handle(MAIL.workflow_id)

    async def waits() -> bool:
        try:
            metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        except RPCError:  # it is yet to be started
            return False
        return "The mail server takes no mail" in str(metadata.current_details)

    await eventually(waits)
    async with open_post_office(settings.smtp_port) as office:
        await sent(await sign_in("sales2"))  # wakes the workflow before its half minute is over

        async def came() -> bool:
            return len(office.to("manager1")) > 0

        await eventually(came)
        assert request["number"] in "".join(mail.part("plain") for mail in office.mails)

        async def ended() -> bool:
            return (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED

        await eventually(ended)
    ids = [mail.message["Message-ID"] for mail in office.mails]
    assert len(ids) == len(set(ids))
    assert await pool.fetchval("SELECT count(*) FROM mails WHERE state <> 'sent'") == 0
