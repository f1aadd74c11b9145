"""The server's process when it starts: it waits for its database, and can be stopped while it does."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from embedded.processes import free_port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_that_waits_for_its_database_stops_when_asked_to(
    repository: Path, number: signal.Signals
) -> None:
    nobody = f"postgresql://crm@127.0.0.1:{free_port()}/crm"
    environment = {**os.environ, "DATABASE_URL": nobody, "DEMO_MODE": "true", "API_PORT": str(free_port())}
    server = await asyncio.create_subprocess_exec(
        sys.executable, "server.py", cwd=repository, env=environment, stderr=asyncio.subprocess.PIPE
    )
    assert server.stderr is not None
    try:
        while b"waiting for the database" not in await asyncio.wait_for(server.stderr.readline(), 30):
            pass
        server.send_signal(number)
        assert await asyncio.wait_for(server.wait(), 10) == 0
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()
