"""What pages show of a changed order: whether it holds the request, was answered, or is only marked, and the difference."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from approval.holding import unanswered
from approval.model import Frozen, ProcessStatus
from approval.order_changes import ChangeKind, OrderChanges
from crm.records import RequestRecord, run_state


class OrderShown(Frozen):
    """How the order of a request differs, and what that means for it."""

    state: Literal["held", "kept", "marked"]
    changes: OrderChanges
    lines: Mapping[UUID, str]
    """What the request's lines ask for, by their ids."""
    since: datetime | None = None
    note: str = ""
    """What the owner said when they kept it."""

    @property
    def is_cancelled(self) -> bool:
        """Whether it is not there any more."""
        return any(one.kind is ChangeKind.ORDER_CANCELLED for one in self.changes)


def order_shown(record: RequestRecord) -> OrderShown | None:
    """What is to be shown of a changed order; None: it does not differ, or nothing comes of the request any more."""
    changes, run = record.order_changes, record.run
    if not changes or record.process_status in (ProcessStatus.REJECTED, ProcessStatus.CANCELLED):
        return None
    lines = {line.id: line.description or line.product_code for line in record.lines}
    state = run_state(record)
    if run is not None and state is not None and unanswered(state):
        return OrderShown(state="held", changes=changes, lines=lines, since=run.hold.since if run.hold else None)
    if run is not None and run.kept is not None and run.kept.changes == changes:
        return OrderShown(state="kept", changes=changes, lines=lines, since=run.kept.at, note=run.kept.note)
    return OrderShown(state="marked", changes=changes, lines=lines)
