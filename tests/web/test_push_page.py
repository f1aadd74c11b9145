"""Where people say on which devices they are told: what the page offers, and what it takes from a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr
from temporalio.client import Client

from crm import push_devices
from crm.pool import Pool
from server import create_app
from settings import Settings
from tests.notices.push_service import KEY, Browser
from tests.web.browser import Visitor, visitor
from web.device_names import UNKNOWN, device_name

HOME = "/notices/settings"
PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36"
)


@pytest_asyncio.fixture(loop_scope="session")
async def person(app: FastAPI, pool: Pool) -> AsyncIterator[Visitor]:
    """sales1."""
    async with visitor(app, "sales1") as person:
        person.http.headers["User-Agent"] = PHONE
        yield person
    await pool.execute("DELETE FROM push_devices")


def subscribed() -> dict[str, str]:
    """What the form of a browser that has just subscribed sends."""
    return Browser(f"https://push.example.com/send/{uuid4().hex}").fields


async def add(person: Visitor, fields: dict[str, str]) -> str:
    """Send it; what the page says then."""
    answer = await person.post("/notices/devices", fields, page=HOME)
    assert (answer.status_code, answer.headers["location"]) == (303, HOME), answer.text
    return unescape(await person.read(HOME))


async def test_a_browser_is_told_from_then_on_and_is_named_for_its_person(person: Visitor, pool: Pool) -> None:
    assert f'data-push="{KEY.public}"' in await person.read(HOME)
    fields = subscribed()
    html = await add(person, fields)
    assert "You are told on this device from now on" in html
    assert "Chrome · Android" in html
    assert f'data-endpoint="{fields["endpoint"]}"' in html
    (kept,) = await push_devices.of_person(pool, "sales1")
    assert (kept.endpoint, kept.server_key) == (fields["endpoint"], KEY.public)


async def test_the_same_browser_once_more_is_one_device_with_its_newest_keys(person: Visitor, pool: Pool) -> None:
    endpoint = subscribed()["endpoint"]
    for browser in (Browser(endpoint), newest := Browser(endpoint)):
        await add(person, browser.fields)
    kept = await pool.fetch("SELECT p256dh, auth FROM push_devices WHERE username = 'sales1'")
    assert [(row["p256dh"], row["auth"]) for row in kept] == [(newest.p256dh, newest.auth)]


async def test_a_browser_tells_only_who_switched_it_on_last(app: FastAPI, person: Visitor, pool: Pool) -> None:
    fields = subscribed()
    await add(person, fields)
    async with visitor(app, "sales2") as other:
        await add(other, fields)
    assert await push_devices.of_person(pool, "sales1") == []
    assert [one.endpoint for one in await push_devices.of_person(pool, "sales2")] == [fields["endpoint"]]


async def test_a_device_is_removed_by_its_person_alone(app: FastAPI, person: Visitor, pool: Pool) -> None:
    await add(person, subscribed())
    (device,) = await push_devices.of_person(pool, "sales1")
    async with visitor(app, "sales2") as other:
        await other.post(f"/notices/devices/{device.id}/remove", page=HOME)
        assert device.endpoint not in await other.read(HOME)
    assert len(await push_devices.of_person(pool, "sales1")) == 1
    answer = await person.post(f"/notices/devices/{device.id}/remove", page=HOME)
    assert answer.headers["location"] == HOME
    assert "The device is removed" in await person.read(HOME)
    assert await push_devices.of_person(pool, "sales1") == []


async def test_there_are_ten_devices_at_most_even_at_once(person: Visitor, pool: Pool) -> None:
    token = await person.token(HOME)
    sent = [
        person.http.post(
            "/notices/devices", data={"csrf_token": token, **Browser(f"https://push.example.com/{n}").fields}
        )
        for n in range(12)
    ]
    assert {answer.status_code for answer in await asyncio.gather(*sent)} == {303}
    assert len(await push_devices.of_person(pool, "sales1")) == 10
    assert "you are told on 10 devices already; remove one first" in await add(person, subscribed())
    await pool.execute(
        "UPDATE push_devices SET ended_at = now() WHERE id = (SELECT id FROM push_devices ORDER BY made_at LIMIT 1)"
    )
    assert "You are told on this device from now on" in await add(person, subscribed())
    assert len(await push_devices.of_person(pool, "sales1")) == 10, "what has ended is forgotten"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.com/send/x",
        "ftp://push.example.com/send/x",
        "https://127.0.0.1/send/x",
        "https://localhost:9000/send/x",
        "https://10.0.0.5/send/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]:8443/send/x",
        "https://user:secret@push.example.com/send/x",
        "https://push.example.com:22/send/x",
        "/notices",
        "javascript:alert(1)",
    ],
)
async def test_no_address_of_ones_own_network_or_of_no_push_service_is_taken(
    endpoint: str, person: Visitor, pool: Pool
) -> None:
    """Whoever is signed in says it, so no setting for webhooks opens anything here: these tests allow them loopback."""
    html = await add(person, {**subscribed(), "endpoint": endpoint})
    assert "no message can be sent there" in html
    assert await push_devices.of_person(pool, "sales1") == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        pytest.param(
            "server_key",
            Browser("https://push.example.com/").fields["p256dh"],
            "has not subscribed as this page wants it",
            id="another-server-key",
        ),
        ("p256dh", "BA" + "A" * 85, "has not subscribed as this page wants it"),
    ],
)
async def test_a_subscription_that_nothing_can_be_encrypted_for_is_not_taken(
    field: str, value: str, said: str, person: Visitor, pool: Pool
) -> None:
    assert said in await add(person, {**subscribed(), field: value})
    assert await push_devices.of_person(pool, "sales1") == []


@pytest.mark.parametrize(
    "wrong",
    [{"p256dh": ""}, {"p256dh": "AAAA"}, {"auth": "AAAA"}, {"auth": "ệ"}, {"endpoint": ""}, {"endpoint": "x" * 2001}],
    ids=repr,
)
async def test_what_no_browser_sends_is_refused(wrong: dict[str, str], person: Visitor, pool: Pool) -> None:
    answer = await person.post("/notices/devices", {**subscribed(), **wrong}, page=HOME)
    assert answer.status_code == 422
    assert await push_devices.of_person(pool, "sales1") == []


async def test_what_has_ended_or_cannot_be_reached_is_said(person: Visitor, pool: Pool) -> None:
    await add(person, subscribed())
    for change, said in (
        ("told_at = now()", "last told"),
        ("failing_since = now()", "could not be reached the last time"),
        ("server_key = 'another'", "It is told nothing any more"),
        ("server_key = $1, ended_at = now()", "It is told nothing any more"),
    ):
        await pool.execute(f"UPDATE push_devices SET {change}", *([KEY.public] if "$1" in change else []))
        assert said in await person.read(HOME)


async def test_each_says_what_comes_to_their_devices(person: Visitor, app: FastAPI) -> None:
    fields: dict[str, Any] = {"language": "vi", "email.comment": "off", "push": ["asked", "progress"]}
    assert (await person.post(HOME, fields, page=HOME)).status_code == 303
    html = await person.read(HOME)
    chosen = {kind for kind in ("asked", "outcome", "progress") if f'name="push" value="{kind}" checked' in html}
    assert chosen == {"asked", "progress"}


async def test_where_nobody_is_told_on_devices_the_page_says_so_and_keeps_what_was_chosen(
    settings: Settings, temporal_client: Client, person: Visitor
) -> None:
    await person.post(HOME, {"language": "vi", "push": ["comment"]}, page=HOME)
    without = create_app(settings.model_copy(update={"vapid_private_key": SecretStr("")}))
    async with without.router.lifespan_context(without), visitor(without, "sales1") as other:
        html = await other.read(HOME)
        assert "Nobody is told on their devices here" in html
        assert "data-push" not in html
        assert 'name="push"' not in html
        answer = await other.post("/notices/devices", subscribed(), page=HOME)
        assert answer.status_code == 404
        await other.post(HOME, {"language": "en"}, page=HOME)
    html = await person.read(HOME)
    assert 'name="push" value="comment" checked' in html
    assert 'name="push" value="asked" checked' not in html


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (PHONE, "Chrome · Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 "
            "Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox · Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36 "
            "Edg/146.0.0.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
            "coc_coc_browser/140.0.0 Chrome/134.0.0.0 Safari/537.36",
            "Cốc Cốc · macOS",
        ),
        ("curl/8.17.0", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_a_browser_is_called_what_people_call_it(said: str, name: str) -> None:
    assert device_name(said) == name
