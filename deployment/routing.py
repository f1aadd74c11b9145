"""Giving builds their part of the runs, and taking it from them. Each may be said again: what is so already stays so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.workflowservice.v1 import (
    DeleteWorkerDeploymentVersionRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from deployment.versions import CALL, UNVERSIONED, Overview, State, Version, overview

PAUSE: Final = 0.2
PATIENCE: Final = 75.0
"""Seconds; workers of releases that do not say as often that they are there say it once a minute."""
_REFUSALS: Final = frozenset(
    {
        RPCStatusCode.ABORTED,
        RPCStatusCode.FAILED_PRECONDITION,
        RPCStatusCode.INVALID_ARGUMENT,
        RPCStatusCode.NOT_FOUND,
        RPCStatusCode.RESOURCE_EXHAUSTED,
    }
)


def _to_nobody(what: str) -> None:
    """Nobody wants to know."""


class RefusedRoutingError(Exception):
    """It was not done, and nothing was changed; the message says why, and what to do."""


class Routing:
    """Which build gets which part of the runs of one deployment.

    Args:
        client: of the engine.
        name: the deployment.
        queues: the task queues that its workers ask for work.
        patience: seconds for which workers that were started a moment ago are waited for, and the engine's parts.
        tell: is told, once, what is waited for.
    """

    def __init__(
        self,
        client: Client,
        name: str,
        queues: Sequence[str],
        *,
        patience: float = PATIENCE,
        tell: Callable[[str], None] = _to_nobody,
    ) -> None:
        self._client = client
        self._name = name
        self._queues = queues
        self._patience = patience
        self._tell = tell

    async def overview(self) -> Overview:
        """All builds as they are now.

        Raises:
            temporalio.service.RPCError: the engine does not say.
        """
        return await overview(self._client, self._name, self._queues)

    async def ramp(self, build: str, percentage: float, *, forced: bool = False) -> str:
        """Give a build a part of the runs; which they are depends on their ids alone, so that each stays where it is.

        Args:
            build: its id.
            percentage: from 0 to 100.
            forced: also without workers.

        Returns:
            What was done, or that it was so already.

        Raises:
            RefusedRoutingError: see there.
            temporalio.service.RPCError: the engine does not say.
        """
        found = await self._with_workers(build, forced=forced)
        if found.current.build == build:
            return f"{build} is current already and gets what no other build does; nothing was changed."
        if found.ramping is not None and (found.ramping.build, found.ramping.percentage) == (build, percentage):
            return f"{build} gets {percentage:g} % already; nothing was changed."
        await self._set_ramping(found, build, percentage, forced=forced)
        return f"{build} gets {percentage:g} % of the runs, {found.current.build} all others."

    async def promote(self, build: str, *, forced: bool = False) -> str:
        """Make a build current: it gets all runs. Arguments, result and errors as of ``ramp``."""
        found = await self._with_workers(build, forced=forced)
        if found.current.build == build and found.ramping is None:
            return f"{build} is current already; nothing was changed."
        await self._set_current(found, build, forced=forced)
        return f"{build} is current and gets all runs; before it was {found.current.build}."

    async def roll_back(self, build: str, *, to: str | None = None, forced: bool = False) -> str:
        """Take from a build what it gets: its part goes back to the current one, or, if it is current itself, all goes to the one
        that was current before.

        Args:
            build: what is rolled back.
            to: where to, instead of the one that was current before; ``UNVERSIONED`` is possible.
            forced: also to a build without workers.

        Returns:
            What was done, or that the build gets nothing already.

        Raises:
            RefusedRoutingError: see there.
            temporalio.service.RPCError: the engine does not say.
        """
        found = await self.overview()
        if found.ramping is not None and found.ramping.build == build:
            await self._set_ramping(found, UNVERSIONED, 0, forced=True)
            return f"{build} gets nothing any more; {found.current.build}, which is current, gets all runs."
        if found.current.build != build:
            return f"{build} gets nothing already; nothing was changed. {found.current.build} is current."
        target = to or before(found, found.current).build
        if target == build:
            raise RefusedRoutingError(f"{build} cannot be rolled back to itself; nothing was changed.")
        found = await self._with_workers(target, forced=forced)
        await self._set_current(found, target, forced=forced)
        kept = (
            f" What workers of {build} have in memory they keep until they stop: stop them."
            if target == UNVERSIONED
            else ""
        )
        return f"{target} is current again and gets all runs; {build} gets nothing any more.{kept}"

    async def remove(self, build: str | None = None) -> list[str]:
        """Have the engine forget builds that get nothing, whose workers have stopped and which are drained: one, or all such.

        Returns:
            For each build but the current one what was done, or why it stays.

        Raises:
            temporalio.service.RPCError: the engine does not say.
        """
        found = await self.overview()
        known = [version for version in found.versions if version.build != UNVERSIONED]
        chosen = [version for version in known if build in (None, version.build)]
        if not chosen:
            return [
                f"The engine knows no build {build}; nothing was changed." if build else "There is nothing to remove."
            ]
        return [await self._remove(version) for version in chosen]

    async def _remove(self, version: Version) -> str:
        if version.state in (State.CURRENT, State.RAMPING):
            return f"{version.build} stays: it is {version.state} and gets {version.percentage:g} % of the runs."
        if any(version.workers.values()):
            return f"{version.build} stays: workers of it still run. Stop them first; the engine forgets them within minutes."
        request = DeleteWorkerDeploymentVersionRequest(
            namespace=self._client.namespace,
            deployment_version=WorkerDeploymentVersion(deployment_name=self._name, build_id=version.build),
            identity=self._client.identity,
        )
        try:
            await self._client.workflow_service.delete_worker_deployment_version(request, timeout=CALL)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return f"{version.build} is gone already."
            if error.status not in _REFUSALS:
                raise
            return f"{version.build} stays ({version.state}): {error.message}. Try again in some minutes."
        return f"{version.build} is removed."

    async def _with_workers(self, build: str, *, forced: bool) -> Overview:
        """All builds, once workers of this one have been there on every task queue, or at once if that does not matter. They need not be
        in the same look: those that say it once a minute count for a part of it only, each for another one.

        Raises:
            RefusedRoutingError: they do not.
        """
        until: float | None = None
        missing = list(self._queues)
        while True:
            found = await self.overview()
            version = found.find(build)
            missing = missing if version is None else version.lacks(missing)
            if not missing or forced:
                return found
            if until is None:
                # From the end of the first look: an engine that takes its time over it does not take ours.
                until = time.monotonic() + self._patience
                self._tell(
                    f"Waiting until a worker of {build} says that it is there on {' and '.join(missing)}, for {self._patience:g} seconds "
                    "at most."
                )
            if time.monotonic() > until:
                raise RefusedRoutingError(
                    f"No worker of {build} is there on {' and '.join(missing)}: what it were given would wait. Nothing was "
                    "changed. Start its workers of every kind, or force it."
                )
            await asyncio.sleep(PAUSE)

    async def _set_current(self, found: Overview, build: str, *, forced: bool) -> None:
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self._client.namespace,
            deployment_name=self._name,
            build_id=_for_the_engine(build),
            conflict_token=found.token,
            identity=self._client.identity,
            ignore_missing_task_queues=forced,
            allow_no_pollers=forced,
        )
        try:
            await self._client.workflow_service.set_worker_deployment_current_version(request, timeout=CALL)
        except RPCError as error:
            raise _refusal(error) from error
        await self._settle()

    async def _set_ramping(self, found: Overview, build: str, percentage: float, *, forced: bool) -> None:
        request = SetWorkerDeploymentRampingVersionRequest(
            namespace=self._client.namespace,
            deployment_name=self._name,
            build_id=_for_the_engine(build),
            percentage=percentage,
            conflict_token=found.token,
            identity=self._client.identity,
            ignore_missing_task_queues=forced,
            allow_no_pollers=forced,
        )
        try:
            await self._client.workflow_service.set_worker_deployment_ramping_version(request, timeout=CALL)
        except RPCError as error:
            raise _refusal(error) from error
        await self._settle()

    async def _settle(self) -> None:
        """Wait until all parts of the engine know it. What takes longer than our patience is done all the same."""
        until = time.monotonic() + self._patience
        while not (await self.overview()).settled and time.monotonic() < until:  # noqa: ASYNC110 - the engine does it
            await asyncio.sleep(PAUSE)


def before(found: Overview, version: Version) -> Version:
    """The build that was current before another one: of those that are older, and have been current, the one that was last.

    Builds that were rolled back are newer, so that nothing is rolled back to them. The first build had workers without an id before it.
    """
    been = [
        other for other in found.versions if other.last_current_at is not None and other.created_at < version.created_at
    ]
    unversioned = found.find(UNVERSIONED)
    assert unversioned is not None  # noqa: S101 - it is always there
    return max(been, key=lambda other: other.last_current_at or other.created_at, default=unversioned)


def _for_the_engine(build: str) -> str:
    return "" if build == UNVERSIONED else build


def _refusal(error: RPCError) -> Exception:
    if error.status not in _REFUSALS:
        return error
    return RefusedRoutingError(f"The engine refuses: {error.message}. Nothing was changed.")
