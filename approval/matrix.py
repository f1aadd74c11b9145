"""The approval matrix (Ma trận phê duyệt): which of its rows are for a request, and which comes nearest of those that are not.

A row is for a request when everything that it says is so: the owner's department, the amount, and of at least one line the
category of the product and the supplier. What it leaves blank is so of any. Source: processes.md, "The approval matrix".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from approval.conditions import RequestFacts
from approval.model import Frozen, Reason
from approval.process import (
    ApprovalMatrix,
    ByMatrix,
    MatrixPolicy,
    MatrixRow,
    PreparedRow,
    PurchaseProcess,
    folded,
)
from approval.values import plain

COLUMNS = (
    "step",
    "department",
    "product_category",
    "supplier",
    "amount_from",
    "amount_to",
    "approvers",
    "vote",
    "deadline",
)
"""The columns of the matrix in their order: the fields of a row."""


class MatchedRow(NamedTuple):
    """A row that is for a request; ``number`` counts from 1."""

    number: int
    row: MatrixRow
    why: Reason


class Match(Frozen):
    """What the matrix says of one step of a request."""

    rows: tuple[MatchedRow, ...]
    """Those that count."""
    nearest: Reason | None
    """The row that comes nearest of those that do not match, and what is not so; None: there is none."""


def matched(process: PurchaseProcess, facts: RequestFacts) -> Mapping[str, Match]:
    """What the matrix of a process says of each step that asks it, by key; nothing where no step does."""
    asking = [step.key for step in process.approval_steps if any(isinstance(one, ByMatrix) for one in step.approvers)]
    if process.matrix is None or not asking:
        return {}
    request = _Request.of(facts, process.matrix.currency)
    return {key: _match(process.matrix, key, request) for key in asking}


class _Request(NamedTuple):
    """What rows look at, ready to be compared."""

    department: str
    categories: frozenset[str]
    suppliers: frozenset[str]
    together: frozenset[tuple[str, str]]
    """Category and supplier of each line."""
    amount: Decimal | None
    """None: it is in another currency than the matrix."""
    facts: RequestFacts

    @classmethod
    def of(cls, facts: RequestFacts, currency: str) -> _Request:
        together = frozenset((folded(line.product_category), folded(line.supplier)) for line in facts.lines)
        return cls(
            department=folded(facts.department),
            categories=frozenset(category for category, _ in together),
            suppliers=frozenset(supplier for _, supplier in together),
            together=together,
            amount=_amount(facts) if facts.currency == currency else None,
            facts=facts,
        )


def _amount(facts: RequestFacts) -> Decimal:
    """What is decided on: the total, or what the request is added up to with others."""
    return max(facts.total, facts.routing_amount)


def _match(matrix: ApprovalMatrix, step: str, request: _Request) -> Match:
    """Look at every row of a step once."""
    found: list[int] = []
    nearest: PreparedRow | None = None
    fewest = len(COLUMNS)
    for row in matrix.by_step.get(step, ()):
        failing = 0
        if row.department is not None and row.department != request.department:
            failing = 1
        if row.product_category is not None and row.product_category not in request.categories:
            failing += 1
        if row.supplier is not None and (
            row.supplier not in request.suppliers
            if row.product_category is None or row.product_category not in request.categories
            else (row.product_category, row.supplier) not in request.together
        ):
            failing += 1
        if row.low is not None or row.high is not None:
            amount = request.amount
            if (
                amount is None
                or (row.low is not None and amount < row.low)
                or (row.high is not None and amount >= row.high)
            ):
                failing += 1
        if not failing:
            found.append(row.number)
        elif failing < fewest or (failing == fewest == 1 and _is_nearer(row, nearest, request)):
            nearest, fewest = row, failing
    counting = found[:1] if matrix.matches is MatrixPolicy.FIRST else found
    rows = tuple(
        MatchedRow(
            number, matrix.rows[number - 1], _why(number, matrix.rows[number - 1], matrix.currency, request.facts)
        )
        for number in counting
    )
    return Match(rows=rows, nearest=_why_not(nearest, matrix, request) if nearest is not None else None)


def _is_nearer(row: PreparedRow, other: PreparedRow | None, request: _Request) -> bool:
    """Whether a row comes nearer than another one that fails in one column, too: if that is the amount, and by less."""
    return other is not None and _distance(row, request) < _distance(other, request)


def _distance(row: PreparedRow, request: _Request) -> Decimal:
    """By how much an amount is below or above a row; as far as can be where it is something else that fails."""
    amount = request.amount
    if amount is not None and row.low is not None and amount < row.low:
        return row.low - amount
    if amount is not None and row.high is not None and amount >= row.high:
        return amount - row.high
    return Decimal("Infinity")


def _why(number: int, row: MatrixRow, currency: str, facts: RequestFacts) -> Reason:
    """That a row matches: what it says, and the values of the request that it looked at."""
    said = {"row": str(number), **_names_of(row)}
    if row.amount_from is not None or row.amount_to is not None:
        said |= {"currency": currency, "request.routing_amount": plain(_amount(facts))}
        said |= {"amount_from": plain(row.amount_from)} if row.amount_from is not None else {}
        said |= {"amount_to": plain(row.amount_to)} if row.amount_to is not None else {}
    if row.department is not None:
        said["request.department"] = facts.department
    return Reason(code="matrix_row", params=said)


def _why_not(row: PreparedRow, matrix: ApprovalMatrix, request: _Request) -> Reason:
    """That a row does not match: each column that is not so, with what it asks for and what the request has."""
    written = matrix.rows[row.number - 1]
    return Reason(
        code="matrix_nearest", params={"row": str(row.number), **dict(_failing(row, written, matrix, request))}
    )


def _failing(
    row: PreparedRow, written: MatrixRow, matrix: ApprovalMatrix, request: _Request
) -> Iterator[tuple[str, str]]:
    facts = request.facts
    if row.department is not None and row.department != request.department:
        yield "department", written.department or ""
        yield "had.department", facts.department
    if row.product_category is not None and row.product_category not in request.categories:
        yield "product_category", written.product_category or ""
        yield "had.product_category", _listed(line.product_category for line in facts.lines)
        if row.supplier is not None and row.supplier not in request.suppliers:
            yield "supplier", written.supplier or ""
            yield "had.supplier", _listed(line.supplier for line in facts.lines)
    elif row.supplier is not None and (
        row.supplier not in request.suppliers
        if row.product_category is None
        else (row.product_category, row.supplier) not in request.together
    ):
        yield "supplier", written.supplier or ""
        yield (
            "had.supplier",
            _listed(
                line.supplier for line in facts.lines if row.product_category in (None, folded(line.product_category))
            ),
        )
    if row.low is None and row.high is None:
        return
    if request.amount is None:
        yield "currency", matrix.currency
        yield "had.currency", facts.currency
    elif row.low is not None and request.amount < row.low:
        yield "amount_from", plain(row.low)
        yield "had.amount", plain(request.amount)
    elif row.high is not None and request.amount >= row.high:
        yield "amount_to", plain(row.high)
        yield "had.amount", plain(request.amount)


_MOST_LISTED = 3


def _listed(names: Iterator[str]) -> str:
    """Names for people to read, each once, the first few."""
    distinct = [name for name in dict.fromkeys(names) if name]
    return ", ".join(distinct[:_MOST_LISTED]) + (", …" if len(distinct) > _MOST_LISTED else "")


def _names_of(row: MatrixRow) -> dict[str, str]:
    """The names that a row asks for, by column."""
    names = {"department": row.department, "product_category": row.product_category, "supplier": row.supplier}
    return {column: name for column, name in names.items() if name is not None}
