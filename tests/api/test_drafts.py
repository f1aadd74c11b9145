"""Admins who save the draft of one process: nobody replaces a draft unseen who says which one was seen."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from crm.pool import Pool
from tests.api.setting import DIRECTOR_ONLY
from tests.clients import BASE, ApiClient
from tests.conftest import SignIn

MANAGER_ONLY = [{"key": "manager", "name": "Manager", "approvers": [{"manager": 1}]}]


@pytest_asyncio.fixture(loop_scope="session")
async def second_admin(sign_in: SignIn, pool: Pool) -> AsyncIterator[ApiClient]:
    """Somebody who is an admin too."""
    await pool.execute("UPDATE users SET roles = array_append(roles, 'admin') WHERE username = 'manager2'")
    yield await sign_in("manager2")
    await pool.execute("UPDATE users SET roles = array_remove(roles, 'admin') WHERE username = 'manager2'")


async def _put(admin: ApiClient, key: str, steps: list[dict[str, Any]], **seen: str) -> httpx.Response:
    """Save a draft, in answer to the one that was seen if any."""
    document = {"key": key, "name": {"vi": "Quy trình", "en": "Process"}, "steps": steps}
    headers = {"Authorization": f"Bearer {admin.token}", "Accept-Language": "en"}
    headers |= {name.replace("_", "-"): value for name, value in seen.items()}
    return await admin.http.put(f"{BASE}/processes/{key}/draft", json=document, headers=headers)


async def test_the_etag_of_a_process_is_that_of_its_draft(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    first = await _put(admin, "etag", MANAGER_ONLY, If_None_Match="*")
    assert (first.status_code, first.headers["ETag"]) == (200, '"1"')
    await admin.call("POST", "/processes/etag/publish")
    assert (await admin.call("GET", "/processes/etag")).headers["ETag"] == '"1"', "publishing changes no draft"
    second = await _put(admin, "etag", DIRECTOR_ONLY, If_Match=first.headers["ETag"])
    assert (second.status_code, second.headers["ETag"], second.json()["draft_version"]) == (200, '"2"', 2)


@pytest.mark.parametrize("seen", [{"If_None_Match": "*"}, {"If_Match": '"1"'}])
async def test_of_two_admins_who_save_at_once_the_second_is_told_who_was_first(
    seen: dict[str, str], sign_in: SignIn, second_admin: ApiClient
) -> None:
    admin = await sign_in("admin1")
    key = f"at-once-{'new' if 'If_None_Match' in seen else 'again'}"
    if "If_Match" in seen:
        await _put(admin, key, MANAGER_ONLY)
    people = {admin.username: "Bùi Quang Huy", second_admin.username: "Phạm Thị Thu Hà"}
    steps = {person: [{**DIRECTOR_ONLY[0], "name": name}] for person, name in people.items()}
    both = (admin, second_admin)
    answers = await asyncio.gather(*(_put(person, key, steps[person.username], **seen) for person in both))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    winner, loser = both if answers[0].status_code == 200 else both[::-1]
    problem = next(answer for answer in answers if answer.status_code == 412).json()
    assert (problem["code"], problem["title"]) == ("stale_version", "Somebody saved another draft meanwhile")
    assert re.fullmatch(
        rf"{people[winner.username]} saved it on \d{{1,2}} [A-Z][a-z]+ \d{{4}}, \d\d:\d\d\.", problem["detail"]
    )
    kept = await admin.get(f"/processes/{key}")
    assert kept["draft"]["steps"][0]["name"]["en"] == people[winner.username]

    again = await _put(loser, key, steps[loser.username], If_Match=f'"{kept["draft_version"]}"')
    assert (again.status_code, again.json()["draft_version"]) == (200, kept["draft_version"] + 1)


async def test_a_draft_that_is_saved_without_having_seen_any_replaces_whichever_there_is(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    for steps in (MANAGER_ONLY, DIRECTOR_ONLY):
        assert (await _put(admin, "unseen", steps)).status_code == 200
    process = await admin.get("/processes/unseen")
    assert (process["draft"]["steps"][0]["key"], process["draft_version"]) == ("director", 2)


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        ({"If_Match": '"1"'}, 412),
        ({"If_Match": '"0"'}, 412),
        ({"If_Match": "yesterday"}, 412),
        ({"If_Match": '"1"', "If_None_Match": "*"}, 412),
        ({"If_None_Match": '"1"'}, 422),
    ],
)
async def test_a_draft_that_cannot_have_been_seen_is_not_replaced(
    seen: dict[str, str], status: int, sign_in: SignIn
) -> None:
    admin = await sign_in("admin1")
    answer = await _put(admin, "never-seen", MANAGER_ONLY, **seen)
    assert (answer.status_code, answer.json()["code"]) == (status, "stale_version" if status == 412 else "invalid")
    assert (await admin.call("GET", "/processes/never-seen")).status_code == 404
