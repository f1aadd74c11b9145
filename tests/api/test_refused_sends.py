"""A first send that was taken and then refused by the run leaves a draft like any other."""

from __future__ import annotations

from uuid import UUID

import pytest
from fastapi import FastAPI

from crm.pool import Pool
from tests.conftest import SignIn
from tests.web.browser import value_of, visitor
from tests.workflows.desk import refusing

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_a_draft_whose_first_send_was_refused_can_be_edited_sent_and_deleted(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    kept, gone = await sales.create(), await sales.create()
    async with refusing(pool, "rounds", "true"):
        for request in (kept, gone):
            answer = await sales.act(request["id"], "send")
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid")

    saved = await sales.call("PATCH", f"/purchase-requests/{kept['id']}", {"purpose": "Khác"}, If_Match='"1"')
    assert saved.status_code == 200, saved.text
    assert (await sales.done(kept["id"], "send"))["process_status"] == "in_progress"

    assert (await sales.call("DELETE", f"/purchase-requests/{gone['id']}")).status_code == 204
    assert (await sales.call("GET", f"/purchase-requests/{gone['id']}")).status_code == 404
    for table in ("commands", "runs", "timeline"):
        left = await pool.fetchval(f"SELECT count(*) FROM {table} WHERE request_id = $1", UUID(gone["id"]))
        assert left == 0, table


async def test_a_draft_whose_first_send_was_refused_can_be_deleted_at_the_pages(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    async with refusing(pool, "rounds", "true"):
        answer = await sales.act(request["id"], "send")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    address = f"/requests/{request['id']}"
    async with visitor(app, "sales1") as person:
        html = await person.read(address)
        assert f'action="{address}/delete"' in html
        deleted = await person.post(f"{address}/delete", {"version": value_of(html, "version")}, page=address)
        assert deleted.headers["location"] == "/requests"
        assert (await person.get(address)).status_code == 404
