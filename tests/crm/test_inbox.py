"""A narrowed inbox has exactly what the whole one has that fits, in the same order, in keyset pages; also a substitute's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from application.caller import load_caller
from approval.incoming import SourceType
from approval.votes import DecisionRule
from crm import flags, inbox
from crm.drafts import LineDraft, SourceRef
from crm.inbox import InboxFilters, InboxItem
from crm.pool import Pool, create_pool
from crm.search_text import fold
from tests.crm.saved import DIRECTOR1, MANAGER1, NOW, SavedRun, save, stand_in, step

PEOPLE = ("newcomer", "manager1", "director1", "sales1")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def some_requests(database_url: str) -> None:
    """Two dozen that wait on the manager, on the director, on both, of two owners, with and without an order; some late, some flagged."""
    pool = await create_pool(database_url, 2)
    await pool.execute(
        "INSERT INTO users (username, name, roles) VALUES ('newcomer', 'Mới', '{manager}'), ('seller1', 'Bán', '{sales}')"
    )
    await stand_in(database_url)
    order = await pool.fetchval("SELECT id FROM sources WHERE type = 'sales_order' ORDER BY id LIMIT 1")
    source = SourceRef(type=SourceType.SALES_ORDER, id=order)
    plans = (
        (step("first", MANAGER1),),
        (step("first", DIRECTOR1),),
        (step("both", DIRECTOR1, MANAGER1, rule=DecisionRule.ALL),),
    )
    for number in range(24):
        line = LineDraft(product_code="A-1", description="Máy chủ", quantity=Decimal(2), unit_price=Decimal(1))
        saved = await save(
            pool,
            lines=(line,),
            source=source if number % 4 == 0 else None,
            purpose="Thay két Xsafe" if number % 5 == 0 else "Dự phòng",
        )
        await SavedRun.sent(pool, saved, *plans[number % len(plans)])
        if number % 3 == 0:
            await pool.execute(
                """UPDATE purchase_requests SET owner = 'sales2', search_text = replace(search_text, 'nguyen van an', 'pham thu')
                   WHERE id = $1""",
                saved.id,
            )
        due = None if number % 6 == 0 else datetime.now(UTC) + timedelta(hours=number - 12, minutes=30)
        await pool.execute("UPDATE assignments SET due_at = $2 WHERE request_id = $1", saved.id, due)
        if number % 7 == 0:
            for username in PEOPLE:
                assert await flags.put(pool, username, saved.id, at=NOW)
    await pool.close()


def _late(item: InboxItem) -> bool:
    return item.deadline is not None and item.deadline < datetime.now(UTC)


CASES: dict[str, tuple[InboxFilters, Callable[[InboxItem, str], bool]]] = {
    "overdue": (InboxFilters(overdue=True), lambda item, _: _late(item)),
    "flagged": (InboxFilters(flagged=True), lambda item, _: item.flagged),
    "purpose": (InboxFilters(q="XSAFE"), lambda item, _: "Xsafe" in item.purpose),
    "requester": (InboxFilters(q="PHẠM THU"), lambda item, _: item.owner.username == "sales2"),
    "goods and purpose": (InboxFilters(q="xsafe may chu"), lambda item, _: "Xsafe" in item.purpose),
    "one's own": (InboxFilters(waiting_on="director1"), lambda item, who: on(item, who) == "director1"),
    "late, flagged, of one": (
        InboxFilters(overdue=True, flagged=True, waiting_on="manager1"),
        lambda item, who: _late(item) and item.flagged and on(item, who) == "manager1",
    ),
    "nothing": (InboxFilters(q="khongco"), lambda *_: False),
    "nobody": (InboxFilters(waiting_on="purchasing1"), lambda *_: False),
}


def on(item: InboxItem, reader: str) -> str:
    """On whom it waits."""
    return item.acting_for.username if item.acting_for else reader


async def _all_pages(pool: Pool, username: str, filters: InboxFilters, limit: int) -> list[InboxItem]:
    caller = await load_caller(pool, username)
    assert caller is not None
    found: list[InboxItem] = []
    cursor = None
    while True:
        page = await inbox.page(pool, caller.viewer, filters, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("username", PEOPLE)
@pytest.mark.parametrize("case", CASES)
async def test_a_narrowed_inbox_has_what_fits_of_the_whole_one(pool: Pool, username: str, case: str) -> None:
    filters, fits = CASES[case]
    whole = await _all_pages(pool, username, inbox.EVERYTHING, 200)
    assert bool(whole) == (username != "sales1")
    expected = [(item.id, item.step) for item in whole if fits(item, username)]
    for limit in (1, 3, 200):
        found = await _all_pages(pool, username, filters, limit)
        assert [(item.id, item.step) for item in found] == expected


async def test_an_inbox_is_searched_by_customer_and_number(pool: Pool) -> None:
    whole = await _all_pages(pool, "manager1", inbox.EVERYTHING, 200)
    customer = next(item.customer for item in whole if item.customer)
    for_them = [item.id for item in whole if item.customer]
    assert 0 < len(for_them) < len(whole)
    found = await _all_pages(pool, "manager1", InboxFilters(q=fold(customer)), 200)
    assert [item.id for item in found] == for_them
    both = await _all_pages(pool, "manager1", InboxFilters(q=f"xsafe {customer}"), 200)
    assert [item.id for item in both] == [item.id for item in whole if item.customer and "Xsafe" in item.purpose] != []
    found = await _all_pages(pool, "manager1", InboxFilters(q=whole[3].number), 200)
    assert [item.id for item in found] == [whole[3].id]


async def test_no_more_are_flagged_than_one_may(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    flagged = {item.id for item in await _all_pages(pool, "director1", InboxFilters(flagged=True), 200)}
    other = next(
        item.id for item in await _all_pages(pool, "director1", inbox.EVERYTHING, 200) if item.id not in flagged
    )
    has = await pool.fetchval("SELECT count(*) FROM request_flags WHERE username = 'director1'")
    monkeypatch.setattr(flags, "MOST_FLAGS", has)
    assert not await flags.put(pool, "director1", other, at=NOW)
    assert await flags.put(pool, "director1", next(iter(flagged)), at=NOW), "what is flagged stays so"
    await flags.take_off(pool, "director1", next(iter(flagged)))
    assert await flags.put(pool, "director1", other, at=NOW)
