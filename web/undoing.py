"""What the pages show of decisions that may still be taken back, and of what became of them."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from urllib.parse import quote
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
    draft: str = ""
    """Of one that took effect: what its form was kept as, see ``draft_of_decision``."""


def draft_of_decision(request_id: UUID, step: str, person: str) -> str:
    """As what a browser keeps the form of a decision, until it has taken effect: whoever takes it back goes on with it.

    Args:
        request_id: of the request.
        step: the key of the step.
        person: whose place is decided, themselves or by whoever stands in for them.
    """
    return f"decide/{request_id}/{step}/{quote(person, safe='')}"


async def own_decisions(page: Page, request_id: UUID | None = None) -> list[ShownDecision]:
    """What the reader can take back now, and what became of what they could a moment ago.

    Args:
        request_id: only of this request; None: of any.
    """
    found: tuple[OwnDecision, ...] = await page.request.app.state.undoing.of(page.user.viewer, request_id)
    now = datetime.now(UTC)
    return [
        ShownDecision(
            decision=one,
            seconds=max(0, ceil((one.takes_effect_at - now).total_seconds())),
            why=(await page.explain(RefusedError(one.refusal))).detail if one.refusal is not None else "",
            draft=_finished_draft(page, one),
        )
        for one in found
    ]


def _finished_draft(page: Page, one: OwnDecision) -> str:
    if not one.settled or one.refusal is not None or one.step is None:
        return ""
    person = one.acting_for or page.user
    return draft_of_decision(one.request_id, one.step, person.username)
