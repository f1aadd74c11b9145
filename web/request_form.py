"""The form of a purchase request: what is shown in it, and how what people typed becomes a draft or field errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError
from starlette.datastructures import FormData

from application.filling import FilledDraft, FilledLine
from approval.model import FieldError, Frozen
from crm.drafts import LineDraft, RequestDraft, SourceRef
from crm.records import LineRecord, RequestRecord
from crm.sources import Source
from problems import pointed
from texts import field_problem
from web.dates import read_day
from web.formats import Formats

DATE: Final = "desired_delivery_date"
HEADER: Final = ("purpose", "delivery_address", DATE, "description", "currency")
TEXTS: Final = ("product_code", "description", "warehouse", "unit", "supplier")
NUMBERS: Final = ("quantity", "unit_price")
HIDDEN: Final = ("id", "source_line_id")
TAKE_OVER: Final = "take_over"
"""Is ``yes`` where what the order's line says now was taken over."""
_SENT: Final = (*TEXTS, *NUMBERS, *HIDDEN, TAKE_OVER)
_FIELD: Final = re.compile(r"lines\.(\d{1,4})\.([a-z_]+)")


class FormLine(Frozen):
    """A line as it stands in the form.

    Attributes:
        values: what is typed, by field.
        ordered: quantity on the source's line; empty without one.
        requested: how much of it other requests ask for.
    """

    values: Mapping[str, str]
    ordered: str = ""
    requested: str = ""


class RequestForm(Frozen):
    """The form as it stands, with what is wrong by JSON pointer, as in the API."""

    values: Mapping[str, str]
    lines: tuple[FormLine, ...]
    errors: Mapping[str, str] = {}

    def error(self, field: str, line: int | None = None) -> str:
        """What is wrong with a field, or nothing."""
        return self.errors.get(f"/{field}" if line is None else f"/lines/{line}/{field}", "")

    @property
    def elsewhere(self) -> list[str]:
        """What is wrong with no field that is shown. That there is no line at all is said above the lines."""
        shown = (
            {f"/{field}" for field in HEADER}
            | ({"/lines"} if not self.lines else set())
            | {f"/lines/{index}/{field}" for index in range(len(self.lines)) for field in (*TEXTS, *NUMBERS)}
        )
        return [text for pointer, text in self.errors.items() if pointer not in shown]


def form_of(
    draft: RequestDraft | FilledDraft, formats: Formats, counts: Mapping[UUID, tuple[Decimal, Decimal]]
) -> RequestForm:
    """The form filled from a draft.

    Args:
        draft: the values.
        formats: how numbers are written.
        counts: ordered, and requested by other requests, by source line.
    """
    values = {field: _text(getattr(draft, field)) for field in HEADER}
    if draft.desired_delivery_date:
        values[DATE] = formats.day(draft.desired_delivery_date)
    lines = tuple(_line(line, draft.currency, formats, counts) for line in draft.lines)
    return RequestForm(values=values, lines=lines)


def counts_of_source(source: Source | None) -> dict[UUID, tuple[Decimal, Decimal]]:
    """Ordered, and already requested, by line of a source."""
    return {line.id: (line.quantity, line.quantity_requested) for line in (source.lines if source else ())}


def counts_of_record(record: RequestRecord) -> dict[UUID, tuple[Decimal, Decimal]]:
    """Ordered, and requested by other requests, by the source's line that a line of the request belongs to."""
    own: dict[UUID, Decimal] = {}
    for line in record.lines:
        if line.source_line_id is not None:
            own[line.source_line_id] = own.get(line.source_line_id, Decimal(0)) + line.quantity
    return {
        line.source_line_id: (line.ordered, line.requested - own[line.source_line_id])
        for line in record.lines
        if line.source_line_id is not None and line.ordered is not None and line.requested is not None
    }


def draft_of_record(record: RequestRecord) -> RequestDraft:
    """A saved request as a draft, to fill the form of its edit. What was stored by the rules of another day is shown, too."""
    source = SourceRef(type=record.source.type, id=record.source.id) if record.source else None
    return RequestDraft.model_construct(
        source=source,
        **{field: getattr(record, field) for field in HEADER},
        lines=tuple(_line_draft(line) for line in record.lines),
    )


def copy_of_record(record: RequestRecord, *, today: date) -> RequestDraft:
    """A request as a draft of another one: of no order, with lines of its own, and without a day that is over."""
    day = record.desired_delivery_date
    own = {"id": None, "source_line_id": None}
    return draft_of_record(record).model_copy(
        update={
            "source": None,
            "desired_delivery_date": None if day is not None and day < today else day,
            "lines": tuple(_line_draft(line).model_copy(update=own) for line in record.lines),
        }
    )


def is_saved(written: Mapping[str, Any], record: RequestRecord) -> bool:
    """Whether a request has what was written in its form already, so that it need not be saved.

    Args:
        written: new values by field name, as ``RequestDraft`` has them; a line that was new may have its id by now.
        record: the request.
    """
    stored = draft_of_record(record)
    if any(written[field] != getattr(stored, field) for field in HEADER) or len(written["lines"]) != len(stored.lines):
        return False
    return all(map(_is_saved_line, written["lines"], stored.lines))


def _is_saved_line(written: LineDraft, stored: LineDraft) -> bool:
    given = [field for field in HIDDEN if getattr(written, field) is not None]
    return all(getattr(written, field) == getattr(stored, field) for field in (*TEXTS, *NUMBERS, *given))


class WrongFormError(Exception):
    """Something in the form is not right; carries the form with its errors."""

    def __init__(self, form: RequestForm) -> None:
        super().__init__("the form has errors")
        self.form = form


def read(
    sent: FormData,
    formats: Formats,
    source: SourceRef | None,
    counts: Mapping[UUID, tuple[Decimal, Decimal]],
) -> tuple[RequestForm, RequestDraft]:
    """What was typed, as a draft.

    Returns:
        The form, in case the draft is refused later, and the draft.

    Raises:
        WrongFormError: something is not right.
    """
    form = _typed(sent, counts, formats)
    errors: dict[str, str] = {}
    body: dict[str, Any] = {field: form.values[field] for field in HEADER}
    body[DATE] = _read_date(form.values[DATE], formats, errors)
    body["source"] = source
    currency = form.values["currency"]
    body["lines"] = [_read_line(line, index, currency, formats, errors) for index, line in enumerate(form.lines)]
    try:
        draft = RequestDraft.model_validate(body)
    except ValidationError as error:
        found = [pointed(item) for item in error.errors(include_url=False) if not _is_only_apparent(item, form)]
        raise WrongFormError(with_errors(form, found, formats, first=errors)) from error
    if errors:
        raise WrongFormError(form.model_copy(update={"errors": errors}))
    return form, draft


def with_errors(
    form: RequestForm, found: Iterable[FieldError], formats: Formats, *, first: Mapping[str, str] | None = None
) -> RequestForm:
    """The form with errors at their fields; ``first`` says those that are known already."""
    texts = {error.pointer: field_problem(error.message, error.params, formats.language) for error in found}
    return form.model_copy(update={"errors": texts | dict(first or {})})


def _is_only_apparent(item: Mapping[str, Any], form: RequestForm) -> bool:
    """Whether this says that there are no lines, which pydantic says as well when each of them is wrong."""
    return bool(item["type"] == "too_short" and item["loc"] == ("lines",) and form.lines)


def _typed(sent: FormData, counts: Mapping[UUID, tuple[Decimal, Decimal]], formats: Formats) -> RequestForm:
    lines: dict[int, dict[str, str]] = {}
    for name, value in sent.multi_items():
        found = _FIELD.fullmatch(name)
        if found and isinstance(value, str) and found[2] in _SENT:
            lines.setdefault(int(found[1]), {})[found[2]] = value
    blank = dict.fromkeys(_SENT, "")
    return RequestForm(
        values={field: str(sent.get(field, "")) for field in HEADER},
        lines=tuple(_counted(blank | lines[index], formats, counts) for index in sorted(lines)),
    )


def _read_date(typed: str, formats: Formats, errors: dict[str, str]) -> date | None:
    """The date of delivery; one that cannot be read is noted."""
    try:
        return read_day(typed) if typed.strip() else None
    except ValueError:
        wanted = formats.day_wanted(f"/{DATE}")
        errors[wanted.pointer] = field_problem(wanted.message, wanted.params, formats.language)
        return None


def _read_line(line: FormLine, index: int, currency: str, formats: Formats, errors: dict[str, str]) -> dict[str, Any]:
    """A line's values for ``RequestDraft``; numbers that cannot be read are noted."""
    values: dict[str, Any] = {field: line.values[field] for field in TEXTS}
    values["supplier"] = values["supplier"].strip() or None
    values |= {field: line.values[field] or None for field in HIDDEN}
    values[TAKE_OVER] = line.values[TAKE_OVER] == "yes"
    for field in NUMBERS:
        typed = line.values[field].strip()
        try:
            values[field] = formats.read_amount(typed, _currency_of(field, currency)) if typed else Decimal(0)
        except ValueError:
            values[field] = Decimal(1)
            pointer = f"/lines/{index}/{field}"
            wanted = formats.number_wanted(pointer)
            errors[pointer] = field_problem(wanted.message, wanted.params, formats.language)
    return values


def _currency_of(field: str, currency: str) -> str:
    """The currency of a line's number; empty for what is no amount."""
    return currency if field == "unit_price" else ""


def _line(
    line: LineDraft | FilledLine, currency: str, formats: Formats, counts: Mapping[UUID, tuple[Decimal, Decimal]]
) -> FormLine:
    values = {field: _text(getattr(line, field)) for field in (*TEXTS, *HIDDEN)} | {TAKE_OVER: ""}
    for field in NUMBERS:
        values[field] = formats.amount(getattr(line, field), _currency_of(field, currency))
    return _counted(values, formats, counts)


def _counted(values: Mapping[str, str], formats: Formats, counts: Mapping[UUID, tuple[Decimal, Decimal]]) -> FormLine:
    found = None
    if values["source_line_id"]:
        try:
            found = counts.get(UUID(values["source_line_id"]))
        except ValueError:
            found = None
    if found is None:
        return FormLine(values=values)
    return FormLine(values=values, ordered=formats.number(found[0]), requested=formats.number(found[1]))


def _line_draft(line: LineRecord) -> LineDraft:
    return LineDraft.model_construct(
        **{field: getattr(line, field) for field in LineDraft.model_fields if field != TAKE_OVER}
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
