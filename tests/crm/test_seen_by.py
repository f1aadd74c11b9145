"""Who may see a request, asked for all who look at once, is what the predicate of visibility says of each of them."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.caller import load_caller
from bench.bulk import fill
from crm import requests
from crm.pool import Pool
from tests.crm.saved import stand_in

PEOPLE = ("seller1", "newcomer", "sales1", "sales2", "manager1", "manager2", "director1", "purchasing1", "admin1")


@pytest.fixture(scope="module", autouse=True)
async def some_requests(database_url: str) -> None:
    """Five hundred requests in every state, and people who stand in for those who are asked."""
    await fill(database_url, 500)
    await stand_in(database_url)


async def _all(pool: Pool) -> list[UUID]:
    return [row["id"] for row in await pool.fetch("SELECT id FROM purchase_requests")]


@pytest.mark.parametrize("role", [None, "admin", "purchasing"])
async def test_everybody_is_told_of_exactly_what_they_may_see(pool: Pool, role: str | None) -> None:
    async with pool.acquire() as connection, connection.transaction():
        if role is not None:  # whoever else they are
            await connection.execute("UPDATE users SET roles = roles || $1::text WHERE username = 'sales2'", role)
        ids = await _all(pool)
        seen = await requests.seen_by(connection, ids, PEOPLE)
        different = 0
        for username in PEOPLE:
            caller = await load_caller(connection, username)  # type: ignore[arg-type]
            assert caller is not None
            visible = await requests.visible(connection, ids, caller.viewer)
            assert {id_ for id_, names in seen.items() if username in names} == visible, username
            different += 0 < len(visible) < len(ids)
        assert different >= 4
        await connection.execute(
            "UPDATE users SET roles = array_remove(roles, $1) WHERE username = 'sales2'", role or ""
        )


async def test_only_those_who_were_asked_about_are_named(pool: Pool) -> None:
    ids = await _all(pool)
    assert set().union(*(await requests.seen_by(pool, ids, ["sales1"])).values()) <= {"sales1"}
    assert await requests.seen_by(pool, ids, []) == {}
    assert await requests.seen_by(pool, [], PEOPLE) == {}
