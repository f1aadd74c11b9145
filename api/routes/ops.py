"""``/healthz``, ``/readyz`` and ``/metrics``, outside ``/api/v1``."""

from __future__ import annotations

import asyncpg
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from application.delivery.engine import Engine
from crm.pool import Pool
from problems import RETRY_AFTER

router = APIRouter(tags=["ops"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Check that the process lives."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "A dependency is missing; the body says which"}})
async def readyz(request: Request) -> JSONResponse:
    """Check that database and engine can be reached; if not, say which is missing."""
    engine: Engine = request.app.state.engine
    checks = {
        "database": "ok" if await _database_answers(request.app.state.pool) else "unavailable",
        "engine": "ok" if await engine.is_ready() else "unavailable",
    }
    ready = all(state == "ok" for state in checks.values())
    headers = {} if ready else {"Retry-After": str(RETRY_AFTER)}
    body = {"status": "ready" if ready else "not_ready", **checks}
    return JSONResponse(body, status_code=200 if ready else 503, headers=headers)


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Read Prometheus metrics of this process."""
    registry: CollectorRegistry = request.app.state.metrics.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


async def _database_answers(pool: Pool) -> bool:
    try:
        await pool.fetchval("SELECT 1", timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True
