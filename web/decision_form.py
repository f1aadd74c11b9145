"""The fields that an approver may change together with an approval: shown with their values, and read back.

Which fields those are is the step's to say (``may_edit``), and what may stand in them is ``approval.changes``' business;
here they only get from a page to a ``Changes`` document and back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from approval.changes import FieldValue, ProposedChange, parse_changes
from approval.editable import HEADER_FIELDS, EditableField, FieldKind
from approval.model import FieldError, Frozen, RefusedError
from approval.state import Step
from approval.values import plain
from crm.records import LineRecord, RequestRecord
from texts import field_problem
from web.dates import read_day
from web.formats import Formats
from web.line_decisions import input_of


class Field(Frozen):
    """One value that may be changed.

    Attributes:
        name: of the input.
        field: its own name, without the line.
        kind: what it holds.
        currency: of an amount; empty for what is none.
        emptied: what it holds when nothing is typed.
        original: what the CRM has.
        current: what stands now, an earlier approver's proposal included.
        shown: the current value as the reader's language writes it.
        typed: what was typed, if the form comes back.
        error: what is wrong with it.
    """

    name: str
    field: str
    kind: FieldKind
    currency: str
    emptied: FieldValue
    original: FieldValue
    current: FieldValue
    shown: str
    typed: str
    error: str = ""


class EditableLine(Frozen):
    """A line with those of its fields that may be changed."""

    line: LineRecord
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """The field, if it may be changed."""
        return next((field for field in self.fields if field.field == name), None)


class DecisionForm(Frozen):
    """What the open step may change."""

    header: tuple[Field, ...]
    lines: tuple[EditableLine, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing may be changed."""
        return not self.header and not any(line.fields for line in self.lines)

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong in it."""
        return any(field.error for field in self.fields())

    @property
    def is_touched(self) -> bool:
        """Whether somebody has typed something else than what stands."""
        return any(field.typed.strip() != field.shown for field in self.fields())

    def changes(self, formats: Formats) -> dict[str, Any] | None:
        """What was changed, for ``Commands.decide``; None where nothing was.

        Raises:
            ValueError: something is no number.
        """
        changes: dict[str, Any] = {field.field: _read(field, formats) for field in self.header if _is_new(field)}
        lines = []
        for editable in self.lines:
            fields = {field.field: _read(field, formats) for field in editable.fields if _is_new(field)}
            if fields:
                lines.append({"id": str(editable.line.id), **fields})
        if lines:
            changes["lines"] = lines
        return changes or None

    def fields(self) -> list[Field]:
        """All fields."""
        return [*self.header, *(field for line in self.lines for field in line.fields)]


def decision_form(
    record: RequestRecord,
    step: Step,
    proposed: tuple[ProposedChange, ...],
    formats: Formats,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> DecisionForm:
    """The form for a step.

    Args:
        record: the request.
        step: its open step.
        proposed: what the round's approvers proposed so far.
        formats: how the reader writes numbers.
        typed: what was typed, by input name.
        errors: what is wrong, by input name.
    """
    last = {(change.line_id, change.field): change.after for change in proposed}
    values = record.values()

    def field(name: str, wanted: EditableField, original: FieldValue, current: FieldValue) -> Field:
        currency = record.currency if wanted is EditableField.LINE_UNIT_PRICE else ""
        shown = _shown(wanted, current, currency, formats)
        return Field(
            name=name,
            field=wanted.field,
            kind=wanted.kind,
            currency=currency,
            emptied=wanted.emptied,
            original=original,
            current=current,
            shown=shown,
            typed=(typed or {}).get(name, shown),
            error=(errors or {}).get(name, ""),
        )

    may_edit = step.plan.may_edit
    header = tuple(
        field(wanted, wanted, values.header.get(wanted), last.get((None, wanted), values.header.get(wanted)))
        for wanted in HEADER_FIELDS
        if wanted in may_edit
    )
    lines = tuple(
        EditableLine(
            line=line,
            fields=tuple(
                field(
                    f"{line.id}/{wanted.field}",
                    wanted,
                    own.values.get(wanted.field),
                    last.get((line.id, wanted.field), own.values.get(wanted.field)),
                )
                for wanted in may_edit
                if wanted.of_line
            ),
        )
        for line, own in zip(record.lines, values.lines, strict=True)
    )
    return DecisionForm(header=header, lines=lines)


def read_changes(form: DecisionForm, formats: Formats) -> tuple[dict[str, Any] | None, dict[str, FieldError]]:
    """What was changed, and what is wrong with it by input name."""
    changed = [field for field in form.fields() if _is_new(field)]
    wrong = {field.name: _not_read(field, formats) for field in changed if not _readable(field, formats)}
    if wrong:
        return None, wrong
    changes = form.changes(formats)
    if changes is None:
        return None, {}
    try:
        parse_changes(changes)
    except RefusedError as error:
        return None, place_errors(error, changes)
    return changes, {}


def place_errors(error: RefusedError, changes: Mapping[str, Any] | None) -> dict[str, FieldError]:
    """A refusal's wrong places by input name."""
    found: dict[str, FieldError] = {}
    for wrong in error.refusal.errors:
        line = re.fullmatch(r"/changes/lines/(\d+)/(\w+)", wrong.pointer)
        if line and changes:
            found[f"{changes['lines'][int(line[1])]['id']}/{line[2]}"] = wrong
        else:
            found[input_of(wrong) or wrong.pointer.removeprefix("/changes").removeprefix("/")] = wrong
    return found


def in_words(errors: Mapping[str, FieldError], language: str) -> dict[str, str]:
    """Wrong places in a language."""
    return {name: field_problem(error.message, error.params, language) for name, error in errors.items()}


def _shown(field: EditableField, value: FieldValue, currency: str, formats: Formats) -> str:
    if value is None:
        return ""
    if field.kind is FieldKind.DATE:
        return formats.day(value)
    return formats.amount(value, currency) if field.kind is FieldKind.NUMBER else value


def _is_new(field: Field) -> bool:
    return field.typed.strip().replace("\r\n", "\n") != field.shown.strip()


def _readable(field: Field, formats: Formats) -> bool:
    try:
        _read(field, formats)
    except ValueError:
        return False
    return True


def _read(field: Field, formats: Formats) -> FieldValue:
    text = field.typed.strip().replace("\r\n", "\n")
    if field.kind is FieldKind.NUMBER:
        return plain(formats.read_amount(text, field.currency))
    if field.kind is FieldKind.DATE:
        return read_day(text).isoformat() if text else None
    return text or field.emptied


def _not_read(field: Field, formats: Formats) -> FieldError:
    if field.kind is FieldKind.NUMBER:
        return formats.number_wanted("")
    return formats.day_wanted("")
