"""A worker is well when the engine knows it as one that asks for work, and not because its process lives."""

from __future__ import annotations

from pathlib import Path

import httpx
from temporalio.client import Client

from crm.pool import Pool
from embedded.processes import free_port
from embedded.temporal import TemporalServer
from settings import Settings
from tests.eventually import eventually
from worker import Work, queue_of, workers
from worker_health import WorkerHealth
from workflows.data_converter import DATA_CONVERTER


async def test_what_a_worker_has_not_got_yet_is_missing(
    pool: Pool, temporal_client: Client, settings: Settings, task_queue: str
) -> None:
    health = WorkerHealth([queue_of(kind) for kind in Work])
    assert await health.missing() == ["database", "engine"]
    health.pool, health.client = pool, temporal_client
    assert await health.missing() == [task_queue, f"{task_queue}-notices"]
    async with workers(temporal_client, pool, settings, kinds=[Work.RUNS]):

        async def only_notices_are_missing() -> bool:
            return await health.missing() == [f"{task_queue}-notices"]

        await eventually(only_notices_are_missing)


async def test_a_worker_whose_engine_went_away_says_so_over_http(
    pool: Pool, settings: Settings, task_queue: str, tmp_path: Path
) -> None:
    engine = TemporalServer(tmp_path / "temporal.db")
    engine.start()
    address = f"127.0.0.1:{free_port()}"
    try:
        client = await Client.connect(engine.address, data_converter=DATA_CONVERTER)
        health = WorkerHealth([queue_of(Work.RUNS)])
        health.pool, health.client = pool, client
        async with (
            workers(client, pool, settings, kinds=[Work.RUNS]),
            health.served(address),
            httpx.AsyncClient(base_url=f"http://{address}") as http,
        ):

            async def is_well() -> bool:
                return (await http.get("/readyz")).status_code == 200

            await eventually(is_well)
            engine.stop()
            answer = await http.get("/readyz")
            assert (answer.status_code, answer.json()) == (503, {"status": "not_ready", "missing": ["engine"]})
            engine.start()
            await eventually(is_well, 60)
    finally:
        engine.stop()
