"""What each role may use of that which is not about one request. Source: ``matrix.md``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import NamedTuple
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from crm.pool import Pool
from tests.api.setting import DIRECTOR_ONLY, draft, publish
from tests.authorization import people as everybody
from tests.authorization.calls import ask, reply
from tests.authorization.matrix import ROLES, Call, of_roles
from tests.authorization.people import USERNAMES, WITH_ROLE, Person
from tests.authorization.subjects import Subject, publish_and_connect

CALLS = [pytest.param(Call.read(row), cells, id=Call.read(row).label) for row, cells in of_roles().cells.items()]


class Setting(NamedTuple):
    """Who calls, and what there is to be named in a call."""

    people: dict[str, Person]
    sources: dict[str, str]
    """Ids of an order and of an opportunity, by the part of a path that says which is meant."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def setting(app: FastAPI, http: httpx.AsyncClient, pool: Pool, running_worker: None) -> AsyncIterator[Setting]:
    """One person with each role."""
    await everybody.join(pool)
    async with everybody.signed_in(app, http, WITH_ROLE) as people:
        await publish_and_connect(people["admin"].api, USERNAMES)
        sources = {}
        for kind in ("sales-orders", "opportunities"):
            source = (await people["sales"].api.get(f"/{kind}"))["items"][0]
            sources[kind] = source["id"]
        yield Setting(people, sources)


@pytest.mark.parametrize(("call", "cells"), CALLS)
async def test_a_role_may_use_what_the_matrix_says(
    call: Call, cells: dict[str, str], setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.routes.events.LONGEST_SECONDS", 0)  # of a stream it is enough to know that it begins
    kind = "opportunities" if "opportunities" in call.path else "sales-orders"
    subject = Subject(source_id=setting.sources[kind])
    if "{key}" in call.path:
        subject = replace(subject, process=f"process-{uuid4().hex}")
        make = draft if call.label.endswith(" of a draft") else publish
        await make(setting.people["admin"].api, subject.process, DIRECTOR_ONLY)
    answers = {}
    for role in ROLES:
        person = setting.people[role]
        answers[role] = await reply(call, person, await ask(call, person, subject))
    assert answers == cells
