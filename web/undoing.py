"""What the pages show of decisions that may still be taken back, and of what became of them."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from uuid import UUID

from approval.model import Frozen, RefusedError
from crm.deferred import OwnDecision
from web.rendering import Page


class ShownDecision(Frozen):
    """One of the reader's."""

    decision: OwnDecision
    seconds: int
    """Until it takes effect; 0: it should have."""
    why: str = ""
    """Why it did not take effect, in the reader's language."""


def draft_of_decision(request_id: UUID, step: str) -> str:
    """As what a browser keeps the form of a decision, until it has taken effect: whoever takes it back goes on with it."""
    return f"decide/{request_id}/{step}"


async def own_decisions(page: Page, request_id: UUID | None = None) -> list[ShownDecision]:
    """What the reader can take back now, and what became of what they could a moment ago.

    Args:
        request_id: only of this request; None: of any.
    """
    found: tuple[OwnDecision, ...] = await page.request.app.state.undoing.of(page.user.viewer, request_id)
    now = datetime.now(UTC)
    for one in found:
        if one.settled and one.refusal is None and one.step is not None and not page.refreshing:
            page.finish_draft(draft_of_decision(one.request_id, one.step))
    return [
        ShownDecision(
            decision=one,
            seconds=max(0, ceil((one.takes_effect_at - now).total_seconds())),
            why=(await page.explain(RefusedError(one.refusal))).detail if one.refusal is not None else "",
        )
        for one in found
    ]
