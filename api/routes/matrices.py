"""``/processes/{key}/draft/matrix``: the approval matrix of a draft, as JSON, CSV and Excel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from admission import HEAVY
from api.accepting import negotiated
from api.bodies import LINES
from api.deps import AdminDep, IfMatchDep, LanguageDep, PoolDep
from api.idempotency import IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from api.routes.processes import Key
from application.matrices import ChangedRow, read_matrix, replace_matrix
from application.matrix_files import write_file
from application.table_files import FileKind
from approval.model import Code, FieldError, Frozen, refuse
from texts import field_problem

router = APIRouter(route_class=IdempotentRoute, tags=["processes"], responses=ANSWERS)


class MissingRows(Frozen):
    """Requests that no row is for; a draft with some cannot be published. ``pointer`` is the cell that they begin at."""

    pointer: str
    detail: str


class MatrixImport(Frozen):
    """What a file does to the matrix. Rows count from 1: those that are gone as they were before, all others as they are now."""

    dry_run: bool
    rows: int
    added: tuple[int, ...]
    changed: tuple[ChangedRow, ...]
    gone: tuple[int, ...]
    moved: bool
    missing: tuple[MissingRows, ...]


_EXAMPLE: Final = {
    "matches": "first",
    "currency": "VND",
    "rows": [
        {
            "step": "finance",
            "department": "Kinh doanh miền Bắc",
            "product_category": None,
            "supplier": None,
            "amount_from": "0",
            "amount_to": "50000000",
            "approvers": [{"user": "manager2"}],
            "vote": "any",
            "deadline": "16bh",
        }
    ],
}
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILES: Final = {
    FileKind.JSON.value: {
        "schema": {"$ref": "#/components/schemas/MatrixDefinition"},
        "examples": {"one row": {"value": _EXAMPLE}},
    },
    FileKind.CSV.value: _BINARY,
    FileKind.EXCEL.value: _BINARY,
}


@router.get(
    "/processes/{key}/draft/matrix",
    response_class=Response,
    responses={200: {"description": "The matrix", "content": _FILES}},
    openapi_extra=HEAVY,
)
async def get_matrix(key: Key, request: Request, caller: AdminDep, pool: PoolDep, language: LanguageDep) -> Response:
    """Read the approval matrix of a draft; admins only.

    As JSON, or by `Accept` as CSV (`text/csv`) or Excel, whose headings follow `Accept-Language`. What comes out can be sent
    back: it changes nothing. The `ETag` is that of the draft.
    """
    found = await read_matrix(pool, key)
    if found is None:
        raise refuse(Code.NOT_FOUND)
    kind = negotiated(request.headers.getlist("accept")) or FileKind.JSON
    headers = {"ETag": f'"{found.draft_version}"', "Vary": "Accept, Accept-Language"}
    if kind is not FileKind.JSON:
        headers["Content-Disposition"] = f'attachment; filename="{file_name(key, kind)}"'
    return Response(write_file(found.matrix, kind, language), media_type=kind.value, headers=headers)


@router.put(
    "/processes/{key}/draft/matrix",
    response_model=MatrixImport,
    responses=documented("invalid", "process_invalid", "stale_version"),
    openapi_extra=LINES | {"requestBody": {"required": True, "content": _FILES}},
)
async def put_matrix(
    key: Key,
    request: Request,
    caller: AdminDep,
    pool: PoolDep,
    language: LanguageDep,
    seen: IfMatchDep,
    response: Response,
    dry_run: Annotated[bool, Query(description="only say what it would change")] = False,
) -> MatrixImport:
    """Replace the approval matrix of a draft by that of a file, JSON, CSV or Excel by `Content-Type`; admins only.

    A table has its headings, Vietnamese, English or the names of the fields, in its first line, in any order. In `approvers`
    stand usernames, `role:ROLE` and `manager:LEVELS_UP`, separated by semicolons. Errors point at the cell, and of a table they
    name it as spreadsheets do (`C4`). At most 5,000 rows. With `If-Match` it replaces the matrix of that draft and no other.
    """
    kind = _sent(request.headers.get("content-type", ""))
    content = await request.body()
    found = await replace_matrix(
        pool, key, content, kind, by=caller.username, at=datetime.now(UTC), seen=seen, dry_run=dry_run
    )
    return MatrixImport(
        dry_run=dry_run,
        missing=tuple(missing_rows(found.missing, language)),
        **{name: getattr(found.change, name) for name in ("rows", "added", "changed", "gone", "moved")},
    )


def missing_rows(gaps: Iterable[FieldError], language: str) -> Iterable[MissingRows]:
    """What a matrix leaves out, in words."""
    for gap in gaps:
        detail = field_problem(gap.message, gap.params, language)
        yield MissingRows(pointer=gap.pointer.removeprefix("/matrix"), detail=detail)


def file_name(key: str, kind: FileKind) -> str:
    """What a downloaded matrix is called."""
    return f"{key}-matrix.{_ENDINGS[kind]}"


_ENDINGS: Final[Mapping[FileKind, str]] = {FileKind.JSON: "json", FileKind.CSV: "csv", FileKind.EXCEL: "xlsx"}


def _sent(content_type: str) -> FileKind:
    """The kind of file that is sent.

    Raises:
        RefusedError: ``invalid``: it is none of ours.
    """
    given = content_type.lower().partition(";")[0].strip()
    found: Any = next((kind for kind in FileKind if given == kind), None)
    if found is None:
        raise refuse(Code.INVALID, FieldError(pointer="/Content-Type", message="matrix_content_type"))
    kind: FileKind = found
    return kind
