"""What queries show a substitute is what the rules let them decide: the same requests, each step once, in keyset pages."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
import pytest_asyncio

from application.caller import load_caller
from application.permissions import place_to_decide
from approval.model import Action, Code
from approval.votes import DecisionRule
from crm import inbox
from crm.drafts import LineDraft
from crm.pool import Pool, create_pool
from crm.requests import load
from crm.standing_in import MOST_COUNTED
from crm.visibility import EVERYTHING
from tests.crm.saved import DIRECTOR1, MANAGER1, SavedRun, save, stand_in, step

PEOPLE = ("newcomer", "purchasing1", "seller1", "sales1", "manager1", "director1")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def some_requests(database_url: str) -> None:
    """Some that wait on the manager, on the director, and on both, small and large ones."""
    pool = await create_pool(database_url, 2)
    await pool.execute(
        "INSERT INTO users (username, name, roles) VALUES ('newcomer', 'Mới', '{manager}'), ('seller1', 'Bán', '{sales}')"
    )
    await stand_in(database_url)
    steps = (
        (step("first", MANAGER1), step("second", DIRECTOR1)),
        (step("first", DIRECTOR1),),
        (step("both", DIRECTOR1, MANAGER1, rule=DecisionRule.ALL),),
    )
    for price, plans in product((1, 20_000_000, 90_000_000), steps):
        line = LineDraft(product_code="A-1", description="Máy chủ", quantity=Decimal(2), unit_price=Decimal(price))
        run = await SavedRun.sent(pool, await save(pool, lines=(line,)), *plans)
        if price == 1:
            assert await run.decide(Action.APPROVE, DIRECTOR1) in (None, Code.NOT_YOUR_STEP)
    await pool.close()


@pytest.mark.parametrize("username", PEOPLE)
async def test_the_inbox_is_what_the_rules_let_one_decide(pool: Pool, username: str) -> None:
    caller = await load_caller(pool, username)
    assert caller is not None
    shown: dict[tuple[object, str], str] = {}
    cursor = None
    while True:
        page = await inbox.page(pool, caller.viewer, limit=7, cursor=cursor)
        for item in page.items:
            assert (item.id, item.step) not in shown, "a step is there twice"
            shown[item.id, item.step] = item.acting_for.username if item.acting_for else username
        cursor = page.next_cursor
        if cursor is None:
            break
    decidable: dict[tuple[object, str], str] = {}
    for row in await pool.fetch("SELECT id FROM purchase_requests WHERE process_status = 'in_progress'"):
        record = await load(pool, row["id"], EVERYTHING)
        assert record is not None
        for opened in record.run.open_steps if record.run else ():
            place = place_to_decide(record, caller, opened.plan.key)
            if place is not None:
                decidable[record.id, opened.plan.key] = place.assignment.person.username
    assert shown == decidable
    own = sum(who == username for who in decidable.values())
    assert await inbox.size(pool, username) == own + min(len(decidable) - own, MOST_COUNTED)
    if username in ("newcomer", "purchasing1", "manager1"):
        assert decidable
    if username == "newcomer":
        assert set(decidable.values()) == {"director1", "manager1"}
