"""The pages on a home screen: what a browser needs to install them, and that without a connection they say so and show nothing old."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import expect

from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

KEPT = """async () => {
  const names = await caches.keys();
  const kept = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map((one) => one.url)));
  return kept.flat().map((url) => new URL(url).pathname).sort();
}"""


@pytest.mark.parametrize(("language", "name"), [("vi", "Duyệt mua hàng"), ("en", "Purchasing approval")])
async def test_the_manifest_names_icons_that_are_there(server_url: str, language: str, name: str) -> None:
    async with httpx.AsyncClient(base_url=server_url, headers={"Accept-Language": language}) as http:
        answer = await http.get("/manifest.webmanifest")
        assert answer.headers["content-type"] == "application/manifest+json"
        manifest = answer.json()
        assert (manifest["name"], manifest["start_url"], manifest["display"]) == (name, "/", "standalone")
        assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
        assert "maskable" in {icon["purpose"] for icon in manifest["icons"]}
        for icon in manifest["icons"]:
            picture = await http.get(icon["src"])
            assert picture.status_code == 200, icon
            if icon["sizes"] != "any":
                assert picture.content.startswith(b"\x89PNG")
                width, height = (int.from_bytes(picture.content[at : at + 4]) for at in (16, 20))
                assert icon["sizes"] == f"{width}x{height}"


async def test_without_a_connection_a_page_says_so_and_nothing_else_was_kept(visit: AtABrowser) -> None:
    async with visit("sales1") as person:
        await person.open("/requests")
        await person.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        await person.page.reload()
        await person.page.context.set_offline(True)
        await person.open("/requests?q=laptop")
        await expect(person.page.locator("main")).to_contain_text("Không có kết nối mạng")
        await expect(person.page.locator("main")).to_contain_text("No connection")
        kept = await person.page.evaluate(KEPT)
        assert [path.rsplit("/", 1)[-1] for path in kept] == ["offline", "offline.css"]
        person.trouble.clear()  # the browser itself complains of the connection
        await person.page.context.set_offline(False)
        await person.page.get_by_role("link", name="Thử lại").click()
        await expect(person.page.locator("h1")).to_contain_text("Yêu cầu")
        await person.leads_to(r"/requests\?q=laptop")


async def test_a_form_that_is_sent_without_a_connection_stays_and_says_so(visit: AtABrowser, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    async with visit("manager1", phone=True) as manager:
        page, said = manager.page, manager.page.locator("#unsent-note")
        await manager.open(f"/inbox/{request['id']}")
        await page.locator("#note").fill("Đồng ý mua")
        await page.context.set_offline(True)
        await page.locator("#approve").tap()
        await expect(said).to_contain_text("Không có kết nối mạng: chưa có gì được gửi")
        await expect(said).to_be_in_viewport(ratio=1)
        await expect(page.locator("#note")).to_have_value("Đồng ý mua")
        await page.locator("#decision .menu > summary").tap()
        await page.locator("[data-opens=forward]").tap()
        dialog = page.locator("dialog#forward")
        await dialog.locator("select").select_option(index=1)
        await dialog.locator("textarea").fill("Nhờ xem giúp")
        await dialog.get_by_role("button", name="Chuyển").last.tap()
        await expect(dialog.locator("#unsent-note")).to_be_in_viewport(ratio=1)
        await expect(dialog.locator("textarea")).to_have_value("Nhờ xem giúp")
        await page.keyboard.press("Escape")
        manager.trouble.clear()  # the browser itself complains of the connection
        await page.context.set_offline(False)
        await expect(said).to_be_hidden()
        assert (await sales.request(request["id"]))["run"]["step"]["key"] == "manager"
        await page.locator("#approve").tap()
        await manager.leads_to("/inbox$")
        manager.trouble.clear()


async def test_a_form_is_sent_once_where_the_browser_knows_of_no_network_and_the_server_answers(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    api = await sign_in("sales1")
    request = await api.create(lines=SMALL)
    async with visit("sales1") as sales:
        page, posted = sales.page, list[str]()
        await page.add_init_script('Object.defineProperty(Navigator.prototype, "onLine", { get: () => false })')
        await sales.open(f"/requests/{request['id']}/send")
        page.on("request", lambda made: posted.append(made.url) if made.method == "POST" else None)
        await sales.button("Gửi").dblclick()
        await sales.leads_to(f"/requests/{request['id']}$")
        await sales.sees_status("Đang thực hiện")
        assert [url.rsplit("/", 1)[-1] for url in posted] == ["send"]
    assert [item["action"] for item in await api.timeline(request["id"])] == ["create", "send"]


async def test_a_form_stays_where_the_browser_knows_of_no_network_and_nobody_answers(
    visit: AtABrowser, sign_in: SignIn
) -> None:
    api = await sign_in("sales1")
    request = await api.create(lines=SMALL)
    async with visit("sales1") as sales:
        await sales.page.add_init_script('Object.defineProperty(Navigator.prototype, "onLine", { get: () => false })')
        await sales.page.route("**/healthz", lambda _route: None)
        await sales.open(f"/requests/{request['id']}/send")
        await sales.button("Gửi").click()
        said = sales.page.locator("#unsent-note")
        await expect(said).to_contain_text("Không có kết nối mạng: chưa có gì được gửi", timeout=20_000)
        await expect(said).to_be_in_viewport(ratio=1)
    assert [item["action"] for item in await api.timeline(request["id"])] == ["create"]
