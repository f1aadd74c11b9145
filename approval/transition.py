"""A transition of a run: what every accepted decision ends with, whoever or whatever made it."""

from __future__ import annotations

from approval.acting import Acting
from approval.changes import ProposedChange, final_values
from approval.consulting import with_questions_closed
from approval.effects import Event, events_between
from approval.holding import settled_with
from approval.line_decisions import out_of
from approval.model import Frozen, ProcessStatus, RunStatus
from approval.state import LOG_LENGTH, Decision, PastAction, RunState, Step, When


class Accepted(Frozen):
    """A decision that holds: the state after it, what there is to tell, and what the CRM gets besides the statuses."""

    state: RunState
    step: str | None = None
    """The step that was decided."""
    place: Acting | None = None
    """Whose place was decided, and what let somebody else than them; as it was before."""
    crm_note: bool = False
    """Whether the sync table puts it on the CRM's note list."""
    decision: Decision | None = None
    """What is written of it, where that is not what was asked for: the clock says what it does, a reminder whom it reached."""
    events: tuple[Event, ...] = ()

    ended_visits: tuple[Step, ...] = ()
    """Steps as they were left when the request was returned to an earlier one: new visits of them are in ``state``."""

    @property
    def acting_for(self) -> str | None:
        """As whose substitute the place was decided."""
        return self.place.acting_for if self.place is not None else None

    @property
    def write_back(self) -> tuple[ProposedChange, ...]:
        """Field values that reach the CRM with it: what approvers changed, with the last approval only."""
        return final_values(self.state.proposed) if self.state.process_status is ProcessStatus.COMPLETED else ()


def transition(
    before: RunState,
    after: RunState,
    decision: Decision,
    when: When,
    *,
    step: str | None = None,
    place: Acting | None = None,
    crm_note: bool = False,
    ended_visits: tuple[Step, ...] = (),
) -> Accepted:
    """Count the transition and remember it; it is the last approval if it leaves no step to be decided."""
    after = with_questions_closed(after, when)
    if after.process_status is ProcessStatus.IN_PROGRESS and after.open_step is None:
        after = after.evolve(process_status=ProcessStatus.COMPLETED, run_status=RunStatus.COMPLETED)
        crm_note = True
    after = settled_with(after, when)
    past = PastAction(
        action=decision.action,
        end=decision.end,
        to=decision.to,
        resume=decision.resume,
        actor=decision.actor,
        acted_for=place.acting_for if place is not None else None,
        by_line=len(out_of(after.proposed)) > len(out_of(before.proposed)),
        at=when.said,
    )
    after = after.evolve(sequence=before.sequence + 1, log=(*before.log, past)[-LOG_LENGTH:])
    events = events_between(before, after, decision, when, ended_visits)
    return Accepted(state=after, step=step, place=place, crm_note=crm_note, events=events, ended_visits=ended_visits)
