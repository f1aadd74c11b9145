"""A decision that may be taken back for some seconds, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from approval.model import Action, Code, Person, ProcessStatus
from crm import deferred
from crm.outcomes import Outcome
from tests.crm.saved import MANAGER1, SavedRun, entries_of, record
from workflows.contracts import CLOCK, View

UNDO_SECONDS = 60
SOON = timedelta(seconds=UNDO_SECONDS)
"""The engine's clock is ahead of this machine's by as much where a test has it ring: nobody waits."""


@dataclass(frozen=True)
class Deferred:
    """A decision of a run that waits until it takes effect."""

    run: SavedRun
    command_id: UUID
    said_at: datetime
    view: View

    @property
    def at(self) -> datetime:
        return self.said_at + SOON

    @classmethod
    async def of(
        cls, run: SavedRun, actor: Person = MANAGER1, action: Action = Action.APPROVE, **said: Any
    ) -> Deferred:
        command_id, said_at = uuid7(), datetime.now(UTC)
        body = {"command_id": str(command_id), "actor": actor.username, "undo_seconds": UNDO_SECONDS, **said}
        return cls(run, command_id, said_at, await run.apply(action, body, received_at=said_at))

    async def ring(self) -> View:
        """The run's timer rings when it takes effect."""
        return await self.run.apply(CLOCK, None, received_at=self.at)

    async def undo(self, actor: Person = MANAGER1) -> bool:
        return await deferred.undo(self.run.pool, self.run.request_id, self.command_id, actor.username)

    async def outcome(self) -> Outcome | None:
        return await deferred.outcome(self.run.pool, self.command_id)

    async def entries(self) -> list[tuple[Action, Code | None]]:
        """What the timeline has of it."""
        found = await entries_of(self.run.pool, self.run.request_id)
        return [
            (one.action, one.refusal.code if one.refusal else None)
            for one in found
            if one.command_id == self.command_id
        ]

    async def status(self) -> ProcessStatus:
        return (await record(self.run.pool, self.run.request_id)).process_status

    async def told(self) -> list[dict[str, Any]]:
        """What its person is told of one that came to nothing."""
        rows = await self.run.pool.fetch(
            "SELECT facts FROM outbox WHERE request_id = $1 AND type = 'decision.refused'", self.run.request_id
        )
        return [row["facts"] for row in rows]
