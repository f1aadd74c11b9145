"""One build id stands for one workflow code: the engine keeps which, as metadata of the version, and another one is refused.

Else a build that was built anew with changed code would go on with its runs as if it had passed the gate, and going back to it would be
going to something else.
"""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

from temporalio.api.common.v1 import Payload
from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentVersionRequest,
    UpdateWorkerDeploymentVersionMetadataRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from deployment.versions import CALL

ROOT: Final = Path(__file__).parent.parent
CODE: Final = ("approval", "trace_context.py", "workflows")
"""What workflows are made of: they import nothing else of ours."""
KEY: Final = "workflow-code"


class OtherCodeError(Exception):
    """The engine knows the build with other workflow code; the message says what to do."""


def digest(root: Path = ROOT) -> str:
    """What the workflow code here is, with the engine's library that runs it: the same for the same code, whoever built it."""
    found = sha256(version("temporalio").encode())
    files = [file for part in CODE for file in (root / part, *(root / part).rglob("*.py")) if file.is_file()]
    for file in sorted(files):
        found.update(b"\0".join((file.relative_to(root).as_posix().encode(), sha256(file.read_bytes()).digest())))
    return found.hexdigest()


async def require_same(client: Client, name: str, build: str, code: str) -> bool:
    """Refuse workflow code under the id of a build that is known with other code.

    Args:
        client: of the engine.
        name: the deployment.
        build: its id.
        code: the digest of what is here.

    Returns:
        Whether the engine knows the build with this code; else it knows none, or no such build.

    Raises:
        OtherCodeError: see there.
        temporalio.service.RPCError: the engine does not say.
    """
    request = DescribeWorkerDeploymentVersionRequest(
        namespace=client.namespace, deployment_version=_version(name, build)
    )
    try:
        answer = await client.workflow_service.describe_worker_deployment_version(request, timeout=CALL)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    entries = answer.worker_deployment_version_info.metadata.entries
    if KEY not in entries:
        return False
    known = json.loads(entries[KEY].data)
    if known != code:
        raise OtherCodeError(
            f"Build {build} is known with other workflow code ({known[:12]}) than this ({code[:12]}). Give this code a build id of its "
            f"own (WORKER_BUILD_ID). If nothing runs of the build that is known: python -m deployment remove --build {build}"
        )
    return True


async def note(client: Client, name: str, build: str, code: str) -> bool:
    """Have the engine keep which workflow code a build has, if it does not know yet. Arguments and errors as of ``require_same``.

    Returns:
        Whether the engine knows it; it does not before it has met a worker of the build.
    """
    if await require_same(client, name, build, code):
        return True
    request = UpdateWorkerDeploymentVersionMetadataRequest(
        namespace=client.namespace,
        deployment_version=_version(name, build),
        upsert_entries={KEY: Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(code).encode())},
        identity=client.identity,
    )
    try:
        await client.workflow_service.update_worker_deployment_version_metadata(request, timeout=CALL)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


def _version(name: str, build: str) -> WorkerDeploymentVersion:
    return WorkerDeploymentVersion(deployment_name=name, build_id=build)
