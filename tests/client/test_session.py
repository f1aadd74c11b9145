"""The client against the real API: whole rounds, typed refusals, and calls that are done once though the connection is cut."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from demo.desk import People
from embedded.temporal import TemporalServer
from purchase_approval_client import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProblemError,
    Session,
    StaleVersionError,
    TooManyRequestsError,
    UnauthenticatedError,
    demo_session,
    expect,
    pages,
)
from purchase_approval_client.careful import KEY
from purchase_approval_client.generated.api.purchase_requests import add_comment, create, list_comments, list_requests
from purchase_approval_client.generated.models import (
    Comment,
    CommentBody,
    CommentList,
    NewRequest,
    Page,
    PurchaseRequest,
)
from server import create_app
from settings import Settings
from tests.client.cutting import cutting
from tests.clients import LINE, request_body

pytestmark = pytest.mark.usefixtures("running_worker")
SMALL = {**LINE, "quantity": "2"}
"""Goods that the manager alone approves."""


def body(**changes: Any) -> dict[str, Any]:
    return request_body(lines=[SMALL], **changes)


async def test_a_request_goes_its_whole_way(people: People) -> None:
    sales, manager = await people.get("sales1"), await people.get("manager1")
    assert (await sales.me()).username == "sales1"
    request = await sales.create(body())
    assert (await sales.preview(request.id)).steps[0].key == "manager"
    edited = await sales.edit(request, {"purpose": "Máy tính cho kho"})
    assert (edited.purpose, edited.version) == ("Máy tính cho kho", request.version + 1)
    sent = await sales.send(request.id, note="Gấp")
    assert sent.run
    assert sent.run.open_steps == ["manager"]
    (waiting,) = [item async for item in manager.inbox() if item.id == request.id]
    assert waiting.step == "manager"
    returned = await manager.reject(request.id, "manager", "Giảm còn 1", seen=sent)
    assert returned.process_status == "returned"
    await sales.send(request.id)
    recalled = await sales.recall(request.id, "Khách đổi ngày")
    assert recalled.process_status == "returned"
    await sales.send(request.id)
    approved = await manager.approve(request.id, "manager", note="Đồng ý")
    assert approved.process_status == "completed"
    assert (await sales.request_numbered(request.number.lower())).id == request.id
    actions = [item.action async for item in sales.timeline(request.id)]
    assert [action for action in actions if action in ("send", "reject", "recall", "approve")] == [
        "send", "reject", "send", "recall", "send", "approve",
    ]  # fmt: skip


async def test_purchasing_reports_and_a_report_that_comes_again_counts_once(people: People) -> None:
    sales, manager, purchasing = [await people.get(name) for name in ("sales1", "manager1", "purchasing1")]
    request = await sales.create(body(send={}))
    await manager.approve(request.id, "manager")
    event = {
        "event_id": str(uuid4()),
        "occurred_at": datetime.now(UTC).isoformat(),
        "request_number": request.number,
        "purchase_status": "partially_received",
        "lines": [{"product_code": SMALL["product_code"], "received": "1"}],
    }
    assert (await purchasing.report(event)).applied
    assert not (await purchasing.report(event)).applied
    told = await sales.request(request.id)
    assert (told.purchase_status, told.lines[0].quantity_received) == ("partially_received", "1")


async def test_a_request_is_rejected_for_good_and_another_cancelled(people: People) -> None:
    sales, manager = await people.get("sales1"), await people.get("manager1")
    first, second = [await sales.create(body(send={})) for _ in range(2)]
    assert (await manager.reject(first.id, "manager", "Hết ngân sách", end=True)).process_status == "rejected"
    assert (await sales.cancel(second.id, "Khách hủy")).process_status == "cancelled"


async def test_an_approver_proposes_and_returns_a_line(people: People) -> None:
    sales, manager = await people.get("sales1"), await people.get("manager1")
    request = await sales.create(body(send={}))
    changes = {"lines": [{"id": str(request.lines[0].id), "quantity": "1"}]}
    approved = await manager.approve(request.id, "manager", changes=changes, seen=request)
    assert (approved.process_status, approved.lines[0].quantity) == ("completed", "1")


async def test_a_list_is_read_to_its_end(people: People) -> None:
    sales = await people.get("sales2")
    made = {(await sales.create(body())).id for _ in range(5)}
    seen = [page async for page in pages(Page, list_requests.asyncio, client=sales.api, limit=2, owner="sales2")]
    assert len(seen) >= 3
    ids = [item.id for page in seen for item in page.items]
    assert len(ids) == len(set(ids))
    assert made <= set(ids)


async def test_a_wrong_field_is_named(people: People) -> None:
    sales = await people.get("sales1")
    with pytest.raises(InvalidError) as refused:
        await sales.create(request_body(lines=[{**LINE, "quantity": "-1"}]))
    assert (refused.value.status, refused.value.code) == (422, "invalid")
    assert [wrong.pointer for wrong in refused.value.errors] == ["/lines/0/quantity"]
    assert all(wrong.detail for wrong in refused.value.errors)


async def test_a_refused_save_and_send_says_where_the_request_is_kept(people: People) -> None:
    sales = await people.get("sales1")
    with pytest.raises(ProblemError) as refused:
        await sales.create(body(send={"approvers": {"manager": "director1"}}))
    kept = refused.value.more["purchase_request"]
    assert refused.value.location == f"/api/v1/purchase-requests/{kept['id']}"
    assert (await sales.request(UUID(kept["id"]))).process_status == "not_sent"


async def test_refusals_are_of_their_kind_and_in_the_language_of_the_session(server_url: str, people: People) -> None:
    sales, manager = await people.get("sales1"), await people.get("manager1")
    request = await sales.create(body(send={}))
    await manager.approve(request.id, "manager")
    with pytest.raises(ConflictError) as late:
        await manager.approve(request.id, "manager")
    assert late.value.code == "run_ended"
    async with await demo_session(server_url, "manager1", language="en") as english:
        with pytest.raises(ConflictError) as said:
            await english.approve(request.id, "manager")
    assert said.value.detail != late.value.detail
    with pytest.raises(ForbiddenError):
        await sales.report(
            {
                "event_id": "1",
                "occurred_at": datetime.now(UTC).isoformat(),
                "request_number": request.number,
                "purchase_status": "ordered",
            }
        )
    with pytest.raises(NotFoundError):
        await sales.request(uuid4())
    with pytest.raises(NotFoundError):
        await sales.request_numbered("YCMH-1999-000001")
    async with Session(server_url, "no token") as nobody:
        with pytest.raises(UnauthenticatedError):
            await nobody.me()


async def test_a_decision_is_held_to_what_was_seen(people: People) -> None:
    sales, manager = await people.get("sales1"), await people.get("manager1")
    read = await sales.create(body())
    await sales.edit(read, {"purpose": "Mục đích khác"})
    with pytest.raises(StaleVersionError) as stale:
        await sales.edit(read, {"purpose": "Mục đích cũ"})
    assert stale.value.code == "stale_version"
    with pytest.raises(StaleVersionError):
        await sales.send(read.id, seen=read)
    sent = await sales.send(read.id)
    await sales.recall(read.id)
    await sales.edit(await sales.request(read.id), {"purpose": "Mục đích thứ ba"})
    await sales.send(read.id)
    with pytest.raises(StaleVersionError):
        await manager.approve(read.id, "manager", seen=sent)


async def test_every_other_call_of_the_document_is_as_careful(people: People) -> None:
    sales = await people.get("sales1")
    request = await sales.create(body())
    body_of_comment = CommentBody(text="Xin chào")
    said = expect(Comment, await add_comment.asyncio(request.id, client=sales.api, body=body_of_comment))
    listed = [page async for page in pages(CommentList, list_comments.asyncio, request.id, client=sales.api)]
    assert [item.id for page in listed for item in page.items] == [said.id]


async def test_a_call_whose_connection_is_cut_is_sent_again_with_its_key_and_done_once(
    server_url: str, people: People
) -> None:
    token = (await people.get("sales2")).api.token
    number = uuid4().hex
    async with cutting(server_url) as way, Session(way.address, token) as session:
        way.cuts = 2
        request = await session.create(body(purpose=number))
        keys = way.keys()
        assert len(keys) == 3
        assert len(set(keys)) == 1
        assert [item.id async for item in session.requests(q=number)] == [request.id]
        way.cuts = 1
        async with Session(way.address, token) as another:
            sent = await another.send(request.id)
        assert sent.process_status == "in_progress"
        assert len(way.keys()) == 5
        assert [item.action async for item in session.timeline(request.id)].count("send") == 1


async def test_a_key_of_ones_own_is_left_as_it_is(server_url: str, people: People) -> None:
    sales = await people.get("sales1")
    key, new = str(uuid4()), NewRequest.from_dict(body())
    first, second = [
        expect(PurchaseRequest, await create.asyncio(client=sales.api, body=new, idempotency_key=key)) for _ in range(2)
    ]
    assert first.id == second.id
    other = NewRequest.from_dict(body(purpose="Khác"))
    with pytest.raises(InvalidError) as reused:
        await create.asyncio(client=sales.api, body=other, idempotency_key=key)
    assert reused.value.code == "idempotency_key_reused"
    assert KEY not in sales.http.headers


async def test_whoever_calls_too_often_waits_as_long_as_is_said_or_is_told(
    database_url: str, temporal: TemporalServer
) -> None:
    app: FastAPI = create_app(
        Settings(database_url=database_url, demo_mode=True, turn_seconds=0, rate_limit_per_minute=2)
    )
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with await demo_session("http://localhost", "sales1", patience=0, transport=transport) as session:
            for _ in range(2):
                await session.create(body())
            with pytest.raises(TooManyRequestsError) as told:
                await session.create(body())
    assert told.value.code == "too_many_requests"
    assert told.value.retry_after
    assert told.value.retry_after > 0
