"""The state machine of a run: the one place that says who may do what, and what follows.

``decide``, ``begin_round`` and ``resolve_approvers`` take a state and what somebody wants, and answer with the next state and what
there is to tell, or a refusal; what happens by itself is in ``by_itself``. They have no I/O and no clock: facts and times are handed
in, so that tests can try millions of sequences. Source: domain.md, "The sync table" and decisions 2 to 10.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from approval import clock, moving
from approval.acting import Acting, acting, closed
from approval.adding import added
from approval.changes import parse_changes, propose
from approval.consulting import answered, consulted
from approval.forwarding import forwarded
from approval.holding import answered_by_owner, held, is_refused, refuse_held, unanswered
from approval.line_decisions import LineDecision, as_note, decide_lines, none_is_left, out_of, parse_lines
from approval.model import (
    Action,
    Code,
    FieldError,
    ProcessStatus,
    Refusal,
    RefusedError,
    RunStatus,
    StepState,
    refuse,
)
from approval.moving import moved
from approval.order_changes import HoldChoice, Kept
from approval.other_rows import with_other_rows
from approval.purchase_orders import order_exists
from approval.reassigning import in_words, reassigned
from approval.resolving import resolved_again
from approval.routing import Directory, Replanned, Rerouted, StepPlan, plan_again
from approval.state import AssignmentState, Decision, Round, RunState, Step, When
from approval.steps import (
    closed_by,
    fresh,
    now_needed,
    open_next,
    returned_to,
    settled,
    steps_beside,
    stopped,
    with_added_steps,
    without_needless,
)
from approval.substitution import StandIn
from approval.text import is_visible
from approval.transition import Accepted, transition

_NOBODY: Final[Directory] = {}


def begin_round(state: RunState, decision: Decision, new: Round, when: When) -> Accepted | Refusal:
    """Send, or resend after a return.

    Args:
        state: the run.
        decision: who sends.
        new: the settled steps and the CRM's values.
        when: when it was said and takes effect.
    """
    try:
        _refuse_ended(state)
        if decision.actor != state.owner.username:
            raise refuse(Code.FORBIDDEN, action=Action.SEND)
        if state.process_status not in (ProcessStatus.NOT_SENT, ProcessStatus.RETURNED):
            raise refuse(Code.REQUEST_LOCKED, status=state.process_status)
        if all(plan.skipped for plan in new.steps):
            raise refuse(Code.NO_ELIGIBLE_APPROVER, variant="all_skipped")
        begun = state.evolve(
            round=state.round + 1,
            process_status=ProcessStatus.IN_PROGRESS,
            values=new.values,
            cumulated=new.cumulated,
            proposed=(),
            hold=None,
            kept=Kept(changes=new.order_changes, note=decision.note, at=when.said) if new.order_changes else None,
        )
        begun = begun.evolve(steps=tuple(fresh(begun, plan, when) for plan in new.steps))
    except RefusedError as error:
        return error.refusal
    begun = open_next(begun, when)
    changes = unanswered(begun)  # the order changed while the send was on its way
    return transition(state, held(begun, changes, when) if changes else begun, decision, when)


def decide(
    state: RunState,
    decision: Decision,
    when: When,
    *,
    is_admin: bool = False,
    stand_in: StandIn | None = None,
    rerouted: Rerouted | None = None,
    people: Directory = _NOBODY,
    plans: tuple[StepPlan, ...] = (),
    by_version: Replanned | None = None,
    purchase_orders: tuple[str, ...] = (),
) -> Accepted | Refusal:
    """Apply one decision.

    Args:
        state: the run.
        decision: one of ``DECISIONS``.
        when: when it was said and takes effect.
        is_admin: whether the actor is a process admin, who may cancel, remind, reassign and move.
        stand_in: for whom else the actor may approve or reject; None: for nobody.
        rerouted: the process asked again with what the decision proposes, so that nobody lifts a request over a threshold
            behind the back of whom it concerns; None where nothing is proposed.
        people: whom the decision names, with those above them; the actor, where they ask somebody.
        plans: of a reassignment, the steps that are still to be decided as the process gives them today.
        by_version: of a move, the steps of the version that the run goes on with.
        purchase_orders: numbers of those that stand for the request.

    Returns:
        The next state and what follows, or the refusal; the state given is never changed.
    """
    bought = order_exists(decision.action, state.process_status, purchase_orders)
    outcome = bought or _decide(state, decision, when, is_admin, stand_in, rerouted, people, plans, by_version)
    return _unless_held(state, decision, outcome)


def _unless_held(state: RunState, decision: Decision, outcome: Accepted | Refusal) -> Accepted | Refusal:
    """What comes of a decision, or the refusal of one that would hold if the run were not held. So a stranger learns nothing of it."""
    if isinstance(outcome, Accepted) and is_refused(state, outcome.state, decision.action):
        return refuse_held(unanswered(state)).refusal
    return outcome


def _decide(
    state: RunState,
    decision: Decision,
    when: When,
    is_admin: bool,
    stand_in: StandIn | None,
    rerouted: Rerouted | None,
    people: Directory,
    plans: tuple[StepPlan, ...],
    by_version: Replanned | None,
) -> Accepted | Refusal:
    try:
        _refuse_ended(state)
        match decision.action:
            case Action.APPROVE:
                return _approve(state, decision, when, stand_in, rerouted)
            case Action.REJECT:
                return _reject(state, decision, when, stand_in)
            case Action.RECALL | Action.RESOLVE_HOLD:
                taken_back = decision.action is Action.RECALL
                return _recall(state, decision, when) if taken_back else _resolve_hold(state, decision, when)
            case Action.CANCEL:
                return _cancel(state, decision, when, is_admin)
            case Action.REMIND:
                return _remind(state, decision, when, is_admin)
            case Action.FORWARD:
                after, place = forwarded(state, decision, when, stand_in, people)
                _require_note(decision)
                return transition(state, after, decision, when, step=place.step.plan.key, place=place)
            case Action.CONSULT:
                after, place = consulted(state, decision, when, stand_in, people)
                _require_note(decision, "/question")
                return transition(state, after, decision, when, step=place.step.plan.key, place=place)
            case Action.ANSWER:
                after, step = answered(state, decision, when)
                _require_note(decision, "/text")
                return transition(state, after, decision, when, step=step.plan.key)
            case Action.ADD_APPROVER:
                after, step = added(state, decision, when, stand_in, people)
                _require_note(decision)
                return transition(state, after, decision, when, step=step.plan.key)
            case Action.REASSIGN | Action.MOVE_RUN:
                is_move, given = decision.action is Action.MOVE_RUN, by_version or Replanned()
                return (
                    _move(state, decision, when, given, is_admin)
                    if is_move
                    else _reassign(state, decision, when, people, plans, is_admin)
                )
            case _:
                raise refuse(Code.INVALID, FieldError(pointer="/action", message="unknown_action"))
    except RefusedError as error:
        return error.refusal


def resolve_approvers(
    state: RunState, decision: Decision, plans: tuple[StepPlan, ...], when: When, *, is_admin: bool, round_number: int
) -> Accepted | Refusal:
    """Give the steps that are still to be decided new approvers: an explicit, recorded act of a process admin.

    A step that all must approve, and that everybody who is still there has approved, is approved by it.

    Args:
        state: the run.
        decision: who asked for it.
        plans: the steps resolved again; those already decided, and those not named, keep what they have.
        when: when it was said and takes effect.
        is_admin: whether the actor is a process admin.
        round_number: the round that the steps were resolved for.
    """
    try:
        _refuse_ended(state)
        if not is_admin:
            raise refuse(Code.FORBIDDEN, action=Action.RESOLVE_APPROVERS)
        if state.open_step is None or round_number != state.round:
            raise closed(state)
        by_key = {plan.key: plan for plan in plans}
        steps = tuple(resolved_again(state, step, by_key.get(step.plan.key), when) for step in state.steps)
    except RefusedError as error:
        return error.refusal
    after = open_next(state.evolve(steps=steps), when)
    return _unless_held(state, decision, transition(state, after, decision, when, step=state.open_step.plan.key))


def _approve(
    state: RunState, decision: Decision, when: When, stand_in: StandIn | None, rerouted: Rerouted | None
) -> Accepted:
    place = acting(state, decision, stand_in)
    step, after = place.step, state
    if decision.lines is not None:
        after = _with_lines_decided(after, decision, step, when)
        if none_is_left(after.values, out_of(after.proposed)):
            return _none_approved(state, after, decision, place, when)
    if decision.changes is not None:
        proposed = propose(
            parse_changes(decision.changes),
            allowed=step.plan.may_edit,
            values=state.values,
            proposed=after.proposed,
            by=decision.actor,
            at=when.said,
            step=step.plan.key,
            beside=steps_beside(state, step),
            names={person.username: person.name for other in state.steps for person in other.people},
        )
        if rerouted is not None:
            after = with_added_steps(after, plan_again(now_needed(after, rerouted.steps), {}), when)
            after = without_needless(after, rerouted.steps, when).evolve(cumulated=rerouted.cumulated)
            after = with_other_rows(after, rerouted.steps, place, when)
            place = acting(after, decision, stand_in)
        after = after.evolve(proposed=proposed)
        _require_within_ceiling(place, after, stand_in)
    approved = closed_by(place, AssignmentState.APPROVED, decision, when, seen_changes=len(after.proposed))
    after = open_next(after.with_step(settled(approved, when)), when)
    return transition(state, after, decision, when, step=step.plan.key, place=place)


def _with_lines_decided(state: RunState, decision: Decision, step: Step, when: When) -> RunState:
    """The run with what an approver says of single lines. Fewer lines drop no step, and add none."""
    proposed = decide_lines(
        parse_lines(decision.lines),
        allowed=step.plan.may_decide_lines,
        values=state.values,
        proposed=state.proposed,
        by=decision.actor,
        at=when.said,
        step=step.plan.key,
    )
    return state.evolve(proposed=proposed)


def _none_approved(before: RunState, after: RunState, decision: Decision, place: Acting, when: When) -> Accepted:
    """No line is left to be approved: all of them rejected end the run, else the request goes back to its owner."""
    out = out_of(after.proposed)
    end = all(change.after == LineDecision.REJECT for change in out.values())
    outcome = AssignmentState.REJECTED if end else AssignmentState.RETURNED
    status = ProcessStatus.REJECTED if end else ProcessStatus.RETURNED
    decided = after.with_step(closed_by(place, outcome, decision, when))
    after = stopped(decided, status, RunStatus.REJECTED if end else RunStatus.IN_PROGRESS, when)
    said = decision.model_copy(update={"note": decision.note or as_note(after.values, out)})
    accepted = transition(before, after, said, when, step=place.step.plan.key, place=place, crm_note=True)
    return accepted.model_copy(update={"decision": said})


def _reject(state: RunState, decision: Decision, when: When, stand_in: StandIn | None) -> Accepted:
    place = acting(state, decision, stand_in)
    _require_note(decision)
    outcome = AssignmentState.REJECTED if decision.end else AssignmentState.RETURNED
    decided = state.with_step(closed_by(place, outcome, decision, when))
    if decision.to is not None:
        return _return_to(decided, state, decision, place, when)
    if decision.end:
        after = stopped(decided, ProcessStatus.REJECTED, RunStatus.REJECTED, when)
    else:
        after = stopped(decided, ProcessStatus.RETURNED, RunStatus.IN_PROGRESS, when)
    return transition(state, after, decision, when, step=place.step.plan.key, place=place, crm_note=True)


def _return_to(decided: RunState, before: RunState, decision: Decision, place: Acting, when: When) -> Accepted:
    """Return to an earlier step; the request stays in progress."""
    own = place.step
    target = decided.step(decision.to or "")
    if target is None or target.plan.key not in own.plan.may_return_to:
        allowed = {"allowed": ", ".join(("owner", *own.plan.may_return_to))}
        raise refuse(Code.INVALID, FieldError(pointer="/to", message="cannot_return_there", params=allowed))
    if target.state is not StepState.APPROVED:
        raise refuse(Code.INVALID, FieldError(pointer="/to", message="step_was_not_decided"))
    resume = decision.resume or own.plan.resume
    after, ended = returned_to(decided, target, own, when, resume)
    after = open_next(after, when)
    return transition(before, after, decision, when, step=own.plan.key, place=place, crm_note=True, ended_visits=ended)


def _recall(state: RunState, decision: Decision, when: When) -> Accepted:
    if decision.actor != state.owner.username:
        raise refuse(Code.FORBIDDEN, action=Action.RECALL)
    if state.open_step is None:
        raise closed(state)
    after = stopped(state, ProcessStatus.RETURNED, RunStatus.IN_PROGRESS, when)
    return transition(state, after, decision, when, step=state.open_step.plan.key, crm_note=True)


def _cancel(state: RunState, decision: Decision, when: When, is_admin: bool) -> Accepted:
    if decision.actor != state.owner.username and not is_admin:
        raise refuse(Code.FORBIDDEN, action=Action.CANCEL)
    _require_note(decision)
    after = stopped(state, ProcessStatus.CANCELLED, RunStatus.CANCELLED, when)
    step = state.open_step.plan.key if state.open_step else None
    return transition(state, after, decision, when, step=step, crm_note=True)


def _resolve_hold(state: RunState, decision: Decision, when: When) -> Accepted:
    after = answered_by_owner(state, decision, when)
    amends = decision.choice is HoldChoice.AMEND
    if not amends:
        _require_note(decision)
    step = state.open_step.plan.key if state.open_step else None
    return transition(state, after, decision, when, step=step, crm_note=amends)


REMIND_AGAIN: Final = timedelta(hours=4)
"""After which the people of a step can be reminded by hand again."""


def _remind(state: RunState, decision: Decision, when: When, is_admin: bool) -> Accepted:
    if decision.actor != state.owner.username and not is_admin:
        raise refuse(Code.FORBIDDEN, action=Action.REMIND)
    step = state.step(decision.step) if decision.step is not None else state.open_step
    if decision.step is not None and step is None:
        raise refuse(Code.INVALID, FieldError(pointer="/step", message="no_such_step"))
    if step is None or step.state is not StepState.OPEN:
        if step is not None and step.state is StepState.WAITING and state.open_step is not None:
            raise refuse(Code.STEP_CLOSED, variant="not_open_yet", step=state.open_step.plan.key)
        raise closed(state, step)
    if step.reminded_at is not None and when.said < step.reminded_at + REMIND_AGAIN:
        left = step.reminded_at + REMIND_AGAIN - when.said
        raise refuse(Code.REMINDED_RECENTLY, at=step.reminded_at.isoformat(), seconds=-(-left // timedelta(seconds=1)))
    changed, note = clock.reminded_by_hand(step, when)
    said = decision.model_copy(update={"step": step.plan.key, "note": note})
    accepted = transition(state, state.with_step(changed), said, when, step=step.plan.key)
    return accepted.model_copy(update={"decision": said})


def _reassign(
    state: RunState, decision: Decision, when: When, people: Directory, plans: tuple[StepPlan, ...], is_admin: bool
) -> Accepted:
    after, done = reassigned(state, decision, when, people, plans, is_admin=is_admin)
    said = decision.model_copy(update={"note": in_words(done)})
    first = next(move.step for move in done if move.refusal is None)
    return transition(state, after, said, when, step=first).model_copy(update={"decision": said})


def _move(state: RunState, decision: Decision, when: When, by_version: Replanned, is_admin: bool) -> Accepted:
    after = moved(state, decision, by_version, when, is_admin=is_admin)
    note = moving.in_words(state.process_version, after.process_version, moving.changes(state, after))
    said = decision.model_copy(update={"note": note})
    step = after.open_step.plan.key if after.open_step else None
    return transition(state, after, said, when, step=step).model_copy(update={"decision": said})


def _require_within_ceiling(place: Acting, after: RunState, stand_in: StandIn | None) -> None:
    """Hold a substitute to their ceiling with what they propose themselves, too."""
    if place.substitution is None or stand_in is None:
        return
    proposed = stand_in.with_proposals(after.values, after.proposed, after.cumulated)
    if not proposed.may_decide(place.substitution):
        raise proposed.exceeded(place.substitution)


def _refuse_ended(state: RunState) -> None:
    if state.ended:
        raise refuse(Code.RUN_ENDED, status=state.run_status, **state.last.params)


def _require_note(decision: Decision, pointer: str = "/note") -> None:
    if not is_visible(decision.note):
        raise refuse(Code.NOTE_REQUIRED, FieldError(pointer=pointer, message="note_required"))
