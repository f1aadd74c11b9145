"""``/healthz``, ``/readyz``, ``/readyz/all`` and ``/metrics``, outside ``/api/v1``."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel, Field

from application.delivery.engine import Engine
from crm.probe import WriteProbe
from issuer import Issuer
from leaving import Leaving
from problems import RETRY_AFTER

router = APIRouter(tags=["ops"])


class Readiness(StrEnum):
    """Whether what was asked for is there."""

    READY = "ready"
    NOT_READY = "not_ready"
    STOPPING = "stopping"
    """It is there, and about to stop: whoever comes anew is to be led elsewhere."""


class Database(StrEnum):
    """How the CRM database is."""

    OK = "ok"
    UNAVAILABLE = "unavailable"


class EngineState(StrEnum):
    """How the engine is, as the API sees it."""

    OK = "ok"
    AWAY = "away"


class Ready(BaseModel):
    """Whether this API can take decisions and sends: it can while the database takes writes, and is to get none when it stops."""

    status: Readiness
    database: Database
    engine: EngineState


class AllReady(BaseModel):
    """Whether everything is there that a decision needs from the call to its outcome."""

    status: Readiness
    missing: list[str] = Field(
        description="Of `database`, `issuer` (of tokens: its keys), `frontend`, `history`, `matching` (the engine's parts) and "
        "`worker`, those that are not there. Without its frontend nothing is known of the engine's other parts and of workers.",
        examples=[["worker"]],
    )


_NOT_READY: Final[dict[str, Any]] = {
    "headers": {"Retry-After": {"description": "Seconds after which to ask again.", "schema": {"type": "integer"}}}
}


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Check that the process lives."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    response_model=Ready,
    responses={503: {"description": "The database takes no writes, or this API stops", "model": Ready, **_NOT_READY}},
)
async def readyz(request: Request) -> JSONResponse:
    """Check that this API can take decisions and sends.

    It can while the database takes writes, which is tried at most once a second. With `"engine": "away"` they are taken all
    the same, and wait in the database. One that was asked to stop says `stopping` for some seconds, in which it still does
    whatever it is asked, so that balancers can lead callers to others.
    """
    probe: WriteProbe = request.app.state.write_probe
    engine: Engine = request.app.state.engine
    takes_writes, has_engine = await asyncio.gather(probe.takes_writes(), engine.is_ready())
    body = Ready(
        status=_readiness(request, ready=takes_writes),
        database=Database.OK if takes_writes else Database.UNAVAILABLE,
        engine=EngineState.OK if has_engine else EngineState.AWAY,
    )
    return _answer(body, body.status)


@router.get(
    "/readyz/all",
    response_model=AllReady,
    responses={503: {"description": "Something is missing; the body says what", "model": AllReady, **_NOT_READY}},
)
async def readyz_all(request: Request) -> JSONResponse:
    """Check that everything is there: the database, the issuer's keys, the engine's parts and a worker.

    A worker that died counts for up to a minute and a half, until it should have asked for work again.
    """
    probe: WriteProbe = request.app.state.write_probe
    engine: Engine = request.app.state.engine
    issuer: Issuer | None = request.app.state.issuer
    takes_writes, missing = await asyncio.gather(probe.takes_writes(), engine.missing())
    if issuer is not None and not issuer.is_known:
        missing.insert(0, "issuer")
    if not takes_writes:
        missing.insert(0, "database")
    body = AllReady(status=_readiness(request, ready=not missing), missing=missing)
    return _answer(body, body.status)


metrics_router = APIRouter(tags=["ops"])


@metrics_router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Read Prometheus metrics of this process."""
    registry: CollectorRegistry = request.app.state.metrics.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _readiness(request: Request, *, ready: bool) -> Readiness:
    leaving: Leaving = request.app.state.leaving
    if leaving.begun:
        return Readiness.STOPPING
    return Readiness.READY if ready else Readiness.NOT_READY


def _answer(body: BaseModel, status: Readiness) -> JSONResponse:
    if status is Readiness.READY:
        return JSONResponse(body.model_dump(mode="json"))
    return JSONResponse(body.model_dump(mode="json"), status_code=503, headers={"Retry-After": str(RETRY_AFTER)})
