"""The FastAPI shell of every side but the product: the routes under load, the product's token check, waiting for the row.

An engine takes a message durably; the answer waits until the row is committed, which the database tells by NOTIFY.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Protocol
from uuid import UUID

import asyncpg
import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from uuid_utils.compat import uuid7

from bench.competitors import rows

KEY = "the benchmark's signing key, which guards nothing"
SECONDS = 60.0
"""How long an answer waits for its row."""


class Engine(Protocol):
    """What carries a request from its send to its third approval."""

    async def send(self, request_id: UUID, command_id: UUID, actor: str) -> None:
        """Take a request durably; transition 0 follows."""

    async def decide(self, request_id: UUID, command_id: UUID, transition: int, actor: str) -> None:
        """Take an approval durably; transition 1, 2 or 3 follows."""


class Commits:
    """Hears which commands have reached the CRM."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Event] = {}

    async def listen(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """Listen on a connection of its own."""
        await connection.add_listener(rows.CHANNEL, self._heard)

    @contextmanager
    def expecting(self, command_id: UUID) -> Iterator[asyncio.Event]:
        """An event for a command's commit; ask for it before the command is sent."""
        event = self._waiting[str(command_id)] = asyncio.Event()
        try:
            yield event
        finally:
            del self._waiting[str(command_id)]

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        event = self._waiting.get(str(payload))
        if event is not None:
            event.set()


def verified_user(request: Request) -> str:
    """Whoever the bearer token was issued to."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        claims = jwt.decode(token, KEY, algorithms=["HS256"], audience="bench", options={"require": ["exp", "aud"]})
    except jwt.PyJWTError as error:
        raise HTTPException(401) from error
    return str(claims["sub"])


UserDep = Annotated[str, Depends(verified_user)]


def create_shell(open_engine: Any) -> FastAPI:
    """The application.

    Args:
        open_engine: async context manager that is given the pool and gives the engine.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        url = os.environ["DATABASE_URL"]
        app.state.pool = await rows.open_pool(url)
        app.state.commits = Commits()
        listener = await asyncpg.connect(url)
        await app.state.commits.listen(listener)
        async with open_engine(app.state.pool) as engine:
            app.state.engine = engine
            yield
        await listener.close()
        await app.state.pool.close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/readyz")
    async def readyz() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/api/v1/demo/token")
    async def token(body: dict[str, Any]) -> dict[str, str]:
        claims = {"sub": body["username"], "aud": "bench", "exp": datetime.now(UTC) + timedelta(hours=12)}
        return {"access_token": jwt.encode(claims, KEY, algorithm="HS256")}

    @app.post("/api/v1/purchase-requests", status_code=201)
    async def create(body: dict[str, Any], user: UserDep) -> dict[str, Any]:
        request_id = UUID(str(uuid7()))
        await rows.create(app.state.pool, request_id, user, body)
        await _commit(app, request_id, 0, user)
        return await _answer(app, request_id)

    @app.post("/api/v1/purchase-requests/{request_id}/approve")
    async def approve(request_id: UUID, body: dict[str, Any], user: UserDep) -> dict[str, Any]:
        await _commit(app, request_id, int(body["step"].removeprefix("step")), user)
        return await _answer(app, request_id)

    return app


async def _commit(app: FastAPI, request_id: UUID, transition: int, user: str) -> None:
    command_id = UUID(str(uuid7()))
    with app.state.commits.expecting(command_id) as event:
        if transition == 0:
            await app.state.engine.send(request_id, command_id, user)
        else:
            await app.state.engine.decide(request_id, command_id, transition, user)
        await asyncio.wait_for(event.wait(), SECONDS)


async def _answer(app: FastAPI, request_id: UUID) -> dict[str, Any]:
    row = await app.state.pool.fetchrow(
        "SELECT id::text, number, version, process_status, total::text FROM purchase_requests WHERE id = $1", request_id
    )
    return dict(row)


def serve(app: FastAPI) -> None:
    """Serve on ``API_PORT`` of this machine, as the product does."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["API_PORT"]),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
        loop="uvloop",
        http="httptools",
    )
