"""Decisions that may be taken back for some seconds before they take effect: how one is kept, and what its person is told of one
that came to nothing.

Whether a decision holds is not known here: ``deciding`` asks the rules when it comes, and again when it takes effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final
from uuid import UUID

from application import wishes
from application.wishes import Wish
from approval import clock
from approval.alarms import AlarmKind
from approval.clock import Due
from approval.effects import Event, EventType
from approval.model import SYSTEM, Action, Code, Refusal
from approval.state import Decision, RunState
from approval.transition import Accepted
from crm import deferred
from crm.deferred import DeferredDecision
from crm.events import Committed
from crm.pool import Connection
from crm.runs import Case
from workflows.contracts import MOST_UNDO_SECONDS, Message

_ON_ITS_WAY: Final = Refusal(code=Code.STEP_CLOSED, params={"variant": "deferred"})

_LONGEST: Final = timedelta(seconds=MOST_UNDO_SECONDS)
_AT_ONCE: Final = timedelta(seconds=1)
"""Until a decision takes effect that should have already: what the run has in its inbox comes before, and its clock is not quite
this machine's."""


async def keep(
    connection: Connection, case: Case, wish: Wish, message: Message, accepted: Accepted
) -> DeferredDecision | None:
    """Keep a decision that would hold now until it takes effect.

    Args:
        connection: the CRM database.
        case: the request.
        wish: the decision.
        message: that it came with.
        accepted: what would follow from it now.

    Returns:
        The decision as it is kept; None: a command has its id, maybe itself, which the API has kept meanwhile.
    """
    decision = wish.decision
    assert decision is not None and decision.undo_seconds is not None  # noqa: S101, PT018 - or it is no such decision
    wanted = DeferredDecision(
        command_id=decision.command_id,
        action=decision.action,
        actor=decision.actor,
        message=wishes.to_keep(
            wish, message, step=accepted.step, acting_for=accepted.acting_for, version=case.request.version
        ),
        takes_effect_at=wish.said_at + timedelta(seconds=decision.undo_seconds),
    )
    return await deferred.defer(connection, wanted, case.request.id, said_at=wish.said_at)


def refusal_beside(case: Case, decision: Decision, accepted: Accepted) -> Refusal | None:
    """Why a decision does not hold that would by the rules: its person has decided the place before, and may take that back."""
    place = accepted.place
    if place is None or decision.action not in (Action.APPROVE, Action.REJECT):
        return None
    before = takewhile(lambda one: one.command_id != decision.command_id, case.deferred)
    on_its_way = any(one.is_of(decision.actor, place) for one in before)
    return _ON_ITS_WAY if on_its_way else None


async def is_kept(connection: Connection, case: Case, wish: Wish) -> bool:
    """Whether it is this very decision that waits under its id, or did."""
    found = await deferred.find(connection, wish.command_id) if wish.command_id is not None else None
    asked = (case.request.id, wish.action, wish.actor)
    return found is not None and (found.request_id, found.action, found.actor) == asked


def is_unpinned(case: Case, wish: Wish) -> bool:
    """Whether a decision waits that does not say yet what it was made on: the API has kept it before its run had it."""
    return any(
        one.command_id == wish.command_id and not {"step", "version"} <= one.message.keys() for one in case.deferred
    )


def wins_over(state: RunState, due: Due, waiting: Sequence[DeferredDecision]) -> bool:
    """Whether a step does not expire yet, since somebody has decided it before the clock did who may still take that back. Whoever
    decides and takes it back again and again holds it up for a minute after it was to ring, and no longer.
    """
    if due.kind is not AlarmKind.EXPIRE:
        return False
    expires_at = max(alarm.at for alarm in clock.upcoming_in(due.step) if alarm.kind is AlarmKind.EXPIRE)
    latest = max(clock.rings_at(state) or expires_at, expires_at) + _LONGEST
    return any(
        one.message.get("step") in (None, due.step.plan.key)
        and (one.takes_effect_at <= latest or one.taken_back_for is None or one.taken_back_for <= expires_at)
        for one in waiting
    )


def rings_at(state: RunState, waiting: Sequence[DeferredDecision], now: datetime) -> datetime | None:
    """When a run's timer rings, for what is due next by its clock or for the first decision to take effect.

    What the clock should have done by now waits for that, too: see ``wins_over``.
    """
    by_clock = clock.rings_at(state)
    first = min((one.takes_effect_at for one in waiting), default=None)
    if first is None:
        return by_clock
    first = max(first, now + _AT_ONCE)
    return first if by_clock is None or by_clock <= now else min(by_clock, first)


def kept(decision: DeferredDecision, request_id: UUID, *, end: bool) -> Committed:
    """What listeners are told of a decision that waits until it takes effect."""
    return Committed(
        request_id=request_id,
        command_id=decision.command_id,
        action=decision.action,
        end=end,
        actor=decision.actor,
        takes_effect_at=decision.takes_effect_at,
    )


def came_to_nothing(case: Case, decision: DeferredDecision, refusal: Refusal, at: datetime) -> Event:
    """What the person of a decision is told that did not take effect, though it would have held when they said it."""
    return Event(
        type=EventType.DECISION_REFUSED,
        facts={
            "number": case.request.number,
            "owner": case.request.owner.username,
            "round": case.state.round if case.state is not None else 0,
            "action": decision.action,
            "actor": SYSTEM,
            "at": at.isoformat(),
            "person": decision.actor,
            "step": decision.message.get("step"),
            "command_id": str(decision.command_id),
            **({"from": refusal.params["actor"]} if "actor" in refusal.params else {}),  # who came first
            "code": refusal.code,
            "params": dict(refusal.params),
        },
    )
