"""Talking about a request on its page."""

from __future__ import annotations

from html import unescape
from uuid import uuid4

import pytest
from fastapi import FastAPI

from tests.api.setting import SMALL, sent
from tests.conftest import SignIn
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_whoever_may_add_watchers_is_not_sent_to_others_for_it(app: FastAPI, sign_in: SignIn) -> None:
    owner = await sign_in("sales1")
    request = await sent(owner, lines=SMALL)
    await owner.call("POST", f"/purchase-requests/{request['id']}/watchers", {"username": "director1"})
    said = {"comment_id": str(uuid4()), "text": "@sales2 xem giúp"}
    for username, own in (("manager1", True), ("director1", False)):
        async with visitor(app, username, "vi") as person:
            answer = await person.post(f"/requests/{request['id']}/comments", said, page="/inbox")
            assert answer.status_code == 422
            page = unescape(answer.text)
        assert ("hãy thêm người đó vào danh sách theo dõi trước, ở ngay bên dưới" in page) is own
        assert ("hãy nhờ người thực hiện, người duyệt" in page) is not own
