"""An approver's change that takes a request over a condition of its process: who has to be asked then is asked.

Source: domain.md, decision 6, and the rules of routing: a step that the round skipped is added, and none is dropped.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from fastapi import FastAPI

from crm.pool import Pool
from tests.api.setting import TEN_MILLION, connect, lifted, publish, sent
from tests.clients import LINE, ApiClient
from tests.conftest import SignIn
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")

HUNDREDFOLD = "100"
ADDED = "Added because of what an approver changed"
NEEDS_DIRECTOR = "Needed because: the total is 50 million dong or more, or in a foreign currency"

MANAGER: dict[str, Any] = {
    "key": "manager",
    "name": {"vi": "Quản lý", "en": "Manager"},
    "approvers": [{"user": "manager1"}],
    "may_edit": ["lines.quantity", "lines.supplier"],
}


def conditional(key: str, username: str, when: str) -> dict[str, Any]:
    """A step that is needed sometimes only."""
    return {
        "key": key,
        "name": {"vi": key.title(), "en": key.title()},
        "approvers": [{"user": username}],
        "when": when,
        "condition_label": {"vi": f"khi {key}", "en": f"when {key}"},
    }


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def connected(sign_in: SignIn, pool: Pool) -> AsyncIterator[None]:
    """Every test begins with the demo's connection and ends with the demo's people."""
    await connect(await sign_in("admin1"), "purchase-approval")
    yield
    await pool.execute("UPDATE users SET active = true")


async def sent_by(owner: ApiClient, admin: ApiClient, key: str, *steps: dict[str, Any], **changes: Any) -> Any:
    """A request of ten million dong that runs a process with these steps."""
    await publish(admin, key, list(steps))
    await connect(admin, key)
    return await sent(owner, **{"lines": TEN_MILLION, **changes})


def approval(request: Any, step: str = "manager", **values: str) -> dict[str, Any]:
    """An approval that changes the request's only line."""
    return {"step": step, "changes": {"lines": [{"id": request["lines"][0]["id"], **values}]}}


def states(request: Any) -> list[tuple[str, str]]:
    return [(step["key"], step["state"]) for step in request["run"]["steps"]]


def item_in(page: Any, request: Any) -> Any:
    """A request's item in a list, if it is there."""
    return next((item for item in page["items"] if item["id"] == request["id"]), None)


async def test_a_request_lifted_over_the_threshold_waits_on_the_director(sign_in: SignIn) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    request = await sent(sales, lines=TEN_MILLION)
    assert states(request) == [("manager", "open"), ("director", "skipped")]
    changed = await manager.done(request["id"], "approve", approval(request, quantity=HUNDREDFOLD))
    assert changed["process_status"] == "in_progress"
    assert states(changed) == [("manager", "approved"), ("director", "open")]
    added = changed["run"]["steps"][1]
    assert added["why"] == f"Holds the role Director; {NEEDS_DIRECTOR}; {ADDED}"
    assert changed["run"]["step"]["deadline"] is not None
    assert (changed["total"], changed["proposed_total"]) == ("10000000", "1000000000")
    done = await director.done(request["id"], "approve", {"step": "director"})
    assert (done["process_status"], done["total"], done["proposed_total"]) == ("completed", "1000000000", None)


async def test_the_amount_that_counts_is_in_lists_and_inbox_and_the_request(sign_in: SignIn) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    request = await sent(sales, lines=TEN_MILLION)
    assert item_in(await manager.get("/inbox"), request)["proposed_total"] is None
    assert item_in(await director.get("/inbox"), request) is None
    await manager.done(request["id"], "approve", approval(request, quantity=HUNDREDFOLD))
    for found in (
        await sales.request(request["id"]),
        item_in(await sales.get("/purchase-requests"), request),
        item_in(await director.get("/inbox"), request),
    ):
        assert (found["total"], found["proposed_total"]) == ("10000000", "1000000000")
    assert item_in(await director.get("/inbox"), request)["step"] == "director"
    await director.done(request["id"], "reject", {"step": "director", "note": "Quá nhiều"})
    for found in (await sales.request(request["id"]), item_in(await sales.get("/purchase-requests"), request)):
        assert (found["process_status"], found["total"], found["proposed_total"]) == ("returned", "10000000", None)


async def test_the_request_page_says_why_the_step_was_added(app: FastAPI, sign_in: SignIn) -> None:
    request = await lifted(await sign_in("sales1"), await sign_in("manager1"))
    for language, said in (("en", ADDED), ("vi", "Được thêm vì thay đổi của người duyệt")):
        async with visitor(app, "sales1", language) as owner:
            html = await owner.read(f"/requests/{request['id']}")
        node = next(part for part in html.split('<li class="run-node ')[1:] if "Trần Thị Minh Nguyệt" in part)
        assert node.startswith("is-open")
        assert said in node.split('class="run-why">')[1].split("<")[0]


async def test_another_supplier_asks_whom_its_condition_names(sign_in: SignIn) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    supplier = conditional("director", "director1", '"Digiworld" in request.suppliers')
    request = await sent_by(sales, admin, "by-supplier", MANAGER, supplier)
    same = await manager.done(request["id"], "approve", approval(request, supplier="Digiworld"))
    assert states(same) == [("manager", "approved"), ("director", "open")]
    assert same["run"]["steps"][1]["why"].endswith(f"Needed because: when director; {ADDED}")
    assert same["proposed_total"] is None


@pytest.mark.parametrize(("currency", "director"), [("VND", "skipped"), ("USD", "open")])
async def test_a_condition_on_the_currency_is_asked_with_the_new_amount(
    sign_in: SignIn, currency: str, director: str
) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    costly = conditional("director", "director1", 'request.currency == "USD" && request.total >= 5000.0')
    line = [{**LINE, "quantity": "1", "unit_price": "1000"}]
    request = await sent_by(sales, admin, "by-currency", MANAGER, costly, lines=line, currency=currency)
    changed = await manager.done(request["id"], "approve", approval(request, quantity="9"))
    assert states(changed)[1] == ("director", director)


async def test_a_change_below_the_threshold_drops_nobody(sign_in: SignIn) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    request = await sent(sales)
    lowered = await manager.done(request["id"], "approve", approval(request, quantity="1"))
    assert states(lowered) == [("manager", "approved"), ("director", "open")]
    assert (lowered["total"], lowered["proposed_total"]) == ("125000000", "12500000")
    assert item_in(await director.get("/inbox"), request) is not None


async def test_a_step_that_was_added_stays_when_a_later_change_undoes_it(sign_in: SignIn) -> None:
    sales, manager, second = await sign_in("sales1"), await sign_in("manager1"), await sign_in("manager2")
    again = {**MANAGER, "key": "second", "approvers": [{"user": "manager2"}]}
    costly = conditional("director", "director1", "request.total >= 50000000.0")
    request = await sent_by(sales, await sign_in("admin1"), "undone", MANAGER, again, costly)
    await manager.done(request["id"], "approve", approval(request, quantity=HUNDREDFOLD))
    undone = await second.done(request["id"], "approve", approval(request, "second", quantity="1"))
    assert states(undone) == [("manager", "approved"), ("second", "approved"), ("director", "open")]
    assert undone["proposed_total"] is None


async def test_a_change_that_needs_a_step_for_which_there_is_nobody_is_refused(sign_in: SignIn, pool: Pool) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=TEN_MILLION)
    before = await _written(pool, request)
    await pool.execute("UPDATE users SET active = false WHERE 'director' = ANY (roles)")
    answer = await manager.act(request["id"], "approve", approval(request, quantity=HUNDREDFOLD))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "no_eligible_approver"), answer.text
    assert "Director" in problem["detail"]
    assert await _written(pool, request) == before
    last = (await sales.timeline(request["id"]))[-1]
    assert (last["outcome"], last["reason"]) == ("refused", "no_eligible_approver")
    done = await manager.done(request["id"], "approve", {"step": "manager"})
    assert (done["process_status"], done["total"]) == ("completed", "10000000")


async def _written(pool: Pool, request: Any) -> list[list[Any]]:
    """Everything of a request that an approval writes, but for the timeline, where attempts are noted too."""
    tables = {"purchase_requests": "id", "purchase_request_lines": "request_id", "runs": "request_id"}
    tables |= dict.fromkeys(("rounds", "assignments", "outbox", "notes", "participants"), "request_id")
    return [
        await pool.fetch(f"SELECT * FROM {table} WHERE {column} = $1 ORDER BY 1, 2", UUID(request["id"]))
        for table, column in tables.items()
    ]


async def test_an_earlier_step_that_becomes_needed_is_opened_before_the_request_completes(sign_in: SignIn) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    costly = conditional("director", "director1", "request.total >= 50000000.0")
    request = await sent_by(sales, await sign_in("admin1"), "director-first", costly, MANAGER)
    assert states(request) == [("director", "skipped"), ("manager", "open")]
    changed = await manager.done(request["id"], "approve", approval(request, quantity=HUNDREDFOLD))
    assert states(changed) == [("director", "open"), ("manager", "approved")]
    assert changed["process_status"] == "in_progress"
    assert (await director.done(request["id"], "approve", {"step": "director"}))["process_status"] == "completed"


async def test_of_an_added_step_nobody_is_said_to_have_been_chosen(sign_in: SignIn) -> None:
    """Where the requester would have chosen, everybody who can decides: nobody chooses in the middle of a round."""
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    costly = conditional("director", "director1", "request.total >= 50000000.0") | {"choose": True}
    request = await sent_by(sales, admin, "director-chosen", MANAGER, costly)
    needed = await manager.done(request["id"], "approve", approval(request, quantity=HUNDREDFOLD))
    for found in (needed, await admin.done(request["id"], "resolve-approvers")):
        added = found["run"]["steps"][1]
        assert added["state"] == "open"
        assert added["why"] == f"Trần Thị Minh Nguyệt is named by the process; Needed because: when director; {ADDED}"


@pytest.mark.parametrize("quantity", [HUNDREDFOLD, "1"])
async def test_an_added_step_gets_new_approvers_when_they_are_resolved_again(
    sign_in: SignIn, pool: Pool, quantity: str
) -> None:
    """Its director has left; and with ``1``, a later change has undone the one for which the step was added."""
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    again = {**MANAGER, "key": "second", "approvers": [{"user": "manager2"}]}
    costly = conditional("director", "director1", "request.total >= 50000000.0")
    costly["approvers"] = [{"role": "director"}]
    request = await sent_by(sales, admin, "director-left", MANAGER, again, costly)
    await manager.done(request["id"], "approve", approval(request, quantity=HUNDREDFOLD))
    second = await sign_in("manager2")
    await second.done(request["id"], "approve", approval(request, "second", quantity=quantity))
    await pool.execute("UPDATE users SET active = false WHERE username = 'director1'")
    await pool.execute("UPDATE users SET roles = '{director}' WHERE username = 'purchasing1'")
    try:
        resolved = await admin.done(request["id"], "resolve-approvers")
    finally:
        await pool.execute("UPDATE users SET roles = '{purchasing}' WHERE username = 'purchasing1'")
    assert [person["username"] for person in resolved["run"]["step"]["approvers"]] == ["purchasing1"]
    assert ADDED in resolved["run"]["steps"][2]["why"]
