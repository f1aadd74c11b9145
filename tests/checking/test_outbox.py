"""What happens is told on, whoever was lost that tells it; and what was lost from the outbox is put back, or said to be lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError

from application.checking.findings import Kind
from application.reconciling import Reconciler
from application.waking import see_to_telling
from crm import dispatching, findings
from crm.pool import Pool
from notices.endpoints import way_of
from tests.api.setting import SMALL, connect, publish, sent
from tests.checking.looking import reconcile
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.notices.receiver import receiving, status
from workflows.notice_contract import NOTICES_ID

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest_asyncio.fixture(loop_scope="session")
async def telling(temporal_client: Client) -> AsyncIterator[WorkflowHandle[Any, Any]]:
    """The workflow that tells, which is not there before; whoever has it started, it ends with the test."""
    handle = temporal_client.get_workflow_handle(NOTICES_ID)
    yield handle
    with suppress(RPCError):
        await handle.terminate()


async def told(pool: Pool, request: Any) -> Sequence[asyncpg.Record]:
    """What is to be told of a request, in its order."""
    query = "SELECT sequence, type, facts FROM outbox WHERE request_id = $1 ORDER BY sequence"
    return await pool.fetch(query, UUID(request["id"]))


async def all_dispatched(pool: Pool, request: Any) -> None:
    async def is_so() -> bool:
        query = "SELECT count(*) FROM outbox WHERE request_id = $1 AND dispatched_at IS NULL"
        return not await pool.fetchval(query, UUID(request["id"]))

    await eventually(is_so)


@asynccontextmanager
async def nobody_telling(pool: Pool) -> AsyncIterator[None]:
    """Nobody tells on while the block runs, as an activity may do for a while whose workflow is gone."""
    async with pool.acquire() as connection, connection.transaction():
        while not await dispatching.take_turn(connection):  # noqa: ASYNC110 - whoever has it gives it back
            await asyncio.sleep(0.01)
        yield


async def make_old(pool: Pool, request: Any) -> None:
    """What waits of a request has done so for an hour."""
    query = "UPDATE outbox SET created_at = now() - interval '1 hour' WHERE request_id = $1 AND dispatched_at IS NULL"
    await pool.execute(query, UUID(request["id"]))


async def test_who_tells_is_started_again(
    sign_in: SignIn, temporal_client: Client, pool: Pool, reconciler: Reconciler, telling: WorkflowHandle[Any, Any]
) -> None:
    request = await sent(await sign_in("sales1"))
    await see_to_telling(temporal_client)
    await all_dispatched(pool, request)
    await telling.terminate("lost")
    async with nobody_telling(pool):
        other = await sent(await sign_in("sales1"))
        await make_old(pool, other)

        reconciled = await reconcile(reconciler)

    assert (reconciled.mended, reconciled.waiting) == (1, 0)
    (found, *_) = await findings.mended(pool, 1)
    assert (found.kind, found.facts["count"]) == (Kind.TELLING_STARTED, "3")
    await all_dispatched(pool, other)
    assert (await telling.describe()).status is WorkflowExecutionStatus.RUNNING
    assert await pool.fetchval("SELECT count(*) FROM notices WHERE request_id = $1", UUID(other["id"])) > 0
    assert (await reconcile(reconciler)).mended == 0


async def test_who_delivers_is_started_again(
    sign_in: SignIn, temporal_client: Client, pool: Pool, reconciler: Reconciler, telling: WorkflowHandle[Any, Any]
) -> None:
    admin = await sign_in("admin1")
    async with receiving() as receiver:
        receiver.respond = status(503)
        body = {"kind": "webhook", "name": "ERP", "address": receiver.address}
        answer = await admin.call("POST", "/webhook-endpoints", body)
        assert answer.status_code == 201, answer.text
        endpoint_id = UUID(answer.json()["id"])
        delivering = temporal_client.get_workflow_handle(way_of(endpoint_id).workflow_id)
        await see_to_telling(temporal_client)
        first = await sent(await sign_in("sales1"))

        async def is_tried() -> bool:
            return bool(receiver.received)

        await eventually(is_tried)
        await telling.terminate("lost")
        await delivering.terminate("lost")
        receiver.respond = status(200)
        async with nobody_telling(pool):
            await pool.execute("UPDATE deliveries SET next_try_at = now()")
            second = await sent(await sign_in("sales1"))
            await make_old(pool, second)

            assert (await reconcile(reconciler)).mended == 1

        async def all_delivered() -> bool:
            query = "SELECT count(*) FROM deliveries WHERE request_id = ANY ($1) AND outcome = 'delivered'"
            return bool(await pool.fetchval(query, [UUID(one["id"]) for one in (first, second)]) == 6)

        await eventually(all_delivered)

        async def is_removed() -> bool:  # while something is being delivered there it may be refused
            return (await admin.call("DELETE", f"/webhook-endpoints/{endpoint_id}")).status_code == 204

        await eventually(is_removed)


async def test_what_cannot_be_told_on_waits_for_a_person(
    sign_in: SignIn, temporal_client: Client, pool: Pool, reconciler: Reconciler, telling: WorkflowHandle[Any, Any]
) -> None:
    await see_to_telling(temporal_client)
    async with nobody_telling(pool):
        request = await sent(await sign_in("sales1"))
        await make_old(pool, request)
        for _ in range(2):
            reconciled = await reconcile(reconciler)
            assert (reconciled.mended, reconciled.waiting) == (0, 1)
        (one,) = await findings.open_findings(pool, 10)
        assert (one.kind, one.facts["count"]) == (Kind.OUTBOX_WAITS, "3")
    await all_dispatched(pool, request)
    assert (await reconcile(reconciler)).waiting == 0


async def _sent(sign_in: SignIn) -> Any:
    return await sent(await sign_in("sales1"))


async def _approved_once(sign_in: SignIn) -> Any:
    request = await _sent(sign_in)
    return await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager", "note": "đồng ý"})


async def _completed(sign_in: SignIn) -> Any:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    return await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager"})


async def _returned(sign_in: SignIn) -> Any:
    request = await _sent(sign_in)
    return await (await sign_in("manager1")).done(request["id"], "reject", {"step": "manager", "note": "xem lại"})


async def _rejected(sign_in: SignIn) -> Any:
    request = await _sent(sign_in)
    body = {"step": "manager", "note": "không", "end": True}
    return await (await sign_in("manager1")).done(request["id"], "reject", body)


async def _recalled(sign_in: SignIn) -> Any:
    request = await _sent(sign_in)
    return await (await sign_in("sales1")).done(request["id"], "recall")


async def _sent_again(sign_in: SignIn) -> Any:
    request = await _returned(sign_in)
    return await (await sign_in("sales1")).done(request["id"], "send")


async def _cancelled(sign_in: SignIn) -> Any:
    request = await _approved_once(sign_in)
    return await (await sign_in("sales1")).done(request["id"], "cancel", {"note": "thôi"})


ENDS = (_sent, _approved_once, _completed, _returned, _rejected, _recalled, _sent_again, _cancelled)


@pytest.mark.parametrize("only_one", [False, True], ids=["all-of-it", "the-last-of-it"])
@pytest.mark.parametrize("having", ENDS, ids=[having.__name__.strip("_") for having in ENDS])
async def test_what_is_lost_of_the_last_transition_is_made_again_as_it_was(
    sign_in: SignIn, pool: Pool, reconciler: Reconciler, having: Any, only_one: bool
) -> None:
    request = await having(sign_in)
    was = await told(pool, request)
    last = [row["sequence"] for row in was if row["facts"]["at"] == was[-1]["facts"]["at"]]
    lost = last[-1:] if only_one else last
    query = "DELETE FROM outbox WHERE request_id = $1 AND sequence = ANY ($2)"
    await pool.execute(query, UUID(request["id"]), lost)

    reconciled = await reconcile(reconciler)

    assert (reconciled.mended, reconciled.waiting) == (1, 0)
    (found, *_) = await findings.mended(pool, 1)
    assert (found.kind, found.number, found.facts) == (
        Kind.EVENTS_MADE_AGAIN,
        request["number"],
        {"count": str(len(lost))},
    )
    assert await told(pool, request) == was
    assert (await reconcile(reconciler)).mended == 0
    assert await told(pool, request) == was


async def test_what_was_told_before_it_was_lost_is_not_told_again(
    sign_in: SignIn, temporal_client: Client, pool: Pool, reconciler: Reconciler, telling: WorkflowHandle[Any, Any]
) -> None:
    await see_to_telling(temporal_client)
    request = await _approved_once(sign_in)
    await all_dispatched(pool, request)
    notices = "SELECT event_id, username FROM notices WHERE request_id = $1 ORDER BY event_id, username"
    heard = await pool.fetch(notices, UUID(request["id"]))
    assert heard
    await pool.execute("DELETE FROM outbox WHERE request_id = $1 AND sequence > 3", UUID(request["id"]))

    assert (await reconcile(reconciler)).mended == 1

    rows = await pool.fetch("SELECT id, dispatched_at FROM outbox WHERE request_id = $1", UUID(request["id"]))
    assert all(row["dispatched_at"] for row in rows)
    assert {row["event_id"] for row in heard} <= {row["id"] for row in rows}, "under the ids they were told under"
    after = await sent(await sign_in("sales1"))
    await all_dispatched(pool, after)
    assert await pool.fetch(notices, UUID(request["id"])) == heard


async def test_what_cannot_be_made_again_waits_for_a_person_until_it_is_there(
    sign_in: SignIn, pool: Pool, reconciler: Reconciler
) -> None:
    request = await _approved_once(sign_in)
    (row,) = await pool.fetch(
        "DELETE FROM outbox WHERE request_id = $1 AND sequence = 2 RETURNING *", UUID(request["id"])
    )
    for _ in range(2):
        reconciled = await reconcile(reconciler)
        assert (reconciled.mended, reconciled.waiting) == (0, 1)
    (one,) = await findings.open_findings(pool, 10)
    assert (one.kind, one.number, one.facts) == (Kind.EVENTS_LOST, request["number"], {"count": "1"})

    await _put_back(pool, row)
    assert (await reconcile(reconciler)).waiting == 0


@pytest.mark.parametrize("having", [_sent, _returned], ids=["sent", "returned"])
async def test_what_was_told_after_the_last_transition_is_not_taken_for_it(
    sign_in: SignIn, pool: Pool, reconciler: Reconciler, having: Any
) -> None:
    request = await having(sign_in)
    was = await told(pool, request)
    sales = await sign_in("sales1")
    answer = await sales.call("POST", f"/purchase-requests/{request['id']}/comments", {"text": "xem giúp"})
    assert answer.status_code == 201, answer.text
    (row,) = await pool.fetch(
        "DELETE FROM outbox WHERE request_id = $1 AND type = 'comment.added' RETURNING *", UUID(request["id"])
    )
    reconciled = await reconcile(reconciler)
    assert (reconciled.mended, reconciled.waiting) == (0, 1)
    assert await told(pool, request) == was
    await _put_back(pool, row)
    assert (await reconcile(reconciler)).waiting == 0


async def _put_back(pool: Pool, row: asyncpg.Record) -> None:
    columns = ", ".join(row.keys())
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await pool.execute(f"INSERT INTO outbox ({columns}) VALUES ({places})", *row.values())


async def test_what_was_deleted_since_it_is_old_is_not_called_lost(
    sign_in: SignIn, pool: Pool, reconciler: Reconciler
) -> None:
    request = await _approved_once(sign_in)
    request_id = UUID(request["id"])
    await pool.execute("UPDATE purchase_requests SET created_at = now() - interval '60 days' WHERE id = $1", request_id)
    await pool.execute("DELETE FROM outbox WHERE request_id = $1 AND sequence < 4", request_id)
    reconciled = await reconcile(reconciler)
    assert (reconciled.mended, reconciled.waiting) == (0, 0)

    await pool.execute("DELETE FROM outbox WHERE request_id = $1", request_id)
    moved = (
        "UPDATE timeline SET recorded_at = now() - interval '40 days' WHERE request_id = $1 AND sequence IS NOT NULL"
    )
    await pool.execute(moved, request_id)
    reconciled = await reconcile(reconciler)
    assert (reconciled.mended, reconciled.waiting) == (0, 0)


async def test_a_vote_that_is_not_told_is_not_called_lost_when_what_was_told_before_it_is_deleted(
    sign_in: SignIn, pool: Pool, reconciler: Reconciler
) -> None:
    admin, sales, manager = [await sign_in(name) for name in ("admin1", "sales1", "manager1")]
    approvers = [{"user": "manager1"}, {"user": "manager2"}]
    board = {"key": "board", "name": "Board", "approvers": approvers, "decision": "all"}
    await publish(admin, "board-votes", [board], schema_version=2)
    await connect(admin, "board-votes")
    try:
        request = await sent(sales, lines=SMALL)
    finally:
        await connect(admin, "purchase-approval")
    request_id = UUID(request["id"])
    for made_old in (
        "UPDATE purchase_requests SET created_at = now() - interval '60 days' WHERE id = $1",
        "UPDATE timeline SET recorded_at = now() - interval '40 days' WHERE request_id = $1",
        "DELETE FROM outbox WHERE request_id = $1",
    ):
        await pool.execute(made_old, request_id)
    await manager.done(request["id"], "approve", {"step": "board"})
    assert await told(pool, request) == []

    reconciled = await reconcile(reconciler)

    assert (reconciled.mended, reconciled.waiting) == (0, 0)
    await (await sign_in("manager2")).done(request["id"], "approve", {"step": "board"})
    was = await told(pool, request)
    assert was
    await pool.execute("DELETE FROM outbox WHERE request_id = $1", request_id)
    assert (await reconcile(reconciler)).mended == 1
    assert await told(pool, request) == was
