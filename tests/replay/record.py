"""Records every scenario's history and fingerprint again: ``python -m tests.replay.record``; or only those that are named, which
are new.

Before that, move what was recorded by the code that runs now into a folder of its own below ``histories``: runs that are
on their way have histories like those.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from crm.demo_data import load_demo_data
from crm.migrate import migrate
from crm.pool import create_pool
from embedded.postgres import PostgresServer
from embedded.temporal import TemporalServer
from settings import Settings
from tests.replay.fingerprint import FINGERPRINTS, HISTORIES, fingerprint, sections, written
from tests.replay.scenarios import DYNAMIC_CONFIGURATION, SCENARIOS, recording_desk


async def record(folder: Path, names: Sequence[str]) -> None:
    """Play scenarios on servers of our own, their data in ``folder``."""
    postgres = PostgresServer(folder / "postgres")
    temporal = TemporalServer(folder / "temporal.db", dynamic_configuration=DYNAMIC_CONFIGURATION)
    postgres.start()
    temporal.start()
    try:
        url = postgres.create_database("crm")
        await migrate(url)
        pool = await create_pool(url, 5)
        await load_demo_data(pool)
        client = await Client.connect(temporal.address, data_converter=pydantic_data_converter, identity="recorder")
        HISTORIES.mkdir(exist_ok=True)
        known = sections(FINGERPRINTS.read_text(encoding="utf-8"))
        fingerprints = {name: found for name, found in known.items() if name in SCENARIOS}
        async with recording_desk(client, Settings(database_url=url, demo_mode=True, turn_seconds=0), pool) as desk:
            for name in names:
                history = await (await SCENARIOS[name](desk)).fetch_history()
                content = json.loads(history.to_json(), object_hook=_without_stack_traces)
                text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
                (HISTORIES / f"{name}.json").write_text(text + "\n", encoding="utf-8")
                fingerprints[name] = fingerprint(history)
                print(f"{name}: {len(history.events)} events")
        FINGERPRINTS.write_text(written(fingerprints), encoding="utf-8")
        await pool.close()
    finally:
        temporal.stop()
        postgres.stop()


def _without_stack_traces(node: dict[str, Any]) -> dict[str, Any]:
    """They name files of the machine that recorded them, and nothing reads them."""
    return {key: value for key, value in node.items() if key != "stackTrace"}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(record(Path(data), sys.argv[1:] or list(SCENARIOS)))
