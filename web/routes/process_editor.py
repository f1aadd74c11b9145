"""The editor of a process document: checked while one types, its errors on their lines, saved as the draft."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from application import documents
from approval.document_text import read_yaml
from approval.model import RefusedError, Role
from approval.process import PurchaseProcess
from crm import processes, publishing
from crm.pool import Pool
from texts import field_problem
from web.deps import PoolDep
from web.process_document import TEMPLATE, Problem, locate, write
from web.rendering import Page, PageDep
from web.routes.processes import Key, find, people_of

router = APIRouter(prefix="/admin")

Text = Annotated[str, Form()]


@router.get("/new-process")
async def new(page: PageDep, pool: PoolDep) -> Response:
    """The editor with an example to begin with."""
    page.user.require_role(Role.ADMIN)
    return await show_editor(page, pool, TEMPLATE, key=None)


@router.post("/new-process")
async def create(page: PageDep, pool: PoolDep, document: Text = "") -> Response:
    """Save a process that is not there yet."""
    page.user.require_role(Role.ADMIN)
    return await _save(page, pool, lines_as_ours(document), key=None, seen=processes.NO_DRAFT)


@router.post("/check-process")
async def check(page: PageDep, pool: PoolDep, document: Text = "", key: Annotated[str, Form()] = "") -> Response:
    """What is wrong with a document, or its picture: a part of the editor's page, fetched while one types.

    ``key`` is that of the process whose draft it is; empty for a new one.
    """
    page.user.require_role(Role.ADMIN)
    definition, problems = await checked(pool, lines_as_ours(document), key=key or None)
    return await page.render("admin/check.html", **await _check_context(page, pool, definition, problems))


@router.get("/processes/{key}/edit")
async def edit(key: Key, page: PageDep, pool: PoolDep) -> Response:
    """The editor with the draft."""
    page.user.require_role(Role.ADMIN)
    process = await find(pool, key)
    text = process.draft_text or write(PurchaseProcess.model_validate(process.draft))
    return await show_editor(page, pool, text, key=key, seen=process.draft_version)


@router.post("/processes/{key}/edit")
async def save(
    key: Key, page: PageDep, pool: PoolDep, document: Text = "", seen: Annotated[str, Form()] = ""
) -> Response:
    """Save the draft, unless somebody else has saved another one since this one was opened."""
    page.user.require_role(Role.ADMIN)
    await find(pool, key)
    version = int(seen) if re.fullmatch("[0-9]{1,9}", seen) else processes.NO_DRAFT
    return await _save(page, pool, lines_as_ours(document), key=key, seen=version)


async def _save(page: Page, pool: Pool, text: str, *, key: str | None, seen: int) -> Response:
    definition, problems = await checked(pool, text, key=key)
    taken = next((problem.error.params["key"] for problem in problems if problem.error.message == "key_taken"), None)
    if taken is not None:
        await tell_who_was_first(page, await processes.other_draft(pool, taken), key)
    if definition is None:
        return await show_editor(page, pool, text, key=key, seen=seen, problems=problems, status=422)
    try:
        await processes.save_draft(pool, definition, text=text, by=page.user.username, at=datetime.now(UTC), seen=seen)
    except RefusedError as error:
        await tell_who_was_first(page, error, key)
        seen = (await find(pool, definition.key)).draft_version
        return await show_editor(page, pool, text, key=key, seen=seen, status=409)
    page.tell("success", page.gettext("The draft is saved"), page.gettext("Publish it when it is ready."))
    return page.redirect(f"/admin/processes/{definition.key}")


async def tell_who_was_first(page: Page, error: RefusedError, key: str | None) -> None:
    """Say who has saved another draft and when, and that what was typed is still here."""
    problem = await page.explain(error)
    if key is None:
        title = page.gettext("There is a process with this key already")
        advice = page.gettext("Yours is not saved; choose another key for it.")
    else:
        title = problem.title
        advice = page.gettext("Yours is not saved. Save again to replace theirs, or open the process to see it first.")
    page.tell("warning", title, f"{problem.detail} {advice}")


async def show_editor(
    page: Page,
    pool: Pool,
    text: str,
    *,
    key: str | None,
    seen: int = processes.NO_DRAFT,
    problems: Sequence[Problem] = (),
    status: int = 200,
    changed: bool = False,
) -> Response:
    """The editor with a document.

    Args:
        page: the page.
        pool: the database.
        text: the document.
        key: of the process; None for a new one.
        seen: the version of the draft that it is to replace.
        problems: what is wrong with it, where that is known already.
        status: of the answer.
        changed: whether the document is not what is saved.
    """
    definition = None
    if not problems:
        definition, problems = await checked(pool, text, key=key)
    return await page.render(
        "admin/editor.html",
        status=status,
        key=key,
        text=text,
        seen=seen,
        refused=status == 422,
        changed=changed,
        **await _check_context(page, pool, definition, problems),
    )


async def _check_context(
    page: Page, pool: Pool, definition: PurchaseProcess | None, problems: Sequence[Problem]
) -> dict[str, Any]:
    return {
        "definition": definition,
        "people": await people_of(pool, definition) if definition else {},
        "problems": [
            {
                "line": problem.line,
                "column": problem.column,
                "pointer": problem.error.pointer,
                "detail": field_problem(problem.error.message, problem.error.params, page.language),
            }
            for problem in problems
        ],
    }


async def checked(pool: Pool, text: str, *, key: str | None) -> tuple[PurchaseProcess | None, Sequence[Problem]]:
    """The process that a document describes, or what is wrong with it; ``key`` is that of the process whose draft it is."""
    try:
        return await publishing.check_document(pool, await documents.read(text, read_yaml), key=key), ()
    except RefusedError as error:
        return None, await documents.read(text, partial(locate, errors=error.refusal.errors))


def lines_as_ours(document: str) -> str:
    """Forms send CRLF; the document keeps plain line ends."""
    return document.replace("\r\n", "\n")
