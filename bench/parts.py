"""Where a decision's time goes: what its caller waited for, cut where the engine wrote down that it has it and that a worker has begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from time import time
from typing import Any, Final
from uuid import UUID

import aiohttp
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client as TemporalClient

from bench.load import Client
from bench.statistics import summary
from workflows.contracts import workflow_id

MOST_HISTORIES: Final = 150
SLOWEST: Final = 0.05
"""Of all decisions, those whose parts are looked at by themselves."""

PARTS: Final = ("until the engine has it", "until a worker begins", "until it is answered")


@dataclass(frozen=True)
class Decision:
    """One that was answered. Seconds of the clock."""

    request_id: str
    began: float
    ended: float


class Watched(Client):
    """A client that remembers when it decided on what."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        super().__init__(session)
        self.decisions: list[Decision] = []

    async def approve(self, request_id: str, step: int) -> None:
        """See ``Client``."""
        began = time()
        await super().approve(request_id, step)
        self.decisions.append(Decision(request_id, began, time()))


async def parts(engine_address: str, decisions: Sequence[Decision]) -> dict[str, Any]:
    """Milliseconds of each part, and its share of the slowest decisions; of some of the requests that were decided on.

    Args:
        engine_address: see ``Made``.
        decisions: of one load.
    """
    engine = await TemporalClient.connect(engine_address)
    requests = list(dict.fromkeys(decision.request_id for decision in decisions))
    chosen = requests[:: max(1, len(requests) // MOST_HISTORIES)]
    found: list[tuple[float, float, float]] = []
    for request_id in chosen:
        handle = engine.get_workflow_handle(workflow_id(UUID(request_id)))
        history = (await handle.fetch_history()).events
        found += [
            cut
            for decision in decisions
            if decision.request_id == request_id and (cut := cut_up(decision, history)) is not None
        ]
    return shares(found)


def cut_up(decision: Decision, history: Sequence[HistoryEvent]) -> tuple[float, float, float] | None:
    """Milliseconds of each part; None if the engine has no message of that time, or gave it to no worker before the answer."""
    for index, event in enumerate(history):
        taken = _moment(event)
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED and taken >= decision.began:
            begins = (_moment(later) for later in history[index:] if later.event_type == _BEGUN)
            begun = next(begins, decision.ended)
            if taken > decision.ended or begun >= decision.ended:
                return None
            return (taken - decision.began) * 1000, (begun - taken) * 1000, (decision.ended - begun) * 1000
    return None


def shares(found: Sequence[tuple[float, float, float]]) -> dict[str, Any]:
    """Percentiles of each part, and what of the slowest decisions each one is on average."""
    slowest = sorted(found, key=sum, reverse=True)[: max(1, int(len(found) * SLOWEST))]
    whole = sum(map(sum, slowest))
    return {
        "all": summary([sum(one) for one in found]),
        "parts": {name: summary([one[number] for one in found]) for number, name in enumerate(PARTS)},
        "slowest": {
            name: round(sum(one[number] for one in slowest) / whole, 3) if whole else 0.0
            for number, name in enumerate(PARTS)
        },
    }


_BEGUN = EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED


def _moment(event: HistoryEvent) -> float:
    return event.event_time.ToDatetime(tzinfo=UTC).timestamp()
