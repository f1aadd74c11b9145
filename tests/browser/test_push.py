"""Being told while no page is open: switched on by one's own click, shown by the service worker, and where a click on it leads.

Chromium cannot reach a push service here, and has none in a profile that is thrown away: ``PushManager`` is ours, with the keys of
a browser of the tests, and what a local push service got is given to the service worker by DevTools, as the browser would. So it
is with the click on what is shown: there is nobody to click outside of a page, and no window opens without.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import CDPSession, expect

from crm import push_devices
from crm.pool import Pool
from settings import Settings
from tests.api.setting import SMALL, sent
from tests.browser.conftest import AtABrowser
from tests.browser.person import Person
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.notices.push_service import Browser, PushService, push_service
from tests.notices.pushing import Pushing

pytestmark = pytest.mark.browser

SETTINGS: Final = "/notices/settings"
FAKE: Final = """(() => {
  const kept = () => JSON.parse(localStorage.getItem("subscription"));
  const subscription = () => kept() && {
    endpoint: kept().endpoint,
    toJSON: kept,
    unsubscribe: async () => localStorage.removeItem("subscription") ?? true,
  };
  PushManager.prototype.getSubscription = async () => subscription();
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || applicationServerKey.length !== 65) throw new TypeError("no browser takes this");
    localStorage.setItem("subscription", JSON.stringify(MADE));
    return subscription();
  };
  const { requestPermission } = Notification;
  window.asked = 0;
  Notification.requestPermission = () => ((window.asked += 1), requestPermission.call(Notification));
})()"""
SHOWN: Final = """async () => {
  const shown = await (await navigator.serviceWorker.ready).getNotifications();
  return shown.map(({ title, body, tag, lang, data }) => ({ title, body, tag, lang, ...data }));
}"""
CLICK: Final = """async () => {
  const [shown] = await self.registration.getNotifications();
  let opened = "";
  self.Clients.prototype.openWindow = async (address) => void (opened = String(address));
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification: shown }));
  return [opened, (await self.registration.getNotifications()).length];
}"""


@pytest.fixture
def visit(visit_whole: AtABrowser) -> AtABrowser:
    """With notifications."""
    return visit_whole


@pytest_asyncio.fixture(loop_scope="session")
async def service(tmp_path: Path) -> AsyncIterator[PushService]:
    async with push_service(tmp_path) as service:
        yield service


async def subscribing(person: Person, browser: Browser) -> None:
    """Have the browser of somebody subscribe as this one, once they allow it."""
    made = {"endpoint": browser.endpoint, "keys": {name: browser.fields[name] for name in ("p256dh", "auth")}}
    await person.page.add_init_script(FAKE.replace("MADE", json.dumps(made)))
    await person.page.context.grant_permissions(["notifications"], origin=person.address)


async def test_a_manager_is_told_on_a_phone_and_a_tap_leads_to_the_request(
    visit: AtABrowser, sign_in: SignIn, pool: Pool, settings: Settings, service: PushService
) -> None:
    pushing = Pushing(pool, settings, service.sender)
    await pushing.tell()
    phone = service.subscribe()
    async with visit("manager1", phone=True) as person:
        await subscribing(person, phone)
        await person.open(SETTINGS)
        assert await person.page.evaluate("asked") == 0, "nobody is asked before they want it"
        await person.press("Báo trên máy này")
        await person.sees("Từ bây giờ bạn được báo trên máy này", "Bạn đang được báo trên máy này", "máy này")
        (device,) = await push_devices.of_person(pool, "manager1")
        assert device.endpoint == phone.endpoint

        worker = await Worker.of(person)
        request = await sent(await sign_in("sales1"), lines=SMALL)
        await pushing.done()
        (message,) = service.came_to(phone)
        shown = await worker.shows(message)
        assert shown == [{key: message[key] for key in ("title", "body", "tag", "lang", "id", "url")}]
        assert request["number"] in shown[0]["body"]
        assert await worker.shows(message) == shown, "the same once more is the same"

        newer = {**message, "id": "another", "body": "Mới hơn"}
        assert [one["body"] for one in await worker.shows(newer)] == ["Mới hơn"], "the newest of a request alone"
        await worker.shows(message)
        opened, left = await person.page.context.service_workers[0].evaluate(CLICK)
        assert (opened, left) == (f"{person.address}{message['url']}", 0)
        await person.open(message["url"])
        await person.leads_to(f"/requests/{request['id']}$")
        await expect(person.page.locator("#bell-topbar .nav-count")).to_have_count(0)

        await person.open(SETTINGS)
        await person.page.get_by_role("button", name="Bỏ").click()
        await person.sees("Đã bỏ máy")
        await expect(person.button("Báo trên máy này")).to_be_visible()
        assert await person.page.evaluate("localStorage.getItem('subscription')") is None, "the browser let go of it"
    assert await push_devices.of_person(pool, "manager1") == []


async def test_a_device_that_has_ended_is_switched_on_again_there(
    visit: AtABrowser, pool: Pool, service: PushService
) -> None:
    browser = service.subscribe()
    await browser.told(pool, "sales2")
    await pool.execute("UPDATE push_devices SET server_key = 'another' WHERE username = 'sales2'")
    kept = json.dumps(json.dumps({"endpoint": browser.endpoint}))
    async with visit("sales2", language="en") as person:
        await subscribing(person, browser)
        await person.page.add_init_script(
            f"localStorage.getItem('subscription') ?? localStorage.setItem('subscription', {kept})"
        )
        await person.open(SETTINGS)
        await person.page.evaluate(
            "navigator.serviceWorker.register('/service-worker.js').then(() => navigator.serviceWorker.ready)"
        )
        await person.open(SETTINGS)
        await person.sees("It is told nothing any more")
        await expect(person.page.locator("[data-this-device]")).to_be_visible()
        await person.press("Tell me on this device")
        await person.sees("You are told on this device from now on")
        await expect(person.page.get_by_text("It is told nothing any more")).to_have_count(0)
        await expect(person.button("Tell me on this device")).to_be_hidden()
        await person.page.get_by_role("button", name="Remove").click()
        await person.sees("The device is removed")
    assert await push_devices.of_person(pool, "sales2") == []


async def test_a_browser_that_may_not_or_cannot_says_so(visit: AtABrowser, service: PushService) -> None:
    async with visit("sales1") as person:
        await person.page.add_init_script('Object.defineProperty(Notification, "permission", { get: () => "denied" })')
        await person.open(SETTINGS)
        await person.sees("Trình duyệt này đang chặn thông báo của trang")
        await expect(person.button("Báo trên máy này")).to_be_hidden()
    async with visit("sales1", language="en") as person:
        await person.page.add_init_script("delete window.PushManager")
        await person.open(SETTINGS)
        await person.sees("This browser cannot be told anything while no page is open")
        await expect(person.button("Tell me on this device")).to_be_hidden()
    async with visit("sales1", language="en") as person:
        await subscribing(person, service.subscribe())
        await person.page.add_init_script(
            'PushManager.prototype.subscribe = () => Promise.reject(new DOMException("no service"))'
        )
        await person.open(SETTINGS)
        await person.press("Tell me on this device")
        await person.sees("The browser could not switch it on")


class Worker:
    """The service worker of a page, as DevTools reach it."""

    def __init__(self, person: Person, cdp: CDPSession, registration_id: str) -> None:
        self._person = person
        self._cdp = cdp
        self._registration_id = registration_id

    @classmethod
    async def of(cls, person: Person) -> Worker:
        """The one of the page that somebody looks at."""
        await person.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        cdp = await person.page.context.new_cdp_session(person.page)
        found: list[str] = []

        def note(event: dict[str, Any]) -> None:
            found.extend(one["registrationId"] for one in event["registrations"] if not one["isDeleted"])

        cdp.on("ServiceWorker.workerRegistrationUpdated", note)
        await cdp.send("ServiceWorker.enable")

        async def known() -> bool:
            return bool(found)

        await eventually(known)
        return cls(person, cdp, found[-1])

    async def shows(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Give it a message; what is shown once it is among that."""
        await self._cdp.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self._person.address, "registrationId": self._registration_id, "data": json.dumps(message)},
        )
        shown: list[dict[str, Any]] = []

        async def there() -> bool:
            shown[:] = await self._person.page.evaluate(SHOWN)
            return any((one["id"], one["body"]) == (message["id"], message["body"]) for one in shown)

        await eventually(there)
        return shown
