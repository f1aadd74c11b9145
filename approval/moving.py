"""Moving a run to another version of its process: what was decided stands, what is still to be decided is as that version has
it. Source: processes.md, "Before it is published".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from approval.acting import closed
from approval.model import Action, Code, FieldError, Reason, StepState, refuse
from approval.pauses import scheduled
from approval.resolving import resolved_again
from approval.routing import Replanned, StepPlan
from approval.state import AssignmentState, Decision, RunState, Step, When
from approval.steps import fresh, open_next, over
from approval.trial import StepChange, StepDifference


def moved(state: RunState, decision: Decision, by_version: Replanned, when: When, *, is_admin: bool) -> RunState:
    """The run once it goes on with another version of its process.

    Args:
        state: the run; it has not ended.
        decision: who wants it, and to which version.
        by_version: the steps of that version, settled for the request as it is decided on; none is looked at while the
            request is returned, since its next round begins with that version.
        when: now.
        is_admin: whether the actor is a process admin.

    Raises:
        RefusedError: ``forbidden``; ``invalid``: it runs that version already; too few people are there for a step;
            ``not_eligible``: that version has something to decide before what was decided here;
            ``no_eligible_approver``: nothing would be left to decide, so that the request would be completed by nobody.
    """
    if not is_admin:
        raise refuse(Code.FORBIDDEN, action=Action.MOVE_RUN)
    version = decision.to_version
    if version is None or version == state.process_version:
        message = "value_required" if version is None else "runs_it_already"
        raise refuse(Code.INVALID, FieldError(pointer="/to_version", message=message))
    after = state.evolve(process_version=version)
    if state.round == 0:
        raise closed(state)
    if state.open_step is None:
        return after
    steps = [_moved(after, state.step(plan.key), plan, when) for plan in by_version.steps]
    after = after.evolve(steps=_in_order(state, steps, version, when), cumulated=by_version.cumulated)
    after = open_next(after, when)
    if after.open_step is None:
        raise refuse(Code.NO_ELIGIBLE_APPROVER, variant="nothing_left")
    _require_order(after)
    return after


_ORDER: Final = (StepState.APPROVED, StepState.OPEN, StepState.WAITING)


def _require_order(state: RunState) -> None:
    """Refuse to go back behind what was decided, and to open what does not belong together: the run has passed the place where
    the other version has something new.

    Raises:
        RefusedError: ``not_eligible``.
    """
    groups: dict[str, list[Step]] = {}
    for step in state.steps:
        if step.state is not StepState.SKIPPED:
            groups.setdefault(step.plan.block.key if step.plan.block is not None else step.plan.key, []).append(step)
    stands = [_ORDER.index(_state_of(group)) for group in groups.values()]
    if stands == sorted(stands) and stands.count(_ORDER.index(StepState.OPEN)) == 1:
        return
    early = next(step for step in state.steps if step.state in (StepState.OPEN, StepState.WAITING))
    names = {f"step_name_{language}": text for language, text in early.plan.name.items()}
    raise refuse(Code.NOT_ELIGIBLE, variant="passed", step=early.plan.key, **names)


def _state_of(group: list[Step]) -> StepState:
    """Where steps stand together: open while one of them is."""
    states = [step.state for step in group]
    return StepState.OPEN if StepState.OPEN in states else max(states, key=_ORDER.index)


def _moved(state: RunState, before: Step | None, plan: StepPlan, when: When) -> Step:
    """A step as the other version has it; one that was decided stands, and a later change is held against the row that the
    other version's matrix has for it."""
    if before is None:
        return fresh(state, plan, when)
    if before.state is StepState.APPROVED:
        return before.evolve(plan=before.plan.model_copy(update={"matrix_rows": plan.matrix_rows}))
    if plan.skipped:
        return _left_out(before, plan, when)
    if before.state is StepState.SKIPPED:
        return fresh(state, plan, when, before)
    stays = {"approvers": (), "reasons": {}, "why": before.plan.why}
    again = resolved_again(state, before.evolve(plan=plan.model_copy(update=stays)), plan, when)
    return again.evolve(
        assignments=tuple(
            scheduled(one, again.plan, when) if one.state is AssignmentState.OPEN else one for one in again.assignments
        )
    )


def _left_out(step: Step, plan: StepPlan, when: When) -> Step:
    """A step that is not decided any more; nobody is asked in it."""
    plan = plan.model_copy(update={"approvers": (), "reasons": {}, "skipped": True})
    return over(step, when).evolve(plan=plan, state=StepState.SKIPPED, opened_at=None)


def _in_order(state: RunState, steps: list[Step], version: int, when: When) -> tuple[Step, ...]:
    """The steps of the other version, and among them, where they stood, those that it does not have: what was decided or
    added by people stays, and nobody is asked in the others any more."""
    keys = {step.plan.key for step in steps}
    previous: str | None = None
    for step in state.steps:
        if step.plan.key not in keys:
            by_people = any(one.added_by is not None for one in step.assignments)
            if step.state in (StepState.OPEN, StepState.WAITING) and not by_people:
                why = (Reason(code="not_in_version", params={"version": str(version)}),)
                step = _left_out(step, step.plan.model_copy(update={"why": why}), when)
            place = next((index + 1 for index, one in enumerate(steps) if one.plan.key == previous), 0)
            steps.insert(place, step)
        previous = step.plan.key
    return tuple(steps)


def changes(before: RunState, after: RunState) -> tuple[StepDifference, ...]:
    """What a move does to the steps that are still to be decided, by key."""
    was, now = _undecided(before), _undecided(after)
    found = [_change(was.get(key), step) for key, step in now.items()]
    found += [_change(step, None) for key, step in was.items() if key not in now]
    return tuple(one for one in found if one is not None)


def _undecided(state: RunState) -> dict[str, Step]:
    return {step.plan.key: step for step in state.steps if step.state in (StepState.OPEN, StepState.WAITING)}


def _change(was: Step | None, now: Step | None) -> StepDifference | None:
    people_then = was.waiting_on if was is not None else ()
    people_now = now.waiting_on if now is not None else ()
    step = now or was
    assert step is not None  # noqa: S101 - one of them is there
    added = tuple(person for person in people_now if person not in people_then)
    gone = tuple(person for person in people_then if person not in people_now)
    other_votes = was is not None and now is not None and was.plan.decision != now.plan.decision
    if was is not None and now is not None and not (added or gone or other_votes):
        return None
    change = StepChange.ADDED if was is None else StepChange.GONE if now is None else StepChange.CHANGED
    return StepDifference(
        key=step.plan.key, name=step.plan.name, change=change, added=added, gone=gone, other_votes=other_votes
    )


def in_words(before: int, after: int, differences: Iterable[StepDifference]) -> str:
    """What was done, for the timeline: ``1 → 2; + director: Giám đốc; manager: + Lan, − Minh``."""
    said = [f"{before} → {after}"]
    for one in differences:
        names = [f"+ {person.name}" for person in one.added] + [f"− {person.name}" for person in one.gone]
        sign = {StepChange.ADDED: "+ ", StepChange.GONE: "− "}.get(one.change, "")
        said.append(f"{sign}{one.key}" + (f": {', '.join(names)}" if names else ""))
    return "; ".join(said)[:_MOST_SAID]


_MOST_SAID = 4000
"""Letters of a note."""
