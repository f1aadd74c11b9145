"""A step that asks nobody asks those whom its process names, and whoever is asked beside it, or after it, stays as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from application.checking.findings import Kind
from application.reconciling import Reconciler
from crm import findings
from crm.pool import Pool
from tests.api.setting import SMALL, connect, publish, sent
from tests.checking.looking import lose, reconcile, status_of
from tests.conftest import SignIn
from tests.eventually import eventually

pytestmark = pytest.mark.usefixtures("running_worker")


async def places(pool: Pool, request: Any, step: str) -> list[tuple[Any, ...]]:
    """Who has a place in a step, and how it stands."""
    query = "SELECT id, person, state FROM assignments WHERE request_id = $1 AND step = $2 ORDER BY person"
    return [tuple(row) for row in await pool.fetch(query, UUID(request["id"]), step)]


@asynccontextmanager
async def directors(pool: Pool, *usernames: str) -> AsyncIterator[None]:
    """The role of the director is theirs while the block runs."""
    before = await pool.fetch("SELECT username, roles FROM users")
    await pool.execute(
        """UPDATE users SET roles = array_remove(roles, 'director')
               || CASE WHEN username = ANY ($1) THEN '{director}'::text[] ELSE '{}' END""",
        list(usernames),
    )
    try:
        yield
    finally:
        for row in before:
            await pool.execute("UPDATE users SET roles = $2 WHERE username = $1", row["username"], row["roles"])


@pytest.mark.parametrize("now", [("manager2",), ()], ids=["is-another-today", "is-nobody-today"])
async def test_who_is_to_be_asked_later_stays_though_the_directory_names_others(
    sign_in: SignIn, pool: Pool, reconciler: Reconciler, now: tuple[str, ...]
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    later = await places(pool, request, "director")
    assert [(person, state) for _, person, state in later] == [("director1", "waiting")]
    await pool.execute("DELETE FROM assignments WHERE request_id = $1 AND step = 'manager'", UUID(request["id"]))

    async with directors(pool, *now):
        assert ((await reconcile(reconciler)).mended, (await findings.mended(pool, 1))[0].kind) == (1, Kind.ASKED_AGAIN)

        async def is_asked() -> bool:
            return bool(await places(pool, request, "manager"))

        await eventually(is_asked)
        assert await places(pool, request, "director") == later
    done = await manager.done(request["id"], "approve", {"step": "manager"})
    assert [person["username"] for person in done["run"]["step"]["approvers"]] == ["director1"]


async def test_a_lost_run_is_started_though_a_step_only_looks_as_if_it_asked_nobody(
    sign_in: SignIn, temporal_client: Client, pool: Pool, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    branches = [
        {"key": key, "name": key, "approvers": [{"user": username}]}
        for key, username in (("finance", "manager1"), ("technical", "manager2"))
    ]
    block = {"kind": "parallel", "key": "review", "name": "Review", "steps": branches}
    await publish(admin, "very-many", [block], schema_version=2)
    await connect(admin, "very-many")
    try:
        request = await sent(sales, lines=SMALL)
    finally:
        await connect(admin, "purchase-approval")
    await lose(temporal_client, request)
    with monkeypatch.context() as patch:
        patch.setattr("crm.checking.MOST_PEOPLE", 1)  # those of the first branch are all that is read
        await reconcile(reconciler)

    kept = [one.kind for one in await findings.mended(pool, 100) if one.number == request["number"]]
    assert kept == [Kind.STARTED]
    assert await status_of(temporal_client, request) is WorkflowExecutionStatus.RUNNING
