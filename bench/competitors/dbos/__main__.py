"""``python -m bench.competitors.dbos``: the shell with DBOS in its process, which is how DBOS is meant to be used."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import asyncpg
from dbos import DBOS, SetWorkflowID

from bench.competitors import rows
from bench.competitors.shell import create_shell, serve

FOUR_WEEKS = 28 * 24 * 3600

_pool: list[asyncpg.Pool[asyncpg.Record]] = []


@DBOS.step()
async def write_status(request_id: str, command_id: str, transition: int, actor: str) -> None:
    """Commit the row of a transition."""
    await rows.write_status(_pool[0], UUID(request_id), UUID(command_id), transition, actor)


@DBOS.workflow()
async def approval(request_id: str, command_id: str, actor: str) -> None:
    """One request, from its send to its third approval."""
    await write_status(request_id, command_id, 0, actor)
    for transition in (1, 2, 3):
        command, by = await DBOS.recv_async(timeout_seconds=FOUR_WEEKS)
        await write_status(request_id, command, transition, by)


class DbosEngine:
    """Starts workflows in this process and sends them messages."""

    async def send(self, request_id: UUID, command_id: UUID, actor: str) -> None:
        """See ``shell.Engine``."""
        with SetWorkflowID(str(request_id)):
            await DBOS.start_workflow_async(approval, str(request_id), str(command_id), actor)

    async def decide(self, request_id: UUID, command_id: UUID, transition: int, actor: str) -> None:
        """See ``shell.Engine``."""
        await DBOS.send_async(str(request_id), (str(command_id), actor))


@asynccontextmanager
async def open_engine(pool: asyncpg.Pool[asyncpg.Record]) -> AsyncIterator[DbosEngine]:
    """Launch DBOS with a system database beside the CRM's, on the same server."""
    socket = parse_qs(urlsplit(os.environ["DATABASE_URL"]).query)["host"][0]
    _pool.append(pool)
    DBOS(
        config={
            "name": "bench",
            "system_database_url": f"postgresql+psycopg://postgres@/dbos?host={socket}",
            "log_level": "WARNING",
            "sys_db_pool_size": 20,
        }
    )
    DBOS.launch()
    yield DbosEngine()
    DBOS.destroy()


if __name__ == "__main__":
    serve(create_shell(open_engine))
