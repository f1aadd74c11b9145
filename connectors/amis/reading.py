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

from application.amis_fields import AmisFields
from approval.incoming import IncomingLine, IncomingSource, SourceType
from approval.text import mended
from connectors.interface import LastChange, Problem, Record
from crm.search_text import fold

CANCELLED: Final = fold("Đã hủy bỏ")
"""The status of an order that is cancelled there, whatever way its accents are written."""
_LONGEST_SHOWN: Final = 60
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
        if value in (None, ""):
            return None
        found = self._last_change(value)
        if found is None:
            raise _Unreadable(field, value)
        return found.earliest.astimezone(self._zone).date()

    def _last_change(self, value: object) -> LastChange | None:
        """A moment as AMIS writes it: ISO 8601, or the day first; a day alone is all of that day."""
        text = str(value).strip() if value is not None else ""
        try:
            if found := _DAY_FIRST.fullmatch(text):
                day = date(int(found[3]), int(found[2]), int(found[1]))
                at = time(int(found[4]), int(found[5]), int(found[6] or 0)) if found[4] else None
            elif len(text) <= len("2026-11-28"):
                day, at = date.fromisoformat(text), None
            else:
                moment = datetime.fromisoformat(text)
                moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=self._zone)
                return LastChange(earliest=moment, latest=moment)
        except ValueError:
            return None
        begin = datetime.combine(day, at or time(), self._zone)
        return LastChange(earliest=begin, latest=begin if at else begin + timedelta(days=1))


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
