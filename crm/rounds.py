"""Rounds (Lượt gửi) of a request: what was sent each time, to whom, and what approvers proposed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from approval.changes import ProposedChange
from approval.cumulation import Cumulated
from approval.model import Frozen
from approval.state import Step
from crm.pool import Connection, Pool
from crm.records import LineRecord, Requester
from crm.requests import ASSIGNMENTS, steps_of


class SentRequest(Frozen):
    """The fields and lines of a request when a round was sent; see ``RequestRecord.snapshot``."""

    purpose: str
    delivery_address: str
    desired_delivery_date: date | None
    description: str
    currency: str
    total: Decimal
    lines: tuple[LineRecord, ...]
    requester: Requester | None = None
    """None where the send did not note it."""


class RoundRecord(Frozen):
    """One round."""

    number: int
    steps: tuple[Step, ...]
    proposed: tuple[ProposedChange, ...]
    request: SentRequest | None
    """None where the send carried no copy."""
    cumulated: Cumulated | None = None


async def of_request(executor: Pool | Connection, request_id: UUID) -> list[RoundRecord]:
    """All rounds of a request, oldest first; the last one is the current one."""
    rows = await executor.fetch(
        f"SELECT number, steps, proposed_changes, request, cumulated, {ASSIGNMENTS} FROM rounds WHERE request_id = $1 ORDER BY number",  # noqa: S608
        request_id,
    )
    return [
        RoundRecord(
            number=row["number"],
            steps=steps_of(row["steps"], row["assignments"]),
            proposed=tuple(ProposedChange.model_validate(change) for change in row["proposed_changes"]),
            request=SentRequest.model_validate(row["request"]) if row["request"] else None,
            cumulated=Cumulated.model_validate(row["cumulated"]) if row["cumulated"] else None,
        )
        for row in rows
    ]
