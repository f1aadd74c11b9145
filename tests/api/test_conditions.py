"""Conditions of steps, from the draft that has them to the request they are asked about."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from application import planning
from approval import routing
from crm.pool import Pool
from tests.api.setting import DIRECTOR_ONLY, SMALL, connect, publish, sent
from tests.clients import LINE, ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

MANAGER_ONLY = [{"key": "manager", "name": "Manager", "approvers": [{"manager": 1}]}]
STEP: dict[str, Any] = DIRECTOR_ONLY[0]


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def connected(sign_in: SignIn) -> AsyncIterator[None]:
    """Every test leaves the demo's connection behind."""
    yield
    await connect(await sign_in("admin1"), "purchase-approval")


async def _put(admin: ApiClient, steps: list[dict[str, Any]]) -> httpx.Response:
    name = {"vi": "Quy trình", "en": "Process"}
    return await admin.call("PUT", "/processes/costly/draft", {"key": "costly", "name": name, "steps": steps})


@pytest.mark.parametrize(
    ("condition", "applies"),
    [
        ("request.total >= 125000000.0", True),
        ("request.total > 125000000.0", False),
        ('request.source_type == "sales_order"', False),
        ('"FPT Synnex" in request.suppliers', True),
        ('lines.exists(line, line.product_code == "LT-T14" && line.quantity > 9.0)', True),
        ('request.department == "Kinh doanh miền Bắc"', True),
        ('request.owner == "sales2"', False),
        ('"sales" in request.owner_roles', True),
        ('request.customer != ""', False),
        ('request.currency != "VND"', False),
    ],
)
async def test_a_condition_decides_whether_a_step_is_run(condition: str, applies: bool, sign_in: SignIn) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    extra = {"key": "extra", "name": "Extra", "approvers": [{"manager": 1}], "when": condition}
    await publish(admin, "conditional", [extra, STEP])
    await connect(admin, "conditional")
    request = await sent(sales)
    await connect(admin, "purchase-approval")
    assert request["run"]["steps"][0]["state"] == ("open" if applies else "skipped")
    words = "the total is" if condition.startswith("request.total") else condition
    assert words in request["run"]["steps"][0]["why"]
    assert request["run"]["step"]["key"] == ("extra" if applies else "director")


async def test_conditions_see_whose_it_is_and_for_whom_as_it_was_when_it_was_sent(sign_in: SignIn, pool: Pool) -> None:
    sales, manager, director = [await sign_in(name) for name in ("sales1", "manager1", "director1")]
    admin = await sign_in("admin1")
    order = (await sales.get("/sales-orders"))["items"][0]
    condition = " && ".join(
        (
            "request.total >= 500000000.0",
            'request.department == "Kinh doanh miền Bắc"',
            '!("manager" in request.owner_roles)',
            f"request.customer == {json.dumps(order['customer'], ensure_ascii=False)}",
        )
    )
    steps = [{**MANAGER_ONLY[0], "may_edit": ["lines.quantity"]}, {**STEP, "when": condition}]
    await publish(admin, "as-sent", steps)
    await connect(admin, "as-sent")
    source = {"type": "sales_order", "id": order["id"]}
    request = await sent(sales, source=source, lines=SMALL)
    assert [step["state"] for step in request["run"]["steps"]] == ["open", "skipped"]
    path = f"/purchase-requests/{request['id']}"
    now = "UPDATE users SET department = $1, roles = $2 WHERE username = 'sales1'"
    try:
        await pool.execute(now, "Kho vận", ["manager", "sales"])
        await pool.execute("UPDATE sources SET customer = 'Khách khác' WHERE id = $1", order["id"])
        much = {"lines": [{"id": request["lines"][0]["id"], "quantity": "1000"}]}
        lifted = await manager.done(request["id"], "approve", {"step": "manager", "changes": much})
        assert lifted["run"]["step"]["key"] == "director"
        assert "Khách khác" not in str(lifted["run"]["steps"])
        returned = await director.done(request["id"], "reject", {"step": "director", "note": "Giảm số lượng"})
        lines = [{**SMALL[0], "quantity": "1000"}]
        edited = await sales.call("PATCH", path, {"lines": lines}, If_Match=f'"{returned["version"]}"')
        assert edited.status_code == 200, edited.text
        preview = await sales.get(f"{path}/approval-preview")  # sent again it is asked as it is now
        assert [step["skipped"] for step in preview["steps"]] == [False, True]
    finally:
        await pool.execute(now, "Kinh doanh miền Bắc", ["sales"])
        await pool.execute("UPDATE sources SET customer = $2 WHERE id = $1", order["id"], order["customer"])
    preview = await sales.get(f"{path}/approval-preview")
    assert [step["skipped"] for step in preview["steps"]] == [False, False]


async def test_a_conditional_step_with_nobody_eligible_says_when_it_is_needed(sign_in: SignIn) -> None:
    director, admin = await sign_in("director1"), await sign_in("admin1")
    label = {"vi": "có giá trị", "en": "it is worth something"}
    step = {**STEP, "when": "request.total > 0.0", "condition_label": label}
    await publish(admin, "nobody-left", [step])
    await connect(admin, "nobody-left")
    request = await director.create()
    preview = await director.get(f"/purchase-requests/{request['id']}/approval-preview")
    assert preview["refusal"] == "no_eligible_approver"
    assert preview["steps"][0]["why"] == "Needed because: it is worth something"


THREE_DEEP = "lines.all(a, lines.all(b, lines.all(c, a.amount + b.amount + c.amount > 0.0)))"


async def test_a_condition_that_would_take_too_long_is_refused_at_its_place(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    steps = [*MANAGER_ONLY, {**STEP, "when": THREE_DEEP}]
    answer = await _put(admin, steps)
    assert (answer.status_code, answer.json()["code"]) == (422, "condition_too_costly")
    ((pointer, detail),) = [(error["pointer"], error["detail"]) for error in answer.json()["errors"]]
    assert pointer == "/steps/1/when"
    assert re.match(r"asking the condition could take [0-9,]{13,} evaluations, and 1,000,000 are allowed", detail)
    answer = await _put(admin, [{**steps[0], "deadline_hours": 0}, steps[1]])
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")
    assert (await admin.call("GET", "/processes/costly")).status_code == 404, "nothing is saved"


async def _published_before_the_rule(admin: ApiClient, pool: Pool, key: str, condition: str) -> None:
    """Publish a process whose one step has a condition that would be refused today."""
    await publish(admin, key, [{**STEP, "when": "true"}])
    await pool.execute(
        "UPDATE process_versions SET document = jsonb_set(document, '{steps,0,when}', $2) WHERE process_key = $1",
        key,
        condition,
    )
    await connect(admin, key)


async def test_a_condition_that_was_published_before_is_cut_off_and_names_its_step(sign_in: SignIn, pool: Pool) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    await _published_before_the_rule(admin, pool, "costly-before", THREE_DEEP)
    large = await sales.create(lines=[LINE] * 400)
    preview = await sales.get(f"/purchase-requests/{large['id']}/approval-preview")
    assert preview["refusal"] == preview["steps"][0]["refusal"] == "condition_too_costly"
    answer = await sales.act(large["id"], "send")
    assert (answer.status_code, answer.json()["code"]) == (422, "condition_too_costly")
    assert answer.json()["detail"].startswith("Step “Director”: asking the condition could take ")
    assert (await sales.timeline(large["id"]))[-1]["reason"] == "condition_too_costly"
    assert (await sent(sales, lines=[LINE] * 3))["run"]["step"]["key"] == "director"


async def test_only_what_is_quickly_routed_is_routed_on_the_event_loop(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def route(*args: Any) -> Any:
        threads.append(threading.current_thread())
        return routing.route(*args)

    monkeypatch.setattr(planning, "route", route)
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    await publish(admin, "long-lists", [{**STEP, "when": "lines.map(line, line.amount).exists(a, a > 1.0)"}])
    await connect(admin, "long-lists")
    for count in (1, 400):
        request = await sales.create(lines=[LINE] * count)
        preview = await sales.get(f"/purchase-requests/{request['id']}/approval-preview")
        assert preview["refusal"] is None
    assert [thread is threading.main_thread() for thread in threads] == [True, False]
