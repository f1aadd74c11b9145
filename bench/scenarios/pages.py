"""Pages: each main page beside the calls of the API that give the same data, to the same person."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from bench.load import OWNER, STEPS, Client, connected
from bench.plan import Figures, Plan
from bench.sides import Product
from bench.statistics import ratio, summary

ORDERS = 12
WAITING = 36
DONE = 36
"""More than a page of a list shows."""
WARM_UP = 10
MANAGER = STEPS[0][1]
FRAME = ("/inbox?limit=200", "/me")
"""What every page says as well: who is signed in, and how many requests wait on them, which the API does not count."""


@dataclass(frozen=True)
class Pair:
    """A page and the calls of the API that give the same.

    Attributes:
        name: of the page.
        user: whose page it is.
        address: of the page.
        calls: paths under the API's base; the first one gives the page's subject.
        shows: what must stand on the page, so that it is the page that is meant.
    """

    name: str
    user: str
    address: str
    calls: tuple[str, ...]
    shows: str


async def run(plan: Plan) -> Figures:
    """The product: a page, then its calls, one after the other by one client, again and again."""
    plan.say("pages: the CRM with requests of sales orders")
    side = Product(plan.stores / Product.name)
    rounds: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    try:
        await side.start()
        async with connected(side.url) as client:
            pairs = await _pairs(client)
            for number in range(plan.sizes.rounds):
                plan.say(f"pages, round {number + 1}")
                for pair in pairs:
                    rounds[pair.name].append(await _measure(client, pair, plan.sizes.page_calls))
                    plan.say(f"  {pair.name}: {rounds[pair.name][-1]}")
    finally:
        side.stop()
    return {
        pair.name: {
            "calls": list(pair.calls),
            "rounds": rounds[pair.name],
            "ratios": {
                other: vars(
                    ratio(
                        [one["page"]["p95"] for one in rounds[pair.name]],
                        [one[other]["p95"] for one in rounds[pair.name]],
                    )
                )
                for other in ("first", "calls")
            },
        }
        for pair in pairs
    }


async def _pairs(client: Client) -> list[Pair]:
    """Requests to look at, and the pages that show them."""
    found = await client.call("GET", f"/sales-orders?limit={ORDERS}", user=OWNER)
    orders = [order["id"] for order in found["items"]]
    waiting = [await client.start(orders[number % len(orders)]) for number in range(WAITING)]
    done = [await client.start(orders[number % len(orders)]) for number in range(DONE)]
    for request_id in done:
        for step in range(len(STEPS)):
            await client.approve(request_id, step)
    await client.sign_in("purchasing1")
    await client.sign_in_to_pages(OWNER, MANAGER, "purchasing1")
    order, request = f"/sales-orders/{orders[0]}", f"/purchase-requests/{waiting[-1]}"
    completed = "/purchase-requests?process_status=completed&limit=25"
    form = f"/requests/new?source_type=sales_order&source_id={orders[0]}"
    return [
        Pair("request list", OWNER, "/requests", ("/purchase-requests?limit=25", *FRAME), done[-1]),
        Pair("request", OWNER, f"/requests/{waiting[-1]}", (request, f"{request}/timeline", *FRAME), waiting[-1]),
        Pair("inbox", MANAGER, "/inbox", FRAME, waiting[0]),
        Pair("purchasing list", "purchasing1", "/purchasing", (completed, *FRAME), done[-1]),
        Pair("request form", OWNER, form, (f"{order}/purchase-request-draft", order, *FRAME), orders[0]),
        Pair("order", OWNER, f"/orders/{orders[0]}", (order, f"{order}/purchase-requests", *FRAME), orders[0]),
    ]


async def _measure(client: Client, pair: Pair, times: int) -> dict[str, Any]:
    """The page and its calls in turns, in milliseconds: the page, the first call alone, and all calls together."""
    page, first, calls = [], [], []
    for number in range(-WARM_UP, times):
        begun = perf_counter()
        html = await client.page(pair.address, user=pair.user)
        page_done = perf_counter()
        ends = []
        for path in pair.calls:
            await client.call("GET", path, user=pair.user)
            ends.append(perf_counter())
        if number >= 0:
            page.append((page_done - begun) * 1000)
            first.append((ends[0] - page_done) * 1000)
            calls.append((ends[-1] - page_done) * 1000)
        elif pair.shows not in html:
            raise ValueError(f"{pair.address} does not show {pair.shows}")
    return {"page": summary(page), "first": summary(first), "calls": summary(calls)}
