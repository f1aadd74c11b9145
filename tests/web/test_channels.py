"""The timeline says by which way each thing was said, in quiet words, where that was not the pages."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from temporalio.client import Client

from tests.api.setting import sent
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.web.browser import value_of, visitor
from workflows.contracts import workflow_id

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_the_timeline_says_by_which_way(app: FastAPI, sign_in: SignIn, temporal_client: Client) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    async with visitor(app, "manager1") as manager:
        html = await manager.read(f"/inbox/{request['id']}")
        hidden = {name: value_of(html, name) for name in ("csrf_token", "command_id", "step", "version")}
        form = hidden | {"decision": "approve", "note": "Đồng ý"}
        assert (await manager.http.post(f"/inbox/{request['id']}", data=form)).status_code == 303
    forged = {"command_id": str(uuid4()), "actor": "sales1", "note": "Khách hủy", "channel": "pages"}
    await temporal_client.get_workflow_handle(workflow_id(UUID(request["id"]))).signal("cancel", forged)

    async def is_cancelled() -> bool:
        return bool((await sales.request(request["id"]))["process_status"] == "cancelled")

    await eventually(is_cancelled)
    channels = [item["channel"] for item in await sales.timeline(request["id"])]
    assert channels == ["api", "api", "pages", "signal"]
    for language, api, signal in (
        ("en", "through the API", "by a signal straight to Temporal"),
        ("vi", "qua API", "qua tín hiệu trực tiếp tới Temporal"),
    ):
        async with visitor(app, "sales1", language) as person:
            html = await person.read(f"/requests/{request['id']}")
        found = re.findall(r'<div class="story-meta"><time.*?</div>', html, re.DOTALL)
        said = [api if api in line else signal if signal in line else None for line in found]
        assert said == [signal, None, api, api], html
