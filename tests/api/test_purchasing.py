"""Events of the purchasing system, in whatever order they come. Source: domain.md, decision 9."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from crm.pool import Pool
from tests.api.setting import SMALL, completed, sent
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually

pytestmark = pytest.mark.usefixtures("running_worker")

UNKNOWN = {"number": "YCMH-2020-000001"}
LINE_RECEIVED = {"product_code": "LT-T14", "quantity_received": "1"}
LINE_OF_NOTHING = {"product_code": "X", "quantity_received": "1"}
TWO = [{**SMALL[0], "product_code": code, "unit_price": "1000"} for code in ("LT-T14", "MON-27U")]


async def test_events_in_any_order_end_in_the_newest_values(sign_in: SignIn) -> None:
    facts: list[dict[str, Any]] = [
        {"occurred_at": "2025-12-01T00:00:00Z", "purchase_status": "ordered"},
        {
            "occurred_at": "2025-12-02T00:00:00Z",
            "purchase_status": "partially_received",
            "lines": [{"product_code": "LT-T14", "quantity_received": "1"}],
        },
        {"occurred_at": "2025-12-03T00:00:00Z", "lines": [{"product_code": "MON-27U", "quantity_received": "2"}]},
    ]
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    for order in itertools.permutations(range(3)):
        request = await completed(sales, await sign_in("manager1"), lines=TWO)
        for number in order:
            assert (await _report(purchasing, request, f"e{number}", **facts[number])).status_code == 200
        shown = await sales.request(request["id"])
        assert shown["purchase_status"] == "partially_received", order
        assert [line["quantity_received"] for line in shown["lines"]] == ["1", "2"], order


async def test_an_older_event_never_overwrites_a_newer_one(sign_in: SignIn) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    await _report(purchasing, request, "new", "2025-12-02T00:00:00Z", purchase_status="received")
    old = await _report(purchasing, request, "old", "2025-12-01T00:00:00Z", purchase_status="ordered")
    assert old.json() == {"applied": False, "reason": "older"}
    assert (await sales.request(request["id"]))["purchase_status"] == "received"


async def test_times_are_compared_as_moments_not_as_texts(sign_in: SignIn) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    await _report(purchasing, request, "noon", "2025-12-01T12:00:00+07:00", purchase_status="ordered")
    later = await _report(purchasing, request, "later", "2025-12-01T06:00:00Z", purchase_status="received")
    assert later.json() == {"applied": True}
    no_zone = await _report(purchasing, request, "naive", "2025-12-01T06:00:00", purchase_status="closed")
    assert (no_zone.status_code, no_zone.json()["errors"][0]["pointer"]) == (422, "/occurred_at")


@pytest.mark.parametrize(
    "occurred_at",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1999-12-31T23:59:59Z", "2099-01-01T00:00:00Z"],
)
async def test_a_report_of_no_sensible_time_is_refused_and_blocks_no_later_one(
    sign_in: SignIn, occurred_at: str
) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    answer = await _report(purchasing, request, "wrong", occurred_at, purchase_status="closed")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"] == [
        {"pointer": "/occurred_at", "detail": "this time is before the year 2000 or more than a day ahead"}
    ]
    later = await _report(purchasing, request, "right", "2025-12-01T00:00:00Z", purchase_status="ordered")
    assert later.json() == {"applied": True}


async def test_a_clock_that_is_a_little_ahead_does_no_harm(sign_in: SignIn) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    soon = (datetime.now(UTC) + timedelta(hours=12)).isoformat()
    answer = await _report(purchasing, request, "ahead", soon, purchase_status="ordered")
    assert answer.json() == {"applied": True}


async def test_a_repeated_event_is_applied_once(sign_in: SignIn, pool: Pool) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    line = {"line_id": request["lines"][0]["id"], "quantity_received": "1"}
    answers = await asyncio.gather(
        *(_report(purchasing, request, "again", "2025-12-01T00:00:00Z", lines=[line]) for _ in range(6))
    )
    assert [answer.status_code for answer in answers] == [200] * 6
    assert sorted(str(answer.json()) for answer in answers) == [
        *["{'applied': False, 'reason': 'repeated'}"] * 5,
        "{'applied': True}",
    ]
    shown = await sales.request(request["id"])
    assert shown["version"] == request["version"] + 1
    reported = [item for item in await sales.timeline(request["id"]) if item["action"] == "purchasing_event"]
    assert len(reported) == 1


async def test_a_quantity_may_go_down(sign_in: SignIn) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    for event_id, quantity in (("up", "2"), ("down", "1.5")):
        line = {"product_code": "LT-T14", "quantity_received": quantity}
        await _report(purchasing, request, event_id, f"2025-12-0{len(event_id)}T00:00:00Z", lines=[line])
    assert (await sales.request(request["id"]))["lines"][0]["quantity_received"] == "1.5"


async def test_more_than_requested_is_kept_and_flagged(sign_in: SignIn) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    line = {"product_code": "LT-T14", "quantity_received": "1250.5"}
    answer = await _report(purchasing, request, "much", "2025-12-01T00:00:00Z", lines=[line])
    assert answer.json() == {"applied": True}
    shown = await sales.request(request["id"])
    assert shown["lines"][0]["quantity_received"] == "1250.5"
    (warning,) = shown["warnings"]
    assert (warning["code"], warning["pointer"]) == ("more_than_requested", "/lines/0/quantity_received")
    assert "1,250.5 received, 2 requested" in warning["detail"]
    answer = await sales.call("GET", f"/purchase-requests/{request['id']}", Accept_Language="vi")
    assert "đã nhận 1.250,5, yêu cầu chỉ có 2" in answer.json()["warnings"][0]["detail"]


FLAGGED: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "fully received, with nothing come": ("received", {}, ["lines_missing"]),
    "fully received, with less": ("received", {"received": "1.5"}, ["lines_missing"]),
    "fully received": ("received", {"received": "2"}, []),
    "not bought, and received": ("not_started", {"received": "2"}, ["received_but_not_bought"]),
    "more sent back than received": ("ordered", {"sent_back": "1"}, ["less_than_nothing"]),
    "more than requested, and fully received": ("received", {"received": "3"}, ["more_than_requested"]),
}


@pytest.mark.parametrize("case", FLAGGED)
async def test_what_looks_wrong_is_kept_and_flagged(case: str, sign_in: SignIn) -> None:
    status, said, flagged = FLAGGED[case]
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    lines = [{"product_code": "LT-T14", **said}] if said else []
    assert (await _report(purchasing, request, "odd", purchase_status=status, lines=lines)).json() == {"applied": True}
    shown = await sales.request(request["id"])
    assert shown["purchase_status"] == status
    assert [warning["code"] for warning in shown["warnings"]] == flagged
    (pulled,) = [
        one for one in (await purchasing.get("/purchasing/requests?limit=200"))["items"] if one["id"] == request["id"]
    ]
    assert [warning["code"] for warning in pulled["warnings"]] == flagged


async def test_deliveries_in_any_order_and_repeated_give_one_sum(sign_in: SignIn) -> None:
    said = [{"received": "600"}, {"received": "500"}, {"quantity_received": "1000"}, {"sent_back": "100"}]
    events = [(day, [{"product_code": "LT-T14", **one}]) for day, one in enumerate(said, 1)]
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    for order in itertools.permutations(events):
        request = await completed(sales, await sign_in("manager1"))
        for day, lines in [*order, *order]:
            answer = await _report(purchasing, request, f"e{day}", f"2025-12-0{day}T00:00:00Z", lines=lines)
            assert answer.status_code == 200
        assert (await sales.request(request["id"]))["lines"][0]["quantity_received"] == "900"


async def test_deliveries_that_come_at_once_are_all_counted(sign_in: SignIn, pool: Pool) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    lines = [{"product_code": "LT-T14", "received": "1"}]
    answers = await asyncio.gather(*(_report(purchasing, request, f"e{number}", lines=lines) for number in range(12)))
    assert {answer.json()["applied"] for answer in answers} == {True}
    assert (await sales.request(request["id"]))["lines"][0]["quantity_received"] == "12"
    assert await pool.fetchval("SELECT count(*) FROM receipts WHERE request_id = $1", UUID(request["id"])) == 12
    words = [item["note"] for item in await sales.timeline(request["id"]) if item["action"] == "purchasing_event"]
    assert words == ["LT-T14: +1"] * 12


async def test_the_ledger_has_every_row_who_reported_it_and_whether_it_counts(sign_in: SignIn) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    said = [{"received": "7"}, {"received": "1"}, {"quantity_received": "5"}, {"sent_back": "2"}, {"received": "1.5"}]
    for day, one in reversed(list(enumerate(said, 1))):
        lines = [{"product_code": "LT-T14", **one}]
        await _report(purchasing, request, f"e{day}", f"2025-12-0{day}T00:00:00Z", lines=lines)
    path, cursor, rows = f"/purchase-requests/{request['id']}/receipts?limit=2", "", []
    while True:
        page = await sales.get(path + cursor)
        rows += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [(row["kind"], row["quantity"], row["counts"]) for row in rows] == [
        ("received", "1.5", True),
        ("sent_back", "2", True),
        ("corrected", "5", True),
        ("received", "1", False),
        ("received", "7", False),
    ]
    assert {(row["reported_by"]["username"], row["by_hand"], row["product_code"]) for row in rows} == {
        ("purchasing1", False, "LT-T14")
    }
    shown = await sales.request(request["id"])
    assert shown["lines"][0]["quantity_received"] == "4.5"


async def test_a_line_says_one_thing(sign_in: SignIn) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    for lines, pointer in (
        ([{"product_code": "LT-T14"}], "/lines/0"),
        ([{"product_code": "LT-T14", "received": "1", "quantity_received": "1"}], "/lines/0"),
        ([{"product_code": "LT-T14", "received": "0"}], "/lines/0/received"),
        ([{"product_code": "LT-T14", said: "1"} for said in ("received", "quantity_received")], "/lines/1"),
    ):
        answer = await _report(purchasing, request, "wrong", lines=lines)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_what_other_systems_are_told_of_a_report_says_what_moved_and_what_has_come(
    sign_in: SignIn, pool: Pool
) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    line_id = request["lines"][0]["id"]
    for day, said in ((1, {"received": "5"}), (2, {"sent_back": "2"})):
        lines = [{"line_id": line_id, **said}]
        await _report(purchasing, request, f"e{day}", f"2025-12-0{day}T00:00:00Z", lines=lines)
    facts = await pool.fetchval(
        "SELECT facts FROM outbox WHERE request_id = $1 AND type = 'purchasing.updated' ORDER BY sequence DESC LIMIT 1",
        UUID(request["id"]),
    )
    assert facts["received"] == {line_id: "3"}
    assert facts["receipts"] == [{"line_id": line_id, "product_code": "LT-T14", "kind": "sent_back", "quantity": "2"}]
    assert (facts["actor"], facts["purchase_status"]) == ("purchasing1", None)


@asynccontextmanager
async def also_purchasing(pool: Pool, username: str) -> AsyncIterator[None]:
    """Somebody who has the role purchasing besides their own."""
    await pool.execute("UPDATE users SET roles = roles || '{purchasing}' WHERE username = $1", username)
    yield
    await pool.execute("UPDATE users SET roles = array_remove(roles, 'purchasing') WHERE username = $1", username)


NOT_COMPLETED = ["not_sent", "in_progress", "returned", "rejected", "cancelled"]


async def not_completed(sign_in: SignIn, status: str) -> Any:
    """A request of sales1 in some other status."""
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sales.create(lines=SMALL)
    if status != "not_sent":
        await sales.done(request["id"], "send")
    if status in ("returned", "rejected"):
        body = {"step": "manager", "note": "Không", "end": status == "rejected"}
        await manager.done(request["id"], "reject", body)
    if status == "cancelled":
        await sales.done(request["id"], "cancel", {"note": "Thôi"})
    return await sales.request(request["id"])


@pytest.mark.parametrize("status", NOT_COMPLETED)
async def test_before_completed_a_request_is_to_purchasing_like_one_that_is_not_there(
    status: str, sign_in: SignIn, pool: Pool
) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await not_completed(sign_in, status)
    timeline = await sales.timeline(request["id"])
    for facts in ({"purchase_status": "ordered"}, {"purchase_status": "lost"}, {"lines": [LINE_OF_NOTHING]}):
        answer = await _report(purchasing, request, "early", **facts)
        unknown = await _report(purchasing, UNKNOWN, "early", **facts)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert (answer.headers, answer.content) == (unknown.headers, unknown.content)
    assert await sales.request(request["id"]) == request
    assert await sales.timeline(request["id"]) == timeline
    assert not await pool.fetchval("SELECT count(*) FROM purchasing_events WHERE event_id LIKE '% early'")


async def test_a_used_id_tells_nothing_of_a_request_that_is_not_completed(sign_in: SignIn) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    done = await completed(sales, await sign_in("manager1"))
    assert (await _report(purchasing, done, "used", purchase_status="ordered")).json() == {"applied": True}
    used = f"{done['number']} used"
    for request in (await sales.create(), UNKNOWN):
        answer = await _report(purchasing, request, event_id=used, purchase_status="ordered")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_purchasing_is_not_kept_waiting_by_a_decision_on_what_it_may_not_see(sign_in: SignIn, pool: Pool) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    async with pool.acquire() as connection, connection.transaction():
        for table, column in (("purchase_requests", "id"), ("runs", "request_id")):
            await connection.execute(f"SELECT FROM {table} WHERE {column} = $1 FOR UPDATE", UUID(request["id"]))
        report = _report(await sign_in("purchasing1"), request, "locked", purchase_status="ordered")
        answer = await asyncio.wait_for(report, timeout=5)
    assert answer.status_code == 404


@pytest.mark.parametrize("status", NOT_COMPLETED)
async def test_before_completed_whoever_sees_the_request_otherwise_is_told_and_it_is_on_the_timeline(
    status: str, sign_in: SignIn, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    request = await not_completed(sign_in, status)
    async with also_purchasing(pool, "admin1"):
        answer = await _report(await sign_in("admin1"), request, "early", purchase_status="ordered")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_completed")
    shown = await sales.request(request["id"])
    assert (shown["process_status"], shown["purchase_status"]) == (status, None)
    last = (await sales.timeline(request["id"]))[-1]
    assert (last["action"], last["outcome"], last["reason"]) == ("purchasing_event", "refused", "not_completed")
    assert last["actor"]["username"] == "admin1"


@pytest.mark.parametrize(
    ("username", "relation"),
    [("sales1", "owner"), ("manager1", "manager"), ("director1", "manager's manager"), ("manager2", "approver")],
)
async def test_who_sees_the_request_otherwise(username: str, relation: str, sign_in: SignIn, pool: Pool) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    reporter = await sign_in(username)
    async with also_purchasing(pool, username):
        if relation == "approver":
            assert (await _report(reporter, request, "e", purchase_status="ordered")).status_code == 404
            await pool.execute(
                "INSERT INTO participants (username, request_id) VALUES ($1, $2)", username, UUID(request["id"])
            )
        answer = await _report(reporter, request, "e", purchase_status="ordered")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_completed")


async def test_a_refused_event_that_is_repeated_is_on_the_timeline_once(sign_in: SignIn, pool: Pool) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    request = await sent(sales, lines=SMALL)
    async with also_purchasing(pool, "admin1"):
        for event_id in ("same", "same", "other", "same"):
            assert (await _report(admin, request, event_id, purchase_status="ordered")).status_code == 409
    await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager"})
    answer = await _report(await sign_in("purchasing1"), request, "same", purchase_status="ordered")
    assert answer.json() == {"applied": True}
    reported = [item for item in await sales.timeline(request["id"]) if item["action"] == "purchasing_event"]
    assert [item["outcome"] for item in reported] == ["refused", "refused", "accepted"]


async def test_an_event_that_came_too_early_counts_when_it_comes_again_after_completion(sign_in: SignIn) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await sent(sales, lines=SMALL)
    assert (await _report(purchasing, request, "e", purchase_status="ordered")).status_code == 404
    await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager"})
    assert (await _report(purchasing, request, "e", purchase_status="ordered")).json() == {"applied": True}


OTHERS: dict[str, dict[str, Any]] = {
    "another status": {"purchase_status": "received"},
    "another time": {"occurred_at": "2025-12-01T00:00:01Z"},
    "another quantity": {"lines": [{"product_code": "LT-T14", "quantity_received": "2"}]},
    "a line more": {"lines": [LINE_RECEIVED, {"product_code": "MON-27U", "quantity_received": "1"}]},
    "something that is wrong besides": {"purchase_status": "lost"},
}


@pytest.mark.parametrize("case", OTHERS)
async def test_another_report_with_an_id_that_was_used_is_refused_and_nothing_of_it_is_lost(
    case: str, sign_in: SignIn
) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"), lines=TWO)
    said: dict[str, Any] = {"purchase_status": "ordered", "lines": [LINE_RECEIVED]}
    assert (await _report(purchasing, request, "id", **said)).json() == {"applied": True}
    before = await sales.request(request["id"])
    for _ in range(2):
        answer = await _report(purchasing, request, "id", **(said | OTHERS[case]))
        assert (answer.status_code, answer.json()["code"]) == (422, "event_id_reused")
        (error,) = answer.json()["errors"]
        assert error["pointer"] == "/event_id"
        assert "use a new one" in error["detail"]
    assert await sales.request(request["id"]) == before
    reported = [item for item in await sales.timeline(request["id"]) if item["action"] == "purchasing_event"]
    assert [(item["outcome"], item["reason"]) for item in reported] == [
        ("accepted", None),
        ("refused", "event_id_reused"),
    ]
    assert reported[1]["detail"] == "Another report came with the same id, so this one was not taken."


async def test_each_other_report_with_a_used_id_is_on_the_timeline(sign_in: SignIn) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"))
    for status in ("ordered", "quoting", "received"):
        await _report(purchasing, request, "id", purchase_status=status)
    reported = [item for item in await sales.timeline(request["id"]) if item["action"] == "purchasing_event"]
    assert [(item["outcome"], item["note"]) for item in reported] == [
        ("accepted", "ordered"),
        ("refused", "quoting"),
        ("refused", "received"),
    ]


async def test_an_id_that_was_used_for_another_request_is_refused_on_the_timeline_of_the_one_it_names(
    sign_in: SignIn,
) -> None:
    sales, manager, purchasing = await sign_in("sales1"), await sign_in("manager1"), await sign_in("purchasing1")
    first, second = await completed(sales, manager), await completed(sales, manager)
    used = f"{first['number']} id"
    assert (await _report(purchasing, first, "id", purchase_status="ordered")).json() == {"applied": True}
    answer = await _report(purchasing, second, event_id=used, purchase_status="ordered")
    assert (answer.status_code, answer.json()["code"]) == (422, "event_id_reused")
    assert (await sales.request(second["id"]))["purchase_status"] is None
    assert (await sales.timeline(second["id"]))[-1]["reason"] == "event_id_reused"
    assert (await sales.timeline(first["id"]))[-1]["reason"] is None
    again = await _report(purchasing, second, "an id of its own", purchase_status="ordered")
    assert again.json() == {"applied": True}


async def test_the_same_event_is_repeated_however_it_is_written(sign_in: SignIn) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"), lines=TWO)
    lines = [LINE_RECEIVED, {"line_id": request["lines"][1]["id"], "quantity_received": "2"}]
    event = {
        "event_id": f"{request['number']} again",
        "occurred_at": "2025-12-01T07:30:00+07:00",
        "request_number": request["number"],
        "purchase_status": "ordered",
        "lines": lines,
    }
    others = [
        event,
        dict(reversed(event.items())),
        event | {"occurred_at": "2025-12-01T00:30:00.000Z"},
        event | {"occurred_at": "2025-11-30T19:30:00-05:00"},
        event | {"lines": [dict(reversed(line.items())) for line in reversed(lines)]},
        event | {"lines": [LINE_RECEIVED | {"quantity_received": "1.00"}, lines[1] | {"quantity_received": 2}]},
    ]
    answers = [(await purchasing.call("POST", "/purchasing/events", other)).json() for other in others]
    assert answers == [{"applied": True}, *[{"applied": False, "reason": "repeated"}] * 5]


async def test_of_two_reports_with_one_id_at_one_moment_one_is_applied_and_the_other_refused(sign_in: SignIn) -> None:
    sales, manager, purchasing = await sign_in("sales1"), await sign_in("manager1"), await sign_in("purchasing1")
    requests = [await completed(sales, manager), await completed(sales, manager)]
    for attempt in range(5):
        for pair in (requests, requests[:1] * 2):
            used = f"{pair[0]['number']} {attempt} {len({request['id'] for request in pair})}"
            answers = await asyncio.gather(
                *(
                    _report(purchasing, request, event_id=used, purchase_status=status)
                    for request, status in zip(pair, ("ordered", "quoting"), strict=True)
                )
            )
            codes = sorted(str(answer.json().get("code", answer.json().get("applied"))) for answer in answers)
            assert codes in (["True", "event_id_reused"], ["False", "event_id_reused"]), codes  # False: it is older


async def test_an_id_that_another_request_is_about_to_use_is_waited_for_and_refused(
    sign_in: SignIn, pool: Pool
) -> None:
    sales, manager, purchasing = await sign_in("sales1"), await sign_in("manager1"), await sign_in("purchasing1")
    first, second = await completed(sales, manager), await completed(sales, manager)
    used = f"{first['number']} id"

    async def waits() -> bool:
        return bool(
            await pool.fetchval(
                """SELECT count(*) FROM pg_stat_activity
                   WHERE wait_event_type = 'Lock' AND query LIKE '%INTO purchasing_events%' AND pid <> pg_backend_pid()"""
            )
        )

    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            """INSERT INTO purchasing_events (event_id, request_id, occurred_at, body, applied, received_at)
               VALUES ($1, $2, '2025-12-01T00:00:00Z', $3, true, now())""",
            used,
            UUID(first["id"]),
            {"purchase_status": "ordered"},
        )
        report = asyncio.create_task(_report(purchasing, second, event_id=used, purchase_status="ordered"))
        await eventually(waits)
    answer = await report
    assert (answer.status_code, answer.json()["code"]) == (422, "event_id_reused")
    shown = await sales.request(second["id"])
    assert (shown["purchase_status"], shown["version"]) == (None, second["version"])
    assert (await sales.timeline(second["id"]))[-1]["reason"] == "event_id_reused"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown status": ({"purchase_status": "lost"}, "/purchase_status"),
    "a line that is not there": (
        {"lines": [{"line_id": "01a20c81-94ee-72b1-a4c8-6a4aedfc0ec3", "quantity_received": "1"}]},
        "/lines/0/line_id",
    ),
    "a product that is not there": (
        {"lines": [{"product_code": "X", "quantity_received": "1"}]},
        "/lines/0/product_code",
    ),
    "a product on two lines": (
        {"lines": [{"product_code": "LT-T14", "quantity_received": "1"}]},
        "/lines/0/product_code",
    ),
    "less than nothing": ({"lines": [{"product_code": "X", "quantity_received": "-1"}]}, "/lines/0/quantity_received"),
    "a line named twice": (
        {"lines": [{"line_id": "01a20c81-94ee-72b1-a4c8-6a4aedfc0ec3", "product_code": "X", "quantity_received": "1"}]},
        "/lines/0",
    ),
    "a line without a name": ({"lines": [{"quantity_received": "1"}]}, "/lines/0"),
    "nothing": ({}, ""),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_wrong_event_is_refused_whole_with_its_place(case: str, sign_in: SignIn) -> None:
    body, pointer = WRONG[case]
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await completed(sales, await sign_in("manager1"), lines=[TWO[0], TWO[0]])
    if body and "purchase_status" not in body:
        body = {**body, "purchase_status": "ordered"}
    answer = await _report(purchasing, request, "wrong", **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    shown = await sales.request(request["id"])
    assert (shown["purchase_status"], shown["version"]) == (None, request["version"]), "nothing of it is taken"


@pytest.mark.parametrize("case", ["an unknown status", "a line that is not there", "a product on two lines"])
async def test_a_wrong_event_of_a_known_request_is_on_its_timeline(case: str, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await completed(sales, await sign_in("manager1"), lines=[TWO[0], TWO[0]])
    await _report(await sign_in("purchasing1"), request, f"told {case}", **WRONG[case][0])
    last = (await sales.timeline(request["id"]))[-1]
    assert (last["action"], last["outcome"], last["reason"]) == ("purchasing_event", "refused", "invalid")


async def test_an_unknown_request_is_not_found(sign_in: SignIn) -> None:
    answer = await _report(await sign_in("purchasing1"), UNKNOWN, "lost", purchase_status="ordered")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/request_number"]


@pytest.mark.parametrize("username", ["sales1", "manager1", "director1", "admin1"])
async def test_only_purchasing_reports(username: str, sign_in: SignIn) -> None:
    request = await completed(await sign_in("sales1"), await sign_in("manager1"))
    answer = await _report(await sign_in(username), request, "forged", purchase_status="ordered")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_what_purchasing_reports_is_kept_on_the_run_as_well(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await completed(sales, await sign_in("manager1"), lines=TWO)
    first, second = (line["id"] for line in request["lines"])
    lines = [{"line_id": second, "quantity_received": "1.25"}]
    await _report(await sign_in("purchasing1"), request, "run", purchase_status="ordered", lines=lines)
    run = (await sales.request(request["id"]))["run"]
    assert (run["status"], run["purchase_status"]) == ("completed", "ordered")
    assert run["lines"] == [
        {"id": first, "quantity_received": "0"},
        {"id": second, "quantity_received": "1.25"},
    ]
    kept = await pool.fetchval("SELECT purchasing FROM runs WHERE request_id = $1", UUID(request["id"]))
    assert kept["status"]["value"] == "ordered"
    assert {line: value["value"] for line, value in kept["lines"].items()} == {second: "1.25"}


async def test_what_was_received_of_many_lines_is_written_by_one_statement(sign_in: SignIn, pool: Pool) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    lines = [{**SMALL[0], "product_code": f"P-{number}", "unit_price": "1"} for number in range(40)]
    request = await completed(sales, await sign_in("manager1"), lines=lines)
    await pool.execute(
        """CREATE TABLE written (at timestamptz DEFAULT now());
           CREATE FUNCTION count_written() RETURNS trigger LANGUAGE plpgsql AS
               'BEGIN INSERT INTO written DEFAULT VALUES; RETURN NULL; END';
           CREATE TRIGGER written AFTER UPDATE ON purchase_request_lines
               FOR EACH STATEMENT EXECUTE FUNCTION count_written()"""
    )
    received = [
        {"line_id": line["id"], "quantity_received": str(number)} for number, line in enumerate(request["lines"])
    ]
    answer = await _report(purchasing, request, "many", lines=received)
    written = await pool.fetchval("SELECT count(*) FROM written")
    await pool.execute(
        "DROP TRIGGER written ON purchase_request_lines; DROP FUNCTION count_written; DROP TABLE written"
    )
    assert answer.json() == {"applied": True}
    assert written == 1
    shown = await sales.request(request["id"])
    assert [line["quantity_received"] for line in shown["lines"]] == [str(number) for number in range(40)]


async def _report(
    client: ApiClient,
    request: Any,
    name: str = "",
    occurred_at: str = "2025-12-01T00:00:00Z",
    *,
    event_id: str | None = None,
    **facts: Any,
) -> Any:
    """Report an event whose id is the request's own, unless one is given."""
    event = {
        "event_id": event_id or f"{request['number']} {name}",
        "occurred_at": occurred_at,
        "request_number": request["number"],
        **facts,
    }
    return await client.call("POST", "/purchasing/events", event)
