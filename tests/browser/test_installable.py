"""The pages on a home screen: what a browser needs to install them, and that without a connection they say so and show nothing old."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import expect

from tests.browser.conftest import AtABrowser

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
