"""What a call of the API asks of the database, in exact numbers: a change that adds a statement has to say so here.

The worker's own statements are counted in ``tests/workflows/test_cost.py``.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.setting import SMALL, completed, sent
from tests.conftest import SignIn
from tests.statements import asked_by, listen

pytestmark = pytest.mark.usefixtures("running_worker")

WHO = 1
"""Who is calling: before everything else."""


@pytest.fixture(scope="module", autouse=True)
def _listening(monkeypatch_module: pytest.MonkeyPatch) -> None:
    listen(monkeypatch_module)


async def test_saving_and_sending_a_request_costs_so_many_statements(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    asked = await asked_by(sent(sales))
    assert len(asked) == WHO + 18, "\n----\n".join(asked)  # BEGIN and COMMIT twice among them


async def test_a_decision_costs_so_many_statements(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    asked = await asked_by(manager.done(request["id"], "approve", {"step": "manager"}))
    assert len(asked) == WHO + 2, "\n----\n".join(asked)  # may they decide it, the request as committed


async def test_reading_a_request_costs_so_many_statements(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    assert len(await asked_by(sales.request(request["id"]))) == WHO + 1
    assert len(await asked_by(sales.timeline(request["id"]))) == WHO + 3  # the request, a page, what is only counted
    assert len(await asked_by(sales.get("/inbox"))) == WHO + 2  # what waits, what is asked


def event(number: str, **said: Any) -> dict[str, Any]:
    """A report of purchasing on a request."""
    return {"event_id": f"{number} 1", "occurred_at": "2025-12-01T00:00:00Z", "request_number": number, **said}


async def test_a_report_of_purchasing_costs_so_many_statements(sign_in: SignIn) -> None:
    sales, manager, purchasing = await sign_in("sales1"), await sign_in("manager1"), await sign_in("purchasing1")
    goods = [{**SMALL[0], "unit_price": "1", "product_code": code} for code in ("A", "B", "C")]
    request = await completed(sales, manager, lines=goods)
    lines = [{"product_code": line["product_code"], "quantity_received": "1"} for line in goods]
    report = event(request["number"], purchase_status="ordered", lines=lines)
    asked = await asked_by(purchasing.call("POST", "/purchasing/events", report))
    assert len(asked) == WHO + 12, "\n----\n".join(asked)  # BEGIN and COMMIT among them
    asked = await asked_by(purchasing.call("POST", "/purchasing/events", report))
    assert len(asked) == WHO + 5, "\n----\n".join(asked)  # it is repeated


async def test_a_request_that_purchasing_may_not_see_costs_what_one_that_is_not_there_costs(sign_in: SignIn) -> None:
    purchasing = await sign_in("purchasing1")
    request = await sent(await sign_in("sales1"))
    asked = [
        await asked_by(purchasing.call("POST", "/purchasing/events", event(number, purchase_status="ordered")))
        for number in (request["number"], "YCMH-2020-000001")
    ]
    assert asked[0] == asked[1]
    assert len(asked[0]) == WHO + 1, "\n----\n".join(asked[0])
