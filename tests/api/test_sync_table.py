"""The sync table of domain.md, a case for each row, read from the CRM database and from the run itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from crm.pool import Pool
from tests.clients import LINE
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

Move = tuple[str, str, dict[str, Any]]
"""Who does what, with which body."""
Note = tuple[str, bool, str, str]
"""Action, whether it ended the run, text, actor."""

SEND: Move = ("sales1", "send", {})
FIRST: Move = ("manager1", "approve", {"step": "manager"})
LAST: Move = ("director1", "approve", {"step": "director"})
RETURN: Move = ("manager1", "reject", {"step": "manager", "note": "Giảm còn 8"})

RUNNING, COMPLETED = WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED
"""Of the workflow: it runs as long as the run, and ends in order with it."""


@dataclass(frozen=True)
class Row:
    """One row of the table: ``before`` leads to ``move``, which must leave the rest."""

    before: tuple[Move, ...]
    move: Move
    run: str
    crm: str
    note: Note | None
    open_step: str | None
    round: int = 1
    workflow: WorkflowExecutionStatus = RUNNING


TABLE = {
    "send": Row((), SEND, "in_progress", "in_progress", None, "manager"),
    "approve, not the last step": Row((SEND,), FIRST, "in_progress", "in_progress", None, "director"),
    "approve, not the last step, with a note": Row(
        (SEND,),
        ("manager1", "approve", {"step": "manager", "note": "Đồng ý"}),
        "in_progress",
        "in_progress",
        None,
        "director",
    ),
    "approve, last step": Row(
        (SEND, FIRST),
        ("director1", "approve", {"step": "director", "note": "Duyệt"}),
        "completed",
        "completed",
        ("approve", False, "Duyệt", "director1"),
        None,
        workflow=COMPLETED,
    ),
    "approve, last step, without a note": Row(
        (SEND, FIRST), LAST, "completed", "completed", ("approve", False, "", "director1"), None, workflow=COMPLETED
    ),
    "reject (return)": Row(
        (SEND,), RETURN, "in_progress", "returned", ("reject", False, "Giảm còn 8", "manager1"), None
    ),
    "reject (return) at the last step": Row(
        (SEND, FIRST),
        ("director1", "reject", {"step": "director", "note": "Đắt"}),
        "in_progress",
        "returned",
        ("reject", False, "Đắt", "director1"),
        None,
    ),
    "recall": Row(
        (SEND,),
        ("sales1", "recall", {"note": "Khách đổi ý"}),
        "in_progress",
        "returned",
        ("recall", False, "Khách đổi ý", "sales1"),
        None,
    ),
    "recall without a note": Row(
        (SEND, FIRST), ("sales1", "recall", {}), "in_progress", "returned", ("recall", False, "", "sales1"), None
    ),
    "resend": Row((SEND, RETURN), SEND, "in_progress", "in_progress", None, "manager", round=2),
    "reject and end": Row(
        (SEND,),
        ("manager1", "reject", {"step": "manager", "note": "Không cần", "end": True}),
        "rejected",
        "rejected",
        ("reject", True, "Không cần", "manager1"),
        None,
        workflow=COMPLETED,
    ),
    "cancel by the owner": Row(
        (SEND,),
        ("sales1", "cancel", {"note": "Khách hủy"}),
        "cancelled",
        "cancelled",
        ("cancel", False, "Khách hủy", "sales1"),
        None,
        workflow=COMPLETED,
    ),
    "cancel by a process admin while returned": Row(
        (SEND, RETURN),
        ("admin1", "cancel", {"note": "Nghỉ việc"}),
        "cancelled",
        "cancelled",
        ("cancel", False, "Nghỉ việc", "admin1"),
        None,
        workflow=COMPLETED,
    ),
}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
async def test_each_action_leaves_what_its_row_says(
    row: Row, sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    request_id = (await (await sign_in("sales1")).create())["id"]
    for username, action, body in row.before:
        await (await sign_in(username)).done(request_id, action, body)
    before = await _request(pool, request_id)
    notes_before = await _notes(pool, request_id)
    lines_before = await _lines(pool, request_id)

    username, action, body = row.move
    answer = await (await sign_in(username)).act(request_id, action, body)
    # The database is read first: whoever reads it the moment after the answer sees what the answer says.
    after, run = await _request(pool, request_id), await _run(pool, request_id)
    assert answer.status_code == 200, answer.text

    assert after["process_status"] == row.crm
    assert run["status"] == row.run
    assert run["round"] == row.round
    assert await _open_step(pool, request_id) == row.open_step
    assert await _notes(pool, request_id) == notes_before + ([row.note] if row.note else [])
    assert await _lines(pool, request_id) == lines_before
    assert after["purchase_status"] is None
    assert after["version"] == before["version"] + 1
    assert (after["run_sequence"], after["number"]) == (before["run_sequence"] + 1, before["number"])

    shown = answer.json()
    assert shown["process_status"] == row.crm
    assert shown["process_id"] == shown["run"]["id"] == str(run["id"])
    assert (shown["run"]["status"], shown["run"]["round"]) == (row.run, row.round)
    assert answer.headers["ETag"] == f'"{after["version"]}"'

    handle = temporal_client.get_workflow_handle(f"purchase-request-{request_id}")
    if row.workflow is COMPLETED:
        assert await handle.result() == row.run
    assert (await handle.describe()).status is row.workflow
    state = await handle.query("state")
    assert (state["id"], state["status"], state["round"]) == (str(run["id"]), row.run, row.round)
    assert (state["step"] or {}).get("key") == row.open_step


async def test_the_last_approval_writes_every_field_that_approvers_changed(sign_in: SignIn, pool: Pool) -> None:
    sales, manager, director = await sign_in("sales1"), await sign_in("manager1"), await sign_in("director1")
    request = await sales.create(lines=[LINE, {**LINE, "product_code": "MON-27U", "description": "Màn hình"}])
    first, second = (line["id"] for line in request["lines"])
    await sales.done(request["id"], "send")
    before = await _lines(pool, request["id"])

    changes = {
        "desired_delivery_date": "2027-02-01",
        "lines": [{"id": first, "quantity": "8", "supplier": "Viễn Sơn"}, {"id": second, "quantity": "4.5"}],
    }
    await manager.done(request["id"], "approve", {"step": "manager", "changes": changes})
    row = await _request(pool, request["id"])
    assert await _lines(pool, request["id"]) == before, "nothing is written before the last approval"
    assert str(row["desired_delivery_date"]) == "2027-01-15"
    assert row["total"] == Decimal(250_000_000)

    changes = {"lines": [{"id": first, "quantity": "7", "unit_price": "12000000"}]}
    await director.done(request["id"], "approve", {"step": "director", "changes": changes})
    row = await _request(pool, request["id"])
    assert str(row["desired_delivery_date"]) == "2027-02-01"
    assert row["total"] == 7 * 12_000_000 + Decimal("4.5") * 12_500_000
    assert await _lines(pool, request["id"]) == [
        (UUID(first), Decimal(7), Decimal(12_000_000), "Viễn Sơn", Decimal(0)),
        (UUID(second), Decimal("4.5"), Decimal(12_500_000), "FPT Synnex", Decimal(0)),
    ]


async def test_a_purchasing_event_reaches_request_and_run_and_changes_no_other_status(
    sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await sales.create()
    for username, action, body in (SEND, FIRST, LAST):
        await (await sign_in(username)).done(request["id"], action, body)
    notes = await _notes(pool, request["id"])

    event = {
        "event_id": f"{request['number']}-1",
        "occurred_at": "2025-12-01T03:00:00Z",
        "request_number": request["number"],
        "purchase_status": "partially_received",
        "lines": [{"line_id": request["lines"][0]["id"], "quantity_received": "4"}],
    }
    answer = await purchasing.call("POST", "/purchasing/events", event)
    assert (answer.status_code, answer.json()) == (200, {"applied": True})

    row, run = await _request(pool, request["id"]), await _run(pool, request["id"])
    assert (row["process_status"], run["status"]) == ("completed", "completed")
    assert row["purchase_status"] == "partially_received"
    assert [line[-1] for line in await _lines(pool, request["id"])] == [Decimal(4)]
    assert run["purchasing"]["status"]["value"] == "partially_received"
    assert [line["value"] for line in run["purchasing"]["lines"].values()] == ["4"]
    assert await _notes(pool, request["id"]) == notes
    shown = (await sales.request(request["id"]))["run"]
    assert shown["purchase_status"] == "partially_received"
    assert shown["lines"] == [{"id": request["lines"][0]["id"], "quantity_received": "4"}]


@pytest.mark.parametrize(
    ("reports", "received"),
    [
        ([{"received": "4"}], "4"),
        ([{"received": "4"}, {"received": "3.5"}], "7.5"),
        ([{"received": "4"}, {"sent_back": "1"}], "3"),
        ([{"received": "4"}, {"quantity_received": "10"}, {"sent_back": "2"}], "8"),
        ([{"received": "12"}], "12"),
    ],
    ids=["received", "received in parts", "sent back", "corrected", "more than requested"],
)
async def test_what_came_and_went_back_is_summed_on_request_and_run(
    reports: list[dict[str, str]], received: str, sign_in: SignIn, pool: Pool
) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await sales.create()
    for username, action, body in (SEND, FIRST, LAST):
        await (await sign_in(username)).done(request["id"], action, body)
    notes = await _notes(pool, request["id"])
    line_id = request["lines"][0]["id"]
    for day, said in reversed(list(enumerate(reports, 1))):  # the last comes first
        event = {
            "event_id": f"{request['number']}-{day}",
            "occurred_at": f"2025-12-0{day}T03:00:00Z",
            "request_number": request["number"],
            "lines": [{"line_id": line_id, **said}],
        }
        assert (await purchasing.call("POST", "/purchasing/events", event)).status_code == 200

    row, run = await _request(pool, request["id"]), await _run(pool, request["id"])
    assert (row["process_status"], run["status"], row["purchase_status"]) == ("completed", "completed", None)
    assert [line[-1] for line in await _lines(pool, request["id"])] == [Decimal(received)]
    assert run["purchasing"]["lines"][line_id]["value"] == received
    assert await _notes(pool, request["id"]) == notes
    ledger = await pool.fetch(
        "SELECT kind, quantity FROM receipts WHERE request_id = $1 ORDER BY occurred_at", UUID(request["id"])
    )
    kinds = {"quantity_received": "corrected"}
    assert [tuple(row) for row in ledger] == [
        (kinds.get(kind, kind), Decimal(quantity)) for said in reports for kind, quantity in said.items()
    ]


async def test_a_purchase_order_changes_no_status_and_leaves_no_note(sign_in: SignIn, pool: Pool) -> None:
    sales, purchasing = await sign_in("sales1"), await sign_in("purchasing1")
    request = await sales.create()
    for username, action, body in (SEND, FIRST, LAST):
        await (await sign_in(username)).done(request["id"], action, body)
    before, notes = await _request(pool, request["id"]), await _notes(pool, request["id"])
    lines = [{"request_number": request["number"], "line_id": request["lines"][0]["id"], "quantity": "10"}]
    order = {"number": f"PO {request['number']}", "supplier": "FPT Synnex", "lines": lines}
    assert (await purchasing.call("POST", "/purchasing/orders", order)).status_code == 201
    after, run = await _request(pool, request["id"]), await _run(pool, request["id"])
    assert (after["process_status"], run["status"], after["purchase_status"]) == ("completed", "completed", None)
    assert after["version"] == before["version"] + 1
    assert await _notes(pool, request["id"]) == notes


async def test_one_request_makes_one_run_however_often_it_is_sent(
    sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    request_id = (await (await sign_in("sales1")).create())["id"]
    for username, action, body in (SEND, RETURN, SEND, RETURN, SEND):
        await (await sign_in(username)).done(request_id, action, body)
    assert (await _run(pool, request_id))["round"] == 3
    described = await temporal_client.get_workflow_handle(f"purchase-request-{request_id}").describe()
    assert described.status is RUNNING
    assert await pool.fetchval("SELECT count(*) FROM rounds WHERE request_id = $1", UUID(request_id)) == 3


async def _request(pool: Pool, request_id: str) -> Any:
    return await pool.fetchrow("SELECT * FROM purchase_requests WHERE id = $1", UUID(request_id))


async def _run(pool: Pool, request_id: str) -> Any:
    return await pool.fetchrow("SELECT * FROM runs WHERE request_id = $1", UUID(request_id))


async def _notes(pool: Pool, request_id: str) -> list[Note]:
    rows = await pool.fetch(
        "SELECT action, ends_run, text, actor FROM notes WHERE request_id = $1 ORDER BY id", UUID(request_id)
    )
    return [(row["action"], row["ends_run"], row["text"], row["actor"]) for row in rows]


async def _lines(pool: Pool, request_id: str) -> list[tuple[UUID, Decimal, Decimal, str | None, Decimal]]:
    rows = await pool.fetch(
        """SELECT id, quantity, unit_price, supplier, quantity_received FROM purchase_request_lines
           WHERE request_id = $1 ORDER BY position""",
        UUID(request_id),
    )
    return [tuple(row) for row in rows]


async def _open_step(pool: Pool, request_id: str) -> str | None:
    """The step that somebody is asked to decide."""
    query = "SELECT DISTINCT step FROM assignments WHERE request_id = $1 AND state = 'open'"
    steps = [row["step"] for row in await pool.fetch(query, UUID(request_id))]
    assert len(steps) <= 1
    return steps[0] if steps else None
