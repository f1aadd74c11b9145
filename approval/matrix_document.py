"""The approval matrix as it is written in a process document: its form, and what is wrong with its rows.

What is said of a row points at its cell, ``/matrix/rows/2/amount_to``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Annotated, Any, Final, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter

from approval.amount_ranges import Coverage, Range, covered_by, crossings
from approval.document_fields import MOST_APPROVERS, Key, NamedDefinition, valid
from approval.durations import DurationDefinition
from approval.model import FieldError, Input
from approval.process import ApprovalMatrix, MatrixPolicy, MatrixRow, folded
from approval.text import require_visible
from approval.values import Currency, Line, Money, at_most, plain
from approval.votes import DecisionRule, VoteDefinition

MOST_ROWS: Final = 5_000
"""Rows of an approval matrix."""

ROWS: Final = "/matrix/rows"
"""Where they are in a document."""


def _blank_as_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


MatchedName = Annotated[
    Annotated[Line, Field(max_length=200), AfterValidator(require_visible)] | None, BeforeValidator(_blank_as_none)
]
"""A department, a category of products, a supplier; None: any."""


class _Conditions(MatrixRow):
    """What a row is for, in its form; whatever else it says."""

    step: Key
    department: MatchedName = None
    product_category: MatchedName = None
    supplier: MatchedName = None
    amount_from: Money | None = None
    amount_to: Money | None = None
    approvers: Any = ()
    vote: Any = None
    deadline: Any = None


class MatrixRowDefinition(_Conditions, Input):
    """A row of the approval matrix, in its form. What is left out, null or empty matches anything."""

    approvers: Annotated[
        tuple[NamedDefinition, ...], Field(min_length=1, max_length=MOST_APPROVERS), at_most(MOST_APPROVERS)
    ]
    vote: VoteDefinition | None = None
    deadline: DurationDefinition | None = None


class MatrixDefinition(ApprovalMatrix, Input):
    """The approval matrix, in its form."""

    matches: MatrixPolicy = MatrixPolicy.FIRST
    currency: Currency = "VND"
    rows: Annotated[tuple[MatrixRowDefinition, ...], Field(max_length=MOST_ROWS), at_most(MOST_ROWS)] = ()


def rows_of(document: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rows of a document that have fields at all, each with its pointer."""
    matrix = document.get("matrix") if isinstance(document, Mapping) else None
    rows = matrix.get("rows") if isinstance(matrix, Mapping) else None
    for index, row in enumerate(rows[:MOST_ROWS] if isinstance(rows, list | tuple) else ()):
        if isinstance(row, Mapping):
            yield f"{ROWS}/{index}", row


def broken_rules_of_matrix(
    document: Mapping[Any, Any], steps: Iterable[str], chosen: Iterable[str]
) -> Iterator[FieldError]:
    """What the form of a row cannot say, of a document that has a matrix.

    Args:
        document: of a process.
        steps: keys of the steps that take their approvers from the matrix.
        chosen: of those in which the requester chooses.
    """
    known, of_chosen = frozenset(steps), frozenset(chosen)
    rows = []
    for pointer, written in rows_of(document):
        row = valid(_CONDITIONS, written)
        if row is None:
            continue
        if row.step not in known:
            yield FieldError(pointer=f"{pointer}/step", message="matrix_step", params={"step": row.step})
        if row.step in of_chosen and valid(_VOTE, written.get("vote")) not in (None, DecisionRule.ANY):
            yield FieldError(pointer=f"{pointer}/vote", message="decision_of_chosen")
        if row.amount_to is not None and row.amount_to <= (row.amount_from or 0):
            yield FieldError(pointer=f"{pointer}/amount_to", message="matrix_empty_range")
        else:
            rows.append(_Row.of(pointer, row, written.get("approvers")))
    if valid(_POLICY, document["matrix"].get("matches", MatrixPolicy.FIRST)) is MatrixPolicy.COLLECTED:
        yield from _said_twice(rows)
    else:
        yield from _crossing(rows)
        yield from _never_reached(rows)


class _Row(NamedTuple):
    """What a row is for, ready to be held against others."""

    pointer: str
    key: tuple[str | None, ...]
    """Its step and its names."""
    range: Range
    has_amounts: bool
    """Or it is for every currency, too."""
    approvers: str

    @classmethod
    def of(cls, pointer: str, row: MatrixRow, approvers: object) -> _Row:
        number = int(pointer.rpartition("/")[2]) + 1
        key = (row.step, folded(row.department), folded(row.product_category), folded(row.supplier))
        has_amounts = row.amount_from is not None or row.amount_to is not None
        return cls(pointer, key, Range.of(row.amount_from, row.amount_to, number), has_amounts, repr(approvers))


def _crossing(rows: Iterable[_Row]) -> Iterator[FieldError]:
    """Rows for the same whose amounts cross: one of the two bounds is a mistake."""
    alike: dict[tuple[str | None, ...], list[_Row]] = {}
    for row in rows:
        alike.setdefault(row.key, []).append(row)
    for same in alike.values():
        by_number = {row.range.number: row for row in same}
        for lower, upper in crossings(row.range for row in same):
            later, other = sorted((lower, upper), key=lambda one: -one.number)
            cell = "amount_from" if later is upper else "amount_to"
            pointer = f"{by_number[later.number].pointer}/{cell}"
            yield FieldError(pointer=pointer, message="matrix_overlap", params={"row": str(other.number)})


def _never_reached(rows: Iterable[_Row]) -> Iterator[FieldError]:
    """Rows that can never match, since those before them take every request that they are for."""
    before: dict[tuple[str | None, ...], Coverage] = {}
    of_every_currency: dict[tuple[str | None, ...], int] = {}
    for row in rows:
        step, *names = row.key
        wider = [(step, *one) for one in product(*({None, name} for name in names))]
        found = min((of_every_currency[key] for key in wider if key in of_every_currency), default=None)
        if found is None and row.has_amounts:
            found = covered_by((before[key] for key in wider if key in before), row.range)
        if found is not None:
            yield FieldError(pointer=f"{row.pointer}/step", message="matrix_unreachable", params={"row": str(found)})
        before.setdefault(row.key, Coverage()).add(row.range)
        if not row.has_amounts:
            of_every_currency.setdefault(row.key, row.range.number)


def _said_twice(rows: Iterable[_Row]) -> Iterator[FieldError]:
    """Rows that say what another one says already."""
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        said = (row.key, row.range.low, row.range.high, row.has_amounts, row.approvers)
        first = seen.setdefault(said, row.range.number)
        if first != row.range.number:
            yield FieldError(pointer=f"{row.pointer}/step", message="matrix_twice", params={"row": str(first)})


def gaps(matrix: ApprovalMatrix, steps: Iterable[str], departments: Iterable[str]) -> list[FieldError]:
    """The requests that no row is for: of which amounts, and of which department if not of every one.

    Rows for some goods or suppliers leave others out, so that a gap is whatever those rows leave whose category and supplier
    are blank.

    Args:
        matrix: with nothing else wrong with it.
        steps: keys of the steps that ask it of every request.
        departments: of the people there are.
    """
    return [gap for step in steps for gap in _gaps_of_step(matrix, step, frozenset(departments) or frozenset({""}))]


def _gaps_of_step(matrix: ApprovalMatrix, step: str, departments: frozenset[str]) -> Iterator[FieldError]:
    rows = [(index, row) for index, row in enumerate(matrix.rows) if row.step == step]
    general = [(index, row) for index, row in rows if row.product_category is None and row.supplier is None]
    if not general:
        pointer = f"{ROWS}/{rows[-1][0]}/{_narrowing(rows[-1][1])}" if rows else ROWS
        yield FieldError(pointer=pointer, message="matrix_gap_general", params={"step": step})
        return
    own = {folded(row.department) for _, row in general if row.department is not None}
    others = sorted((name for name in departments if folded(name) not in own), key=lambda name: (not name, name))
    for name in (*sorted(departments - set(others)), *others[:1]):  # those without rows of their own are all alike
        of_it = [(index, row) for index, row in general if folded(row.department) in (None, folded(name))]
        last, _ = (of_it or rows)[-1]
        for low, high in Coverage(Range.of(row.amount_from, row.amount_to, 0) for _, row in of_it).gaps():
            ends = next((f"{ROWS}/{index}/amount_to" for index, row in of_it if row.amount_to == low), None)
            begins = next((f"{ROWS}/{index}/amount_from" for index, row in of_it if row.amount_from == high), None)
            params = {"step": step, "low": plain(low)} | ({"high": plain(high)} if high.is_finite() else {})
            message = "matrix_gap" if high.is_finite() else "matrix_gap_above"
            if own:
                message, params = f"{message}_of_department", {**params, "department": name}
            yield FieldError(pointer=ends or begins or f"{ROWS}/{last}/department", message=message, params=params)


def _narrowing(row: MatrixRow) -> str:
    """The column because of which a row is not for all goods."""
    return "product_category" if row.product_category is not None else "supplier"


_CONDITIONS: Final = TypeAdapter(_Conditions)
_VOTE: Final = TypeAdapter[Any](VoteDefinition)
_POLICY: Final = TypeAdapter(MatrixPolicy)
