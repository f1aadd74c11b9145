"""What a page asks of the database, in exact numbers: a change that adds a statement has to say so here."""

from __future__ import annotations

import pytest
import pytest_asyncio
from fastapi import FastAPI

from tests.api.setting import completed, sent
from tests.conftest import SignIn
from tests.statements import asked_by, listen
from tests.web.browser import visitor

WHO = 1
"""Who is signed in, who reports to them, and how many requests wait on them: before every page."""

Addresses = dict[str, str]


@pytest.fixture(scope="module", autouse=True)
def _listening(monkeypatch_module: pytest.MonkeyPatch) -> None:
    listen(monkeypatch_module)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def addresses(sign_in: SignIn, running_worker: None) -> Addresses:
    """The ids that the addresses of pages are made of."""
    sales1, manager1 = await sign_in("sales1"), await sign_in("manager1")
    order = (await sales1.get("/sales-orders"))["items"][0]["id"]
    source = {"source": {"type": "sales_order", "id": order}}
    returned = await sent(sales1, **source)
    await manager1.done(returned["id"], "reject", {"step": "manager", "note": "Thiếu báo giá"})
    return {
        "order": order,
        "draft": (await sales1.create())["id"],
        "sent": (await sent(sales1, **source))["id"],
        "returned": returned["id"],
        "completed": (await completed(sales1, manager1))["id"],
    }


@pytest.mark.parametrize(
    ("username", "page", "statements"),
    [
        ("sales1", "/", 4),  # what waits, what is asked, how one's own stands, what lists show of it
        ("sales1", "/requests", 3),  # the views, the list, the departments to choose from
        ("manager1", "/overview", 2),  # the figures, the names of steps
        # The request, the newest of its timeline, what is only counted of it, its rounds, its files, its process's name,
        # how long steps take, what is said about it, who watches it.
        ("sales1", "/requests/{sent}", 9),
        ("sales1", "/requests/{completed}", 8),
        ("sales1", "/requests/{draft}", 9),  # no process of its own yet; what a send would run: a process, its people
        ("sales1", "/requests/{returned}", 10),
        ("sales1", "/requests/{sent}/comments", 3),
        ("sales1", "/requests/{completed}/print", 4),  # the request, its story, its rounds, its process's name
        ("sales1", "/requests/{sent}/timeline", 4),
        ("sales1", "/requests/new", 0),
        ("sales1", "/requests/new?source_type=sales_order&source_id={order}", 2),  # the order, its goods
        ("sales1", "/requests/{draft}/edit", 1),
        ("sales1", "/requests/{draft}/send", 3),
        ("manager1", "/inbox", 2),  # what waits, what is asked
        # As the request's page; the order, its goods, other requests for it, whom one can ask.
        ("manager1", "/inbox/{sent}", 13),
        ("manager1", "/inbox/{sent}/preview", 3),  # the request, the order, its goods
        ("purchasing1", "/purchasing", 2),  # the list, what has come
        ("purchasing1", "/purchasing/{completed}", 2),  # the request, what was reported
        ("purchasing1", "/purchasing/to-buy", 1),
        ("sales1", "/orders", 1),
        ("sales1", "/orders/{order}", 3),  # the order, its goods, its requests
    ],
)
async def test_a_page_costs_so_many_statements(
    app: FastAPI, addresses: Addresses, username: str, page: str, statements: int
) -> None:
    async with visitor(app, username) as person:
        asked = await asked_by(person.read(page.format(**addresses)))
    assert len(asked) == WHO + statements, "\n----\n".join(asked)
