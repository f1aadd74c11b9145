"""What is typed into the form for goods received, and what is to be asked before it is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from approval.field_errors import field_error
from approval.model import FieldError, Frozen
from approval.purchase_flags import Flagged, flags
from approval.purchasing import ReceivedLine
from approval.values import EXACT, Quantity, ReceivedQuantity
from crm.records import LineRecord, RequestRecord
from web.formats import Formats

_MOVED: Final[TypeAdapter[Decimal]] = TypeAdapter(Quantity)
_IN_ALL: Final[TypeAdapter[Decimal]] = TypeAdapter(ReceivedQuantity)


class TypedReport(Frozen):
    """What the form says of goods."""

    lines: tuple[ReceivedLine, ...] = ()
    wrong: Mapping[str, FieldError] = {}
    """By input name."""


def read_report(record: RequestRecord, fields: Mapping[str, str], formats: Formats) -> TypedReport:
    """The movements that were typed, and the sums that were changed.

    A sum is compared with what the form showed, not with what is there now: somebody else's newer report stays.
    """
    lines: list[ReceivedLine] = []
    wrong: dict[str, FieldError] = {}
    for line in record.lines:
        moved = False
        for kind in ("received", "sent_back"):
            name = f"{kind}/{line.id}"
            if fields.get(name, "").strip():
                moved = True
                quantity = _read(name, fields[name].strip(), _MOVED, formats, wrong)
                if quantity is not None:
                    lines.append(ReceivedLine.model_validate({"line_id": line.id, kind: quantity}))
        name = f"in_all/{line.id}"
        text = fields.get(name, "").strip()
        if name not in fields or text == fields.get(f"shown/{line.id}", "").strip():
            continue
        if moved:
            wrong[name] = FieldError(pointer=name, message="moved_and_corrected")
            continue
        quantity = _read(name, text, _IN_ALL, formats, wrong)
        if quantity is not None:
            lines.append(ReceivedLine(line_id=line.id, quantity_received=quantity))
    return TypedReport(lines=tuple(lines), wrong=wrong)


def read_quantities(
    record: RequestRecord, fields: Mapping[str, str], formats: Formats
) -> tuple[dict[UUID, Decimal], dict[str, FieldError]]:
    """How much of each line a purchase order is to have, where something was typed, and what is wrong by input name."""
    found: dict[UUID, Decimal] = {}
    wrong: dict[str, FieldError] = {}
    for line in record.lines:
        name = f"ordered/{line.id}"
        text = fields.get(name, "").strip()
        if not text:
            continue
        quantity = _read(name, text, _MOVED, formats, wrong)
        if quantity is not None:
            found[line.id] = quantity
    return found, wrong


def _read(
    name: str, text: str, kind: TypeAdapter[Decimal], formats: Formats, wrong: dict[str, FieldError]
) -> Decimal | None:
    try:
        return kind.validate_python(formats.read_number(text))
    except ValidationError as error:
        wrong[name] = field_error(error.errors()[0], name)
    except ValueError:
        wrong[name] = formats.number_wanted(name)
    return None


class _Reported(Frozen):
    """A line as it would be."""

    product_code: str
    quantity: Decimal
    quantity_received: Decimal
    on_purchase_orders: Decimal
    decision: str | None


def questions(
    record: RequestRecord,
    *,
    status: str | None = None,
    lines: Sequence[ReceivedLine] = (),
    ordered: Mapping[UUID, Decimal] | None = None,
) -> list[Flagged]:
    """What would look wrong by what is about to be reported, and does not yet.

    Args:
        record: the request as it is.
        status: the purchase status that is reported; None: it stays.
        lines: what is reported of goods.
        ordered: how much more of each line would be on purchase orders.
    """
    before = flags(record.purchase_status, record.lines)
    after = flags(
        status or record.purchase_status,
        [_as_reported(line, lines, (ordered or {}).get(line.id, Decimal(0))) for line in record.lines],
    )
    known = {(one.flag, one.line): one.by for one in before if status is None or one.line is not None}
    return [one for one in after if (one.flag, one.line) not in known or one.by > known[one.flag, one.line]]


def _as_reported(line: LineRecord, lines: Sequence[ReceivedLine], ordered: Decimal) -> _Reported:
    received = line.quantity_received
    for said in lines:
        if said.line_id == line.id:
            moved = EXACT.subtract(said.received or Decimal(0), said.sent_back or Decimal(0))
            received = said.quantity_received if said.quantity_received is not None else EXACT.add(received, moved)
    return _Reported(
        product_code=line.product_code,
        quantity=line.quantity,
        quantity_received=received,
        on_purchase_orders=EXACT.add(line.on_purchase_orders, ordered),
        decision=line.decision,
    )


def as_answer(asked: Sequence[Flagged]) -> str:
    """What a form carries to say that these questions were seen."""
    return " ".join(f"{one.flag}:{'' if one.line is None else one.line}" for one in asked)
