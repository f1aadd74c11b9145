"""The gate of a build: what it has to go on with, recorded histories and those of runs that are on their way, it can replay."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from temporalio import workflow
from temporalio.client import Client, WorkflowExecution, WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

RECORDED: Final = Path(__file__).parent.parent / "tests" / "replay" / "histories"
"""In the image as here."""

CALL: Final = timedelta(seconds=20)


@dataclass(frozen=True)
class Broken:
    """A history with which a build would not go on.

    Attributes:
        what: its file, or its workflow and run.
        why: what the engine's library says of it.
    """

    what: str
    why: str


@dataclass(frozen=True)
class Sample:
    """Of the runs of one type that are on their way, those that were looked at."""

    kind: str
    looked_at: int
    there_are: int


class Gate:
    """Replays histories with the workflows of this build.

    Args:
        workflows: its workflow classes.
        converter: reads what the engine keeps.
    """

    def __init__(self, workflows: Sequence[type], converter: DataConverter) -> None:
        self._workflows = workflows
        self._replayer = Replayer(
            workflows=workflows,
            workflow_runner=UnsandboxedWorkflowRunner(),
            data_converter=converter,
            debug_mode=True,  # a busy machine is no reason to refuse a build: whoever takes long is no deadlock
        )
        self.broken: list[Broken] = []
        self.recorded = 0
        self.samples: list[Sample] = []

    async def replay_recorded(self, folder: Path = RECORDED) -> None:
        """Replay all histories in a folder and those below it.

        Raises:
            FileNotFoundError: there are none, so that nothing would be known.
        """
        recorded = _recorded(folder)
        if not recorded:
            raise FileNotFoundError(f"there are no recorded histories in {folder}")
        names = iter(recorded)
        self.recorded += await self._replay(_each(recorded.values()), lambda _: next(names))

    async def replay_running(self, client: Client, most: int) -> None:
        """Replay a sample of the runs that are on their way, of every workflow type: chosen by lot, and the oldest one.

        Args:
            client: of the engine.
            most: of each type.

        Raises:
            temporalio.service.RPCError: the engine does not give them.
        """
        for kind in map(_name, self._workflows):
            chosen, there_are = await _chosen(client, kind, most)
            looked_at = await self._replay(
                _fetched(client, chosen), lambda found: f"{found.workflow_id} (run {found.run_id})"
            )
            self.samples.append(Sample(kind, looked_at, there_are))

    async def find_unknown(self, client: Client) -> None:
        """Find runs on their way of types that this build does not have, renamed or removed: they would stand still.

        Args:
            client: of the engine.

        Raises:
            temporalio.service.RPCError: the engine does not list them.
        """
        others = " AND ".join(f"WorkflowType != '{kind}'" for kind in map(_name, self._workflows))
        found: dict[str, list[str]] = {}
        async for run in client.list_workflows(f"ExecutionStatus = 'Running' AND {others}", rpc_timeout=CALL):
            found.setdefault(run.workflow_type, []).append(run.id)
        for kind, ids in found.items():
            self.broken.append(
                Broken(f"{len(ids):,} runs of {kind}, such as {ids[0]}", "This build has no workflow of this type.")
            )

    async def _replay(self, histories: AsyncIterator[WorkflowHistory], name: Callable[[WorkflowHistory], str]) -> int:
        replayed = 0
        async with self._replayer.workflow_replay_iterator(histories) as results:
            async for result in results:
                replayed += 1
                what = name(result.history)
                if result.replay_failure is not None:
                    self.broken.append(Broken(what, " ".join(str(result.replay_failure).split())))
        return replayed


def _recorded(folder: Path) -> dict[str, WorkflowHistory]:
    """All histories below a folder, by their path in it."""
    files = sorted(folder.rglob("*.json"))
    return {str(file.relative_to(folder)): loaded(file.read_text(encoding="utf-8")) for file in files}


async def _each(histories: Iterable[WorkflowHistory]) -> AsyncIterator[WorkflowHistory]:
    for history in histories:
        yield history


def loaded(text: str) -> WorkflowHistory:
    """A history from its file; its workflow id is in its first event."""
    started: dict[str, Any] = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(started["workflowId"], text)


def _name(kind: type) -> str:
    """A workflow's name for the engine."""
    definition = workflow._Definition.must_from_class(kind)
    assert definition.name is not None  # noqa: S101 - only dynamic ones have none
    return definition.name


async def _chosen(client: Client, kind: str, most: int) -> tuple[list[WorkflowExecution], int]:
    """So many runs of a type, each as likely as any other, and besides the oldest one, which is listed last; and how many there are."""
    chosen: list[WorkflowExecution] = []
    seen, oldest = 0, None
    async for run in client.list_workflows(
        f"WorkflowType = '{kind}' AND ExecutionStatus = 'Running'", rpc_timeout=CALL
    ):
        seen, oldest = seen + 1, run
        if len(chosen) < most:
            chosen.append(run)
        elif (place := secrets.randbelow(seen)) < most:
            chosen[place] = run
    if oldest is not None and oldest not in chosen:
        chosen.append(oldest)
    return chosen, seen


async def _fetched(client: Client, runs: Sequence[WorkflowExecution]) -> AsyncIterator[WorkflowHistory]:
    for run in runs:
        try:
            yield await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history(rpc_timeout=CALL)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:  # it has ended since, and its retention with it
                raise
