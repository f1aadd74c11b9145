"""Workers of two builds on a real engine, while runs wait: each decision is applied once, by whichever build gets the run."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import UpdateWorkerDeploymentVersionMetadataRequest
from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.worker import UnsandboxedWorkflowRunner

from approval.model import Action
from crm.pool import Pool, create_pool
from deployment import build_code, look
from deployment.__main__ import table
from deployment.gate import Gate
from deployment.routing import RefusedRoutingError, Routing
from deployment.versions import THERE, UNVERSIONED, State
from embedded.processes import free_port
from embedded.temporal import TemporalServer, without_client_settings
from settings import Settings
from tests.crm.saved import DIRECTOR1, MANAGER1, entries_of, step
from tests.eventually import eventually
from tests.workflows.desk import Case, Desk
from worker import RUN_WORKFLOWS, Work, deployment_name, queue_of, workers, workflows_of
from workflows import contracts
from workflows.data_converter import DATA_CONVERTER
from workflows.purchase_request import PurchaseRequest

Done = subprocess.CompletedProcess[str]

MANAGER = step("manager", MANAGER1)
DIRECTOR = step("director", DIRECTOR1)
SOON = {
    "matching.wv.VersionDrainageStatusVisibilityGracePeriod": "1",
    "matching.wv.VersionDrainageStatusRefreshInterval": "1",
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",
}
"""Seconds, and failures, after which the engine says what it would else say after minutes."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """An engine of this module's own: builds and their runs are counted in all of a namespace."""
    server = TemporalServer(
        tmp_path_factory.mktemp("versions") / "temporal.db", port=free_port(), dynamic_configuration=SOON
    )
    server.start()
    yield server
    server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(engine: TemporalServer) -> Client:
    return await connected(engine)


async def connected(engine: TemporalServer) -> Client:
    """A client whose workers say every second that they are there."""
    runtime = Runtime(telemetry=TelemetryConfig(), worker_heartbeat_interval=timedelta(seconds=1))
    return await Client.connect(engine.address, data_converter=DATA_CONVERTER, runtime=runtime)


@pytest_asyncio.fixture(loop_scope="session")
async def forgetful(tmp_path: Path) -> AsyncIterator[Client]:
    """A client of an engine that forgets workers some seconds after they last asked for work, and not after minutes."""
    forgets = {**SOON, "matching.PollerHistoryTTL": "15"}
    server = TemporalServer(tmp_path / "temporal.db", port=free_port(), dynamic_configuration=forgets)
    server.start()
    yield await connected(server)
    server.stop()


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A task queue, and with it a deployment, of the test's own."""
    name = f"requests-{request.node.name.replace('_', '-')[:60]}"
    monkeypatch.setattr("workflows.contracts.TASK_QUEUE", name)
    return name


@pytest.fixture
def routing(client: Client, queue: str) -> Routing:
    return Routing(client, deployment_name(), [queue_of(kind) for kind in Work])


@pytest.fixture
def desk(pool: Pool, client: Client, queue: str) -> Desk:
    return Desk(pool, client)


@asynccontextmanager
async def running(client: Client, settings: Settings, build: str) -> AsyncIterator[None]:
    """A worker of a build, of both kinds of work, for as long as the block runs."""
    pool = await create_pool(settings.database_url, settings.database_pool_size)
    try:
        told = settings.model_copy(update={"worker_build_id": build})
        async with workers(client, pool, told, UnsandboxedWorkflowRunner()):
            yield
    finally:
        await pool.close()


async def builds_of(case: Case) -> list[str]:
    """The builds that did the steps of a run, in order; empty for a worker without one."""
    return [
        event.workflow_task_completed_event_attributes.deployment_version.build_id
        for event in await case.events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]


async def goes_to(case: Case, build: str) -> None:
    """Wait until a run's next step is done by a build: it is had look at the CRM again and again."""

    async def it_does() -> bool:
        steps = len(await builds_of(case))
        await case.signal(contracts.LOOK, {})

        async def has_looked() -> bool:
            return len(await builds_of(case)) > steps

        await eventually(has_looked)
        return (await builds_of(case))[-1] == build

    await eventually(it_does, 60)


async def approved_once(case: Case, *steps: str) -> None:
    """The run has been approved at these steps, each time once."""
    entries = await entries_of(case.desk.pool, case.request_id)
    approved = [entry.step for entry in entries if entry.action is Action.APPROVE and entry.refusal is None]
    assert approved == list(steps)


async def build_gets(routing: Routing, build: str) -> tuple[State, float]:
    found = (await routing.overview()).find(build)
    assert found is not None
    return found.state, found.percentage


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_runs_on_their_way_go_from_build_to_build_and_back_and_every_decision_is_applied_once(
    client: Client, settings: Settings, desk: Desk, routing: Routing
) -> None:
    async with running(client, settings, "a"):
        assert "is current" in await routing.promote("a")
        assert "nothing was changed" in await routing.promote("a")
        cases = [await desk.send(MANAGER, DIRECTOR) for _ in range(6)]
        async with running(client, settings, "b"):
            assert "b gets 50 % of the runs, a all others" in await routing.ramp("b", 50)
            assert "nothing was changed" in await routing.ramp("b", 50)
            assert await build_gets(routing, "b") == (State.RAMPING, 50)
            assert await build_gets(routing, "a") == (State.CURRENT, 50)
            for case in cases:
                await case.decide(Action.APPROVE, MANAGER1)
                steps = await builds_of(case)
                assert steps == sorted(steps), "what went to b stays there"
            await routing.ramp("b", 100)
            await goes_to(cases[0], "b")
            assert "gets nothing any more" in await routing.roll_back("b")
            assert "nothing was changed" in await routing.roll_back("b")
            await goes_to(cases[0], "a")
            assert "before it was a" in await routing.promote("b")
            for case in cases:
                await goes_to(case, "b")
            assert "a is current again" in await routing.roll_back("b")
            await goes_to(cases[1], "a")
            assert "nothing was changed" in await routing.roll_back("b")
            await routing.promote("b")
            for case in cases:
                await goes_to(case, "b")
        # Only those of a are left, which get nothing: what is decided waits, and is not lost.
        asked = [await case.ask(Action.APPROVE, DIRECTOR1) for case in cases]
        await approved_once(cases[0], "manager")
        await routing.roll_back("b")
        for case, command in zip(cases, asked, strict=True):
            await case.outcome(command)
            assert await case.result() == "completed"
            await approved_once(case, "manager", "director")
        rows = [line.split() for line in table(await routing.overview()).splitlines()[2:]]
        assert [row[0] for row in rows] == ["b", "a", UNVERSIONED]
        assert rows[1][1:4] == ["current", "100", "%"]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_from_workers_without_a_build_and_back_to_them(
    client: Client, settings: Settings, desk: Desk, routing: Routing
) -> None:
    async with running(client, settings, ""):
        case = await desk.send(MANAGER, DIRECTOR)
        assert await build_gets(routing, UNVERSIONED) == (State.CURRENT, 100)
        async with running(client, settings, "a"):
            assert "unversioned all others" in await routing.ramp("a", 10)
            assert await build_gets(routing, UNVERSIONED) == (State.CURRENT, 90)
            assert "before it was unversioned" in await routing.promote("a")
            await goes_to(case, "a")
            assert "unversioned is current again" in await routing.roll_back("a")

            async def new_ones_go_to_workers_without_a_build() -> bool:
                return await builds_of(await desk.send(MANAGER)) == [""]

            await eventually(new_ones_go_to_workers_without_a_build, 60)
        # What a worker has in its memory stays there until it stops: only from build to build the engine takes it away.
        await goes_to(case, "")
        await case.decide(Action.APPROVE, MANAGER1)
        async with running(client, settings, "a"):
            await routing.promote("a")
            await goes_to(case, "a")
            await case.decide(Action.APPROVE, DIRECTOR1)
            assert await case.result() == "completed"
    await approved_once(case, "manager", "director")


async def test_a_build_without_workers_gets_nothing_unless_it_is_forced(
    client: Client, settings: Settings, queue: str
) -> None:
    hasty = Routing(client, deployment_name(), [queue_of(kind) for kind in Work], patience=1)
    with pytest.raises(RefusedRoutingError, match=r"No worker of nowhere .* Nothing was changed"):
        await hasty.promote("nowhere")
    async with running(client, settings, "a"):
        await Routing(client, deployment_name(), [queue_of(kind) for kind in Work]).promote("a")
        with pytest.raises(RefusedRoutingError, match="No worker of nowhere"):
            await hasty.ramp("nowhere", 10)
        with pytest.raises(RefusedRoutingError, match="No worker of unversioned"):
            await hasty.roll_back("a")
        assert await build_gets(hasty, "a") == (State.CURRENT, 100)
        assert "unversioned is current again" in await hasty.roll_back("a", forced=True)
        await hasty.promote("a")


async def test_workers_that_have_just_been_stopped_are_not_there_and_it_says_what_is_waited_for(
    client: Client, settings: Settings, queue: str
) -> None:
    told: list[str] = []
    queues = [queue_of(kind) for kind in Work]
    hasty = Routing(client, deployment_name(), queues, patience=0, tell=told.append)
    async with running(client, settings, "b"):
        async with running(client, settings, "a"):
            patient = Routing(client, deployment_name(), queues)
            await patient.promote("a")
            await patient.promote("b")
        with pytest.raises(RefusedRoutingError, match="No worker of a is there"):
            await hasty.roll_back("b", to="a")
        assert await build_gets(hasty, "b") == (State.CURRENT, 100)
    assert told == [
        f"Waiting until a worker of a says that it is there on {' and '.join(queues)}, for 0 seconds at most."
    ]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_workers_that_were_killed_are_known_to_be_gone_within_seconds(
    client: Client, settings: Settings, engine: TemporalServer, repository: Path
) -> None:
    queues = [queue_of(kind) for kind in Work]
    environment = deployed(settings, engine, WORKER_BUILD_ID="killed")
    worker = await asyncio.create_subprocess_exec(sys.executable, "worker.py", cwd=repository, env=environment)

    async def lacks() -> list[str]:
        version = (await Routing(client, deployment_name(), queues).overview()).find("killed")
        return queues if version is None else version.lacks(queues)

    async def is_there() -> bool:
        return await lacks() == []

    async def is_gone() -> bool:
        return await lacks() == queues

    try:
        await eventually(is_there, 60)
    finally:
        worker.kill()
        await worker.wait()
    await eventually(is_gone, 2 * THERE.total_seconds())


async def test_a_build_with_workers_of_one_kind_alone_is_not_promoted(
    client: Client, settings: Settings, pool: Pool, queue: str
) -> None:
    hasty = Routing(client, deployment_name(), [queue_of(kind) for kind in Work], patience=1)
    told = settings.model_copy(update={"worker_build_id": "half"})
    async with workers(client, pool, told, UnsandboxedWorkflowRunner(), kinds=[Work.RUNS]):

        async def asks_for_work() -> bool:
            version = (await hasty.overview()).find("half")
            return version is not None and version.lacks([queue]) == []

        await eventually(asks_for_work)
        with pytest.raises(RefusedRoutingError, match=f"on {queue}-notices:"):
            await hasty.promote("half")


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_build_is_removed_when_it_gets_nothing_and_its_workers_have_stopped(
    forgetful: Client, settings: Settings, queue: str
) -> None:
    routing = Routing(forgetful, deployment_name(), [queue_of(kind) for kind in Work])
    async with running(forgetful, settings, "b"):
        async with running(forgetful, settings, "a"):
            await routing.promote("a")
            await routing.promote("b")
            stays = await routing.remove()
            assert any(line.startswith("b stays: it is current") for line in stays), stays
            assert any(line.startswith("a stays: workers of it still run") for line in stays), stays

        async def is_removed() -> bool:
            await routing.remove("a")
            return (await routing.overview()).find("a") is None

        await eventually(is_removed, 120)
        assert await routing.remove("a") == ["The engine knows no build a; nothing was changed."]


@workflow.defn(name=contracts.WORKFLOW_TYPE)
class WaitsFirst(PurchaseRequest):
    """A build of which somebody changed the order of commands, and forgot the patch."""

    @workflow.init
    def __init__(self, start: RawValue) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: RawValue) -> str:
        await workflow.sleep(1)
        return await super().run(start)


CHANGED: tuple[Any, ...] = tuple(WaitsFirst if one is PurchaseRequest else one for one in RUN_WORKFLOWS)


async def test_the_gate_lets_a_build_pass_that_goes_on_with_what_is_recorded_and_what_runs(
    client: Client, settings: Settings, desk: Desk
) -> None:
    async with running(client, settings, ""):
        case = await desk.send(MANAGER)
        gate = Gate(RUN_WORKFLOWS, DATA_CONVERTER)
        await gate.replay_recorded()

        async def is_looked_at() -> bool:
            """The engine lists runs a moment late."""
            gate.samples.clear()
            await gate.replay_running(client, 1000)
            return gate.samples[0].looked_at > 0

        await eventually(is_looked_at)
        await case.decide(Action.APPROVE, MANAGER1)
    assert gate.broken == []
    assert gate.recorded >= 19
    assert {sample.kind for sample in gate.samples} >= {"PurchaseRequest", "Housekeeping"}


async def test_the_gate_names_every_history_that_a_build_would_not_go_on_with(
    client: Client, settings: Settings, desk: Desk
) -> None:
    async with running(client, settings, ""):
        case = await desk.send(MANAGER)
        gate = Gate(CHANGED, DATA_CONVERTER)
        await gate.replay_recorded()
        assert "waiting-at-the-first-step.json" in {broken.what for broken in gate.broken}
        assert all("ondeterminis" in broken.why for broken in gate.broken)
        recorded = len(gate.broken)

        async def is_named() -> bool:
            del gate.broken[recorded:]
            await gate.replay_running(client, 1000)
            return any(case.handle.id in broken.what for broken in gate.broken[recorded:])

        await eventually(is_named)
        await case.decide(Action.APPROVE, MANAGER1)


async def test_the_gate_names_runs_of_a_type_that_a_build_does_not_have(
    client: Client, settings: Settings, desk: Desk
) -> None:
    async with running(client, settings, ""):
        case = await desk.send(MANAGER)
        others = [one for kind in Work for one in workflows_of(kind) if one is not PurchaseRequest]
        of_before = Gate([*others, PurchaseRequest], DATA_CONVERTER)
        renamed = Gate(others, DATA_CONVERTER)

        async def is_named() -> bool:
            """The engine lists runs a moment late."""
            renamed.broken.clear()
            await renamed.find_unknown(client)
            return bool(renamed.broken)

        await eventually(is_named)
        assert ["runs of PurchaseRequest, such as" in broken.what for broken in renamed.broken] == [True]
        await of_before.find_unknown(client)
        assert of_before.broken == []
        await case.decide(Action.APPROVE, MANAGER1)


async def test_without_recorded_histories_the_gate_lets_nobody_pass(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no recorded histories"):
        await Gate(RUN_WORKFLOWS, DATA_CONVERTER).replay_recorded(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_look_finds_runs_that_a_build_cannot_go_on_with_and_they_go_on_when_it_is_rolled_back(
    client: Client, settings: Settings, desk: Desk, routing: Routing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(client, settings, "a"):
        await routing.promote("a")
        case = await desk.send(MANAGER)
        monkeypatch.setattr("worker.RUN_WORKFLOWS", CHANGED)
        async with running(client, settings, "broken"):
            await routing.promote("broken")
            command = await case.ask(Action.APPROVE, MANAGER1)

            async def is_found() -> bool:
                found = await look.problems(client, desk.pool)
                return any(case.handle.id in problem for problem in found)

            await eventually(is_found, 90)
            await routing.roll_back("broken")
            assert (await case.outcome(command)).refusal is None
            assert await case.result() == "completed"
    await approved_once(case, "manager")


def deployed(settings: Settings, engine: TemporalServer, **own: str) -> dict[str, str]:
    """What a process of ours is told."""
    return {
        **without_client_settings(os.environ),
        "DATABASE_URL": settings.database_url,
        "DEMO_MODE": "true",
        "TEMPORAL_ADDRESS": engine.address,
        **own,
    }


async def keep(client: Client, build: str, code: str) -> None:
    """Have the engine keep that a build has this code, whatever it has."""
    request = UpdateWorkerDeploymentVersionMetadataRequest(
        namespace=client.namespace,
        deployment_version=WorkerDeploymentVersion(deployment_name=deployment_name(), build_id=build),
        upsert_entries={build_code.KEY: Payload(data=json.dumps(code).encode())},
    )
    await client.workflow_service.update_worker_deployment_version_metadata(request)


async def tool(repository: Path, settings: Settings, engine: TemporalServer, *arguments: str, **own: str) -> Done:
    """``python -m deployment``, as an operator gives it."""
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "deployment", "--patience", "2", *arguments],
        cwd=repository,
        env=deployed(settings, engine, **own),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_command_line_says_what_it_did_and_what_is_so(
    client: Client, settings: Settings, engine: TemporalServer, pool: Pool, repository: Path
) -> None:
    done = await tool(repository, settings, engine, "status")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "Deployment purchase-requests"
    assert "unversioned" in done.stdout
    done = await tool(repository, settings, engine, "promote")
    assert (done.returncode, "Say which build" in done.stderr) == (1, True)
    done = await tool(repository, settings, engine, "promote", WORKER_BUILD_ID="2026-12-01")
    assert (done.returncode, "No worker of 2026-12-01" in done.stderr) == (1, True)
    done = await tool(repository, settings, engine, "check", "--runs", "5")
    assert done.returncode == 0, done.stderr
    assert "This build goes on with all of them." in done.stdout
    await pool.execute("UPDATE commands SET delivered_at = now()")  # as the API would have noted it
    done = await tool(repository, settings, engine, "look")
    assert done.returncode == 0, done.stderr
    async with running(client, settings, "2026-12-01"):
        done = await tool(repository, settings, engine, "--patience", "60", "promote", WORKER_BUILD_ID="2026-12-01")
        assert done.returncode == 0, done.stderr
        assert "2026-12-01 is current and gets all runs; before it was unversioned." in done.stdout
        row = next(line for line in done.stdout.splitlines() if line.startswith("2026-12-01  "))
        assert row.split()[1:4] == ["current", "100", "%"]
        done = await tool(
            repository, settings, engine, "rollback", "--to", "unversioned", "--force", "--build", "2026-12-01"
        )
        assert done.returncode == 0, done.stderr
    assert (await tool(repository, settings, engine, "ramp", "101")).returncode == 2


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_build_that_is_known_with_other_workflow_code_is_refused_by_the_gate_and_when_a_worker_starts(
    client: Client, settings: Settings, engine: TemporalServer, repository: Path
) -> None:
    here, own = build_code.digest(), {"WORKER_BUILD_ID": "2026-12-24"}
    environment = deployed(settings, engine, **own)
    worker = await asyncio.create_subprocess_exec(sys.executable, "worker.py", cwd=repository, env=environment)

    async def is_kept() -> bool:
        return await build_code.require_same(client, deployment_name(), "2026-12-24", here)

    try:
        await eventually(is_kept, 90)
        with pytest.raises(build_code.OtherCodeError, match="Give this code a build id of its own"):
            await build_code.note(client, deployment_name(), "2026-12-24", "changed")
        done = await tool(repository, settings, engine, "check", "--runs", "0", **own)
        assert done.returncode == 0, done.stderr
    finally:
        worker.kill()
        await worker.wait()
    await keep(client, "2026-12-24", "changed")
    done = await tool(repository, settings, engine, "check", "--runs", "0", **own)
    assert done.returncode == 1
    assert "Build 2026-12-24 is known with other workflow code" in done.stderr
    assert "Replayed" not in done.stdout
    refused = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "worker.py"],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert refused.returncode == 1
    assert "Build 2026-12-24 is known with other workflow code" in refused.stdout + refused.stderr
    assert "worker started" not in refused.stdout + refused.stderr
