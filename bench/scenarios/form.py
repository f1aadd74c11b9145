"""The form of a request with as many lines as one may have, in Chromium: from a key to what it shows, and what else people do there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from playwright.async_api import Page

from approval.values import MOST_LINES
from bench.load import BODY, OWNER, connected
from bench.plan import Figures, Plan
from bench.sides import Product
from bench.statistics import summary
from tests.browser.chromium import chromium
from tests.browser.person import Person, at_a_browser

KEYS: Final = 30
"""In each place; the first of them are no warm-up, since people's are not either."""
MOST_DIGITS: Final = 10
"""Of a price that is typed."""
FEW: Final = 2
"""Lines of a form that stands beside."""

WATCH: Final = """() => {
    window.shownAfter = [];
    window.afterPaint = (begun) => new Promise((done) => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(performance.now() - begun);
        port2.postMessage(null);
    }));
    document.addEventListener("keydown", ({ key, timeStamp }) => {
        if (/^\\d$/.test(key)) afterPaint(timeStamp).then((took) => shownAfter.push(took));
    }, true);
}"""
"""What is in the page is painted when a message that was posted in its next frame arrives."""

SHOWN: Final = "async (keys) => { while (shownAfter.length < keys) await new Promise(requestAnimationFrame); }"
"""Until so many keys are shown; Playwright's own waiting needs a policy under which text may become code."""

ACT: Final = "async ([act, given]) => { const begun = performance.now(); acts[act](given); return afterPaint(begun); }"
ACTS: Final = """() => {
    const click = (selector) => document.querySelector(selector).click();
    window.acts = {
        paste: (text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            const field = document.querySelector("#lines-0-product_code");
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        },
        remove: () => click("#lines [data-remove-line]"),
        add: () => click(".lines-foot [data-add-line]"),
    };
}"""

OPENED: Final = """() => {
    const [{ requestStart, responseStart, domContentLoadedEventEnd }] = performance.getEntriesByType("navigation");
    return { server: responseStart - requestStart, ready: domContentLoadedEventEnd - requestStart };
}"""
"""Milliseconds until the answer begins, and until the page and its scripts are there, for whoever opens it."""


async def run(plan: Plan) -> Figures:
    """The product, and somebody at a browser who opens the form, types, pastes, removes and adds."""
    plan.say(f"form: a request of {MOST_LINES} lines, in Chromium")
    side = Product(plan.stores / Product.name)
    rounds = []
    try:
        await side.start()
        async with connected(side.url) as client:
            requests = {lines: f"/requests/{await _made(client, lines)}" for lines in (FEW, MOST_LINES)}
        async with chromium() as browser, at_a_browser(browser, side.url, OWNER) as person:
            for number in range(plan.sizes.rounds):
                plan.say(f"form, round {number + 1}")
                rounds.append(await _round(person, requests))
                plan.say(f"  {rounds[-1]}")
    finally:
        side.stop()
    return {"lines": MOST_LINES, "few": FEW, "keys": KEYS, "rounds": rounds}


async def _made(client: Any, lines: int) -> str:
    """The id of a request with so many lines that is not sent."""
    await client.sign_in(OWNER)
    body = {name: value for name, value in BODY.items() if name != "send"} | {"lines": BODY["lines"] * lines}
    return str((await client.call("POST", "/purchase-requests", body, user=OWNER))["id"])


async def _round(person: Person, requests: Mapping[int, str]) -> dict[str, Any]:
    page = person.page
    opened = {}
    typing = {}
    for lines, address in requests.items():
        await person.open(address)
        opened[f"page of {lines}"] = await page.evaluate(OPENED)
        await person.open(f"{address}/edit")
        opened[f"form of {lines}"] = await page.evaluate(OPENED)
        await page.evaluate(WATCH)
        places = {"first": 0, "middle": lines // 2, "last": lines - 1} if lines > FEW else {f"of {lines} lines": 0}
        for name, line in places.items():
            typing[name] = summary(await _type(page, line))
    return {"opened": opened, "typing": typing, "acts": await _acts(person)}


async def _type(page: Page, line: int) -> list[float]:
    """Milliseconds from each key to the frame that shows it; the price of a line is typed, so that amount and total follow."""
    await page.locator(f"[name='lines.{line}.unit_price']").fill("")
    await page.evaluate("shownAfter.length = 0")
    for number in range(KEYS):
        if number % MOST_DIGITS == 0:
            await page.keyboard.press("ControlOrMeta+a")  # the next one takes the place of all before
        await page.keyboard.press(str(number % 9 + 1))
        await page.evaluate(SHOWN, number + 1)
    times: list[float] = await page.evaluate("shownAfter")
    return times


async def _acts(person: Person) -> dict[str, float]:
    """Milliseconds until what one does is shown: pasting all lines into a new form, removing the first, adding one below."""
    rows = "\n".join(f"P-{number}\tMáy tính\tKho Hà Nội\tFPT\t1\tChiếc\t1.000" for number in range(MOST_LINES))
    page = person.page
    await person.open("/requests/new")
    await page.evaluate(WATCH)
    await page.evaluate(ACTS)
    return {act: await page.evaluate(ACT, [act, rows]) for act in ("paste", "remove", "add")}
