"""Files at a browser: attached with how far they have come, looked at, saved, removed; live for others, on a phone, by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from approval.attachments import LARGEST
from tests.api.attaching import attach
from tests.api.setting import sent
from tests.browser.conftest import AtABrowser
from tests.browser.test_accessible import BROWSER, look_at_all
from tests.conftest import SignIn
from tests.files import PDF, PROGRAM, TEXT, png

pytestmark = pytest.mark.browser


async def test_files_are_attached_looked_at_saved_and_removed(
    visit: AtABrowser, sign_in: SignIn, tmp_path: Path
) -> None:
    request = await (await sign_in("sales1")).create()
    files = {"Báo giá FPT.pdf": PDF, "Ảnh máy.png": png(120, 80)}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    async with visit("sales1") as sales, visit("manager1") as manager:
        for person in (sales, manager):
            await person.open(f"/requests/{request['id']}")
        await sales.page.get_by_label("Đính kèm tệp").set_input_files([tmp_path / name for name in files])
        await sales.press("Đính kèm")
        await expect(sales.page.locator("#attachment-state > *")).to_have_text(
            ["Đã đính kèm: Báo giá FPT.pdf", "Đã đính kèm: Ảnh máy.png"]
        )
        await expect(sales.page.locator("li.file")).to_have_count(2)
        await expect(manager.page.locator("li.file")).to_have_count(2)
        await expect(manager.page.locator(".file-form")).to_have_count(0)

        async with manager.page.expect_download() as download:
            await manager.page.get_by_role("link", name="Tải xuống Báo giá FPT.pdf").click()
        saved = await download.value
        assert saved.suggested_filename == "Báo giá FPT.pdf"
        assert Path(await saved.path()).read_bytes() == PDF

        async with manager.page.context.expect_page() as opened:
            await manager.page.get_by_role("link", name="Xem trước Ảnh máy.png").click()
        picture = await opened.value
        await picture.wait_for_load_state()
        assert await picture.evaluate("document.images[0].naturalWidth") == 120
        await picture.close()

        await sales.page.get_by_role("button", name="Gỡ tệp Báo giá FPT.pdf").click()
        await sales.page.locator("dialog[open]").get_by_role("button", name="Gỡ tệp", exact=True).click()
        await sales.sees("Đã gỡ tệp")
        await expect(manager.page.locator("li.file")).to_have_count(1)


async def test_what_cannot_be_attached_is_said_beside_the_form_and_the_others_are(
    visit: AtABrowser, sign_in: SignIn, tmp_path: Path
) -> None:
    request = await (await sign_in("sales1")).create()
    for name, data in {"a.pdf": PROGRAM, "b.txt": TEXT, "c.txt": b"a" * (LARGEST + 1)}.items():
        (tmp_path / name).write_bytes(data)
    async with visit("sales1") as sales:
        sales.refusals.add(422)
        await sales.open(f"/requests/{request['id']}")
        await sales.page.get_by_label("Đính kèm tệp").set_input_files(
            [tmp_path / name for name in ("a.pdf", "b.txt", "c.txt")]
        )
        await sales.press("Đính kèm")
        results = sales.page.locator("#attachment-state > *")
        await expect(results).to_contain_text(["a.pdf: Nội dung không đúng", "Đã đính kèm: b.txt", "có tối đa 10 MB"])
        tops = [box["y"] for result in await results.all() if (box := await result.bounding_box()) is not None]
        assert tops == sorted(set(tops)), "each has a line of its own"
        colours = await results.evaluate_all("all => all.map((it) => getComputedStyle(it).color)")
        usual = await sales.page.locator("#attachment-state").evaluate("it => getComputedStyle(it).color")
        assert [colour == usual for colour in colours] == [False, True, False]
        await expect(sales.page.locator("li.file")).to_have_count(1)
        await sales.press("Đính kèm")  # nothing is chosen any more
        await expect(sales.page.locator("li.file")).to_have_count(1)


async def test_a_pdf_is_shown_in_a_tab_of_its_own(visit_whole: AtABrowser, sign_in: SignIn) -> None:
    """In a sandbox, which some browsers of other years had no reader in."""
    api = await sign_in("sales1")
    request = await api.create()
    await attach(api, request)
    async with visit_whole("sales1") as sales:
        await sales.open(f"/requests/{request['id']}")
        async with sales.page.context.expect_page() as opened:
            await sales.page.get_by_role("link", name="Xem trước Báo giá.pdf").click()
        tab = await opened.value
        await tab.wait_for_load_state()
        assert await tab.evaluate("document.contentType") == "application/pdf"
        await tab.close()


async def test_an_approver_attaches_on_a_phone_by_keyboard_from_the_page_of_the_decision(
    visit: AtABrowser, sign_in: SignIn, tmp_path: Path
) -> None:
    request = await sent(await sign_in("sales1"))
    (tmp_path / "so sánh giá.csv").write_bytes(TEXT)
    async with visit("manager1", phone=True) as manager:
        await manager.open(f"/inbox/{request['id']}")
        await manager.page.get_by_label("Đính kèm tệp").set_input_files(tmp_path / "so sánh giá.csv")
        await manager.page.get_by_label("Đính kèm tệp").focus()
        await manager.page.keyboard.press("Tab")
        await manager.page.keyboard.press("Enter")
        await expect(manager.page.locator(".file-name")).to_have_text("so sánh giá.csv")
        assert await manager.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await manager.leads_to(f"/inbox/{request['id']}")


async def test_without_script_the_form_attaches(visit: AtABrowser, sign_in: SignIn, tmp_path: Path) -> None:
    api = await sign_in("sales1")
    request = await api.create()
    (tmp_path / "a.txt").write_bytes(TEXT)
    async with visit("sales1") as signed_in:
        state = await signed_in.page.context.storage_state()
    async with visit(None, java_script_enabled=False, storage_state=state) as sales:
        await sales.open(f"/requests/{request['id']}")
        await sales.page.get_by_label("Đính kèm tệp").set_input_files(tmp_path / "a.txt")
        await sales.press("Đính kèm")
        await sales.sees("Đã đính kèm", "a.txt")


async def test_the_pages_with_files_are_for_everybody(visit: AtABrowser, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await api.create()
    long = "Hợp đồng khung mua sắm thiết bị công nghệ thông tin năm 2027 " * 3
    for name, data in {"Báo giá.pdf": PDF, f"{long}.txt": TEXT}.items():
        await attach(api, request, name, data)
    async with visit("sales1", **BROWSER) as sales:
        await look_at_all(sales, (f"/requests/{request['id']}",))
        await look_at_all(sales, (f"/requests/{request['id']}",), opened="[data-opens^=remove-]")
