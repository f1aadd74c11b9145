"""*Nhân sự*: the list, the tree, somebody's page, and changes that are looked at before they are made."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from application.table_files import TableKind, read_table_file
from crm.pool import Pool
from tests.api.setting import SMALL, sent
from tests.conftest import SignIn
from tests.web.browser import Visitor, value_of, visitor

pytestmark = pytest.mark.usefixtures("running_worker")

PAGE = "/admin/people"


def plain(html: str) -> str:
    """What stands in a page, in one line."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


async def made(admin: Visitor, **fields: Any) -> str:
    """Somebody new, from the form; their username."""
    username = f"w{uuid4().hex[:10]}"
    form = {"username": username, "name": f"Người {username}", **fields}
    answer = await admin.post("/admin/new-person", form, page="/admin/new-person")
    assert answer.headers.get("location") == f"{PAGE}/{username}", answer.text
    return username


async def looked_at(admin: Visitor, username: str, **fields: Any) -> Any:
    """What a change would do, as the page shows it."""
    return await admin.post(f"{PAGE}/{username}/preview", fields, page=f"{PAGE}/{username}/edit")


def hidden(html: str) -> dict[str, str]:
    """The fields with which a change is made that was looked at."""
    form = html.split('action="/admin/people/')[-1]
    return {
        name: unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    }


async def test_the_list_says_who_is_who_and_is_narrowed(app: FastAPI) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        text = plain(await admin.read(PAGE))
        assert "Nguyễn Văn An sales1 · sales1@demo.example Kinh doanh Kinh doanh miền Bắc" in text
        assert "Lê Hoàng Nam Đang làm việc" in text
        found = plain(await admin.read(f"{PAGE}?q=an&role=sales&state=active"))
        assert "sales1" in found
        assert "manager1" not in found.split("Đang chờ họ")[1]
        assert "Không tìm thấy" in plain(await admin.read(f"{PAGE}?q=zzzz"))


async def test_what_is_downloaded_can_be_imported_and_changes_nothing(app: FastAPI) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        file = (await admin.get(f"{PAGE}.xlsx?department=Mua+s%E1%BA%AFm")).content
        lines = read_table_file(file, TableKind.EXCEL).lines
        assert len(lines) == 2
        everybody = (await admin.get(f"{PAGE}.xlsx")).content
        fields = {"csrf_token": await admin.token("/admin/imports"), "kind": "people"}
        answer = await admin.http.post("/admin/imports", data=fields, files={"file": ("nhan-su.xlsx", everybody)})
        assert answer.status_code == 303, plain(answer.text)
        assert "Tệp không thay đổi gì" in plain(await admin.read(answer.headers["location"]))


async def test_the_tree_unfolds_from_whoever_reports_to_nobody(app: FastAPI) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        top = await admin.read("/admin/people-tree")
        assert "Trần Thị Minh Nguyệt" in top
        assert "Lê Hoàng Nam" not in top
        assert 'hx-get="/admin/people-tree/branch?under=director1"' in top
        branch = await admin.read("/admin/people-tree/branch?under=director1")
        assert "<html" not in branch
        assert "Lê Hoàng Nam" in branch
        below = plain(await admin.read("/admin/people-tree?under=manager1"))
        assert "Tất cả mọi người › Trần Thị Minh Nguyệt › Lê Hoàng Nam" in below
        assert "Nguyễn Văn An" in below
        assert (await admin.get("/admin/people-tree?under=nobody9")).status_code == 404


async def test_somebody_is_made_and_what_is_wrong_stays_in_the_form(app: FastAPI) -> None:
    async with visitor(app, "admin1") as admin:
        form = {
            "username": "sales1",
            "name": "Another",
            "role": ["sales"],
            "other_roles": "expert; board",
            "email": "x",
        }
        answer = await admin.post("/admin/new-person", form, page="/admin/new-person")
        assert answer.status_code == 422
        assert value_of(answer.text, "name") == "Another"
        assert 'id="email-error"' in answer.text
        answer = await admin.post("/admin/new-person", {**form, "email": ""}, page="/admin/new-person")
        assert "sales1 is a username that somebody has already" in plain(answer.text)
        username = await made(admin, role=["sales"], other_roles="expert; board")
        assert "board, expert, Sales" in plain(await admin.read(f"{PAGE}/{username}"))


async def test_a_form_that_is_sent_twice_makes_one_person(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "admin1") as admin:
        form = {"username": f"t{uuid4().hex[:10]}", "name": "Twice", "id": str(uuid4())}
        for _ in range(2):
            answer = await admin.post("/admin/new-person", form, page="/admin/new-person")
            assert answer.headers["location"] == f"{PAGE}/{form['username']}"
    assert await pool.fetchval("SELECT count(*) FROM people_changes WHERE username = $1", form["username"]) == 1


async def test_a_change_is_looked_at_and_then_made_as_it_was_looked_at(app: FastAPI, sign_in: SignIn) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        username = await made(admin, role=["sales"], manager="manager1")
        await sent(await sign_in(username), lines=SMALL)
        html = await admin.read(f"{PAGE}/{username}/edit")
        form = {name: value_of(html, name) for name in ("version", "with_roles", "name", "department", "email")}
        shown = await looked_at(admin, username, **form, manager="manager2", role=["sales"], language="vi")
        text = plain(shown.text)
        assert "Quản lý: Lê Hoàng Nam (manager1) → Phạm Thị Thu Hà (manager2)" in text
        assert "1 yêu cầu đang thực hiện của người này giữ nguyên người duyệt" in text
        assert "Quản lý trực tiếp" in text
        fields = hidden(shown.text)
        assert fields.keys() == {"csrf_token", "version", "manager"}
        assert "Lê Hoàng Nam" in plain(await admin.read(f"{PAGE}/{username}")), "nothing is changed yet"
        await admin.http.post(f"{PAGE}/{username}", data=fields)
        page = plain(await admin.read(f"{PAGE}/{username}"))
        assert "Đã lưu thay đổi" in page
        assert "Quản lý: manager1 → manager2" in page
        assert "Bùi Quang Huy · sửa tay" in page
        await admin.http.post(f"{PAGE}/{username}", data=fields)
        assert "Có người vừa sửa thông tin này" in plain(await admin.read(f"{PAGE}/{username}"))


async def test_roles_are_taken_away_by_the_form_too(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "admin1") as admin:
        username = await made(admin, role=["sales", "manager"])
        shown = await looked_at(admin, username, with_roles="yes", role=[])
        await admin.http.post(f"{PAGE}/{username}", data=hidden(shown.text))
    assert await pool.fetchval("SELECT roles FROM users WHERE username = $1", username) == []


async def test_a_form_that_changes_nothing_says_so(app: FastAPI) -> None:
    async with visitor(app, "admin1") as admin:
        answer = await looked_at(admin, "sales1", name="Nguyễn Văn An")
        assert answer.headers["location"] == f"{PAGE}/sales1"
        assert "Nothing is another than it was" in await admin.read(f"{PAGE}/sales1")


async def test_a_circle_is_said_beside_its_field(app: FastAPI) -> None:
    async with visitor(app, "admin1") as admin:
        answer = await looked_at(admin, "manager1", manager="sales1", with_roles="yes", role=["manager"], name="Nam")
    assert answer.status_code == 422
    error = re.search(r'id="manager-error">([^<]*)<', answer.text)
    assert error is not None
    assert "manager1 → sales1 → manager1" in unescape(error[1])
    assert value_of(answer.text, "name") == "Nam"


async def test_the_last_administrator_cannot_be_marked_as_left(app: FastAPI) -> None:
    async with visitor(app, "admin1") as admin:
        answer = await looked_at(admin, "admin1", left="yes")
        assert answer.headers["location"] == f"{PAGE}/admin1"
        assert "admin1 is the last administrator who can sign in" in plain(await admin.read(f"{PAGE}/admin1"))


async def test_giving_up_ones_own_role_is_asked_for_by_itself(app: FastAPI, pool: Pool) -> None:
    await pool.execute("INSERT INTO users (username, name, roles) VALUES ('admin8', 'Quản trị Tám', '{admin}')")
    async with visitor(app, "admin8", "vi") as admin:
        shown = await looked_at(admin, "admin8", with_roles="yes", role=["sales"])
        assert "Tôi biết rằng tôi sẽ không còn là quản trị viên" in plain(shown.text)
        fields = hidden(shown.text)
        await admin.http.post(f"{PAGE}/admin8", data=fields)
        assert "bạn sẽ tự bỏ vai trò quản trị viên" in plain(await admin.read(f"{PAGE}/admin8"))
        await admin.http.post(f"{PAGE}/admin8", data={**fields, "give_up_admin": "yes"})
        assert (await admin.get(PAGE)).status_code == 403
    await pool.execute("UPDATE users SET active = false WHERE username = 'admin8'")


async def test_whoever_is_marked_as_left_leads_to_the_hand_over(app: FastAPI, sign_in: SignIn) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        boss = await made(admin, role=["manager"], manager="director1")
        seller = await made(admin, role=["sales"], manager=boss)
        request = await sent(await sign_in(seller), lines=SMALL)
        page = await admin.read(f"{PAGE}/{boss}")
        assert request["number"] in page
        shown = await looked_at(admin, boss, left="yes", version=value_of(page, "version"))
        text = plain(shown.text)
        assert "không thể quyết định" in text
        assert "Không đủ người duyệt" in text
        answer = await admin.http.post(f"{PAGE}/{boss}", data=hidden(shown.text))
        assert answer.headers["location"] == f"/admin/handover?person={boss}&to=manager"
        assert request["number"] in await admin.read(answer.headers["location"])
        assert "Đã nghỉ việc" in plain(await admin.read(f"{PAGE}/{boss}"))


async def test_managers_are_suggested_while_one_types(app: FastAPI) -> None:
    async with visitor(app, "admin1") as admin:
        found = await admin.read("/admin/people-found?manager=hoang+na")
    assert re.findall(r'<option value="([^"]*)">', found) == ["manager1"]


async def test_nobody_but_an_administrator_looks_at_people(app: FastAPI) -> None:
    async with visitor(app, "manager1") as manager:
        for path in (PAGE, f"{PAGE}/sales1", "/admin/people-tree", "/admin/new-person", f"{PAGE}.xlsx"):
            assert (await manager.get(path)).status_code == 403, path
