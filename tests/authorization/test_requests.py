"""Who may do what with a request: every cell of the matrix that is about one. Source: ``matrix.md``."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.authorization.calls import OK, ask, outcome
from tests.authorization.matrix import STATES, Call, Table, of_requests
from tests.authorization.people import USERNAMES, Person, owner_for
from tests.authorization.subjects import Subjects

CELLS = [
    pytest.param(call, state, table, id=f"{call.label}, {state}")
    for table in of_requests()
    for call in table.calls
    for state in STATES
]


@pytest.mark.parametrize(("call", "state", "table"), CELLS)
async def test_a_request_is_open_to_whom_the_matrix_says(
    call: Call, state: str, table: Table, people: Mapping[str, Person], subjects: Subjects
) -> None:
    answers = {}
    for name, row in table.cells.items():
        owner = owner_for(name)
        subject = await subjects.of(state, owner)
        answers[name] = await outcome(call, people[name], subject, await ask(call, people[name], subject))
        if call.method != "GET" and OK in (answers[name], row[state]):
            subjects.spent(state, owner)
    assert answers == {name: row[state] for name, row in table.cells.items()}


def test_the_matrix_names_everybody_in_every_state() -> None:
    for table in of_requests():
        assert set(table.cells) <= set(USERNAMES), table.heading
    whole = [table for table in of_requests() if set(table.cells) == set(USERNAMES)]
    assert {call.path for table in whole for call in table.calls} == {
        call.path for table in of_requests() for call in table.calls
    }
