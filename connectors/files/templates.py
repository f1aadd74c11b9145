"""Files to begin with: the headings of a kind, one row as an example, and of a workbook a sheet that says what to write."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from application.table_files import TableKind, write_csv, write_excel
from approval.model import Role
from approval.table import Cell
from connectors.files.kinds import KINDS, ImportKind
from texts import (
    Language,
    import_column_label,
    import_guide_label,
    import_hint,
    import_kind_label,
    role_label,
)

_FILE_NAMES: Final = {
    ImportKind.PEOPLE: "nhan-su",
    ImportKind.PRODUCTS: "hang-hoa",
    ImportKind.SUPPLIERS: "nha-cung-cap",
    ImportKind.ORDERS: "don-hang",
    ImportKind.OPPORTUNITIES: "co-hoi",
}


def template(kind: ImportKind, media_type: TableKind, language: Language) -> bytes:
    """An empty table of a kind, with an example whose row is an error until it is deleted."""
    described = KINDS[kind]
    headings = [import_column_label(kind, column, language) for column in described.columns]
    example: list[Cell] = [described.example.get(column) for column in described.columns]
    if media_type is TableKind.CSV:
        return write_csv(headings, [example])
    texts = [
        place
        for place, column in enumerate(described.columns)
        if column not in described.readers and not isinstance(described.example.get(column), Decimal)
    ]
    notes = import_guide_label(language), _guide(kind, language)
    return write_excel(headings, [example], sheet=import_kind_label(kind, language), as_text=texts, notes=notes)


def template_name(kind: ImportKind, media_type: TableKind, language: Language) -> str:
    """What the file of a template is called."""
    return f"{_FILE_NAMES[kind] if language == 'vi' else kind.value}.{media_type.ending}"


def _guide(kind: ImportKind, language: Language) -> list[Sequence[str]]:
    """For each column, what to write there."""
    described = KINDS[kind]
    roles = ", ".join(role_label(role, language) for role in Role)
    return [
        (
            import_column_label(kind, column, language),
            import_hint(kind, column, language, required=column in described.required, roles=roles),
        )
        for column in described.columns
    ]
