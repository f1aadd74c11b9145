"""The lines of a request: numbered, duplicated, pasted from a spreadsheet, and filled in from what was bought before."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from approval.values import MOST_LINES
from tests.api.setting import SMALL
from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.browser.test_drafts import keeps
from tests.conftest import SignIn
from tests.eventually import eventually

pytestmark = pytest.mark.browser

PASTE = """(input, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


WHERE_IT_IS_PRESSED = """() => addEventListener(
    "click", ({ target }) => (window.pressedAt = target.closest("button").getBoundingClientRect().top), true
)"""


def cell(person: Person, line: int, name: str) -> Locator:
    return person.page.locator(f"[name='lines.{line}.{name}']")


async def codes(person: Person) -> list[str]:
    found: list[str] = await person.page.locator("#lines [name$='.product_code']").evaluate_all(
        "all => all.map(it => it.value)"
    )
    return found


async def test_rows_of_a_spreadsheet_become_lines(visit: AtABrowser, sign_in: SignIn) -> None:
    rows = [
        "PRN-1\tMáy in\tKho Hà Nội\tFPT Synnex\t2\tChiếc\t4.500.000",
        'MON-1\t"Màn hình 27"" cong"\t\tViễn Sơn\t10\tChiếc\t6.000.000',
        "CAB-1\tCáp mạng\t\t\t1.000\tMét\t5.000",
    ]
    async with visit("sales1") as sales:
        page = sales.page
        await sales.open("/requests/new")
        await page.locator("#purpose").fill("Dán từ Excel")
        await cell(sales, 0, "product_code").evaluate(PASTE, "\r\n".join(rows) + "\r\n")
        await expect(page.locator("[data-pasted]")).to_contain_text("3")
        assert await codes(sales) == ["PRN-1", "MON-1", "CAB-1"]
        await expect(cell(sales, 1, "description")).to_have_value('Màn hình 27" cong')
        await expect(page.locator("#lines [data-place]")).to_have_text(["1", "2", "3"])
        await expect(page.locator("#total")).to_contain_text("74.000.000")
        await cell(sales, 1, "quantity").evaluate(PASTE, "11\n12\n")  # a column goes down the lines that are there
        await expect(cell(sales, 1, "quantity")).to_have_value("11")
        await expect(cell(sales, 2, "quantity")).to_have_value("12")
        assert await codes(sales) == ["PRN-1", "MON-1", "CAB-1"]
        await cell(sales, 0, "product_code").evaluate(PASTE, "Số lượng\tMã hàng\n5\tKB-1\n")  # titles say what is what
        assert await codes(sales) == ["PRN-1", "KB-1", "MON-1", "CAB-1"]
        await expect(cell(sales, 1, "quantity")).to_have_value("5")
        await sales.press("Lưu")
        await sales.leads_to("/requests/[0-9a-f-]{36}$")
        request = await (await sign_in("sales1")).request(sales.request_id)
    assert [(line["product_code"], line["quantity"], line["unit"]) for line in request["lines"]] == [
        ("PRN-1", "2", "Chiếc"),
        ("KB-1", "5", ""),
        ("MON-1", "11", "Chiếc"),
        ("CAB-1", "12", "Mét"),
    ]


async def test_a_pasted_column_is_read_in_the_manner_that_some_of_its_cells_are_written_in(visit: AtABrowser) -> None:
    rows = ["A\t\t\t\t1,250.5\t\t12,500,000", "B\t\t\t\t1,000\t\t150,000", "C\t\t\t\t2.5\t\t7500"]
    async with visit("sales1") as sales:
        await sales.open("/requests/new")
        await cell(sales, 0, "product_code").evaluate(PASTE, "\n".join(rows))
        for line, (quantity, price) in enumerate((("1250,5", "12500000"), ("1000", "150000"), ("2,5", "7500"))):
            await expect(cell(sales, line, "quantity")).to_have_value(quantity)
            await expect(cell(sales, line, "unit_price")).to_have_value(price)
        await cell(sales, 0, "quantity").evaluate(PASTE, "1,250\n2,5\n")  # nothing says that these are no decimals
        await expect(cell(sales, 0, "quantity")).to_have_value("1,250")
        await cell(sales, 0, "quantity").evaluate(PASTE, "1,250.5\n2,5\n")  # the other manner has no 2,5: it is no 25
        await expect(cell(sales, 0, "quantity")).to_have_value("1250,5")
        await expect(cell(sales, 1, "quantity")).to_have_value("2,5")


async def test_usual_titles_say_which_column_is_which_and_what_is_not_used_is_named(visit: AtABrowser) -> None:
    names = ("product_code", "description", "unit", "quantity", "unit_price", "supplier", "warehouse")
    tables = [
        ["STT\tMã hàng\tTên sản phẩm\tĐVT\tSL\tGiá (VNĐ)\tNCC\tKho\tThành tiền\tGhi chú", "1\t{}\t9.000\tgấp"],
        ["No.\tItem code\tName\tUnit\tQty\tPrice\tSupplier\tWarehouse\tAmount\tNote", "1\t{}\t9.000\turgent"],
    ]
    async with visit("sales1") as sales:
        for titles, row in tables:
            await sales.open("/requests/new")
            values = ("PRN-1", "Máy in", "Chiếc", "2", "4.500", "FPT Synnex", "Kho Hà Nội")
            await cell(sales, 0, "product_code").evaluate(PASTE, "\n".join((titles, row.format("\t".join(values)))))
            for name, value in zip(names, values, strict=True):
                await expect(cell(sales, 0, name)).to_have_value(value)
            assert await codes(sales) == ["PRN-1"]
            first, *_, amount, note = titles.split("\t")
            await expect(sales.page.locator("[data-pasted]")).to_contain_text(
                f"Không dùng cột: {first}, {amount}, {note}."
            )
            await sales.page.evaluate("delete document.querySelector('[data-guard]').dataset.guard")


async def test_a_title_alone_is_no_goods_and_a_value_that_is_called_as_a_column_is(visit: AtABrowser) -> None:
    async with visit("sales1") as sales:
        await sales.open("/requests/new")
        code = cell(sales, 0, "product_code")
        await code.evaluate(PASTE, "Mã hàng\tTình trạng\nPRN-1\tcòn\nKB-1\thết")
        assert await codes(sales) == ["PRN-1", "KB-1"]
        await expect(sales.page.locator("[data-pasted]")).to_contain_text("Không dùng cột: Tình trạng.")
        await cell(sales, 0, "quantity").evaluate(PASTE, "2\tUnit\n3\tUnit")
        await expect(cell(sales, 0, "unit")).to_have_value("Unit")
        await expect(cell(sales, 1, "quantity")).to_have_value("3")


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("warehouse", ["Kho", "Kho 2", "Kho 3"]),
        ("description", ["Item", "Item 2", "Item 3"]),
        ("product_code", ["KE-1\tGiá", "KE-2\tKệ"]),
        ("product_code", ["STT\tHàng\tMàu", "1\tGiấy\tTrắng"]),
        ("product_code", ["STT\tHàng\tGhi chú", "1\tGiấy\tgấp"]),
    ],
)
async def test_a_word_that_is_also_a_title_is_a_value_where_it_need_not_be_one(
    visit: AtABrowser, name: str, rows: list[str]
) -> None:
    async with visit("sales1") as sales:
        await sales.open("/requests/new")
        await cell(sales, 0, name).evaluate(PASTE, "\n".join(rows))
        for line, row in enumerate(rows):
            await expect(cell(sales, line, name)).to_have_value(row.split("\t")[0])


async def test_lines_are_added_below_duplicated_and_removed(visit: AtABrowser) -> None:
    async with visit("sales1") as sales:
        page = sales.page
        await sales.open("/requests/new")
        for name, text in {"product_code": "PRN-1", "quantity": "2", "unit_price": "1.000"}.items():
            await cell(sales, 0, name).fill(text)
        await page.locator(".lines-foot [data-add-line]").click()
        await expect(cell(sales, 1, "product_code")).to_be_focused()
        await page.keyboard.type("KB-1")
        await page.locator("[data-copy-line]").first.click()
        await expect(cell(sales, 1, "quantity")).to_be_focused()
        assert await codes(sales) == ["PRN-1", "PRN-1", "KB-1"]
        await expect(page.locator("#total")).to_contain_text("4.000")
        await page.locator("[data-remove-line]").first.click()
        assert await codes(sales) == ["PRN-1", "KB-1"]
        await expect(page.locator("#lines [data-place]")).to_have_text(["1", "2"])
        await expect(page.locator("#lines-0-product_code")).to_have_value("PRN-1")


async def test_lines_are_moved_by_the_keyboard_stay_the_same_lines_and_are_saved_in_their_order(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    api = await sign_in("sales1")
    request = await api.create(lines=[{**SMALL[0], "product_code": code} for code in ("PRN-1", "KB-1", "MON-1")])
    one, two, three = (line["id"] for line in request["lines"])

    async def is_stored() -> bool:
        return [line["id"] for line in (await api.request(request["id"]))["lines"]] == [three, one, two]

    async with visit("sales1") as sales:
        page = sales.page
        await sales.open(f"/requests/{request['id']}/edit")
        up = page.locator("#lines > :nth-child(3) [data-move-line=up]")
        assert await up.get_attribute("aria-disabled") is None
        await up.focus()
        for place, order in ((2, ["PRN-1", "MON-1", "KB-1"]), (1, ["MON-1", "PRN-1", "KB-1"])):
            await page.keyboard.press("Enter")
            assert await codes(sales) == order
            await expect(page.locator("[data-moved]")).to_have_text(f"Dòng này giờ có số thứ tự {place}")
        up = page.locator("#lines > :nth-child(1) [data-move-line=up]")
        await expect(up).to_be_focused()
        await expect(up).to_have_attribute("aria-disabled", "true")
        await page.keyboard.press("Enter")
        assert await codes(sales) == ["MON-1", "PRN-1", "KB-1"]
        await expect(page.locator("#lines [data-place]")).to_have_text(["1", "2", "3"])
        for place, line in enumerate((three, one, two)):
            await expect(cell(sales, place, "id")).to_have_value(line)
        await expect(page.locator("#lines [aria-disabled=true]")).to_have_count(2)
        await expect(page.locator("#lines > :nth-child(3) [data-move-line=down]")).to_have_attribute(
            "aria-disabled", "true"
        )
        await eventually(is_stored)
        await sales.press("Lưu")
        await sales.leads_to(f"/requests/{request['id']}$")
    assert await is_stored()


async def test_a_line_that_is_moved_on_a_phone_stays_under_the_finger_and_a_draft_keeps_its_place(
    visit: AtABrowser,
) -> None:
    async with visit("sales1", phone=True) as sales:
        page = sales.page
        await sales.open("/requests/new")
        rows = "\n".join(f"P-{number}\tHàng {number}\t\t\t1\tCái\t1.000" for number in range(5))
        await cell(sales, 0, "product_code").evaluate(PASTE, rows)
        buttons = page.locator("#lines [data-move-line=down]")
        await page.evaluate(WHERE_IT_IS_PRESSED)
        for place in (1, 2):
            await buttons.nth(place).tap()
            after = await buttons.nth(place + 1).bounding_box()
            assert after is not None
            assert abs(after["y"] - await page.evaluate("pressedAt")) <= 1
            assert after["height"] >= 40
        assert await codes(sales) == ["P-0", "P-2", "P-3", "P-1", "P-4"]
        await keeps(sales, 1)
        await page.reload()
        await expect(page.locator("[data-draft-note=restored]")).to_be_visible()
        assert await codes(sales) == ["P-0", "P-2", "P-3", "P-1", "P-4"]


async def test_no_more_lines_come_in_than_a_request_may_have(visit: AtABrowser) -> None:
    async with visit("sales1") as sales:
        await sales.open("/requests/new")
        rows = "\n".join(f"P-{number}\tHàng\t\t\t1\tCái\t1.000" for number in range(MOST_LINES + 3))
        await cell(sales, 0, "product_code").evaluate(PASTE, rows)
        said = sales.page.locator("[data-pasted]")
        await expect(said).to_contain_text(f"Đã dán số dòng: {MOST_LINES}.")
        await expect(said).to_contain_text("bị bỏ lại: 3.")
        await expect(said).to_be_in_viewport(ratio=1)
        await expect(cell(sales, 0, "product_code")).to_be_in_viewport()
        assert len(await codes(sales)) == MOST_LINES
        await expect(sales.page.locator(".lines-foot [data-add-line]")).to_be_disabled()
        await expect(sales.page.locator("#total")).to_contain_text("500.000")


@pytest.mark.parametrize("widths", [(320, 390), (768, 1024, 1280, 1440)], ids=["phone", "desk"])
async def test_every_field_of_a_line_says_what_it_is_and_lies_within_the_page(
    visit: AtABrowser, widths: tuple[int, ...]
) -> None:
    async with visit("sales1", phone=widths[0] < 500) as sales:
        page = sales.page
        await sales.open("/requests/new")
        await cell(sales, 0, "product_code").fill("PRN-1")
        for width in widths:
            await page.set_viewport_size({"width": width, "height": 844})
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
            for name in ("product_code", "description", "warehouse", "supplier", "quantity", "unit", "unit_price"):
                box = await cell(sales, 0, name).bounding_box()
                assert box is not None
                assert box["x"] >= 0, (width, name)
                assert box["x"] + box["width"] <= width, (width, name)
                assert box["width"] >= 60, (width, name)
            labels = "[...document.querySelectorAll('#lines td[data-label]')].map(it => getComputedStyle(it, '::before').content)"
            is_a_table = await page.locator(".lines-table thead").evaluate(
                "it => getComputedStyle(it).position !== 'absolute'"
            )
            said = await page.evaluate(labels)
            assert is_a_table or all(label not in ("none", "normal") for label in said), width


async def test_a_product_that_is_suggested_and_chosen_fills_in_what_is_blank_beside_it(visit: AtABrowser) -> None:
    async with visit("sales1") as sales:
        await sales.open("/requests/new")
        code = cell(sales, 0, "product_code")
        await cell(sales, 0, "unit").fill("Bộ")
        await code.press_sequentially("lt-")
        await expect(sales.page.locator('#products option[value="LT-T14"]')).to_have_count(1)
        await code.fill("LT-T14")
        await expect(cell(sales, 0, "description")).to_have_value("Máy tính xách tay Lenovo ThinkPad T14 Gen 5")
        await expect(cell(sales, 0, "unit")).to_have_value("Bộ")  # what somebody filled in stays
        await expect(cell(sales, 0, "unit_price")).not_to_have_value("")
        await cell(sales, 0, "supplier").press_sequentially("vien")
        await expect(sales.page.locator('#suppliers option[value="Viễn Sơn"]')).to_have_count(1)
        await sales.page.evaluate("delete document.querySelector('[data-guard]')?.dataset.guard")
