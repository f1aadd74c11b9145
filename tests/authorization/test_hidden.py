"""What one may not see is answered like what is not there, to the letter, and nothing is left behind by having tried.

Source: ``domain.md``, decision 13.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowHandle

from crm.pool import Pool
from tests.authorization.calls import ANY_PAGE, BODIES, FORMS, LISTS, ask
from tests.authorization.matrix import STATES, Call, of_requests
from tests.authorization.people import Person, owner_for
from tests.authorization.subjects import Subject, Subjects
from tests.eventually import eventually
from workflows.contracts import workflow_id

OF_THE_CALL: Final = ("idempotency_keys", "sessions")
"""Tables that know of calls and sessions, not of requests."""
OF_EACH_ANSWER: Final = ("set-cookie",)
"""The session, signed anew each time."""

TRYING: Final = ("colleague", "earlier", "stand-in", "purchasing")
"""Those who try: one who never sees the request, one who sees it once it is sent, one while it waits, one once it is completed."""
HIDDEN = [
    pytest.param(call, state, names, id=f"{call.label}, {state}")
    for table in of_requests()
    for call in table.calls
    for state in STATES
    if (names := [name for name in TRYING if table.cells.get(name, {}).get(state) == "not_found"])
    and ("{request_id}" in call.path or call.label in {*BODIES, *FORMS} or "{" in LISTS.get(call.label, ""))
]


@pytest.mark.parametrize(("call", "state", "names"), HIDDEN)
async def test_a_request_that_one_may_not_see_is_answered_like_one_that_is_not_there(
    call: Call,
    state: str,
    names: list[str],
    people: Mapping[str, Person],
    subjects: Subjects,
    pool: Pool,
    temporal_client: Client,
) -> None:
    about = {name: await subjects.of(state, owner_for(name)) for name in names}
    before = await told_to_runs(temporal_client, about) if call.method != "GET" and state != "draft" else {}
    async with nothing_can_be_changed(pool, about.values()):
        for name in names:
            hidden = await answered(call, people[name], about[name])
            missing = await answered(call, people[name], about[name].missing())
            assert hidden == missing, name
    assert before == (await told_to_runs(temporal_client, about) if before else {})


@pytest.mark.parametrize(("name", "method", "action"), [("manager", "POST", "/cancel"), ("owner", "DELETE", "")])
async def test_the_locks_that_these_tests_hold_do_stop_a_write_and_a_lock(
    name: str, method: str, action: str, people: Mapping[str, Person], subjects: Subjects, pool: Pool
) -> None:
    """Otherwise they would prove nothing. Whoever sees the request has a refusal put on its timeline."""
    subject = await subjects.of("draft", "owner")
    call = Call.read(f"`{method} /api/v1/purchase-requests/{{request_id}}{action}`")
    async with nothing_can_be_changed(pool, [subject]):
        with pytest.raises(TimeoutError):
            await answered(call, people[name], subject, seconds=0.5)


@asynccontextmanager
async def nothing_can_be_changed(pool: Pool, about: Iterable[Subject]) -> AsyncIterator[None]:
    """While it lasts, whoever writes a row, or locks one of these requests or their runs, waits; reading goes on."""
    rows = await pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL ($1)", OF_THE_CALL
    )
    ids = [subject.id for subject in about]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(f"LOCK TABLE {', '.join(row['tablename'] for row in rows)} IN SHARE MODE")
        await connection.execute("SELECT FROM purchase_requests WHERE id = ANY ($1) FOR UPDATE", ids)
        await connection.execute("SELECT FROM runs WHERE request_id = ANY ($1) FOR UPDATE", ids)
        yield


async def told_to_runs(client: Client, about: Mapping[str, Subject]) -> dict[str, int]:
    """How many events the engine has of each run, once nothing of it is under way: it may just have been started."""
    ids = {workflow_id(UUID(subject.id)) for subject in about.values()}
    return {name: await _events_at_rest(client.get_workflow_handle(name)) for name in ids}


async def _events_at_rest(run: WorkflowHandle[Any, Any]) -> int:
    length = 0

    async def rests() -> bool:
        nonlocal length
        found = await run.describe()
        length = found.history_length
        return (
            not found.raw_description.HasField("pending_workflow_task") and not found.raw_description.pending_activities
        )

    await eventually(rests)
    return length


async def answered(
    call: Call, person: Person, subject: Subject, *, seconds: float = 5
) -> tuple[int, dict[str, str], list[str]]:
    """Status, headers, body and what is told afterwards, but for what is another one in each call."""
    async with asyncio.timeout(seconds):
        answer = await ask(call, person, subject)
        texts = [answer.text]
        if call.is_page and answer.has_redirect_location:
            texts.append((await person.browser.get(ANY_PAGE)).text)
    headers = {name: _plain(value) for name, value in answer.headers.items() if name not in OF_EACH_ANSWER}
    return answer.status_code, headers, [_plain(text) for text in texts]


def _plain(text: str) -> str:
    """Without ids, numbers and tokens."""
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|YCMH-\d{4}-\d{6}|[0-9a-f]{96}", "…", text)
