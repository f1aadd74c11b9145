"""What is wrong in a form is said in the page's language, and only while it is so."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect
from starlette.datastructures import FormData

from tests.api.setting import SMALL, connect, publish, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn
from texts import Language
from web.formats import Formats
from web.request_form import WrongFormError, read

pytestmark = pytest.mark.browser


async def test_an_empty_field_is_asked_for_in_the_pages_language_not_the_browsers(visit: AtABrowser) -> None:
    async with visit("sales1", language="en") as person:
        await person.open("/")
        await person.page.locator(".sidebar summary.account").click()
        await person.page.locator(".sidebar button[value=vi]").click()
        await expect(person.page.locator("html")).to_have_attribute("lang", "vi")
        await person.open("/requests/new")
        await person.press("Lưu")
        purpose = person.page.locator("#purpose")
        await expect(purpose).to_be_focused()
        assert await purpose.evaluate("it => it.validationMessage") == "Hãy điền trường này."
        await purpose.fill("Máy in")
        assert await purpose.evaluate("it => it.validationMessage") == ""


async def test_a_choice_that_is_missing_is_asked_for_until_any_is_taken(visit: AtABrowser, sign_in: SignIn) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    step = {"key": "one", "name": "Một trong hai", "approvers": [{"role": "manager"}], "choose": True}
    await publish(admin, "one-is-chosen", [step])
    await connect(admin, "one-is-chosen")
    request = await sales.create()
    async with visit("sales1") as person:
        await person.open(f"/requests/{request['id']}/send")
        await person.press("Gửi")
        choices = person.page.locator("input[type=radio]")
        assert await choices.first.evaluate("it => it.validationMessage") == "Hãy chọn một mục."
        await choices.last.check()
        await person.press("Gửi")
        await person.sees_status("Đang thực hiện")
    await connect(admin, "purchase-approval")


async def test_a_note_that_is_taken_over_is_no_missing_one(visit: AtABrowser, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    async with visit("manager1") as person:
        await person.open(f"/inbox/{request['id']}")
        page, dialog = person.page, person.page.locator("dialog#end")
        await person.press("Từ chối và kết thúc")
        await dialog.get_by_role("button", name="Từ chối và kết thúc").click()
        note = page.locator("#end-note")
        assert await note.evaluate("it => it.validationMessage") == "Hãy điền trường này."
        await page.keyboard.press("Escape")
        await page.locator("#note").fill("Hết ngân sách")
        await person.press("Từ chối và kết thúc")
        await expect(note).to_have_value("Hết ngân sách")
        await dialog.get_by_role("button", name="Từ chối và kết thúc").click()
        await person.leads_to(r"/inbox(\?|$)")
        assert (await sales.request(request["id"]))["process_status"] == "rejected"


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_changed_value_pushes_no_button_off_a_phones_screen(
    visit: AtABrowser, sign_in: SignIn, language: str
) -> None:
    request = await sent(await sign_in("sales1"))
    async with visit("manager1", phone=True, language=language) as person:
        await person.open(f"/inbox/{request['id']}")
        await person.page.locator(".edit-card > summary").click()
        quantity = person.page.locator("[data-before][name$='quantity']").first
        await quantity.fill("8")
        await expect(person.page.locator("[data-change-count]")).to_have_text("1")
        assert await person.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_an_error_goes_when_its_field_is_mended(visit: AtABrowser) -> None:
    async with visit("sales1") as person:
        person.refusals.add(422)
        await person.open("/requests/new")
        await person.page.locator("#purpose").fill("Máy in")
        await person.page.locator("[name='lines.0.product_code']").fill("PRN-1")
        quantity = person.page.locator("[name='lines.0.quantity']")
        await quantity.fill("hai")
        await person.press("Lưu")
        await expect(quantity).to_be_focused()
        await expect(quantity).to_have_attribute("aria-invalid", "true")
        await person.sees("hãy nhập số, ví dụ 1.250,5")
        await quantity.fill("2")
        await expect(person.page.locator("[aria-invalid], .invalid-feedback, .is-invalid")).to_have_count(0)


async def test_a_list_follows_its_search_and_its_filters(visit: AtABrowser) -> None:
    async with visit("sales1") as person:
        await person.open("/requests")
        await person.page.locator("[name=process_status]").select_option("completed")
        await person.leads_to(r"/requests\?.*process_status=completed")
        await person.page.locator("#q").fill("zzzz")
        await person.leads_to(r"/requests\?q=zzzz.*process_status=completed")
        await person.sees("Không tìm thấy")


PRICES = ["150,000", "150.000", "12,500,000", "12.500.000", "150,0000", "0,500", "1.150,000", "1,150.000", "1500,000"]
TYPED = ["1.5", "1,5", "12.34", "-3", "0", "0,5", "1e3", "1.000", "1,000", "1.000,5", "01.000", "1.0000", "1,23456",
         "1.000,", "1.000.000,25", "1,50000", "1234567890123", "12 000", "hai", "1_000", "Infinity", ",", "007"]  # fmt: skip


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_total_is_shown_for_just_what_will_be_taken(visit: AtABrowser, language: Language) -> None:
    formats = Formats(language, ZoneInfo("Asia/Ho_Chi_Minh"))
    async with visit("sales1", language=language) as person:
        await person.open("/requests/new")
        page = person.page
        await page.locator("[name='lines.0.unit_price']").fill("1000")
        for text in TYPED:
            await page.locator("[name='lines.0.quantity']").fill(text)
            total = (await page.locator("#total").text_content() or "").replace("\u00a0", " ")
            fields = {"purpose": "a", "lines.0.product_code": "a", "lines.0.quantity": text, "currency": "VND"}
            try:
                quantity = read(FormData(fields), formats, None, {})[1].lines[0].quantity
            except WrongFormError:
                assert total == "–", text
            else:
                assert total == formats.money(quantity * 1000, "VND").replace("\u00a0", " "), text
        await page.locator("[name='lines.0.quantity']").fill("2")
        for text in ("-3", "1.23456", "1,23456", "1e3"):
            await page.locator("[name='lines.0.unit_price']").fill(text)
            await expect(page.locator("#total")).to_have_text("–")
        for currency in ("VND", "USD"):
            await page.locator("#currency").select_option(currency)
            await page.locator("[name='lines.0.unit_price']").fill(formats.amount(Decimal("28.905"), currency))
            shown = formats.money(Decimal("57.81"), currency)
            await expect(page.locator("#total")).to_have_text(shown.replace("\u00a0", " "))


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_price_is_read_alike_by_the_page_and_by_the_server(visit: AtABrowser, language: Language) -> None:
    formats = Formats(language, ZoneInfo("Asia/Ho_Chi_Minh"))
    async with visit("sales1", language=language) as person:
        await person.open("/requests/new")
        page = person.page
        await page.locator("[name='lines.0.quantity']").fill("1000")
        for currency in ("VND", "USD"):
            await page.locator("#currency").select_option(currency)
            for text in PRICES:
                await page.locator("[name='lines.0.unit_price']").fill(text)
                total = (await page.locator("#total").text_content() or "").replace("\u00a0", " ")
                line = {"lines.0.product_code": "a", "lines.0.quantity": "1000", "lines.0.unit_price": text}
                try:
                    sent_line = read(FormData({"purpose": "a", "currency": currency, **line}), formats, None, {})[
                        1
                    ].lines[0]
                except WrongFormError:
                    assert total == "–", text
                else:
                    shown = formats.money(sent_line.unit_price * 1000, currency)
                    assert total == shown.replace("\u00a0", " "), text


async def test_approving_what_is_ticked_is_asked_about_first(visit: AtABrowser, sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    first, second, third = [await sent(sales, lines=SMALL) for _ in range(3)]
    async with visit("manager1") as person:
        page = person.page
        await person.open("/inbox")
        button = page.locator("#picked button.btn-success")
        await expect(button).to_be_hidden()
        for request, text in ((first, "Duyệt 1 yêu cầu"), (second, "Duyệt 2 yêu cầu"), (third, "Duyệt 3 yêu cầu")):
            await page.get_by_label(f"Chọn {request['number']}").check()
            await expect(person.button(text)).to_be_visible()
        note = page.locator("#bulk-note")
        await note.fill("Theo lô")
        await note.press("Enter")
        dialog = page.get_by_role("dialog", name="Duyệt 3 yêu cầu?")
        items = page.locator("dialog[open] li")
        await expect(items).to_have_count(3)
        await expect(items.filter(has_text=first["number"])).to_contain_text("₫")
        await expect(dialog).to_contain_text("Theo lô")
        await dialog.locator(".dialog-foot [data-close]").click()
        await expect(page.locator("dialog[open]")).to_have_count(0)
        assert (await sales.request(first["id"]))["run"]["step"]["key"] == "manager"
        await person.press("Duyệt 3 yêu cầu")
        await manager.done(third["id"], "reject", {"step": "manager", "note": "Sai mã hàng"})
        await expect(items).to_have_count(2)
        await page.get_by_role("dialog").get_by_role("button", name="Duyệt 2 yêu cầu").click()
        await person.sees("Đã duyệt 2/2")
    assert (await sales.request(first["id"]))["notes"][-1]["text"] == "Theo lô"


async def test_a_single_ticked_request_is_called_one(visit: AtABrowser, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    requests = [await sent(sales) for _ in range(2)]
    async with visit("manager1", language="en") as person:
        await person.open("/inbox")
        for request, text in zip(requests, ("Approve 1 request", "Approve 2 requests"), strict=True):
            await person.page.get_by_label(f"Tick {request['number']}").check()
            await expect(person.button(text)).to_be_visible()


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_lines_fields_have_room_and_the_required_ones_are_marked(visit: AtABrowser, language: Language) -> None:
    async with visit("sales1", language=language) as person:
        await person.open("/requests/new")
        for text in ("Kho TP. Hồ Chí Minh", "28.900.000"):
            field = person.page.locator(f"[name='lines.0.{'warehouse' if text.startswith('Kho') else 'unit_price'}']")
            await field.fill(text)
            assert await field.evaluate("it => it.scrollWidth <= it.clientWidth"), text
        inputs = await person.page.locator("#lines input:not([type=hidden])").all()
        assert len(inputs) == 7
        for field in inputs:
            label = await field.evaluate("it => it.closest('td').dataset.label")
            assert label.endswith(" *") == await field.evaluate("it => it.required"), label
            assert await field.get_attribute("aria-label") == label.removesuffix(" *")
            title = await field.evaluate(
                "it => it.closest('table').tHead.rows[0].cells[it.closest('td').cellIndex].textContent.trim()"
            )
            assert title == label.removesuffix(" *")


async def test_the_new_total_of_a_decision_reads_as_the_server_does(visit: AtABrowser, sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"))
    async with visit("manager1") as person:
        await person.open(f"/inbox/{request['id']}")
        await person.page.locator(".edit-card > summary").click()
        quantity = person.page.locator("[data-before][name$='quantity']").first
        total = person.page.locator("#new-total")
        await quantity.fill("1,5")
        await expect(total).to_contain_text("₫")
        for text in ("1.5", "0", "1e3", ""):
            await quantity.fill(text)
            await expect(total).to_have_text("–")


async def test_a_day_that_is_over_and_a_line_without_a_price_are_said_while_one_types(visit: AtABrowser) -> None:
    async with visit("sales1") as person:
        await person.open("/requests/new")
        page = person.page
        past, free = page.locator("[data-past]"), page.locator("#lines [data-no-price]")
        await expect(past).to_be_hidden()
        await page.locator("#desired_delivery_date").fill("2020-05-01")
        await expect(past).to_have_text("Ngày này đã qua.")
        await page.locator("#desired_delivery_date").fill("2999-05-01")
        await expect(past).to_be_hidden()
        await expect(free).to_be_hidden()
        await page.locator("[name='lines.0.quantity']").fill("1000")
        await expect(free).to_be_visible()
        await expect(page.locator("[data-no-prices]")).to_be_visible()
        await page.locator("[name='lines.0.unit_price']").fill("1000")
        await expect(free).to_be_hidden()
        await expect(page.locator("[data-no-prices]")).to_be_hidden()
