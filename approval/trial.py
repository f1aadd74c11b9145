"""What another version of a process would do to a request: which steps it would have, and who would be asked in each."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from approval.model import Frozen, LocalizedText, Person
from approval.routing import RoutedStep


class StepChange(StrEnum):
    """What becomes of a step."""

    ADDED = "added"
    GONE = "gone"
    CHANGED = "changed"
    """Other people are asked, or another number of them must approve."""


class StepDifference(Frozen):
    """A step that differs, and who is asked in it who was not, and the other way round."""

    key: str
    name: LocalizedText
    change: StepChange
    added: tuple[Person, ...] = ()
    gone: tuple[Person, ...] = ()
    other_votes: bool = False

    @property
    def is_other(self) -> bool:
        """Whether the step itself comes or goes."""
        return self.change is not StepChange.CHANGED


def differences(then: Iterable[RoutedStep], now: Iterable[RoutedStep]) -> tuple[StepDifference, ...]:
    """What differs between two versions of a process for one request: its steps by key, in the order of the new version."""
    before = {step.plan.key: step for step in then if not step.plan.skipped}
    after = {step.plan.key: step for step in now if not step.plan.skipped}
    found = [_difference(before.get(key), step) for key, step in after.items()]
    found += [_difference(step, None) for key, step in before.items() if key not in after]
    return tuple(one for one in found if one is not None)


def _difference(then: RoutedStep | None, now: RoutedStep | None) -> StepDifference | None:
    was = then.plan.approvers if then is not None else ()
    asked = now.plan.approvers if now is not None else ()
    plan = (now or then).plan  # type: ignore[union-attr]  # one of them is there
    added = tuple(person for person in asked if person not in was)
    gone = tuple(person for person in was if person not in asked)
    if then is None or now is None:
        change = StepChange.ADDED if then is None else StepChange.GONE
        return StepDifference(key=plan.key, name=plan.name, change=change, added=added, gone=gone)
    other_votes = then.plan.decision != now.plan.decision or then.must_choose != now.must_choose
    if not added and not gone and not other_votes:
        return None
    return StepDifference(
        key=plan.key, name=plan.name, change=StepChange.CHANGED, added=added, gone=gone, other_votes=other_votes
    )
