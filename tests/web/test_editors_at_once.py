"""Two admins in the editor of one process: one is saved, the other is told who was first and keeps what was typed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI

from crm import publishing
from crm.pool import Pool
from tests.web.browser import Visitor, value_of, visitor
from tests.web.editor import PROCESS, problems_of, save_new


@pytest_asyncio.fixture(loop_scope="session")
async def two_admins(app: FastAPI, pool: Pool) -> AsyncIterator[dict[str, Visitor]]:
    """Two admins with a browser each, by name."""
    await pool.execute("UPDATE users SET roles = array_append(roles, 'admin') WHERE username = 'manager2'")
    async with visitor(app, "admin1") as one, visitor(app, "manager2") as other:
        yield {"Bùi Quang Huy": one, "Phạm Thị Thu Hà": other}
    await pool.execute("UPDATE users SET roles = array_remove(roles, 'admin') WHERE username = 'manager2'")


@pytest.fixture
def checked_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who save have both been found right before either is saved."""
    check, both = publishing.check_document, asyncio.Barrier(2)
    saving = {"left": 2}

    async def checked(*args: Any, **keywords: Any) -> Any:
        found = await check(*args, **keywords)
        if saving["left"] and found.key != "new-process":  # the example that the editor opens with
            saving["left"] -= 1
            await both.wait()
        return found

    monkeypatch.setattr(publishing, "check_document", checked)


def typed(html: str) -> str:
    """What is in the editor of a page."""
    return unescape(html.split("<textarea")[1].split(">\n", 1)[1].split("</textarea>")[0])


def told(html: str) -> str:
    """What a page says on top, and everything else that people read on it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


async def test_of_two_admins_who_make_one_process_at_once_the_second_is_told_and_keeps_what_was_typed(
    two_admins: dict[str, Visitor], checked_together: None
) -> None:
    documents = {name: PROCESS.format(key="both-new", name=name) for name in two_admins}
    pages = await asyncio.gather(*(save_new(person, documents[name]) for name, person in two_admins.items()))
    answers = dict(zip(two_admins, pages, strict=True))
    assert sorted(answer.status_code for answer in pages) == [303, 409]
    winner, loser = sorted(answers, key=lambda name: answers[name].status_code)
    html = answers[loser].text
    assert re.search(
        rf"There is a process with this key already {winner} saved it on \d{{1,2}} [A-Z][a-z]+ \d{{4}}, \d\d:\d\d\. "
        "Yours is not saved; choose another key for it.",
        told(html),
    )
    assert typed(html) == documents[loser]
    assert problems_of(html) == [(3, "this key is taken by another process; choose another one")]
    again = await save_new(two_admins[loser], documents[loser])
    assert (again.status_code, typed(again.text)) == (422, documents[loser])
    assert f"{winner} saved it on" in told(again.text)
    assert f"name: {winner}" in await two_admins[loser].read("/admin/processes/both-new")


async def test_of_two_admins_who_save_one_draft_at_once_the_second_is_told_and_keeps_what_was_typed(
    two_admins: dict[str, Visitor], request: pytest.FixtureRequest
) -> None:
    await save_new(next(iter(two_admins.values())), PROCESS.format(key="both-edit", name="Chung"))
    request.getfixturevalue("checked_together")
    documents = {name: PROCESS.format(key="both-edit", name=name) for name in two_admins}
    fields = {name: {"document": documents[name], "seen": "1"} for name in two_admins}
    address = "/admin/processes/both-edit/edit"
    pages = await asyncio.gather(
        *(person.post(address, fields[name], page="/admin/processes") for name, person in two_admins.items())
    )
    answers = dict(zip(two_admins, pages, strict=True))
    assert sorted(answer.status_code for answer in pages) == [303, 409]
    winner, loser = sorted(answers, key=lambda name: answers[name].status_code)
    html = answers[loser].text
    assert re.search(
        rf"Somebody saved another draft meanwhile {winner} saved it on \d{{1,2}} [A-Z][a-z]+ \d{{4}}, \d\d:\d\d\. "
        "Yours is not saved. Save again to replace theirs",
        told(html),
    )
    assert typed(html) == documents[loser]
    seen = value_of(html, "seen")
    assert seen == "2"
    again = await two_admins[loser].post(address, fields[loser] | {"seen": seen}, page="/admin/processes")
    assert again.status_code == 303
    assert f"name: {loser}" in await two_admins[loser].read("/admin/processes/both-edit")
