"""What a row of AMIS says, in our terms: a sales order with its lines, the opportunity that it speaks of, when it changed last.

Nothing here calls anything. A row that cannot be understood is a record with the problem said, by AMIS's name of the field.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from application.amis import ReadOrder
from application.amis_fields import AmisFields
from approval.incoming import IncomingLine, IncomingSource, SourceType
from approval.incoming_catalogue import (
    CatalogueKind,
    IncomingCustomer,
    IncomingEntry,
    IncomingProduct,
    IncomingWarehouse,
)
from approval.text import mended
from connectors.interface import Entry, LastChange, Problem, Record
from crm.search_text import fold

_OF_ORDERS: Final = tuple(AmisFields.model_fields)[: list(AmisFields.model_fields).index("lines")]
_OF_LINES: Final = tuple(name for name in AmisFields.model_fields if name.startswith("line_"))
_SHOWN_LINES: Final = 3
CANCELLED: Final = fold("Đã hủy bỏ")
"""The status of an order that is cancelled there, whatever way its accents are written."""
_LONGEST_SHOWN: Final = 60
_LONGEST_TEXT: Final = 200
"""Letters of a name in a catalogue; a longer one is cut."""
_YEARS: Final = range(1900, 2200)
"""Of dates that say something: 0001-01-01 and 9999-12-31 are how some programs write that there is none."""
_DAY_FIRST: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")


class _Unreadable(Exception):
    """A field says nothing that could be taken."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(field)
        self.problem = Problem(
            reason="field_unreadable", params={"field": field, "value": _shown(value)[:_LONGEST_SHOWN]}
        )


class Reader:
    """Reads rows.

    Args:
        fields: how AMIS calls them.
        zone: of dates that say none.
    """

    def __init__(self, fields: AmisFields, zone: ZoneInfo) -> None:
        self._fields = fields
        self._zone = zone

    def order(self, row: Mapping[str, Any]) -> Record | None:
        """A row of the list of sales orders; None: it has no id, so that it is nothing."""
        fields = self._fields
        key = _shown(row.get(fields.key))
        if not key:
            return None
        number, owner = _shown(row.get(fields.number)), _shown(row.get(fields.owner))
        changed = self._last_change(row.get(fields.changed))
        known: dict[str, Any] = {"key": key, "number": number, "owner": owner, "changed": changed}
        try:
            source = self._source(key, row)
        except _Unreadable as error:
            return Record(**known, problem=error.problem)
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in wrong["loc"])
            return Record(**known, problem=_Unreadable(field, wrong.get("input")).problem)
        return Record(**known, source=source, derived=self._opportunity(row, source))

    def shown(self, row: Mapping[str, Any]) -> ReadOrder:
        """A row of the list of sales orders for people, however little of it can be taken."""
        names = self._fields.model_dump()
        record = self.order(row)
        problem = (
            record.problem if record is not None else Problem(reason="field_unreadable", params=_none(names["key"]))
        )
        lines = row.get(names["lines"])
        rows = [line for line in lines if isinstance(line, Mapping)][:_SHOWN_LINES] if isinstance(lines, list) else []
        return ReadOrder(
            values={name: _shown(row.get(names[name])) for name in _OF_ORDERS},
            lines=tuple({name: _shown(line.get(names[name])) for name in _OF_LINES} for line in rows),
            reason=problem.reason if problem is not None else "",
            params=problem.params if problem is not None else {},
        )

    def changed(self, key: str, values: Mapping[str, str]) -> dict[str, Any]:
        """An order as it is told of: its id, and the fields that are to say something else."""
        return {self._fields.key: int(key) if key.isascii() and key.isdigit() else key, **values}

    def entry(self, kind: CatalogueKind, row: Mapping[str, Any]) -> Entry | None:
        """A row of the list of products, customers or stocks; None: it has no id, so that it is nothing."""
        names, key = self._fields, _shown(row.get(self._fields.key))
        if not key:
            return None
        model, fields = _fields_of(kind, names)
        shown = " ".join(filter(None, (_shown(row.get(fields["code"])), _shown(row.get(fields["name"])))))
        known: dict[str, Any] = {"key": key, "name": shown, "changed": self._last_change(row.get(names.changed))}
        try:
            said: dict[str, Any] = {ours: self._text(row, theirs)[:_LONGEST_TEXT] for ours, theirs in fields.items()}
            if kind is CatalogueKind.PRODUCTS:
                said["unit_price"] = _decimal(row, names.product_price) or None
            return Entry(**known, said=model(**said, discontinued=row.get(names.inactive) is True))
        except _Unreadable as error:
            return Entry(**known, problem=error.problem)
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]
            field = str(wrong["loc"][0])
            theirs = fields.get(field, names.product_price)
            return Entry(**known, problem=_Unreadable(theirs, row.get(theirs)).problem)

    def _source(self, key: str, row: Mapping[str, Any]) -> IncomingSource:
        fields = self._fields
        number = self._text(row, fields.number)
        if not number:
            raise _Unreadable(fields.number, row.get(fields.number))
        customer, opportunity = self._text(row, fields.customer), self._text(row, fields.opportunity)
        stage = self._text(row, fields.status)
        delivery = self._day(row, fields.delivery) or self._day(row, fields.due)
        ordered = self._day(row, fields.date)
        if ordered is None:
            raise _Unreadable(fields.date, row.get(fields.date))
        lines = row.get(fields.lines) or []
        if not isinstance(lines, list):
            raise _Unreadable(fields.lines, lines)
        return IncomingSource(
            type=SourceType.SALES_ORDER,
            key=key,
            number=number,
            name=opportunity or customer or number,
            customer=customer,
            owner="",
            stage=stage,
            date=ordered,
            delivery_address=self._text(row, fields.address),
            delivery_date=delivery,
            currency=self._text(row, fields.currency) or "VND",
            cancelled=fold(stage) == CANCELLED,
            lines=tuple(self._line(line, place) for place, line in enumerate(lines, start=1)),
        )

    def _line(self, line: object, place: int) -> IncomingLine:
        fields = self._fields
        if not isinstance(line, Mapping):
            raise _Unreadable(fields.lines, line)
        return IncomingLine(
            key=_shown(line.get(fields.line_key)) or f"#{place}",
            product_code=self._text(line, fields.line_product),
            description=self._text(line, fields.line_description),
            warehouse=self._text(line, fields.line_warehouse),
            unit=self._text(line, fields.line_unit) or self._text(line, fields.line_usage_unit),
            quantity=_decimal(line, fields.line_quantity),
            unit_price=_decimal(line, fields.line_price),
            supplier=None,
        )

    def _opportunity(self, row: Mapping[str, Any], order: IncomingSource) -> IncomingSource | None:
        """AMIS gives no list of opportunities; all that is known of one is what an order says: its name, and whose it is."""
        name = self._text(row, self._fields.opportunity)
        if not name:
            return None
        known_by = hashlib.sha256(f"{fold(order.customer)}\n{fold(name)}".encode()).hexdigest()
        return IncomingSource(
            type=SourceType.OPPORTUNITY,
            key=f"opportunity:{known_by[:32]}",
            number=f"CH-{known_by[:10].upper()}",
            name=name,
            customer=order.customer,
            owner="",
            date=order.date,
            currency=order.currency,
        )

    def _text(self, row: Mapping[str, Any], field: str) -> str:
        value = row.get(field)
        if value is None:
            return ""
        if isinstance(value, dict | list):
            raise _Unreadable(field, value)
        try:
            return mended(str(value), lines=False)
        except PydanticCustomError as error:
            raise _Unreadable(field, value) from error

    def _day(self, row: Mapping[str, Any], field: str) -> date | None:
        value = row.get(field)
        try:
            found = self._moment(value)
        except ValueError as error:
            raise _Unreadable(field, value) from error
        return found.earliest.astimezone(self._zone).date() if found is not None else None

    def _last_change(self, value: object) -> LastChange | None:
        try:
            return self._moment(value)
        except ValueError:
            return None

    def _moment(self, value: object) -> LastChange | None:
        """A moment as AMIS writes it: ISO 8601, or the day first; a day alone is all of that day. None: it says none.

        Raises:
            ValueError: it is no moment.
        """
        text = str(value).strip() if value is not None else ""
        if not text:
            return None
        if found := _DAY_FIRST.fullmatch(text):
            day = date(int(found[3]), int(found[2]), int(found[1]))
            at = time(int(found[4]), int(found[5]), int(found[6] or 0)) if found[4] else None
        elif len(text) <= len("2026-11-28"):
            day, at = date.fromisoformat(text), None
        else:
            moment = datetime.fromisoformat(text)
            if moment.year not in _YEARS:
                return None
            moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=self._zone)
            return LastChange(earliest=moment, latest=moment)
        if day.year not in _YEARS:
            return None
        begin = datetime.combine(day, at or time(), self._zone)
        return LastChange(earliest=begin, latest=begin if at else begin + timedelta(days=1))


def _fields_of(kind: CatalogueKind, names: AmisFields) -> tuple[type[IncomingEntry], dict[str, str]]:
    """What a row of a catalogue becomes, and what AMIS calls the texts of it."""
    match kind:
        case CatalogueKind.PRODUCTS:
            return IncomingProduct, {
                "code": names.product_code,
                "name": names.product_name,
                "category": names.product_category,
                "unit": names.product_unit,
            }
        case CatalogueKind.CUSTOMERS:
            return IncomingCustomer, {
                "code": names.customer_code,
                "name": names.customer_name,
                "tax_code": names.customer_tax_code,
                "phone": names.customer_phone,
                "email": names.customer_email,
                "address": names.customer_address,
            }
        case CatalogueKind.WAREHOUSES:
            return IncomingWarehouse, {
                "code": names.warehouse_code,
                "name": names.warehouse_name,
                "address": names.warehouse_address,
            }


def _none(field: str) -> dict[str, str]:
    return {"field": field, "value": ""}


def _decimal(row: Mapping[str, Any], field: str) -> Decimal:
    value = row.get(field)
    if value in (None, ""):
        return Decimal(0)
    if isinstance(value, bool):
        raise _Unreadable(field, value)
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise _Unreadable(field, value) from error
    if not number.is_finite():
        raise _Unreadable(field, value)
    return number


def _shown(value: object) -> str:
    """A value fit for people and for PostgreSQL: in one line, cut short, and without characters that cannot be seen."""
    text = "" if value is None else str(value)
    return "".join(char for char in text[:200].strip() if char.isprintable())
