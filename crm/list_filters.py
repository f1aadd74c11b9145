"""What lists of requests are narrowed to, as conditions on ``purchase_requests r``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from pydantic import Field

from approval.model import Frozen, ProcessStatus
from crm.search_text import fold, matching

Parameter = Callable[[object], str]
"""Takes an argument of the statement, and says how it is written in it."""

_FOLDED: Final = (
    "lower(regexp_replace(normalize(translate(c.customer, 'đĐ', 'dd'), NFD), '[\\u0300-\\u036f]', '', 'g'))"
)
"""A customer's name as ``search_text.fold`` writes texts."""


class WaitingAt(Frozen):
    """A step that waits now, by the key of its process and its own."""

    process: str
    step: str

    @classmethod
    def read(cls, place: str) -> WaitingAt | None:
        """A step as addresses have it, ``PROCESS/STEP``; None: it is none."""
        process, _, step = place.strip().partition("/")
        return cls(process=process, step=step) if process and step and "/" not in step else None

    def __str__(self) -> str:
        """As ``read`` takes it."""
        return f"{self.process}/{self.step}"


class Filters(Frozen):
    """What a list of requests is narrowed to. Dates and amounts are both included; amounts are those as sent."""

    process_status: tuple[ProcessStatus, ...] = ()
    purchase_status: tuple[str, ...] = ()
    not_reported: bool = False
    """Only requests of which purchasing has reported no status yet."""
    owner: str | None = None
    owners: tuple[str, ...] = ()
    """Any of these."""
    department: str | None = None
    """Of the owner."""
    source_id: UUID | None = None
    customer: str = Field(default="", max_length=200)
    """Words of the name of whoever the order or opportunity is for; accents do not matter."""
    date_from: date | None = None
    date_to: date | None = None
    """Of the request date."""
    currency: str | None = None
    supplier: str | None = None
    """Of goods that are not left out; the whole name."""
    waiting_at: WaitingAt | None = None
    waiting_on: str | None = None
    """Who is to decide now; a username."""
    total_from: Decimal | None = None
    total_to: Decimal | None = None
    flagged_by: str | None = None
    """Who has flagged it."""
    q: str = Field(default="", max_length=200)


def conditions(filters: Filters, parameter: Parameter) -> list[str]:
    """All of them but the owner, whose column an index may have of another table."""
    where = []
    for column, values in (
        ("process_status", filters.process_status),
        ("purchase_status", filters.purchase_status),
        ("owner", filters.owners),
    ):
        if values:
            where.append(f"r.{column} {one_of(values, parameter)}")
    if filters.not_reported:
        where.append("r.purchase_status IS NULL")
    where += _of_departments_and_suppliers(filters, parameter)
    for column, comparison, value in (
        ("source_id", "=", filters.source_id),
        ("currency", "=", filters.currency),
        ("request_date", ">=", filters.date_from),
        ("request_date", "<=", filters.date_to),
        ("total", ">=", filters.total_from),
        ("total", "<=", filters.total_to),
    ):
        if value is not None:
            where.append(f"r.{column} {comparison} {parameter(value)}")
    where += _waiting(filters, parameter)
    if filters.flagged_by is not None:
        of_person = f"SELECT request_id FROM request_flags WHERE username = {parameter(filters.flagged_by)}"  # noqa: S608
        where.append(f"r.id IN ({of_person})")
    if filters.customer.strip():
        where.append(f"r.source_id IN ({_of_customer(filters.customer, parameter)})")
    for word in fold(filters.q).split():
        where += having(word, "r.search_text", parameter)
    return where


def _of_departments_and_suppliers(filters: Filters, parameter: Parameter) -> list[str]:
    """Whose department it is asked for, and from whom it is bought."""
    where = []
    if filters.department is not None:
        of_department = f"SELECT username FROM users WHERE department = {parameter(filters.department)}"  # noqa: S608
        where.append(f"r.owner IN ({of_department})")
    if filters.supplier is not None:
        bought = f"l.decision IS NULL AND btrim(l.supplier) = {parameter(filters.supplier)}"
        where.append(f"r.id IN (SELECT l.request_id FROM purchase_request_lines l WHERE {bought})")  # noqa: S608
    return where


def _waiting(filters: Filters, parameter: Parameter) -> list[str]:
    """That a request waits at a step, or on somebody."""
    where = []
    if filters.waiting_at is not None:
        process, step = parameter(filters.waiting_at.process), parameter(filters.waiting_at.step)
        where.append(f"EXISTS (SELECT FROM runs WHERE runs.request_id = r.id AND runs.process_key = {process})")
        where.append(f"r.id IN ({_OPEN} a.step = {step})")
    if filters.waiting_on is not None:
        where.append(f"r.id IN ({_OPEN} a.person = {parameter(filters.waiting_on)})")
    return ["r.process_status = 'in_progress'", *where] if where else []


_OPEN: Final = "SELECT a.request_id FROM assignments a WHERE a.state = 'open' AND"


def one_of(values: Sequence[str], parameter: Parameter) -> str:
    """Being one of several values; of a single one an index knows the order of the rows."""
    return f"= {parameter(values[0])}" if len(values) == 1 else f"= ANY ({parameter(list(values))})"


def _of_customer(name: str, parameter: Parameter) -> str:
    """Orders and opportunities of a customer: found by the index of their search texts, which say more, then by the name."""
    words = [parameter(matching(word)) for word in name.split()]
    found = [f"c.search_text LIKE {word} AND {_FOLDED} LIKE {word}" for word in words]
    return f"SELECT c.id FROM sources c WHERE {' AND '.join(found)}"  # noqa: S608 - of parameters


def having(word: str, column: str, parameter: Parameter) -> list[str]:
    """That a search text has a word, which is folded. Numbers of documents share their beginning, so the index looks for the digits
    at the end, and what it finds is compared with the whole word, by an expression that no index answers.
    """
    number = re.fullmatch(r".*[^0-9]([0-9]{4,})", word)
    if number is None:
        return [f"{column} LIKE {parameter(matching(word))}"]
    return [f"{column} LIKE {parameter(matching(number[1]))}", f"({column} || '') LIKE {parameter(matching(word))}"]
