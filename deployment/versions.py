"""What the engine knows of the builds of one deployment: what each gets, which workers are there, how many runs are on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from temporalio.api.deployment.v1 import RoutingConfig, WorkerDeploymentInfo
from temporalio.api.enums.v1 import RoutingConfigUpdateState, VersionDrainageStatus, WorkerStatus
from temporalio.api.worker.v1 import WorkerListInfo
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    DescribeWorkerRequest,
    ListWorkersRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

Summary = WorkerDeploymentInfo.WorkerDeploymentVersionSummary

UNVERSIONED: Final = "unversioned"
"""What workers without a build id are called here."""

CALL: Final = timedelta(seconds=20)
HEARTBEAT: Final = timedelta(seconds=5)
"""A worker tells the engine so often that it is there, and at once that it stops."""
THERE: Final = 3 * HEARTBEAT
"""One that was killed said so no longer ago than this, or is known to be gone. Whom the engine remembers as having asked for work says
less: it does so for minutes, and one that has nothing to do asks once a minute."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class State(StrEnum):
    """What a build is for the engine."""

    CURRENT = "current"
    RAMPING = "ramping"
    DRAINING = "draining"
    DRAINED = "drained"
    INACTIVE = "inactive"


@dataclass(frozen=True)
class Version:
    """One build.

    Attributes:
        build: its id, or ``UNVERSIONED``.
        percentage: of the runs, those whose next step is this build's.
        created_at: when its first worker came.
        last_current_at: when it became current last; None: never.
        workers: how many are there, by task queue.
        runs: open ones whose last step was this build's.
    """

    build: str
    state: State
    percentage: float
    created_at: datetime
    last_current_at: datetime | None
    workers: Mapping[str, int]
    runs: int

    def lacks(self, queues: Sequence[str]) -> list[str]:
        """Those of these task queues on which no worker of this build is there."""
        return [queue for queue in queues if not self.workers.get(queue)]


@dataclass(frozen=True)
class Overview:
    """All builds of a deployment.

    Attributes:
        versions: the newest first, ``UNVERSIONED`` last.
        settled: whether all parts of the engine know what was decided last.
        token: by which a change is refused that was decided on something else.
    """

    name: str
    versions: Sequence[Version]
    settled: bool = True
    token: bytes = b""

    def find(self, build: str) -> Version | None:
        """A build; None: the engine has never met a worker of it."""
        return next((version for version in self.versions if version.build == build), None)

    @property
    def current(self) -> Version:
        """The build that gets what no other one does."""
        return next(version for version in self.versions if version.state is State.CURRENT)

    @property
    def ramping(self) -> Version | None:
        """The build that gets a part."""
        return next((version for version in self.versions if version.state is State.RAMPING), None)


async def overview(client: Client, name: str, queues: Sequence[str]) -> Overview:
    """All builds of a deployment as the engine knows them now.

    Args:
        client: of the engine.
        name: the deployment.
        queues: the task queues that its workers ask for work.

    Raises:
        temporalio.service.RPCError: the engine does not say.
    """
    workers = await _workers(client, name, queues)
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=name)
    try:
        answer = await client.workflow_service.describe_worker_deployment(request, timeout=CALL)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return Overview(name, [await _unversioned(client, workers, RoutingConfig())])
    info = answer.worker_deployment_info
    versions = [
        await _version(client, name, summary, workers, info.routing_config) for summary in info.version_summaries
    ]
    versions.sort(key=lambda version: version.created_at, reverse=True)
    return Overview(
        name,
        [*versions, await _unversioned(client, workers, info.routing_config)],
        settled=info.routing_config_update_state != RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS,
        token=answer.conflict_token,
    )


Workers = Mapping[str, Counter[str]]
"""By build, then by task queue."""


async def _workers(client: Client, name: str, queues: Sequence[str]) -> Workers:
    found: dict[str, Counter[str]] = {}
    since = datetime.now(UTC) - THERE
    request = ListWorkersRequest(namespace=client.namespace)
    while True:
        answer = await client.workflow_service.list_workers(request, timeout=CALL)
        for worker in answer.workers:
            build = _build_of(worker, name)
            if worker.task_queue in queues and build is not None and await _is_there(client, worker, since):
                found.setdefault(build, Counter())[worker.task_queue] += 1
        if not answer.next_page_token:
            return found
        request.next_page_token = answer.next_page_token


def _build_of(worker: WorkerListInfo, name: str) -> str | None:
    """The build of a worker; None: it belongs to another deployment."""
    version = worker.deployment_version
    if not version.deployment_name:
        return UNVERSIONED
    return version.build_id if version.deployment_name == name else None


async def _is_there(client: Client, worker: WorkerListInfo, since: datetime) -> bool:
    if worker.status != WorkerStatus.WORKER_STATUS_RUNNING:
        return False
    request = DescribeWorkerRequest(namespace=client.namespace, worker_instance_key=worker.worker_instance_key)
    try:
        answer = await client.workflow_service.describe_worker(request, timeout=CALL)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:  # forgotten since
            raise
        return False
    return answer.worker_info.worker_heartbeat.heartbeat_time.ToDatetime(UTC) > since


async def _version(client: Client, name: str, summary: Summary, workers: Workers, routing: RoutingConfig) -> Version:
    build = summary.deployment_version.build_id
    state, percentage = _share(routing, build)
    if state is None:
        state = _left(summary)
    query = f"TemporalWorkerDeploymentVersion = '{name}:{build}' AND ExecutionStatus = 'Running'"
    return Version(
        build=build,
        state=state,
        percentage=percentage,
        created_at=summary.create_time.ToDatetime(UTC),
        last_current_at=summary.last_current_time.ToDatetime(UTC) if summary.HasField("last_current_time") else None,
        workers=workers.get(build, {}),
        runs=(await client.count_workflows(query, rpc_timeout=CALL)).count,
    )


async def _unversioned(client: Client, workers: Workers, routing: RoutingConfig) -> Version:
    state, percentage = _share(routing, "")
    query = "TemporalWorkerDeploymentVersion IS NULL AND ExecutionStatus = 'Running'"
    return Version(
        build=UNVERSIONED,
        state=state or State.INACTIVE,
        percentage=percentage,
        created_at=_LONG_AGO,
        last_current_at=None,
        workers=workers.get(UNVERSIONED, {}),
        runs=(await client.count_workflows(query, rpc_timeout=CALL)).count,
    )


def _share(routing: RoutingConfig, build: str) -> tuple[State | None, float]:
    """What a build is by the routing, and its part in percent; an empty id is that of workers without one."""
    ramped = routing.ramping_version_percentage
    if routing.current_deployment_version.build_id == build:
        return State.CURRENT, 100 - ramped
    if routing.ramping_deployment_version.build_id == build and (build or ramped):
        return State.RAMPING, ramped
    return None, 0.0


def _left(summary: Summary) -> State:
    """What a build is that gets nothing."""
    match summary.drainage_info.status:
        case VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINING:
            return State.DRAINING
        case VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINED:
            return State.DRAINED
    return State.INACTIVE
