"""What happens to a run without anybody's decision: what is due by the clock, and what follows from a changed order."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

from approval import clock
from approval.alarms import AlarmKind
from approval.holding import followed, unanswered
from approval.model import SYSTEM, Action, ProcessStatus, RunStatus
from approval.order_changes import in_words
from approval.process import OnExpiry
from approval.routing import Directory
from approval.state import Decision, RunState, When
from approval.steps import stopped
from approval.transition import Accepted, transition


def tick(state: RunState, when: When, directory: Directory, ring: UUID) -> Accepted | None:
    """Do the first thing that is due by the clock, for everybody in a step whom it concerns.

    Args:
        state: the run.
        when: now; its ``calendar`` reckons what follows from an escalation.
        directory: where something is to be escalated: those who are asked in the step, the managers above them, and whom it
            escalates to.
        ring: what made the clock ring, which nobody can guess: what it does is known by it, so that no command of anybody
            else can take its place.

    Returns:
        The next state and what follows; None when nothing is due, any more or yet, or the run is held.
    """
    found = clock.due(state, when.written)
    if found is None or state.ended or unanswered(state):
        return None
    step, expired = found.step, found.kind is AlarmKind.EXPIRE
    end = expired and step.plan.on_expiry is OnExpiry.REJECT
    if expired:
        note = ""
        status = ProcessStatus.REJECTED if end else ProcessStatus.RETURNED
        after = stopped(state, status, RunStatus.REJECTED if end else RunStatus.IN_PROGRESS, when)
    else:
        reminds = found.kind is AlarmKind.REMIND
        changed, note = clock.reminded(step, when) if reminds else clock.escalated(state, step, when, directory)
        after = state.with_step(changed)
    decision = Decision(
        command_id=uuid5(ring, f"clock {state.sequence + 1}"),
        action=_OF_CLOCK[found.kind],
        actor=SYSTEM,
        step=step.plan.key,
        note=note,
        end=end,
    )
    done = transition(state, after, decision, when, step=step.plan.key, crm_note=expired)
    return done.model_copy(update={"decision": decision})


def follow_order(state: RunState, when: When, told: UUID) -> Accepted | None:
    """Do what follows from what the order says now: a hold begins, is about another difference, or ends.

    Args:
        state: the run, with how its order differs.
        when: now.
        told: what brought the news, which nobody can guess; see ``tick``.

    Returns:
        The next state and what follows; None when nothing does.
    """
    after = followed(state, when)
    if after is None:
        return None
    decision = Decision(
        command_id=uuid5(told, f"order {state.sequence + 1}"),
        action=Action.HOLD if after.hold is not None else Action.RESUME,
        actor=SYSTEM,
        note=in_words(after.hold.changes) if after.hold is not None else "",
    )
    return transition(state, after, decision, when).model_copy(update={"decision": decision})


_OF_CLOCK: Final = {
    AlarmKind.REMIND: Action.REMIND,
    AlarmKind.ESCALATE: Action.ESCALATE,
    AlarmKind.EXPIRE: Action.EXPIRE,
}
