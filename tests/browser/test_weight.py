"""Pages are light: under 200 kB over the wire for somebody who has nothing of them yet, and nothing from elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.setting import sent
from tests.browser.conftest import AtABrowser
from tests.conftest import SignIn

pytestmark = pytest.mark.browser

MOST_BYTES = 200_000


async def test_every_first_visit_is_light(visit: AtABrowser, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    order = (await sales.get("/sales-orders"))["items"][0]["id"]
    request = (await sent(sales))["id"]
    weights: dict[str, int] = {}
    for username, paths in {
        "": ("/sign-in",),
        "sales1": ("/orders", f"/orders/{order}", "/requests", f"/requests/{request}", "/requests/new"),
        "manager1": ("/inbox", f"/inbox/{request}", "/overview"),
        "purchasing1": ("/purchasing", "/purchasing/to-buy"),
        "admin1": (
            "/admin/connection",
            "/admin/processes/purchase-approval",
            "/admin/processes/purchase-approval/edit",
            "/admin/processes/purchase-approval-parallel/form",
        ),
    }.items():
        async with visit(username or None) as person:
            network = await person.page.context.new_cdp_session(person.page)
            received: dict[str, float] = {}

            def arrived(event: dict[str, Any], received: dict[str, float] = received) -> None:
                received[event["requestId"]] = event["encodedDataLength"]

            network.on("Network.loadingFinished", arrived)
            await network.send("Network.enable")
            await network.send("Network.setCacheDisabled", {"cacheDisabled": True})
            for path in paths:
                received.clear()
                await person.open(path)
                await person.page.evaluate("document.fonts.ready")
                weights[path] = int(sum(received.values()))
    assert all(weights.values()), weights
    assert {path: weight for path, weight in weights.items() if weight > MOST_BYTES} == {}
