"""The workflow commands today what it commanded when the histories were recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from crm.pool import Pool
from embedded.temporal import TemporalServer
from settings import Settings
from tests.replay.fingerprint import FINGERPRINTS, fingerprint, sections
from tests.replay.scenarios import DYNAMIC_CONFIGURATION, SCENARIOS, recording_desk
from tests.workflows.desk import Desk

WHAT_TO_DO = """
The workflow's commands are not those of tests/replay/fingerprints.txt: runs that are on their way would break.
  1. Put the change behind workflow.patched("some-name"), so that tests/replay/test_replay.py passes.
  2. Keep the histories that were recorded before: git mv them to tests/replay/histories/before-some-name/.
  3. Record the new ones: python -m tests.replay.record. Read the difference in fingerprints.txt before you commit it.
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def recording(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, pool: Pool, task_queue: str
) -> AsyncIterator[Desk]:
    """The recorder's desk, on the engine that the recorder uses."""
    server = TemporalServer(
        tmp_path_factory.mktemp("recording") / "temporal.db", dynamic_configuration=DYNAMIC_CONFIGURATION
    )
    server.start()
    client = await Client.connect(server.address, data_converter=pydantic_data_converter)
    async with recording_desk(
        client, Settings(database_url=database_url, demo_mode=True, turn_seconds=0), pool
    ) as desk:
        yield desk
    server.stop()


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_workflow_commands_what_it_commanded_when_it_was_recorded(recording: Desk, name: str) -> None:
    history = await (await SCENARIOS[name](recording)).fetch_history()
    expected = sections(FINGERPRINTS.read_text(encoding="utf-8"))
    assert fingerprint(history) == expected[name], WHAT_TO_DO
