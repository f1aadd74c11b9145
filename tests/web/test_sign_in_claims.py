"""What the directory takes over of somebody who signs in, and that it is nothing unless a setting says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr, ValidationError

from application.sign_in_claims import ClaimRules
from crm.pool import Pool
from embedded.temporal import TemporalServer
from server import create_app
from settings import Settings
from tests.web.browser import visitor
from tests.web.provider import CLIENT, Provider, running_provider

HTTPS = "https://crm.example.com"
CLAIMS: Final = {
    "name": "Nguyễn Văn An (mới)",
    "email": "an@example.com",
    "department": "Kho",
    "groups": ["crm-buyers", "others"],
}
RULES: Final[dict[str, Any]] = {
    "oidc_name_claim": "name",
    "oidc_email_claim": "email",
    "oidc_department_claim": "department",
    "oidc_roles_claim": "groups",
    "oidc_roles": {"crm-sales": "sales", "crm-buyers": "purchasing"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as provider:
        yield provider


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def as_before(pool: Pool) -> AsyncIterator[None]:
    """Every test ends with the demo's people."""
    rows = await pool.fetch("SELECT username, name, roles, department, email FROM users")
    yield
    for row in rows:
        await pool.execute(
            "UPDATE users SET name = $2, roles = $3, department = $4, email = $5, active = true WHERE username = $1",
            *row,
        )


@asynccontextmanager
async def installation(database_url: str, provider: Provider, **more: Any) -> AsyncIterator[FastAPI]:
    """An application with settings of one test's own."""
    given: dict[str, Any] = {"database_url": database_url, "public_url": HTTPS, "oidc_issuer": provider.url, **more}
    secret = SecretStr("s" * 40)
    app = create_app(
        Settings(**given, oidc_audience="crm", oidc_client_id=CLIENT, session_secret=secret, turn_seconds=0)
    )
    async with app.router.lifespan_context(app):
        yield app


async def sign_in(app: FastAPI, provider: Provider, **claims: Any) -> int:
    """Sign in with these claims; the status of the way back."""
    async with visitor(app, base_url=HTTPS) as person:
        begun = await person.get("/sign-in/openid")
        asked = begun.headers["location"]
        return (await person.get(provider.authorize(asked, **claims))).status_code


async def person(pool: Pool, username: str = "sales1") -> tuple[Any, ...]:
    row = await pool.fetchrow("SELECT name, email, department, roles FROM users WHERE username = $1", username)
    assert row is not None
    return tuple(row)


async def test_unless_a_setting_says_so_nothing_is_taken(
    database_url: str, temporal: TemporalServer, provider: Provider, pool: Pool
) -> None:
    before = await person(pool)
    async with installation(database_url, provider) as app:
        assert await sign_in(app, provider, **CLAIMS) == 303
    assert await person(pool) == before


async def test_what_settings_name_is_taken_and_written_down(
    database_url: str, temporal: TemporalServer, provider: Provider, pool: Pool
) -> None:
    async with installation(database_url, provider, **RULES) as app:
        for _ in range(2):  # the second time nothing is another
            assert await sign_in(app, provider, **CLAIMS) == 303
        assert await person(pool) == ("Nguyễn Văn An (mới)", "an@example.com", "Kho", ["purchasing"])
        changes = await pool.fetch("SELECT way, changed_by, fields FROM people_changes WHERE way = 'sign_in'")
        assert [(row["way"], row["changed_by"], sorted(row["fields"])) for row in changes] == [
            ("sign_in", None, ["department", "email", "name", "roles"])
        ]
        assert await sign_in(app, provider, groups=[]) == 303
        assert (await person(pool))[3] == []


async def test_what_is_missing_or_wrong_in_a_token_changes_nothing(
    database_url: str, temporal: TemporalServer, provider: Provider, pool: Pool
) -> None:
    before = await person(pool)
    async with installation(database_url, provider, **RULES) as app:
        assert await sign_in(app, provider) == 303
        wrong = {"name": "x" * 300, "department": 7, "email": "no address", "groups": None}
        assert await sign_in(app, provider, **wrong) == 303
        assert await sign_in(app, provider, email="an@example.com", email_verified=False) == 303
    assert await person(pool) == before


async def test_nobody_comes_in_by_it_who_is_not_there(
    database_url: str, temporal: TemporalServer, provider: Provider, pool: Pool
) -> None:
    await pool.execute("UPDATE users SET active = false WHERE username = 'sales2'")
    before = await person(pool, "sales2")
    async with installation(database_url, provider, **RULES) as app:
        assert await sign_in(app, provider, preferred_username="stranger", **CLAIMS) == 403
        assert await sign_in(app, provider, preferred_username="sales2", **CLAIMS) == 403
    assert await person(pool, "sales2") == before
    assert not await pool.fetchval("SELECT true FROM users WHERE username = 'stranger'")


async def test_an_administrator_is_made_by_it_only_where_the_company_says_so_and_the_last_one_stays(
    database_url: str, temporal: TemporalServer, provider: Provider, pool: Pool
) -> None:
    admins = {**RULES, "oidc_roles": {"crm-admins": "admin"}}
    async with installation(database_url, provider, **admins, oidc_gives_admin=True) as app:
        assert await sign_in(app, provider, preferred_username="admin1", groups=["others"]) == 303
        assert (await person(pool, "admin1"))[3] == ["admin"]
        assert await sign_in(app, provider, groups=["crm-admins"]) == 303
        assert (await person(pool))[3] == ["admin", "sales"]
        assert await sign_in(app, provider, preferred_username="admin1", groups=["others"]) == 303
        assert (await person(pool, "admin1"))[3] == []


async def test_it_is_asked_for_what_the_settings_say(
    database_url: str, temporal: TemporalServer, provider: Provider
) -> None:
    scopes = "openid profile email groups"
    async with (
        installation(database_url, provider, oidc_scopes=scopes) as app,
        visitor(app, base_url=HTTPS) as somebody,
    ):
        begun = await somebody.get("/sign-in/openid")
    assert "scope=openid+profile+email+groups" in begun.headers["location"]


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({"realm_access": {"roles": ["s"]}}, ("expert", "sales")),
        ({"realm_access.roles": "s"}, ("expert", "sales")),
        ({"realm_access": {"roles": [7, "p", "p"]}}, ("expert", "purchasing")),
        ({"realm_access": {"roles": {"s": True}}}, ("expert",)),
        ({"realm_access": ["s"]}, None),
        ({}, None),
    ],
)
def test_roles_that_no_text_of_the_claim_is_for_are_left_alone(claims: dict[str, Any], roles: Any) -> None:
    rules = ClaimRules(roles="realm_access.roles", role_of={"s": "sales", "p": "purchasing"})
    assert rules.read(claims, frozenset({"expert", "sales"})).get("roles") == roles


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"oidc_roles": {"a": "admin"}, "oidc_roles_claim": "groups"}, "OIDC_GIVES_ADMIN"),
        ({"oidc_roles": {"a": "Not A Role"}, "oidc_roles_claim": "groups"}, "no name of a role"),
        ({"oidc_roles": {"a": "sales"}}, "OIDC_ROLES_CLAIM"),
        ({"oidc_roles_claim": "groups"}, "OIDC_ROLES"),
        ({"oidc_scopes": "profile"}, "oidc_scopes"),
    ],
)
def test_settings_that_would_surprise_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings(database_url="postgresql://crm@localhost/crm", demo_mode=True, **given)


def test_roles_are_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_ROLES", '{"crm-sales": "sales"}')
    given: dict[str, Any] = {"database_url": "postgresql://crm@localhost/crm", "demo_mode": True}
    assert Settings(**given, oidc_roles_claim="groups").oidc_roles == {"crm-sales": "sales"}
    monkeypatch.setenv("OIDC_ROLES", "")
    assert Settings(**given).oidc_roles == {}
