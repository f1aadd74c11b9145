"""The approval matrix of a process's draft for admins: looked at, downloaded, and replaced by a file whose changes are shown first."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from admission import HEAVY
from application.matrices import Imported, replace_matrix
from application.matrix_files import read_file, write_file
from application.table_files import FileKind, TableKind
from approval.matrix import COLUMNS
from approval.matrix_table import Table, write_row
from approval.model import Code, FieldError, RefusedError, Role
from approval.process import ApprovalMatrix, MatrixRow
from crm import processes, publishing
from crm.pool import Pool
from texts import column_label, field_problem, number_text
from web.deps import PoolDep
from web.form_limit import read_form, uploaded_file
from web.rendering import Page, PageDep
from web.routes.processes import Key, find, find_draft

router = APIRouter(prefix="/admin/processes")

MOST_SHOWN: Final = 200
"""Rows of a table on the page; a file has all of them."""


@router.get("/{key}/matrix", openapi_extra=HEAVY)
async def show(key: Key, page: PageDep, pool: PoolDep) -> Response:
    """The matrix of the draft, and what is wrong with it by now."""
    page.user.require_role(Role.ADMIN)
    return await _page(page, pool, key)


@router.get("/{key}/matrix.csv", openapi_extra=HEAVY)
async def download_csv(key: Key, page: PageDep, pool: PoolDep) -> Response:
    """The matrix as a CSV file."""
    return await _download(key, page, pool, FileKind.CSV)


@router.get("/{key}/matrix.xlsx", openapi_extra=HEAVY)
async def download_excel(key: Key, page: PageDep, pool: PoolDep) -> Response:
    """The matrix as an Excel file."""
    return await _download(key, page, pool, FileKind.EXCEL)


async def _download(key: str, page: Page, pool: Pool, kind: FileKind) -> Response:
    page.user.require_role(Role.ADMIN)
    draft = await find_draft(pool, key)
    content = await asyncio.to_thread(write_file, draft.matrix or ApprovalMatrix(), kind, page.language)
    name = f"{key}-matrix.{'csv' if kind is FileKind.CSV else 'xlsx'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind.value, headers=headers)


@router.get("/{key}/matrix/check")
async def check_again(key: Key, page: PageDep) -> Response:
    """Back to the page whose form is answered at this address: a page that is refreshed has no form to send."""
    page.user.require_role(Role.ADMIN)
    return page.redirect(f"/admin/processes/{key}/matrix")


@router.post("/{key}/matrix/check")
async def check(key: Key, request: Request, page: PageDep, pool: PoolDep) -> Response:
    """What an uploaded file would change, or what is wrong with its cells; nothing is taken yet."""
    page.user.require_role(Role.ADMIN)
    content, name = await uploaded_file(request)
    kind = FileKind(TableKind.named(name))
    if not content:
        await find(pool, key)
        page.tell("warning", page.gettext("Choose a file first"))
        return page.redirect(f"/admin/processes/{key}/matrix")
    return await _tried(page, pool, key, content, kind, dry_run=True)


@router.post("/{key}/matrix")
async def take(key: Key, request: Request, page: PageDep, pool: PoolDep) -> Response:
    """Take the matrix that was shown into the draft, unless somebody has saved another draft since."""
    page.user.require_role(Role.ADMIN)
    form = await read_form(request)
    seen = str(form.get("seen", ""))
    version = int(seen) if re.fullmatch("[0-9]{1,9}", seen) else processes.NO_DRAFT
    content = str(form.get("matrix", "")).encode()
    return await _tried(page, pool, key, content, FileKind.JSON, dry_run=False, seen=version)


async def _tried(
    page: Page, pool: Pool, key: str, content: bytes, kind: FileKind, *, dry_run: bool, seen: int | None = None
) -> Response:
    try:
        found = await replace_matrix(
            pool, key, content, kind, by=page.user.username, at=datetime.now(UTC), seen=seen, dry_run=dry_run
        )
    except RefusedError as error:
        if error.refusal.code is Code.NOT_FOUND:
            raise
        return await _refused(page, pool, key, content, kind, error)
    if dry_run:
        return await _page(page, pool, key, imported=found)
    page.tell("success", page.gettext("The matrix is in the draft"), page.gettext("Publish it when it is ready."))
    return page.redirect(f"/admin/processes/{key}/matrix")


async def _refused(page: Page, pool: Pool, key: str, content: bytes, kind: FileKind, error: RefusedError) -> Response:
    """The page with what is wrong with a file, at its cells."""
    refusal = error.refusal
    if refusal.code is not Code.PROCESS_INVALID:
        await page.tell_refusal(error)
        return await _page(page, pool, key, status=409)
    table = None
    if any(wrong.pointer.startswith("/rows/") for wrong in refusal.errors):
        _, table = await asyncio.to_thread(read_file, content, kind)
    return await _page(
        page,
        pool,
        key,
        status=422,
        wrong_rows=_wrong_rows(table, refusal.errors, page) if table is not None else [],
        problems=_problems(refusal.errors, page, in_rows=table is None),
        left_out=refusal.errors_left_out,
    )


async def _page(page: Page, pool: Pool, key: str, *, status: int = 200, **shown: Any) -> Response:
    process, draft = await find(pool, key), await find_draft(pool, key)
    matrix = draft.matrix or ApprovalMatrix()
    imported: Imported | None = shown.get("imported")
    return await page.render(
        "admin/matrix.html",
        status=status,
        process=process,
        definition=draft,
        matrix=matrix,
        columns=[(name, column_label(name, page.language)) for name in COLUMNS],
        rows=[_cells(row, page) for row in matrix.rows[:MOST_SHOWN]],
        draft_problems=await _draft_problems(page, pool, key) if status == 200 and imported is None else [],
        **{"wrong_rows": [], "problems": [], "left_out": 0, "imported": None, **shown},
        **(await _of_import(page, imported) if imported is not None else {}),
    )


async def _of_import(page: Page, imported: Imported) -> dict[str, Any]:
    change = imported.change
    return {
        "missing": [field_problem(gap.message, gap.params, page.language) for gap in imported.missing],
        "added": [(number, _cells(imported.after.rows[number - 1], page)) for number in change.added[:MOST_SHOWN]],
        "gone": [(number, _cells(imported.before.rows[number - 1], page)) for number in change.gone[:MOST_SHOWN]],
        "changed": [
            (
                one.row,
                _cells(imported.after.rows[one.row - 1], page),
                {name: _cells(imported.before.rows[one.was - 1], page)[name] for name in one.cells},
            )
            for one in change.changed[:MOST_SHOWN]
        ],
        "content": (await asyncio.to_thread(write_file, imported.after, FileKind.JSON, page.language)).decode(),
    }


async def _draft_problems(page: Page, pool: Pool, key: str) -> list[dict[str, str]]:
    """What would refuse to publish the draft because of its matrix."""
    try:
        definition = await publishing.check_document(pool, (await find(pool, key)).draft, key=key)
    except RefusedError as error:
        errors = [wrong for wrong in error.refusal.errors if wrong.pointer.startswith("/matrix")]
    else:
        errors = await publishing.matrix_gaps(pool, definition)
    return _problems(
        (wrong.model_copy(update={"pointer": wrong.pointer.removeprefix("/matrix")}) for wrong in errors), page
    )


def _cells(row: MatrixRow, page: Page) -> dict[str, str]:
    """A row as people read it."""
    return {
        name: number_text(cell, page.language) if isinstance(cell, Decimal) else cell or ""
        for name, cell in zip(COLUMNS, write_row(row), strict=True)
    }


_IN_ROW: Final = re.compile(r"/rows/(\d+)(?:/(\w+))?")


def _wrong_rows(table: Table, errors: Iterable[FieldError], page: Page) -> list[dict[str, Any]]:
    """The rows of a file with something wrong in them, with their cells as they were written and the problems at each."""
    found: dict[int, dict[str, Any]] = {}
    for error in errors:
        place = _IN_ROW.match(error.pointer)
        if place is None or int(place[1]) >= len(table.written):
            continue
        index = int(place[1])
        row = found.setdefault(index, {"line": table.lines[index], "cells": table.written[index], "problems": {}})
        column = place[2] if place[2] in COLUMNS else COLUMNS[0]
        params = {name: value for name, value in error.params.items() if name != "cell"}
        said = field_problem(error.message, params, page.language)
        row["problems"].setdefault(column, []).append({"cell": error.params.get("cell", ""), "detail": said})
    return [found[index] for index in sorted(found)]


def _problems(errors: Iterable[FieldError], page: Page, *, in_rows: bool = True) -> list[dict[str, str]]:
    """What is wrong, with where: the row and the column in words. Without those in rows if they are shown at their cells."""
    found = []
    for error in errors:
        place = _IN_ROW.match(error.pointer)
        if place is not None and not in_rows:
            continue
        where = error.pointer if place is None else ""
        if place is not None:
            where = page.gettext("Row %(row)s") % {"row": int(place[1]) + 1}
            where += f", {column_label(place[2], page.language)}" if place[2] in COLUMNS else ""
        found.append({"place": where, "detail": field_problem(error.message, error.params, page.language)})
    return found
