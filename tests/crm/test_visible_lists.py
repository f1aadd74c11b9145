"""Lists ask indexes part by part; what they show must be exactly what the predicate of visibility lets through."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from application.caller import load_caller
from approval.model import ProcessStatus
from bench.bulk import fill
from crm import lists
from crm.list_filters import Filters
from crm.pool import Pool
from crm.visibility import EVERYTHING, VISIBLE, Viewer
from tests.crm.saved import DIRECTOR1, MANAGER1, SavedRun, save, stand_in, step, watch

PEOPLE = ("seller1", "newcomer", "sales1", "manager1", "director1", "purchasing1", "admin1")

CASES = {
    "everything": (Filters(), "true"),
    "one status": (Filters(process_status=(ProcessStatus.RETURNED,)), "process_status = 'returned'"),
    "two statuses": (
        Filters(process_status=(ProcessStatus.IN_PROGRESS, ProcessStatus.COMPLETED)),
        "process_status IN ('in_progress', 'completed')",
    ),
    "purchase status": (Filters(purchase_status=("received",)), "purchase_status = 'received'"),
    "not sent": (Filters(process_status=(ProcessStatus.NOT_SENT,)), "process_status = 'not_sent'"),
    "owner": (Filters(owner="seller1"), "owner = 'seller1'"),
    "owner and status": (
        Filters(owner="seller2", process_status=(ProcessStatus.COMPLETED,)),
        "owner = 'seller2' AND process_status = 'completed'",
    ),
    "word": (Filters(q="ThinkPad"), "search_text LIKE '%thinkpad%'"),
    "two words": (Filters(q="khach catalyst"), "search_text LIKE '%khach%' AND search_text LIKE '%catalyst%'"),
    "whole number": (Filters(q="YCMH-2020-000777"), "search_text LIKE '%ycmh-2020-000777%'"),
    "digits of a number": (Filters(q="0077"), "search_text LIKE '%0077%'"),
    "a word that ends in digits": (Filters(q="DH-2020-0012"), "search_text LIKE '%dh-2020-0012%'"),
    "department": (
        Filters(department="Kinh doanh miền Bắc"),
        "owner IN (SELECT username FROM users WHERE department = 'Kinh doanh miền Bắc')",
    ),
    "dates": (
        Filters(date_from=date(2020, 2, 1), date_to=date(2020, 3, 1)),
        "request_date BETWEEN '2020-02-01' AND '2020-03-01'",
    ),
    "amounts": (
        Filters(total_from=Decimal(10_000_000), total_to=Decimal("99999999.5")),
        "total BETWEEN 10000000 AND 99999999.5",
    ),
    "nothing": (Filters(q="khongco"), "false"),
}


@pytest.fixture(scope="module", autouse=True)
async def many_requests(database_url: str) -> None:
    """Two thousand requests in every state, people who stand in for those who are asked, and watchers."""
    await fill(database_url, 2000)
    await stand_in(database_url)
    await watch(database_url)


async def _all_pages(pool: Pool, viewer: Viewer, filters: Filters, sort: str) -> list[UUID]:
    found: list[UUID] = []
    cursor = None
    while True:
        page = await lists.page(pool, viewer, filters, sort=sort, limit=200, cursor=cursor)
        found += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("case", CASES)
async def test_a_list_shows_exactly_what_the_viewer_may_see(pool: Pool, person: str, case: str) -> None:
    caller = await load_caller(pool, person)
    assert caller is not None
    filters, condition = CASES[case]
    visible = await pool.fetch(
        f"SELECT id FROM purchase_requests r WHERE {VISIBLE} AND {condition} ORDER BY id DESC", *caller.viewer.arguments
    )

    assert await _all_pages(pool, caller.viewer, filters, "-created") == [row["id"] for row in visible]


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("sort", ["created", "-number", "total", "-total", "-request_date"])
@pytest.mark.parametrize("owner", [None, "seller3"])
async def test_pages_of_every_sort_are_in_order_and_complete(
    pool: Pool, person: str, sort: str, owner: str | None
) -> None:
    caller = await load_caller(pool, person)
    assert caller is not None
    column, direction = sort.removeprefix("-").replace("created", "id"), "DESC" if sort.startswith("-") else "ASC"
    condition = f"owner = '{owner}'" if owner else "true"
    visible = await pool.fetch(
        f"SELECT id FROM purchase_requests r WHERE {VISIBLE} AND {condition} ORDER BY {column} {direction}, id {direction}",
        *caller.viewer.arguments,
    )

    assert await _all_pages(pool, caller.viewer, Filters(owner=owner), sort) == [row["id"] for row in visible]


async def test_what_approvers_lists_are_sorted_by_follows_the_request(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1), step("director", DIRECTOR1))
    request_id = run.request_id
    copies = "SELECT owner, number_order, request_date, total FROM participants WHERE request_id = $1"
    original = "SELECT owner, request_number_order(number), request_date, total FROM purchase_requests WHERE id = $1"
    for change in (
        "",
        "total = total + 77",
        "request_date = '2027-01-02'",
        "owner = 'sales2', number = 'YCMH-2027-000005'",
    ):
        if change:
            await pool.execute(f"UPDATE purchase_requests SET {change} WHERE id = $1", request_id)
        assert [tuple(row) for row in await pool.fetch(copies, request_id)] == [
            tuple(await pool.fetchrow(original, request_id) or ())
        ] * 2


async def test_lists_of_another_currency_and_of_a_step_have_an_index_each(pool: Pool) -> None:
    for query, index in (
        (
            "SELECT id FROM purchase_requests WHERE currency = 'USD' ORDER BY total DESC, id DESC LIMIT 50",
            "purchase_requests_currency",
        ),
        ("SELECT request_id FROM assignments WHERE state = 'open' AND step = 'nowhere'", "assignments_open_step"),
    ):
        plan = "\n".join(str(row[0]) for row in await pool.fetch(f"EXPLAIN {query}"))
        assert index in plan, plan


async def test_request_numbers_grow_past_six_digits(pool: Pool) -> None:
    await pool.execute("SELECT next_request_number(2098)")
    await pool.execute("SELECT setval('purchase_request_number_2098', 999999)")

    assert await pool.fetchval("SELECT next_request_number(2098)") == "YCMH-2098-1000000"


async def test_the_millionth_request_of_a_year_comes_after_the_one_before_and_before_the_next_year(pool: Pool) -> None:
    await pool.execute("SELECT next_request_number(2096)")
    await pool.execute("SELECT setval('purchase_request_number_2096', 999998)")
    given = [(await save(pool, today=date(year, 1, 1))).id for year in (2096, 2096, 2097)]
    for sort, wanted in (("number", given), ("-number", given[::-1])):
        pages = await _all_pages(pool, EVERYTHING, Filters(), sort)
        assert [found for found in pages if found in given] == wanted
    plan = await pool.fetch(
        "EXPLAIN SELECT id FROM purchase_requests r ORDER BY request_number_order(r.number) DESC, id DESC LIMIT 50"
    )
    assert "purchase_requests_number_order" in " ".join(row[0] for row in plan)
