"""Sheets for tests, from cells that are written down in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from application.table_files import TableKind, read_table_file
from connectors.files.kinds import ImportKind
from connectors.files.sheet import Sheet, read_sheet
from tests.files import excel_table


def sheet_of(kind: ImportKind, *rows: Sequence[Any], sheet: str = "Sheet1") -> Sheet:
    """What a workbook with these cells says; columns of which nothing is known are left out."""
    file = read_table_file(excel_table(*rows, sheet=sheet), TableKind.EXCEL)
    return read_sheet(kind, file, leaves_out_unknown=True)


def problems(sheet: Sheet, *more: Any) -> dict[str, str]:
    """What is wrong, by cell."""
    return {error.params.get("cell", error.pointer): error.message for error in sheet.in_order(more)}
