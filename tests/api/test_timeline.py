"""The timeline is read in pages, and its page is small however much was tried."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from fastapi import FastAPI
from uuid_utils.compat import uuid7

from crm.pool import Pool
from tests.api.setting import sent
from tests.api.test_problems import problem
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.statements import asked_by, listen
from tests.web.browser import visitor

MANY = 1_100
NOTE = "Không đồng ý với số lượng này. " * 10


@pytest.fixture(scope="module", autouse=True)
def _listening(monkeypatch_module: pytest.MonkeyPatch) -> None:
    listen(monkeypatch_module)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def long_story(sign_in: SignIn, pool: Pool, running_worker: None) -> Any:
    """A request that was sent, on which very much was refused before anything of that was only counted."""
    request = await sent(await sign_in("sales1"))
    entries = [
        (
            UUID(request["id"]),
            uuid7(),
            datetime.now(UTC),
            "approve",
            "manager2",
            1,
            f"{number}: {NOTE}",
            {"code": "not_your_step"},
        )
        for number in range(MANY)
    ]
    await pool.executemany(
        """INSERT INTO timeline (request_id, command_id, at, action, actor, round, note, accepted, refusal)
           VALUES ($1, $2, $3, $4, $5, $6, $7, false, $8)""",
        entries,
    )
    return request


async def _pages(client: ApiClient, path: str, limit: str) -> list[list[Any]]:
    pages: list[list[Any]] = []
    cursor = ""
    while True:
        page = await client.get(f"{path}?{limit}{cursor}")
        pages.append(page["items"])
        if page["next_cursor"] is None:
            return pages
        cursor = f"&cursor={page['next_cursor']}"


async def test_a_page_without_a_limit_has_two_hundred_entries(long_story: Any, sign_in: SignIn) -> None:
    page = await (await sign_in("sales1")).get(f"/purchase-requests/{long_story['id']}/timeline")
    assert len(page["items"]) == 200
    assert [item["action"] for item in page["items"][:2]] == ["create", "send"]
    assert page["next_cursor"]


@pytest.mark.parametrize("limit", ["limit=200", "limit=37", ""])
async def test_the_pages_together_are_the_whole_timeline_oldest_first(
    limit: str, long_story: Any, sign_in: SignIn
) -> None:
    pages = await _pages(await sign_in("sales1"), f"/purchase-requests/{long_story['id']}/timeline", limit)
    items = [item for page in pages for item in page]
    size = int(limit.removeprefix("limit=") or 200)
    assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert [item["action"] for item in items[:2]] == ["create", "send"]
    assert [item["note"].split(":")[0] for item in items[2:]] == [str(number) for number in range(MANY)]


async def test_a_page_that_ends_with_the_last_entry_is_the_last_one(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    path = f"/purchase-requests/{request['id']}/timeline"
    assert [len(page) for page in await _pages(sales, path, "limit=2")] == [2]
    assert [len(page) for page in await _pages(sales, path, "limit=1")] == [1, 1]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "cursor=x", "cursor=WyJ0aW1lbGluZSIsICIxIiwgIjEiXQ", "page=2"]
)
async def test_what_is_no_place_in_a_timeline_is_refused(query: str, long_story: Any, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    problem(await sales.call("GET", f"/purchase-requests/{long_story['id']}/timeline?{query}"), "invalid")


async def test_a_cursor_belongs_to_the_timeline_that_gave_it(long_story: Any, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    cursor = (await sales.get(f"/purchase-requests/{long_story['id']}/timeline"))["next_cursor"]
    other = await sales.create()
    problem(await sales.call("GET", f"/purchase-requests/{other['id']}/timeline?cursor={cursor}"), "invalid")
    in_lists = (await sales.get("/purchase-requests?limit=1"))["next_cursor"]
    problem(await sales.call("GET", f"/purchase-requests/{long_story['id']}/timeline?cursor={in_lists}"), "invalid")


async def test_the_page_of_a_request_shows_the_newest_and_leads_to_the_rest_without_script(
    app: FastAPI, long_story: Any
) -> None:
    async with visitor(app, "sales1") as person:
        page = await person.read(f"/requests/{long_story['id']}")
        assert len(page.encode()) < 200_000
        assert page.count("story-item") == 30
        assert f">{MANY - 1}: " in page
        assert f">{MANY - 31}: " not in page
        assert "Nguyễn Văn An" in page  # whoever sent it: the picture of the run has all that the run accepted
        address = _link(page, "Show earlier")
        assert address == f"/requests/{long_story['id']}?entries=200#story-title"
        more = await person.read(address)
        assert more.count("story-item") == 200
        address = _link(more, "Show earlier")
        seen = [f">{MANY - place}: " in more for place in range(1, 201)]
        assert all(seen)
        number = MANY - 201
        while address is not None:
            page = await person.read(address)
            assert len(page.encode()) < 500_000
            address = _link(page, "Next page")
            for _ in range(page.count("story-item") - (0 if address else 2)):  # at last, what made and sent it
                assert f">{number}: " in page, number
                number -= 1
        assert number == -1
        assert page.count("is-send") == 1


async def test_the_page_of_a_request_asks_no_more_for_a_long_story(
    app: FastAPI, long_story: Any, sign_in: SignIn
) -> None:
    short_story = await sent(await sign_in("sales1"))
    async with visitor(app, "sales1") as person:
        asked = [await asked_by(person.read(f"/requests/{story['id']}")) for story in (short_story, long_story)]
    assert sorted(asked[0]) == sorted(asked[1])


@pytest.mark.parametrize("query", ["entries=0", "entries=201", "entries=x"])
async def test_a_page_shows_no_more_than_so_many_entries(query: str, app: FastAPI, long_story: Any) -> None:
    async with visitor(app, "sales1") as person:
        assert (await person.get(f"/requests/{long_story['id']}?{query}")).status_code == 404


async def test_a_timeline_is_shown_to_those_who_may_see_the_request(app: FastAPI, long_story: Any) -> None:
    async with visitor(app, "sales2") as stranger:
        assert (await stranger.get(f"/requests/{long_story['id']}/timeline")).status_code == 404


def _link(page: str, text: str) -> str | None:
    """Where the link with this text leads."""
    found = re.search(rf'<a [^>]*href="([^"]*)"[^>]*>(?:<svg.*?</svg>)? ?{text}', page)
    return unescape(found[1]) if found else None
