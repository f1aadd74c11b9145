"""What is wrong with a process, for those who fill in its form: in the words of its fields, not of the document that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from texts.catalogue import translate
from texts.domain import field_problem

_WHO: Final = (
    "choose who approves: a person, everybody with a role, or the requester's manager and how many levels up (1 to 10)"
)
_IN_FORM: Final = {
    "localized_text": "write 1 to 200 characters; one language is enough",
    "approver_form": _WHO,
    "escalation_form": "choose to whom: the manager, everybody with a role, or a person",
    "duration_form": "write a whole number, such as 16, and choose its unit",
    "needs_deadline": "this counts from the deadline, and the step has none: fill that in first",
    "needs_expire_after": "fill in how long after the last escalation, or else after the deadline, this happens",
    "label_outdated": "the condition is not that of version {version} any more, but its words still are: change them in each "
    "language, or use those that are made from it",
}
"""By the message of a document's error."""
_AT_FIELD: Final = {
    ("name", "this field is required"): _IN_FORM["localized_text"],
    ("approvers", "this field is required"): _WHO,
    ("approvers", "at least {min_length} item(s)"): _WHO,
    ("steps", "at least {min_length} item(s)"): "add steps: at least {min_length}",
}


def form_problem(field: str, message: str, params: Mapping[str, str], language: str) -> str:
    """What is wrong with one field of the form."""
    said = _AT_FIELD.get((field, message)) or _IN_FORM.get(message)
    return field_problem(message, params, language) if said is None else translate(language, said, params)
