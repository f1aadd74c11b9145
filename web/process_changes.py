"""What is different between two versions of a process, step by step, for those who read no documents."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from approval.model import Frozen
from approval.process import ParallelBlock, ProcessStep, PurchaseProcess


class StepChange(Frozen):
    """A step or block that is not the same in both versions; ``before`` None: it is new, ``after`` None: it is gone."""

    before: ProcessStep | ParallelBlock | None
    after: ProcessStep | ParallelBlock | None
    place: str
    """Where it stands, as the designer counts: ``3``, or ``2.1`` within a block; of one that is gone, where it stood."""
    moved: bool = False
    """Whether it stands elsewhere among the steps that both versions have."""


class _Placed(Frozen):
    step: ProcessStep | ParallelBlock
    place: str
    block: str = ""


def step_changes(before: PurchaseProcess, after: PurchaseProcess) -> list[StepChange]:
    """The steps that differ, in the order that they have now; those that are gone come last. A step is known by its key."""
    old = {one.step.key: one for one in _placed(before)}
    new = {one.step.key: one for one in _placed(after)}
    kept = {key for key in old.keys() & new.keys() if old[key].step.kind == new[key].step.kind}
    stood, stands = [key for key in old if key in kept], [key for key in new if key in kept]
    blocks = SequenceMatcher(None, stood, stands, autojunk=False).get_matching_blocks()
    in_order = {key for block in blocks for key in stood[block.a : block.a + block.size]}
    found = []
    for key, now in new.items():
        was = old[key] if key in kept else None
        moved = was is not None and (key not in in_order or was.block != now.block)
        if was is None or moved or _own(was.step) != _own(now.step):
            found.append(StepChange(before=was.step if was else None, after=now.step, place=now.place, moved=moved))
    gone = [one for key, one in old.items() if key not in kept]
    return [*found, *(StepChange(before=one.step, after=None, place=one.place) for one in gone)]


def _placed(process: PurchaseProcess) -> Iterator[_Placed]:
    for number, step in enumerate(process.steps, 1):
        yield _Placed(step=step, place=f"{number}")
        if isinstance(step, ParallelBlock):
            for within, one in enumerate(step.steps, 1):
                yield _Placed(step=one, place=f"{number}.{within}", block=step.key)


def _own(step: ProcessStep | ParallelBlock) -> ProcessStep | ParallelBlock:
    """A step without those that it is made of, which are looked at by themselves."""
    return step.model_copy(update={"steps": ()}) if isinstance(step, ParallelBlock) else step
