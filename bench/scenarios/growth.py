"""Growth: what a decision costs as its request's history grows, and what lists cost as the CRM grows."""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import Any, Final
from uuid import UUID

from temporalio.client import Client as TemporalClient

from bench.bulk import MONTH, WORDS, count_all, fill
from bench.load import OWNER, STEPS, Client, connected
from bench.plan import Figures, Plan
from bench.scenarios import indexes
from bench.sides import Product
from bench.statistics import ratio, summary
from workflows.contracts import workflow_id

PEOPLE = ("seller1", "newcomer", "manager1", "director1", "purchasing1", "admin1")
WARM_UP = 5
START: Final = "/"
OVERVIEW: Final = f"/overview?until={MONTH}"
INBOX: Final = "/inbox"
INDEX_CALLS = 5
"""Of each list, when an index is missing."""


async def run(plan: Plan) -> Figures:
    """The product, beside itself at the smallest size: two of it, whose lists are read in turns."""
    least, most = plan.sizes.crm_requests
    small, large = (Product(plan.stores / f"{Product.name}-{size}") for size in (least, most))
    try:
        await small.start()
        await large.start()
        async with connected(small.url) as small_client, connected(large.url) as large_client:
            plan.say("growth: one request, sent back and sent again")
            history = await _history(small_client, small, plan.sizes.history_rounds)
            plan.say(f"  {history}")
            for side, client, size in ((small, small_client, least), (large, large_client, most)):
                plan.say(f"growth: the CRM with {size:,} requests")
                await fill(side.database_url, size)
                await count_all(side.database_url)
                await client.sign_in(*PEOPLE)
            await large_client.sign_in_to_pages(*PEOPLE)
            rounds, pages = [], []
            for number in range(plan.sizes.rounds):
                plan.say(f"growth: lists, round {number + 1} of {plan.sizes.rounds}")
                rounds.append([await _lists(client, plan.sizes.list_calls) for client in (small_client, large_client)])
                pages.append(await _pages(large_client, plan.sizes.list_calls))

            async def lists_of_the_large() -> dict[str, float]:
                return {name: found["p50"] for name, found in (await _lists(large_client, INDEX_CALLS)).items()}

            plan.say("growth: indexes")
            without = await indexes.measure(large.database_url, rounds=plan.sizes.rounds, lists=lists_of_the_large)
    finally:
        large.stop()
        small.stop()
    lists = {name: _compared([(one[0][name], one[1][name]) for one in rounds]) for name in rounds[0][0]}
    for name, found in lists.items():
        plan.say(f"  {name}: p50 {found['p50']['median']:.2f}, p99 {found['p99']['median']:.2f} times")
    start, overview = (
        {name: _to_the_inbox(page, [one[name] for one in pages]) for name in pages[0]} for page in ("start", "overview")
    )
    for page, figures in (("start page", start), ("overview", overview)):
        for name, found in figures.items():
            plan.say(f"  {page}, {name}: p50 {found['ratio']['median']:.2f} times the inbox")
    return {
        "history": history,
        "sizes": [least, most],
        "lists": lists,
        "start": start,
        "overview": overview,
        "indexes": without,
    }


async def _pages(client: Client, calls: int) -> dict[str, dict[str, float]]:
    """Of each person the start page, the overview and the page of the inbox in turns: the median of each in milliseconds."""
    found = {}
    for person in PEOPLE:
        latencies: dict[str, list[float]] = {START: [], OVERVIEW: [], INBOX: []}
        for number in range(-WARM_UP, calls):
            for address, one in latencies.items():
                begun = perf_counter()
                await client.page(address, user=person)
                if number >= 0:
                    one.append((perf_counter() - begun) * 1000)
        found[person] = {
            "start": median(latencies[START]),
            "overview": median(latencies[OVERVIEW]),
            "inbox": median(latencies[INBOX]),
        }
    return found


def _to_the_inbox(page: str, rounds: list[dict[str, float]]) -> dict[str, Any]:
    """One person's page beside their inbox: the medians of each round, and their ratio."""
    own, inbox = ([one[name] for one in rounds] for name in (page, "inbox"))
    return {page: median(own), "inbox": median(inbox), "ratio": vars(ratio(own, inbox))}


def _compared(rounds: list[tuple[dict[str, float], dict[str, float]]]) -> dict[str, Any]:
    """One list, of the small and the large CRM in each round, and the ratios of the large one to the small one."""
    ratios = {
        percent: vars(ratio([large[percent] for _, large in rounds], [small[percent] for small, _ in rounds]))
        for percent in ("p50", "p99")
    }
    return {**ratios, "rounds": [{"small": small, "large": large} for small, large in rounds]}


async def _history(client: Client, side: Product, rounds: int) -> dict[str, Any]:
    """Reject and resend one request again and again; latency of both and the length of the engine's history."""
    temporal = await TemporalClient.connect(side.temporal.address)
    request_id = await client.start()
    handle = temporal.get_workflow_handle(workflow_id(UUID(request_id)))
    rejects, resends, lengths = [], [], []
    for _ in range(rounds):
        begun = perf_counter()
        await client.call(
            "POST", f"/purchase-requests/{request_id}/reject", {"step": STEPS[0][0], "note": "x"}, user=STEPS[0][1]
        )
        rejects.append((perf_counter() - begun) * 1000)
        begun = perf_counter()
        await client.call("POST", f"/purchase-requests/{request_id}/send", {}, user=OWNER)
        resends.append((perf_counter() - begun) * 1000)
        lengths.append((await handle.describe()).history_length)
    tenth = max(1, rounds // 10)
    return {
        "rounds": rounds,
        "reject_first": summary(rejects[:tenth]),
        "reject_last": summary(rejects[-tenth:]),
        "resend_first": summary(resends[:tenth]),
        "resend_last": summary(resends[-tenth:]),
        "longest_history": max(lengths),
        "last_history": lengths[-1],
    }


async def _lists(client: Client, calls: int) -> dict[str, Any]:
    related = await client.call("GET", "/purchase-requests?limit=1&sort=created", user="newcomer")
    order = related["items"][0]["source"]["id"]
    paths = {
        "inbox of a manager": ("/inbox", "manager1"),
        "list of a seller": ("/purchase-requests", "seller1"),
        "list of somebody with few requests": ("/purchase-requests", "newcomer"),
        "list of a manager": ("/purchase-requests", "manager1"),
        "list of a director": ("/purchase-requests", "director1"),
        "list of purchasing": ("/purchase-requests", "purchasing1"),
        "list of an admin": ("/purchase-requests", "admin1"),
        "returned ones of a seller": ("/purchase-requests?process_status=returned", "seller1"),
        "not sent ones of a manager's people": ("/purchase-requests?process_status=not_sent", "manager1"),
        "returned ones, of an admin": ("/purchase-requests?process_status=returned", "admin1"),
        "ordered ones, of purchasing": ("/purchase-requests?purchase_status=ordered", "purchasing1"),
        "in progress, of an admin": ("/purchase-requests?process_status=in_progress", "admin1"),
        "largest amount first, manager": ("/purchase-requests?sort=-total", "manager1"),
        "smallest amount first, director": ("/purchase-requests?sort=total", "director1"),
        "largest amount first, admin": ("/purchase-requests?sort=-total", "admin1"),
        "by number, director": ("/purchase-requests?sort=number", "director1"),
        "by number, admin": ("/purchase-requests?sort=number", "admin1"),
        "by date, manager": ("/purchase-requests?sort=request_date", "manager1"),
        "by date, admin": ("/purchase-requests?sort=request_date", "admin1"),
        "somebody else's by amount, manager": ("/purchase-requests?owner=seller3&sort=-total", "manager1"),
        "related list of an order, its seller": (f"/sales-orders/{order}/purchase-requests", "newcomer"),
        "related list of an order, admin": (f"/sales-orders/{order}/purchase-requests", "admin1"),
        **{f"search for {what}, manager": (f"/purchase-requests?q={word}", "manager1") for what, word in WORDS.items()},
        **{f"search for {what}, admin": (f"/purchase-requests?q={word}", "admin1") for what, word in WORDS.items()},
    }
    found = {}
    for name, (path, user) in paths.items():
        for _ in range(WARM_UP):
            await client.call("GET", path, user=user)
        latencies = []
        for _ in range(calls):
            begun = perf_counter()
            await client.call("GET", path, user=user)
            latencies.append((perf_counter() - begun) * 1000)
        found[name] = summary(latencies)
    return found
