"""The headings of reports as tables."""

from __future__ import annotations

from typing import Final

from texts.catalogue import translate

_HEADING: Final = {
    "month": "Month",
    "status": "Process status",
    "department": "Department",
    "supplier": "Supplier",
    "currency": "Currency",
    "requests": "Requests",
    "amount": "Amount",
    "counted": "What is counted",
    "from_days": "From (days)",
    "to_days": "To (days)",
    "process": "Process",
    "process_name": "Name of the process",
    "step": "Step",
    "name": "Name of the step",
    "decided": "Decided",
    "median_seconds": "Half are decided within (seconds)",
    "ninety_percent_seconds": "Nine of ten are decided within (seconds)",
    "waited_seconds": "Waited for in all (seconds)",
    "waiting": "Waiting now",
    "returned": "Returned to the owner",
    "sent_back": "Returned to an earlier step",
    "rejected": "Rejected for good",
    "username": "Username",
    "person": "Person",
    "oldest_since": "Oldest since",
    "late": "Late",
}
_COUNTED: Final = {
    "age": "In progress, by days since they were sent",
    "late": "Not decided in time, by days since then",
}
_SHEET: Final = {
    "spend": "Spending",
    "ageing": "Ageing",
    "cycle-times": "How long steps take",
    "returns": "Returned and rejected",
    "workload": "Waiting by person",
}


def report_heading(column: str, language: str) -> str:
    """The heading of a column of a report."""
    return translate(language, _HEADING[column])


def report_counted(what: str, language: str) -> str:
    """What a line of the report on ageing counts: ``age`` or ``late``."""
    return translate(language, _COUNTED[what])


def report_sheet(report: str, language: str) -> str:
    """What the sheet of a report is called, by the last part of its address."""
    return translate(language, _SHEET[report])
