"""Comments on a request through the API: said once, by whoever sees it, told to whom it concerns, and no part of the decision.

Source: notices.md, "Talking about a request".
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.calendars import Calendars
from application.caller import load_caller
from application.comments import Comments
from application.request_lock import RequestLock
from crm.pool import Pool
from notices.dispatch import Dispatcher, MailRules, ToPeople
from tests.api.setting import SMALL, completed, sent
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.crm.saved import CALENDAR

pytestmark = pytest.mark.usefixtures("running_worker")


async def say(client: ApiClient, request_id: str, text: str, **headers: str) -> Any:
    """A comment, which must be taken."""
    answer = await client.call("POST", f"/purchase-requests/{request_id}/comments", {"text": text}, **headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _refused(client: ApiClient, request_id: str, text: Any) -> Any:
    answer = await client.call("POST", f"/purchase-requests/{request_id}/comments", {"text": text})
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "invalid"
    return answer.json()["errors"]


async def _told(pool: Pool, request_id: str) -> list[dict[str, Any]]:
    rows = await pool.fetch(
        "SELECT facts FROM outbox WHERE request_id = $1 AND type = 'comment.added' ORDER BY sequence", UUID(request_id)
    )
    return [row["facts"] for row in rows]


async def test_a_comment_is_there_for_everybody_who_sees_the_request(sign_in: SignIn) -> None:
    sales, manager, other = await sign_in("sales1"), await sign_in("manager1"), await sign_in("sales2")
    request = await sales.create()
    said = await say(sales, request["id"], "@manager1 giá **đã gồm** VAT")
    assert said["author"] == {"username": "sales1", "name": "Nguyễn Văn An"}
    assert said["text"] == "@manager1 giá **đã gồm** VAT"
    assert said["html"].startswith('<p><span class="mention" title="manager1">@')
    assert [person["username"] for person in said["mentioned"]] == ["manager1"]
    assert (said["edited_at"], said["earlier"]) == (None, [])
    assert said["editable_until"] > said["written_at"]

    (seen,) = (await manager.get(f"/purchase-requests/{request['id']}/comments"))["items"]
    assert seen == {**said, "editable_until": None}
    hidden = await other.call("GET", f"/purchase-requests/{request['id']}/comments")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("state", ["not_sent", "in_progress", "returned", "rejected", "cancelled", "completed"])
async def test_it_can_be_said_in_every_state_and_changes_nothing_of_the_request(sign_in: SignIn, state: str) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    if state == "completed":
        request = await completed(sales, manager)
    else:
        request = await sales.create() if state == "not_sent" else await sent(sales, lines=SMALL)
    match state:
        case "returned" | "rejected":
            body = {"step": "manager", "note": "Không", "end": state == "rejected"}
            await manager.done(request["id"], "reject", body)
        case "cancelled":
            await sales.done(request["id"], "cancel", {"note": "Thôi"})
    before, story = await sales.request(request["id"]), await sales.timeline(request["id"])
    assert before["process_status"] == state
    await say(manager, request["id"], "Ổn")
    assert await sales.request(request["id"]) == before
    assert await sales.timeline(request["id"]) == story


async def test_no_decision_becomes_stale_by_it(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    version = request["version"]
    decision, *comments = await asyncio.gather(
        manager.act(request["id"], "approve", {"step": "manager"}, If_Match=f'"{version}"'),
        *(say(sales, request["id"], f"Câu {number}") for number in range(5)),
    )
    assert decision.status_code == 200, decision.text
    assert decision.json()["process_status"] == "completed"
    kept = (await sales.get(f"/purchase-requests/{request['id']}/comments"))["items"]
    assert {one["id"] for one in kept} == {one["id"] for one in comments}


async def test_whom_it_concerns_is_told_in_the_same_transaction(sign_in: SignIn, pool: Pool) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    request = await sent(sales)
    await say(manager, request["id"], "Vì sao lại nhiều thế?")
    long = "Khách cần gấp. " * 200
    said = await say(sales, request["id"], f"@manager1 {long}")
    await say(admin, request["id"], "Ghi nhận")
    first, second, third = await _told(pool, request["id"])
    assert second == {
        "number": request["number"],
        "owner": "sales1",
        "actor": "sales1",
        "at": second["at"],
        "comment_id": said["id"],
        "text": f"@manager1 {long}"[:500],
        "mentioned": ["manager1"],
        "commented": ["manager1"],
    }
    assert first["commented"] == []
    assert third["commented"] == ["manager1", "sales1"]


async def test_it_rings_the_bell_of_whom_it_concerns_once_and_of_nobody_else(sign_in: SignIn, pool: Pool) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    request = await sales.create()
    path = f"/purchase-requests/{request['id']}"
    await sales.call("POST", f"{path}/watchers", {"username": "sales2"})
    await say(manager, request["id"], "Sao nhiều thế?")
    said = await say(admin, request["id"], "@manager1 <b>xem</b>")
    await Dispatcher(pool, [ToPeople(Calendars(CALENDAR), MailRules())]).dispatch_some()
    rows = await pool.fetch(
        "SELECT username, facts FROM notices WHERE request_id = $1 AND facts ->> 'comment_id' = $2 ORDER BY username",
        UUID(request["id"]),
        said["id"],
    )
    assert [row["username"] for row in rows] == ["manager1", "sales1", "sales2"]
    assert {row["facts"]["text"] for row in rows} == {"@manager1 <b>xem</b>"}


async def test_whoever_may_not_see_it_any_more_is_told_nothing_of_what_is_said_after(
    sign_in: SignIn, pool: Pool
) -> None:
    sales, other = await sign_in("sales1"), await sign_in("sales2")
    request = await sales.create()
    path = f"/purchase-requests/{request['id']}/watchers"
    assert (await sales.call("POST", path, {"username": "sales2"})).status_code == 201
    await say(other, request["id"], "Tôi cũng cần")
    assert (await sales.call("DELETE", f"{path}/sales2")).status_code == 204
    await say(sales, request["id"], "Để tôi hỏi")
    assert (await _told(pool, request["id"]))[-1]["commented"] == []


async def test_only_those_who_may_see_it_can_be_spoken_to(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    hidden, nobody = await _refused(sales, request["id"], "@sales2 @khongai xem")
    assert (hidden["pointer"], nobody["pointer"]) == ("/text", "/text")
    assert "@sales2) may not see this request" in hidden["detail"]
    assert "make them a watcher first" in hidden["detail"]
    assert nobody["detail"].startswith("nobody active has the username khongai")
    assert await _told(pool, request["id"]) == []

    await sales.call("POST", f"/purchase-requests/{request['id']}/watchers", {"username": "sales2"})
    said = await say(sales, request["id"], "@sales2 `@khongai` xem")
    assert [person["username"] for person in said["mentioned"]] == ["sales2"]
    await pool.execute("UPDATE users SET active = false WHERE username = 'sales2'")
    try:
        (gone,) = await _refused(sales, request["id"], "@sales2 xem")
        assert gone["pointer"] == "/text"
    finally:
        await pool.execute("UPDATE users SET active = true WHERE username = 'sales2'")


WRONG = [
    pytest.param("", "at least 1 character", id="nothing"),
    pytest.param(" \n\t ", "at least 1 character", id="spaces"),
    pytest.param("\u3164", "nothing to be seen", id="nothing visible"),
    pytest.param("x" * 4001, "at most 4000 characters", id="too long"),
    pytest.param("an\u202enang", "turns the text around", id="turned around"),
    pytest.param("a\u0000b", "control character", id="control"),
    pytest.param(None, "must be a text", id="null"),
]


@pytest.mark.parametrize(("text", "detail"), WRONG)
async def test_a_text_that_none_may_be_is_refused(sign_in: SignIn, text: Any, detail: str) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    (error,) = await _refused(sales, request["id"], text)
    assert error["pointer"] == "/text"
    assert detail in error["detail"]


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "Subject: x\nBcc: y@example.com",
    "=1+1",
    "{{ 7*7 }} %s %(n)s ${x}",
)


async def test_what_looks_like_something_else_stays_text(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    for text in HOSTILE:
        said = await say(sales, request["id"], text)
        assert said["text"] == text
        assert "<script" not in said["html"]
        assert "<img" not in said["html"]
    assert [facts["text"] for facts in await _told(pool, request["id"])] == list(HOSTILE)


async def test_with_the_same_key_it_is_said_once(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    path = f"/purchase-requests/{request['id']}/comments"
    key = str(uuid4())
    answers = await asyncio.gather(
        *(sales.call("POST", path, {"text": "Một lần"}, Idempotency_Key=key) for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await sales.call("POST", path, {"text": "Khác"}, Idempotency_Key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await _told(pool, request["id"])) == 1


async def test_lists_go_on_where_they_ended_in_either_order(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    other = await sales.create()
    said = [(await say(sales, request["id"], f"Câu {number}"))["id"] for number in range(5)]
    path = f"/purchase-requests/{request['id']}/comments"
    for sort, wanted in (("created", said), ("-created", said[::-1])):
        found: list[str] = []
        cursor = ""
        while True:
            page = await sales.get(f"{path}?limit=2&sort={sort}{cursor}")
            found += [one["id"] for one in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert found == wanted
    first = await sales.get(f"{path}?limit=2")
    for wrong in (
        f"{path}?sort=-created&cursor={first['next_cursor']}",
        f"/purchase-requests/{other['id']}/comments?cursor={first['next_cursor']}",
        f"{path}?cursor=x",
        f"{path}?sort=author",
        f"{path}?limit=0",
    ):
        answer = await sales.call("GET", wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), wrong


async def test_they_come_in_the_order_in_which_they_were_written_whatever_their_ids(
    sign_in: SignIn, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    comments = Comments(pool, RequestLock(pool))
    caller = await load_caller(pool, "sales1")
    assert caller is not None
    ids = sorted(uuid4() for _ in range(4))[::-1]
    for place, comment_id in enumerate(ids):
        await comments.add(caller, UUID(request["id"]), f"Câu {place}", comment_id=comment_id)
    listed = (await sales.get(f"/purchase-requests/{request['id']}/comments"))["items"]
    assert [one["id"] for one in listed] == [str(comment_id) for comment_id in ids]


async def test_an_id_that_was_used_keeps_nobody_from_saying_something_else(sign_in: SignIn, pool: Pool) -> None:
    request = await (await sign_in("sales1")).create()
    comments = Comments(pool, RequestLock(pool))
    request_id, comment_id = UUID(request["id"]), uuid4()
    said = []
    for username, text in (("sales1", "Một"), ("sales1", "Một"), ("sales1", "Hai"), ("manager1", "Một")):
        caller = await load_caller(pool, username)
        assert caller is not None
        said.append(await comments.add(caller, request_id, text, comment_id=comment_id))
    assert [one.text for one in said] == ["Một", "Một", "Hai", "Một"]
    assert said[0].id == said[1].id == comment_id
    assert len({one.id for one in said}) == 3


async def _edit(client: ApiClient, request_id: str, comment_id: str, text: str) -> tuple[int, Any]:
    answer = await client.call("PATCH", f"/purchase-requests/{request_id}/comments/{comment_id}", {"text": text})
    return answer.status_code, answer.json()


async def test_its_author_edits_it_and_what_it_said_stays_readable(sign_in: SignIn, pool: Pool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sales.create()
    said = edited = await say(sales, request["id"], "@manager1 gía 12 triệu")
    for text in ("@manager1 giá 12 triệu", "@manager1 giá 13 triệu", "@manager1 giá 13 triệu"):
        status, edited = await _edit(sales, request["id"], said["id"], text)
        assert status == 200, edited
    assert edited["text"] == "@manager1 giá 13 triệu"
    assert [one["text"] for one in edited["earlier"]] == ["@manager1 gía 12 triệu", "@manager1 giá 12 triệu"]
    assert edited["earlier"][0]["written_at"] == said["written_at"] < edited["edited_at"]
    (seen,) = (await manager.get(f"/purchase-requests/{request['id']}/comments"))["items"]
    assert seen["earlier"] == edited["earlier"]
    assert len(await _told(pool, request["id"])) == 1

    status, problem = await _edit(sales, request["id"], said["id"], "@manager1 @director1 xem")
    assert (status, problem["code"], problem["errors"][0]["pointer"]) == (422, "invalid", "/text")
    assert "write another comment to speak to @director1" in problem["errors"][0]["detail"]


async def test_nobody_else_edits_it_and_nobody_does_after_ten_minutes(sign_in: SignIn, pool: Pool) -> None:
    sales, manager, other = await sign_in("sales1"), await sign_in("manager1"), await sign_in("sales2")
    request, second = await sales.create(), await sales.create()
    said = await say(sales, request["id"], "Giá 12 triệu")
    for client, where, expected in (
        (manager, request["id"], (403, "forbidden")),
        (other, request["id"], (404, "not_found")),
        (sales, second["id"], (404, "not_found")),
    ):
        status, problem = await _edit(client, where, said["id"], "Khác")
        assert (status, problem["code"]) == expected
    age = "UPDATE comments SET written_at = written_at - $2::interval WHERE id = $1"
    await pool.execute(age.replace("$2::interval", "interval '9 minutes 30 seconds'"), UUID(said["id"]))
    assert (await _edit(sales, request["id"], said["id"], "Giá 13 triệu"))[0] == 200
    await pool.execute(age.replace("$2::interval", "interval '31 seconds'"), UUID(said["id"]))
    status, problem = await _edit(sales, request["id"], said["id"], "Giá 14 triệu")
    assert (status, problem["code"], problem["title"]) == (403, "forbidden", "Too late to edit")
    (kept,) = (await sales.get(f"/purchase-requests/{request['id']}/comments"))["items"]
    assert (kept["text"], kept["editable_until"]) == ("Giá 13 triệu", None)


async def test_edits_at_the_same_time_lose_nothing_of_what_it_said(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    said = await say(sales, request["id"], "0")
    results = await asyncio.gather(*(_edit(sales, request["id"], said["id"], str(n)) for n in range(1, 9)))
    assert {status for status, _ in results} == {200}
    (kept,) = (await sales.get(f"/purchase-requests/{request['id']}/comments"))["items"]
    assert {kept["text"], *(one["text"] for one in kept["earlier"])} == {str(n) for n in range(9)}


async def test_a_request_that_was_never_sent_is_deleted_with_what_was_said_about_it(
    sign_in: SignIn, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    said = await say(sales, request["id"], "Thôi")
    assert (await _edit(sales, request["id"], said["id"], "Thôi vậy"))[0] == 200
    await sales.call("POST", f"/purchase-requests/{request['id']}/watchers", {"username": "sales2"})
    assert (await sales.call("DELETE", f"/purchase-requests/{request['id']}")).status_code == 204
    assert await pool.fetchval("SELECT count(*) FROM comments WHERE id = $1", UUID(said["id"])) == 0
