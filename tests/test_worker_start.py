"""A worker that starts waits for an engine that is away, and ends with the reason when the engine refuses it."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.service import RPCError, RPCStatusCode

from worker import _once_there


class Engine:
    """One that says something else the first time that it is asked."""

    def __init__(self, status: RPCStatusCode) -> None:
        self.status = status
        self.asked = 0

    async def connect(self) -> str:
        self.asked += 1
        if self.asked == 1:
            raise RPCError("what it says", self.status, b"")
        return "connected"


@pytest.fixture(autouse=True)
def _without_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.RETRY_SECONDS", 0)


@pytest.mark.parametrize(
    "status",
    [
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.UNKNOWN,
        RPCStatusCode.RESOURCE_EXHAUSTED,
    ],
)
async def test_an_engine_that_is_away_is_waited_for(status: RPCStatusCode) -> None:
    engine = Engine(status)
    assert await _once_there("engine", engine.connect, asyncio.Event()) == "connected"
    assert engine.asked == 2


@pytest.mark.parametrize(
    "status", [RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.UNIMPLEMENTED]
)
async def test_one_that_refuses_is_not(status: RPCStatusCode) -> None:
    engine = Engine(status)
    with pytest.raises(RPCError, match="what it says"):
        await _once_there("engine", engine.connect, asyncio.Event())
    assert engine.asked == 1
