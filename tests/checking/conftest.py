"""An engine of each module's own, since what other tests run is none of its CRM's requests; and nothing left differing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from temporalio.client import Client

from application.delivery.engine import Engine
from application.reconciling import Reconciler
from application.signatures import SignalKeys
from crm.pool import Pool
from embedded.processes import free_port
from embedded.temporal import TemporalServer
from settings import Settings
from tests.checking.looking import found


@pytest.fixture(scope="module")
def temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    server = TemporalServer(tmp_path_factory.mktemp("check") / "temporal.db", port=free_port())
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPORAL_ADDRESS", server.address)
        yield server
    server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def engine(temporal_client: Client) -> Engine:
    return Engine(temporal_client, SignalKeys())


@pytest.fixture
def reconciler(pool: Pool, engine: Engine, settings: Settings) -> Reconciler:
    """One that does not rest."""
    return Reconciler(pool, engine, settings.time_zone, share=1)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def clean_before_and_after(pool: Pool, engine: Engine) -> AsyncIterator[None]:
    """Nothing differs before a test, and after it, when whatever was found has been mended."""
    assert await found(pool, engine) == []
    yield
    assert await found(pool, engine) == []
