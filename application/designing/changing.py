"""What the buttons of the designer do to a form: steps and rows come, go and change places.

Steps are read from top to bottom: one place up or down leads into a block and out of it again, so that two buttons reach
every place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from application.designing.form import ApproverRow, EscalationRow, ProcessForm, StepForm, TestRow, TimeRow
from approval.document_places import MOST_STEPS

ROWS: Final[Mapping[str, Callable[[], Any]]] = {
    "approvers": lambda: ApproverRow(how="user"),
    "tests": lambda: TestRow(kind="total >="),
    "remind": TimeRow,
    "escalate": EscalationRow,
}
"""The lists of a step, with a new row of each."""

END: Final = "end"
"""Where a step is put that comes last."""


@dataclass(slots=True)
class _Unit:
    """A step that stands by itself, or a block with its steps."""

    step: StepForm
    inner: list[StepForm] = field(default_factory=list)

    def all(self) -> Iterator[StepForm]:
        yield self.step.model_copy(update={"within": ""})
        yield from (one.model_copy(update={"within": self.step.id}) for one in self.inner)


def changed(form: ProcessForm, action: str) -> tuple[ProcessForm, str]:
    """What an action makes of a form.

    Args:
        form: as it was filled in.
        action: words with dots between them: ``up.STEP``, ``down.STEP``, ``put.STEP.BEFORE`` (a step, ``in-BLOCK`` or
            ``end``), ``remove.STEP`` (of a block, its steps stay), ``copy.STEP``, ``add``, ``add.BLOCK``, ``block``,
            ``row.STEP.LIST``, ``drop.STEP.LIST.PLACE``. Anything else changes nothing.

    Returns:
        The form, and the id of the step that the action was about, or is new.
    """
    match action.split("."):
        case ["add"]:
            return _added(form, within="")
        case ["add", block]:
            return _added(form, within=block)
        case ["block"]:
            return _block_added(form)
        case ["copy", step_id]:
            return _copied(form, step_id)
        case ["remove", step_id]:
            return _removed(form, step_id), ""
        case [("up" | "down") as way, step_id]:
            return _moved(form, step_id, up=way == "up"), step_id
        case ["put", step_id, before]:
            return _put(form, step_id, before), step_id
        case ["row", step_id, name] if name in ROWS:
            return _with_rows(form, step_id, name, lambda rows: (*rows, ROWS[name]())), step_id
        case ["drop", step_id, name, place] if name in ROWS and place.isdecimal():
            return _with_rows(form, step_id, name, lambda rows: (*rows[: int(place)], *rows[int(place) + 1 :])), step_id
    return form, ""


def place_of(form: ProcessForm, step_id: str) -> str:
    """Where a step stands, as people count: ``2``, or ``2.1`` in a block; empty for one that is not there."""
    for number, unit in enumerate(_units(form), 1):
        if unit.step.id == step_id:
            return str(number)
        for inner, one in enumerate(unit.inner, 1):
            if one.id == step_id:
                return f"{number}.{inner}"
    return ""


def _units(form: ProcessForm) -> list[_Unit]:
    units = [_Unit(step) for step in form.steps if not step.within]
    by_id = {unit.step.id: unit for unit in units}
    for step in form.steps:
        if step.within in by_id:
            by_id[step.within].inner.append(step)
    return units


def _of(form: ProcessForm, units: list[_Unit]) -> ProcessForm:
    return form.model_copy(update={"steps": tuple(step for unit in units for step in unit.all())})


def _new_id(form: ProcessForm) -> str:
    taken = {step.id for step in form.steps}
    return next(one for one in (f"n{number}" for number in range(1, len(taken) + 2)) if one not in taken)


def _is_full(form: ProcessForm) -> bool:
    return len(form.steps) >= 2 * MOST_STEPS


def _added(form: ProcessForm, *, within: str) -> tuple[ProcessForm, str]:
    if _is_full(form):
        return form, ""
    step = StepForm(id=_new_id(form), approvers=(ApproverRow(how="manager"),))
    units = _units(form)
    block = next((unit for unit in units if unit.step.id == within and unit.step.is_block), None)
    if block is None:
        units.append(_Unit(step))
    else:
        block.inner.append(step)
    return _of(form, units), step.id


def _block_added(form: ProcessForm) -> tuple[ProcessForm, str]:
    """A block with two steps: fewer are no block."""
    if _is_full(form):
        return form, ""
    block = StepForm(id=_new_id(form), kind="parallel")
    form = _of(form, [*_units(form), _Unit(block)])
    for _ in range(2):
        form, _step = _added(form, within=block.id)
    return form, block.id


def _copied(form: ProcessForm, step_id: str) -> tuple[ProcessForm, str]:
    """A second step like one, behind it; with a key of its own."""
    step = form.step(step_id)
    if step is None or step.is_block or _is_full(form):
        return form, ""
    copy = step.model_copy(update={"id": _new_id(form), "key": ""})
    place = form.steps.index(step) + 1
    return form.model_copy(update={"steps": (*form.steps[:place], copy, *form.steps[place:])}), copy.id


def _removed(form: ProcessForm, step_id: str) -> ProcessForm:
    """The form without a step, to which nothing returns any more; of a block, its steps stay, one after the other."""
    steps = [
        step.model_copy(
            update={
                "within": "" if step.within == step_id else step.within,
                "returns": tuple(one for one in step.returns if one != step_id),
            }
        )
        for step in form.steps
        if step.id != step_id
    ]
    return form.model_copy(update={"steps": tuple(steps)})


def _moved(form: ProcessForm, step_id: str, *, up: bool) -> ProcessForm:
    units = _units(form)
    for place, unit in enumerate(units):
        if unit.step.id == step_id:
            _move_unit(units, place, up=up)
        elif any(one.id == step_id for one in unit.inner):
            _move_inner(units, place, [one.id for one in unit.inner].index(step_id), up=up)
        else:
            continue
        break
    return _of(form, units)


def _move_unit(units: list[_Unit], place: int, *, up: bool) -> None:
    """A step goes past a step, and into a block; a block goes past everything."""
    other = place - 1 if up else place + 1
    if not 0 <= other < len(units):
        return
    if units[other].step.is_block and not units[place].step.is_block:
        inner = units[other].inner
        inner.insert(len(inner) if up else 0, units[place].step)
        del units[place]
    else:
        units[place], units[other] = units[other], units[place]


def _move_inner(units: list[_Unit], place: int, within: int, *, up: bool) -> None:
    """A step of a block goes past those beside it, and out of the block at its ends."""
    inner = units[place].inner
    other = within - 1 if up else within + 1
    if 0 <= other < len(inner):
        inner[within], inner[other] = inner[other], inner[within]
    else:
        units.insert(place if up else place + 1, _Unit(inner.pop(within)))


def _put(form: ProcessForm, step_id: str, before: str) -> ProcessForm:
    """A step at another place; a block never into a block."""
    step = form.step(step_id)
    target = form.step(before.removeprefix("in-"))
    if step is None or before == step_id or (target is None and before != END):
        return form
    into = "" if target is None else target.id if before.startswith("in-") else target.within
    block = form.step(into)
    if into and (step.is_block or block is None or not block.is_block):
        return form
    units = _units(form)
    taken = next((unit for unit in units if unit.step.id == step_id), _Unit(step))
    units = [unit for unit in units if unit is not taken]
    for unit in units:
        unit.inner = [one for one in unit.inner if one.id != step_id]
    if into:
        inner = next(unit.inner for unit in units if unit.step.id == into)
        at = next((place for place, one in enumerate(inner) if one.id == before), len(inner))
        inner.insert(at, step)
    else:
        at = next((place for place, unit in enumerate(units) if unit.step.id == before), len(units))
        units.insert(at, taken)
    return _of(form, units)


def _with_rows(
    form: ProcessForm, step_id: str, name: str, change: Callable[[tuple[Any, ...]], tuple[Any, ...]]
) -> ProcessForm:
    steps = [
        step.model_copy(update={name: change(getattr(step, name))}) if step.id == step_id else step
        for step in form.steps
    ]
    return form.model_copy(update={"steps": tuple(steps)})
