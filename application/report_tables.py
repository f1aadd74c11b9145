"""Reports as tables, for CSV and Excel: the items of their JSON, with headings in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from application.overview import AgeingReport, CycleTimesReport, ReturnsReport, SpendReport, WorkloadReport
from application.table_files import TableKind, write_table
from approval.model import Frozen, ProcessStatus
from approval.table import Cell
from crm.overview import Grouping
from texts import Language, process_status_label
from texts.reports import report_counted, report_heading, report_sheet

_OF_SPENDING: Final = {
    Grouping.MONTH: ("month", "status"),
    Grouping.STATUS: ("status",),
    Grouping.DEPARTMENT: ("department",),
    Grouping.SUPPLIER: ("supplier",),
}
_OF_CYCLE_TIMES: Final = (
    *("process", "process_name", "step", "name", "decided"),
    *("median_seconds", "ninety_percent_seconds", "waited_seconds", "waiting"),
)
_OF_WORKLOAD: Final = ("department", "waiting", "oldest_since", "late", "decided")
_OF_RETURNS: Final = ("process", "process_name", "step", "name", "returned", "sent_back", "rejected")


class ReportTable(NamedTuple):
    """A report as a table.

    Attributes:
        report: the last part of its address.
        columns: the names of its columns, those of the fields in its JSON.
        rows: in their order, with a cell for each column.
    """

    report: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def write(self, kind: TableKind, language: Language) -> bytes:
        """The table as a file, in a reader's language."""
        headings = [report_heading(column, language) for column in self.columns]
        return write_table(headings, self.rows, kind, sheet=report_sheet(self.report, language))


def spend_table(report: SpendReport, grouping: Grouping, language: Language) -> ReportTable:
    """What requests come to, a line for each amount."""
    columns = (*_OF_SPENDING[grouping], "currency", "requests", "amount")
    return ReportTable("spend", columns, _rows(report.items, columns, language))


def ageing_table(report: AgeingReport, language: Language) -> ReportTable:
    """A line for each band: those of age, then those of lateness."""
    columns = ("from_days", "to_days", "requests")
    rows = [
        [report_counted(what, language), *row]
        for what, bands in (("age", report.bands), ("late", report.late_bands))
        for row in _rows(bands, columns, language)
    ]
    return ReportTable("ageing", ("counted", *columns), rows)


def cycle_times_table(report: CycleTimesReport, language: Language) -> ReportTable:
    """How long steps take, a line for each."""
    return ReportTable("cycle-times", _OF_CYCLE_TIMES, _rows(report.items, _OF_CYCLE_TIMES, language))


def returns_table(report: ReturnsReport, language: Language) -> ReportTable:
    """From which steps requests went back, a line for each; the reasons are in the JSON only."""
    return ReportTable("returns", _OF_RETURNS, _rows(report.items, _OF_RETURNS, language))


def workload_table(report: WorkloadReport, language: Language) -> ReportTable:
    """Who has how much waiting, a line for each person."""
    rows = zip(report.items, _rows(report.items, _OF_WORKLOAD, language), strict=True)
    columns = ("username", "person", *_OF_WORKLOAD)
    return ReportTable("workload", columns, [[one.person.username, one.person.name, *row] for one, row in rows])


def _rows(items: Iterable[Frozen], columns: Sequence[str], language: Language) -> list[list[Cell]]:
    return [[_cell(getattr(item, column), language) for column in columns] for item in items]


def _cell(value: object, language: Language) -> Cell:
    match value:
        case ProcessStatus():
            return process_status_label(value, language)
        case int():
            return Decimal(value)
        case Decimal() | str() | date() | None:
            return value
        case _:
            raise TypeError(type(value))
