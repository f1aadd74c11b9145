"""Signing in to the pages with an OpenID Connect issuer: authorization code flow with PKCE, and nothing less."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr

from crm.pool import Pool
from embedded.temporal import TemporalServer
from server import create_app
from settings import Settings
from tests.web.browser import Visitor, value_of, visitor
from tests.web.provider import CLIENT, Provider, running_provider

HTTPS = "https://crm.example.com"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as provider:
        yield provider


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pages(database_url: str, temporal: TemporalServer, provider: Provider) -> AsyncIterator[FastAPI]:
    """The application outside demo mode, reached by https."""
    app = create_app(
        Settings(
            database_url=database_url,
            public_url=HTTPS,
            oidc_issuer=provider.url,
            oidc_audience="purchase-requests",
            oidc_client_id=CLIENT,
            session_secret=SecretStr("s" * 40),
            reauthenticate_minutes=15,
            turn_seconds=0,
        )
    )
    async with app.router.lifespan_context(app):
        yield app


async def _begin(person: Visitor, wanted: str = "/orders") -> str:
    answer = await person.get(f"/sign-in/openid?next={wanted}")
    assert answer.status_code in (302, 303)
    return answer.headers["location"]


async def _signed_in(person: Visitor, provider: Provider, **claims: Any) -> Any:
    return await person.get(provider.authorize(await _begin(person), **claims))


async def test_the_issuers_user_is_signed_in_and_led_back(pages: FastAPI, provider: Provider) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        assert "/sign-in/openid?next=/orders" in await person.read("/sign-in?next=/orders")
        answer = await _signed_in(person, provider)
        assert (answer.status_code, answer.headers["location"]) == (303, "/orders")
        assert "Nguyễn Văn An" in await person.read("/orders")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_page_of_another_site_signs_nobody_in(pages: FastAPI, site: str) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        answer = await person.get("/sign-in/openid?next=/orders&again=true", Sec_Fetch_Site=site)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/orders")
        assert not person.http.cookies


async def test_cookies_travel_by_https_only_and_are_this_hosts_alone(pages: FastAPI) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        answer = await person.get("/sign-in/openid")
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
        chosen = await person.post("/language", {"language": "vi"})
    cookies = [cookie for one in (answer, chosen) for cookie in one.headers.get_list("set-cookie")]
    assert {cookie.split("=")[0] for cookie in cookies} == {"__Host-session", "__Host-language"}
    for cookie in cookies:
        flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= flags
        assert "domain" not in cookie.lower()


async def test_a_cookie_that_another_page_could_have_set_is_not_read(pages: FastAPI, provider: Provider) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        await _signed_in(person, provider)
        headers = {"Cookie": f"session={person.http.cookies['__Host-session']}; language=vi"}
    async with visitor(pages, base_url=HTTPS) as other:
        assert (await other.http.get("/requests", headers=headers)).status_code == 303
        assert '<html lang="en"' in (await other.http.get("/sign-in", headers=headers)).text


async def test_signing_in_again_and_again_without_coming_to_its_end_leaves_a_small_cookie_and_nothing_else(
    pages: FastAPI, provider: Provider, pool: Pool
) -> None:
    await pool.execute("DELETE FROM sessions")
    async with visitor(pages, base_url=HTTPS) as person:
        begun = [await person.get(f"/sign-in/openid?next=/requests/new?{'x' * 200}") for _ in range(20)]
        assert len(begun[-1].headers["set-cookie"]) < 3000
        assert await pool.fetchval("SELECT count(*) FROM sessions") == 0
        await person.get(provider.authorize(begun[-1].headers["location"]))
        assert await pool.fetchval("SELECT count(*) FROM sessions") == 1
        content = json.loads(b64decode(person.http.cookies["__Host-session"].split(".")[0]))
        assert content.keys() == {"key", "user"}  # nothing of the way to the issuer and back


async def test_a_sign_in_that_fails_leaves_who_was_signed_in(pages: FastAPI, provider: Provider) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        await _signed_in(person, provider)
        for claims in ({"nonce": "another"}, {"preferred_username": "stranger"}):
            assert (await _signed_in(person, provider, **claims)).status_code in (401, 403)
            assert (await person.get("/requests")).status_code == 200


async def test_nobody_picks_a_user_outside_the_demo(pages: FastAPI) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        assert 'name="username"' not in await person.read("/sign-in")
        assert (await person.post("/sign-in", {"username": "admin1"})).status_code == 404


async def test_an_answer_that_this_browser_did_not_ask_for_is_refused(pages: FastAPI, provider: Provider) -> None:
    async with visitor(pages, base_url=HTTPS) as asked, visitor(pages, base_url=HTTPS) as other:
        answer = await other.get(provider.authorize(await _begin(asked)))
        assert answer.status_code == 401


async def test_a_code_is_good_once(pages: FastAPI, provider: Provider) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        callback = provider.authorize(await _begin(person))
        assert (await person.get(callback)).status_code == 303
        assert (await person.get(callback)).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [{"aud": "another"}, {"iss": "http://127.0.0.1:1"}, {"nonce": "another"}, {"preferred_username": None}, {"exp": 1}],
    ids=lambda claims: next(iter(claims)),
)
async def test_a_token_that_is_not_for_this_sign_in_is_refused(
    pages: FastAPI, provider: Provider, claims: dict[str, Any]
) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        assert (await _signed_in(person, provider, **claims)).status_code == 401
        assert (await person.get("/requests")).status_code == 303


async def test_somebody_who_is_not_in_the_directory_gets_no_session(pages: FastAPI, provider: Provider) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        assert (await _signed_in(person, provider, preferred_username="stranger")).status_code == 403
        assert (await person.get("/requests")).status_code == 303


async def test_an_issuer_that_is_away_is_said_to_be(database_url: str, temporal: TemporalServer) -> None:
    app = create_app(
        Settings(
            database_url=database_url,
            oidc_issuer="http://127.0.0.1:9",
            oidc_audience="purchase-requests",
            oidc_client_id=CLIENT,
            session_secret=SecretStr("s" * 40),
        )
    )
    async with app.router.lifespan_context(app), visitor(app, base_url="http://127.0.0.1") as person:
        answer = await person.get("/sign-in/openid")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@asynccontextmanager
async def _application(database_url: str, provider: Provider) -> AsyncIterator[FastAPI]:
    """An application of one test's own, which begins to know the issuer with it."""
    app = create_app(
        Settings(
            database_url=database_url,
            public_url=HTTPS,
            oidc_issuer=provider.url,
            oidc_audience="purchase-requests",
            oidc_client_id=CLIENT,
            session_secret=SecretStr("s" * 40),
        )
    )
    async with app.router.lifespan_context(app):
        yield app


async def test_an_issuer_that_went_away_holds_up_neither_the_way_to_it_nor_signing_out(
    database_url: str, temporal: TemporalServer
) -> None:
    async with running_provider() as provider:
        address = provider.url
        async with _application(database_url, provider) as app, visitor(app, base_url=HTTPS) as person:
            await _signed_in(person, provider)
            provider.answering.clear()
            provider.keys.stop()
            assert (await _begin(person)).startswith(f"{address}/authorize?")
            answer = await person.post("/sign-out", page="/requests")
            assert answer.headers["location"].startswith(f"{address}/logout?")


async def test_an_issuer_that_does_not_answer_is_given_up_and_holds_up_nobody_else(
    pages: FastAPI, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.sign_in.ANSWER_SECONDS", 1.0)
    async with visitor(pages, base_url=HTTPS) as person, visitor(pages, base_url=HTTPS) as other:
        await _signed_in(other, provider)
        callback = provider.authorize(await _begin(person))
        provider.answering.clear()
        try:
            returning = asyncio.create_task(person.get(callback))
            for _ in range(5):
                assert (await other.get("/requests")).status_code == 200
            assert not returning.done()
            answer = await returning
        finally:
            provider.answering.set()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_what_an_issuer_says_of_itself_changes_nothing_about_how_it_is_asked(
    database_url: str, temporal: TemporalServer, provider: Provider
) -> None:
    provider.says = {
        "proxy": "http://127.0.0.1:9",
        "verify": False,
        "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
    }
    try:
        async with _application(database_url, provider) as app, visitor(app, base_url=HTTPS) as person:
            answer = await _signed_in(person, provider)
            assert (answer.status_code, answer.headers["location"]) == (303, "/orders")
    finally:
        provider.says = {}


async def test_an_issuer_that_names_no_way_to_it_is_as_good_as_away(
    database_url: str, temporal: TemporalServer, provider: Provider
) -> None:
    provider.says = {"token_endpoint": "ftp://127.0.0.1/token"}
    try:
        async with _application(database_url, provider) as app, visitor(app, base_url=HTTPS) as person:
            assert (await person.get("/sign-in/openid")).status_code == 503
    finally:
        provider.says = {}


async def test_whoever_comes_back_with_a_token_of_a_new_key_is_signed_in(
    database_url: str, temporal: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.COOLDOWN_SECONDS", 0.0)
    async with (
        running_provider() as provider,
        _application(database_url, provider) as app,
        visitor(app, base_url=HTTPS) as person,
    ):
        assert (await _signed_in(person, provider)).status_code == 303
        provider.keys.rotate("second")
        assert (await _signed_in(person, provider)).status_code == 303


async def test_signing_out_ends_the_issuers_session_too(pages: FastAPI, provider: Provider) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        await _signed_in(person, provider)
        answer = await person.post("/sign-out", page="/requests")
        assert answer.headers["location"].startswith(
            f"{provider.url}/logout?client_id={CLIENT}&post_logout_redirect_uri="
        )
        policy = answer.headers["content-security-policy"]
        assert re.search(rf"form-action 'self' {re.escape(provider.url)}(;|$)", policy)


def _ago(**span: float) -> int:
    return int((datetime.now(UTC) - timedelta(**span)).timestamp())


async def _signed_in_again(person: Visitor, provider: Provider, **claims: Any) -> Any:
    address = (await person.get("/sign-in/openid?next=/sign-in/done&again=true")).headers["location"]
    asked = parse_qs(urlsplit(address).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["900"])
    return await person.get(provider.authorize(address, **claims))


async def test_what_cannot_be_undone_goes_on_after_the_issuer_has_asked_again(
    pages: FastAPI, provider: Provider
) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        await _signed_in(person, provider, preferred_username="admin1", auth_time=_ago(hours=3))
        held = await person.post("/admin/connection/disconnect", page="/admin/connection")
        assert held.status_code == 403
        assert 'href="/sign-in/openid?next=/sign-in/done&amp;again=true" target="_blank"' in held.text
        answer = await _signed_in_again(person, provider, preferred_username="admin1", auth_time=_ago(seconds=5))
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/done")
        again = {"csrf_token": value_of(held.text, "csrf_token")}
        assert (await person.http.post("/admin/connection/disconnect", data=again)).status_code == 303


@pytest.mark.parametrize(
    "claims", [{}, {"auth_time": 0}, {"auth_time": "now"}], ids=["not said", "long ago", "in words"]
)
async def test_an_issuer_that_did_not_ask_again_is_not_believed_to_have(
    pages: FastAPI, provider: Provider, claims: dict[str, Any]
) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        await _signed_in(person, provider, preferred_username="admin1")
        assert (await _signed_in_again(person, provider, preferred_username="admin1", **claims)).status_code == 401
        assert (await person.post("/admin/connection/disconnect", page="/admin/connection")).status_code == 403


async def test_an_ordinary_sign_in_leaves_it_to_the_issuer_whether_to_ask(pages: FastAPI) -> None:
    async with visitor(pages, base_url=HTTPS) as person:
        asked = parse_qs(urlsplit(await _begin(person)).query)
        assert asked.keys().isdisjoint({"prompt", "max_age"})
