"""The filters of lists, as they stand in their addresses and as people type them: each is declared once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, ClassVar, Final, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import Field

from approval.model import FieldError, Frozen, ProcessStatus
from approval.values import ShortText, plain
from crm.inbox import InboxFilters
from crm.list_filters import Filters, WaitingAt
from crm.list_views import ListView
from crm.visibility import Viewer
from texts import field_problem
from web.dates import read_day
from web.formats import Formats

T = TypeVar("T")

FURTHER: Final = (
    "department",
    "customer",
    "supplier",
    "team",
    "date_from",
    "date_to",
    "total_from",
    "total_to",
    "currency",
)
"""Those of the list of requests that are folded away until one of them is used."""

SENT: Final = "sent"
"""In the place of a status: any but that of drafts."""

COLUMNS: Final = (
    "request_date",
    "owner",
    "customer",
    "source",
    "process_status",
    "purchase_status",
    "goods",
    "desired_delivery_date",
    "total",
    "updated_at",
)
"""Of the list of requests, in their order; before them it has the number and the purpose."""
USUAL_COLUMNS: Final = ("request_date", "owner", "process_status", "purchase_status", "goods", "total")
"""Those of whoever has not chosen others."""
ALL: Final = "all"
"""In the place of a view: none, and not the default either."""


class Narrowing(Frozen):
    """What was chosen and typed; whatever says nothing narrows nothing."""

    layout: ClassVar[frozenset[str]] = frozenset()
    """Fields that say how the list looks rather than what is in it."""

    q: ShortText = ""
    flagged: ShortText = ""
    """Whatever it says: only what the reader has flagged."""

    @property
    def narrowed(self) -> dict[str, str]:
        """What narrows the list, for its address."""
        return {name: value for name, value in self.model_dump(exclude=set(self.layout)).items() if value.strip()}


class InboxChosen(Narrowing):
    """What an inbox is narrowed to."""

    overdue: ShortText = ""
    """Whatever it says: only what should have been decided by now."""
    waiting_on: ShortText = ""

    def read(self) -> InboxFilters:
        """The filters."""
        return InboxFilters(
            q=self.q, overdue=bool(self.overdue), waiting_on=self.waiting_on or None, flagged=bool(self.flagged)
        )


class Chosen(Narrowing):
    """What the list of requests is narrowed to and sorted by, and its columns."""

    layout: ClassVar[frozenset[str]] = frozenset({"sort", "column", "view"})

    process_status: ShortText = ""
    purchase_status: ShortText = ""
    owner: ShortText = ""
    team: ShortText = ""
    """Whatever it says: only requests of the reader and of those below them."""
    department: ShortText = ""
    supplier: ShortText = ""
    currency: ShortText = ""
    step: ShortText = ""
    """Where it waits now, as ``WaitingAt.read`` takes it."""
    waiting_on: ShortText = ""
    customer: ShortText = ""
    date_from: ShortText = ""
    date_to: ShortText = ""
    total_from: ShortText = ""
    total_to: ShortText = ""
    sort: ShortText = ""
    column: Annotated[tuple[ShortText, ...], Field(max_length=len(COLUMNS))] = ()
    """Names of columns, each by itself or several with commas; none: the usual ones."""
    view: ShortText = ""
    """The id of the view that is looked at, or ``ALL``."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to show, in their order."""
        wanted = {name for names in self.column for name in names.split(",")}
        return tuple(name for name in COLUMNS if name in wanted) or USUAL_COLUMNS

    @property
    def query(self) -> dict[str, str]:
        """All of it, for the list's address."""
        columns = "" if self.columns == USUAL_COLUMNS else ",".join(self.columns)
        layout = {"sort": self.sort, "column": columns, "view": self.view}
        return self.narrowed | {name: value for name, value in layout.items() if value}

    @property
    def further(self) -> int:
        """How many of the filters are used that are folded away."""
        return sum(name in self.narrowed for name in FURTHER)

    @property
    def waiting_at(self) -> WaitingAt | None:
        """The step that is looked at."""
        return WaitingAt.read(self.step)

    def read(self, formats: Formats, reader: Viewer) -> tuple[Filters, dict[str, str]]:
        """The filters, and what is wrong with them by name; what is wrong narrows nothing.

        Args:
            formats: how the reader writes numbers and dates.
            reader: who looks.
        """
        errors: dict[str, str] = {}

        def typed(name: str, read: Callable[[str], T], wanted: Callable[[str], FieldError]) -> T | None:
            text = getattr(self, name).strip()
            try:
                return read(text) if text else None
            except ValueError:
                wrong = wanted(f"/{name}")
                errors[name] = field_problem(wrong.message, wrong.params, formats.language)
                return None

        currency = self.currency.strip().upper()
        unknown = formats.currency_wanted(currency)
        if unknown is not None:
            errors["currency"] = field_problem(unknown.message, unknown.params, formats.language)
        amount = partial(formats.read_amount, currency=currency)
        filters = Filters(
            q=self.q,
            process_status=tuple(status for status in ProcessStatus if self._has(status)),
            purchase_status=(self.purchase_status,) if self.purchase_status else (),
            owner=self.owner or None,
            owners=(reader.username, *reader.reports) if self.team else (),
            currency=(currency or None) if unknown is None else None,
            supplier=self.supplier.strip() or None,
            waiting_at=self.waiting_at,
            waiting_on=self.waiting_on or None,
            department=self.department or None,
            customer=self.customer,
            date_from=typed("date_from", read_day, formats.day_wanted),
            date_to=typed("date_to", read_day, formats.day_wanted),
            total_from=typed("total_from", amount, formats.number_wanted),
            total_to=typed("total_to", amount, formats.number_wanted),
            flagged_by=reader.username if self.flagged else None,
        )
        return filters, errors

    def _has(self, status: ProcessStatus) -> bool:
        return status == self.process_status or (self.process_status == SENT and status is not ProcessStatus.NOT_SENT)

    def address(self, *, view: str = "") -> str:
        """The query of the list's address, with this for a view."""
        return urlencode(self.query | {"view": view or ALL})

    def kept(self, formats: Formats, reader: Viewer) -> dict[str, str]:
        """What a view keeps of it: dates and amounts as no language writes them, and nothing that is wrong."""
        filters, errors = self.read(formats, reader)
        address = {name: value for name, value in self.query.items() if name not in errors and name != "view"}
        days = {"date_from": filters.date_from, "date_to": filters.date_to}
        amounts = {"total_from": filters.total_from, "total_to": filters.total_to}
        address |= {name: day.isoformat() for name, day in days.items() if day is not None}
        return address | {name: plain(amount) for name, amount in amounts.items() if amount is not None}


def address_of(view: ListView, formats: Formats) -> str:
    """Where a view is seen, with dates and amounts as the reader writes them."""
    query = {name: text for name, text in view.address.items() if name in Chosen.model_fields}
    for name in ("date_from", "date_to"):
        if name in query:
            query[name] = formats.day(query[name])
    for name in ("total_from", "total_to"):
        if name in query:
            query[name] = formats.number(query[name])
    return f"/requests?{urlencode({**query, 'view': str(view.id)})}"


async def get_chosen(chosen: Annotated[Chosen, Query()]) -> Chosen:
    """What the address of the list of requests says."""
    return chosen


async def get_inbox_chosen(chosen: Annotated[InboxChosen, Query()]) -> InboxChosen:
    """What the address of an inbox says."""
    return chosen


ChosenDep = Annotated[Chosen, Depends(get_chosen)]
InboxChosenDep = Annotated[InboxChosen, Depends(get_inbox_chosen)]
