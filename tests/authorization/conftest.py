"""Everybody whom the matrix names, and the requests that its cells are about."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
from fastapi import FastAPI

from crm.pool import Pool
from tests.authorization import people as everybody
from tests.authorization.people import USERNAMES, Person
from tests.authorization.subjects import Subjects, publish_and_connect, stand_in


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def people(
    app: FastAPI, http: httpx.AsyncClient, pool: Pool, running_worker: None
) -> AsyncIterator[dict[str, Person]]:
    """Everybody, signed in, and a process whose approvers they are."""
    await everybody.join(pool)
    async with everybody.signed_in(app, http, USERNAMES) as people:
        await publish_and_connect(people["admin"].api, USERNAMES)
        await stand_in(people["open"].api, USERNAMES["stand-in"])
        yield people


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def subjects(people: dict[str, Person]) -> Subjects:
    """Requests in each state."""
    return Subjects(people)
