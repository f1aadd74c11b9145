"""What a request waits for, whose turn it is, what comes then, and how long it usually takes. Source: processes.md; for people who
ask why nothing happens."""

from __future__ import annotations

from enum import StrEnum

from approval.holding import unanswered
from approval.model import Frozen, Person, ProcessStatus, StepState
from approval.state import Step
from crm import step_times
from crm.pool import Pool
from crm.records import RequestRecord, run_state
from crm.step_times import StepTimes
from texts import Language


class WaitsFor(StrEnum):
    """Who or what must do something next."""

    OWNER_SENDS = "owner_sends"
    OWNER_RESENDS = "owner_resends"
    OWNER_ANSWERS = "owner_answers"
    """The order has changed, and nothing can be decided before they have said what becomes of the request."""
    DELIVERY = "delivery"
    """The send goes out as soon as the engine can be reached."""
    APPROVERS = "approvers"
    PURCHASING = "purchasing"
    NOTHING = "nothing"


class WaitingStep(Frozen):
    """An open step: who can decide it, how many approvals it still needs, and how long it took other requests."""

    key: str
    name: str
    people: tuple[Person, ...]
    votes_missing: int
    left: tuple[Person, ...]
    """Those of them who have left: nobody waits for them in earnest."""
    is_stuck: bool
    """Whether too few are there to approve it: an admin has to resolve its approvers again."""
    usually: StepTimes | None


class Outlook(Frozen):
    """What is next."""

    waits_for: WaitsFor
    steps: tuple[WaitingStep, ...] = ()
    then: tuple[str, ...] = ()
    """Names of the steps that follow."""

    @property
    def is_stuck(self) -> bool:
        """Whether it goes on by nobody who is asked."""
        return any(step.is_stuck for step in self.steps)


async def outlook(pool: Pool, record: RequestRecord, language: Language) -> Outlook:
    """What a request waits for.

    Args:
        pool: the CRM database.
        record: the request, as somebody may see it.
        language: of the names of steps.
    """
    if record.send_pending:
        return Outlook(waits_for=WaitsFor.DELIVERY)
    match record.process_status:
        case ProcessStatus.NOT_SENT:
            return Outlook(waits_for=WaitsFor.OWNER_SENDS)
        case ProcessStatus.RETURNED:
            return Outlook(waits_for=WaitsFor.OWNER_RESENDS)
        case ProcessStatus.COMPLETED:
            return Outlook(waits_for=WaitsFor.PURCHASING)
        case ProcessStatus.REJECTED | ProcessStatus.CANCELLED:
            return Outlook(waits_for=WaitsFor.NOTHING)
    run = record.run
    assert run is not None  # noqa: S101 - it is in progress
    state = run_state(record)
    if state is not None and unanswered(state):
        then = (step for step in run.steps if step.state in (StepState.OPEN, StepState.WAITING))
        return Outlook(waits_for=WaitsFor.OWNER_ANSWERS, then=tuple(step.plan.name[language] for step in then))
    usually = await step_times.of_steps(pool, run.process_key, (step.plan.key for step in run.open_steps))
    return Outlook(
        waits_for=WaitsFor.APPROVERS,
        steps=tuple(_waiting(step, usually.get(step.plan.key), language) for step in run.open_steps),
        then=tuple(step.plan.name[language] for step in run.steps if step.state is StepState.WAITING),
    )


def _waiting(step: Step, usually: StepTimes | None, language: str) -> WaitingStep:
    left = tuple(one.person for one in step.assignments if one.state.undecided and one.left)
    missing = step.needed - step.approvals
    return WaitingStep(
        key=step.plan.key,
        name=step.plan.name[language],
        people=step.waiting_on,
        votes_missing=missing,
        left=left,
        is_stuck=len(step.waiting_on) - len(left) < missing,
        usually=usually,
    )
