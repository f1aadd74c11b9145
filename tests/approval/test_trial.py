"""What another version of a process would do to a request. Source: processes.md, "Before it is published"."""

from __future__ import annotations

from typing import Any

import pytest

from approval.process import PurchaseProcess
from approval.process_document import process_errors, read_process
from approval.routing import route
from approval.trial import differences
from tests.approval.company import PEOPLE, facts


def _process(*steps: dict[str, Any]) -> PurchaseProcess:
    named = [{"name": step["key"], **step} for step in steps]
    document = {"schema_version": 2, "key": "purchase", "name": "Mua hàng", "steps": named}
    assert process_errors(document) == []
    return read_process(document)


MANAGER = {"key": "manager", "approvers": [{"manager": 1}]}
DIRECTORS = {"key": "director", "approvers": [{"role": "director"}]}


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ((MANAGER,), (MANAGER,), []),
        ((MANAGER,), ({**MANAGER, "name": "Khác", "deadline": "8bh"},), []),
        ((MANAGER,), (MANAGER, DIRECTORS), [("director", "added", ["deputy", "director"], [], False)]),
        ((MANAGER, DIRECTORS), (DIRECTORS,), [("manager", "gone", [], ["manager"], False)]),
        (
            (DIRECTORS,),
            ({**DIRECTORS, "approvers": [{"user": "director"}, {"user": "chairman"}]},),
            [("director", "changed", ["chairman"], ["deputy"], False)],
        ),
        ((DIRECTORS,), ({**DIRECTORS, "decision": "all"},), [("director", "changed", [], [], True)]),
        (
            (MANAGER, {**DIRECTORS, "when": "request.total >= 1.0"}),
            (MANAGER, {**DIRECTORS, "when": "request.total >= 500000000.0"}),
            [("director", "gone", [], ["deputy", "director"], False)],
        ),
    ],
)
def test_a_step_differs_by_its_people_or_its_votes(then: Any, now: Any, expected: Any) -> None:
    found = differences(route(_process(*then), facts(), PEOPLE), route(_process(*now), facts(), PEOPLE))
    assert [
        (
            one.key,
            one.change,
            [person.username for person in one.added],
            [person.username for person in one.gone],
            one.other_votes,
        )
        for one in found
    ] == expected
