"""What a run knows: its steps, who is asked in each of them and what became of it, and what was done so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from typing import Any, Self
from uuid import UUID

from approval.alarms import Alarm, Pause
from approval.calendar import BusinessCalendar
from approval.changes import ProposedChange, RequestValues
from approval.cumulation import Cumulated
from approval.model import Action, Channel, Frozen, Person, ProcessStatus, Reason, RunStatus, StepState
from approval.order_changes import Hold, HoldChoice, Kept, OrderChanges
from approval.process import Resume
from approval.routing import BlockRef, StepPlan
from approval.votes import needed


@dataclass(frozen=True)
class When:
    """When something happens to a run.

    The two times differ when a message had to wait for the engine, the worker or the database.
    """

    said: datetime
    """When it was said, UTC: the time of the timeline."""
    written: datetime
    """When it takes effect, UTC: steps open and deadlines begin then."""
    calendar: BusinessCalendar | None = None
    """The hours that deadlines count; None: nothing has a deadline."""


class Where(StrEnum):
    """Where an approver is added."""

    BEFORE = "before"
    """They are heard first: whoever added them decides after them."""
    BESIDE = "beside"
    """They are one more who decides the step."""
    AFTER = "after"
    """They decide once the step is approved."""


class Decision(Frozen):
    """What somebody wants to do with a run. ``actor`` is a username; ``step`` is the step it was decided on."""

    command_id: UUID
    action: Action
    actor: str
    step: str | None = None
    acting_for: str | None = None
    """Whom they decide for, where they name somebody: a username."""
    whom: str | None = None
    """To whom it is forwarded, who is consulted or added: a username. Of a reassignment also ``manager`` or ``resolve``."""
    whose: str | None = None
    """With reassign: whose places others get."""
    where: Where | None = None
    """With add_approver."""
    consultation_id: UUID | None = None
    """With answer."""
    to_version: int | None = None
    """With move_run: the version of the process that it goes on with."""
    choice: HoldChoice | None = None
    """With resolve_hold."""
    note: str = ""
    end: bool = False
    """With reject: end the run instead of returning the request."""
    to: str | None = None
    """With reject: the key of the earlier step that it is returned to; None: to the owner."""
    resume: Resume | None = None
    """With reject: how the run is to go on; None: as its process says."""
    changes: Any = None
    """With approve: new field values, as they came; see approval/changes.py."""
    lines: Any = None
    """With approve: what becomes of single lines, as it came; see approval/line_decisions.py."""
    version: int | None = None
    """The request's version it was decided on (``If-Match``)."""
    sign_in_older_than: int | None = None
    """Minutes; then the actor signed in too long ago to end the run. None: they may end it."""
    channel: Channel | None = None
    undo_seconds: int | None = None
    """With approve and reject: for how long it may be taken back before it takes effect; None: it takes effect at once."""


class Round(Frozen):
    """What a send or resend carries: the settled steps and the values that the round starts from."""

    steps: tuple[StepPlan, ...]
    values: RequestValues
    cumulated: Cumulated | None = None
    order_changes: OrderChanges = ()
    """How the order differed when it was sent: the owner has sent it in spite of that."""


class AssignmentState(StrEnum):
    """What became of asking somebody."""

    WAITING = "waiting"
    """Their step's turn has not come."""
    OPEN = "open"
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    FORWARDED = "forwarded"
    """Others are asked in their place."""
    NOT_NEEDED = "not_needed"
    """The step was decided without them, or nobody is asked any more."""
    CARRIED = "carried"
    PAUSED = "paused"

    @property
    def undecided(self) -> bool:
        """Whether the person may still be asked."""
        return self in (AssignmentState.WAITING, AssignmentState.OPEN, AssignmentState.PAUSED)


MOST_REMINDERS = 20


class Assignment(Frozen):
    """One person's place in one step of one round: why they are asked, since when, until when, what became of it."""

    id: UUID
    person: Person
    reasons: tuple[Reason, ...] = ()
    state: AssignmentState = AssignmentState.WAITING
    opened_at: datetime | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
    acted_by: str | None = None
    """Who decided it: the person, or whoever did it for them."""
    substitution_id: UUID | None = None
    """What let somebody decide it for them."""
    channel: Channel | None = None
    """By which way they did."""
    seen_changes: int | None = None
    """How many proposed changes the round had when it was approved, its own included."""
    left: bool = False
    """Whether the person has left the company, as far as it was looked up."""
    escalated_from: UUID | None = None
    """The place whose person did not decide in time, so that this one may decide too: together they have one vote."""
    forwarded_from: UUID | None = None
    """The place that was given to this person, with its deadline."""
    added_by: str | None = None
    """Who added this person to the approvers, if anybody did."""
    heard_before: UUID | None = None
    """The place that waits for this one's approval, which is no vote in the step."""
    pauses: tuple[Pause, ...] = ()
    """When the person could not act."""
    alarms: tuple[Alarm, ...] = ()
    """What the clock has done and will do."""
    reminded: tuple[datetime, ...] = ()
    """When the person was reminded, by the clock or by hand; the last ``MOST_REMINDERS``."""

    @property
    def stands_since(self) -> datetime | None:
        """Since when their clock stands, while they are asked; None: it runs."""
        return (
            next((pause.since for pause in self.pauses if pause.until is None), None) if self.state.undecided else None
        )

    @property
    def seat(self) -> UUID:
        """The same for all who have one vote together."""
        return self.escalated_from or self.id


class Consultation(Frozen):
    """A question of somebody who decides, to somebody else, who has no vote by it."""

    id: UUID
    assignment_id: UUID
    """The place whose decision it is for."""
    by: Person
    asked: Person
    question: str
    asked_at: datetime
    answer: str = ""
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    """When it was answered, or when there was nothing to be decided any more."""

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return self.closed_at is None


class EarlierVisit(Frozen):
    """How a step was approved in the round before it was returned to an earlier one."""

    approved_by: tuple[Person, ...]
    seen_changes: int | None
    """As of the last of them; see ``Assignment``."""


class Step(Frozen):
    """A step of the round that is running."""

    plan: StepPlan
    state: StepState
    visit: int = 1
    """How often it was opened in the round; a step that is returned to opens again."""
    opened_at: datetime | None = None
    earlier: EarlierVisit | None = None
    """Its approval before the request was sent back, where that may hold."""
    reminded_at: datetime | None = None
    """When somebody last had its people reminded by hand."""
    added_earlier: int = 0
    """How many approvers were added to it in the round who are not among the added ones of this visit."""
    assignments: tuple[Assignment, ...] = ()
    """Of this visit, by username."""
    consultations: tuple[Consultation, ...] = ()
    """Of this visit, oldest first."""

    @property
    def given_to(self) -> tuple[Assignment, ...]:
        """Everybody it was given to, without those who may decide in their stead."""
        return tuple(
            one for one in self.assignments if one.escalated_from is None and one.state is not AssignmentState.FORWARDED
        )

    @property
    def seats(self) -> tuple[Assignment, ...]:
        """The votes that it has: whoever is only heard before somebody else has none."""
        return tuple(one for one in self.given_to if one.heard_before is None)

    @property
    def added_seats(self) -> int:
        """How many of its votes are of people who were added to it."""
        return sum(one.added_by is not None for one in self.seats)

    @property
    def added(self) -> int:
        """How many approvers were added to it in the round."""
        return self.added_earlier + sum(one.added_by is not None for one in self.given_to)

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody the step is given to, decided already or not."""
        return tuple(one.person for one in self.assignments if one.state is not AssignmentState.FORWARDED)

    @property
    def waiting_on(self) -> tuple[Person, ...]:
        """Who can still decide this step; of an open one, nobody who waits until others were heard."""
        waits = AssignmentState.WAITING if self.state is StepState.OPEN else None
        return tuple(one.person for one in self.assignments if one.state.undecided and one.state is not waits)

    @property
    def approved(self) -> tuple[Assignment, ...]:
        """The approvals so far, in their order."""
        approved = (one for one in self.assignments if one.state is AssignmentState.APPROVED)
        return tuple(sorted(approved, key=lambda one: one.closed_at or _LONG_AGO))

    @property
    def carried(self) -> tuple[Assignment, ...]:
        """Earlier approvals that hold in this step too; never shown as new ones."""
        return tuple(one for one in self.assignments if one.state is AssignmentState.CARRIED)

    @property
    def approvals(self) -> int:
        """Votes so far."""
        heard = {one.id for one in self.assignments if one.heard_before is not None}
        return sum(one.seat not in heard for one in (*self.approved, *self.carried))

    @property
    def needed(self) -> int:
        """Votes that approve it."""
        return needed(self.plan.decision, len(self.seats), self.added_seats)

    @property
    def approved_by(self) -> tuple[str, ...]:
        """Usernames of those who approved it, for themselves or for somebody, in their order."""
        return tuple(assignment.acted_by or assignment.person.username for assignment in self.approved)

    @property
    def due_at(self) -> datetime | None:
        """The first deadline of those who are waited on."""
        return min((one.due_at for one in self.assignments if one.state.undecided and one.due_at), default=None)

    @property
    def open_consultations(self) -> tuple[Consultation, ...]:
        """Those that wait for an answer."""
        return tuple(one for one in self.consultations if one.open)

    def assignment_of(self, username: str) -> Assignment | None:
        """Somebody's place in this step."""
        return next((one for one in self.assignments if one.person.username == username), None)

    def evolve(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return self.model_copy(update=changes)


def in_blocks(steps: Iterable[Step]) -> Iterator[Step | tuple[Step, ...]]:
    """Steps in their order, those of one block together."""
    for block, together in groupby(steps, key=lambda step: step.plan.block):
        if block is None:
            yield from together
        else:
            yield tuple(together)


def block_of(steps: tuple[Step, ...]) -> BlockRef:
    """The block that steps of ``in_blocks`` are of."""
    block = steps[0].plan.block
    assert block is not None  # noqa: S101 - only those of a block are put together
    return block


def block_state(steps: Iterable[Step]) -> StepState:
    """Where a block stands: open while one of its steps is, and approved once none is left to be decided."""
    states = {step.state for step in steps}
    order = (StepState.OPEN, StepState.WAITING, StepState.APPROVED, StepState.SKIPPED)
    return next(state for state in order if state in states)


_LONG_AGO = datetime.min.replace(tzinfo=UTC)

LOG_LENGTH = 50


class PastAction(Frozen):
    """Something that was done to the run."""

    action: Action
    end: bool = False
    to: str | None = None
    resume: Resume | None = None
    """Of a return: see ``Decision``."""
    actor: str
    acted_for: str | None = None
    """For whom, where it was not in their own right."""
    by_line: bool = False
    """Of an approval: whether it left lines out."""
    at: datetime

    @property
    def params(self) -> dict[str, str]:
        """What was done, by whom and when, as the texts of a refusal take it."""
        action = f"{self.action}_and_end" if self.end else f"{self.action}_by_line" if self.by_line else self.action
        return {"action": action, "actor": self.actor, "at": self.at.isoformat()}


class RunState(Frozen):
    """Everything a run knows. ``sequence`` counts the transitions written to the CRM."""

    request_id: UUID
    run_id: UUID
    number: str
    owner: Person
    amount: str = ""
    """Total and currency when the round was sent, as ``money_text`` writes them."""
    cumulated: Cumulated | None = None
    """What the request is added up to with others that belong to it; see approval/cumulation.py."""
    process_key: str
    process_version: int
    round: int
    sequence: int
    process_status: ProcessStatus
    run_status: RunStatus
    steps: tuple[Step, ...]
    values: RequestValues
    proposed: tuple[ProposedChange, ...] = ()
    order_changes: OrderChanges = ()
    """How the order differs from what the request was made from, as the CRM has it: a fact, whether the run was told or not."""
    hold: Hold | None = None
    kept: Kept | None = None
    """The difference that the owner has kept the request in spite of."""
    log: tuple[PastAction, ...]
    """What happened, oldest first; the newest ``LOG_LENGTH`` are kept, for those who come too late and for ops."""

    @property
    def last(self) -> PastAction:
        """What happened last."""
        return self.log[-1]

    @property
    def open_steps(self) -> tuple[Step, ...]:
        """The steps that are waited on."""
        return tuple(step for step in self.steps if step.state is StepState.OPEN)

    @property
    def open_step(self) -> Step | None:
        """The first step that is waited on, if any."""
        return next(iter(self.open_steps), None)

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

    def with_step(self, changed: Step) -> Self:
        """A copy in which a step is another one of the same key."""
        steps = tuple(changed if step.plan.key == changed.plan.key else step for step in self.steps)
        return self.evolve(steps=steps)


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
