"""People as an Excel workbook, in the columns of the file that can be imported: what is changed in it can be taken again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from application.table_files import write_excel
from approval.table import Cell
from crm.people_pages import PersonRecord
from texts import Language, import_column_label, import_kind_label, role_label, yes_or_no

MOST_ROWS: Final = 20_000
"""People of one workbook, which is as many as an import takes."""
_KIND: Final = "people"


def write_workbook(items: Iterable[PersonRecord], language: Language) -> bytes:
    """The workbook. What begins like a formula stays text.

    Args:
        items: in the order in which they are to stand.
        language: of the reader.
    """
    columns: dict[str, Callable[[PersonRecord], Cell]] = {
        "username": lambda one: one.username,
        "name": lambda one: one.name,
        "roles": lambda one: "; ".join(role_label(role, language) for role in one.roles),
        "manager": lambda one: one.manager.username if one.manager is not None else None,
        "department": lambda one: one.department,
        "email": lambda one: one.email,
        "left": lambda one: yes_or_no(one.left, language),
    }
    headings = [import_column_label(_KIND, name, language) for name in columns]
    rows = ([value(one) for value in columns.values()] for one in items)
    return write_excel(headings, rows, sheet=import_kind_label(_KIND, language), as_text=range(len(headings)))
