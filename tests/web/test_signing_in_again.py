"""Whoever is to sign in first loses nothing that they wrote: their form is held on a page and goes on from there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from crm.pool import Pool
from embedded.temporal import TemporalServer
from settings import Settings
from tests.clients import LINE
from tests.conftest import SignIn
from tests.web.browser import Visitor, visitor

WORDS = "Khách đã hủy đơn <hàng> & không cần nữa\r\n“dòng thứ hai”"


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: TemporalServer) -> Settings:
    return Settings(database_url=database_url, demo_mode=True, reauthenticate_minutes=15)


@pytest_asyncio.fixture(loop_scope="session")
async def request_id(sign_in: SignIn, running_worker: None) -> AsyncIterator[str]:
    """A request that waits for its manager, who is its last approver."""
    sales = await sign_in("sales1")
    request = await sales.create(lines=[{**LINE, "quantity": "1"}])
    await sales.done(request["id"], "send")
    yield request["id"]


async def signed_in_long_ago(pool: Pool) -> None:
    await pool.execute("UPDATE sessions SET authenticated_at = now() - interval '16 minutes'")


async def send(person: Visitor, address: str, fields: dict[str, Any]) -> httpx.Response:
    return await person.post(address, fields, page="/requests")


async def go_on(person: Visitor, held: httpx.Response) -> httpx.Response:
    """Press the button of a page that holds a form."""
    action = re.findall(r'<form method="post" action="([^"]+)">', held.text)[-1]
    inputs = re.findall(
        r'<input type="hidden" name="([^"]*)" value="([^"]*)">', held.text.split(f'action="{action}"')[1]
    )
    fields: dict[str, Any] = {}
    for name, value in inputs:
        fields.setdefault(unescape(name), []).append(unescape(value))
    return await person.http.post(action, data=fields)


def is_held(answer: httpx.Response, title: str) -> None:
    assert answer.status_code == 403
    assert f"<title>{title} ·" in answer.text
    assert "What you wrote is kept on this page." in answer.text
    assert 'href="/sign-in?next=/sign-in/done" target="_blank"' in answer.text


@pytest.mark.parametrize(
    ("username", "address", "fields"),
    [
        ("sales1", "/requests/{}/cancel", {"note": WORDS}),
        ("manager1", "/inbox/{}", {"decision": "end", "step": "manager", "version": "3", "note": WORDS}),
        ("manager1", "/inbox/{}", {"decision": "approve", "step": "manager", "version": "3", "note": WORDS}),
        ("manager1", "/inbox/approve", {"id": "{}/manager/3", "note": WORDS}),
    ],
    ids=["cancel", "reject and end", "the last approval", "several approvals"],
)
async def test_a_run_is_ended_after_signing_in_again_by_the_form_that_was_sent(
    app: FastAPI, pool: Pool, sign_in: SignIn, request_id: str, username: str, address: str, fields: dict[str, str]
) -> None:
    version = str((await (await sign_in("sales1")).request(request_id))["version"])
    filled = {name: value.replace("{}", request_id) for name, value in fields.items()}
    filled = {
        name: version if name == "version" else value.replace("/3", f"/{version}") for name, value in filled.items()
    }
    async with visitor(app, username) as person:
        await signed_in_long_ago(pool)
        held = await send(person, address.format(request_id), {"command_id": str(uuid4()), **filled})
        is_held(held, "Sign in again first")
        assert "you signed in more than 15 minutes ago" in held.text
        is_held(await go_on(person, held), "Sign in again first")  # not yet
        assert (await (await sign_in("sales1")).request(request_id))["run"]["status"] == "in_progress"
        await person.sign_in(username)  # in the other window
        assert "You are signed in" in await person.read("/sign-in/done")
        assert (await go_on(person, held)).status_code in (200, 303)
    request = await (await sign_in("sales1")).request(request_id)
    assert request["run"]["status"] != "in_progress"
    assert [note["text"] for note in request["notes"]][-1:] == [WORDS.replace("\r\n", "\n")]


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/admin/processes/purchase-approval/publish", {}),
        ("/admin/connection/disconnect", {}),
        ("/admin/connection", {"process_key": "purchase-approval"}),
    ],
)
async def test_what_every_later_request_goes_through_is_changed_after_signing_in_again(
    app: FastAPI, pool: Pool, sign_in: SignIn, address: str, fields: dict[str, str]
) -> None:
    admin = await sign_in("admin1")
    draft = (await admin.get("/processes/purchase-approval"))["draft"]
    name = {"vi": "Duyệt mua hàng", "en": "Approval"}
    await admin.call("PUT", "/processes/purchase-approval/draft", {**draft, "name": name})

    async def state() -> Any:
        return await pool.fetch("SELECT * FROM connection"), await pool.fetch("SELECT * FROM process_versions")

    before = await state()
    async with visitor(app, "admin1") as person:
        await signed_in_long_ago(pool)
        held = await send(person, address, fields)
        is_held(held, "Sign in again first")
        assert await state() == before
        await person.sign_in("admin1")
        assert (await go_on(person, held)).status_code == 303
        assert await state() != before


async def test_nobody_is_asked_for_what_can_be_put_right_or_what_they_may_not_do(
    app: FastAPI, pool: Pool, request_id: str
) -> None:
    async with visitor(app, "sales1") as person:
        await signed_in_long_ago(pool)
        answer = await send(person, f"/requests/{request_id}/recall", {"command_id": str(uuid4())})
        assert answer.headers["location"] == f"/requests/{request_id}"
        assert "Not allowed" in (await send(person, "/admin/connection/disconnect", {})).text


@pytest.mark.parametrize("how", ["idle", "ended elsewhere"])
async def test_a_form_that_was_written_for_longer_than_the_session_lasted_is_not_lost(
    app: FastAPI, pool: Pool, how: str
) -> None:
    fields = {
        "id": str(uuid4()),
        "purpose": "Máy tính",
        "description": WORDS,
        "currency": "VND",
        "lines.0.product_code": "LT-T14",
        "lines.0.unit": "Chiếc",
        "lines.0.quantity": "2",
        "lines.0.unit_price": "100",
    }
    async with visitor(app, "sales1") as person:
        form = {"csrf_token": await person.token("/requests/new"), **fields}
        if how == "idle":
            await pool.execute("UPDATE sessions SET seen_at = now() - interval '2 hours'")
        else:
            await pool.execute("DELETE FROM sessions")
        held = await person.http.post("/requests/new", data=form)
        is_held(held, "You are not signed in any more")
        assert "Nothing was done yet." in held.text
        await person.sign_in("sales1")
        assert (await go_on(person, held)).status_code == 303
    row = await pool.fetchrow("SELECT * FROM purchase_requests ORDER BY created_at DESC LIMIT 1")
    assert row is not None
    assert row["description"] == WORDS.replace("\r\n", "\n")


async def test_a_held_form_is_not_sent_for_somebody_else(app: FastAPI, pool: Pool, request_id: str) -> None:
    async with visitor(app, "sales1") as person:
        await signed_in_long_ago(pool)
        held = await send(person, f"/requests/{request_id}/cancel", {"command_id": str(uuid4()), "note": "x"})
        await person.sign_in("admin1")
        answer = await go_on(person, held)
        assert answer.status_code == 403
        assert "This page is out of date" in answer.text


async def test_a_form_that_another_site_sent_is_not_held(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "sales1") as person:
        await pool.execute("DELETE FROM sessions")
        answer = await person.http.post("/requests/new", data={"csrf_token": "00" * 48, "purpose": "of another site"})
        assert answer.status_code == 403
        assert "of another site" not in answer.text


async def test_the_editor_stays_as_it_is_while_one_types(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "admin1") as person:
        token = await person.token("/requests")
        await pool.execute("DELETE FROM sessions")
        headers = {"X-CSRF-Token": token, "HX-Request": "true"}
        answer = await person.http.post("/admin/check-process", data={"document": "key: a"}, headers=headers)
        assert answer.status_code == 204
        assert "hx-redirect" not in answer.headers
