"""What becomes of a round's steps and of those who are asked in them: opened, closed, given to others, added."""

from __future__ import annotations

from uuid import UUID, uuid5

from approval.acting import Acting, has_voted
from approval.alarms import Schedule, schedule
from approval.changes import ProposedChange
from approval.inputs import InputField
from approval.line_decisions import FIELD as LINE_DECISION
from approval.model import Code, Person, ProcessStatus, Reason, RefusedError, RunStatus, StepState, refuse
from approval.pauses import ended_pause
from approval.process import RepeatApprover, Resume
from approval.routing import CarriedFrom, RoutedStep, StepPlan, unsatisfiable
from approval.state import Assignment, AssignmentState, Decision, EarlierVisit, RunState, Step, When

_VOTES = (AssignmentState.APPROVED, AssignmentState.CARRIED)


def fresh(state: RunState, plan: StepPlan, when: When, before: Step | None = None) -> Step:
    """A step that waits for its turn. An owner among its approvers is taken out, whoever put them there.

    Args:
        before: the step that the round had in its place, if it had one.

    Raises:
        RefusedError: too few are left who could approve it.
    """
    if plan.skipped:
        return Step(plan=plan, state=StepState.SKIPPED)
    approvers = eligible(state, plan)
    require_enough(plan, len(approvers))
    if plan.carried is not None:
        return _carried_from_round(state, plan, approvers, plan.carried, when)
    visit = before.visit + 1 if before is not None and before.assignments else 1
    return Step(
        plan=plan.model_copy(update={"approvers": (), "reasons": {}}),  # from now on the assignments say it
        state=StepState.WAITING,
        visit=visit,
        added_earlier=before.added if before is not None else 0,
        assignments=tuple(
            Assignment(
                id=assignment_id(state, plan.key, visit, person),
                person=person,
                reasons=plan.reasons_for(person.username),
            )
            for person in approvers
        ),
    )


def _carried_from_round(
    state: RunState, plan: StepPlan, approvers: tuple[Person, ...], carried: CarriedFrom, when: When
) -> Step:
    """A step whose approval in an earlier round holds: nobody is asked, and nobody has signed anew."""
    held = {person.username for person in carried.approved_by}
    why = carried.why or (Reason(code="carried_from_round", params={"round": str(carried.round)}),)
    return Step(
        plan=plan.model_copy(update={"approvers": (), "reasons": {}, "why": (*plan.why, *why)}),
        state=StepState.APPROVED,
        assignments=tuple(
            Assignment(
                id=assignment_id(state, plan.key, 1, person),
                person=person,
                reasons=(*plan.reasons_for(person.username), *(why if person.username in held else ())),
                state=AssignmentState.CARRIED if person.username in held else AssignmentState.NOT_NEEDED,
                closed_at=when.written,
            )
            for person in approvers
        ),
    )


def eligible(state: RunState, plan: StepPlan) -> tuple[Person, ...]:
    """Those whom a step is planned for, without the request's owner."""
    return tuple(person for person in plan.approvers if person.username != state.owner.username)


def assignment_id(state: RunState, step: str, visit: int, person: Person) -> UUID:
    """The same for the same place in the same round: nothing here is drawn by chance."""
    return uuid5(state.request_id, f"{state.round}/{step}/{visit}/{person.username}")


def require_enough(plan: StepPlan, there: int, added: int = 0) -> None:
    """Refuse a step that so many people, of whom some were added, cannot approve.

    Raises:
        RefusedError: ``no_eligible_approver``, ``step_unsatisfiable``.
    """
    if not there:
        names = {f"step_name_{language}": text for language, text in plan.name.items()}
        raise refuse(Code.NO_ELIGIBLE_APPROVER, step=plan.key, **names)
    refusal = unsatisfiable(plan, there, added)
    if refusal is not None:
        raise RefusedError(refusal)


def now_needed(state: RunState, routed: tuple[RoutedStep, ...]) -> tuple[RoutedStep, ...]:
    """Of the steps as they would be routed now, those that the round skips and that the request now needs."""
    skipped = {step.plan.key for step in state.steps if step.state is StepState.SKIPPED}
    return tuple(step for step in routed if step.plan.key in skipped and not step.plan.skipped)


def without_needless(state: RunState, routed: tuple[RoutedStep, ...], when: When) -> RunState:
    """The run without those waiting steps that the request as changed does not need, where the process drops such steps."""
    needless = {step.plan.key: step.plan for step in routed if step.plan.skipped}
    for step in state.steps:
        plan = needless.get(step.plan.key)
        if plan is not None and step.plan.may_drop and step.state is StepState.WAITING:
            why = (*plan.why, Reason(code="dropped_by_change"))
            dropped = step.plan.model_copy(update={"why": why, "skipped": True})
            state = state.with_step(over(step, when).evolve(plan=dropped, state=StepState.SKIPPED))
    return state


def with_added_steps(state: RunState, plans: tuple[StepPlan, ...], when: When) -> RunState:
    """The run with steps that a change made necessary.

    Raises:
        RefusedError: too few could approve one of them.
    """
    for plan in plans:
        reasons = (*plan.why, Reason(code="added_by_change"))
        before = state.step(plan.key)  # a change may have dropped it
        state = state.with_step(fresh(state, plan.model_copy(update={"why": reasons}), when, before))
    return state


def open_next(state: RunState, when: When) -> RunState:
    """Open what comes next: the first step that waits, together with the others of its block; while a step is open, only
    what joins its block. An earlier approval that still holds counts at once.
    """
    while True:
        first = state.open_step or next((step for step in state.steps if step.state is StepState.WAITING), None)
        if first is None:
            return state
        for step in state.steps:
            if step.state is StepState.WAITING and (step is first or _are_together(step, first)):
                state = state.with_step(_open(step, when))
        state = _with_carried(_with_earlier(state, when), when)
        if state.open_step is not None:
            return state


def _are_together(one: Step, other: Step) -> bool:
    """Whether two steps are of one block."""
    return one.plan.block is not None and one.plan.block == other.plan.block


def steps_beside(state: RunState, step: Step) -> frozenset[str]:
    """Keys of the other steps of a step's block."""
    return frozenset(
        other.plan.key for other in state.steps if other.plan.key != step.plan.key and _are_together(other, step)
    )


def _open(step: Step, when: When) -> Step:
    opened = step.evolve(state=StepState.OPEN, opened_at=when.written, reminded_at=None)
    reckoned = schedule(step.plan, when.written, (), when.calendar)  # once for all of them
    return opened.evolve(assignments=tuple(opened_in(one, opened, when, reckoned) for one in step.assignments))


def _with_carried(state: RunState, when: When) -> RunState:
    """The run once the approvals count that people gave in another step, where the process says so and nothing that is
    approved has changed since. A step that was opened again asks again."""
    for step in state.open_steps:
        if step.plan.repeat_approver is RepeatApprover.CARRY and step.visit == 1:
            places = tuple(_carried(state, step, one, when) for one in step.assignments)
            carried = one_vote_a_seat(step.evolve(assignments=places), when)
            state = state.with_step(settled(carried, when))
    return state


def returned_to(
    state: RunState, target: Step, own: Step, when: When, resume: Resume
) -> tuple[RunState, tuple[Step, ...]]:
    """The run once a step has returned the request to an earlier one, which opens again as a new visit.

    What came after that one waits for its turn again; what was approved of it may hold, if the run resumes by delta. Steps
    beside the target keep what they have.

    Returns:
        The run, and the visits that ended with it.
    """
    group = [step.plan.key for step in state.steps if step is target or _are_together(step, target)]
    after = {step.plan.key for step in state.steps[state.steps.index(target) + 1 :]} - set(group)
    ended: list[Step] = []
    for step in state.steps:
        undone = step.plan.key in after and step.state in (StepState.OPEN, StepState.APPROVED)
        undone = undone or (step.plan.key in group and _is_carried_from(step, target))
        if undone or step.plan.key == target.plan.key:
            if step.state is StepState.OPEN:
                step = over(step, when)
                ended.append(step)
            keeps = (
                resume is Resume.DELTA
                and step.state is StepState.APPROVED
                and step.plan.key not in (target.plan.key, own.plan.key)
            )
            state = state.with_step(_anew(state, step, keeps=keeps))
    return state, tuple(ended)


def _is_carried_from(step: Step, other: Step) -> bool:
    """Whether an approval that was given in another step, which opens again, holds in this one too."""
    voters = {one.acted_by for one in other.approved}
    return any(
        one.person.username in voters and any(reason.code == "carried_from" for reason in one.reasons)
        for one in step.carried
    )


def _anew(state: RunState, step: Step, *, keeps: bool) -> Step:
    """A step that waits for its turn as a new visit, with the same people."""
    visit = step.visit + 1
    voters = (*step.approved, *step.carried)
    earlier = None
    if keeps and voters:
        seen = max((one.seen_changes for one in voters if one.seen_changes is not None), default=None)
        earlier = EarlierVisit(approved_by=tuple(one.person for one in voters), seen_changes=seen)
    return Step(
        plan=step.plan,
        state=StepState.WAITING,
        visit=visit,
        earlier=earlier,
        added_earlier=step.added - step.added_seats,
        assignments=tuple(
            Assignment(
                id=assignment_id(state, step.plan.key, visit, one.person),
                person=one.person,
                reasons=tuple(reason for reason in one.reasons if reason.code not in _CARRIED),
                added_by=one.added_by,
            )
            for one in step.seats
        ),
    )


_CARRIED = ("carried_from", "carried_from_round", "carried_within_tolerance", "carried_from_visit")


def _with_earlier(state: RunState, when: When) -> RunState:
    """The run once the approvals count that open steps gave before the request was sent back, if nothing that they look at
    was changed since."""
    for step in state.open_steps:
        if step.earlier is None:
            continue
        seen = step.earlier.seen_changes
        changed = state.proposed[seen if seen is not None else 0 :]
        if any(_looks_at(step.plan, change) for change in changed):
            continue
        held = {person.username for person in step.earlier.approved_by}
        reason = Reason(code="carried_from_visit")
        places = tuple(
            one.model_copy(
                update={
                    "state": AssignmentState.CARRIED,
                    "closed_at": when.written,
                    "reasons": (*one.reasons, reason),
                    "seen_changes": seen,
                }
            )
            if one.person.username in held
            and one.state is AssignmentState.OPEN
            and not has_voted(step, one.person.username)
            else one
            for one in step.assignments
        )
        state = state.with_step(settled(step.evolve(assignments=places), when))
    return state


def _looks_at(plan: StepPlan, change: ProposedChange) -> bool:
    """Whether a change is of something that a step looks at; a quantity and a price make the total."""
    name = f"lines.{change.field}" if change.line_id is not None else change.field
    if change.field == LINE_DECISION:
        name = InputField.LINES
    if not plan.inputs or name in plan.inputs:
        return True
    return InputField.TOTAL in plan.inputs and change.field in ("quantity", "unit_price", LINE_DECISION)


def _carried(state: RunState, step: Step, one: Assignment, when: When) -> Assignment:
    asked_by_somebody = one.forwarded_from is not None or one.added_by is not None
    if one.state is not AssignmentState.OPEN or one.escalated_from is not None or has_voted(step, one.person.username):
        return one
    if asked_by_somebody:  # who wants them to look at it now
        return one
    for other in state.steps:
        earlier = other.assignment_of(one.person.username)
        if (
            other.plan.key != step.plan.key
            and earlier is not None
            and earlier.state is AssignmentState.APPROVED
            and earlier.heard_before is None  # to be heard first is no vote, and holds nowhere else
            and earlier.acted_by in (None, one.person.username)  # what a substitute approved, the person has not seen
            and earlier.seen_changes == len(state.proposed)
        ):
            names = {f"step_name_{language}": text for language, text in other.plan.name.items()}
            reasons = (*one.reasons, Reason(code="carried_from", params=names))
            update = {"state": AssignmentState.CARRIED, "closed_at": when.written, "reasons": reasons}
            return one.model_copy(update=update)
    return one


def settled(step: Step, when: When) -> Step:
    """A step that is approved once it has the votes that it needs; then nobody is asked in it any more."""
    if not step.approvals or step.approvals < step.needed:
        return step
    return over(step, when).evolve(state=StepState.APPROVED)


def opened_in(one: Assignment, step: Step, when: When, reckoned: Schedule | None = None) -> Assignment:
    """A place whose time has come, if its step is open; its clock runs from now."""
    if step.state is not StepState.OPEN or one.state is not AssignmentState.WAITING:
        return one
    due_at, alarms = reckoned or schedule(step.plan, when.written, (), when.calendar)
    update = {"state": AssignmentState.OPEN, "opened_at": when.written, "due_at": due_at, "alarms": alarms}
    return one.model_copy(update=update)


def closed_by(
    place: Acting, outcome: AssignmentState, decision: Decision, when: When, *, seen_changes: int | None = None
) -> Step:
    """A step in which somebody has decided their place, or that of a person they stand in for, an approver having seen so many
    changes."""
    update = {
        "state": outcome,
        "closed_at": when.written,
        "acted_by": decision.actor,
        "substitution_id": place.substitution.id if place.substitution is not None else None,
        "channel": decision.channel,
        "seen_changes": seen_changes,
    }
    decided = place.assignment.model_copy(update=update)
    places = tuple(decided if one.id == decided.id else one for one in place.step.assignments)
    return with_turns(one_vote_a_seat(place.step.evolve(assignments=places), when), when)


def with_turns(step: Step, when: When) -> Step:
    """An open step in which those decide again before whom everybody was heard; their clocks go on."""
    if step.state is not StepState.OPEN:
        return step
    waited_for = {one.heard_before for one in step.assignments if one.state.undecided}

    def their_turn(one: Assignment) -> Assignment:
        if one.state is not AssignmentState.WAITING or one.seat in waited_for:
            return one
        opened = one.model_copy(update={"state": AssignmentState.OPEN})
        return ended_pause(opened, one.seat, step.plan, when)

    return step.evolve(assignments=tuple(their_turn(one) for one in step.assignments))


def one_vote_a_seat(step: Step, when: When) -> Step:
    """A step in which nobody is asked any more whose vote somebody else has given."""
    given = {one.seat for one in step.assignments if one.state in _VOTES}
    closed = {"state": AssignmentState.NOT_NEEDED, "closed_at": when.written}
    return step.evolve(
        assignments=tuple(
            one.model_copy(update=closed) if one.state.undecided and one.seat in given else one
            for one in step.assignments
        )
    )


def over(step: Step, when: When) -> Step:
    """A step in which nobody is asked any more."""

    closed = {"state": AssignmentState.NOT_NEEDED, "closed_at": when.written}
    return step.evolve(
        assignments=tuple(one.model_copy(update=closed) if one.state.undecided else one for one in step.assignments)
    )


def stopped(state: RunState, process_status: ProcessStatus, run_status: RunStatus, when: When) -> RunState:
    """Stop waiting for anybody: open steps go back to waiting, and nobody is asked."""
    steps = tuple(
        over(step, when).evolve(state=StepState.WAITING, opened_at=None)
        if step.state in (StepState.OPEN, StepState.WAITING)
        else step
        for step in state.steps
    )
    return state.evolve(steps=steps, process_status=process_status, run_status=run_status)
