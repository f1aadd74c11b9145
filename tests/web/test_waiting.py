"""Sending while nobody works on the engine's tasks: the request is kept, says that it waits, and is sent once."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from settings import Settings
from tests.web.browser import value_of, visitor


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Nobody answers in these tests, so do not wait long."""
    return settings.model_copy(update={"decision_wait_seconds": 0.1})


async def test_a_request_that_cannot_be_sent_now_waits_and_says_so(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        form = await person.read("/requests/new")
        fields = {name: value_of(form, name) for name in ("csrf_token", "id")}
        line = {"lines.0.product_code": "KB", "lines.0.quantity": "2", "currency": "VND"}
        saved = await person.http.post("/requests/new", data={**fields, **line, "purpose": "Bàn phím", "then": "send"})
        html = await person.read(saved.headers["location"])
        hidden = {name: value_of(html, name) for name in ("csrf_token", "command_id", "version")}
        first = await person.http.post(saved.headers["location"], data=hidden)
        address = first.headers["location"]
        html = await person.read(address)
        assert "goes out as soon as the process system can be reached" in html
        assert "Waiting to be sent" in html
        assert f'href="{address}/edit"' not in html
        again = await person.http.post(saved.headers["location"], data=hidden)
        assert again.headers["location"] == address
        answer = await person.get(f"{address}/edit")
        assert answer.headers["location"] == address
        assert "It waits to be sent" in await person.read(address)


async def test_save_and_send_sends_at_once_and_once_where_nothing_is_left_to_say(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        form = await person.read("/requests/new")
        fields = {name: value_of(form, name) for name in ("csrf_token", "id")} | {"purpose": "Bàn phím cơ"}
        line = {
            "lines.0.product_code": "KB",
            "lines.0.quantity": "2",
            "lines.0.unit_price": "900,000",
            "currency": "VND",
        }
        saved = await person.http.post("/requests/new", data={**fields, **line, "then": "send"})
        address = saved.headers["location"]
        html = await person.read(address)
        assert "goes out as soon as the process system can be reached" in html
        assert "Waiting to be sent" in html
        again = await person.http.post("/requests/new", data={**fields, **line, "then": "send"})
        assert again.headers["location"] == address


async def test_a_script_that_looks_for_changes_uses_up_no_message(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        await person.post("/sign-in", {"username": "sales1"})
        form = await person.read("/requests/new")
        fields = {name: value_of(form, name) for name in ("csrf_token", "id")}
        line = {"lines.0.product_code": "KB", "lines.0.quantity": "2", "currency": "VND"}
        saved = await person.http.post("/requests/new", data={**fields, **line, "purpose": "Chuột", "then": "save"})
        address = saved.headers["location"]
        looked = await person.get(address, X_Refresh="true")
        assert "is saved" not in looked.text
        assert "set-cookie" not in looked.headers
        assert "is saved" in await person.read(address)
        assert "is saved" not in await person.read(address)
