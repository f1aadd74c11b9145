"""Whoever is not let in learns nothing from any call or page, whatever they send. Source: ``matrix.md``."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx
import jwt
import pytest
import pytest_asyncio
from fastapi import FastAPI

from crm.pool import Pool
from embedded.temporal import TemporalServer
from settings import Settings
from tests.authorization.calls import ask, reply
from tests.authorization.matrix import Call, calls, for_anybody, of_nobody
from tests.authorization.people import Person
from tests.authorization.subjects import Subject, Subjects
from tests.web.browser import Visitor, visitor

KEY: Final = "the key with which the tokens of these tests are signed"
ROWS: Final = of_nobody().cells
PUBLIC: Final = {call.route for call in for_anybody()}
CALLS: Final = sorted(
    {call.route: call for call in calls() if call.route not in PUBLIC}.values(), key=lambda c: c.route
)


IN_NO_DEMO: Final = ("/sign-in/openid", "/sign-in/callback")
"""The way to an identity provider and back, which the demo has not."""
NO_SUCH_LINK: Final = "/mail/{token}"
"""What leads nowhere without a link that somebody was sent."""
NOT_SIGNED: Final = "/api/v1/connectors/amis/hint"
"""What is taken of whoever signs it."""


def _signed_with(key: str, algorithm: str = "HS256", **changes: Any) -> Callable[[str], str]:
    """How to make another token of a good one."""

    def forge(good: str) -> str:
        claims = jwt.decode(good, options={"verify_signature": False})
        return jwt.encode(claims | changes, key, algorithm=algorithm)

    return forge


TOKENS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "without a token, and not signed in": lambda _: None,
    "with a token that has expired": _signed_with(KEY, exp=datetime.now(UTC) - timedelta(minutes=1)),
    "with a token that another key signed": _signed_with("a key that signs nothing else but this token"),
    "with a token for another audience": _signed_with(KEY, aud="another"),
    "with a token of another issuer": _signed_with(KEY, iss="another"),
    "with a token that nothing signed": _signed_with("", "none"),
    "with a token of somebody whom the CRM knows not": _signed_with(KEY, sub="nobody"),
    "somebody who has left": _signed_with(KEY, sub="former"),
}
"""Their tokens, made of a good one, by the row of the matrix."""


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: TemporalServer) -> Settings:
    """Those of all tests, with a key that is known."""
    return Settings.model_validate(
        {
            "database_url": database_url,
            "demo_mode": True,
            "rate_limit_per_minute": 10**6,
            "turn_seconds": 0,
            "demo_signing_key": KEY,
        }
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def left(app: FastAPI, people: Mapping[str, Person], pool: Pool) -> AsyncIterator[Visitor]:
    """Somebody who signed in and has left since."""
    await pool.execute("INSERT INTO users (username, name, roles) VALUES ('former', 'Đã Nghỉ', '{sales,admin}')")
    async with visitor(app, "former") as browser:
        await pool.execute("UPDATE users SET active = false WHERE username = 'former'")
        yield browser


@pytest.mark.parametrize("row", [row for row, cells in ROWS.items() if cells["API"]])
async def test_no_call_is_open_to_them(
    row: str, people: Mapping[str, Person], subjects: Subjects, left: Visitor
) -> None:
    owner = people["owner"].api
    token = TOKENS[row](owner.token)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    subject = await subjects.of("completed", "owner")
    wanted = (401, "Bearer") if ROWS[row]["API"] == "unauthenticated" else (403, "")
    for call in CALLS:
        if call.is_page:
            continue
        answers = [
            await owner.http.request(call.method, address(call, about), headers=headers | more, content=body)
            for about, more, body in (
                (subject, {}, ""),
                (subject.missing(), {"Content-Type": "application/json", "If-Match": "x"}, "{"),
            )
        ]
        assert {(answer.status_code, scheme_of(answer)) for answer in answers} == {wanted}, call
        assert {answer.json()["code"] for answer in answers} == {ROWS[row]["API"]}, call
        assert len({answer.text for answer in answers}) == 1, call


@pytest.mark.parametrize("row", [row for row, cells in ROWS.items() if cells["pages"]])
async def test_no_page_is_open_to_them(
    row: str,
    app: FastAPI,
    people: Mapping[str, Person],
    subjects: Subjects,
    left: Visitor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("web.routes.events.LONGEST_SECONDS", 0)  # a stream that does begin ends, and is found out
    subject = await subjects.of("completed", "owner")
    async with browser_of(row, app, people, left) as person:
        said: dict[str, set[str]] = {}
        for call in CALLS:
            if call.is_page:
                for about in (subject, subject.missing()):
                    said.setdefault(call.label, set()).add(await reply(call, person, await ask(call, person, about)))
    cells = ROWS[row]
    assert said == {call.label: {cells["pages" if call.method == "GET" else "forms"]} for call in CALLS if call.is_page}


@pytest.mark.usefixtures("running_worker")
@pytest.mark.parametrize("call", for_anybody(), ids=lambda call: call.label)
async def test_what_is_open_to_anybody_asks_nobody_to_sign_in(call: Call, app: FastAPI) -> None:
    async with visitor(app) as browser:
        html = await browser.read("/sign-in")
        files = {
            "/static/{digest}/{name:path}": re.findall(r'href="(/static/[^"]+)"', html)[0],
            "/docs/files": "/docs/files/swagger-ui.css",
        }
        sent: dict[str, Any] = {}
        if call.method == "POST":
            fields = {"username": "sales1", "language": "vi"}
            sent = {"data": fields} if call.is_page else {"json": {"username": "sales1"}}
        headers = {"X-CSRF-Token": await browser.token()} if call.is_page else {}
        answer = await browser.http.request(call.method, files.get(call.path, call.path), headers=headers, **sent)
    refused = dict.fromkeys((*IN_NO_DEMO, NO_SUCH_LINK), 404) | {NOT_SIGNED: 403}
    assert answer.status_code in ({refused[call.path]} if call.path in refused else {200, 303})
    assert not answer.headers.get("location", "").startswith("/sign-in?")


def scheme_of(answer: httpx.Response) -> str:
    """The way to say who one is that an answer asks for."""
    return str(answer.headers.get("www-authenticate", "")).partition(" ")[0]


def address(call: Call, about: Subject) -> str:
    """Where a call about something goes; no process has the key, no version the number."""
    return call.path.format(
        request_id=about.id,
        command_id=uuid4(),
        source_id=about.source_id,
        key=about.process,
        version=about.version,
        username="nobody",
        substitution_id=uuid4(),
        attachment_id=about.attachment_id or uuid4(),
        endpoint_id=uuid4(),
        delivery_id=uuid4(),
        order_id=uuid4(),
        failure_id=uuid4(),
        comment_id=uuid4(),
        kind="suppliers",
        import_id=uuid4(),
    )


@asynccontextmanager
async def browser_of(row: str, app: FastAPI, people: Mapping[str, Person], left: Visitor) -> AsyncIterator[Person]:
    """The browser of nobody, with a token for forms as the sign-in page gives it."""
    owner = people["owner"]
    if row == "somebody who has left":
        yield Person(row, owner.api, left, await left.token())
        return
    async with visitor(app) as browser:
        csrf_token = await browser.token()
        if row == "with a session that was made up":
            csrf_token = owner.csrf_token
            for cookie in owner.browser.http.cookies.jar:
                value = cookie.value or ""
                other = "B" if value[-9] == "A" else "A"
                browser.http.cookies.set(cookie.name, value[:-9] + other + value[-8:])
        yield Person(row, owner.api, browser, csrf_token)
