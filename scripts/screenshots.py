"""The pictures of the documentation: a working day made through the API, and each main page photographed.

``scripts/screenshots`` sets up what this needs.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
from playwright.async_api import Browser, Page

from embedded.processes import free_port
from tests.browser.chromium import chromium

IMAGES: Final = Path(__file__).resolve().parent.parent / "docs" / "images"
READY_SECONDS: Final = 180.0
DESKTOP: Final = (1280, 840)
PHONE: Final = (390, 844)


@dataclass(frozen=True)
class System:
    """A running system: where its pages are, and where the Temporal UI is."""

    address: str
    temporal_ui: str


@dataclass
class Api:
    """The API, as any of the demo's people."""

    http: httpx.Client
    tokens: dict[str, str] = field(default_factory=dict)

    def call(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A call that must succeed; its JSON."""
        if who not in self.tokens:
            answer = self.http.post("/api/v1/demo/token", json={"username": who})
            self.tokens[who] = answer.raise_for_status().json()["access_token"]
        headers |= {"Authorization": f"Bearer {self.tokens[who]}"}
        answer = self.http.request(method, f"/api/v1{path}", json=body, headers=headers)
        if answer.is_error:
            raise RuntimeError(f"{who}: {method} {path}: {answer.text}")
        return answer.json()

    def act(self, who: str, request: Any, action: str, **body: Any) -> Any:
        """Send, approve, reject …; the request."""
        return self.call(who, "POST", f"/purchase-requests/{request['id']}/{action}", body)

    def order(self, number: str) -> Any:
        """A sales order."""
        return self.call("sales1", "GET", f"/sales-orders?q={number}")["items"][0]

    def make(self, who: str, order: str, **changes: Any) -> Any:
        """A request from an order, sent."""
        draft = self.call(who, "GET", f"/sales-orders/{self.order(order)['id']}/purchase-request-draft")
        return self.call(who, "POST", "/purchase-requests", draft | {"send": {}} | changes)


@dataclass(frozen=True)
class Day:
    """What the pictures are of: ids of requests and of an order."""

    order: str
    next_order: str
    returned_once: str
    reviewed: str
    to_decide: str
    bought: str


def make_day(api: Api) -> Day:
    """Make a day's requests: some wait, some are returned, some are bought."""
    bought = []
    for number, owner in (("DH-2026-0414", "sales1"), ("DH-2026-0417", "sales2"), ("DH-2026-0421", "sales2")):
        request = api.make(owner, number)
        while request["process_status"] == "in_progress":
            step = request["run"]["step"]
            who = step["approvers"][0]["username"]
            request = api.act(who, request, "approve", step=step["key"], note="Đồng ý")
        bought.append(request)
    for request, status, part in zip(bought, ("ordered", "partially_received", "received"), (0, 0.5, 1), strict=True):
        lines = [
            {"line_id": line["id"], "quantity_received": str(int(float(line["quantity"]) * part))}
            for line in request["lines"]
        ]
        event: dict[str, Any] = {
            "event_id": str(uuid4()),
            "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "request_number": request["number"],
            "purchase_status": status,
            "lines": lines,
        }
        api.call("purchasing1", "POST", "/purchasing/events", event)
    api.make("sales1", "DH-2026-0422")
    api.act(
        "manager1", api.make("sales2", "DH-2026-0425"), "reject", step="manager", note="Hết ngân sách quý này", end=True
    )
    api.act("sales2", api.make("sales2", "DH-2026-0419"), "cancel", note="Khách hủy đơn")
    api.make("sales1", "DH-2026-0424")
    to_decide = api.make("sales2", "DH-2026-0413")
    api.make("sales2", "DH-2026-0415")
    api.act("manager1", api.make("sales1", "DH-2026-0418"), "reject", step="manager", note="Bổ sung báo giá thứ hai")

    story = api.make("sales1", "DH-2026-0412")
    note = "Kho còn 2 máy, giảm số lượng giúp tôi"
    story = api.act("manager1", story, "reject", step="manager", note=note)
    editable = ("id", "source_line_id", "product_code", "description", "warehouse", "unit", "quantity", "unit_price")
    lines = [{name: line[name] for name in (*editable, "supplier")} for line in story["lines"]]
    lines[0]["quantity"] = "9"
    path = f"/purchase-requests/{story['id']}"
    api.call("sales1", "PATCH", path, {"lines": lines}, **{"If-Match": f'"{story["version"]}"'})
    story = api.act("sales1", story, "send")
    changes = {"lines": [{"id": story["lines"][0]["id"], "quantity": "8"}]}
    api.act("manager1", story, "approve", step="manager", note="Tám máy là đủ", changes=changes)
    api.call("admin1", "PUT", "/connection", {"process_key": "purchase-approval-parallel"})
    reviewed = api.make("sales1", "DH-2026-0424")
    api.call("admin1", "PUT", "/connection", {"process_key": "purchase-approval"})
    reviewed = api.act("manager1", reviewed, "approve", step="manager")
    api.act("manager2", reviewed, "approve", step="finance", note="Đủ ngân sách")
    return Day(
        order=api.order("DH-2026-0412")["id"],
        next_order=api.order("DH-2026-0416")["id"],
        returned_once=story["id"],
        reviewed=reviewed["id"],
        to_decide=to_decide["id"],
        bought=bought[1]["id"],
    )


@dataclass(frozen=True)
class Photographer:
    """Takes pictures of pages as somebody sees them."""

    browser: Browser
    system: System

    async def take(
        self, name: str, who: str, path: str, size: tuple[int, int] = DESKTOP, dark: bool = False, opened: str = ""
    ) -> None:
        """One picture; ``opened`` is what to click first."""
        context = await self.browser.new_context(
            locale="vi-VN",
            color_scheme="dark" if dark else "light",
            viewport={"width": size[0], "height": size[1]},
            has_touch=size == PHONE,
        )
        page = await context.new_page()
        await page.goto(f"{self.system.address}/sign-in")
        await page.locator(f'button[value="{who}"]').click()
        await page.goto(self.system.address + path)
        if opened:
            await page.locator(opened).click()
        await self.shoot(page, name)
        await context.close()

    async def temporal(self, name: str, request_id: str) -> None:
        """The case in the Temporal UI, with what it tells of itself."""
        context = await self.browser.new_context(viewport={"width": 1360, "height": 880}, color_scheme="light")
        page = await context.new_page()
        await page.goto(f"{self.system.temporal_ui}/namespaces/default/workflows/purchase-request-{request_id}")
        await page.get_by_role("tab", name="User Metadata").or_(page.get_by_role("link", name="User Metadata")).click()
        await page.frame_locator("iframe").nth(1).get_by_text("So far").wait_for()
        await self.shoot(page, name)
        await context.close()

    async def shoot(self, page: Page, name: str) -> None:
        """What the page shows now."""
        await page.evaluate("document.fonts.ready")
        await page.screenshot(path=IMAGES / f"{name}.png", animations="disabled", caret="hide")
        print(f"docs/images/{name}.png")


async def take_all(system: System, day: Day) -> None:
    """All pictures."""
    async with chromium("--lang=vi-VN") as browser:
        photographer = Photographer(browser, system)
        take = photographer.take
        await take("order", "sales1", f"/orders/{day.order}")
        await take("request-form", "sales1", f"/requests/new?source_type=sales_order&source_id={day.next_order}")
        await take("request", "sales1", f"/requests/{day.returned_once}")
        await take("request-dark", "sales1", f"/requests/{day.returned_once}", dark=True)
        await take("parallel", "sales1", f"/requests/{day.reviewed}")
        await take("inbox", "manager1", "/inbox")
        await take("decision", "manager1", f"/inbox/{day.to_decide}")
        await take("decision-phone", "manager1", f"/inbox/{day.to_decide}", size=PHONE)
        await take("purchasing", "purchasing1", f"/purchasing/{day.bought}")
        await take("process", "admin1", "/admin/processes/purchase-approval/versions/1")
        await photographer.temporal("temporal", day.returned_once)


@contextmanager
def running_system() -> Iterator[System]:
    """The system whose ports are given, or one of our own that ends with this."""
    if port := os.environ.get("API_PORT"):
        ui_port = os.environ.get("TEMPORAL_UI_PORT", "8233")
        yield System(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{ui_port}")
        return
    ports = {name: str(free_port()) for name in ("API_PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT", "MAILBOX_PORT")}
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded"], env={**os.environ, **ports, "DATA_DIR": folder}, start_new_session=True
        )
        try:
            system = System(f"http://127.0.0.1:{ports['API_PORT']}", f"http://127.0.0.1:{ports['TEMPORAL_UI_PORT']}")
            wait_until_ready(system, process)
            yield system
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def wait_until_ready(system: System, process: subprocess.Popen[bytes]) -> None:
    """Return once the system answers.

    Raises:
        RuntimeError: it ended, or does not answer in time.
    """
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{system.address}/readyz/all").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise RuntimeError("the system did not start")


def main() -> None:
    """Make the day, take the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with running_system() as system, httpx.Client(base_url=system.address, timeout=60) as http:
        day = make_day(Api(http))
        asyncio.run(take_all(system, day))


if __name__ == "__main__":
    main()
