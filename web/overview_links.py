"""From a figure of the overview to the requests that it counts: addresses of the list, narrowed to just those.

There is one only where the list can say what was counted, of the same people: figures are of those whose requests somebody looks after, and the list
also has those that they decide or watch.
"""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from application.overview import StepDurations, months_before
from approval.model import ProcessStatus
from crm.list_filters import WaitingAt
from crm.overview import Months
from crm.visibility import Viewer
from web.formats import Formats
from web.list_filters import SENT


class RequestLists:
    """Lists for whoever looks at an overview.

    Args:
        viewer: who looks.
        formats: how they write dates.
        months: that the overview is of.
        currency: of the amounts that it shows.
    """

    def __init__(self, viewer: Viewer, formats: Formats, months: Months, currency: str) -> None:
        self._viewer = viewer
        self._formats = formats
        self._months = months
        self._currency = currency

    def sent(self, month: date) -> str:
        """What was asked for in a month, drafts left out."""
        if self._sees_more_of(ProcessStatus.COMPLETED):
            return ""  # the approved ones of everybody, and the others of some: no list has both
        return self._of_months(Months(first=month, last=month), process_status=SENT)

    def of_status(self, status: ProcessStatus, month: date | None = None) -> str:
        """What is in a status, of a month or of all of them."""
        months = self._months if month is None else Months(first=month, last=month)
        return self._of_months(months, status, process_status=status)

    def of_department(self, department: str | None) -> str:
        """What was approved for people of a department."""
        approved = ProcessStatus.COMPLETED
        return (
            self._of_months(self._months, approved, process_status=approved, department=department)
            if department
            else ""
        )

    def of_supplier(self, supplier: str | None) -> str:
        """What was approved with goods of a supplier."""
        approved = ProcessStatus.COMPLETED
        return self._of_months(self._months, approved, process_status=approved, supplier=supplier) if supplier else ""

    def waiting_at(self, step: StepDurations) -> str:
        """What waits at a step now, in any month and currency."""
        if not step.waiting:
            return ""
        place = WaitingAt(process=step.process, step=step.step)
        return self._address({"step": str(place)} | self._whose(ProcessStatus.IN_PROGRESS))

    def waiting_on(self, username: str) -> str:
        """What waits on somebody now; of others not everything may be shown to whoever looks."""
        return (
            self._address({"waiting_on": username})
            if self._viewer.sees_all or username == self._viewer.username
            else ""
        )

    def _of_months(self, months: Months, status: ProcessStatus | None = None, **narrowed: str) -> str:
        last = months_before(months.last, -1) - timedelta(days=1)
        days = {"date_from": self._formats.day(months.first), "date_to": self._formats.day(last)}
        return self._address({**narrowed, **days, "currency": self._currency} | self._whose(status))

    def _whose(self, status: ProcessStatus | None) -> dict[str, str]:
        everybodys = self._viewer.sees_all or (status is not None and self._sees_more_of(status))
        return {} if everybodys else {"team": "yes"}

    def _sees_more_of(self, status: ProcessStatus) -> bool:
        """Whether somebody who does not see everything is shown everybody's figures of a status."""
        return status is ProcessStatus.COMPLETED and self._viewer.sees_completed and not self._viewer.sees_all

    @staticmethod
    def _address(query: dict[str, str]) -> str:
        return f"/requests?{urlencode(query)}"
