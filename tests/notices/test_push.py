"""People are told on their devices, by a real push service that takes, refuses, hangs and forgets. Source: notices.md, "To people"."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from application.caller import load_caller
from application.push_devices import DeviceDraft
from approval.effects import EventType
from crm import push_devices
from crm.notices import NoticeSettings, save_settings
from crm.pool import Pool
from crm.pushes import Push
from notices import pushing as deliverer
from notices import sending
from notices.delivering import PAUSES
from notices.guard import Guard
from notices.push_message import push_message
from notices.sending import Sender
from settings import Settings
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.notices.hooked import happen
from tests.notices.push_service import HOST, SUBJECT, Browser, PushService, claims_of, push_service
from tests.notices.pushing import Pushing
from tests.notices.receiver import Received, answer, gigabyte, hang, receiving, status

COMPLETED, CANCELLED = EventType.REQUEST_COMPLETED, EventType.REQUEST_CANCELLED
ASKED, COMMENT = EventType.CONSULTATION_ASKED, EventType.COMMENT_ADDED


@pytest_asyncio.fixture(loop_scope="session")
async def service(tmp_path: Path) -> AsyncIterator[PushService]:
    async with push_service(tmp_path) as service:
        yield service


@pytest_asyncio.fixture(loop_scope="session")
async def pushing(pool: Pool, settings: Settings, service: PushService) -> AsyncIterator[Pushing]:
    """To that push service; what other tests have left is told to nobody."""
    pushing = Pushing(pool, settings, service.sender)
    await pushing.tell()
    yield pushing
    await pool.execute("DELETE FROM push_devices")
    await pool.execute("DELETE FROM notice_settings")


@pytest_asyncio.fixture(loop_scope="session")
async def request_id(sign_in: SignIn) -> str:
    """Of sales1."""
    return str((await (await sign_in("sales1")).create())["id"])


@pytest_asyncio.fixture(loop_scope="session")
async def browser(pool: Pool, service: PushService, pushing: Pushing) -> Browser:
    """One in which sales1 is told."""
    browser = service.subscribe()
    await browser.told(pool, "sales1")
    return browser


async def test_a_message_arrives_encrypted_signed_and_in_words(
    browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str, sign_in: SignIn
) -> None:
    await happen(pool, request_id, COMPLETED)
    left = await pushing.done()
    assert (left.next_at, "to be pushed: 0" in left.details) == (None, True)
    request = await (await sign_in("sales1")).request(request_id)
    notice = (await (await sign_in("sales1")).get("/notices"))["items"][0]
    (call,) = service.calls_to(browser)
    assert browser.read(call) == {
        "id": notice["id"],
        "tag": f"request-{request_id}",
        "title": "Kết quả yêu cầu",
        "body": f"{request['number']} đã được duyệt xong; người duyệt cuối là {await name_of(pool, 'manager1')}.",
        "lang": "vi",
        "url": f"/notices/{notice['id']}",
    }
    assert call.headers["ttl"] == "86400"
    assert call.headers["urgency"] == "normal"
    assert call.headers["content-type"] == "application/octet-stream"
    assert claims_of(call)["sub"] == SUBJECT
    seen = repr(call.headers).encode() + call.body
    assert request["number"].encode() not in seen
    assert request_id.encode() not in seen, "nobody on the way learns of which request"
    assert len(call.body) < 4096


async def test_a_message_is_in_its_readers_language_and_as_urgent_as_it_is(
    browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str
) -> None:
    await save_settings(pool, "sales1", NoticeSettings(language="en", push={"progress": True}))
    await happen(pool, request_id, ASKED, person="sales1", note="Kho còn không?")
    await pushing.done()
    await happen(pool, request_id, EventType.STEP_APPROVED, step="manager", step_name_en="Manager")
    await pushing.done()
    asked, progress = service.came_to(browser)
    assert (asked["lang"], asked["title"], progress["title"]) == ("en", "You are asked", "A request goes on")
    assert "asks you about" in asked["body"]
    assert [call.headers["urgency"] for call in service.calls_to(browser)] == ["high", "low"]


async def test_a_long_line_stays_within_what_can_be_pushed(
    browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str
) -> None:
    await save_settings(pool, "sales1", NoticeSettings(push={"progress": True}))
    await happen(pool, request_id, EventType.STEP_APPROVED, step="x", step_name_vi="ệ\u0001😀" * 2000)
    assert (await pushing.done()).next_at is None
    (call,) = service.calls_to(browser)
    assert browser.read(call)["body"].endswith("…")
    assert len(call.body) <= 4096


async def test_all_of_a_request_have_one_tag_and_of_what_waits_for_a_device_the_service_keeps_the_last(
    browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str, sign_in: SignIn
) -> None:
    other = str((await (await sign_in("sales1")).create())["id"])
    elsewhere = service.subscribe()
    await elsewhere.told(pool, "sales1")
    for one in (request_id, request_id, other):
        await happen(pool, one, COMPLETED, at=datetime.now(UTC).isoformat())
        await pushing.done()
    tags = [message["tag"] for message in service.came_to(browser)]
    topics = [call.headers["topic"] for call in service.calls_to(browser)]
    assert tags == [f"request-{request_id}", f"request-{request_id}", f"request-{other}"]
    assert (topics[0] == topics[1], topics[1] == topics[2]) == (True, False)
    assert len({message["id"] for message in service.came_to(browser)}) == 3
    assert {len(topic) for topic in topics} == {32}
    assert {call.headers["topic"] for call in service.calls_to(elsewhere)} & set(topics) == set()


async def test_after_a_failure_before_the_write_the_same_message_comes_again_to_be_shown_once(
    browser: Browser,
    service: PushService,
    pushing: Pushing,
    pool: Pool,
    request_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def lost(*_: object) -> None:
        raise ConnectionError

    await happen(pool, request_id, COMPLETED)
    await pushing.tell()
    with monkeypatch.context() as patch:
        patch.setattr("crm.push_devices.note_taken", lost)
        await pushing.deliver()
    await pushing.pass_time(timedelta(seconds=6))
    await pushing.deliver()
    first, second = service.came_to(browser)
    assert first == second, "with the same tag and id, by which the device knows it"
    assert len({call.headers["topic"] for call in service.calls_to(browser)}) == 1
    assert await pushing.waiting() == 0


async def test_a_worker_that_is_killed_while_a_service_answers_loses_nothing_and_shows_nothing_twice(
    browser: Browser,
    service: PushService,
    pushing: Pushing,
    pool: Pool,
    settings: Settings,
    request_id: str,
    repository: Path,
) -> None:
    await happen(pool, request_id, COMPLETED)
    await pushing.tell()
    service.receiver.respond = hang
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.notices.pushing",
        str(service.certificate),
        cwd=repository,
        env={**os.environ, "DATABASE_URL": settings.database_url},
    )

    async def came() -> bool:
        return len(service.calls_to(browser)) == 1

    try:
        await eventually(came, seconds=60)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert await pushing.waiting() == 1
    service.receiver.respond = status(201)
    await pushing.deliver()
    first, second = service.came_to(browser)
    assert first == second
    assert await pushing.waiting() == 0


@pytest.mark.parametrize("number", [301, 307, 400, 401, 403, 413, 429, 500, 503])
async def test_what_is_not_taken_is_tried_again_and_no_redirect_is_followed(
    number: int, browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str
) -> None:
    elsewhere = service.subscribe()
    service.receiver.respond = status(number, "Không", location=elsewhere.endpoint)
    await happen(pool, request_id, COMPLETED)
    left = await pushing.done()
    assert left.next_at is not None
    assert left.next_at - datetime.now(UTC) <= timedelta(seconds=6)
    assert "`push.invalid` takes nothing since" in left.details
    assert f"{number} Không" in left.details
    (device,) = await devices(pool)
    assert (device.told_at, device.failing_since is None) == (None, False)
    await pushing.pass_time(timedelta(seconds=6))
    service.receiver.respond = status(201)
    left = await pushing.deliver()
    first, second = service.came_to(browser)
    assert (first, service.calls_to(elsewhere)) == (second, [])
    (device,) = await devices(pool)
    assert (device.told_at is None, device.failing_since) == (False, None)
    assert "takes nothing" not in left.details


@pytest.mark.parametrize(("said", "seconds"), [("120", 120), ("0", 5), ("999999999", 86400), ("soon", 5)])
async def test_a_push_service_says_how_long_it_wants_to_be_left_alone_within_bounds(
    said: str, seconds: int, browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str
) -> None:
    service.receiver.respond = status(429, retry_after=said)
    await happen(pool, request_id, COMPLETED)
    before = datetime.now(UTC)
    left = await pushing.done()
    assert left.next_at is not None
    assert left.next_at - before >= timedelta(seconds=seconds * 0.89)
    assert left.next_at - datetime.now(UTC) <= timedelta(seconds=seconds * 1.11)


async def test_what_takes_the_place_of_what_a_service_does_not_want_yet_waits_as_long(
    browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str
) -> None:
    service.receiver.respond = status(429, retry_after="3600")
    await happen(pool, request_id, COMPLETED)
    left = await pushing.done()
    await happen(pool, request_id, CANCELLED)
    assert (await pushing.done()).next_at == left.next_at
    assert len(service.calls_to(browser)) == 1
    service.receiver.respond = status(201)
    await pushing.pass_time(timedelta(hours=1))
    await pushing.deliver()
    assert len({message["id"] for message in service.came_to(browser)}) == 2


async def test_tries_end_after_three_days(
    browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str
) -> None:
    service.receiver.respond = status(503)
    await happen(pool, request_id, COMPLETED)
    await pushing.tell()
    for pause in PAUSES:
        assert (await pushing.deliver()).next_at is not None
        await pushing.pass_time(pause * 1.2)
    assert (await pushing.deliver()).next_at is None
    assert len(service.calls_to(browser)) == len(PAUSES) + 1
    assert await pushing.waiting() == 0


@pytest.mark.parametrize("number", [404, 410])
async def test_a_device_that_is_gone_is_told_nothing_more_and_its_person_sees_that(
    number: int,
    browser: Browser,
    service: PushService,
    pushing: Pushing,
    pool: Pool,
    request_id: str,
    sign_in: SignIn,
) -> None:
    other = str((await (await sign_in("sales1")).create())["id"])
    service.receiver.respond = status(number)
    await happen(pool, request_id, COMPLETED)
    assert (await pushing.done()).next_at is None
    (device,) = await devices(pool)
    assert device.ended_at is not None
    service.receiver.respond = status(201)
    await happen(pool, other, COMPLETED)
    await pushing.done()
    assert len(service.calls_to(browser)) == 1
    again = service.subscribe()
    await again.told(pool, "sales1")
    await happen(pool, other, CANCELLED)
    await pushing.done()
    assert len(service.came_to(again)) == 1
    assert [one.endpoint for one in await devices(pool)] == [again.endpoint], "what has ended is forgotten then"


async def test_a_service_that_hangs_or_pours_costs_the_bounded_time_and_keeps_no_other_waiting(
    browser: Browser,
    service: PushService,
    pushing: Pushing,
    pool: Pool,
    request_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "CALL_SECONDS", 5.0)
    quick = service.subscribe()
    await quick.told(pool, "sales1")
    respond = answering({browser.endpoint: hang, quick.endpoint: gigabyte(service.receiver)})
    service.receiver.respond = respond
    await happen(pool, request_id, COMPLETED)
    left = await pushing.done()
    assert left.next_at is not None
    assert "timeout" in left.details
    assert await pushing.waiting() == 1, "the other one was taken"
    assert service.receiver.sent_bytes < 32 * 1024**2


async def test_of_much_that_waits_for_a_service_that_takes_nothing_little_is_tried(
    service: PushService, pushing: Pushing, pool: Pool, request_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverer, "AT_ONCE", 2)
    monkeypatch.setattr(deliverer, "HOPELESS", 2)
    browsers = [service.subscribe() for _ in range(8)]
    for one in browsers:
        await one.told(pool, "sales1")
    service.receiver.respond = status(500)
    await happen(pool, request_id, COMPLETED)
    before = datetime.now(UTC)
    left = await pushing.done()
    assert len(service.receiver.received) <= 4
    assert left.next_at is not None
    assert left.next_at >= before + deliverer.REST
    service.receiver.respond = status(201)
    await pushing.pass_time(timedelta(minutes=2))
    assert (await pushing.deliver()).next_at is None
    assert all(len(service.came_to(one)) >= 1 for one in browsers)


async def test_a_service_that_has_enough_is_told_no_more_though_it_took_something(
    service: PushService, pushing: Pushing, pool: Pool, request_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverer, "AT_ONCE", 1)
    people = ("sales1", "sales2", "manager2", "director1", "purchasing1", "admin1")
    for username in people:
        await service.subscribe().told(pool, username)
        if username != "sales1":
            await watch(pool, request_id, username)

    async def respond(call: Received, writer: asyncio.StreamWriter) -> None:
        enough = len(service.receiver.received) > 1
        await (status(429, retry_after="600") if enough else status(201))(call, writer)

    service.receiver.respond = respond
    await happen(pool, request_id, COMPLETED)
    before = datetime.now(UTC)
    left = await pushing.done()
    assert len(service.receiver.received) == 1 + deliverer.ENOUGH
    assert left.next_at is not None
    assert left.next_at >= before + timedelta(seconds=600)
    assert await pushing.waiting() == len(people) - 1


async def test_a_device_that_is_told_too_much_keeps_no_other_waiting(
    browser: Browser,
    service: PushService,
    pushing: Pushing,
    pool: Pool,
    request_id: str,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deliverer, "AT_ONCE", 1)
    other = str((await (await sign_in("sales1")).create())["id"])
    own, another = service.subscribe(), service.subscribe()
    await own.told(pool, "sales1")
    await another.told(pool, "sales2")
    for one in (request_id, other):
        await watch(pool, one, "sales2")
        await happen(pool, one, COMPLETED)
    taken = dict.fromkeys((own.endpoint, another.endpoint), status(201))
    service.receiver.respond = answering({browser.endpoint: status(429, retry_after="600"), **taken})
    before = datetime.now(UTC)
    left = await pushing.done()
    assert [len(service.calls_to(one)) for one in (browser, own, another)] == [1, 2, 2]
    assert await pushing.waiting() == 2
    assert left.next_at is not None
    assert left.next_at >= before + timedelta(seconds=600 * 0.9)


async def test_many_devices_of_one_person_are_told_too_much_and_others_go_on(
    service: PushService, pushing: Pushing, pool: Pool, request_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverer, "AT_ONCE", 2)
    monkeypatch.setattr(deliverer, "HOPELESS", 2)
    own = [service.subscribe() for _ in range(6)]
    for one in own:
        await one.told(pool, "sales1")
    another = service.subscribe()
    await another.told(pool, "sales2")
    await watch(pool, request_id, "sales2")
    await happen(pool, request_id, COMPLETED)
    too_many = status(429, retry_after="86400")
    service.receiver.respond = answering({**{one.endpoint: too_many for one in own}, another.endpoint: status(201)})
    await pushing.done()
    assert len(service.came_to(another)) == 1
    assert await pushing.waiting() == len(own)


async def test_a_message_that_cannot_be_made_or_written_holds_up_no_other(
    browser: Browser,
    service: PushService,
    pushing: Pushing,
    pool: Pool,
    request_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick = service.subscribe()
    await quick.told(pool, "sales2")

    def poisoned(push: Push, *rest: Any) -> bytes:
        if push.username == "sales1":
            raise ValueError("a fact that no text knows")
        return push_message(push, *rest)

    monkeypatch.setattr("notices.pushing.push_message", poisoned)
    await watch(pool, request_id, "sales2")
    await happen(pool, request_id, COMPLETED)
    left = await pushing.done()
    assert (len(service.calls_to(browser)), len(service.calls_to(quick))) == (0, 1)
    assert await pushing.waiting() == 1, "it is tried again"
    assert left.next_at is not None
    assert left.next_at > datetime.now(UTC)
    assert "takes nothing" not in left.details, "that is no fault of the push service"


async def test_failures_at_another_port_of_a_service_are_not_laid_to_it(
    service: PushService, pushing: Pushing, pool: Pool, request_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverer, "HOPELESS", 1)
    async with receiving() as gone:
        nobody = Browser(f"https://{HOST}:{gone.port}/send/x")
    quick = service.subscribe()
    for username, one in (("sales1", nobody), ("sales2", quick)):
        caller = await load_caller(pool, username)
        assert caller is not None
        await pushing.devices.add(caller, DeviceDraft.model_validate({"name": "Chrome", **one.fields}))
    await watch(pool, request_id, "sales2")
    await happen(pool, request_id, COMPLETED)
    await pushing.tell()
    later = datetime.now(UTC) + timedelta(seconds=30)
    of_quick = "device_id = (SELECT id FROM push_devices WHERE username = 'sales2')"
    await pool.execute(f"UPDATE pushes SET next_try_at = $1 WHERE {of_quick}", later)
    await pushing.deliver()
    assert await pool.fetchval(f"SELECT next_try_at FROM pushes WHERE {of_quick}") == later


async def test_one_that_is_not_there_or_not_of_its_name_is_a_failure(
    service: PushService, pushing: Pushing, pool: Pool, request_id: str, settings: Settings
) -> None:
    async with receiving() as gone:
        nobody = Browser(f"https://{HOST}:{gone.port}/send/x")
    another = Browser(service.subscribe().endpoint.replace(HOST, "another.invalid"))
    for one in (nobody, another):
        await one.told(pool, "sales1")
    await happen(pool, request_id, COMPLETED)
    assert (await pushing.done()).next_at is not None
    assert service.receiver.received == []
    assert {one.told_at for one in await devices(pool)} == {None}
    assert all(one.failing_since for one in await devices(pool))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "10.0.0.5", "169.254.169.254", "[::ffff:7f00:1]"])
async def test_no_message_goes_into_ones_own_network(
    host: str, service: PushService, pool: Pool, settings: Settings, request_id: str
) -> None:
    sender = Sender(Guard())
    inside = Pushing(pool, settings, sender)
    await inside.tell()
    device = Browser(f"https://{host}:{service.receiver.port}/send/x")
    await device.told(pool, "sales1")
    await happen(pool, request_id, COMPLETED)
    async with aclosing(sender):
        left = await inside.done()
    assert "address_refused" in left.details
    assert service.receiver.received == []
    await pool.execute("DELETE FROM push_devices")


async def test_nobody_is_told_who_has_left_who_may_not_know_any_more_or_who_has_read_it(
    service: PushService, pushing: Pushing, pool: Pool, request_id: str
) -> None:
    browsers = {name: service.subscribe() for name in ("sales1", "sales2", "purchasing1", "manager1")}
    for name, one in browsers.items():
        await one.told(pool, name)
    for name in ("sales2", "purchasing1"):
        await watch(pool, request_id, name)
    await happen(pool, request_id, ASKED, person="manager1")
    await happen(pool, request_id, COMPLETED, actor="director1")
    await pushing.tell()
    assert await pushing.waiting() == 4
    await pool.execute("UPDATE users SET active = false WHERE username = 'sales2'")
    await pool.execute("DELETE FROM watchers WHERE username = 'purchasing1'")
    await pool.execute("UPDATE notices SET read_at = now() WHERE username = 'manager1'")
    try:
        assert (await pushing.deliver()).next_at is None
    finally:
        await pool.execute("UPDATE users SET active = true WHERE username = 'sales2'")
    assert {name: len(service.calls_to(one)) for name, one in browsers.items()} == {
        "sales1": 1,
        "sales2": 0,
        "purchasing1": 0,
        "manager1": 0,
    }
    assert await pushing.waiting() == 0


async def test_only_what_somebody_chose_comes_to_their_devices(
    browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str
) -> None:
    await save_settings(pool, "sales1", NoticeSettings(push={"comment": False, "progress": True}))
    await happen(pool, request_id, COMMENT, comment_id="1", text="Giá?")
    await happen(pool, request_id, EventType.PURCHASING_UPDATED)
    await pushing.done()
    assert [message["title"] for message in service.came_to(browser)] == ["Tiến độ yêu cầu"]


async def test_of_what_waits_the_newest_is_told_but_what_asks_stays_until_it_is_done(
    browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str
) -> None:
    async def waits(*types: EventType, **facts: Any) -> list[str]:
        for one in types:
            await happen(pool, request_id, one, **{"at": datetime.now(UTC).isoformat(), **facts})
            await pushing.tell()
            await pool.execute("UPDATE pushes SET next_try_at = 'infinity'")
        rows = await pool.fetch("SELECT n.type FROM pushes p JOIN notices n ON n.id = p.notice_id")
        return [row["type"] for row in rows]

    assert await waits(COMMENT, COMPLETED) == [COMPLETED]
    assert await waits(ASKED, person="sales1") == [ASKED]
    assert await waits(COMMENT) == [ASKED]
    await pool.execute("UPDATE notices SET read_at = now() WHERE type = $1", str(ASKED))
    assert await waits(COMMENT) == [COMMENT]
    await pool.execute("UPDATE pushes SET next_try_at = now()")
    await pushing.deliver()
    assert [message["title"] for message in service.came_to(browser)] == ["Bình luận mới"]


async def test_what_takes_the_place_of_what_is_under_way_is_told_after_it(
    browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str
) -> None:
    async def respond(_: Received, writer: asyncio.StreamWriter) -> None:
        if len(service.receiver.received) == 1:
            await happen(pool, request_id, CANCELLED)
            await pushing.tell()
        writer.write(answer(201))

    service.receiver.respond = respond
    await happen(pool, request_id, COMPLETED)
    await pushing.done()
    assert len({message["id"] for message in service.came_to(browser)}) == 2
    assert await pushing.waiting() == 0


async def test_who_subscribed_with_another_key_of_ours_is_told_nothing(
    browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str
) -> None:
    await happen(pool, request_id, COMPLETED)
    await pushing.tell()
    await pool.execute("UPDATE push_devices SET server_key = 'another'")
    assert (await pushing.deliver()).next_at is None
    await happen(pool, request_id, CANCELLED)
    await pushing.done()
    assert service.receiver.received == []


async def test_with_another_key_of_ours_devices_no_longer_fail_and_go_when_their_person_switches_one_on(
    browser: Browser, service: PushService, pushing: Pushing, pool: Pool, request_id: str
) -> None:
    service.receiver.respond = status(503)
    await happen(pool, request_id, COMPLETED)
    assert "takes nothing since" in (await pushing.done()).details
    await pool.execute("UPDATE push_devices SET server_key = 'another'")
    await pushing.pass_time(timedelta(seconds=6))
    assert "takes nothing" not in (await pushing.deliver()).details
    await service.subscribe().told(pool, "sales2")
    assert [one.endpoint for one in await devices(pool)] == [browser.endpoint], "another person's are left alone"
    again = service.subscribe()
    await again.told(pool, "sales1")
    assert [one.endpoint for one in await devices(pool)] == [again.endpoint]


async def watch(pool: Pool, request_id: str, username: str) -> None:
    await pool.execute(
        "INSERT INTO watchers (request_id, username, added_by, added_at) VALUES ($1, $2, 'sales1', now())",
        UUID(request_id),
        username,
    )


async def name_of(pool: Pool, username: str) -> str:
    return str(await pool.fetchval("SELECT name FROM users WHERE username = $1", username))


async def devices(pool: Pool) -> list[push_devices.Device]:
    """Those of sales1."""
    return await push_devices.of_person(pool, "sales1")


def answering(by_endpoint: dict[str, Callable[[Received, asyncio.StreamWriter], Awaitable[None]]]) -> Any:
    """Each subscription is answered in its own way."""

    async def respond(call: Received, writer: asyncio.StreamWriter) -> None:
        for endpoint, one in by_endpoint.items():
            if f"/send/{endpoint.rpartition('/')[2]} " in call.headers[":line"]:
                await one(call, writer)

    return respond
