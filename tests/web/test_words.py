"""What goes wrong is said at the pages in words for people, who know nothing of keys, tokens and headers."""

from __future__ import annotations

from uuid import uuid4

import pytest
from fastapi import FastAPI

from tests.conftest import SignIn
from tests.web.browser import visitor


async def test_a_database_that_is_away_is_said_without_the_apis_words(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise ConnectionError

    async with visitor(app, "sales1") as person:
        monkeypatch.setattr("crm.lists.page", away)
        answer = await person.get("/requests")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "If you had just sent something, look first whether it was done." in answer.text
    assert "Idempotency-Key" not in answer.text


@pytest.mark.usefixtures("running_worker")
async def test_a_form_that_was_sent_for_something_else_is_said_so(app: FastAPI, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    one, other = [await sales.done((await sales.create())["id"], "send") for _ in range(2)]
    fields = {"command_id": str(uuid4())}
    async with visitor(app, "sales1") as person:
        for request in (one, other):
            await person.post(f"/requests/{request['id']}/recall", fields, page="/requests")
        html = await person.read(f"/requests/{other['id']}")
    assert "This form was sent before" in html
    assert "Idempotency-Key" not in html
    assert "command_id was" not in html
