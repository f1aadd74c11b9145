"""Webhooks against a real receiver that checks them with the package of Standard Webhooks. Source: notices.md, "To systems"."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from standardwebhooks.webhooks import WebhookVerificationError

from approval.effects import EventType
from crm import deliveries, endpoints
from crm.pool import Pool
from notices import delivering, sending
from notices.delivering import PAUSES
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.notices.hooked import BASE_URL, Hooked, happen, hooked
from tests.notices.receiver import Received, Receiver, answer, gigabyte, hang, receiving, status

SENT, APPROVED, COMPLETED = EventType.REQUEST_SENT, EventType.STEP_APPROVED, EventType.REQUEST_COMPLETED


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest_asyncio.fixture(loop_scope="session")
async def admin(sign_in: SignIn) -> ApiClient:
    return await sign_in("admin1")


@pytest_asyncio.fixture(loop_scope="session")
async def hook(admin: ApiClient, pool: Pool, receiver: Receiver) -> AsyncIterator[Hooked]:
    async with hooked(admin, pool, receiver.address) as hook:
        yield hook


@pytest_asyncio.fixture(loop_scope="session")
async def request_id(sign_in: SignIn) -> str:
    return str((await (await sign_in("sales1")).create())["id"])


async def told(hook: Hooked, request_id: str, *types: EventType, **facts: Any) -> None:
    """Something happened and is told on, but not delivered."""
    await happen(hook.pool, request_id, *types, **facts)
    await hook.dispatch()


async def test_an_event_arrives_signed_as_standard_webhooks_has_it(
    hook: Hooked, receiver: Receiver, request_id: str, sign_in: SignIn
) -> None:
    await told(hook, request_id, SENT, note="Gấp")
    assert (await hook.deliver()).next_at is None
    (call,) = receiver.received
    event = hook.verify(call)
    request = await (await sign_in("sales1")).request(request_id)
    assert event["type"] == "request.sent"
    assert datetime.fromisoformat(event["timestamp"]).tzinfo is not None
    assert event["data"] == {
        "request_id": request_id,
        "number": request["number"],
        "owner": "sales1",
        "sequence": event["data"]["sequence"],
        "url": f"{BASE_URL}/requests/{request_id}",
        "facts": {"actor": "manager1", "at": "2026-11-24T03:00:00+00:00", "note": "Gấp"},
    }
    assert call.headers[":line"] == "POST /hooks?from=crm HTTP/1.1"
    assert call.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        hook.verify(Received(call.headers, call.body.replace("Gấp".encode(), b"Gap")))
    (delivery,) = await hook.deliveries()
    assert (delivery.outcome, delivery.message_id, delivery.tries) == ("delivered", call.id, 1)


async def test_text_that_looks_like_something_else_stays_text(
    hook: Hooked, receiver: Receiver, request_id: str
) -> None:
    note = '=HYPERLINK("http://x")\r\nwebhook-id: msg_1\r\n\r\n<script>alert(1)</script>"}{\u2028'
    await told(hook, request_id, SENT, note=note)
    await hook.deliver()
    assert hook.verify(receiver.received[0])["data"]["facts"]["note"] == note


async def test_only_what_is_wanted_is_told_and_nothing_while_it_is_off(
    admin: ApiClient, pool: Pool, receiver: Receiver, request_id: str
) -> None:
    async with hooked(admin, pool, receiver.address, event_types=["request.completed"]) as hook:
        await told(hook, request_id, SENT, APPROVED, COMPLETED)
        await hook.deliver()
        assert [hook.verify(call)["type"] for call in receiver.received] == ["request.completed"]
        await admin.call("PATCH", f"/webhook-endpoints/{hook.endpoint_id}", {"enabled": False})
        await told(hook, request_id, COMPLETED)
        await admin.call("PATCH", f"/webhook-endpoints/{hook.endpoint_id}", {"enabled": True})
        await hook.deliver()
        assert len(receiver.received) == 1


async def test_what_waits_when_it_is_switched_off_goes_out_when_it_is_on_again(
    hook: Hooked, admin: ApiClient, receiver: Receiver, request_id: str
) -> None:
    await told(hook, request_id, SENT)
    await admin.call("PATCH", f"/webhook-endpoints/{hook.endpoint_id}", {"enabled": False})
    assert (await hook.deliver()).next_at is None
    assert receiver.received == []
    await admin.call("PATCH", f"/webhook-endpoints/{hook.endpoint_id}", {"enabled": True})
    await hook.deliver()
    assert len(receiver.received) == 1


@pytest.mark.parametrize("number", [199 + 101, 301, 302, 307, 400, 401, 404, 429, 500, 503])
async def test_what_is_no_success_is_tried_again_with_the_same_id_and_bytes_and_a_new_time(
    number: int, hook: Hooked, receiver: Receiver, request_id: str
) -> None:
    receiver.respond = status(number, "Không", location=receiver.address)
    await told(hook, request_id, SENT)
    left = await hook.deliver()
    assert left.next_at is not None
    assert timedelta(seconds=4) < left.next_at - datetime.now(UTC) <= timedelta(seconds=6)
    await hook.pass_time(timedelta(seconds=6))
    receiver.respond = status(204)
    await hook.deliver()
    first, second = receiver.received
    assert (first.id, first.body) == (second.id, second.body)
    hook.verify(second)
    (delivery,) = await hook.deliveries()
    assert [one.status for one in delivery.answers] == [number, 204]
    assert delivery.answers[0].body == "Không"


async def test_the_signature_is_of_the_time_of_the_try(
    hook: Hooked, receiver: Receiver, request_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.respond = status(500)
    await told(hook, request_id, SENT)
    await hook.deliver()
    await hook.pass_time(timedelta(seconds=6))

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=200)

    monkeypatch.setattr("notices.endpoints.datetime", Later)
    await hook.deliver()
    times = [int(call.headers["webhook-timestamp"]) for call in receiver.received]
    assert times[1] - times[0] >= 199
    hook.verify(receiver.received[1])


async def test_tries_end_after_three_days_and_what_comes_after_goes_on(
    hook: Hooked, receiver: Receiver, request_id: str
) -> None:
    receiver.respond = status(500)
    await told(hook, request_id, SENT, APPROVED)
    for pause in PAUSES:
        left = await hook.deliver()
        assert left.next_at is not None
        waits = left.next_at - datetime.now(UTC)
        assert pause * 0.89 < waits < pause * 1.11
        await hook.pass_time(pause * 1.2)
        assert (await hook.stored()).off_reason is None
    receiver.respond = lambda call, writer: status(500 if call.data["sequence"] == sequence else 200)(call, writer)
    sequence = receiver.received[0].data["sequence"]
    await hook.deliver()
    await hook.deliver()
    first, second = await hook.deliveries()
    assert (first.outcome, first.tries, second.outcome) == ("given_up", len(PAUSES) + 1, "delivered")
    assert {call.data["sequence"] for call in receiver.received[:-1]} == {sequence}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), ("0", 5), ("999999999", 86400), ("soon", 5), ("-5", 5), ("", 5)],
)
async def test_a_receiver_says_how_long_it_wants_to_be_left_alone_within_bounds(
    said: str, seconds: int, hook: Hooked, receiver: Receiver, request_id: str
) -> None:
    receiver.respond = status(429, retry_after=said)
    await told(hook, request_id, SENT)
    left = await hook.deliver()
    assert left.next_at is not None
    assert abs((left.next_at - datetime.now(UTC)).total_seconds() - seconds) <= max(2, seconds * 0.11)


async def test_a_time_to_come_back_is_understood(hook: Hooked, receiver: Receiver, request_id: str) -> None:
    at = datetime.now(UTC) + timedelta(minutes=10)
    receiver.respond = status(503, retry_after=f"{at:%a, %d %b %Y %H:%M:%S} GMT")
    await told(hook, request_id, SENT)
    left = await hook.deliver()
    assert left.next_at is not None
    assert abs(left.next_at - at) < timedelta(seconds=3)


async def test_one_that_is_gone_is_switched_off_and_its_owner_is_told(
    hook: Hooked, admin: ApiClient, receiver: Receiver, request_id: str
) -> None:
    receiver.respond = status(410)
    await told(hook, request_id, SENT, APPROVED)
    assert (await hook.deliver()).next_at is None
    assert (await hook.stored()).off_reason == "gone"
    assert len(receiver.received) == 1
    notice = (await admin.get("/notices?unread=true"))["items"][0]
    assert notice["text"] == "ERP is switched off and told nothing any more: it answered that it is gone (410)."
    assert (notice["request_id"], notice["facts"]["endpoint_id"]) == (None, str(hook.endpoint_id))


async def test_one_that_is_renamed_while_it_is_switched_off_stays_off(
    hook: Hooked, receiver: Receiver, request_id: str
) -> None:
    seen = await hook.stored()
    receiver.respond = status(410)
    await told(hook, request_id, SENT)
    await hook.deliver()
    await endpoints.save(hook.pool, seen.model_copy(update={"name": "ERP 2"}), switched=False)
    after = await hook.stored()
    assert (after.name, after.off_reason) == ("ERP 2", "gone")


async def test_one_that_takes_nothing_for_five_days_is_switched_off_and_one_success_begins_anew(
    hook: Hooked, admin: ApiClient, receiver: Receiver, request_id: str
) -> None:
    async def fail_once(after: timedelta) -> None:
        receiver.respond = status(500)
        await told(hook, request_id, SENT)
        await hook.deliver()
        await hook.pass_time(after)

    await fail_once(timedelta(days=4, hours=23))
    receiver.respond = status(200)
    await hook.deliver()
    assert (await hook.stored()).failing_since is None
    await fail_once(timedelta(days=4, hours=23))
    await fail_once(timedelta(hours=2))
    assert (await hook.stored()).off_reason is None
    await hook.deliver()
    assert (await hook.stored()).off_reason == "failing"
    assert (await admin.get("/notices?unread=true"))["items"][0]["type"] == "endpoint.failing"


async def test_order_holds_within_a_request_while_other_requests_go_on(
    hook: Hooked, receiver: Receiver, request_id: str, sign_in: SignIn
) -> None:
    other = (await (await sign_in("sales1")).create())["id"]
    receiver.respond = lambda call, writer: status(500 if call.data["request_id"] == request_id else 200)(call, writer)
    await told(hook, request_id, SENT, APPROVED)
    await told(hook, other, SENT, APPROVED, COMPLETED)
    await hook.deliver()
    await told(hook, request_id, COMPLETED)  # it waits behind the first, although it was not tried
    await hook.deliver()
    assert [call.data["request_id"] for call in receiver.received].count(request_id) == 1
    receiver.respond = status(200)
    await hook.pass_time(timedelta(seconds=6))
    await hook.deliver()
    for one in (request_id, other):
        order = [call.data["sequence"] for call in receiver.received if call.data["request_id"] == one]
        assert all(before <= after for before, after in pairwise(order))
        assert len(set(order)) == 3
    assert all(delivery.outcome == "delivered" for delivery in await hook.deliveries())


async def test_however_many_requests_much_waits_of_only_so_much_is_looked_at_together(
    hook: Hooked, pool: Pool, sign_in: SignIn
) -> None:
    sales = await sign_in("sales1")
    requests = [str((await sales.create())["id"]) for _ in range(3)]
    for request in requests:
        await happen(pool, request, *[SENT] * 5)
    await hook.dispatch()
    waiting = {one.id for one in await hook.deliveries()}
    for limit in (1, 2, 6, 10):
        lanes = await deliveries.due(pool, hook.endpoint_id, limit)
        assert 0 < sum(map(len, lanes)) <= limit
        assert all([due.sequence for due in lane] == sorted(due.sequence for due in lane) for lane in lanes)
    assert {due.id for lane in await deliveries.due(pool, hook.endpoint_id, 1_000) for due in lane} == waiting


async def test_after_a_crash_before_the_write_the_same_comes_again(
    hook: Hooked, receiver: Receiver, request_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_: object, **__: object) -> None:
        raise ConnectionError

    await told(hook, request_id, SENT)
    with monkeypatch.context() as patch:
        patch.setattr("crm.deliveries.note", lost)
        with pytest.raises(ConnectionError):
            await hook.deliver()
    await hook.deliver()
    first, second = receiver.received
    assert (first.id, first.body) == (second.id, second.body)


async def test_a_receiver_that_hangs_costs_the_bounded_time_and_is_tried_again(
    hook: Hooked, receiver: Receiver, request_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "CALL_SECONDS", 0.5)
    receiver.respond = hang
    await told(hook, request_id, SENT)
    begun = time.monotonic()
    assert (await hook.deliver()).next_at is not None
    assert time.monotonic() - begun < 5
    (delivery,) = await hook.deliveries()
    assert (delivery.answers[0].status, delivery.answers[0].error) == (None, "timeout")


async def test_one_that_drips_is_not_waited_for_either(
    hook: Hooked, receiver: Receiver, request_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drip(_: Received, writer: asyncio.StreamWriter) -> None:
        for byte in answer(200, "x" * 1000):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)

    monkeypatch.setattr(sending, "CALL_SECONDS", 0.5)
    receiver.respond = drip
    await told(hook, request_id, SENT)
    begun = time.monotonic()
    await hook.deliver()
    assert time.monotonic() - begun < 5


async def test_a_gigabyte_is_not_read(hook: Hooked, receiver: Receiver, request_id: str) -> None:
    receiver.respond = gigabyte(receiver)
    await told(hook, request_id, SENT)
    begun = time.monotonic()
    await hook.deliver()
    assert time.monotonic() - begun < 5
    assert receiver.sent_bytes < 32 * 1024**2
    (delivery,) = await hook.deliveries()
    assert delivery.outcome == "delivered"
    assert delivery.answers[0].body == "x" * sending.LONGEST_KEPT


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay",
        b"",
    ],
    ids=["of another protocol", "of a length below nothing", "longer than it says", "nothing"],
)
async def test_what_is_no_http_is_a_failure(said: bytes, hook: Hooked, receiver: Receiver, request_id: str) -> None:
    async def respond(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.close()

    receiver.respond = respond
    await told(hook, request_id, SENT)
    assert (await hook.deliver()).next_at is not None


async def test_one_that_is_not_there_is_a_failure(admin: ApiClient, pool: Pool, request_id: str) -> None:
    async with receiving() as gone:
        address = gone.address
    async with hooked(admin, pool, address) as hook:
        await told(hook, request_id, SENT)
        assert (await hook.deliver()).next_at is not None
        (delivery,) = await hook.deliveries()
        assert delivery.answers[0].error.startswith("no_connection")


async def test_of_much_that_waits_for_one_that_takes_nothing_little_is_tried(
    hook: Hooked, receiver: Receiver, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "AT_ONCE", 2)
    monkeypatch.setattr(delivering, "HOPELESS", 2)
    sales = await sign_in("sales1")
    requests = [(await sales.create())["id"] for _ in range(8)]
    for one in requests:
        await happen(hook.pool, one, SENT)
    await hook.dispatch()
    receiver.respond = status(500)
    left = await hook.deliver()
    assert len(receiver.received) <= 4
    assert left.next_at is not None
    assert left.next_at > datetime.now(UTC) + timedelta(seconds=3)
    receiver.respond = status(200)
    await hook.pass_time(timedelta(seconds=6))
    await hook.deliver()
    assert {call.data["request_id"] for call in receiver.received} == set(requests)
    assert all(delivery.outcome == "delivered" for delivery in await hook.deliveries())


async def test_after_a_rotation_both_secrets_are_good_for_a_day(
    hook: Hooked, admin: ApiClient, receiver: Receiver, request_id: str
) -> None:
    rotated = await admin.call("POST", f"/webhook-endpoints/{hook.endpoint_id}/rotate-secret", {})
    secret = rotated.json()["secret"]
    assert secret != hook.secret
    await told(hook, request_id, SENT)
    await hook.deliver()
    (call,) = receiver.received
    assert len(call.headers["webhook-signature"].split(" ")) == 2
    hook.verify(call)
    hook.verify(call, secret)
    await hook.pass_time(timedelta(days=1, minutes=1))
    await told(hook, request_id, APPROVED)
    await hook.deliver()
    hook.verify(receiver.received[1], secret)
    with pytest.raises(WebhookVerificationError):
        hook.verify(receiver.received[1])


async def test_secrets_and_addresses_are_kept_encrypted(hook: Hooked, pool: Pool) -> None:
    row = await pool.fetchrow("SELECT * FROM endpoints WHERE id = $1", hook.endpoint_id)
    assert row is not None
    kept = repr(dict(row))
    assert hook.secret
    assert hook.secret.removeprefix("whsec_") not in kept
    assert "127.0.0.1" not in kept


async def test_what_was_delivered_is_sent_again_when_asked_for_under_the_same_id(
    hook: Hooked, admin: ApiClient, receiver: Receiver, request_id: str
) -> None:
    await told(hook, request_id, SENT)
    await hook.deliver()
    (delivery,) = await hook.deliveries()
    again = f"/webhook-endpoints/{hook.endpoint_id}/deliveries/{delivery.id}/resend"
    answered = await admin.call("POST", again, {})
    assert (answered.status_code, answered.json()["outcome"]) == (200, None)
    assert answered.json()["webhook_id"] == receiver.received[0].id
    await hook.deliver()
    first, second = receiver.received
    assert (first.id, first.body) == (second.id, second.body)
