"""Whoever tries the same again and again is refused each time, gets each answer, and fills nobody's timeline."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from temporalio.client import Client

from application.streams import Stream
from crm.pool import Pool
from crm.refusals import KEPT_OF_A_DAY
from tests.api.setting import SMALL, completed, sent
from tests.api.test_problems import problem
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.web.browser import visitor
from workflows.contracts import workflow_id

pytestmark = pytest.mark.usefixtures("running_worker")

MORE = 7
EARLY = {"step": "director"}


async def timeline(client: ApiClient, request_id: str) -> tuple[list[Any], list[Any]]:
    """What is on a timeline of refused attempts, and what is only counted."""
    page = await client.get(f"/purchase-requests/{request_id}/timeline")
    return [item for item in page["items"] if item["outcome"] == "refused"], page["further_refusals"]


async def approve(approver: ApiClient, request_id: str, body: Any, times: int) -> list[str]:
    """Try to approve so often, a command each; their ids."""
    ids = [str(uuid4()) for _ in range(times)]
    for command_id in ids:
        answer = await approver.act(request_id, "approve", {**body, "command_id": command_id})
        assert answer.status_code in (403, 409), answer.text
    return ids


@pytest.mark.parametrize("refused_by", ["the run", "the API"])
async def test_each_attempt_has_its_answer_and_the_timeline_the_first_ones(refused_by: str, sign_in: SignIn) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    if refused_by == "the run":
        request, body, code, who = await sent(sales), EARLY, "step_closed", director
    else:
        request, body, code, who = await completed(sales, manager), {"step": "manager"}, "run_ended", manager
    path = f"/purchase-requests/{request['id']}"
    ids = await approve(who, request["id"], body, KEPT_OF_A_DAY + MORE)
    kept, further = await timeline(sales, request["id"])
    assert [item["command_id"] for item in kept] == ids[:KEPT_OF_A_DAY]
    (counted,) = further
    assert counted["actor"]["username"] == who.username
    assert (counted["count"], counted["codes"]) == (MORE, {code: MORE})
    assert counted["last_at"] >= kept[-1]["recorded_at"]
    for command_id in (ids[0], ids[-1]):
        state = await who.get(f"{path}/commands/{command_id}")
        assert (state["status"], state["code"]) == ("refused", code)
        problem(await who.act(request["id"], "approve", {**body, "command_id": command_id}), code)
    assert await timeline(sales, request["id"]) == (kept, further)
    assert (await sales.request(request["id"]))["version"] == request["version"]


async def test_a_command_that_was_only_counted_decides_nothing_when_it_comes_again_in_time(sign_in: SignIn) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    request = await sent(sales)
    command_id = (await approve(director, request["id"], EARLY, KEPT_OF_A_DAY + 1))[-1]
    await manager.done(request["id"], "approve", {"step": "manager"})
    problem(await director.act(request["id"], "approve", {**EARLY, "command_id": command_id}), "step_closed")
    assert (await sales.request(request["id"]))["run"]["step"]["key"] == "director"
    assert (await director.done(request["id"], "approve", EARLY))["process_status"] == "completed"


async def test_of_attempts_at_once_each_has_its_answer(sign_in: SignIn) -> None:
    sales, director = await sign_in("sales1"), await sign_in("director1")
    request = await sent(sales)
    number = 2 * KEPT_OF_A_DAY
    answers = await asyncio.gather(*(director.act(request["id"], "approve", EARLY) for _ in range(number)))
    for answer in answers:
        problem(answer, "step_closed")
    kept, further = await timeline(sales, request["id"])
    assert (len(kept), further[0]["count"]) == (KEPT_OF_A_DAY, number - KEPT_OF_A_DAY)


async def test_an_idempotency_key_gets_the_refusal_that_was_only_counted_again(sign_in: SignIn) -> None:
    sales, director, key = await sign_in("sales1"), await sign_in("director1"), str(uuid4())
    request = await sent(sales)
    await approve(director, request["id"], EARLY, KEPT_OF_A_DAY)
    first, again = [await director.act(request["id"], "approve", EARLY, Idempotency_Key=key) for _ in range(2)]
    assert problem(first, "step_closed") == problem(again, "step_closed")
    assert again.headers["idempotent-replayed"] == "true"
    assert (await timeline(sales, request["id"]))[1][0]["count"] == 1


async def test_refused_edits_and_deletions_are_counted_too(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    draft = await sales.create()
    path = f"/purchase-requests/{draft['id']}"
    for _ in range(KEPT_OF_A_DAY // 2 + 1):
        problem(await manager.call("PATCH", path, {"purpose": "Khác"}, If_Match="*"), "forbidden")
        problem(await manager.call("DELETE", path), "forbidden")
    kept, further = await timeline(sales, draft["id"])
    assert (len(kept), further[0]["count"], further[0]["codes"]) == (KEPT_OF_A_DAY, 2, {"forbidden": 2})
    assert (await sales.call("DELETE", path)).status_code == 204


async def test_signals_under_made_up_names_are_counted_together_and_the_run_goes_on(
    sign_in: SignIn, temporal_client: Client, app: FastAPI
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    run = temporal_client.get_workflow_handle(workflow_id(UUID(request["id"])))
    for number in range(KEPT_OF_A_DAY + MORE):
        signal = {"command_id": str(uuid4()), "actor": f"somebody{number}", "step": "manager"}
        await run.signal("approve", signal)

    async def all_are_recorded() -> bool:
        kept, further = await timeline(sales, request["id"])
        return bool(len(kept) + sum(one["count"] for one in further) == KEPT_OF_A_DAY + MORE)

    await eventually(all_are_recorded)
    kept, further = await timeline(sales, request["id"])
    assert len(kept) == KEPT_OF_A_DAY
    assert [(one["actor"], one["count"], one["codes"]) for one in further] == [(None, MORE, {"not_your_step": MORE})]
    assert (await manager.done(request["id"], "approve", {"step": "manager"}))["process_status"] == "completed"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "and 7 more refused attempts by Trần Thị Minh Nguyệt: Already decided (7)"),
        ("vi", "và thêm 7 lần bị từ chối của Trần Thị Minh Nguyệt: Đã có quyết định trước (7)"),
    ],
)
async def test_what_is_counted_is_one_line_in_the_language_of_the_reader(
    language: Any, words: str, sign_in: SignIn, app: FastAPI
) -> None:
    sales, director = await sign_in("sales1"), await sign_in("director1")
    request = await sent(sales)
    await approve(director, request["id"], EARLY, KEPT_OF_A_DAY + MORE)
    reader = ApiClient(sales.http, "sales1", sales.token, language)
    assert (await timeline(reader, request["id"]))[1][0]["detail"] == words
    async with visitor(app, "sales1", language=language) as person:
        for page in (f"/requests/{request['id']}", f"/requests/{request['id']}/timeline"):
            shown = await person.read(page)
            assert shown.count(words) == 1
            assert shown.count("story-item") == 2 + KEPT_OF_A_DAY + 1


async def told_before(stream: Stream, last: dict[str, Any]) -> set[UUID]:
    """The requests that an open page is told of before, or together with, the last one, which was made after all others."""
    told: set[UUID] = set()
    while UUID(last["id"]) not in told:
        changes = await asyncio.wait_for(stream.changes(30), 30)
        assert changes is not None
        told |= changes.request_ids
    return told - {UUID(last["id"])}


async def test_open_pages_are_told_of_what_the_timeline_shows_and_not_of_what_is_counted(
    sign_in: SignIn, app: FastAPI
) -> None:
    sales, director = await sign_in("sales1"), await sign_in("director1")
    request = await sent(sales)
    await approve(director, request["id"], EARLY, KEPT_OF_A_DAY - 1)
    with app.state.streams.open("sales1", "a session") as stream:
        await told_before(stream, await sales.create())  # what was done before may be told of late
        await approve(director, request["id"], EARLY, 1)
        assert await told_before(stream, await sales.create()) == {UUID(request["id"])}
        await approve(director, request["id"], EARLY, MORE)
        assert await told_before(stream, await sales.create()) == set()


async def test_eleven_hundred_refused_attempts_make_a_small_page(sign_in: SignIn, app: FastAPI, pool: Pool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await completed(sales, manager)
    body = {"step": "manager", "note": "Không đồng ý với số lượng này. " * 100}
    for _ in range(11):
        answers = await asyncio.gather(*(manager.act(request["id"], "approve", body) for _ in range(100)))
        assert {answer.status_code for answer in answers} == {409}
    async with visitor(app, "sales1") as person:
        page = await person.read(f"/requests/{request['id']}")
    assert len(page.encode()) < 200_000
    assert f"and {1100 - KEPT_OF_A_DAY:,} more refused attempts by Lê Hoàng Nam" in page
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE request_id = $1", UUID(request["id"])) < 30
