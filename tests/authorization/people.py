"""The people of the matrix, and how each of them comes in: with a token to the API, with a session to the pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx
from fastapi import FastAPI

from crm.pool import Pool
from tests.clients import ApiClient
from tests.web.browser import Visitor, visitor

USERNAMES: Final = {
    "owner": "sales1",
    "colleague": "sales2",
    "manager": "manager1",
    "elsewhere": "manager2",
    "earlier": "first1",
    "open": "second1",
    "later": "third1",
    "stand-in": "standin1",
    "director": "director1",
    "purchasing": "purchasing1",
    "admin": "admin1",
    "owning admin": "admin2",
}
"""Who stands for each kind of person."""

STEPS: Final = {"earlier": "first", "open": "second", "later": "third"}
"""The step that each approver approves."""

WITH_ROLE: Final = {
    "sales": "sales1",
    "manager": "manager1",
    "director": "director1",
    "purchasing": "purchasing1",
    "admin": "admin1",
}
"""Who stands for each role."""


def owner_for(name: str) -> str:
    """Whose request it is that somebody does something with."""
    return name if name == "owning admin" else "owner"


async def join(pool: Pool) -> None:
    """Put those into the directory whom the demo has not: somebody below another manager, approvers, another admin."""
    await pool.execute(
        """INSERT INTO users (username, name, roles, manager) VALUES
               ('sales3', 'Miền Nam', '{sales}', 'manager2'), ('admin2', 'Quản trị viên', '{admin}', NULL),
               ('first1', 'Người Thứ Nhất', '{approver}', NULL), ('second1', 'Người Thứ Hai', '{approver}', NULL),
               ('third1', 'Người Thứ Ba', '{approver}', NULL), ('standin1', 'Người Thay Thế', '{approver}', NULL)
           ON CONFLICT DO NOTHING"""
    )


@dataclass(frozen=True)
class Person:
    """Somebody with a token and a browser."""

    name: str
    """What the matrix calls them."""
    api: ApiClient
    browser: Visitor
    csrf_token: str

    @property
    def step(self) -> str:
        """The step that they decide if they can, or else the one that is open."""
        return STEPS.get(self.name, "second")


@asynccontextmanager
async def signed_in(
    app: FastAPI, http: httpx.AsyncClient, usernames: Mapping[str, str]
) -> AsyncIterator[dict[str, Person]]:
    """Everybody, signed in to API and pages, by the name that the matrix has for them."""
    async with AsyncExitStack() as stack:
        people = {}
        for name, username in usernames.items():
            browser = await stack.enter_async_context(visitor(app, username))
            client = await ApiClient.signed_in(http, username)
            people[name] = Person(name, client, browser, await browser.token("/requests"))
        yield people
