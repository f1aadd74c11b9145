"""The state machine of a run: the one place that says who may do what, and what follows.

``decide`` and ``begin_round`` take a state and what somebody wants, and answer with the next state or a refusal. They
have no I/O and no clock, so that the workflow can replay them and tests can try millions of sequences.
Source: domain.md, "The sync table" and decisions 2 to 10.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from approval.changes import ProposedChange, RequestValues, final_values, parse_changes, propose
from approval.model import (
    Action,
    Code,
    FieldError,
    Frozen,
    Person,
    ProcessStatus,
    Refusal,
    RefusedError,
    RunStatus,
    StepState,
    refuse,
)
from approval.process import DecisionRule
from approval.routing import StepPlan

DECISIONS = (Action.APPROVE, Action.REJECT, Action.RECALL, Action.CANCEL)


class Decision(Frozen):
    """What somebody wants to do with a run. ``actor`` is a username; ``step`` is the step it was decided on."""

    command_id: UUID
    action: Action
    actor: str
    step: str | None = None
    note: str = ""
    end: bool = False
    """With reject: end the run instead of returning the request."""
    changes: Any = None
    """With approve: new field values, as they came; see approval/changes.py."""
    version: int | None = None
    """The request's version it was decided on (``If-Match``)."""


class Round(Frozen):
    """What a send or resend carries: the settled steps and the values that the round starts from."""

    steps: tuple[StepPlan, ...]
    values: RequestValues


class Step(Frozen):
    """A step of the round that is running."""

    plan: StepPlan
    state: StepState
    approved_by: tuple[str, ...] = ()
    approved_at: datetime | None = None
    """When the last of them approved; None before, and in what was stored before this was kept."""

    @property
    def waiting_on(self) -> tuple[Person, ...]:
        """Who can still decide this step."""
        return tuple(person for person in self.plan.approvers if person.username not in self.approved_by)

    def has_approver(self, username: str) -> bool:
        """Whether the step was given to this person, decided already or not."""
        return any(person.username == username for person in self.plan.approvers)


LOG_LENGTH = 50


class PastAction(Frozen):
    """Something that was done to the run."""

    action: Action
    end: bool = False
    actor: str
    at: datetime

    @property
    def params(self) -> dict[str, str]:
        """What was done, by whom and when, as the texts of a refusal take it."""
        action = "reject_and_end" if self.end else self.action
        return {"action": action, "actor": self.actor, "at": self.at.isoformat()}


class RunState(Frozen):
    """Everything a run knows. ``sequence`` counts the transitions written to the CRM."""

    request_id: UUID
    run_id: UUID
    number: str
    owner: Person
    amount: str = ""
    """Total and currency when the round was sent, as ``money_text`` writes them."""
    process_key: str
    process_version: int
    round: int
    sequence: int
    process_status: ProcessStatus
    run_status: RunStatus
    steps: tuple[Step, ...]
    values: RequestValues
    proposed: tuple[ProposedChange, ...] = ()
    opened_at: datetime | None = None
    """When the open step opened."""
    deadline: datetime | None = None
    """Of the open step; reckoned by the write-back, which knows the business calendar."""
    log: tuple[PastAction, ...]
    """What happened, oldest first; the newest ``LOG_LENGTH`` are kept, for those who come too late and for ops."""

    @property
    def last(self) -> PastAction:
        """What happened last."""
        return self.log[-1]

    @property
    def open_step(self) -> Step | None:
        """The step that is waited on, if any."""
        return next((step for step in self.steps if step.state is StepState.OPEN), None)

    @property
    def ended(self) -> bool:
        """Whether the run has reached one of its ends."""
        return self.run_status is not RunStatus.IN_PROGRESS

    def step(self, key: str) -> Step | None:
        """The step with this key, if the round has one."""
        return next((step for step in self.steps if step.plan.key == key), None)

    def evolve(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return self.model_copy(update=changes)


class Accepted(Frozen):
    """A decision that holds: the state after it, and what the CRM gets besides the statuses."""

    state: RunState
    step: str | None = None
    """The step that was decided."""
    crm_note: bool = False
    """Whether the sync table puts it on the CRM's note list."""

    @property
    def write_back(self) -> tuple[ProposedChange, ...]:
        """Field values that reach the CRM with it: what approvers changed, with the last approval only."""
        return final_values(self.state.proposed) if self.state.process_status is ProcessStatus.COMPLETED else ()


def first_state(
    *, request_id: UUID, run_id: UUID, number: str, owner: Person, process_key: str, process_version: int, at: datetime
) -> RunState:
    """The state of a run before its first round: nothing sent, nothing written."""
    return RunState(
        request_id=request_id,
        run_id=run_id,
        number=number,
        owner=owner,
        process_key=process_key,
        process_version=process_version,
        round=0,
        sequence=0,
        process_status=ProcessStatus.NOT_SENT,
        run_status=RunStatus.IN_PROGRESS,
        steps=(),
        values=RequestValues(header={}, lines=()),
        log=(PastAction(action=Action.CREATE, actor=owner.username, at=at),),
    )


def begin_round(state: RunState, decision: Decision, new: Round, at: datetime) -> Accepted | Refusal:
    """Send, or resend after a return.

    Args:
        state: the run.
        decision: who sends.
        new: the settled steps and the CRM's values.
        at: when, UTC.
    """
    try:
        _refuse_ended(state)
        if decision.actor != state.owner.username:
            raise refuse(Code.FORBIDDEN, action=Action.SEND)
        if state.process_status not in (ProcessStatus.NOT_SENT, ProcessStatus.RETURNED):
            raise refuse(Code.REQUEST_LOCKED, status=state.process_status)
        if all(plan.skipped for plan in new.steps):
            raise refuse(Code.NO_ELIGIBLE_APPROVER, variant="all_skipped")
        steps = tuple(_fresh(plan, state.owner) for plan in new.steps)
    except RefusedError as error:
        return error.refusal
    begun = _advance(
        state.evolve(
            round=state.round + 1,
            process_status=ProcessStatus.IN_PROGRESS,
            steps=_open_next(steps),
            values=new.values,
            proposed=(),
        ),
        decision,
        at,
        reopened=True,
    )
    return Accepted(state=begun)


def decide(state: RunState, decision: Decision, at: datetime, *, is_admin: bool = False) -> Accepted | Refusal:
    """Apply one decision.

    Args:
        state: the run.
        decision: approve, reject, recall or cancel.
        at: when the engine recorded it, UTC.
        is_admin: whether the actor is a process admin, who may cancel.

    Returns:
        The next state and what follows, or the refusal; the state given is never changed.
    """
    try:
        _refuse_ended(state)
        match decision.action:
            case Action.APPROVE:
                return _approve(state, decision, at)
            case Action.REJECT:
                return _reject(state, decision, at)
            case Action.RECALL:
                return _recall(state, decision, at)
            case Action.CANCEL:
                return _cancel(state, decision, at, is_admin)
            case _:
                raise refuse(Code.INVALID, FieldError(pointer="/action", message="unknown_action"))
    except RefusedError as error:
        return error.refusal


def resolve_approvers(
    state: RunState, decision: Decision, plans: tuple[StepPlan, ...], at: datetime, *, is_admin: bool
) -> Accepted | Refusal:
    """Give the steps that are still to be decided new approvers: an explicit, recorded act of a process admin.

    Args:
        state: the run.
        decision: who asked for it.
        plans: the steps resolved again; those already decided, and those not named, keep what they have.
        at: when, UTC.
        is_admin: whether the actor is a process admin.
    """
    try:
        _refuse_ended(state)
        if not is_admin:
            raise refuse(Code.FORBIDDEN, action=Action.RESOLVE_APPROVERS)
        if state.open_step is None:
            raise _closed(state)
        by_key = {plan.key: plan for plan in plans}
        steps = tuple(_resolved_again(step, by_key.get(step.plan.key), state.owner) for step in state.steps)
    except RefusedError as error:
        return error.refusal
    open_step = next(step for step in steps if step.state is StepState.OPEN)
    return Accepted(state=_advance(state.evolve(steps=steps), decision, at), step=open_step.plan.key)


def _approve(state: RunState, decision: Decision, at: datetime) -> Accepted:
    step = _decidable_step(state, decision)
    proposed = state.proposed
    if decision.changes is not None:
        proposed = propose(
            parse_changes(decision.changes),
            allowed=step.plan.may_edit,
            values=state.values,
            proposed=proposed,
            by=decision.actor,
            at=at,
            step=step.plan.key,
        )
    approved = step.model_copy(update={"approved_by": (*step.approved_by, decision.actor), "approved_at": at})
    done = step.plan.decision is DecisionRule.ANY or not approved.waiting_on
    if done:
        approved = approved.model_copy(update={"state": StepState.APPROVED})
    steps = tuple(approved if other.plan.key == step.plan.key else other for other in state.steps)
    if done:
        steps = _open_next(steps)
    last = all(other.state in (StepState.APPROVED, StepState.SKIPPED) for other in steps)
    after = state.evolve(steps=steps, proposed=proposed)
    if last:
        after = after.evolve(process_status=ProcessStatus.COMPLETED, run_status=RunStatus.COMPLETED)
    return Accepted(state=_advance(after, decision, at, reopened=done), step=step.plan.key, crm_note=last)


def _reject(state: RunState, decision: Decision, at: datetime) -> Accepted:
    step = _decidable_step(state, decision)
    _require_note(decision)
    if decision.end:
        after = _close(state, ProcessStatus.REJECTED, RunStatus.REJECTED)
    else:
        after = _close(state, ProcessStatus.RETURNED, RunStatus.IN_PROGRESS)
    return Accepted(state=_advance(after, decision, at, reopened=True), step=step.plan.key, crm_note=True)


def _recall(state: RunState, decision: Decision, at: datetime) -> Accepted:
    if decision.actor != state.owner.username:
        raise refuse(Code.FORBIDDEN, action=Action.RECALL)
    if state.open_step is None:
        raise _closed(state)
    after = _close(state, ProcessStatus.RETURNED, RunStatus.IN_PROGRESS)
    step = state.open_step.plan.key
    return Accepted(state=_advance(after, decision, at, reopened=True), step=step, crm_note=True)


def _cancel(state: RunState, decision: Decision, at: datetime, is_admin: bool) -> Accepted:
    if decision.actor != state.owner.username and not is_admin:
        raise refuse(Code.FORBIDDEN, action=Action.CANCEL)
    _require_note(decision)
    after = _close(state, ProcessStatus.CANCELLED, RunStatus.CANCELLED)
    step = state.open_step.plan.key if state.open_step else None
    return Accepted(state=_advance(after, decision, at, reopened=True), step=step, crm_note=True)


def _decidable_step(state: RunState, decision: Decision) -> Step:
    """The open step, if the actor may decide it now.

    Raises:
        RefusedError: who they are comes before what happened, so that a stranger learns nothing of the run.
    """
    if decision.actor == state.owner.username:
        raise refuse(Code.SELF_APPROVAL)
    step = state.open_step if decision.step is None else state.step(decision.step)
    if decision.step is not None and step is None:
        raise refuse(Code.INVALID, FieldError(pointer="/step", message="no_such_step"))
    if step is None:
        if any(other.has_approver(decision.actor) for other in state.steps):
            raise _closed(state)
        raise refuse(Code.NOT_YOUR_STEP)
    if not step.has_approver(decision.actor):
        raise refuse(Code.NOT_YOUR_STEP, step=step.plan.key)
    if step.state is StepState.WAITING and state.open_step is not None:
        raise refuse(Code.STEP_CLOSED, variant="not_open_yet", step=state.open_step.plan.key)
    if step.state is not StepState.OPEN or decision.actor in step.approved_by:
        raise _closed(state, step)
    return step


def _closed(state: RunState, step: Step | None = None) -> RefusedError:
    """Somebody decided first; says who and what. For a step approved earlier it names that step's last approver."""
    if step is not None and step.approved_by and state.process_status is ProcessStatus.IN_PROGRESS:
        at = step.approved_at.isoformat() if step.approved_at else ""
        return refuse(Code.STEP_CLOSED, variant="decided", action=Action.APPROVE, actor=step.approved_by[-1], at=at)
    return refuse(Code.STEP_CLOSED, variant="decided", **state.last.params)


def _refuse_ended(state: RunState) -> None:
    if state.ended:
        raise refuse(Code.RUN_ENDED, status=state.run_status, **state.last.params)


def _require_note(decision: Decision) -> None:
    if not decision.note.strip():
        raise refuse(Code.NOTE_REQUIRED, FieldError(pointer="/note", message="note_required"))


def _fresh(plan: StepPlan, owner: Person) -> Step:
    """A step that waits for its turn. An owner among its approvers is taken out, whoever put them there.

    Raises:
        RefusedError: nobody is left who could approve it.
    """
    approvers = tuple(person for person in plan.approvers if person.username != owner.username)
    if not approvers and not plan.skipped:
        raise _nobody_for(plan)
    return Step(
        plan=plan.model_copy(update={"approvers": approvers}),
        state=StepState.SKIPPED if plan.skipped else StepState.WAITING,
    )


def _nobody_for(plan: StepPlan) -> RefusedError:
    names = {f"step_name_{language}": text for language, text in plan.name.items()}
    return refuse(Code.NO_ELIGIBLE_APPROVER, step=plan.key, **names)


def _resolved_again(step: Step, plan: StepPlan | None, owner: Person) -> Step:
    """A step with new approvers, if it is still to be decided.

    Raises:
        RefusedError: nobody would be left to wait on, and with nobody to decide it the run would never go on.
    """
    if plan is None or plan.skipped or step.state not in (StepState.OPEN, StepState.WAITING):
        return step
    fresh = _fresh(plan, owner).plan
    again = step.model_copy(
        update={"plan": step.plan.model_copy(update={"approvers": fresh.approvers, "why": fresh.why})}
    )
    if not again.waiting_on:
        raise _nobody_for(step.plan)
    return again


def _open_next(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Open the first step that waits, unless one is open."""
    if any(step.state is StepState.OPEN for step in steps):
        return steps
    following = next((step for step in steps if step.state is StepState.WAITING), None)
    return tuple(step.model_copy(update={"state": StepState.OPEN}) if step is following else step for step in steps)


def _close(state: RunState, process_status: ProcessStatus, run_status: RunStatus) -> RunState:
    """Stop waiting for anybody: the open step goes back to waiting."""
    steps = tuple(
        step.model_copy(update={"state": StepState.WAITING}) if step.state is StepState.OPEN else step
        for step in state.steps
    )
    return state.evolve(steps=steps, process_status=process_status, run_status=run_status)


def _advance(state: RunState, decision: Decision, at: datetime, *, reopened: bool = False) -> RunState:
    """Count the transition and remember it. ``reopened``: another step is open now, or none."""
    after = state.evolve(
        sequence=state.sequence + 1,
        log=(*state.log, PastAction(action=decision.action, end=decision.end, actor=decision.actor, at=at))[
            -LOG_LENGTH:
        ],
    )
    if reopened:
        after = after.evolve(opened_at=at if after.open_step else None, deadline=None)
    return after
