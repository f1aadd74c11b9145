"""What must be true of every request once nothing is on its way: all that the CRM and the engine say of it is one story."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from tests.faults.stores import Stores
from tests.faults.system import eventually
from workflows import contracts

Row = Any
"""A row of a table, by column."""

ENDED = {"rejected", "cancelled", "completed"}
AT_ONCE = 8
"""Requests that the engine is asked about at once."""


@dataclass(frozen=True)
class Whole:
    """Everything that the CRM has of one request, each table in its order."""

    id: UUID
    request: Row
    run: Row | None
    """None: no round has begun."""
    rounds: list[Row]
    lines: list[Row]
    timeline: list[Row]
    counted: list[Row]
    """Outcomes of commands of which the timeline only says how many were refused."""
    notes: list[Row]
    asked: list[Row]
    told: list[Row]
    reports: list[Row]

    @property
    def transitions(self) -> list[Row]:
        """What was accepted by the run."""
        return [entry for entry in self.timeline if entry["sequence"] is not None]

    @property
    def steps(self) -> list[Any]:
        """The steps of the latest round."""
        return list(self.rounds[-1]["steps"]) if self.rounds else []

    @property
    def open_step(self) -> str | None:
        """The step that is waited on."""
        return next((step["plan"]["key"] for step in self.steps if step["state"] == "open"), None)

    @property
    def ended(self) -> bool:
        return self.request["process_status"] in ENDED


TABLES = {
    "runs": "round DESC",
    "rounds": "number",
    "purchase_request_lines": "position",
    "timeline": "id",
    "counted_refusals": "refused_at",
    "notes": "id",
    "assignments": "closed_at",
    "outbox": "sequence",
    "purchasing_events": "received_at",
}


async def read(system: Stores, ids: Iterable[UUID]) -> dict[UUID, Whole]:
    """Requests as the CRM has them; those that it does not have are left out."""
    wanted = list(ids)
    tables: dict[str, defaultdict[UUID, list[Row]]] = {name: defaultdict(list) for name in TABLES}
    async with system.database() as connection:
        found = await connection.fetch("SELECT * FROM purchase_requests WHERE id = ANY ($1)", wanted)
        for name, order in TABLES.items():
            query = f"SELECT * FROM {name} WHERE request_id = ANY ($1) ORDER BY {order}"
            for row in await connection.fetch(query, wanted):
                tables[name][row["request_id"]].append(row)
    runs, *others = tables.values()
    return {
        key: Whole(key, row, next((run for run in runs[key] if run["round"]), None), *(table[key] for table in others))
        for row in found
        for key in (row["id"],)
    }


async def check(system: Stores, request_id: str, *, run_may_be_lost: bool = False) -> None:
    """Look at a request, in the CRM and in the engine.

    Args:
        run_may_be_lost: see ``check_engine``.

    Raises:
        AssertionError: the CRM and the run disagree, or a transition is missing or doubled.
    """
    (whole,) = (await read(system, [UUID(request_id)])).values()
    check_crm(whole)
    await check_engine(system, [whole], run_may_be_lost=run_may_be_lost)


def check_crm(whole: Whole) -> None:
    """The CRM's tables tell one story of a request: nothing is missing, nothing is there twice.

    Raises:
        AssertionError: it is not so.
    """
    request, run, transitions = whole.request, whole.run, whole.transitions
    accepted = [entry for entry in whole.timeline if entry["accepted"]]
    assert [entry["sequence"] for entry in transitions] == list(range(1, request["run_sequence"] + 1))
    assert all(entry["accepted"] for entry in transitions)
    assert len({entry["command_id"] for entry in whole.timeline}) == len(whole.timeline)
    assert [entry["action"] for entry in whole.timeline].count("create") == 1
    assert request["version"] == len(accepted), "each change is one version and one entry"
    told = [row["sequence"] for row in whole.told]
    assert told == list(range(1, request["event_sequence"] + 1)), "an event was lost, or told twice"
    assert not [entry for entry in accepted if (entry["action"], entry["actor"]) == ("approve", request["owner"])]
    assert not [row for row in whole.asked if row["acted_by"] == request["owner"]]

    last = transitions[-1]["sequence"] if request["process_status"] == "completed" else None
    noted = [
        entry["sequence"]
        for entry in transitions
        if entry["action"] in {"reject", "recall", "cancel", "expire"} or entry["sequence"] == last
    ]
    assert [note["sequence"] for note in whole.notes] == noted
    if run is None:
        assert request["process_status"] == "not_sent"
        assert not transitions
        return

    assert sum(entry["action"] == "send" for entry in transitions) == run["round"] == len(whole.rounds)
    assert run["status"] == {"returned": "in_progress"}.get(request["process_status"], request["process_status"])
    open_steps = {step["plan"]["key"] for step in whole.steps if step["state"] == "open"}
    assert len(open_steps) == (request["process_status"] == "in_progress")
    waited_on = {(row["round"], row["step"]) for row in whole.asked if row["state"] == "open"}
    assert waited_on == {(run["round"], step) for step in open_steps}
    approvals = [
        (entry["round"], entry["step"], entry["actor"]) for entry in transitions if entry["action"] == "approve"
    ]
    approved = [(row["round"], row["step"], row["acted_by"]) for row in whole.asked if row["state"] == "approved"]
    assert sorted(approved) == sorted(approvals)


async def check_engine(system: Stores, found: Collection[Whole], *, run_may_be_lost: bool = False) -> None:
    """The runs as the engine knows them are the runs as the CRM knows them.

    Args:
        run_may_be_lost: whether the engine need not know the run of a request that has ended.

    Raises:
        AssertionError: they are not.
    """
    for problem in (await engine_problems(system, found, run_may_be_lost=run_may_be_lost)).values():
        raise problem


async def engine_problems(
    system: Stores, found: Collection[Whole], *, run_may_be_lost: bool = False
) -> dict[UUID, BaseException]:
    """What is wrong with the runs of requests, see ``check_engine``; by the request's id."""
    client, free = await system.temporal_client(), asyncio.Semaphore(AT_ONCE)

    async def check_one(whole: Whole) -> None:
        async with free:
            if not (run_may_be_lost and whole.ended and not await _is_known(client, whole.id)):
                await _check_run(client, whole)

    sent = [whole for whole in found if whole.run is not None]
    results = await asyncio.gather(*map(check_one, sent), return_exceptions=True)
    return {whole.id: result for whole, result in zip(sent, results, strict=True) if result is not None}


async def _check_run(client: Client, whole: Whole) -> None:
    handle = client.get_workflow_handle(contracts.workflow_id(whole.id))
    run, request = whole.run, whole.request
    assert run is not None
    wanted = WorkflowExecutionStatus.COMPLETED if whole.ended else WorkflowExecutionStatus.RUNNING

    async def closed_like_the_run() -> bool:  # the engine hears of the end a moment after the CRM
        return (await handle.describe()).status is wanted

    await eventually(closed_like_the_run)

    async def same_round() -> bool:
        return bool((known := await handle.query(contracts.STATE_QUERY)) and known["round"] == run["round"])

    await eventually(same_round)
    known = await handle.query(contracts.STATE_QUERY)
    assert (known["id"], known["status"]) == (str(run["id"]), run["status"])
    assert (known["step"] or {}).get("key") == whole.open_step
    of_round = [row for row in whole.asked if row["round"] == run["round"]]
    by_step = {
        step["plan"]["key"]: [
            row["acted_by"] for row in of_round if row["step"] == step["plan"]["key"] and row["state"] == "approved"
        ]
        for step in whole.steps
    }
    assert [(step["key"], step["state"], step["approved_by"]) for step in known["steps"]] == [
        (step["plan"]["key"], step["state"], by_step[step["plan"]["key"]]) for step in whole.steps
    ]
    waited_on = sorted(row["person"] for row in of_round if row["state"] == "open")
    assert await _searchable(handle) == {
        contracts.REQUEST_NUMBER.name: request["number"],
        contracts.OWNER.name: request["owner"],
        contracts.PROCESS_STATUS.name: request["process_status"],
        contracts.APPROVAL_STEP.name: whole.open_step,
        contracts.APPROVERS.name: waited_on or None,
    }


async def _searchable(handle: WorkflowHandle[Any, Any]) -> dict[str, Any]:
    """What ops find a run by."""
    attributes = (await handle.describe()).typed_search_attributes
    keys = (
        contracts.REQUEST_NUMBER, contracts.OWNER, contracts.PROCESS_STATUS, contracts.APPROVAL_STEP,
        contracts.APPROVERS,
    )  # fmt: skip
    found = {key.name: attributes.get(key) for key in keys}
    approvers = found[contracts.APPROVERS.name]
    return {**found, contracts.APPROVERS.name: sorted(approvers) if approvers else None}


async def _is_known(client: Client, request_id: UUID) -> bool:
    """Whether the engine has heard of a request's run."""
    try:
        await client.get_workflow_handle(contracts.workflow_id(request_id)).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True
