"""*Nhập dữ liệu*: files of people, products, suppliers and orders; what one would change is shown, then it is taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from uuid_utils.compat import uuid7

from admission import HEAVY
from application.table_files import TableKind
from approval.incoming import ConcernedRequest
from approval.model import Code, FieldError, ProcessStatus, RefusedError, Role
from connectors.files.changes import Change, What
from connectors.files.importing import Imports, Sent
from connectors.files.kinds import ImportKind
from connectors.files.templates import template, template_name
from texts import field_problem, import_column_label, import_kind_label, role_label, yes_or_no
from web.form_limit import read_form, uploaded_file
from web.formats import Formats
from web.rendering import Page, PageDep

router = APIRouter(prefix="/admin/imports")

ADDRESS: Final = "/admin/imports"
MOST_SHOWN: Final = 200
"""Changes on the page."""
MOST_LINES: Final = 20
"""Lines of goods of one of them."""
MOST_COLUMNS: Final = 20
"""Columns that are left out, by name."""
MOST_REQUESTS: Final = 50
"""Requests of which the same follows, by number."""
_LONGEST_NAME: Final = 200


@router.get("")
async def show(request: Request, page: PageDep, kind: ImportKind = ImportKind.PEOPLE) -> Response:
    """Which kinds there are, their templates, the form for a file, and which files were taken last."""
    return await _page(request, page, kind)


@router.get("/templates/{kind}.xlsx", openapi_extra=HEAVY)
async def download_excel(kind: ImportKind, page: PageDep) -> Response:
    """An Excel file to fill in."""
    return _template(page, kind, TableKind.EXCEL)


@router.get("/templates/{kind}.csv")
async def download_csv(kind: ImportKind, page: PageDep) -> Response:
    """A CSV file to fill in."""
    return _template(page, kind, TableKind.CSV)


def _template(page: Page, kind: ImportKind, media_type: TableKind) -> Response:
    page.user.require_role(Role.ADMIN)
    headers = {"Content-Disposition": f'attachment; filename="{template_name(kind, media_type, page.language)}"'}
    return Response(template(kind, media_type, page.language), media_type=media_type.value, headers=headers)


@router.post("", openapi_extra=HEAVY)
async def upload(request: Request, page: PageDep) -> Response:
    """Keep an uploaded file and lead to what it would change, or to what is wrong with its cells."""
    service = _service(request)
    page.user.require_role(Role.ADMIN)
    given = str((await read_form(request)).get("kind", ""))
    kind = ImportKind(given) if given in list(ImportKind) else ImportKind.PEOPLE
    content, name = await uploaded_file(request)
    if not name:
        page.tell("warning", page.gettext("Choose a file first"))
        return page.redirect(f"{ADDRESS}?kind={kind}")
    sent = Sent(kind=kind, content=content, media_type=TableKind.named(name), name=name[:_LONGEST_NAME])
    import_id = uuid7()
    await service.keep(page.user, sent, import_id=import_id, at=datetime.now(UTC))
    return page.redirect(f"{ADDRESS}/{import_id}")


@router.get("/{import_id}", openapi_extra=HEAVY)
async def show_changes(import_id: UUID, request: Request, page: PageDep) -> Response:
    """What a file that was uploaded would change by now; or what is wrong with its cells."""
    service = _service(request)
    sent = await service.kept(page.user, import_id)
    try:
        preview = await service.preview(page.user, sent, import_id=import_id)
    except RefusedError as error:
        return await _refused(request, page, sent, error)
    return await page.render(
        "admin/import.html",
        id=import_id,
        sent=sent,
        kind_label=import_kind_label(sent.kind, page.language),
        preview=preview,
        new_roles=[role_label(role, page.language) for role in preview.new_roles],
        unknown_columns=", ".join(f"{one.heading} ({one.cell})" for one in preview.unknown_columns[:MOST_COLUMNS]),
        most_columns=MOST_COLUMNS,
        requests=_concerned(preview.requests),
        most_requests=MOST_REQUESTS,
        changes=[_change(page, sent.kind, change) for change in preview.changes[:MOST_SHOWN]],
    )


def _concerned(requests: Iterable[ConcernedRequest]) -> dict[str, list[ConcernedRequest]]:
    """Requests by what would follow for them."""
    found: dict[str, list[ConcernedRequest]] = {"held": [], "marked": [], "released": []}
    for one in requests:
        marked = one.changes and one.status is not ProcessStatus.IN_PROGRESS
        found["held" if one.held else "marked" if marked else "released"].append(one)
    return found


@router.post("/{import_id}/take", openapi_extra=HEAVY)
async def take(import_id: UUID, request: Request, page: PageDep) -> Response:
    """Take a file as it was shown; if it would change something else by now, show it again. Sent twice it is taken once."""
    service = _service(request)
    shown = str((await read_form(request)).get("shown", ""))
    try:
        sent = await service.kept(page.user, import_id)
        preview = await service.take(page.user, sent, import_id=import_id, at=datetime.now(UTC), shown=shown)
    except RefusedError as error:
        if await service.is_taken(page.user, import_id):
            page.tell(
                "info", page.gettext("The file is taken"), page.gettext("It was taken a moment ago, and only once.")
            )
            return page.redirect(ADDRESS)
        if error.refusal.code is Code.STALE_VERSION:
            await page.tell_refusal(error)
        elif error.refusal.code is not Code.INVALID:
            raise
        return page.redirect(f"{ADDRESS}/{import_id}")
    counts = page.gettext("New: %(new)s · changed: %(changed)s · gone: %(gone)s · unchanged: %(unchanged)s")
    done = {name: page.formats.number(getattr(preview, name)) for name in ("new", "changed", "gone", "unchanged")}
    page.tell("success", page.gettext("The file is taken"), counts % done)
    return page.redirect(f"{ADDRESS}?kind={sent.kind}")


def _service(request: Request) -> Imports:
    service: Imports = request.app.state.imports
    return service


async def _refused(request: Request, page: Page, sent: Sent, error: RefusedError) -> Response:
    """The page with what is wrong with a file, at its cells."""
    if error.refusal.code is not Code.INVALID:
        raise error
    return await _page(
        request,
        page,
        sent.kind,
        status=422,
        problems=_problems(page, error.refusal.errors),
        left_out=error.refusal.errors_left_out,
        file_name=sent.name,
        sheet=next((wrong.params["sheet"] for wrong in error.refusal.errors if wrong.params.get("sheet")), ""),
    )


def _problems(page: Page, errors: Sequence[FieldError]) -> list[dict[str, str]]:
    """What is wrong, and with which cells: the same of several cells of a column is said once."""
    cells: dict[tuple[str, str, str], list[str]] = {}
    for wrong in errors:
        params = {name: value for name, value in wrong.params.items() if name not in ("cell", "sheet", "heading")}
        cell, heading = wrong.params.get("cell", ""), wrong.params.get("heading", "")
        said = field_problem(wrong.message, params, page.language)
        cells.setdefault((cell.rstrip("0123456789"), heading, said), []).append(cell)
    return [
        {"cell": ", ".join(filter(None, found)), "heading": heading, "detail": detail}
        for (_, heading, detail), found in cells.items()
    ]


async def _page(request: Request, page: Page, kind: ImportKind, *, status: int = 200, **shown: Any) -> Response:
    latest = await _service(request).latest(page.user)
    return await page.render(
        "admin/imports.html",
        status=status,
        progress=await _service(request).progress(page.user),
        kind=kind,
        kinds=[(one, import_kind_label(one, page.language)) for one in ImportKind],
        latest=[(one, import_kind_label(one.kind, page.language)) for one in latest],
        **{"problems": [], "left_out": 0, "file_name": "", "sheet": "", **shown},
    )


_ABOVE: Final = ("username", "code", "product_code")
"""Fields that the page names a thing by, ..."""
_BESIDE: Final = ("name", "description")
"""... and those that stand beside that, as they will be."""


def _change(page: Page, kind: ImportKind, change: Change) -> dict[str, Any]:
    """A change as people read it."""
    return {
        "what": change.what.value,
        "key": change.key,
        "name": change.name if change.name != change.key else "",
        "row": change.row,
        "is_new": change.what is What.NEW,
        "fields": [
            (
                import_column_label(kind, name, page.language),
                _shown(page, name, field.before),
                _shown(page, name, field.after),
            )
            for name, field in change.fields.items()
            if name not in _ABOVE and not (change.what is What.NEW and name in _BESIDE)
        ],
        "lines": [_change(page, kind, line) for line in change.lines[:MOST_LINES]],
        "lines_left_out": max(0, len(change.lines) - MOST_LINES),
    }


def _shown(page: Page, field: str, text: str) -> str:
    """A value as people read it."""
    formats: Formats = page.formats
    if not text:
        return ""
    match field:
        case "quantity" | "unit_price":
            return formats.number(Decimal(text))
        case "date" | "delivery_date":
            return formats.day(text)
        case "left" | "discontinued" | "cancelled":
            return yes_or_no(text == "true", page.language)
        case "roles":
            return "; ".join(role_label(role, page.language) for role in text.split("; "))
    return text
