"""Sales orders and opportunities of a file: rows of one number are one document, which goes in by the door of all connectors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from application import taking
from approval.incoming import IncomingLine, IncomingSource, SourceType
from approval.model import Code, FieldError, RefusedError, refuse
from connectors.files.changes import Change, Preview, What, differences, summed_up
from connectors.files.kinds import ImportKind, SourceRow, Value
from connectors.files.plans import Plan
from connectors.files.progress import Doing, Progress
from connectors.files.sheet import Sheet
from crm import imports, products
from crm import taking as taken
from crm.pool import Connection
from crm.products import Product

SYSTEM: Final = "files"
_TYPES: Final = {
    ImportKind.ORDERS: SourceType.SALES_ORDER,
    ImportKind.OPPORTUNITIES: SourceType.OPPORTUNITY,
}
_CATALOGUED: Final = "VND"
"""The currency of the catalogue's prices."""

_Rows = list[tuple[int, SourceRow]]
"""Of one document, with their lines of the file."""


class _Document(NamedTuple):
    """A sales order or opportunity of a file, and where it stands there."""

    source: IncomingSource
    rows: _Rows


async def plan_sources(connection: Connection, sheet: Sheet, progress: Progress, *, hold: bool) -> Plan:
    """What a file would do to sales orders or opportunities.

    Args:
        connection: in a transaction, if it is to be written.
        sheet: the file.
        progress: is told how many of its rows were compared, and written.
        hold: whether it is to be written: no other file changes anything of them until the transaction ends.
    """
    if hold:
        await imports.wait_for_turn(connection)
    groups = _grouped(sheet)
    stored = await _stored(connection, list(groups))
    catalogue = await products.with_codes(connection, (row.product_code for rows in groups.values() for _, row in rows))
    there = await imports.sources_there(connection, SYSTEM, _TYPES[sheet.kind])

    def compared() -> tuple[list[_Document], list[Change], Preview]:
        documents, changes = [], []
        for number, rows in progress.over(Doing.COMPARING, groups.items(), lambda group: len(group[1])):
            before = stored.get(number)
            documents.append(_Document(_source(_TYPES[sheet.kind], rows, before, catalogue, sheet), rows))
            changes.append(_change(documents[-1], before))
        return documents, changes, summed_up(sheet.kind, len(sheet.rows), changes, there=there, unknown=sheet.unknown)

    documents, changes, preview = await asyncio.to_thread(compared)
    sources = [one.source for one in documents]
    foreseen = await taking.foresee(connection, SYSTEM, sources, with_requests=not hold)
    preview = preview.model_copy(update={"requests": foreseen.requests})
    errors = [*_at_their_cells(sheet, documents, foreseen.errors), *await _unknown_owners(connection, sheet, groups)]

    def written(some: Sequence[IncomingSource]) -> None:
        progress.done += sum(len(one.lines) for one in some)

    async def write() -> None:
        becoming = zip(sources, changes, strict=True)
        progress.begin(
            Doing.WRITING, sum(len(one.lines) for one, change in becoming if change.what is not What.UNCHANGED)
        )
        try:
            await taking.take(connection, SYSTEM, sources, at=datetime.now(UTC), written=written)
        except RefusedError as error:  # since a moment ago: another system has a number now, say
            raise refuse(Code.STALE_VERSION, variant="import") from error

    return Plan(preview, errors, write)


async def _stored(connection: Connection, numbers: list[str]) -> dict[str, IncomingSource]:
    """Those of the documents that came before, by number, as they are now."""
    found: dict[str, IncomingSource] = {}
    for start in range(0, len(numbers), taking.AT_ONCE):
        known = await taken.known(connection, SYSTEM, numbers[start : start + taking.AT_ONCE])
        found |= {key: one.source for key, one in known.items()}
    return found


def _grouped(sheet: Sheet) -> dict[str, _Rows]:
    groups: dict[str, _Rows] = {}
    for line, row in sheet.rows:
        assert isinstance(row, SourceRow)  # noqa: S101 - of a sheet of sales orders or opportunities
        groups.setdefault(row.number, []).append((line, row))
    return groups


def _source(
    kind: SourceType, rows: _Rows, before: IncomingSource | None, catalogue: Mapping[str, Product], sheet: Sheet
) -> IncomingSource:
    """A document as the file has it. Of columns that the file does not have, what was there stays."""
    _, first = rows[0]
    known = {line.key: line for line in before.lines} if before is not None else {}
    kept = {
        name: getattr(before, name)
        for name in ("name", "customer", "stage", "delivery_address", "delivery_date", "currency")
        if before is not None and name not in sheet.places
    }
    said = {
        name: getattr(first, name)
        for name in ("date", "owner", "name", "customer", "stage", "delivery_address", "delivery_date", "currency")
    } | kept
    cancelled = before.cancelled if before is not None and "cancelled" not in sheet.places else bool(first.cancelled)
    lines: dict[str, IncomingLine] = {}
    for _, row in rows:
        key = _key_of_line(row.product_code, lines)
        lines[key] = _line(key, row, known.get(key), catalogue, said["currency"], sheet)
    return IncomingSource(
        type=kind,
        key=first.number,
        number=first.number,
        cancelled=cancelled,
        lines=tuple(lines.values()),
        **{**said, "name": said["name"] or said["customer"] or first.number},
    )


def _key_of_line(product: str, taken_before: Mapping[str, object]) -> str:
    """What a line is known by: its product, and which one of several lines with this product."""
    key, times = product, 1
    while key in taken_before:
        times += 1
        key = f"{product} #{times}"
    return key


def _line(
    key: str,
    row: SourceRow,
    before: IncomingLine | None,
    catalogue: Mapping[str, Product],
    currency: str,
    sheet: Sheet,
) -> IncomingLine:
    """A line of goods. What it leaves blank of description, unit and price is as it was, or else as the catalogue has it."""
    product = catalogue.get(row.product_code)
    price = row.unit_price
    if price is None and before is not None:
        price = before.unit_price
    if price is None and product is not None and currency == _CATALOGUED:
        price = product.unit_price
    unsaid = before or IncomingLine(
        key=key,
        product_code=row.product_code,
        description=product.name if product is not None else "",
        unit=product.unit if product is not None else "",
        quantity=row.quantity,
        unit_price=Decimal(0),
    )
    return IncomingLine(
        key=key,
        product_code=row.product_code,
        description=row.description or unsaid.description,
        unit=row.unit or unsaid.unit,
        warehouse=row.warehouse if "warehouse" in sheet.places else unsaid.warehouse,
        supplier=row.supplier if "supplier" in sheet.places else unsaid.supplier,
        quantity=row.quantity,
        unit_price=Decimal(0) if price is None else price,
    )


_HEAD: Final = tuple(name for name in IncomingSource.model_fields if name not in ("type", "key", "number", "lines"))
_GOODS: Final = tuple(name for name in IncomingLine.model_fields if name != "key")


def _change(document: _Document, before: IncomingSource | None) -> Change:
    source, (row, _) = document.source, document.rows[0]
    fields = differences(_values(before, _HEAD), _values(source, _HEAD))
    lines = tuple(_of_lines(document, before))
    what = What.UNCHANGED
    if before is None:
        what = What.NEW
    elif source.cancelled and not before.cancelled:
        what = What.GONE
    elif fields or lines:
        what = What.CHANGED
    return Change(what=what, key=source.key, name=source.name, row=row, fields=fields, lines=lines)


def _of_lines(document: _Document, before: IncomingSource | None) -> Iterator[Change]:
    """What becomes of the lines of goods of a document; nothing of those of which nothing becomes."""
    known = {line.key: line for line in before.lines} if before is not None else {}
    for (row, _), line in zip(document.rows, document.source.lines, strict=True):
        was = known.pop(line.key, None)
        fields = differences(_values(was, _GOODS), _values(line, _GOODS))
        if fields:
            what = What.NEW if was is None else What.CHANGED
            yield Change(what=what, key=line.product_code, name=line.description, row=row, fields=fields)
    for line in known.values():
        yield Change(what=What.GONE, key=line.product_code, name=line.description)


def _values(one: IncomingSource | IncomingLine | None, names: Iterable[str]) -> dict[str, Value]:
    return {} if one is None else {name: getattr(one, name) for name in names}


def _at_their_cells(sheet: Sheet, documents: list[_Document], errors: Iterable[FieldError]) -> Iterator[FieldError]:
    """What the door refuses, at the cells that say it."""
    for error in errors:
        _, place, field, *_ = error.pointer.split("/")
        line, _row = documents[int(place)].rows[0]
        column = field if field in sheet.places else "number"
        yield sheet.error(line, column, error.message, error.params)


async def _unknown_owners(connection: Connection, sheet: Sheet, groups: Mapping[str, _Rows]) -> list[FieldError]:
    """The owners whom nobody knows of documents of which no row can be taken, each at its first row."""
    owners: dict[str, tuple[int, str]] = {}
    for line, said in sheet.partly:
        number = str(said.get("number", line))
        if "owner" in said and number not in groups:
            owners.setdefault(number, (line, str(said["owner"])))
    people = await taken.known_people(connection, {owner for _, owner in owners.values()})
    return [
        sheet.error(line, "owner", "source_owner_unknown", {"value": owner})
        for line, owner in owners.values()
        if owner not in people
    ]
