"""What a change means for steps that the approval matrix gives to other people then: nobody lifts a request into another row
behind the back of whom it concerns.
"""

from __future__ import annotations

from approval.acting import Acting
from approval.model import Code, RefusedError, StepState, refuse
from approval.resolving import resolved_again
from approval.routing import RoutedStep, StepPlan, plan_again
from approval.state import RunState, Step, When
from approval.votes import needed


def with_other_rows(state: RunState, routed: tuple[RoutedStep, ...], place: Acting, when: When) -> RunState:
    """The run with the approvers that the matrix gives its steps for the request as it is changed.

    Steps that are still to be decided ask the people of the other row. Where somebody has decided already whom that row
    does not name, the change is refused: it is for them to return the request.

    Args:
        state: the run, with the change.
        routed: the steps as they would be routed with it.
        place: whose place is decided, and in which step.
        when: now.

    Raises:
        RefusedError: ``not_eligible``; or no row, or too few people, are for the request as it would be.
    """
    for one in routed:
        step = state.step(one.plan.key)
        if step is None or one.plan.skipped or step.state is StepState.SKIPPED:
            continue
        if step.plan.matrix_rows == one.plan.matrix_rows:
            continue
        if one.refusal is not None and one.refusal.code is not Code.STEP_UNSATISFIABLE:
            raise RefusedError(one.refusal)
        own = place.assignment.person.username if step.plan.key == place.step.plan.key else None
        (plan,) = plan_again((one,), _chosen(step))
        _require_concerned(step, plan, own)
        state = state.with_step(resolved_again(state, step, plan, when))
    return state


def _require_concerned(step: Step, plan: StepPlan, own: str | None) -> None:
    """Refuse to let votes count of people whom the other row does not name, those of them included to whom somebody has
    forwarded theirs.

    Args:
        step: as it is.
        plan: as the other row has it.
        own: whose vote is being given in it; None: it is another step's.
    """
    concerned = {person.username for person in plan.approvers}
    voters = {one.person.username for one in (*step.approved, *step.carried)} | ({own} if own is not None else set())
    given_to = {
        one.person.username for one in step.assignments if one.state.undecided and one.forwarded_from is not None
    }
    enough = len(voters & concerned) >= needed(plan.decision, len(concerned))
    if enough if step.state is StepState.APPROVED else voters | given_to <= concerned:
        return
    names = {f"step_name_{language}": text for language, text in plan.name.items()}
    people = ", ".join(person.name for person in plan.approvers)
    rows = ", ".join(str(number) for number in plan.matrix_rows)
    raise refuse(Code.NOT_ELIGIBLE, variant="matrix", step=plan.key, people=people, row=rows, **names)


def _chosen(step: Step) -> dict[str, str]:
    """Whom the requester chose for a step, by its key."""
    was_chosen = any(reason.code == "chosen_by_requester" for reason in step.plan.why)
    return {step.plan.key: step.seats[0].person.username} if was_chosen and step.seats else {}
