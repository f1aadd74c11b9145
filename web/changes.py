"""What is different between two states of a request: two rounds, or a round and the request as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, Protocol
from uuid import UUID

from application.resuming import as_approved
from approval.changes import ProposedChange
from approval.model import Frozen, ProcessStatus
from approval.values import total_of
from crm.records import LineRecord, RequestRecord, approved
from crm.rounds import RoundRecord

HEADER: Final = ("purpose", "delivery_address", "desired_delivery_date", "description", "currency")
LINE: Final = ("product_code", "description", "warehouse", "unit", "quantity", "unit_price", "supplier")


class RequestState(Protocol):
    """A request as it was or is."""

    @property
    def lines(self) -> tuple[LineRecord, ...]:
        """Its lines."""
        ...


class Differences(Frozen):
    """What was different before.

    Attributes:
        header: earlier value by field.
        lines: earlier values by field, by line.
        added: lines that were not there before.
        removed: lines that are not there any more.
    """

    header: Mapping[str, Any] = {}
    lines: Mapping[UUID, Mapping[str, Any]] = {}
    added: frozenset[UUID] = frozenset()
    removed: tuple[LineRecord, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is different."""
        return bool(self.header or self.lines or self.added or self.removed)

    def of_line(self, line_id: UUID) -> Mapping[str, Any]:
        """Earlier values of one line, by field."""
        return self.lines.get(line_id, {})


def differences(before: RequestState, after: RequestState) -> Differences:
    """Compare two states of a request; lines are the same when their ids are."""
    old = {line.id: line for line in before.lines}
    new = {line.id: line for line in after.lines}
    changed = {line_id: _fields(old[line_id], line, LINE) for line_id, line in new.items() if line_id in old}
    return Differences(
        header=_fields(before, after, HEADER),
        lines={line_id: fields for line_id, fields in changed.items() if fields},
        added=frozenset(new.keys() - old.keys()),
        removed=tuple(line for line_id, line in old.items() if line_id not in new),
    )


def since_last_round(record: RequestRecord, rounds: list[RoundRecord]) -> Differences:
    """What its owner changed since approvers last saw it: while returned, since the round that was returned;
    while it is being decided, since the round before."""
    if record.process_status is ProcessStatus.RETURNED:
        base = rounds[-1] if rounds else None
    elif record.process_status is ProcessStatus.IN_PROGRESS:
        base = rounds[-2] if len(rounds) > 1 else None
    else:
        base = None
    return differences(base.request, record) if base and base.request else Differences()


def since_approval_of(record: RequestRecord, rounds: list[RoundRecord], username: str) -> Differences | None:
    """What is different from what somebody last approved in an earlier round; None: they approved none."""
    for sent in reversed(rounds[:-1]):
        own = [
            one
            for step in sent.steps
            for one in step.approved
            if one.person.username == username or one.acted_by == username
        ]
        if own and sent.request is not None:
            return differences(as_approved(record, sent, own), record)
    return None


class Proposals(Frozen):
    """Changes that approvers proposed in a round, the last one for each field, and what stood there at first."""

    changes: tuple[ProposedChange, ...] = ()

    def of(self, field: str, line_id: UUID | None = None) -> ProposedChange | None:
        """What is proposed for a field, with the value that the round started from as ``before``."""
        found = [change for change in self.changes if change.field == field and change.line_id == line_id]
        return found[-1].model_copy(update={"before": found[0].before}) if found else None

    def line(self, line: LineRecord) -> LineRecord:
        """A line as it is proposed, or as it is. What is made from it has no proposals, and other lines."""
        return line.with_changes(self.changes) if self.changes else line

    def total(self, lines: Iterable[LineRecord]) -> Decimal:
        """The amount of all lines as it is proposed."""
        return total_of(approved(self.line(line) for line in lines))


def proposals(changes: Iterable[ProposedChange]) -> Proposals:
    """Proposals, ready to be shown beside the values."""
    return Proposals(changes=tuple(changes))


def _fields(before: object, after: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(before, name) for name in names if getattr(before, name) != getattr(after, name)}
