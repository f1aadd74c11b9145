"""The form of a draft saves itself: what is answered to it, and what it leaves on the timeline."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from approval.values import MOST_LINES
from crm.pool import Pool
from tests.api.setting import SMALL, sent
from tests.conftest import SignIn
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")


def written(version: int, purpose: str = "Máy in", **more: Any) -> dict[str, Any]:
    line = {f"lines.0.{name}": value for name, value in SMALL[0].items()}
    return {"version": version, "purpose": purpose, "currency": "VND", **line, **more}


async def test_what_is_saved_is_answered_with_its_version_and_the_ids_of_its_lines(
    app: FastAPI, sign_in: SignIn
) -> None:
    api = await sign_in("sales1")
    request = await api.create()
    address = f"/requests/{request['id']}/draft"
    async with visitor(app, "sales1", language="vi") as person:
        first = (await person.post(address, written(1))).json()
        stored = await api.request(request["id"])
        again = (await person.post(address, written(2, "Máy in màu", **{"lines.0.id": first["lines"][0]}))).json()
    assert first == {"state": "saved", "version": 2, "lines": [line["id"] for line in stored["lines"]]}
    assert again == {"state": "saved", "version": 3, "lines": first["lines"]}
    assert [item["action"] for item in await api.timeline(request["id"])] == ["create", "edit"]


async def test_the_timeline_has_it_anew_after_an_edit_of_another_kind_and_after_an_hour(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    api = await sign_in("sales1")
    request = await api.create()
    await api.call("PATCH", f"/purchase-requests/{request['id']}", {"purpose": "Máy in cũ"}, If_Match='"1"')
    address = f"/requests/{request['id']}/draft"

    async def channels() -> list[str]:
        return [item["channel"] for item in await api.timeline(request["id"]) if item["action"] == "edit"]

    async with visitor(app, "sales1") as person:
        for version in (2, 3):
            assert (await person.post(address, written(version))).json()["state"] == "saved"
            assert await channels() == ["api", "pages"]
        await pool.execute(
            "UPDATE timeline SET at = at - interval '2 hours' WHERE request_id = $1", UUID(request["id"])
        )
        for version in (4, 5):
            assert (await person.post(address, written(version))).json()["state"] == "saved"
            assert await channels() == ["api", "pages", "pages"]


async def test_what_cannot_be_saved_changes_nothing_and_stands_on_no_timeline(app: FastAPI, sign_in: SignIn) -> None:
    api, manager = await sign_in("sales1"), await sign_in("manager1")
    request, returned = await api.create(), await sent(api, lines=SMALL)
    returned = await manager.done(returned["id"], "reject", {"step": "manager", "note": "Thiếu báo giá"})
    address = f"/requests/{request['id']}/draft"
    async with visitor(app, "sales1") as person:
        for wrong in ({"purpose": ""}, {"lines.0.quantity": "hai"}, {"lines.0.id": returned["lines"][0]["id"]}):
            answer = await person.post(address, written(1) | wrong)
            assert answer.json()["state"] == "incomplete", wrong
        assert (await person.post(address, written(7))).json()["state"] == "changed"
        was_sent = await person.post(f"/requests/{returned['id']}/draft", written(returned["version"]))
    assert was_sent.status_code == 409
    assert [item["action"] for item in await api.timeline(request["id"])] == ["create"]
    assert [item["action"] for item in await api.timeline(returned["id"])] == ["create", "send", "reject"]
    assert (await api.request(request["id"]))["version"] == 1


async def test_what_is_sent_again_because_its_answer_was_lost_is_saved_and_no_change_elsewhere(
    app: FastAPI, sign_in: SignIn
) -> None:
    api = await sign_in("sales1")
    request = await api.create(lines=SMALL)
    own = {"lines.0.id": request["lines"][0]["id"]}
    more = {f"lines.1.{name}": value for name, value in SMALL[0].items()}
    address = f"/requests/{request['id']}/draft"
    async with visitor(app, "sales1") as person:
        first = (await person.post(address, written(1, **own, **more))).json()
        again = (await person.post(address, written(1, **own, **more))).json()
        for other in ({"purpose": "Máy in màu"}, {"lines.1.quantity": "7"}, {"lines.1.supplier": "FPT"}):
            answer = (await person.post(address, written(1, **own, **more) | other)).json()
            assert answer["state"] == "changed", other
        assert (await person.post(address, written(1, **own))).json()["state"] == "changed"
    assert again == first == {"state": "saved", "version": 2, "lines": [own["lines.0.id"], first["lines"][1]]}
    assert (await api.request(request["id"]))["version"] == 2


async def test_a_script_that_looks_whether_something_changed_is_not_given_all_lines(
    app: FastAPI, sign_in: SignIn
) -> None:
    request = await (await sign_in("sales1")).create(lines=SMALL * MOST_LINES)
    address = f"/requests/{request['id']}/edit"
    async with visitor(app, "sales1") as person:
        whole, looked_at = await person.read(address), (await person.get(address, X_Refresh="true")).text
    assert whole.count("data-line") > MOST_LINES
    assert 'data-version="1"' in looked_at
    assert 'id="navigation"' in looked_at
    assert len(looked_at) < len(whole) / 10
