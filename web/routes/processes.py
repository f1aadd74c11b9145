"""Processes for admins: the list, one of them as a picture, its versions and what is different between them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from application.matrices import MatrixChange, changes
from approval.model import Code, Frozen, RefusedError, refuse
from approval.process import ApprovalMatrix, ByUser, PurchaseProcess
from crm import directory, process_runs, processes, publishing
from crm.pool import Pool
from crm.processes import Process
from web.deps import PoolDep
from web.process_changes import StepChange, step_changes
from web.process_document import differences, write
from web.rendering import Page, PageDep

router = APIRouter(prefix="/admin/processes")

Key = Annotated[str, Path(pattern="^[a-z][a-z0-9_-]{0,59}$")]
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("")
async def list_processes(page: PageDep, pool: PoolDep) -> Response:
    """All processes."""
    page.user.require_role("admin")
    return await page.render(
        "admin/processes.html", items=await processes.items(pool), running=await processes.running(pool)
    )


@router.get("/{key}")
async def show_draft(key: Key, page: PageDep, pool: PoolDep) -> Response:
    """A process: its draft, and what publishing it would change."""
    page.user.require_role("admin")
    process, draft = await find(pool, key), await find_draft(pool, key)
    text = process.draft_text or write(draft)
    return await _process_page(page, pool, process, draft, text, version=None, against=process.version)


@router.get("/{key}/versions/{version}")
async def show_version(
    key: Key,
    version: Version,
    page: PageDep,
    pool: PoolDep,
    against: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """A published version, and what is different from another one."""
    page.user.require_role("admin")
    process = await find(pool, key)
    shown = await processes.load_version(pool, key, version)
    if shown is None:
        raise refuse(Code.NOT_FOUND)
    against = against or (version - 1 or None)
    return await _process_page(
        page,
        pool,
        process,
        shown.document,
        write(shown.document),
        version=version,
        against=against,
        published_at=shown.published_at,
        published_by=(await directory.names(pool, [shown.published_by])).get(shown.published_by, shown.published_by),
    )


@router.post("/{key}/publish")
async def publish(key: Key, page: PageDep, pool: PoolDep) -> Response:
    """Make the draft the next version."""
    page.user.require_role("admin")
    page.require_recent_sign_in()
    try:
        version = await publishing.publish(pool, key, by=page.user.username, at=datetime.now(UTC))
    except RefusedError as error:
        await page.tell_refusal(error)
        errors = error.refusal.errors
        in_matrix = bool(errors) and all(wrong.pointer.startswith("/matrix/rows") for wrong in errors)
        return page.redirect(f"/admin/processes/{key}/{'matrix' if in_matrix else 'form'}")
    if version is None:
        raise refuse(Code.NOT_FOUND)
    page.tell(
        "success",
        page.gettext("Version %(version)s is published") % {"version": version.version},
        page.gettext("Requests sent from now on run it; those on their way keep their version.")
        if (await find(pool, key)).connected
        else page.gettext("No request runs it until the CRM is connected to it."),
    )
    return page.redirect(f"/admin/processes/{key}/versions/{version.version}")


class _Changes(Frozen):
    """What is different between two versions; ``matrix`` None: nothing in their matrices."""

    before: PurchaseProcess
    after: PurchaseProcess
    steps: tuple[StepChange, ...]
    matrix: MatrixChange | None


async def _changes(before: PurchaseProcess, after: PurchaseProcess) -> _Changes:
    matrix = None
    if before.matrix != after.matrix:
        old, new = before.matrix or ApprovalMatrix(), after.matrix or ApprovalMatrix()
        matrix = await asyncio.to_thread(changes, old, new)
    return _Changes(
        before=before,
        after=after,
        steps=tuple(step_changes(before, after)),
        matrix=None if matrix is None or matrix.nothing else matrix,
    )


async def find(pool: Pool, key: str) -> Process:
    """A process.

    Raises:
        RefusedError: ``not_found``.
    """
    process = await processes.load(pool, key)
    if process is None:
        raise refuse(Code.NOT_FOUND)
    return process


async def find_draft(pool: Pool, key: str) -> PurchaseProcess:
    """The draft of a process, with the rows of its matrix.

    Raises:
        RefusedError: ``not_found``.
    """
    draft = await processes.load_draft(pool, key)
    if draft is None:
        raise refuse(Code.NOT_FOUND)
    return draft


async def people_of(pool: Pool, *definitions: PurchaseProcess) -> dict[str, str]:
    """Names of those whom processes name."""
    steps = [step for definition in definitions for step in definition.approval_steps]
    asked = (source for step in steps for source in step.approvers)
    told = (stage.to for step in steps for stage in step.escalate)
    return await directory.names(pool, {source.user for source in (*asked, *told) if isinstance(source, ByUser)})


async def _process_page(
    page: Page,
    pool: Pool,
    process: Process,
    definition: PurchaseProcess,
    text: str,
    *,
    version: int | None,
    against: int | None,
    **more: Any,
) -> Response:
    other = await processes.load_version(pool, process.key, against) if against else None
    newest = await processes.load_version(pool, process.key, process.version) if process.version else None
    running = await processes.running(pool)
    draft = await find_draft(pool, process.key)
    known = [one.document for one in (other, newest) if one]
    return await page.render(
        "admin/process.html",
        process=process,
        definition=definition,
        draft=draft,
        text=text,
        people=await people_of(pool, definition, draft, *known),
        version=version,
        against=other.version if other else None,
        lines=differences(other.document, definition) if other else [],
        changes=await _changes(other.document, definition) if other else None,
        unpublished=newest is None or newest.document != draft,
        to_publish=await _changes(newest.document, draft) if newest else None,
        concerned=await process_runs.counts(pool, process.key),
        running={number: count for (key, number), count in running.items() if key == process.key},
        **{"published_at": None, "published_by": None, **more},
    )
