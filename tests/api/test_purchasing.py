"""What purchasing reports, in whatever order it comes. Source: domain.md, decision 9 and the last row of the sync table."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from crm.pool import Pool
from tests.api.setting import SMALL, completed, sent
from tests.clients import LINE, ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

TWO_LINES = [{**LINE, "quantity": "2"}, {**LINE, "product_code": "CAB-C6A", "quantity": "1", "unit_price": "1000"}]


def _event(request: Any, minute: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "event_id": str(uuid4()),
        "occurred_at": f"2026-12-01T03:{minute:02}:00Z",
        "request_number": request["number"],
        **changes,
    }


def _received(request: Any, *quantities: str | None) -> list[dict[str, str]]:
    """Lines of an event: the quantity received of each line of the request, None for one that is not reported."""
    return [
        {"line_id": line["id"], "quantity_received": quantity}
        for line, quantity in zip(request["lines"], quantities, strict=False)
        if quantity is not None
    ]


async def _report(sign_in: SignIn, event: dict[str, Any], **headers: str) -> httpx.Response:
    return await (await sign_in("purchasing1")).call("POST", "/purchasing/events", event, **headers)


async def _applied(sign_in: SignIn, event: dict[str, Any]) -> Any:
    answer = await _report(sign_in, event)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _completed(sign_in: SignIn, **changes: Any) -> Any:
    return await completed(await sign_in("sales1"), await sign_in("manager1"), **changes)


async def _kept(pool: Pool, request: Any) -> tuple[str | None, list[Decimal], str | None, dict[str, str]]:
    """Purchase status and quantities on the request, and the same on the run."""
    row = await pool.fetchrow(
        """SELECT r.purchase_status, runs.purchasing,
               (SELECT array_agg(l.quantity_received ORDER BY position) FROM purchase_request_lines l
                WHERE l.request_id = r.id) AS received
           FROM purchase_requests r JOIN runs ON runs.request_id = r.id WHERE r.id = $1""",
        UUID(request["id"]),
    )
    assert row is not None
    status = row["purchasing"]["status"]
    lines = {line: value["value"] for line, value in row["purchasing"]["lines"].items()}
    return row["purchase_status"], row["received"], status and status["value"], lines


async def test_status_and_quantities_are_kept_on_the_request_and_on_the_run(sign_in: SignIn, pool: Pool) -> None:
    request = await _completed(sign_in, lines=TWO_LINES)
    event = _event(request, purchase_status="partially_received", lines=_received(request, "1.5", "1"))
    assert await _applied(sign_in, event) == {"applied": True}
    first, second = (line["id"] for line in request["lines"])
    assert await _kept(pool, request) == (
        "partially_received",
        [Decimal("1.5"), Decimal(1)],
        "partially_received",
        {first: "1.5", second: "1"},
    )
    shown = await (await sign_in("sales1")).request(request["id"])
    assert shown["purchase_status"] == shown["run"]["purchase_status"] == "partially_received"
    assert [line["quantity_received"] for line in shown["lines"]] == ["1.5", "1"]
    assert [line["quantity_received"] for line in shown["run"]["lines"]] == ["1.5", "1"]
    assert (shown["process_status"], shown["run"]["status"]) == ("completed", "completed")


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join(map(str, order)))
async def test_the_newest_report_stands_in_whatever_order_they_come(
    order: tuple[int, ...], sign_in: SignIn, pool: Pool
) -> None:
    request = await _completed(sign_in)
    line = request["lines"][0]["id"]
    events = [
        _event(request, 1, purchase_status="ordered", lines=_received(request, "0")),
        _event(request, 2, purchase_status="partially_received", lines=_received(request, "1")),
        _event(request, 3, purchase_status="received", lines=_received(request, "2")),
    ]
    for number in order:
        await _applied(sign_in, events[number])
    assert await _kept(pool, request) == ("received", [Decimal(2)], "received", {line: "2"})


async def test_reports_at_the_same_moment_all_count(sign_in: SignIn, pool: Pool) -> None:
    request = await _completed(sign_in)
    events = [_event(request, minute, lines=_received(request, str(minute))) for minute in range(12)]
    await asyncio.gather(*(_applied(sign_in, event) for event in events))
    assert (await _kept(pool, request))[1] == [Decimal(11)]
    assert (
        await pool.fetchval("SELECT count(*) FROM purchasing_events WHERE request_id = $1", UUID(request["id"])) == 12
    )


async def test_of_two_reports_of_the_same_moment_the_same_one_stands_in_both_orders(
    sign_in: SignIn, pool: Pool
) -> None:
    one, other = await _completed(sign_in), await _completed(sign_in)
    for request, order in ((one, "ab"), (other, "ba")):
        for name in order:
            quantity = {"a": "1", "b": "2"}[name]
            event = _event(request, event_id=f"{request['number']}-{name}", lines=_received(request, quantity))
            await _applied(sign_in, event)
    assert (await _kept(pool, one))[1] == (await _kept(pool, other))[1] == [Decimal(2)]


async def test_an_older_report_changes_only_what_no_newer_one_has_told(sign_in: SignIn, pool: Pool) -> None:
    request = await _completed(sign_in, lines=TWO_LINES)
    await _applied(sign_in, _event(request, 5, purchase_status="received", lines=_received(request, "2", None)))
    older = _event(request, 1, purchase_status="ordered", lines=_received(request, "0", "1"))
    assert await _applied(sign_in, older) == {"applied": True}
    assert (await _kept(pool, request))[:2] == ("received", [Decimal(2), Decimal(1)])


async def test_a_report_older_than_everything_known_is_not_applied_and_says_so(sign_in: SignIn, pool: Pool) -> None:
    request = await _completed(sign_in)
    await _applied(sign_in, _event(request, 5, purchase_status="received"))
    version = (await (await sign_in("sales1")).request(request["id"]))["version"]
    answer = await _applied(sign_in, _event(request, 1, purchase_status="ordered"))
    assert answer == {"applied": False, "reason": "older"}
    after = await (await sign_in("sales1")).request(request["id"])
    assert (after["version"], after["purchase_status"]) == (version, "received")


async def test_a_report_comes_twice_and_counts_once(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await _completed(sign_in)
    event = _event(request, purchase_status="ordered")
    assert await _applied(sign_in, event) == {"applied": True}
    assert await _applied(sign_in, event) == {"applied": False, "reason": "repeated"}
    assert await _applied(sign_in, {**event, "occurred_at": "2027-01-01T00:00:00Z", "purchase_status": "closed"}) == {
        "applied": False,
        "reason": "repeated",
    }
    assert (await sales.request(request["id"]))["purchase_status"] == "ordered"
    reported = [item for item in await sales.timeline(request["id"]) if item["action"] == "purchasing_event"]
    assert [(item["outcome"], item["actor"]["username"]) for item in reported] == [("accepted", "purchasing1")]


async def test_a_report_ten_times_at_once_counts_once(sign_in: SignIn) -> None:
    request = await _completed(sign_in)
    event = _event(request, purchase_status="ordered", lines=_received(request, "1"))
    answers = await asyncio.gather(*(_applied(sign_in, event) for _ in range(10)))
    assert sorted(answer["applied"] for answer in answers) == [False] * 9 + [True]


async def test_a_quantity_may_go_down(sign_in: SignIn, pool: Pool) -> None:
    request = await _completed(sign_in)
    await _applied(sign_in, _event(request, 1, lines=_received(request, "2")))
    await _applied(sign_in, _event(request, 2, lines=_received(request, "0.25")))
    assert (await _kept(pool, request))[1] == [Decimal("0.25")]


async def test_more_than_requested_is_kept_and_flagged(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await _completed(sign_in)
    assert (await sales.request(request["id"]))["warnings"] == []
    await _applied(sign_in, _event(request, lines=_received(request, "3")))
    assert (await _kept(pool, request))[1] == [Decimal(3)]
    (warning,) = (await sales.request(request["id"]))["warnings"]
    assert (warning["code"], warning["pointer"]) == ("more_than_requested", "/lines/0/quantity_received")
    assert "3 received, 2 requested" in warning["detail"]


async def _in_progress(sign_in: SignIn) -> Any:
    return await sent(await sign_in("sales1"))


async def _returned(sign_in: SignIn) -> Any:
    request = await _in_progress(sign_in)
    return await (await sign_in("sales1")).done(request["id"], "recall")


async def _rejected(sign_in: SignIn) -> Any:
    request = await _in_progress(sign_in)
    body = {"step": "manager", "note": "Không", "end": True}
    return await (await sign_in("manager1")).done(request["id"], "reject", body)


async def _cancelled(sign_in: SignIn) -> Any:
    request = await _in_progress(sign_in)
    return await (await sign_in("sales1")).done(request["id"], "cancel", {"note": "Hủy"})


async def _not_sent(sign_in: SignIn) -> Any:
    return await (await sign_in("sales1")).create()


@pytest.mark.parametrize("make", [_not_sent, _in_progress, _returned, _rejected, _cancelled])
async def test_before_completed_purchasing_is_refused(make: Any, sign_in: SignIn, pool: Pool) -> None:
    request = await make(sign_in)
    sales: ApiClient = await sign_in("sales1")
    answer = await _report(sign_in, _event(request, purchase_status="ordered", lines=_received(request, "1")))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_completed")
    after = await sales.request(request["id"])
    assert (after["purchase_status"], after["version"]) == (None, request["version"])
    assert [line["quantity_received"] for line in after["lines"]] == ["0"]
    last = (await sales.timeline(request["id"]))[-1]
    assert (last["action"], last["outcome"], last["reason"]) == ("purchasing_event", "refused", "not_completed")


async def test_a_report_that_was_refused_too_early_is_taken_when_it_comes_again(sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    event = _event(request, purchase_status="ordered")
    assert (await _report(sign_in, event)).status_code == 409
    await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager"})
    assert await _applied(sign_in, event) == {"applied": True}


async def test_a_line_may_be_named_by_its_product_where_that_is_unambiguous(sign_in: SignIn, pool: Pool) -> None:
    request = await _completed(sign_in, lines=TWO_LINES)
    lines = [{"product_code": "CAB-C6A", "quantity_received": "1"}]
    await _applied(sign_in, _event(request, lines=lines))
    assert (await _kept(pool, request))[1] == [Decimal(0), Decimal(1)]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"lines": [{"product_code": "LT-T14", "quantity_received": "1"}]}, "/lines/0/product_code"),
        ({"lines": [{"product_code": "NO-SUCH", "quantity_received": "1"}]}, "/lines/0/product_code"),
        ({"lines": [{"line_id": str(uuid4()), "quantity_received": "1"}]}, "/lines/0/line_id"),
        ({"lines": [{"quantity_received": "1"}]}, "/lines/0"),
        ({"lines": [{"product_code": "LT-T14", "quantity_received": "-1"}]}, "/lines/0/quantity_received"),
        ({"purchase_status": "lost"}, "/purchase_status"),
        ({"purchase_status": "ordered", "occurred_at": "2026-12-01T03:00:00"}, "/occurred_at"),
        ({}, ""),
    ],
    ids=["ambiguous product", "no product", "no line", "unnamed", "negative", "status", "no time zone", "nothing"],
)
async def test_a_wrong_report_points_at_the_place_and_changes_nothing(
    changes: dict[str, Any], pointer: str, sign_in: SignIn, pool: Pool
) -> None:
    request = await _completed(sign_in, lines=[SMALL[0], {**SMALL[0], "quantity": "1"}])
    answer = await _report(sign_in, _event(request, **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await _kept(pool, request) == (None, [Decimal(0), Decimal(0)], None, {})


async def test_a_report_about_a_request_that_is_not_there_is_not_found(sign_in: SignIn) -> None:
    answer = await _report(sign_in, _event({"number": "YCMH-1999-000001"}, purchase_status="ordered"))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("username", ["sales1", "manager1", "director1", "admin1"])
async def test_only_purchasing_reports(username: str, sign_in: SignIn) -> None:
    request = await _completed(sign_in)
    event = _event(request, purchase_status="ordered")
    answer = await (await sign_in(username)).call("POST", "/purchasing/events", event)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await (await sign_in("sales1")).request(request["id"]))["purchase_status"] is None
