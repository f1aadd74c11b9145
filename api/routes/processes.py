"""``/processes`` and ``/connection``: process definitions and the link between the CRM and one of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import ConfigDict

from admission import HEAVY
from api import schemas
from api.deps import AdminDep, CallerDep, IfMatchDep, PoolDep, RecentAdminDep
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application import documents
from approval.document_text import read_json, read_yaml
from approval.model import Code, FieldError, Frozen, Input, Role, refuse
from crm import processes, publishing
from crm.pool import Pool
from crm.processes import ConnectionInfo, Process, ProcessItem, ProcessVersion, PublishedProcess

router = APIRouter(route_class=IdempotentRoute, tags=["processes"], responses=ANSWERS)

Key = Annotated[str, Path(pattern="^[a-z][a-z0-9_-]{0,59}$", examples=["purchase-approval"])]
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]

_EXAMPLE = {
    "schema_version": 1,
    "key": "purchase-approval",
    "name": {"vi": "Duyệt mua hàng", "en": "Purchase approval"},
    "steps": [
        {
            "key": "manager",
            "name": {"vi": "Quản lý duyệt", "en": "Manager"},
            "approvers": [{"manager": 1}],
            "may_edit": ["lines.quantity"],
            "deadline_hours": 16,
        },
        {
            "key": "director",
            "name": {"vi": "Giám đốc duyệt", "en": "Director"},
            "approvers": [{"role": "director"}],
            "when": 'request.total >= 50000000.0 || request.currency != "VND"',
            "condition_label": {
                "vi": "tổng giá trị từ 50 triệu đồng trở lên, hoặc tính bằng ngoại tệ",
                "en": "the total is 50 million dong or more, or in a foreign currency",
            },
        },
    ],
}


_RECENT = documented("insufficient_user_authentication")


class ProcessList(Frozen):
    """All processes."""

    items: tuple[ProcessItem, ...]
    next_cursor: str | None = None


class Publish(Input):
    """Nothing needs to be said: what is published is the draft."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


@router.get("/connection", response_model=ConnectionInfo)
async def get_connection(caller: CallerDep, pool: PoolDep) -> ConnectionInfo:
    """Read whether the CRM is connected to a process, and to which."""
    return await processes.connection_info(pool)


@router.put("/connection", response_model=ConnectionInfo, responses=_RECENT)
async def put_connection(body: schemas.Connect, caller: RecentAdminDep, pool: PoolDep) -> ConnectionInfo:
    """Connect the CRM to a published process; admins only."""
    await processes.connect(pool, body.process_key, by=caller.username, at=datetime.now(UTC))
    return await processes.connection_info(pool)


@router.delete("/connection", status_code=204, responses=_RECENT)
async def delete_connection(caller: RecentAdminDep, pool: PoolDep) -> None:
    """Disconnect the CRM from its process; admins only.

    Runs that are on their way go on.
    """
    await processes.disconnect(pool)


@router.get("/processes", response_model=ProcessList, openapi_extra=HEAVY)
async def list_processes(caller: CallerDep, pool: PoolDep) -> ProcessList:
    """List the processes that were published; for admins, those that are drafts so far, too."""
    found = await (processes.items(pool) if caller.has_role(Role.ADMIN) else processes.published_items(pool))
    return ProcessList(items=tuple(found))


@router.get("/processes/{key}", response_model=Process | PublishedProcess)
async def get_process(key: Key, caller: CallerDep, pool: PoolDep, response: Response) -> Process | PublishedProcess:
    """Read a process that was published, with its versions; for admins, with its draft too.

    The `ETag` is that of the draft. For whoever is no admin, a process that was never published does not exist.
    """
    if caller.has_role(Role.ADMIN):
        return await _with_etag(pool, key, response)
    found = await processes.load_published(pool, key)
    if found is None:
        raise refuse(Code.NOT_FOUND)
    return found


async def get_seen_draft(
    if_match: IfMatchDep,
    if_none_match: Annotated[
        str | None, Header(description="`*`: save it only if there is no such process yet", examples=["*"])
    ] = None,
) -> int | None:
    """The version of the draft that the caller means to replace, ``NO_DRAFT`` for none, None for whichever there is.

    Raises:
        RefusedError: ``invalid``, ``stale_version``.
    """
    if if_none_match is not None and if_none_match.strip() != "*":
        raise refuse(Code.INVALID, FieldError(pointer="/If-None-Match", message="if_none_match"))
    if if_match == processes.NO_DRAFT or (if_match is not None and if_none_match is not None):
        raise refuse(Code.STALE_VERSION)  # no draft has this version, or both
    return if_match if if_none_match is None else processes.NO_DRAFT


@router.put(
    "/processes/{key}/draft",
    response_model=Process,
    responses=documented("invalid", "process_invalid", "condition_too_costly", "stale_version"),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/ProcessDefinition"},
                    "examples": {"two steps": {"value": _EXAMPLE}},
                },
                "application/yaml": {"schema": {"type": "string"}},
            },
        }
    },
)
async def put_draft(
    key: Key,
    request: Request,
    caller: AdminDep,
    pool: PoolDep,
    seen: Annotated[int | None, Depends(get_seen_draft)],
    response: Response,
) -> Process:
    """Save the draft of a process, as JSON or as YAML; admins only.

    Errors point at the place. A document has at most 100,000 characters, 10,000 names and values, and 32 levels; YAML is
    taken without anchors, aliases, merge keys (`<<`) and tags.

    With `If-Match` it replaces that draft and no other; with `If-None-Match: *` it is saved only if there is no such
    process yet; with neither it replaces whatever there is.
    """
    try:
        text = (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise refuse(Code.PROCESS_INVALID, FieldError(pointer="", message="not_utf8")) from error
    is_yaml = "json" not in request.headers.get("content-type", "")
    document = await documents.read(text, read_yaml if is_yaml else read_json)
    definition = await publishing.check_document(pool, document, key=key)
    await processes.save_draft(
        pool, definition, text=text if is_yaml else None, by=caller.username, at=datetime.now(UTC), seen=seen
    )
    return await _with_etag(pool, key, response)


@router.post(
    "/processes/{key}/publish",
    response_model=ProcessVersion,
    dependencies=POST,
    responses=documented(
        "invalid",
        "process_invalid",
        "condition_too_costly",
        "idempotency_key_reused",
        "insufficient_user_authentication",
    ),
)
async def publish_process(
    key: Key, caller: RecentAdminDep, pool: PoolDep, body: Publish | None = None
) -> ProcessVersion:
    """Publish the draft of a process as its next version; admins only.

    Requests that are on their way keep theirs.
    """
    version = await publishing.publish(pool, key, by=caller.username, at=datetime.now(UTC))
    if version is None:
        raise refuse(Code.NOT_FOUND)
    return version


@router.get("/processes/{key}/versions/{version}", response_model=ProcessVersion)
async def get_process_version(key: Key, version: Version, caller: CallerDep, pool: PoolDep) -> ProcessVersion:
    """Read a published version, which never changes."""
    found = await processes.load_version(pool, key, version)
    if found is None:
        raise refuse(Code.NOT_FOUND)
    return found


async def _with_etag(pool: Pool, key: str, response: Response) -> Process:
    process = await processes.load(pool, key)
    if process is None:
        raise refuse(Code.NOT_FOUND)
    response.headers["ETag"] = f'"{process.draft_version}"'
    return process
