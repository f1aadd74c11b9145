"""The page on which an admin sees what a draft would do to past requests."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fastapi import FastAPI

from tests.api.setting import DIRECTOR_ONLY, draft, sent
from tests.conftest import SignIn
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_an_admin_sees_which_requests_would_get_other_people(app: FastAPI, sign_in: SignIn) -> None:
    admin_api, sales = await sign_in("admin1"), await sign_in("sales1")
    request = await sent(sales)
    await draft(admin_api, "trial-page", DIRECTOR_ONLY)
    async with visitor(app, "admin1") as admin:
        assert "Try on past requests" in await admin.read("/admin/processes/trial-page")
        answer = await admin.post("/admin/processes/trial-page/try", {"last": "50"}, page="/admin/processes/trial-page")
        assert answer.status_code == 200
        text = " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
        assert request["number"] in text
        assert re.search(r"no step any more: Lê Hoàng Nam", text)
        await draft(admin_api, "trial-page", [{**DIRECTOR_ONLY[0], "approvers": [{"user": "sales1"}]}])
        answer = await admin.post("/admin/processes/trial-page/try", {"last": "50"}, page="/admin/processes/trial-page")
        assert "has nobody who could approve it" in unescape(answer.text)
