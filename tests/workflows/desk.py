"""Runs started and signalled as the API does it, without the API: for tests that are about the workflow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import WorkflowRunner
from uuid_utils.compat import uuid7

from application.delivery.deliver import FirstSend
from application.delivery.engine import Engine
from application.signatures import SignalKeys
from approval.model import Action, Person
from approval.routing import StepPlan
from crm import commands, runs
from crm.commands import RoundPayload
from crm.pool import Pool, create_pool
from crm.records import RequestRecord
from crm.timeline import Entry
from settings import Settings
from tests.crm.saved import NOW, entries_of, record, save
from worker import workers
from workflows import contracts

PATIENCE = 20.0
"""Seconds to wait for what is committed in milliseconds, on a busy machine."""


@asynccontextmanager
async def working(client: Client, settings: Settings, runner: WorkflowRunner) -> AsyncIterator[Pool]:
    """A worker for as long as the block runs; its pool."""
    pool = await create_pool(settings.database_url, settings.database_pool_size)
    try:
        async with workers(client, pool, settings, runner):
            yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def refusing(pool: Pool, table: str, condition: str) -> AsyncIterator[None]:
    """The database refuses new rows of a table for good, as it would by a constraint that a defect runs into."""
    await pool.execute(f"ALTER TABLE {table} ADD CONSTRAINT refuses CHECK (NOT ({condition})) NOT VALID")
    try:
        yield
    finally:
        await pool.execute(f"ALTER TABLE {table} DROP CONSTRAINT refuses")


@dataclass(frozen=True)
class Desk:
    """Where requests are sent and decided.

    Args:
        pool: the CRM database.
        client: a client of the engine.
    """

    pool: Pool
    client: Client

    async def store_send(self, saved: RequestRecord, steps: Sequence[StepPlan]) -> UUID:
        """Take a send durably, as the API does before it tells the engine; the command's id."""
        command_id = uuid7()
        await runs.prepare(
            self.pool,
            saved.id,
            run_id=uuid7(),
            process_key="purchase-approval",
            process_version=1,
            at=datetime.now(UTC),
        )
        await self._store(saved, Action.SEND, saved.owner.username, command_id, steps)
        return command_id

    async def start(self, *steps: StepPlan, **changes: Any) -> Case:
        """Save a request and start its run, without waiting for anything."""
        saved = await save(self.pool, **changes)
        await self.start_run(saved, await self.store_send(saved, steps), steps)
        return Case(self, saved.id)

    async def start_run(self, saved: RequestRecord, command_id: UUID, steps: Sequence[StepPlan]) -> None:
        """Start the run of a stored send."""
        opens = FirstSend.of(saved, tuple(steps)).opens
        await Engine(self.client, SignalKeys()).start_run(
            saved, contracts.SEND_SIGNAL, {"command_id": str(command_id)}, opens=opens
        )

    async def send(self, *steps: StepPlan, **changes: Any) -> Case:
        """Save a request and send it; it is in progress when this returns."""
        case = await self.start(*steps, **changes)
        await case.entries(2)  # create, send
        return case

    async def resolve_again(self, case: Case, actor: Person, *steps: StepPlan) -> Entry:
        """Resolve approvers again, as the API does it for an admin."""
        command_id = uuid7()
        saved = await record(self.pool, case.request_id)
        await self._store(saved, Action.RESOLVE_APPROVERS, actor.username, command_id, steps)
        await case.signal(contracts.RESOLVE_APPROVERS_SIGNAL, {"command_id": str(command_id)})
        return await case.outcome(command_id)

    async def _store(
        self, saved: RequestRecord, action: Action, actor: str, command_id: UUID, steps: Sequence[StepPlan]
    ) -> None:
        payload = RoundPayload(
            steps=tuple(steps),
            values=saved.values(),
            request=saved.snapshot(),
            round=saved.run.round if saved.run else 0,
        )
        await commands.store(
            self.pool,
            command_id=command_id,
            request_id=saved.id,
            action=action,
            actor=actor,
            payload=payload,
            at=NOW,
        )


@dataclass(frozen=True)
class Case:
    """One request and its run."""

    desk: Desk
    request_id: UUID

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """The workflow, whichever part of it runs now."""
        return self.desk.client.get_workflow_handle(contracts.workflow_id(self.request_id))

    async def signal(self, name: str, *arguments: Any) -> None:
        """Send any signal."""
        await self.handle.signal(name, args=arguments)

    async def ask(self, action: Action, actor: Person, **fields: Any) -> UUID:
        """Send a decision without waiting for its outcome; the command's id."""
        command_id = fields.pop("command_id", None) or uuid7()
        await self.signal(action, {"command_id": str(command_id), "actor": actor.username, **fields})
        return command_id

    async def decide(self, action: Action, actor: Person, **fields: Any) -> Entry:
        """Send a decision and wait for its outcome."""
        return await self.outcome(await self.ask(action, actor, **fields))

    async def resend(self, *steps: StepPlan) -> Entry:
        """Send a returned request again."""
        command_id = await self.desk.store_send(await self.record(), steps)
        await self.signal(contracts.SEND_SIGNAL, {"command_id": str(command_id)})
        return await self.outcome(command_id)

    async def outcome(self, command_id: UUID) -> Entry:
        """The timeline entry of a command, once it is there."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for entry in await entries_of(self.desk.pool, self.request_id):
                    if entry.command_id == command_id:
                        return entry
                await asyncio.sleep(0.01)

    async def entries(self, at_least: int) -> list[Entry]:
        """The timeline, once it has so many entries."""
        async with asyncio.timeout(PATIENCE):
            while len(found := await entries_of(self.desk.pool, self.request_id)) < at_least:  # noqa: ASYNC110 - other processes do it
                await asyncio.sleep(0.01)
        return found

    async def record(self) -> RequestRecord:
        """The request as the CRM has it."""
        return await record(self.desk.pool, self.request_id)

    async def result(self) -> str:
        """The run status that the workflow ended with."""
        async with asyncio.timeout(PATIENCE):
            return str(await self.handle.result())

    async def details(self) -> str:
        """What the Temporal UI shows as the workflow's current details."""
        metadata = await self.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        return str(metadata.current_details)

    async def events(self) -> list[HistoryEvent]:
        """The history of the part that runs now, or ran last."""
        return [event async for event in self.handle.fetch_history_events()]

    async def count(self, *kinds: EventType.ValueType) -> int:
        """How many events of some kinds the history has."""
        return sum(event.event_type in kinds for event in await self.events())
