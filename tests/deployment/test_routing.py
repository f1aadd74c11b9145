"""Workers are waited for that say only now and then that they are there, as those of older releases do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import cycle
from typing import cast

import pytest
from temporalio.client import Client

from deployment.routing import RefusedRoutingError, Routing
from deployment.versions import Overview, State, Version

QUEUES = ("requests", "requests-notices")


def seen(monkeypatch: pytest.MonkeyPatch, *looks: Sequence[str]) -> Routing:
    """The routing of a deployment whose only build has workers on these task queues, one look after the other, again and again."""
    turns = cycle(looks)

    async def look(client: Client, name: str, queues: Sequence[str]) -> Overview:
        workers = dict.fromkeys(next(turns), 1)
        now = datetime.now(UTC)
        return Overview(name, [Version("old", State.CURRENT, 100, now, now, workers, 0)])

    monkeypatch.setattr("deployment.routing.overview", look)
    monkeypatch.setattr("deployment.routing.PAUSE", 0)
    return Routing(cast("Client", None), "requests", QUEUES, patience=0.5)


async def test_workers_on_both_task_queues_need_not_have_said_so_at_the_same_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    routing = seen(monkeypatch, QUEUES[:1], (), QUEUES[1:], ())
    assert await routing.promote("old") == "old is current already; nothing was changed."


async def test_a_task_queue_on_which_none_was_there_in_all_that_time_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RefusedRoutingError, match="No worker of old is there on requests-notices:"):
        await seen(monkeypatch, QUEUES[:1], ()).promote("old")
