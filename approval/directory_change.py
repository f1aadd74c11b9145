"""What another directory would do to a process: for whose requests a step would ask others, or could not be decided any more.

Requests that are on their way keep whom they ask; this is about those that are sent, and asked again, from then on. Conditions
are not looked at: it says what is so wherever a step applies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from approval.model import MAKERS, Frozen, LocalizedText
from approval.process import ByManager, ByMatrix, ByRole, ByUser, NamedSource, ProcessStep, PurchaseProcess, folded
from approval.routing import Directory, manager_above
from approval.votes import VoteRule, needed


class StepChange(Frozen):
    """What becomes of one step, or of one row of the approval matrix for it."""

    step: str
    name: LocalizedText
    row: int | None
    """Of the matrix, counted from 1; None: the step itself names its approvers."""
    others: tuple[str, ...]
    """Usernames of owners of whose requests others would be asked, ..."""
    nobody: tuple[str, ...]
    """... and of those whose requests would have too few, and had enough."""


class _Asking(NamedTuple):
    """A way in which a step has its approvers."""

    row: int | None
    sources: Sequence[NamedSource]
    vote: VoteRule
    department: str | None


def step_changes(process: PurchaseProcess, before: Directory, after: Directory) -> tuple[StepChange, ...]:
    """Steps of a process that another directory changes.

    Args:
        process: the process.
        before: everybody, by username.
        after: everybody as they would be.
    """
    owners = [one.username for one in after.values() if one.active and one.roles & MAKERS]
    return tuple(
        change
        for step in process.approval_steps
        for asking in _askings(process, step)
        if (change := _change(step, asking, owners, before, after)) is not None
    )


def _askings(process: PurchaseProcess, step: ProcessStep) -> Iterator[_Asking]:
    named = [source for source in step.approvers if not isinstance(source, ByMatrix)]
    if named:
        yield _Asking(None, named, step.decision, None)
    if len(named) < len(step.approvers) and process.matrix is not None:
        for number, row in enumerate(process.matrix.rows, 1):
            if row.step == step.key:
                yield _Asking(number, [*named, *row.approvers], row.vote or step.decision, row.department)


def _change(
    step: ProcessStep, asking: _Asking, owners: Sequence[str], before: Directory, after: Directory
) -> StepChange | None:
    was_for_all, is_for_all = _for_all(asking, before), _for_all(asking, after)
    levels = [source.manager for source in asking.sources if isinstance(source, ByManager)]
    if was_for_all == is_for_all and not levels:
        return None
    others, nobody = [], []
    for owner in owners:
        if not (_concerns(asking, owner, before) and _concerns(asking, owner, after)):
            continue
        was = (was_for_all | _managers(owner, levels, before)) - {owner}
        now = (is_for_all | _managers(owner, levels, after)) - {owner}
        if was != now:
            others.append(owner)
            if _is_enough(asking.vote, was) and not _is_enough(asking.vote, now):
                nobody.append(owner)
    if not others:
        return None
    return StepChange(step=step.key, name=step.name, row=asking.row, others=tuple(others), nobody=tuple(nobody))


def _for_all(asking: _Asking, directory: Directory) -> frozenset[str]:
    """Those who are asked whosever request it is."""
    users = {source.user for source in asking.sources if isinstance(source, ByUser)}
    roles = {source.role for source in asking.sources if isinstance(source, ByRole)}
    return frozenset(
        one.username for one in directory.values() if one.active and (one.username in users or one.roles & roles)
    )


def _managers(owner: str, levels: Sequence[int], directory: Directory) -> frozenset[str]:
    found = (manager_above(owner, level, directory) for level in levels)
    return frozenset(one.username for one in found if one is not None and one.active)


def _concerns(asking: _Asking, owner: str, directory: Directory) -> bool:
    if asking.department is None:
        return True
    member = directory.get(owner)
    return member is not None and folded(member.department) == folded(asking.department)


def _is_enough(vote: VoteRule, people: frozenset[str]) -> bool:
    return bool(people) and needed(vote, len(people)) <= len(people)
