"""What the engine knows of the builds of one deployment: what each gets, who asks for work, how many runs are on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from temporalio.api.deployment.v1 import RoutingConfig, WorkerDeploymentInfo
from temporalio.api.enums.v1 import (
    RoutingConfigUpdateState,
    TaskQueueType,
    VersionDrainageStatus,
    WorkerVersioningMode,
)
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, DescribeWorkerDeploymentRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

Summary = WorkerDeploymentInfo.WorkerDeploymentVersionSummary

UNVERSIONED: Final = "unversioned"
"""What workers without a build id are called here."""

CALL: Final = timedelta(seconds=20)
POLL: Final = timedelta(seconds=90)
"""A worker asks for work again after a minute at most, and the engine remembers it for some minutes more."""

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
        pollers: workers that ask for work, by task queue.
        runs: open ones whose last step was this build's.
    """

    build: str
    state: State
    percentage: float
    created_at: datetime
    last_current_at: datetime | None
    pollers: Mapping[str, int]
    runs: int

    def lacks(self, queues: Sequence[str]) -> list[str]:
        """Those of these task queues on which nobody of this build asks for work."""
        return [queue for queue in queues if not self.pollers.get(queue)]


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
    pollers = await _pollers(client, name, queues)
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=name)
    try:
        answer = await client.workflow_service.describe_worker_deployment(request, timeout=CALL)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return Overview(name, [await _unversioned(client, pollers, RoutingConfig())])
    info = answer.worker_deployment_info
    versions = [
        await _version(client, name, summary, pollers, info.routing_config) for summary in info.version_summaries
    ]
    versions.sort(key=lambda version: version.created_at, reverse=True)
    return Overview(
        name,
        [*versions, await _unversioned(client, pollers, info.routing_config)],
        settled=info.routing_config_update_state != RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS,
        token=answer.conflict_token,
    )


Pollers = Mapping[str, Counter[str]]
"""By build, then by task queue."""


async def _pollers(client: Client, name: str, queues: Sequence[str]) -> Pollers:
    found: dict[str, Counter[str]] = {}
    since = datetime.now(UTC) - POLL
    for queue in queues:
        request = DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        answer = await client.workflow_service.describe_task_queue(request, timeout=CALL)
        for poller in answer.pollers:
            build = _build_of(poller, name)
            if build is not None and poller.last_access_time.ToDatetime(UTC) > since:
                found.setdefault(build, Counter())[queue] += 1
    return found


def _build_of(poller: PollerInfo, name: str) -> str | None:
    """The build of a worker; None: it belongs to another deployment."""
    options = poller.deployment_options
    if options.worker_versioning_mode != WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED:
        return UNVERSIONED
    return options.build_id if options.deployment_name == name else None


async def _version(client: Client, name: str, summary: Summary, pollers: Pollers, routing: RoutingConfig) -> Version:
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
        pollers=pollers.get(build, {}),
        runs=(await client.count_workflows(query, rpc_timeout=CALL)).count,
    )


async def _unversioned(client: Client, pollers: Pollers, routing: RoutingConfig) -> Version:
    state, percentage = _share(routing, "")
    query = "TemporalWorkerDeploymentVersion IS NULL AND ExecutionStatus = 'Running'"
    return Version(
        build=UNVERSIONED,
        state=state or State.INACTIVE,
        percentage=percentage,
        created_at=_LONG_AGO,
        last_current_at=None,
        pollers=pollers.get(UNVERSIONED, {}),
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
