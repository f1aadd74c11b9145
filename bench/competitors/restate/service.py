"""``python -m bench.competitors.restate.service``: the workflow, served to the Restate server."""

from __future__ import annotations

import asyncio
import os
from typing import Any
from uuid import UUID

import asyncpg
import restate
import uvloop
from hypercorn.asyncio import serve
from hypercorn.config import Config

from bench.competitors import rows

approval = restate.Workflow("Approval")
_pool: list[asyncpg.Pool[asyncpg.Record]] = []


async def _write(request_id: str, command_id: str, transition: int, actor: str) -> None:
    await rows.write_status(_pool[0], UUID(request_id), UUID(command_id), transition, actor)


@approval.main()
async def run(ctx: restate.WorkflowContext, sent: dict[str, Any]) -> None:
    """One request, from its send to its third approval."""
    await ctx.run_typed("send", _write, request_id=ctx.key(), transition=0, **sent)
    for transition in (1, 2, 3):
        decision = await ctx.promise(f"decision{transition}").value()
        await ctx.run_typed(f"decision{transition}", _write, request_id=ctx.key(), transition=transition, **decision)


@approval.handler()
async def decide(ctx: restate.WorkflowSharedContext, message: dict[str, Any]) -> None:
    """Take a decision."""
    await ctx.promise(f"decision{message['transition']}").resolve(message["decision"])


async def main() -> None:
    """Serve until SIGTERM."""
    _pool.append(await rows.open_pool(os.environ["DATABASE_URL"]))
    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['SERVICE_PORT']}"]
    await serve(restate.app([approval], protocol="bidi"), config)


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(main())
