"""Who may do what with a request: every cell of the matrix that is about one. Source: ``matrix.md``."""

from __future__ import annotations

import asyncio
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
    async def said_to(name: str) -> str:
        subject = await subjects.of(state, owner_for(name))
        return await outcome(call, people[name], subject, await ask(call, people[name], subject))

    expected = {name: row[state] for name, row in table.cells.items()}
    await asyncio.gather(*(subjects.of(state, owner) for owner in {owner_for(name) for name in expected}))
    refused = [name for name in expected if call.method == "GET" or expected[name] != OK]
    answers = dict(zip(refused, await asyncio.gather(*map(said_to, refused)), strict=True))
    for name in expected.keys() - answers.keys():
        answers[name] = await said_to(name)
        subjects.spent(state, owner_for(name))
    if OK in answers.values() and expected != answers:
        subjects.clear()  # something was done that should not have been
    assert answers == expected


def test_the_matrix_names_everybody_in_every_state() -> None:
    for table in of_requests():
        assert set(table.cells) <= set(USERNAMES), table.heading
    whole = [table for table in of_requests() if set(table.cells) == set(USERNAMES)]
    assert {call.path for table in whole for call in table.calls} == {
        call.path for table in of_requests() for call in table.calls
    }
