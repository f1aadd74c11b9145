"""Several people, or one in two windows, at the same request: one decides, the other learns who did, and pages follow."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.async_api import expect

from tests.api.setting import connect, publish, sent
from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

NOTE = "Chờ báo giá thứ hai"


def outcomes(timeline: list[Any], action: str) -> list[str]:
    """What became of each attempt."""
    return sorted(item["outcome"] for item in timeline if item["action"] == action)


async def open_decision(person: Person, request_id: str) -> None:
    await person.open(f"/inbox/{request_id}")
    await expect(person.page.locator("#approve")).to_be_visible()


async def test_of_two_windows_that_press_approve_at_once_one_wins_and_the_other_is_told(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    async with visit("manager1") as one, visit("manager1") as other:
        await asyncio.gather(open_decision(one, request["id"]), open_decision(other, request["id"]))
        await asyncio.gather(one.page.locator("#approve").click(), other.page.locator("#approve").click())
        message = ".message .alert-heading"
        await asyncio.gather(*(person.page.locator(message).first.wait_for() for person in (one, other)))
        winners = [person for person in (one, other) if person.page.url.endswith("/inbox")]
        losers = [person for person in (one, other) if person not in winners]
        assert (len(winners), len(losers)) == (1, 1)
        await winners[0].sees(f"{request['number']}: Đã duyệt")
        await losers[0].leads_to(f"/requests/{request['id']}$")
        await expect(losers[0].page.locator(".message")).to_contain_text("Lê Hoàng Nam đã duyệt trước")
        await losers[0].sees_status("Đang thực hiện")
    timeline = await sales.timeline(request["id"])
    assert outcomes(timeline, "approve") == ["accepted", "refused"]
    assert (await sales.request(request["id"]))["run"]["step"]["key"] == "director"


async def test_the_second_of_two_approvers_sees_at_once_that_the_first_decided(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    step = {"key": "either", "name": "Một trong hai", "approvers": [{"user": "manager1"}, {"user": "director1"}]}
    await publish(admin, "one-of-two", [step])
    await connect(admin, "one-of-two")
    request = await sent(sales)
    await connect(admin, "purchase-approval")
    async with visit("manager1") as manager, visit("director1") as director:
        await asyncio.gather(open_decision(manager, request["id"]), open_decision(director, request["id"]))
        await manager.page.locator("#note").fill(NOTE)
        await manager.press("Trả lại")
        await manager.leads_to("/inbox$")
        await expect(director.page.locator("#changed-note")).to_be_visible()
        await director.page.locator("#approve").click()
        await director.leads_to(f"/requests/{request['id']}$")
        await expect(director.page.locator(".message[role=alert]")).to_contain_text("Lê Hoàng Nam")
        await director.sees_status("Trả lại")
        await director.sees(NOTE)
    timeline = await sales.timeline(request["id"])
    assert outcomes(timeline, "approve") == ["refused"]
    assert (await sales.request(request["id"]))["process_status"] == "returned"


async def test_that_a_request_was_sent_is_not_said_any_more_once_it_came_back(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    await sales.done(request["id"], "recall")
    async with visit("sales1") as person:
        await person.open(f"/requests/{request['id']}/send")
        await person.press("Gửi lại")
        await person.leads_to(f"/requests/{request['id']}$")
        await expect(person.page.locator(".message[role=status]")).to_have_count(1)
        await manager.done(request["id"], "reject", {"step": "manager", "note": NOTE})
        await person.sees_status("Trả lại")
        await expect(person.page.locator(".message[role=status]")).to_have_count(0)
        await expect(person.page.get_by_role("region", name="Vì sao yêu cầu bị trả lại")).to_contain_text(NOTE)


async def test_a_ticked_request_that_is_decided_meanwhile_is_told_and_the_others_stay_ticked(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    decided, kept = await sent(sales), await sent(sales)
    async with visit("manager1") as person:
        await person.open("/inbox")
        for request in (kept, decided):
            await person.page.get_by_label(f"Chọn {request['number']}").check()
        box = person.page.get_by_label(f"Chọn {decided['number']}")
        await expect(box).to_be_focused()
        await manager.done(decided["id"], "reject", {"step": "manager", "note": NOTE})
        await expect(person.page.locator("#gone")).to_contain_text(decided["number"])
        await expect(person.page.locator("#gone")).to_contain_text("Lê Hoàng Nam đã trả lại")
        await expect(box).to_have_count(0)
        await expect(person.page.get_by_label(f"Chọn {kept['number']}")).to_be_checked()
        await expect(person.page.locator("[data-pick-count]")).to_have_text("1")
        await manager.done(kept["id"], "approve", {"step": "manager"})
        await expect(person.page.locator("#gone")).to_contain_text(kept["number"])
        await expect(person.page.locator("#picked")).to_be_hidden()


async def test_open_pages_follow_what_others_decide(visit: AtABrowser, sign_in: SignIn) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    request = await sent(sales)
    async with visit("sales1") as owner, visit("sales1") as lister, visit("director1") as waiting:
        await owner.open(f"/requests/{request['id']}")
        await lister.open("/requests")
        await waiting.open("/inbox")
        row = lister.page.locator("#list tbody tr", has_text=request["number"])
        await expect(row).to_contain_text("chờ Lê Hoàng Nam")
        await expect(waiting.page.locator("#list")).not_to_contain_text(request["number"])
        await manager.done(request["id"], "approve", {"step": "manager", "note": NOTE})
        await expect(row).to_contain_text("chờ Trần Thị Minh Nguyệt")
        await expect(waiting.page.locator("#list")).to_contain_text(request["number"])
        await expect(owner.page.locator(".run-node[aria-current='step']")).to_contain_text("Trần Thị Minh Nguyệt")
        await director.done(request["id"], "reject", {"step": "director", "note": "Hết ngân sách", "end": True})
        await owner.sees_status("Từ chối")
        await expect(row).to_contain_text("Từ chối")
        await expect(waiting.page.locator("#list")).not_to_contain_text(request["number"])


async def test_of_too_many_windows_the_first_rests_until_somebody_comes_back_to_it(
    visit: AtABrowser, sign_in: SignIn, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.streams, "_at_once", 1)
    sales = await sign_in("sales1")
    draft = await sales.create(purpose="Trước")
    async with visit("sales1") as first, visit("sales1") as second:
        asked: list[str] = []
        first.page.on("request", lambda request: asked.append(request.url))
        await first.open(f"/requests/{draft['id']}")
        await second.open(f"/requests/{draft['id']}")
        path = f"/purchase-requests/{draft['id']}"
        await sales.call("PATCH", path, {"purpose": "Giữa"}, If_Match="*")
        await expect(second.page.locator("#record")).to_contain_text("Giữa")
        await second.page.wait_for_timeout(3000)  # longer than a browser waits before it connects again
        await expect(first.page.locator("#record")).to_contain_text("Trước")
        assert sum("/events?" in url for url in asked) == 1
        await first.page.evaluate("window.dispatchEvent(new Event('focus'))")
        await expect(first.page.locator("#record")).to_contain_text("Giữa")
