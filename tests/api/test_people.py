"""``/people``: read, made and changed, with what a change would do said first; and that it is so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from fastapi import FastAPI
from uuid_utils.compat import uuid7

from application.caller import load_caller
from application.people import People
from approval.people import PersonDraft
from crm.pool import Pool
from tests.api.setting import SMALL, connect, publish, sent
from tests.clients import ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def as_before(sign_in: SignIn, pool: Pool) -> AsyncIterator[None]:
    """Every test ends with the demo's one administrator and its connection."""
    yield
    await pool.execute("UPDATE users SET roles = '{admin}', active = true WHERE username = 'admin1'")
    await pool.execute("UPDATE users SET active = false WHERE username <> 'admin1' AND 'admin' = ANY (roles)")
    await connect(await sign_in("admin1"), "purchase-approval")


async def made(admin: ApiClient, username: str = "", **fields: Any) -> str:
    """Somebody new; their username."""
    name = username or f"p{uuid4().hex[:10]}"
    answer = await admin.call("POST", "/people", {"username": name, "name": f"Người {name}", **fields})
    assert answer.status_code == 201, answer.text
    return name


async def change(admin: ApiClient, username: str, seen: str | None = "*", **fields: Any) -> Any:
    """Try to change somebody."""
    held = {"If_Match": seen} if seen is not None else {}
    return await admin.call("PATCH", f"/people/{username}", fields, **held)


async def preview(admin: ApiClient, username: str, **fields: Any) -> Any:
    """What a change would do."""
    answer = await admin.call("PATCH", f"/people/{username}?dry_run=true", fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def said(shown: Any) -> list[str]:
    return [one["code"] for one in shown["effects"]["says"]]


def wrong(answer: Any) -> list[tuple[str, str]]:
    """What is refused where."""
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    return [(error["pointer"], error["detail"]) for error in answer.json()["errors"]]


async def test_everybody_is_listed_page_by_page(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    found: list[str] = []
    cursor = ""
    while True:
        page = await admin.get(f"/people?limit=3{cursor}")
        found += [one["username"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    rows = await pool.fetch("SELECT username FROM users ORDER BY username")
    assert found == [row["username"] for row in rows]
    assert wrong(await admin.call("GET", "/people?cursor=nonsense"))[0][0] == "/cursor"


@pytest.mark.parametrize(
    ("asked", "usernames"),
    [
        ("q=ngoc+phuong", {"sales2"}),
        ("q=SALES1", {"sales1"}),
        ("q=mien+nam+thu", {"manager2"}),
        ("role=director", {"director1"}),
        ("department=Mua+s%E1%BA%AFm", {"purchasing1"}),
        ("manager=manager1", {"sales1", "sales2"}),
        ("q=zzzz", set()),
    ],
)
async def test_a_list_is_narrowed(sign_in: SignIn, asked: str, usernames: set[str]) -> None:
    page = await (await sign_in("admin1")).get(f"/people?limit=200&{asked}")
    assert {one["username"] for one in page["items"]} == usernames


async def test_who_is_away_is_listed_with_whoever_decides_for_them(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    away = await made(admin, roles=["manager"])
    body = {
        "person": away,
        "substitute": "manager2",
        "until": (datetime.now(UTC) + timedelta(days=3)).isoformat(),
        "reason": "Nghỉ phép",
    }
    assert (await admin.call("POST", "/substitutions", body)).status_code == 201
    (one,) = (await admin.get("/people?state=away"))["items"]
    assert (one["username"], one["state"], one["away"][0]["substitute"]["username"]) == (away, "away", "manager2")
    await change(admin, away, left=True)
    assert (await admin.get("/people?state=away"))["items"] == []
    assert away in [one["username"] for one in (await admin.get("/people?state=left&limit=200"))["items"]]


async def test_somebody_is_made_once_and_signs_in(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    name = f"n{uuid4().hex[:10]}"
    body = {"username": name, "name": "Người Mới", "roles": ["sales", "sales"], "manager": "manager1", "language": "en"}
    first, again = [await admin.call("POST", "/people", body, Idempotency_Key=f"make {name}") for _ in range(2)]
    assert (first.status_code, first.headers["location"]) == (201, f"/api/v1/people/{name}")
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    assert (first.json()["roles"], first.json()["language"]) == (["sales"], "en")
    read = await admin.call("GET", f"/people/{name}")
    assert (read.json(), read.headers["etag"]) == (first.json(), first.headers["etag"])
    assert (await (await sign_in(name)).get("/me"))["roles"] == ["sales"]
    (entry,) = (await admin.get(f"/people/{name}/changes"))["items"]
    assert (entry["way"], entry["is_new"], entry["changed_by"]["username"]) == ("hand", True, "admin1")
    assert entry["fields"]["language"] == ["vi", "en"]


async def test_a_username_may_have_letters_of_vietnamese(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    answer = await admin.call("POST", "/people", {"username": f"nguyễn.ân{uuid4().hex[:6]}", "name": "Nguyễn Ân"})
    assert answer.status_code == 201, answer.text
    found = await admin.get(answer.headers["location"].removeprefix("/api/v1"))
    assert found["username"] == answer.json()["username"]


async def test_a_try_whose_answer_was_lost_makes_nobody_twice(app: FastAPI, pool: Pool) -> None:
    people: People = app.state.people
    caller = await load_caller(pool, "admin1")
    assert caller is not None
    draft, change_id = PersonDraft(username=f"l{uuid4().hex[:10]}", name="Một lần"), uuid7()
    assert await people.make(caller, draft, change_id=change_id) == await people.make(
        caller, draft, change_id=change_id
    )


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"username": "SALES1"}, "/username"),
        ({"username": "with space"}, "/username"),
        ({"name": ""}, "/name"),
        ({"manager": "nobody9"}, "/manager"),
        ({"roles": ["Not A Role"]}, "/roles/0"),
        ({"email": "no address"}, "/email"),
        ({"language": "fr"}, "/language"),
        ({"password": "secret"}, "/password"),
    ],
)
async def test_what_cannot_be_is_pointed_at(sign_in: SignIn, fields: dict[str, Any], pointer: str) -> None:
    body = {"username": f"w{uuid4().hex[:10]}", "name": "Ai đó", **fields}
    answer = await (await sign_in("admin1")).call("POST", "/people", body)
    assert [place for place, _ in wrong(answer)] == [pointer]


async def test_a_change_holds_to_what_was_read_and_is_written_down(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    name = await made(admin, roles=["sales"], manager="manager1")
    assert (await change(admin, name, None, name="Khác")).json()["code"] == "if_match_required"
    changed = await change(admin, name, '"1"', manager="manager2", roles=["sales", "manager"], language="en")
    assert changed.status_code == 200, changed.text
    person = changed.json()["person"]
    assert (person["manager"]["username"], person["roles"], person["language"]) == (
        "manager2",
        ["manager", "sales"],
        "en",
    )
    assert changed.headers["etag"] == f'"{person["version"]}"'
    stale = await change(admin, name, '"1"', name="Khác")
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    entry, first = (await admin.get(f"/people/{name}/changes"))["items"]
    assert entry["fields"] == {
        "manager": ["manager1", "manager2"],
        "roles": [["sales"], ["manager", "sales"]],
        "language": ["vi", "en"],
    }
    assert (entry["way"], entry["is_new"], first["is_new"]) == ("hand", False, True)


async def test_what_changes_nothing_leaves_no_trace(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    name = await made(admin, manager="manager1")
    same = await change(admin, name, '"1"', manager="manager1", roles=[], left=False)
    assert (same.status_code, same.headers["etag"]) == (200, '"1"')
    assert len((await admin.get(f"/people/{name}/changes"))["items"]) == 1


async def test_changes_are_read_page_by_page(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    name = await made(admin)
    for number in range(3):
        await change(admin, name, department=f"Phòng {number}")
    first = await admin.get(f"/people/{name}/changes?limit=3")
    rest = await admin.get(f"/people/{name}/changes?limit=3&cursor={first['next_cursor']}")
    said = [one["fields"].get("department", ["", ""])[1] for one in (*first["items"], *rest["items"])]
    assert said == ["Phòng 2", "Phòng 1", "Phòng 0", ""]
    assert rest["next_cursor"] is None


async def test_whatever_way_somebody_is_changed_is_written_down(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    name = await made(admin)
    await pool.execute("UPDATE users SET department = 'Kho' WHERE username = $1", name)
    headers = {"Authorization": f"Bearer {admin.token}", "Content-Type": "text/csv"}
    table = f"username,name\n{name},Tên theo tệp\n".encode()
    taken = await admin.http.post("/api/v1/imports/people", content=table, headers=headers)
    assert taken.status_code == 200, taken.text
    items = (await admin.get(f"/people/{name}/changes"))["items"]
    found = [(one["way"], (one["changed_by"] or {}).get("username"), list(one["fields"])) for one in items]
    assert found[:2] == [("file", "admin1", ["name"]), ("other", None, ["department"])]
    assert (await admin.get(f"/people/{name}"))["version"] == 3
    assert "file_says_again" in said(await preview(admin, name, department="Khác"))


async def test_managers_never_go_around_in_a_circle(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    top = await made(admin)
    middle = await made(admin, manager=top)
    low = await made(admin, manager=middle)
    for manager, circle in ((top, f"{top} → {top}"), (low, f"{top} → {middle} → {low} → {top}")):
        for tried in (
            await change(admin, top, manager=manager),
            await admin.call("PATCH", f"/people/{top}?dry_run=true", {"manager": manager}),
        ):
            ((pointer, detail),) = wrong(tried)
            assert pointer == "/manager"
            assert circle in detail
    assert (await change(admin, low, manager=top)).status_code == 200


async def test_the_last_administrator_stays_one(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    for fields, pointer in (({"roles": ["manager"]}, "/roles"), ({"left": True}, "/left")):
        for answer in (
            await change(admin, "admin1", **fields, give_up_admin=True),
            await admin.call("PATCH", "/people/admin1?dry_run=true", fields),
        ):
            assert [place for place, _ in wrong(answer)] == [pointer]


async def test_nobody_gives_up_being_an_administrator_unawares(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    other = await sign_in(await made(admin, roles=["admin"]))
    shown = await preview(admin, "admin1", roles=[])
    assert (shown["gives_up_admin"], "admin_taken" in said(shown)) == (True, True)
    assert [place for place, _ in wrong(await change(admin, "admin1", roles=[]))] == ["/roles"]
    assert (await change(admin, "admin1", roles=[], give_up_admin=True)).status_code == 200
    assert (await admin.call("GET", "/people")).json()["code"] == "forbidden"
    assert (await change(other, "admin1", roles=["admin"])).status_code == 200
    assert not (await preview(other, "admin1", roles=[]))["gives_up_admin"]


async def team(admin: ApiClient, sign_in: SignIn) -> tuple[str, ApiClient]:
    """A manager and somebody who reports to them."""
    boss = await made(admin, roles=["manager"], manager="director1")
    return boss, await sign_in(await made(admin, roles=["sales"], manager=boss))


async def test_another_manager_is_asked_from_the_next_send_on_and_so_it_is_said(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    boss, seller = await team(admin, sign_in)
    running, unsent = await sent(seller, lines=SMALL), await seller.create(lines=SMALL)
    shown = await preview(admin, seller.username, manager="manager2")
    assert said(shown) == ["owned_go_on", "owned_to_send", "manager_sees", "manager_sees_no_more"]
    (step,) = [one for one in shown["effects"]["steps"] if one["step"] == "manager"]
    assert (step["process"], step["others"], step["nobody"]) == ("purchase-approval", 1, 0)
    assert [one["username"] for one in step["people"]] == [seller.username]
    assert (await admin.get(f"/people/{seller.username}"))["manager"]["username"] == boss, "only looked at"

    assert (await change(admin, seller.username, manager="manager2")).status_code == 200
    again = await seller.request(running["id"])
    assert [one["username"] for one in again["run"]["step"]["approvers"]] == [boss]
    later = await seller.done(unsent["id"], "send")
    assert [one["username"] for one in later["run"]["step"]["approvers"]] == ["manager2"]
    manager2, former = await sign_in("manager2"), await sign_in(boss)
    assert (await manager2.request(running["id"]))["id"] == running["id"]
    assert (await former.call("GET", f"/purchase-requests/{unsent['id']}")).status_code == 404


async def test_a_role_that_is_taken_away_leaves_what_waits(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    boss, seller = await team(admin, sign_in)
    request = await sent(seller, lines=SMALL)
    shown = await preview(admin, boss, roles=[])
    assert said(shown) == ["places_stay"]
    (place,) = shown["effects"]["places"]
    assert (place["number"], place["step"], place["alone"]) == (request["number"], "manager", True)
    assert (await change(admin, boss, roles=[])).status_code == 200
    approved = await (await sign_in(boss)).done(request["id"], "approve", {"step": "manager"})
    assert approved["process_status"] == "completed"


async def test_a_step_that_only_they_could_decide_is_named(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    expert = await made(admin, roles=["expert"])
    await publish(admin, "experts", [{"key": "expert", "name": "Expert", "approvers": [{"role": "expert"}]}])
    await connect(admin, "experts")
    seller = await sign_in("sales1")
    shown = await preview(admin, expert, roles=["manager"])
    (step,) = [one for one in shown["effects"]["steps"] if one["process"] == "experts"]
    assert step["nobody"] == step["others"] > 1
    assert len(step["people"]) == min(5, step["nobody"])
    await change(admin, expert, roles=["manager"])
    refused = await seller.act((await seller.create(lines=SMALL))["id"], "send")
    assert refused.json()["code"] == "no_eligible_approver"


async def test_whoever_leaves_is_told_of_first_and_cannot_come_in_any_more(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    boss, seller = await team(admin, sign_in)
    client = await sign_in(boss)
    running, _ = await sent(seller, lines=SMALL), await client.create(lines=SMALL)
    shown = await preview(admin, boss, left=True)
    assert said(shown) == ["signed_out", "places_stuck", "places_alone", "owned_left", "reports_left"]
    hanging = shown["effects"]["hanging"]
    assert (hanging["open"], hanging["alone"], hanging["owned"], hanging["reports"]) == (1, 1, {"not_sent": 1}, 1)
    (step,) = [one for one in shown["effects"]["steps"] if one["step"] == "manager"]
    assert (step["nobody"], step["people"][0]["username"]) == (1, seller.username)

    assert (await change(admin, boss, left=True)).json()["person"]["state"] == "left"
    assert (await client.call("GET", "/me")).json()["code"] == "forbidden"
    refused = await seller.act((await seller.create(lines=SMALL))["id"], "send")
    assert refused.json()["code"] == "no_eligible_approver"
    kept = await seller.request(running["id"])
    assert [one["username"] for one in kept["run"]["step"]["approvers"]] == [boss]
    assert (
        await admin.call("POST", f"/people/{boss}/reassign", {"to": "manager", "dry_run": False})
    ).status_code == 200
    moved = await seller.request(running["id"])
    assert [one["username"] for one in moved["run"]["step"]["approvers"]] == ["director1"]
    assert wrong(await change(admin, seller.username, manager="nobody9"))[0][0] == "/manager"
    assert said(await preview(admin, boss, left=False)) == ["comes_back"]


async def test_five_thousand_people_are_listed_and_reckoned_with(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    await pool.execute(
        """INSERT INTO users (username, name, roles, manager, department)
           SELECT 'many' || to_char(n, 'FM0000'), 'Người thứ ' || n, '{sales}', 'manager1', 'Đơn vị ' || n % 40
           FROM generate_series(1, 5000) n"""
    )
    page = await admin.get("/people?limit=200&q=nguoi+thu&department=%C4%90%C6%A1n+v%E1%BB%8B+7")
    assert len(page["items"]) == 125
    shown = await preview(admin, "manager1", manager=None)
    assert "manager_sees_no_more" in said(shown)
    shown = await preview(admin, "manager1", left=True)
    (step,) = [
        one for one in shown["effects"]["steps"] if one["step"] == "manager" and one["process"] == "purchase-approval"
    ]
    assert step["nobody"] >= 5000
