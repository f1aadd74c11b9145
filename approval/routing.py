"""Routing: which steps a round runs, who may decide each of them, and why. Source: domain.md, decisions 3 to 5."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from pydantic import Field

from approval.condition_text import ConditionError, members
from approval.conditions import Inquiry, RequestFacts
from approval.cumulation import Cumulated
from approval.durations import StoredDuration
from approval.editable import EditableField
from approval.inputs import InputField
from approval.matrix import Match, matched
from approval.model import Code, FieldError, Frozen, LocalizedText, Person, Reason, Refusal, RefusedError, refuse
from approval.process import (
    ByManager,
    ByMatrix,
    ByRole,
    ByUser,
    Escalation,
    NamedSource,
    OnExpiry,
    ParallelBlock,
    ProcessStep,
    PurchaseProcess,
    RepeatApprover,
    Resume,
)
from approval.values import as_text
from approval.votes import DecisionRule, VoteRule, needed


class Member(Frozen):
    """A user of the CRM as routing sees one."""

    username: str
    name: str
    roles: frozenset[str] = frozenset()
    manager: str | None = None
    department: str = ""
    active: bool = True


Directory = Mapping[str, Member]
"""Everyone a routing may touch, by username: the owner, the managers above, the named users, the holders of roles."""


class BlockRef(Frozen):
    """The parallel block of a step: steps of one block are open at the same time."""

    key: str
    name: LocalizedText


class CarriedFrom(Frozen):
    """An approval of an earlier round that holds in this one."""

    round: int
    approved_by: tuple[Person, ...]
    why: tuple[Reason, ...] = ()


class StepPlan(Frozen):
    """A step of one round, its approvers resolved and stored with the reason why each was chosen."""

    key: str
    name: LocalizedText
    approvers: tuple[Person, ...] = ()
    reasons: Mapping[str, tuple[Reason, ...]] = {}
    """Every reason why each approver is asked, by username."""
    skipped: bool = False
    decision: VoteRule = DecisionRule.ANY
    block: BlockRef | None = None
    """The parallel block that it is a step of."""
    repeat_approver: RepeatApprover = RepeatApprover.ASK
    adds_up: bool = False
    """Whether its process adds requests up that belong together."""
    may_drop: bool = False
    """Whether a change drops it that makes it needless before its turn has come."""
    may_return_to: tuple[str, ...] = ()
    inputs: tuple[InputField, ...] = ()
    tolerance: int = 0
    resume: Resume = Resume.FROM_START
    carried: CarriedFrom | None = None
    """The approval that holds, where nobody is asked."""
    may_edit: tuple[EditableField, ...] = ()
    may_decide_lines: bool = False
    deadline_hours: int | None = None
    deadline: StoredDuration | None = None
    remind: tuple[StoredDuration, ...] = ()
    escalate: tuple[Escalation, ...] = ()
    on_expiry: OnExpiry = OnExpiry.NONE
    expire_after: StoredDuration | None = None
    owner_may_add: bool = False
    """Whether the owner may have somebody decide after it."""
    matrix_rows: tuple[int, ...] = ()
    """The rows of the approval matrix by which it has its approvers, counted from 1."""
    why: Annotated[tuple[Reason, ...], Field(min_length=1)]

    def by_rows_of(self, other: StepPlan) -> StepPlan:
        """The plan with the vote and the deadline of another one, if that has its approvers by other rows of the matrix."""
        if self.matrix_rows == other.matrix_rows:
            return self
        fields = ("decision", "deadline", "deadline_hours", "matrix_rows")
        return self.model_copy(update={field: getattr(other, field) for field in fields})

    def reasons_for(self, username: str) -> tuple[Reason, ...]:
        """Why somebody is asked."""
        return self.reasons.get(username) or self.why


class RoutedStep(Frozen):
    """A step before the requester has chosen: who could approve it, or what would refuse the send."""

    plan: StepPlan
    must_choose: bool = False
    refusal: Refusal | None = None


class Rerouted(Frozen):
    """A process asked again with what is proposed."""

    steps: tuple[RoutedStep, ...] = ()
    cumulated: Cumulated | None = None


class Replanned(Frozen):
    """The steps of another version of a process, settled within a round, and what the request is added up to by it."""

    steps: tuple[StepPlan, ...] = ()
    cumulated: Cumulated | None = None


def route(
    process: PurchaseProcess,
    facts: RequestFacts,
    directory: Directory,
    matches: Mapping[str, Match] | None = None,
) -> tuple[RoutedStep, ...]:
    """Resolve every step of a process for a request as it is now.

    Args:
        process: the process, in the version the run has.
        facts: the request.
        directory: the people; the owner is ``facts.owner``.
        matches: what ``approval.matrix.matched`` says of the request, where that was asked already.

    Returns:
        The steps in order. One that cannot be run carries its refusal.
    """
    inquiry = Inquiry(facts)
    found = matched(process, facts) if matches is None else matches
    return tuple(
        _route_step(step, _blank_plan(process, step, block), inquiry, directory, found.get(step.key))
        for step, block in process.placed_steps()
    )


def sources(process: PurchaseProcess, matches: Mapping[str, Match]) -> list[NamedSource]:
    """Whom a process names for a request: its steps, and the rows of its matrix that match."""
    named = [one for step in process.approval_steps for one in step.approvers if not isinstance(one, ByMatrix)]
    return [*named, *(one for match in matches.values() for found in match.rows for one in found.row.approvers)]


def evaluations(process: PurchaseProcess, facts: RequestFacts) -> int:
    """The most that the conditions of a process, and its matrix, take when it is routed for a request."""
    conditions = [step.when for step in process.approval_steps if step.when is not None]
    rows = len(process.matrix.rows) if process.matrix is not None else 0
    return (Inquiry(facts).evaluations(conditions) if conditions else 0) + rows * _ROW


_ROW: Final = 25
"""Evaluations in whose time one row of the matrix is looked at."""


def plan_round(routed: tuple[RoutedStep, ...], choices: Mapping[str, str]) -> tuple[StepPlan, ...]:
    """Settle a round with the approvers that the requester chose.

    Args:
        routed: what ``route`` answered.
        choices: username by step key.

    Raises:
        RefusedError: a step cannot be run, or a choice is missing or not eligible; it names the step and the people.
    """
    keys = {step.plan.key for step in routed}
    unknown = [key for key in choices if key not in keys]
    if unknown:
        raise refuse(
            Code.INVALID, *(FieldError(pointer=f"/approvers/{key}", message="no_such_step") for key in unknown)
        )
    plans = tuple(_settle(step, choices.get(step.plan.key)) for step in routed)
    if all(plan.skipped for plan in plans):
        raise refuse(Code.NO_ELIGIBLE_APPROVER, variant="all_skipped")
    return plans


def plan_again(routed: tuple[RoutedStep, ...], chosen: Mapping[str, str]) -> tuple[StepPlan, ...]:
    """Settle steps anew within a round, with the choices that the requester made when sending it.

    Where the person chosen cannot approve any more, and where nobody was chosen since a change added the step, everybody
    who can is asked, since nobody may be asked to choose in the middle of a round. Whether there are enough of them is
    looked at where they join those who have approved.

    Args:
        routed: what ``route`` answered for the steps that are still to be decided.
        chosen: username by step key.

    Raises:
        RefusedError: a step has nobody left.
    """
    plans = []
    for step in routed:
        if step.refusal is not None and step.refusal.code is Code.STEP_UNSATISFIABLE:
            step = step.model_copy(update={"refusal": None})  # who has approved already counts too
        choice = chosen.get(step.plan.key) if step.must_choose else None
        if choice is not None and any(person.username == choice for person in step.plan.approvers):
            plans.append(_settle(step, choice))
        elif step.must_choose:
            left = (Reason(code="chosen_person_left"),) if choice is not None else ()
            open_to_all = step.plan.model_copy(update={"why": (*step.plan.why, *left)})
            plans.append(_settle(RoutedStep(plan=open_to_all, refusal=step.refusal), None))
        else:
            plans.append(_settle(step, None))
    return tuple(plans)


def _settle(step: RoutedStep, choice: str | None) -> StepPlan:
    plan = step.plan
    if step.refusal is not None:
        raise RefusedError(step.refusal)
    if plan.skipped or (choice is None and not step.must_choose):
        return plan
    if not step.must_choose:
        raise refuse(Code.INVALID, FieldError(pointer=f"/approvers/{plan.key}", message="step_approver_is_not_chosen"))
    named = {"step": plan.key, "people": ", ".join(f"{p.name} ({p.username})" for p in plan.approvers)} | _names(plan)
    if choice is None:
        raise refuse(Code.APPROVER_NOT_CHOSEN, **named)
    chosen = tuple(person for person in plan.approvers if person.username == choice)
    if not chosen:
        raise refuse(Code.APPROVER_NOT_ELIGIBLE, choice=choice, **named)
    return plan.model_copy(update={"approvers": chosen, "why": (*plan.why, Reason(code="chosen_by_requester"))})


def _blank_plan(process: PurchaseProcess, step: ProcessStep, block: ParallelBlock | None) -> StepPlan:
    """What a step's plan has whoever its approvers are."""
    return StepPlan(
        key=step.key,
        name=step.name,
        decision=step.decision,
        block=BlockRef(key=block.key, name=block.name) if block is not None else None,
        repeat_approver=process.repeat_approver,
        adds_up=bool(process.cumulative),
        may_drop=process.may_drop,
        owner_may_add=process.owner_may_add,
        may_return_to=step.may_return_to,
        inputs=step.inputs,
        tolerance=step.tolerance,
        resume=process.resume,
        may_edit=step.may_edit,
        may_decide_lines=step.may_decide_lines,
        deadline_hours=step.deadline_hours,
        deadline=step.deadline,
        remind=step.remind,
        escalate=step.escalate,
        on_expiry=step.on_expiry,
        expire_after=step.expire_after,
        why=(Reason(code="always"),),
    )


def _route_step(
    step: ProcessStep, plan: StepPlan, inquiry: Inquiry, directory: Directory, match: Match | None
) -> RoutedStep:
    owner = inquiry.facts.owner
    plan = plan.model_copy(update={"why": (_reason_of_condition(step, "condition_true", inquiry.facts),)})
    if step.when is not None:
        try:
            applies = inquiry.holds(step.when)
        except ConditionError as error:
            problem = {"step": step.key, "problem": error.code} | error.params | _names(plan)
            unsettled = plan.model_copy(
                update={"why": (_reason_of_condition(step, "condition_unknown", inquiry.facts),)}
            )
            too_costly = error.code == Code.CONDITION_TOO_COSTLY
            code = Code.CONDITION_TOO_COSTLY if too_costly else Code.PROCESS_INVALID
            return RoutedStep(plan=unsettled, refusal=Refusal(code=code, params=problem))
        if not applies:
            reason = _reason_of_condition(step, "condition_false", inquiry.facts)
            return RoutedStep(plan=plan.model_copy(update={"skipped": True, "why": (reason,)}))
    reasons = _reasons(step, owner, directory, match)
    nearest = (match.nearest,) if match is not None and match.nearest is not None else ()
    if match is not None:
        plan = _by_matrix(plan, match)
    if not reasons:
        no_row = match is not None and not match.rows
        variant = {"variant": "no_row"} | {k: v for one in nearest for k, v in one.params.items()} if no_row else {}
        return RoutedStep(
            plan=plan.model_copy(update={"why": (*plan.why, *nearest)}),
            must_choose=step.choose,
            refusal=Refusal(code=Code.NO_ELIGIBLE_APPROVER, params={"step": step.key} | variant | _names(plan)),
        )
    approvers = tuple(Person(username=name, name=directory[name].name) for name in sorted(reasons))
    why: tuple[Reason, ...] = ()
    for person in approvers:
        if reasons[person.username][0] not in why:
            why = (*why, reasons[person.username][0])
    if step.when is not None:
        why = (*why, *plan.why)
    why = (*why, *nearest)
    return RoutedStep(
        plan=plan.model_copy(update={"approvers": approvers, "reasons": reasons, "why": why}),
        must_choose=step.choose,
        refusal=unsatisfiable(plan, len(approvers)),
    )


def unsatisfiable(plan: StepPlan, there: int, added: int = 0) -> Refusal | None:
    """The refusal of a step that needs more approvals than it has people; a quorum is never lowered.

    Args:
        plan: the step.
        there: how many could approve it.
        added: how many of them people have added.
    """
    votes = needed(plan.decision, there, added)
    if votes <= there:
        return None
    counts = {"needed": str(votes), "there": str(there)}
    return Refusal(code=Code.STEP_UNSATISFIABLE, params={"step": plan.key} | counts | _names(plan))


def _reason_of_condition(step: ProcessStep, code: str, facts: RequestFacts) -> Reason:
    """What a step's condition comes to, with the condition in CEL and, where the process has it, in words, and the values that
    it looked at."""
    if step.when is None:
        return Reason(code="always")
    labels = {f"condition_{language}": text for language, text in (step.condition_label or {}).items()}
    return Reason(code=code, params={"condition": step.when} | labels | _compared(step.when, facts))


_SINGLE = frozenset({"total", "routing_amount", "currency", "department", "source_type", "customer"})


def _compared(condition: str, facts: RequestFacts) -> dict[str, str]:
    """The single values of a request that a condition names, as they were: ``request.total``."""
    names = sorted(members(condition, "request") & _SINGLE)
    return {f"request.{name}": as_text(getattr(facts, name)) or "" for name in names}


def _reasons(step: ProcessStep, owner: str, directory: Directory, match: Match | None) -> dict[str, tuple[Reason, ...]]:
    """Everybody who may approve a step, with every reason why."""
    found: dict[str, tuple[Reason, ...]] = {}

    def add(source: NamedSource, *first: Reason) -> None:
        for member, reason in _candidates(source, owner, directory):
            if member.active and member.username != owner:
                known = found.get(member.username, ())
                found[member.username] = (*known, *(one for one in (*first, reason) if one not in known))

    for source in step.approvers:
        if not isinstance(source, ByMatrix):
            add(source)
        elif match is not None:
            for one in match.rows:
                for named in one.row.approvers:
                    add(named, one.why)
    return found


def _by_matrix(plan: StepPlan, match: Match) -> StepPlan:
    """A step's plan with the vote and the deadline of the first row that says one."""
    vote = next((one.row.vote for one in match.rows if one.row.vote is not None), plan.decision)
    deadline = next((one.row.deadline for one in match.rows if one.row.deadline is not None), plan.deadline)
    hours = plan.deadline_hours if deadline is None else None
    rows = tuple(one.number for one in match.rows)
    return plan.model_copy(
        update={"decision": vote, "deadline": deadline, "deadline_hours": hours, "matrix_rows": rows}
    )


def _candidates(source: NamedSource, owner: str, directory: Directory) -> Iterator[tuple[Member, Reason]]:
    match source:
        case ByUser(user=username):
            if username in directory:
                yield directory[username], Reason(code="named_user", params={"name": directory[username].name})
        case ByRole(role=role):
            for member in directory.values():
                if role in member.roles:
                    yield member, Reason(code="role", params={"role": role})
        case ByManager(manager=levels):
            manager = manager_above(owner, levels, directory)
            if manager is not None:
                reason = Reason(code="manager", params={"levels": str(levels), "owner": directory[owner].name})
                yield manager, reason


def manager_above(owner: str, levels: int, directory: Directory) -> Member | None:
    """Somebody's manager so many levels up, whether or not they have left; None: there is none."""
    member = directory.get(owner)
    for _ in range(levels):
        member = directory.get(member.manager) if member is not None and member.manager else None
    return member


def _names(plan: StepPlan) -> dict[str, str]:
    """The step's name in each language, for texts that name the step."""
    return {f"step_name_{language}": text for language, text in plan.name.items()}
