"""What an approver can do with others on a request, for its pages: which of it, in which step, and whom they can choose."""

from __future__ import annotations

from urllib.parse import urlencode

from application.caller import Caller
from application.permissions import allowed_actions, place_to_decide
from approval.model import Action, Frozen, Person
from approval.routing import Member
from approval.state import Step
from crm import directory
from crm.pool import Pool
from crm.records import RequestRecord

_WITH_OTHERS = (Action.FORWARD, Action.CONSULT, Action.ADD_APPROVER)


class Others(Frozen):
    """What somebody can do with others in a step."""

    step: Step
    acting_for: str | None
    owner: Person
    actions: tuple[Action, ...]
    people: tuple[Member, ...]
    """Whom they can choose."""
    address: str
    """Of the page with the forms."""


async def others_for(
    pool: Pool, record: RequestRecord, caller: Caller, step: str | None = None, acting_for: str | None = None
) -> Others | None:
    """What the caller can do with others on a request; None: nothing.

    Args:
        step: the key of the step, of several that wait on them.
        acting_for: whose substitute they are in it.
    """
    actions = tuple(action for action in _WITH_OTHERS if action in allowed_actions(record, caller))
    place = place_to_decide(record, caller, step, acting_for) or place_to_decide(record, caller)
    opened = record.run.open_step if record.run is not None else None
    meant = place.step if place is not None else opened
    if not actions or meant is None:
        return None
    person = place.acting_for if place is not None else None
    if person is not None:
        actions = tuple(action for action in actions if action is Action.CONSULT)
    query = {"step": meant.plan.key} | ({"for": person} if person else {})
    return Others(
        step=meant,
        acting_for=person,
        owner=record.owner,
        actions=actions,
        people=tuple(await directory.everyone(pool)),
        address=f"/inbox/{record.id}/others?{urlencode(query)}",
    )
