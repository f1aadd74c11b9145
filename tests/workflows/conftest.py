"""Fixtures of the workflow's tests."""

from __future__ import annotations

import pytest
from temporalio.client import Client

from crm.pool import Pool
from tests.workflows.desk import Desk


@pytest.fixture(scope="module")
def desk(pool: Pool, temporal_client: Client, task_queue: str) -> Desk:
    """A desk without a worker; take ``running_worker`` besides, or ``working`` where a test stops it."""
    return Desk(pool, temporal_client)
