"""A parallel review in the browser: branches side by side, who has voted and who is still asked; on a phone, too."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from playwright.async_api import Locator, expect

from tests.api.setting import connect, publish, sent
from tests.browser.conftest import AtABrowser
from tests.browser.person import PHONE
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

NAMES = {"finance": "Hội đồng tài chính", "technical": "Thẩm định kỹ thuật"}


def _step(key: str, *usernames: str, **more: Any) -> dict[str, Any]:
    name = {"vi": NAMES.get(key, key), "en": key}
    return {"key": key, "name": name, "approvers": [{"user": username} for username in usernames], **more}


async def _reviewed(sign_in: SignIn) -> Any:
    """A request whose review is open: two of three for finance, one for the technical part."""
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    review = {
        "kind": "parallel",
        "key": "review",
        "name": {"vi": "Thẩm định", "en": "Review"},
        "steps": [
            _step("finance", "manager1", "manager2", "director1", decision={"quorum": 2}),
            _step("technical", "manager2"),
        ],
    }
    await publish(admin, "browser-review", [review], schema_version=2)
    await connect(admin, "browser-review")
    request = await sent(sales)
    await connect(admin, "purchase-approval")
    return request


class Edges(NamedTuple):
    """Where something is on the page."""

    left: float
    top: float
    right: float
    bottom: float


async def _edges(of: Locator) -> Edges:
    box = await of.bounding_box()
    assert box is not None
    return Edges(box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])


async def test_two_people_approve_at_the_same_time_and_the_owner_watches_the_votes(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    request = await _reviewed(sign_in)
    async with visit("sales1") as owner, visit("manager1") as manager, visit("manager2") as other:
        await owner.open(f"/requests/{request['id']}")
        branches = owner.page.locator(".run-branch")
        await expect(branches).to_have_count(2)
        finance, technical = branches.nth(0), branches.nth(1)
        left, right = await _edges(finance), await _edges(technical)
        assert left.right <= right.left, "branches stand side by side"
        await expect(finance).to_contain_text("0 trên 2 phiếu duyệt")

        await manager.open(f"/inbox/{request['id']}")
        await other.open(f"/inbox/{request['id']}?step=technical")
        await manager.press("Duyệt")
        await manager.leads_to("/inbox$")
        await expect(finance).to_contain_text("1 trên 2 phiếu duyệt")
        await expect(finance.locator(".is-voted")).to_contain_text("Lê Hoàng Nam")

        await other.press("Duyệt")  # the page is older than the other branch's vote, which is no matter
        await other.leads_to("/inbox$")
        await expect(technical).to_contain_text("Đã duyệt")

        await other.open(f"/inbox/{request['id']}?step=finance")
        await other.press("Duyệt")
        await owner.sees_status("Đã hoàn thành")
    timeline = await (await sign_in("sales1")).timeline(request["id"])
    assert [item["outcome"] for item in timeline if item["action"] == "approve"] == ["accepted"] * 3


async def test_on_a_phone_the_branches_stand_below_each_other_and_nothing_is_cut(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    request = await _reviewed(sign_in)
    async with visit("manager2", phone=True) as person:
        await person.open(f"/inbox/{request['id']}?step=finance")
        finance, technical = (person.page.locator(".run-branch").nth(place) for place in (0, 1))
        above, below = await _edges(finance), await _edges(technical)
        assert above.bottom <= below.top
        width = await person.page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], "the page scrolls sideways"
        assert below.right <= PHONE["width"]
