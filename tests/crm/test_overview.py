"""Whose requests somebody's figures are of: those that they see by their roles and by whom they look after, and nobody else's."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from application.caller import Caller, load_caller
from bench.bulk import fill
from crm import overview, requests, workload
from crm.overview import Grouping, Months, Scope
from crm.overview_counting import count_some
from crm.pool import Pool

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONTHS = Months(first=date(2020, 1, 1), last=date(2020, 1, 1))
PEOPLE = ("seller1", "newcomer", "sales1", "manager1", "manager2", "director1", "purchasing1", "admin1")


@pytest.fixture(scope="module", autouse=True)
async def some_requests(database_url: str, pool: Pool) -> None:
    """Two thousand requests in every state, counted."""
    await fill(database_url, 2000)
    while not (await count_some(pool, ZONE)).done:
        pass


async def caller_of(pool: Pool, username: str) -> Caller:
    found = await load_caller(pool, username)
    assert found is not None
    return found


async def counted_for(pool: Pool, caller: Caller) -> set[UUID]:
    """The requests that somebody's figures are of, as the page says it."""
    viewer = caller.viewer
    rows = await pool.fetch(
        "SELECT id FROM purchase_requests WHERE $1 OR owner = ANY ($2) OR ($3 AND process_status = 'completed')",
        viewer.sees_all,
        [viewer.username, *viewer.reports],
        viewer.sees_completed,
    )
    return {row["id"] for row in rows}


@pytest.mark.parametrize("username", PEOPLE)
async def test_amounts_are_those_of_requests_that_one_may_see(pool: Pool, username: str) -> None:
    caller = await caller_of(pool, username)
    ids = await counted_for(pool, caller)
    assert await requests.visible(pool, ids, caller.viewer) == ids
    wanted = await pool.fetch(
        """SELECT process_status AS status, currency, count(*) AS requests, sum(total) AS amount FROM purchase_requests
           WHERE id = ANY ($1) GROUP BY process_status, currency ORDER BY currency, process_status""",
        list(ids),
    )
    scope = Scope.of(caller.viewer)
    found = await overview.spending(pool, scope, MONTHS, Grouping.STATUS)
    assert [(one.status, one.currency, one.requests, one.amount) for one in found] == [tuple(row) for row in wanted]
    approved = sum((row["amount"] for row in wanted if row["status"] == "completed"), Decimal(0))
    for grouping in (Grouping.DEPARTMENT, Grouping.SUPPLIER):
        assert sum(one.amount for one in await overview.spending(pool, scope, MONTHS, grouping)) == approved, grouping
    by_month = await overview.spending(pool, scope, MONTHS, Grouping.MONTH)
    assert {(one.month, one.status, one.amount) for one in by_month} == {
        (MONTHS.first, one.status, one.amount) for one in found
    }


@pytest.mark.parametrize("username", PEOPLE)
async def test_what_waits_is_that_of_ones_people(pool: Pool, username: str) -> None:
    caller = await caller_of(pool, username)
    scope = Scope.of(caller.viewer)
    wanted = await pool.fetchval(
        "SELECT count(*) FROM purchase_requests WHERE process_status = 'in_progress' AND ($1 OR owner = ANY ($2))",
        scope.everybody,
        list(scope.owners),
    )
    still_open = await overview.open_requests(pool, scope)
    assert sum(one.requests for one in still_open.sent) == wanted
    assert sum(one.requests for one in still_open.due) == wanted
    assert sum(one.waiting for one in await overview.steps(pool, scope, MONTHS)) == wanted


@pytest.mark.parametrize("day", [date(2020, 1, 2), date(2030, 1, 1)])
@pytest.mark.parametrize("username", PEOPLE)
async def test_work_is_that_of_oneself_and_ones_people(pool: Pool, username: str, day: date) -> None:
    scope = Scope.of((await caller_of(pool, username)).viewer)
    rows = await pool.fetch(
        """SELECT a.person, count(DISTINCT a.request_id) AS waiting, min(a.opened_at) AS since,
               count(DISTINCT a.request_id) FILTER (WHERE (a.due_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date < $3) AS late
           FROM assignments a JOIN purchase_requests r ON r.id = a.request_id
           WHERE a.state = 'open' AND r.process_status = 'in_progress' AND ($1 OR a.person = ANY ($2)) GROUP BY a.person""",
        scope.everybody,
        list(scope.owners),
        day,
    )
    wanted = {
        row["person"]: (row["waiting"], row["since"].astimezone(ZONE).date() if row["since"] else None, row["late"])
        for row in rows
    }
    found = await workload.of_people(pool, scope, day)
    assert {one.person.username: (one.waiting, one.oldest_since, one.late) for one in found if one.waiting} == wanted
    assert [one.waiting for one in found] == sorted((one.waiting for one in found), reverse=True)
    if username in ("director1", "admin1"):
        assert {"manager1", "manager2"} <= wanted.keys()


async def test_decisions_are_those_of_thirty_days(pool: Pool) -> None:
    scope = Scope.of((await caller_of(pool, "admin1")).viewer)
    last = await pool.fetchval(
        "SELECT max(closed_at) FROM assignments WHERE state IN ('approved', 'returned', 'rejected')"
    )
    assert last
    day = last.astimezone(ZONE).date()
    for ahead in (0, 29, 30):
        found = await workload.of_people(pool, scope, day + timedelta(days=ahead))
        assert any(one.decided for one in found) is (ahead < 30), ahead


async def test_departments_are_those_in_which_people_are_now(pool: Pool) -> None:
    caller = await caller_of(pool, "admin1")

    async def amounts() -> dict[str | None, Decimal]:
        found = await overview.spending(pool, Scope.of(caller.viewer), MONTHS, Grouping.DEPARTMENT)
        return {one.department: one.amount for one in found}

    before = await amounts()
    await pool.execute("UPDATE users SET department = 'Kho vận' WHERE username = 'seller3'")
    after = await amounts()
    assert after["Kho vận"] > 0
    assert after["Kho vận"] + after["Kinh doanh"] == before["Kinh doanh"]


async def test_other_months_have_other_requests(pool: Pool) -> None:
    scope = Scope.of((await caller_of(pool, "admin1")).viewer)
    later = Months(first=date(2020, 2, 1), last=date(2020, 12, 1))
    for grouping in Grouping:
        assert await overview.spending(pool, scope, later, grouping) == []


async def test_steps_have_the_names_of_their_process(pool: Pool) -> None:
    caller = await caller_of(pool, "director1")
    names = await overview.step_names(pool, ["purchase-approval"])
    assert names["purchase-approval", "manager"]["vi"]
    (found,) = (one for one in await overview.steps(pool, Scope.of(caller.viewer), MONTHS) if one.step == "manager")
    assert found.process == "purchase-approval"
    assert found.visits > 0
