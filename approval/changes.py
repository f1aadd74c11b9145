"""Changes that approvers propose to a request's fields, kept apart from the CRM's values until the last approval."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationError

from approval.editable import EditableField
from approval.field_errors import field_error, json_pointer
from approval.model import Code, FieldError, Frozen, Input, refuse
from approval.values import (
    MOST_LINES,
    LongText,
    Money,
    Quantity,
    RequiredText,
    ShortText,
    amount_of,
    as_text,
    at_most,
    sum_of,
)


class LineChanges(Input):
    """New values for one line. A field that is left out stays as it is."""

    id: UUID
    description: ShortText | None = None
    warehouse: ShortText | None = None
    quantity: Quantity | None = None
    unit_price: Money | None = None
    supplier: ShortText | None = None


class Changes(Input):
    """What an approver changes together with an approval; see api.md, ``approve``."""

    purpose: RequiredText | None = None
    delivery_address: ShortText | None = None
    desired_delivery_date: date | None = None
    description: LongText | None = None
    lines: Annotated[tuple[LineChanges, ...], Field(max_length=MOST_LINES), at_most(MOST_LINES)] = ()


FieldValue = str | None
"""A field's value as JSON answers show it: decimals and dates as text."""


class LineValues(Frozen):
    """The values of one line that approvers may change, by field name."""

    id: UUID
    values: Mapping[str, FieldValue]


class RequestValues(Frozen):
    """The values of a request that approvers may change: what a round starts from."""

    header: Mapping[str, FieldValue]
    lines: tuple[LineValues, ...]


class ProposedChange(Frozen):
    """One field as an approver would have it. ``line_id`` and ``field`` say where; ``pointer`` says it to readers."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, serialize_by_alias=True)

    pointer: str
    line_id: UUID | None = None
    field: str
    before: Annotated[FieldValue, Field(alias="from")]
    after: Annotated[FieldValue, Field(alias="to")]
    by: str
    at: datetime
    step: str | None = None
    """The step that was approved with it; None in what was stored before this was kept."""
    note: str = ""
    """Why, where a line was rejected or returned; see approval/line_decisions.py."""


def parse_changes(raw: object) -> Changes:
    """Validate changes from outside.

    Raises:
        RefusedError: ``invalid``, with a pointer to each wrong place.
    """
    try:
        return Changes.model_validate(raw)
    except ValidationError as error:
        raise refuse(
            Code.INVALID,
            *(field_error(item, json_pointer(("changes", *item["loc"]))) for item in error.errors(include_url=False)),
        ) from error


def propose(
    changes: Changes,
    *,
    allowed: tuple[EditableField, ...],
    values: RequestValues,
    proposed: tuple[ProposedChange, ...],
    by: str,
    at: datetime,
    step: str,
    beside: Container[str] = (),
    names: Mapping[str, str] | None = None,
) -> tuple[ProposedChange, ...]:
    """Add an approver's changes to those already proposed in the round.

    Args:
        changes: what the approver wants.
        allowed: the fields that the open step may edit.
        values: the CRM's values when the round started.
        proposed: earlier proposals of the round, oldest first.
        by: username of the approver.
        at: when it was decided.
        step: the key of the open step.
        beside: keys of the steps that are open at the same time: a field that one of them has changed is not changed
            to something else beside it.
        names: people's names by username.

    Returns:
        All proposals of the round. A change to the value that already stands adds nothing.

    Raises:
        RefusedError: ``field_not_editable`` or ``invalid``, pointing at each wrong place.
    """
    standing = {change.pointer: change for change in proposed}
    added: list[ProposedChange] = []
    wrong: list[FieldError] = []
    for change in _flatten(changes, values, wrong):
        if EditableField.named(change.field, of_line=change.line_id is not None) not in allowed:
            wrong.append(FieldError(pointer=f"/changes{change.pointer}", message="field_not_editable"))
            continue
        earlier = standing.get(change.pointer)
        before = earlier.after if earlier is not None else change.before
        if earlier is not None and earlier.step in beside and before != change.after:
            params = {"name": (names or {}).get(earlier.by, earlier.by), "value": before or "–"}
            pointer = f"/changes{change.pointer}"
            wrong.append(FieldError(pointer=pointer, message="changed_in_parallel", params=params))
        elif before != change.after:
            added.append(change.model_copy(update={"before": before, "by": by, "at": at, "step": step}))
    if wrong:
        only_locked = all(error.message in _LOCKED for error in wrong)
        fields = ", ".join(error.pointer.removeprefix("/changes/") for error in wrong)
        raise refuse(Code.FIELD_NOT_EDITABLE if only_locked else Code.INVALID, *wrong, fields=fields)
    return (*proposed, *added)


_LOCKED = ("field_not_editable", "changed_in_parallel")


def total_as_proposed(values: RequestValues, proposed: Iterable[ProposedChange]) -> Decimal:
    """What the lines of a request cost together as approvers would have them.

    Args:
        values: what the round starts from.
        proposed: oldest first; the last word on each field counts.
    """
    return total_with(values, {(change.line_id, change.field): change.after for change in proposed})


def total_with(values: RequestValues, replaced: Mapping[tuple[UUID | None, str], FieldValue]) -> Decimal:
    """What the lines of a request cost together with some of their values replaced."""

    def value(line: LineValues, field: str) -> Decimal:
        return Decimal(str(replaced.get((line.id, field), line.values[field])))

    return sum_of(amount_of(value(line, "quantity"), value(line, "unit_price")) for line in values.lines)


def final_values(proposed: tuple[ProposedChange, ...]) -> tuple[ProposedChange, ...]:
    """The last proposal for each field: what the last approval writes to the CRM."""
    return tuple({change.pointer: change for change in proposed}.values())


_EPOCH = datetime.min.replace(tzinfo=UTC)


def _flatten(changes: Changes, values: RequestValues, wrong: list[FieldError]) -> Iterator[ProposedChange]:
    """Every field given in ``changes`` as a proposal without its author; unknown lines are added to ``wrong``."""

    def change(pointer: str, field: str, before: FieldValue, after: Any, line_id: UUID | None) -> ProposedChange:
        return ProposedChange(
            pointer=pointer, line_id=line_id, field=field, before=before, after=as_text(after), by="", at=_EPOCH
        )

    def emptied(field: str, after: object, pointer: str, *, of_line: bool) -> bool:
        """Whether a field is emptied that must not be empty."""
        known = EditableField.named(field, of_line=of_line)
        if after is None and known is not None and not known.may_be_empty:
            wrong.append(FieldError(pointer=f"/changes{pointer}", message="value_required"))
            return True
        return False

    for field in sorted(changes.model_fields_set - {"lines"}):
        after = getattr(changes, field)
        if not emptied(field, after, f"/{field}", of_line=False):
            yield change(f"/{field}", field, values.header.get(field), after, None)
    positions = {line.id: position for position, line in enumerate(values.lines)}
    for index, line in enumerate(changes.lines):
        position = positions.pop(line.id, None)
        if position is None:  # not one of the request's, or named twice
            wrong.append(FieldError(pointer=f"/changes/lines/{index}/id", message="no_such_line"))
            continue
        for field in sorted(line.model_fields_set - {"id"}):
            after = getattr(line, field)
            if not emptied(field, after, f"/lines/{index}/{field}", of_line=True):
                before = values.lines[position].values.get(field)
                yield change(f"/lines/{position}/{field}", field, before, after, line.id)
