"""Bearer tokens of an OpenID Connect issuer: good ones sign in, all others do not, whatever is wrong with them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import rsa
from structlog.testing import capture_logs

from crm.pool import Pool
from embedded.temporal import TemporalServer
from server import create_app
from settings import Settings
from tests.api.issuer import AUDIENCE, Issuer
from tests.clients import BASE
from tests.eventually import eventually


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.stop()


@asynccontextmanager
async def application(database_url: str, issuer: Issuer, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The application outside of demo mode, trusting the issuer."""
    app = create_app(Settings(database_url=database_url, oidc_issuer=issuer.url, oidc_audience=AUDIENCE, **settings))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://127.0.0.1"
        ) as http,
    ):
        yield http


@pytest_asyncio.fixture(loop_scope="session")
async def http(database_url: str, temporal: TemporalServer, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    async with application(database_url, issuer) as http:
        yield http


async def me(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.get(f"{BASE}/me", headers={"Authorization": f"Bearer {token}"})


async def refused(http: httpx.AsyncClient, token: str) -> None:
    answer = await me(http, token)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


async def test_a_good_token_signs_its_user_in(http: httpx.AsyncClient, issuer: Issuer) -> None:
    answer = await me(http, issuer.token())
    assert answer.status_code == 200, answer.text
    assert answer.json()["username"] == "sales1"


async def test_a_token_for_several_audiences_is_good_if_we_are_one(http: httpx.AsyncClient, issuer: Issuer) -> None:
    assert (await me(http, issuer.token(aud=["other", AUDIENCE]))).status_code == 200


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", "application/at+jwt"])
async def test_a_token_may_say_that_it_is_for_calls(http: httpx.AsyncClient, issuer: Issuer, kind: str) -> None:
    assert (await me(http, issuer.token(header={"typ": kind}, typ="Bearer"))).status_code == 200


async def test_a_clock_that_is_a_little_off_does_no_harm(http: httpx.AsyncClient, issuer: Issuer) -> None:
    assert (await me(http, issuer.token(exp=ago(seconds=10)))).status_code == 200
    assert (await me(http, issuer.token(nbf=ago(seconds=-10), iat=ago(seconds=-10)))).status_code == 200


WRONG: dict[str, dict[str, Any]] = {
    "expired": {"exp": ago(minutes=5)},
    "not valid yet": {"nbf": ago(minutes=-60)},
    "issued in the future": {"iat": ago(minutes=-60)},
    "for somebody else": {"aud": "another-system"},
    "for nobody": {"aud": None},
    "of another issuer": {"iss": "https://issuer.example"},
    "of no issuer": {"iss": None},
    "never expiring": {"exp": None},
    "without a username": {"preferred_username": None},
    "with an empty username": {"preferred_username": ""},
    "with a number for a username": {"preferred_username": 7},
    "with NUL in the username": {"preferred_username": "sales1\x00"},
    "signed with an unknown key": {"key_id": "unknown"},
    "signed with another key under a known id": {"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)},
    "with a shared secret": {"algorithm": "HS256", "key": "x" * 32},
    "for signing in at a page": {"at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng"},
    "for signing in at a page, of Keycloak": {"typ": "ID"},
    "for signing out": {"header": {"typ": "logout+jwt"}},
    "of a kind that is no text": {"header": {"typ": ["JWT"]}},
    "with a condition that nobody knows": {"header": {"crit": ["strange"], "strange": True}},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_token_with_anything_wrong_is_refused(
    http: httpx.AsyncClient, issuer: Issuer, wrong: dict[str, Any]
) -> None:
    await refused(http, issuer.token(**wrong))


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
async def test_an_unsigned_token_is_refused(http: httpx.AsyncClient, issuer: Issuer, algorithm: str) -> None:
    _, payload, _ = issuer.token().split(".")
    header = encoded(json.dumps({"alg": algorithm, "typ": "JWT", "kid": next(iter(issuer.keys))}).encode())
    await refused(http, f"{header}.{payload}.")


async def test_the_public_key_is_no_shared_secret(http: httpx.AsyncClient, issuer: Issuer) -> None:
    _, payload, _ = issuer.token().split(".")
    header = encoded(json.dumps({"alg": "HS256", "typ": "JWT", "kid": next(iter(issuer.keys))}).encode())
    signature = hmac.new(issuer.public_key(), f"{header}.{payload}".encode(), hashlib.sha256).digest()
    await refused(http, f"{header}.{payload}.{encoded(signature)}")


async def test_changed_claims_break_the_signature(http: httpx.AsyncClient, issuer: Issuer) -> None:
    header, payload, signature = issuer.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"preferred_username": "admin1"}
    await refused(http, f"{header}.{encoded(json.dumps(claims).encode())}.{signature}")


async def test_keys_are_kept_and_a_rotated_key_is_found(http: httpx.AsyncClient, issuer: Issuer) -> None:
    old = issuer.token()
    for _ in range(3):
        assert (await me(http, old)).status_code == 200
    assert issuer.fetched == 1
    issuer.rotate("second")

    async def is_found() -> bool:
        return (await me(http, issuer.token())).status_code == 200

    await eventually(is_found)
    assert issuer.fetched == 2
    await refused(http, old)


async def test_made_up_key_ids_do_not_have_the_keys_fetched_again_and_again(
    http: httpx.AsyncClient, issuer: Issuer
) -> None:
    await me(http, issuer.token())
    for number in range(20):
        await refused(http, issuer.token(key_id=f"made up {number}"))
    assert issuer.fetched <= 2


async def test_with_the_issuer_away_nobody_can_tell_and_the_answer_says_so(
    http: httpx.AsyncClient, issuer: Issuer
) -> None:
    token = issuer.token()
    issuer.stop()
    answer = await me(http, token)
    assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unavailable"), answer.text
    assert int(answer.headers["retry-after"]) > 0
    issuer.start()

    async def is_good() -> bool:
        return (await me(http, token)).status_code == 200

    await eventually(is_good)
    issuer.stop()
    assert (await me(http, token)).status_code == 200  # the key is known


async def test_the_discovery_document_of_another_issuer_is_not_believed(
    database_url: str, temporal: TemporalServer, issuer: Issuer
) -> None:
    app = create_app(Settings(database_url=database_url, oidc_issuer=f"{issuer.url}/", oidc_audience=AUDIENCE))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            answer = await me(http, issuer.token(iss=f"{issuer.url}/"))
    assert answer.json()["code"] == "issuer_unavailable"


@pytest.mark.parametrize("claims", [{"preferred_username": "nobody"}, {"preferred_username": "left"}])
async def test_whoever_is_not_an_active_user_of_the_directory_may_do_nothing(
    http: httpx.AsyncClient, issuer: Issuer, pool: Pool, claims: dict[str, Any]
) -> None:
    await pool.execute(
        "INSERT INTO users (username, name, active) VALUES ('left', 'Left', false) ON CONFLICT DO NOTHING"
    )
    with capture_logs() as logs:
        answer = await me(http, issuer.token(**claims))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text
    (line,) = [line for line in logs if line["event"] == "token refused"]
    assert (line["reason"], line["username"]) == ("no_active_user", claims["preferred_username"])


async def test_the_claim_that_names_the_user_is_a_setting(
    database_url: str, temporal: TemporalServer, issuer: Issuer
) -> None:
    async with application(
        database_url, issuer, oidc_username_claim="crm_user", oidc_jwks_url=f"{issuer.url}/keys"
    ) as http:
        answer = await me(http, issuer.token(crm_user="manager1"))
        assert answer.json()["username"] == "manager1"
        await refused(http, issuer.token())


async def test_there_are_no_demo_tokens_outside_of_demo_mode(http: httpx.AsyncClient, issuer: Issuer) -> None:
    answer = await http.post(f"{BASE}/demo/token", json={"username": "sales1"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    document = (await http.get(f"{BASE}/openapi.json")).json()
    assert f"{BASE}/demo/token" not in document["paths"]
