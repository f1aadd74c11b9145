"""Asking again only whom it concerns: which approvals of earlier rounds still hold when a request is sent again.

A step asks again if it was the one that returned the request, if its approvers or its rule changed, or if a field among its
inputs differs from what it last approved, beyond its tolerance; and always if the request crossed a threshold since.
Source: processes.md, "Sending back, and asking again only whom it concerns".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from approval.inputs import InputField
from approval.model import Frozen, Person, Reason
from approval.routing import CarriedFrom, StepPlan
from approval.votes import VoteRule


class StepOutcome(StrEnum):
    """What a resend does with a step."""

    ASKS_AGAIN = "asks_again"
    CARRIED = "carried"
    NEW = "new"
    """It has never approved this request."""
    SKIPPED = "skipped"


Value = Decimal | str | None


class Content(Frozen):
    """What is approved: the values of a request and of its lines, by the names of ``InputField``."""

    header: Mapping[InputField, Value]
    lines: Mapping[UUID, Mapping[InputField, Value]]


class LastApproval(Frozen):
    """The last time that a step approved the request."""

    round: int
    people: frozenset[str]
    """Usernames of everybody who was asked."""
    decision: VoteRule
    approved_by: tuple[Person, ...]
    content: Content
    crossed: bool
    """Whether a condition of the process answers otherwise now than it did then."""


def outcome(
    plan: StepPlan, last: LastApproval | None, now: Content, *, returned: bool
) -> tuple[StepOutcome, tuple[Reason, ...]]:
    """What a resend does with a step, and why.

    Args:
        plan: the step as it would be run now.
        last: its last approval; None: it has none.
        now: what is sent.
        returned: whether it returned the request.
    """
    if plan.skipped:
        return StepOutcome.SKIPPED, plan.why
    if last is None:
        return (StepOutcome.ASKS_AGAIN, (Reason(code="returned_it"),)) if returned else (StepOutcome.NEW, ())
    if returned:
        return StepOutcome.ASKS_AGAIN, (Reason(code="returned_it"),)
    if frozenset(person.username for person in plan.approvers) != last.people:
        return StepOutcome.ASKS_AGAIN, (Reason(code="approvers_changed"),)
    if plan.decision != last.decision:
        return StepOutcome.ASKS_AGAIN, (Reason(code="rule_changed"),)
    changed = next(differences(last.content, now, plan.inputs, plan.tolerance), None)
    if changed is not None:
        return StepOutcome.ASKS_AGAIN, (Reason(code="input_changed", params={"field": changed}),)
    if last.crossed:
        return StepOutcome.ASKS_AGAIN, (Reason(code="threshold_crossed"),)
    exact = next(differences(last.content, now, plan.inputs, 0), None) is None
    return StepOutcome.CARRIED, (held_because(last.round, 0 if exact else plan.tolerance),)


def carried(plan: StepPlan, last: LastApproval, why: tuple[Reason, ...]) -> StepPlan:
    """A step whose last approval holds in the new round, and why."""
    return plan.model_copy(update={"carried": CarriedFrom(round=last.round, approved_by=last.approved_by, why=why)})


def held_because(round_number: int, tolerance: int) -> Reason:
    """Why an approval of a round holds: nothing was changed, or no more than the step tolerates."""
    params = {"round": str(round_number)}
    if not tolerance:
        return Reason(code="carried_from_round", params=params)
    return Reason(code="carried_within_tolerance", params={**params, "tolerance": str(tolerance)})


def differences(then: Content, now: Content, inputs: Iterable[InputField], tolerance: int) -> Iterator[InputField]:
    """The inputs that differ, each once for all lines.

    Args:
        then: what was approved.
        now: what is sent.
        inputs: what a step looks at; none: everything.
        tolerance: percent by which a number may differ.
    """
    fields = tuple(inputs) or tuple(InputField)
    for field in fields:
        if field is InputField.LINES:
            if then.lines.keys() != now.lines.keys():
                yield field
        elif field.of_line:
            if any(_differ(values.get(field), other.get(field), tolerance) for values, other in _pairs(then, now)):
                yield field
        elif _differ(then.header.get(field), now.header.get(field), tolerance):
            yield field


_NOTHING: Final[Mapping[InputField, Value]] = {}


def _pairs(then: Content, now: Content) -> Iterator[tuple[Mapping[InputField, Value], Mapping[InputField, Value]]]:
    """The values of each line, then and now; a line that is not there on one side has none."""
    for line_id in {**then.lines, **now.lines}:
        yield then.lines.get(line_id, _NOTHING), now.lines.get(line_id, _NOTHING)


def _differ(then: Value, now: Value, tolerance: int) -> bool:
    if isinstance(then, Decimal) and isinstance(now, Decimal):
        return abs(now - then) * 100 > then * tolerance
    return then != now
