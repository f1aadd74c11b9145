"""The process designer at a browser: made without YAML, by the mouse, by keys alone, on a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.api.setting import sent
from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.browser.test_keyboard import tab_to
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

NEW = "/admin/new-process/form"


async def fill(person: Person, name: str, value: str) -> None:
    """Fill in a field, or choose from it."""
    field = person.page.locator(f'[name="{name}"]')
    if await field.evaluate("it => it.localName") == "select":
        await field.select_option(value)
    else:
        await field.fill(value)


async def drag(person: Person, source: str, target: str) -> None:
    """Drag something onto the upper edge of something else, as a hand does: a browser wants more than one movement."""
    await person.page.locator(source).hover()
    await person.page.mouse.down()
    box = await person.page.locator(source).bounding_box()
    assert box is not None
    await person.page.mouse.move(box["x"] + 12, box["y"] - 12)
    for x in (40, 44, 48):
        await person.page.locator(target).hover(position={"x": x, "y": 4}, force=True)
    await person.page.mouse.up()


async def names(person: Person) -> list[str]:
    """The names of the steps, from top to bottom."""
    fields = person.page.locator('.design-step [name$=".name_vi"]')
    found: list[str] = await fields.evaluate_all("all => all.map(it => it.value)")
    return found


async def test_an_admin_who_never_saw_yaml_makes_three_steps_and_publishes_them(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    api = await sign_in("admin1")
    async with visit("admin1") as admin:
        await admin.open("/admin/processes")
        await admin.press("Quy trình mới")
        await fill(admin, "process.name_vi", "Mua thiết bị")
        await fill(admin, "a0.deadline_amount", "16")
        await admin.press("Thêm bước")
        await expect(admin.page.locator('[name="n1.name_vi"]')).to_be_focused()
        await fill(admin, "n1.name_vi", "Giám đốc duyệt")
        await fill(admin, "n1.approvers.0.how", "role")
        await fill(admin, "n1.approvers.0.role", "director")
        await fill(admin, "n1.condition", "all")
        await fill(admin, "n1.tests.0.number", "50.000.000")
        await expect(admin.page.locator("#n1-words")).to_have_text(
            "tổng giá trị từ 50.000.000 VND trở lên (hoặc bằng loại tiền khác)"
        )
        await admin.press("Thêm bước")
        await fill(admin, "n2.name_vi", "Mua sắm kiểm tra")
        await fill(admin, "n2.approvers.0.how", "user")
        user = admin.page.locator('[name="n2.approvers.0.user"]')
        await user.press_sequentially("purch")
        await expect(admin.page.locator('#people option[value="purchasing1"]')).to_have_count(1)
        await user.fill("purchasing1")
        await expect(admin.page.locator("#check")).to_contain_text("Có thể lưu")
        await expect(admin.page.locator("#check .condition")).to_have_count(0)
        await admin.page.set_viewport_size({"width": 1280, "height": 3000})  # nothing scrolls away under the hand
        await drag(admin, "#n2 [data-drag]", "#n1 .design-head")
        await expect(admin.page.locator("#design-said")).to_contain_text("Vị trí 2: Mua sắm kiểm tra")
        assert await names(admin) == ["Quản lý trực tiếp duyệt", "Mua sắm kiểm tra", "Giám đốc duyệt"]
        await admin.page.locator(".design-save").click()
        await admin.leads_to("/admin/processes/mua-thiet-bi$")
        await admin.press("Ban hành bản nháp")
        await admin.page.locator("dialog[open]").get_by_role("button", name="Ban hành").click()
        await admin.leads_to("/admin/processes/mua-thiet-bi/versions/1")
    steps = (await api.get("/processes/mua-thiet-bi"))["draft"]["steps"]
    assert [step["key"] for step in steps] == ["manager", "mua-sam-kiem-tra", "giam-doc-duyet"]
    assert steps[0]["deadline"] == "16bh"
    assert steps[2]["when"] == '(request.total >= 50000000.0 || request.currency != "VND")'


async def test_steps_are_moved_by_keys_alone_and_the_focus_stays(visit: AtABrowser) -> None:
    async with visit("admin1") as admin:
        keyboard = admin.page.keyboard
        await admin.open("/admin/processes/purchase-approval-parallel/form")
        before = await names(admin)
        await tab_to(admin, "#a0-down")
        await keyboard.press("Enter")  # into the block, as the first of its steps
        await expect(admin.page.locator("#design-said")).to_contain_text("Vị trí 1.1:")
        await expect(admin.page.locator("#a0-down")).to_be_focused()
        assert await names(admin) == [before[1], before[0], *before[2:]]
        await keyboard.press("Shift+Tab")
        await expect(admin.page.locator("#a0-up")).to_be_focused()
        await keyboard.press("Space")
        await expect(admin.page.locator("#design-said")).to_contain_text("Vị trí 1:")
        await expect(admin.page.locator("#a0-up")).to_be_focused()
        assert await names(admin) == before
        await keyboard.press("Space")  # it is the first already
        assert await names(admin) == before


async def test_what_is_wrong_is_said_at_its_field_and_leaving_is_asked_about(visit: AtABrowser) -> None:
    async with visit("admin1") as admin:
        admin.refusals.add(422)
        await admin.open(NEW)
        await fill(admin, "process.name_vi", "Sai")
        await fill(admin, "a0.approvers.0.how", "user")
        await fill(admin, "a0.approvers.0.user", "nobody")
        problems = admin.page.locator("#check .problems")
        await expect(problems).to_contain_text("nobody")
        await problems.get_by_role("link").click()
        await expect(admin.page.locator('[name="a0.approvers.0.how"]')).to_be_focused()
        await admin.page.locator(".design-save").click()
        await expect(admin.page.locator("#a0-approvers-0-problem")).to_contain_text("nobody")
        await expect(admin.page.locator('[name="a0.approvers.0.how"]')).to_be_focused()
        assert await admin.page.locator("#design-form").get_attribute("data-changed") == "yes"
        await admin.page.evaluate("delete document.getElementById('design-form').dataset.guard")


async def test_a_step_is_made_on_a_small_phone(visit: AtABrowser) -> None:
    async with visit("admin1", phone=True) as admin:
        await admin.page.set_viewport_size({"width": 320, "height": 640})
        await admin.open(NEW)
        await admin.press("Thêm bước")
        await fill(admin, "n1.name_vi", "Giám đốc duyệt")
        await fill(admin, "n1.condition", "any")
        await admin.page.locator("#n1-up").tap()
        await expect(admin.page.locator("#design-said")).to_contain_text("Vị trí 1: Giám đốc duyệt")
        assert await admin.page.locator('[name="n1.condition"]').input_value() == "any"
        assert await admin.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await admin.page.evaluate("delete document.getElementById('design-form').dataset.guard")


async def test_a_fold_that_is_open_stays_open_when_the_form_comes_again(visit: AtABrowser) -> None:
    async with visit("admin1") as admin:
        await admin.open(NEW)
        await admin.page.locator("#a0-more > summary").click()
        await admin.page.locator('[name="a0.may_edit"][value="purpose"]').check()
        await admin.press("Thêm bước")
        await expect(admin.page.locator('[name="n1.name_vi"]')).to_be_visible()
        await expect(admin.page.locator('[name="a0.may_edit"][value="purpose"]')).to_be_checked()
        await expect(admin.page.locator('[name="a0.may_edit"][value="purpose"]')).to_be_visible()
        await admin.page.evaluate("delete document.getElementById('design-form').dataset.guard")


@pytest.mark.usefixtures("running_worker")
async def test_a_request_is_tried_by_its_number_and_enter_saves_nothing(visit: AtABrowser, sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"))
    async with visit("admin1") as admin:
        await admin.open(NEW)
        await fill(admin, "process.name_vi", "Thử trước")
        await admin.press("Thêm bước")
        await fill(admin, "n1.name_vi", "Giám đốc duyệt")
        await fill(admin, "n1.approvers.0.how", "role")
        await fill(admin, "n1.approvers.0.role", "director")
        await fill(admin, "n1.condition", "all")
        await fill(admin, "n1.tests.0.kind", "owner_role ==")
        await fill(admin, "n1.tests.0.owner_role", "sales")
        number = admin.page.locator("#try-number")
        await number.fill(request["number"])
        await number.press("Enter")
        steps = admin.page.locator("#design-try .plan-step")
        await expect(steps).to_have_count(2)
        await expect(steps.last).to_contain_text("Trần Thị Minh Nguyệt")
        await expect(steps.last).to_contain_text("người thực hiện có vai trò “Kinh doanh”")
        await expect(admin.page.locator("#design-said")).to_have_text("Đã hiện các bước.")
        assert admin.page.url.endswith(NEW)
        assert await names(admin) == ["Quản lý trực tiếp duyệt", "Giám đốc duyệt"]
        await number.fill("YCMH-1999-1")
        await admin.press("Xem các bước")
        await expect(admin.page.locator("#try-problem")).to_be_visible()
        await expect(steps).to_have_count(0)
        await admin.page.evaluate("delete document.getElementById('design-form').dataset.guard")
