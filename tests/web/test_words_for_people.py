"""Who makes, decides and buys reads of requests and approval; ids of the engine's runs are for those who operate it, folded away."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI

from tests.api.setting import completed
from tests.conftest import SignIn
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")


def text_of(html: str) -> str:
    """What a page says, without its addresses."""
    return re.sub(r"<[^>]*>", " ", html)


@pytest.mark.parametrize("username", ["sales1", "manager1", "purchasing1"])
async def test_no_run_and_no_id_of_one_is_shown_to_who_works_with_requests(
    app: FastAPI, sign_in: SignIn, username: str
) -> None:
    request = await completed(await sign_in("sales1"), await sign_in("manager1"))
    async with visitor(app, username, "vi") as person:
        for path in (f"/requests/{request['id']}", f"/requests/{request['id']}/print"):
            page = text_of(await person.read(path))
            assert request["run"]["id"][:13] not in page
            assert "lượt chạy" not in page.lower()


async def test_an_admin_unfolds_the_id_of_the_run(app: FastAPI, sign_in: SignIn) -> None:
    request = await completed(await sign_in("sales1"), await sign_in("manager1"))
    async with visitor(app, "admin1", "vi") as person:
        page = await person.read(f"/requests/{request['id']}")
    folded = page.split('<details class="for-operators')[1].split("</details>")[0]
    assert request["run"]["id"] in folded
    assert page.count(request["run"]["id"]) == 1


async def test_what_a_person_cancels_is_a_request(app: FastAPI, sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create(send={})
    async with visitor(app, "sales1", "vi") as person:
        page = text_of(await person.read(f"/requests/{request['id']}"))
    assert "Hủy yêu cầu" in page
    assert "Hủy quy trình" not in page
