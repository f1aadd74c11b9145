"""``/imports/{kind}``: people, products, suppliers, sales orders and opportunities from Excel and CSV files. For admins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from admission import HEAVY
from api.bodies import LINES
from api.deps import AdminDep, LanguageDep, SubjectDep
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application.table_files import TableKind
from approval.incoming import ConcernedRequest
from approval.model import Code, FieldError, Frozen, refuse
from connectors.files.changes import Change, Preview, UnknownColumn
from connectors.files.importing import Imports, Sent
from connectors.files.kinds import ImportKind
from connectors.files.templates import template, template_name

MOST_LISTED: Final = 200
"""Changes that an answer lists, and requests."""


class _FileRoute(IdempotentRoute):
    """A route whose POST says with its query and its media type what the body is, and whether it is only tried."""

    async def said(self, request: Request) -> bytes:
        """See ``IdempotentRoute``."""
        how = f"{request.url.query}\0{request.headers.get('content-type', '')}\0{request.headers.get('if-match', '')}"
        return how.encode() + b"\0" + await super().said(request)


router = APIRouter(prefix="/imports", route_class=_FileRoute, tags=["imports"], responses=ANSWERS)


class ImportAnswer(Frozen):
    """What a file changes, or with `dry_run` would change. `changes` lists the first of them, without what stays as it is."""

    kind: ImportKind
    dry_run: bool
    rows: int
    """Of the file."""
    new: int
    changed: int
    unchanged: int
    gone: int
    """The file says so: who has left, what is not bought any more, what was cancelled."""
    not_in_file: int
    """How many more there are, which stay as they are."""
    new_roles: tuple[str, ...]
    """Roles that nobody had before, and that the product does not know: yours, or typing errors."""
    unknown_columns: tuple[UnknownColumn, ...]
    """Columns of the file with other headings than those of the template: they are left out. None of a file that is taken
    without `If-Match`, which has them refused."""
    changes: tuple[Change, ...]
    changes_left_out: int
    requests: tuple[ConcernedRequest, ...]
    """Of `orders` and `opportunities`, with `dry_run` alone: the first of the requests that were made from them and would be held
    (`held`), marked, or let go (`changes`, how the order would differ, is empty)."""
    requests_left_out: int

    @classmethod
    def of(cls, preview: Preview, *, dry_run: bool) -> ImportAnswer:
        """What is answered of a preview."""
        said = {name: getattr(preview, name) for name in cls.model_fields if name in Preview.model_fields}
        for name in ("changes", "requests"):
            said |= {name: said[name][:MOST_LISTED], f"{name}_left_out": max(0, len(said[name]) - MOST_LISTED)}
        return cls(**said, dry_run=dry_run)


_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILES: Final = {kind.value: _BINARY for kind in TableKind}
_TAGGED: Final = {
    "ETag": {
        "description": "What is shown, for `If-Match` of the same call without `dry_run`",
        "schema": {"type": "string"},
    }
}


async def get_imports(request: Request) -> Imports:
    """What takes files."""
    imports: Imports = request.app.state.imports
    return imports


async def get_shown(
    if_match: Annotated[
        str | None, Header(description="The ETag of what was shown by the dry run", examples=['"8d1c5a7e"'])
    ] = None,
) -> str | None:
    """What the caller was shown, if they hold to it."""
    return None if if_match is None or if_match.strip() == "*" else if_match.strip().removeprefix("W/").strip('"')


@router.get(
    "/{kind}/template",
    response_class=Response,
    responses={200: {"description": "The template", "content": _FILES}},
)
async def get_template(kind: ImportKind, request: Request, caller: AdminDep, language: LanguageDep) -> Response:
    """Download a file to fill in, with its headings and an example; admins only.

    As Excel, or by `Accept` as CSV (`text/csv`). The headings follow `Accept-Language`; a file may have them in either language.
    """
    media_type = TableKind.CSV if "text/csv" in request.headers.get("accept", "").lower() else TableKind.EXCEL
    headers = {
        "Vary": "Accept, Accept-Language",
        "Content-Disposition": f'attachment; filename="{template_name(kind, media_type, language)}"',
    }
    return Response(template(kind, media_type, language), media_type=media_type.value, headers=headers)


@router.post(
    "/{kind}",
    response_model=ImportAnswer,
    dependencies=POST,
    responses=documented("invalid", "stale_version", "insufficient_user_authentication") | {200: {"headers": _TAGGED}},
    openapi_extra=LINES | HEAVY | {"requestBody": {"required": True, "content": _FILES}},
)
async def take_file(
    kind: ImportKind,
    request: Request,
    caller: AdminDep,
    imports: Annotated[Imports, Depends(get_imports)],
    shown: Annotated[str | None, Depends(get_shown)],
    subject: SubjectDep,
    response: Response,
    dry_run: Annotated[bool, Query(description="only say what it would change")] = False,
) -> ImportAnswer:
    """Take a file of people, products, suppliers, orders or opportunities, Excel or CSV by `Content-Type`; admins only.

    All of it is taken or nothing. With `dry_run` it only says what would change, and which requests that concerns (`requests`);
    its `ETag`, sent as `If-Match`, has the file taken only if it still changes just that (412 `stale_version` otherwise). What the
    file does not name stays as it is, and so do fields for which it has no column. Errors point at the cell, `/C4`, and say sheet,
    cell, heading and remedy. Headings are Vietnamese, English or names of fields, in any order; `GET /imports/{kind}/template` has
    them. A column with another heading is refused at its cell; but a dry run leaves it out and names it (`unknown_columns`), and
    so does taking the file with that `If-Match`, unless a required column is missing or the heading is nearly that of a column
    that is not there. At most 20,000 rows. Rows of `orders` and `opportunities` with one number are one document. A file of
    `people` may need a recent sign-in.
    """
    sent = Sent(kind=kind, content=await request.body(), media_type=_sent(request.headers.get("content-type", "")))
    if dry_run:
        preview = await imports.preview(caller, sent)
    else:
        preview = await imports.take(caller, sent, import_id=subject, at=datetime.now(UTC), shown=shown)
    response.headers["ETag"] = f'"{preview.token}"'
    return ImportAnswer.of(preview, dry_run=dry_run)


_MEDIA_TYPES: Final[Mapping[str, TableKind]] = {kind.value: kind for kind in TableKind}


def _sent(content_type: str) -> TableKind:
    """The kind of file that is sent.

    Raises:
        RefusedError: ``invalid``: it is none of ours.
    """
    found = _MEDIA_TYPES.get(content_type.lower().partition(";")[0].strip())
    if found is None:
        raise refuse(Code.INVALID, FieldError(pointer="/Content-Type", message="import_content_type"))
    return found
