"""What a request shows of reported purchases is what the reports come to; the reconciler writes it again where it is not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.checking.sums import Sums
from application.reconciling import Reconciler
from approval.model import ProcessStatus
from crm import checking, findings
from crm.pool import Pool
from tests.api.setting import SMALL, completed
from tests.checking.looking import reconcile
from tests.clients import ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

CAME = {"purchase_status": "partially_received", "lines": [{"product_code": "LT-T14", "received": "2"}]}
WENT_BACK = {"lines": [{"product_code": "LT-T14", "sent_back": "1"}]}

DAMAGES = {
    "what a line shows": (
        "UPDATE purchase_request_lines SET quantity_received = 7 WHERE request_id = $1",
        "LT-T14: 7 (1)",
        "LT-T14: 1",
    ),
    "what its run has of a line": (
        """UPDATE runs SET purchasing = jsonb_set(purchasing, ARRAY['lines', (SELECT id::text FROM purchase_request_lines l
           WHERE l.request_id = $1), 'value'], '"3"') WHERE request_id = $1""",
        "LT-T14: 1 (3)",
        "LT-T14: 1",
    ),
    "the status": (
        "UPDATE purchase_requests SET purchase_status = 'received' WHERE id = $1",
        "received (partially_received)",
        "partially_received",
    ),
    "the status that its run has": (
        """UPDATE runs SET purchasing = jsonb_set(purchasing, '{status}', 'null') WHERE request_id = $1""",
        "partially_received (–)",
        "partially_received",
    ),
    "a row of the ledger, which is gone": (
        "DELETE FROM receipts WHERE request_id = $1 AND kind = 'sent_back'",
        "LT-T14: 1",
        "LT-T14: 2",
    ),
}


async def report(client: ApiClient, request: Any, day: int = 1, **facts: Any) -> None:
    """Purchasing reports on a request."""
    event = {
        "event_id": f"{request['number']} {uuid4()}",
        "occurred_at": f"2025-12-{day:02}T00:00:00Z",
        "request_number": request["number"],
        **facts,
    }
    answer = await client.call("POST", "/purchasing/events", event)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("damage", "before", "after"), DAMAGES.values(), ids=DAMAGES)
async def test_what_differs_is_written_again_and_written_down(
    sign_in: SignIn, pool: Pool, reconciler: Reconciler, damage: str, before: str, after: str
) -> None:
    sales, manager, purchasing = [await sign_in(name) for name in ("sales1", "manager1", "purchasing1")]
    damaged, well = [await completed(sales, manager) for _ in range(2)]
    for request in (damaged, well):
        await report(purchasing, request, 1, **CAME)
        await report(purchasing, request, 2, **WENT_BACK)
    shown = {request["id"]: await sales.request(request["id"]) for request in (damaged, well)}
    await pool.execute(damage, UUID(damaged["id"]))

    reconciled = await reconcile(reconciler)

    assert (reconciled.mended, reconciled.waiting) == (1, 0)
    (found, *_) = await findings.mended(pool, 1)
    assert (found.number, found.facts) == (damaged["number"], {"before": before, "after": after})
    now = await sales.request(damaged["id"])
    assert now["purchase_status"] == "partially_received"
    assert now["lines"][0]["quantity_received"] == after.removeprefix("LT-T14: ") if "LT-T14" in after else "1"
    assert now["version"] > shown[damaged["id"]]["version"], "whoever pulls it reads it again"
    assert await sales.request(well["id"]) == shown[well["id"]]
    assert (await reconcile(reconciler)).mended == 0


async def test_what_is_shown_though_nobody_reported_it_is_not_shown_any_more(
    sign_in: SignIn, pool: Pool, reconciler: Reconciler
) -> None:
    request = await completed(await sign_in("sales1"), await sign_in("manager1"))
    await pool.execute("UPDATE purchase_requests SET purchase_status = 'received' WHERE id = $1", UUID(request["id"]))
    await pool.execute(
        "UPDATE purchase_request_lines SET quantity_received = 2 WHERE request_id = $1", UUID(request["id"])
    )
    assert (await reconcile(reconciler)).mended == 1
    (found, *_) = await findings.mended(pool, 1)
    assert found.facts == {"before": "LT-T14: 2 (0); received (–)", "after": "LT-T14: 0; –"}


async def test_a_ledger_is_added_up_as_the_rules_add_it_up(sign_in: SignIn, pool: Pool, reconciler: Reconciler) -> None:
    """Corrections, what came before and after them, what went back before it came, and several of one moment."""
    sales, manager, purchasing = [await sign_in(name) for name in ("sales1", "manager1", "purchasing1")]
    lines = [{**SMALL[0], "product_code": code, "unit_price": "1000"} for code in ("LT-T14", "MON-27U")]
    request = await completed(sales, manager, lines=lines)
    for day, quantity in (
        (5, "quantity_received"),
        (5, "received"),
        (3, "received"),
        (7, "sent_back"),
        (6, "quantity_received"),
    ):
        await report(purchasing, request, day, lines=[{"product_code": "LT-T14", quantity: "2.50"}])
        await report(purchasing, request, day, purchase_status="ordered" if day % 2 else "received")
    await report(purchasing, request, 9, lines=[{"product_code": "MON-27U", "sent_back": "1"}])
    shown = await sales.request(request["id"])
    assert [line["quantity_received"] for line in shown["lines"]] == ["0", "-1"]
    assert (await reconcile(reconciler)).mended == 0
    assert await sales.request(request["id"]) == shown


async def test_reports_that_come_meanwhile_are_left_alone(sign_in: SignIn, pool: Pool, reconciler: Reconciler) -> None:
    sales, manager, purchasing = [await sign_in(name) for name in ("sales1", "manager1", "purchasing1")]
    requests = [await completed(sales, manager) for _ in range(3)]
    busy, reports = True, 0

    async def live(request: Any) -> None:
        nonlocal reports
        while busy:
            await report(purchasing, request, 1 + reports % 28, **(CAME if reports % 2 else WENT_BACK))
            reports += 1

    living = [asyncio.create_task(live(request)) for request in requests]
    mended: list[int] = []
    while reports < 60 or len(mended) < 5:
        mended.append((await reconcile(reconciler)).mended)
    busy = False
    await asyncio.gather(*living)
    assert mended == [0] * len(mended)


async def test_completed_requests_are_gone_through_in_turn(sign_in: SignIn, pool: Pool, reconciler: Reconciler) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    for _ in range(3):
        await completed(sales, manager)
    everyone = await checking.of_status(pool, ProcessStatus.COMPLETED, after=UUID(int=0), limit=1000)

    async def go_on() -> None:
        return

    async def turn(after: UUID | None, most: int) -> Sums:
        sums = Sums(pool, after, go_on, most)
        assert [finding async for finding in sums.compare()] == []
        return sums

    first = await turn(None, len(everyone) - 1)
    assert (first.compared, first.up_to) == (len(everyone) - 1, everyone[-2])
    second = await turn(first.up_to, 2)
    assert (second.compared, second.up_to) == (1, None)

    await findings.begin(pool, begun := uuid4())
    await findings.end(pool, begun, {}, 0, sums_up_to=everyone[-2])
    await reconcile(reconciler)
    (latest, *_) = await findings.passes(pool, 1)
    assert latest.compared["sums"] == 1, "it goes on where the one before it stopped"
    before = await findings.earlier(pool)
    assert before is not None
    assert (before.sums_up_to, before.started_at > datetime.now(UTC) - timedelta(minutes=1)) == (None, True)
