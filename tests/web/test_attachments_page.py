"""Files on the page of a request: attached, saved and removed by forms, with what is wrong in words, and by those who may."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from approval.attachments import LARGEST
from tests.api.attaching import attach, listed
from tests.api.setting import sent
from tests.conftest import SignIn
from tests.files import PDF, PROGRAM, TEXT, png
from tests.web.browser import Visitor, visitor

pytestmark = pytest.mark.usefixtures("running_worker")


async def send(person: Visitor, request: Any, name: str, data: bytes, **more: str) -> httpx.Response:
    """Send the form as the page has it."""
    page = f"/requests/{request['id']}"
    fields = {"csrf_token": await person.token(page), "next": more.pop("next", page)}
    headers = {header.replace("_", "-"): value for header, value in more.items()}
    return await person.http.post(f"{page}/attachments", data=fields, files={"file": (name, data)}, headers=headers)


async def test_a_file_is_attached_by_a_form_and_shown_with_who_and_what(app: FastAPI, sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create()
    async with visitor(app, "sales1", "vi") as person:
        page = f"/requests/{request['id']}"
        assert "Chưa có tệp nào." in await person.read(page)
        answer = await send(person, request, "Báo giá <b>.pdf", PDF)
        assert (answer.status_code, answer.headers["location"]) == (303, page)
        html = await person.read(page)
        assert "Đã đính kèm" in html
        assert "Báo giá _b_.pdf" in html
        section = html[html.index('id="attachments"') :]
        assert "1 KB · Nguyễn Văn An" in section
        assert "chưa quét vi-rút" in section
        address = re.findall(r'href="(/requests/[^"]+/attachments/[0-9a-f-]+)"', section)[0]
        answer = await person.get(address)
        assert (answer.status_code, answer.content) == (200, PDF)
        assert answer.headers["content-disposition"].startswith("attachment")
        shown = await person.get(address + "?inline=true")
        assert shown.headers["content-disposition"].startswith("inline")
        part = await person.get(address, Range="bytes=0-3")
        assert (part.status_code, part.content) == (206, PDF[:4])
        assert (await person.post(f"{address}/remove", {"next": page}, page=page)).headers["location"] == page
        html = await person.read(page)
        assert "Đã gỡ tệp" in html
        assert "Chưa có tệp nào." in html


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("hoá đơn.pdf", PROGRAM, "Nội dung không đúng với phần mở rộng của tên tệp"),
        ("setup.exe", PROGRAM, "Không thể đính kèm loại tệp này"),
        ("a\u202efdp.txt", TEXT, "Ký tự thứ 2 là U+202E"),
        ("", TEXT, "Hãy gửi một tệp"),
    ],
)
async def test_what_is_wrong_with_a_file_is_said_on_the_page_and_to_its_script(
    app: FastAPI, sign_in: SignIn, name: str, data: bytes, said: str
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    async with visitor(app, "sales1", "vi") as person:
        answer = await send(person, request, name, data)
        assert answer.status_code == 303
        html = await person.read(answer.headers["location"])
        assert "Chưa đính kèm được tệp" in html
        assert said in html
        answer = await send(person, request, name, data, Accept="text/html, application/problem+json")
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert answer.json()["detail"].startswith(said)
    assert await listed(sales, request) == []


async def test_a_form_with_too_large_a_file_is_refused(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    async with visitor(app, "sales1") as person:
        assert (await send(person, request, "a.txt", b"a" * LARGEST)).status_code == 303
        answer = await send(person, request, "a.txt", b"a" * (LARGEST + 100_000))
        assert answer.status_code == 413
        assert "longer than 10 MB" in answer.text
    assert len(await listed(sales, request)) == 1


async def test_only_that_form_takes_as_much(app: FastAPI, sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create()
    async with visitor(app, "sales1") as person:
        token = await person.token("/requests")
        fields = {"csrf_token": token, "note": "a" * 6_000_000}
        assert (await person.http.post(f"/requests/{request['id']}/recall", data=fields)).status_code == 413
    async with visitor(app) as nobody:
        token = await nobody.token()
        path = f"/requests/{request['id']}/attachments"
        answer = await nobody.http.post(path, data={"csrf_token": token}, files={"file": ("a.txt", b"a" * 100_000)})
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")


async def test_an_approver_attaches_from_the_page_of_the_decision_and_is_led_back_to_it(
    app: FastAPI, sign_in: SignIn
) -> None:
    request = await sent(await sign_in("sales1"))
    async with visitor(app, "manager1") as manager:
        inbox = f"/inbox/{request['id']}"
        html = await manager.read(inbox)
        assert f'<input type="hidden" name="next" value="{inbox}">' in html
        answer = await send(manager, request, "ảnh.png", png(), next=inbox)
        assert answer.headers["location"] == inbox
        answer = await send(manager, request, "ảnh.png", png(), next="//evil.example")
        assert answer.headers["location"] == f"/requests/{request['id']}"
    async with visitor(app, "sales1") as owner:
        html = await owner.read(f"/requests/{request['id']}")
        assert "ảnh.png" in html
        assert "data-attach" not in html
        assert "/remove" not in html
        answer = await send(owner, request, "a.txt", TEXT)
        assert "The request is locked" in await owner.read(answer.headers["location"])


async def test_a_file_of_somebody_elses_request_is_not_there(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    added = await attach(sales, request)
    async with visitor(app, "sales2") as stranger:
        address = f"/requests/{request['id']}/attachments"
        assert (await stranger.get(f"{address}/{added['id']}")).status_code == 404
        for path in (address, f"{address}/{added['id']}/remove"):
            token = await stranger.token("/requests")
            answer = await stranger.http.post(
                path, data={"csrf_token": token}, files={"file": ("a.txt", TEXT)} if path == address else None
            )
            assert answer.status_code == 404
    assert len(await listed(sales, request)) == 1
