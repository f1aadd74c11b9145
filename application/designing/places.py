"""The field of a form that an error of its document is about."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from application.designing.form import PROCESS, ProcessForm, StepForm


class Spot(NamedTuple):
    """A field of a form: the id of its step, or ``PROCESS``, the name of the field, and the row if it is a list."""

    step: str
    field: str
    row: int | None = None


_FIELDS: Final = {
    "choose": "vote",
    "decision": "vote",
    "when": "condition",
    "condition_label": "condition",
    "deadline_hours": "deadline",
    "on_expiry": "expiry",
    "expire_after": "expiry",
    "may_return_to": "returns",
    "kind": "name",
}
"""Fields of a document that are called otherwise in the form."""
_ROWS: Final = ("approvers", "remind", "escalate")
_STEP: Final = re.compile(r"/steps/(\d+)(?:/steps/(\d+))?(?:/|$)")


def spot(form: ProcessForm, pointer: str) -> Spot:
    """Where in a form the place of its document is that a JSON pointer names; ``form`` without its blank rows."""
    found = _STEP.match(pointer)
    step = _step(form, int(found[1]), found[2]) if found is not None else None
    if found is None or step is None:
        return Spot(PROCESS, pointer.split("/")[1] if "/" in pointer else "")
    field, _, rest = pointer[found.end() :].partition("/")
    row = rest.partition("/")[0]
    name = _FIELDS.get(field, field or "name")
    return Spot(step.id, name, int(row) if name in _ROWS and row.isdecimal() else None)


def _step(form: ProcessForm, place: int, inner: str | None) -> StepForm | None:
    units = [step for step in form.steps if not step.within]
    if place >= len(units):
        return None
    if inner is None:
        return units[place]
    within = [step for step in form.steps if step.within == units[place].id]
    return within[int(inner)] if int(inner) < len(within) else None
