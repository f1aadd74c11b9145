"""An issuer of tokens that is slow, away or wrong: what it said last goes on, and nobody waits for it."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from structlog.testing import capture_logs

from server import create_app
from settings import Settings
from tests.api.issuer import AUDIENCE, DISCOVERY, KEYS, Answer, Issuer, jwk, rsa_key
from tests.clients import BASE
from tests.eventually import eventually

pytestmark = pytest.mark.usefixtures("temporal")


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest.fixture
def elsewhere() -> Iterator[Issuer]:
    """Somebody who would like to be the issuer."""
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are fetched anew all the time."""
    monkeypatch.setattr("issuer.REFRESH_SECONDS", 0.1)
    monkeypatch.setattr("issuer.COOLDOWN_SECONDS", 0.1)


@pytest.fixture
def no_cooldown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is not known is looked for as soon as somebody comes with it."""
    monkeypatch.setattr("issuer.COOLDOWN_SECONDS", 0.0)


@asynccontextmanager
async def application(database_url: str, issuer: Issuer, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The application outside of demo mode, trusting the issuer."""
    values: dict[str, Any] = {"oidc_issuer": issuer.url, "oidc_audience": AUDIENCE, "calls_at_once": 100, **settings}
    app = create_app(Settings(database_url=database_url, **values))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http,
    ):
        yield http


async def me(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.get(f"{BASE}/me", headers={"Authorization": f"Bearer {token}"})


async def status(http: httpx.AsyncClient, token: str) -> int:
    return (await me(http, token)).status_code


async def fetched_again(issuer: Issuer, path: str = KEYS, times: int = 2) -> None:
    """Wait until the issuer was asked some more times."""
    before = issuer.asked[path]

    async def was_asked() -> bool:
        return issuer.asked[path] >= before + times

    await eventually(was_asked)


# What was known goes on


DEEP = b"[" * 100_000
TROUBLE: dict[str, Answer] = {
    "an error": Answer(status=500, body=b"oops"),
    "a page": Answer(b"<html>We are being upgraded</html>"),
    "nothing": Answer(),
    "no key set": Answer(b"{}"),
    "a list": Answer(b"[]"),
    "keys that are no list": Answer(b'{"keys": "first"}'),
    "100,000 brackets": Answer(DEEP),
    "a megabyte": Answer(b'{"keys": []}' + b" " * 1_000_000),
    "101 keys": Answer(json.dumps({"keys": [{}] * 101}).encode()),
    "an answer that stops in the middle": Answer(b'{"keys"', headers={"Content-Length": "1000"}),
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
@pytest.mark.usefixtures("quick")
async def test_the_last_known_keys_go_on_while_the_issuer_answers(
    trouble: Answer, database_url: str, issuer: Issuer
) -> None:
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token()) == 200
        issuer.instead[KEYS] = trouble
        await fetched_again(issuer)
        assert await status(http, issuer.token()) == 200
        del issuer.instead[KEYS]
        issuer.rotate("second")

        async def is_back() -> bool:
            return await status(http, issuer.token()) == 200

        await eventually(is_back)


@pytest.mark.usefixtures("quick")
async def test_a_discovery_document_that_is_gone_changes_nothing_about_the_keys(
    database_url: str, issuer: Issuer
) -> None:
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token()) == 200
        issuer.instead[DISCOVERY] = Answer(status=503)
        issuer.rotate("second")
        await fetched_again(issuer)
        assert await status(http, issuer.token()) == 200


@pytest.mark.usefixtures("quick")
async def test_keys_from_elsewhere_are_not_believed(database_url: str, issuer: Issuer, elsewhere: Issuer) -> None:
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token()) == 200
        issuer.instead[KEYS] = Answer(status=302, headers={"Location": f"{elsewhere.url}{KEYS}"})
        issuer.instead[DISCOVERY] = Answer(status=302, headers={"Location": f"{elsewhere.url}{DISCOVERY}"})
        await fetched_again(issuer)
        assert await status(http, issuer.token()) == 200
        assert await status(http, elsewhere.token(key_id="first", iss=issuer.url)) == 401
    assert not elsewhere.asked


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/keys", "keys", "", 7, None, ["http://a"]])
async def test_keys_are_fetched_by_http_only(address: object, database_url: str, issuer: Issuer) -> None:
    document = {"issuer": issuer.url, "jwks_uri": address}
    issuer.instead[DISCOVERY] = Answer(json.dumps(document).encode())
    async with application(database_url, issuer) as http:
        answer = await me(http, issuer.token())
        assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unavailable")


@pytest.mark.usefixtures("quick")
async def test_keys_that_cannot_be_fetched_anew_are_good_for_a_bounded_time(database_url: str, issuer: Issuer) -> None:
    async with application(database_url, issuer, oidc_keys_hours=2 / 3600) as http:
        assert await status(http, issuer.token()) == 200
        issuer.stop()
        assert await status(http, issuer.token()) == 200

        async def is_over() -> bool:
            return await status(http, issuer.token()) == 503

        await eventually(is_over)
        missing = await http.get("/readyz/all")
        assert missing.status_code == 503
        assert "issuer" in missing.json()["missing"]


@pytest.mark.usefixtures("quick")
async def test_a_key_that_the_issuer_withdraws_is_refused(database_url: str, issuer: Issuer) -> None:
    async with application(database_url, issuer) as http:
        token = issuer.token()
        assert await status(http, token) == 200
        issuer.published = list

        async def is_refused() -> bool:
            return await status(http, token) == 401

        await eventually(is_refused)


async def test_an_issuer_that_is_away_at_the_start_is_asked_until_it_is_there(
    database_url: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.COOLDOWN_SECONDS", 0.1)
    issuer.stop()
    async with application(database_url, issuer) as http:
        answer = await me(http, issuer.token())
        assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unavailable")
        assert "issuer" in (await http.get("/readyz/all")).json()["missing"]
        assert (await http.get("/readyz")).status_code == 200, "sessions of the pages need no issuer"
        issuer.start()

        async def is_ready() -> bool:
            return "issuer" not in (await http.get("/readyz/all")).json()["missing"]

        await eventually(is_ready)
        assert issuer.fetched == 1
        assert await status(http, issuer.token()) == 200


# Nobody waits


@pytest.mark.usefixtures("quick")
async def test_nobody_waits_for_an_issuer_that_does_not_answer(
    database_url: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.MOMENT_SECONDS", 60.0)
    monkeypatch.setattr("issuer.PATIENCE_SECONDS", 60.0)
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token()) == 200
        issuer.answering.clear()
        await fetched_again(issuer, DISCOVERY, times=1)
        async with asyncio.timeout(8):  # less than the fetch that is under way may take
            assert await asyncio.gather(*(status(http, issuer.token()) for _ in range(20))) == [200] * 20


async def test_many_who_come_first_are_one_fetch(database_url: str, issuer: Issuer) -> None:
    issuer.answering.clear()
    async with application(database_url, issuer) as http:
        calls = [asyncio.create_task(status(http, issuer.token())) for _ in range(50)]
        await fetched_again(issuer, DISCOVERY, times=1)
        issuer.answering.set()
        assert await asyncio.gather(*calls) == [200] * 50
    assert issuer.asked == {DISCOVERY: 1, KEYS: 1}


async def test_whoever_cannot_be_judged_is_told_so_in_seconds(
    database_url: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.PATIENCE_SECONDS", 0.2)
    issuer.answering.clear()
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token()) == 503
        issuer.answering.set()


async def test_an_answer_that_drips_is_given_up(
    database_url: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.FETCH_SECONDS", 0.3)
    monkeypatch.setattr("issuer.COOLDOWN_SECONDS", 0.1)
    issuer.answering.clear()
    async with application(database_url, issuer):
        await fetched_again(issuer, DISCOVERY)


# Keys that are not known


async def test_made_up_keys_are_one_fetch_each_cooldown_and_are_answered_at_once(
    database_url: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.COOLDOWN_SECONDS", 1.0)
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token()) == 200
        began = time.monotonic()
        for number in range(200):
            assert await status(http, issuer.token(key_id=f"made up {number}")) == 401
        seconds = time.monotonic() - began
        assert issuer.fetched <= 2 + int(seconds)


async def test_a_made_up_key_is_refused_while_the_issuer_does_not_answer(
    database_url: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.COOLDOWN_SECONDS", 0.0)
    monkeypatch.setattr("issuer.MOMENT_SECONDS", 0.1)
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token()) == 200
        issuer.answering.clear()
        async with asyncio.timeout(8):  # less than the fetch that is under way may take
            made_up = [status(http, issuer.token(key_id=f"made up {number}")) for number in range(50)]
            assert await asyncio.gather(*made_up) == [401] * 50
        assert await status(http, issuer.token()) == 200


@pytest.mark.usefixtures("no_cooldown")
async def test_the_first_token_of_a_new_key_is_good(database_url: str, issuer: Issuer) -> None:
    async with application(database_url, issuer) as http:
        old = issuer.token()
        assert await status(http, old) == 200
        issuer.rotate("second")
        assert await asyncio.gather(*(status(http, issuer.token()) for _ in range(10))) == [200] * 10
        assert issuer.fetched <= 3
        assert await status(http, old) == 401


@pytest.mark.parametrize("key_id", ["first", None], ids=["the same id", "no id"])
@pytest.mark.usefixtures("no_cooldown")
async def test_a_new_key_is_found_whatever_its_token_calls_it(
    key_id: str | None, database_url: str, issuer: Issuer
) -> None:
    async with application(database_url, issuer) as http:
        old = issuer.token(key_id=key_id)
        assert await status(http, old) == 200
        issuer.rotate("first")
        assert await status(http, issuer.token(key_id=key_id)) == 200
        assert await status(http, old) == 401


async def test_a_new_key_is_found_within_seconds_by_a_token_that_came_too_soon(
    database_url: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.COOLDOWN_SECONDS", 4.0)
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token()) == 200
        issuer.rotate("second")
        assert await status(http, issuer.token()) == 401
        await fetched_again(issuer, times=1)  # nobody has to ask a second time

        async def is_good() -> bool:
            return await status(http, issuer.token()) == 200

        await eventually(is_good, 3)


# Which key it is


async def test_a_token_without_a_key_id_is_good_if_one_key_fits(database_url: str, issuer: Issuer) -> None:
    own = issuer.keys["first"]
    others = [
        jwk(ec.generate_private_key(ec.SECP256R1()), kid="curve"),
        jwk(rsa_key(), kid="secrets", use="enc"),
        jwk(rsa_key(), kid="another algorithm", alg="RS512"),
        jwk(rsa_key(1024), kid="short"),
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        {"kty": "ML-DSA", "kid": "of tomorrow"},
        {"kty": "RSA", "kid": "broken", "n": "?", "e": 7},
        "nonsense",
    ]
    issuer.published = lambda: [jwk(own), *others]
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token(key_id=None)) == 200


async def test_a_token_without_a_key_id_is_refused_if_several_keys_fit(database_url: str, issuer: Issuer) -> None:
    own = issuer.keys["first"]
    issuer.published = lambda: [jwk(own, kid="first"), jwk(rsa_key(), kid="second")]
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token(key_id=None)) == 401
        assert await status(http, issuer.token()) == 200


UNFIT: dict[str, Callable[[Issuer], Any]] = {
    "meant for secrets": lambda issuer: jwk(issuer.keys["first"], kid="first", use="enc"),
    "meant for other work": lambda issuer: jwk(issuer.keys["first"], kid="first", key_ops=["wrapKey"]),
    "meant for another algorithm": lambda issuer: jwk(issuer.keys["first"], kid="first", alg="PS256"),
    "of another type": lambda _: jwk(ec.generate_private_key(ec.SECP256R1()), kid="first"),
    "a shared secret": lambda _: {"kty": "oct", "kid": "first", "k": "c2VjcmV0"},
}


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT)
async def test_a_key_that_is_not_for_this_signs_nobody_in(
    unfit: Callable[[Issuer], Any], database_url: str, issuer: Issuer
) -> None:
    issuer.published = lambda: [unfit(issuer)]
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token()) == 401


async def test_a_short_key_signs_nobody_in(database_url: str, issuer: Issuer) -> None:
    short = rsa_key(1024)
    issuer.rotate("first", short)
    with pytest.warns(match="below the minimum"):
        token = issuer.token()
    async with application(database_url, issuer) as http:
        assert await status(http, token) == 401


async def test_a_published_secret_is_no_key_for_anybody(database_url: str, issuer: Issuer) -> None:
    secret = b"s" * 32
    issuer.published = lambda: [{"kty": "oct", "kid": "first", "k": "c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M"}]
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token(algorithm="HS256", key=secret)) == 401


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS512", rsa_key()),
        ("PS256", rsa_key()),
        ("ES256", ec.generate_private_key(ec.SECP256R1())),
        ("ES384", ec.generate_private_key(ec.SECP384R1())),
        ("ES512", ec.generate_private_key(ec.SECP521R1())),
        ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_issuer_may_sign_with_any_public_key_algorithm(
    algorithm: str, key: Any, database_url: str, issuer: Issuer
) -> None:
    issuer.rotate("first", key)
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token(algorithm=algorithm)) == 200
        assert await status(http, issuer.token(algorithm=algorithm, key_id=None)) == 200


async def test_a_token_may_bring_its_issuers_certificates(database_url: str, issuer: Issuer) -> None:
    async with application(database_url, issuer) as http:
        assert await status(http, issuer.token(header={"x5c": ["M" * 2_000] * 2, "ver": 2})) == 200


# What is said of it


async def test_why_a_token_was_refused_is_in_the_log_and_not_in_the_answer(database_url: str, issuer: Issuer) -> None:
    tokens = {
        "unknown_key": issuer.token(key_id="made\nup" * 100),
        "bad_signature": issuer.token(key=rsa_key()),
        "expired_token:exp": issuer.token(exp=1),
        "invalid_claim:aud": issuer.token(aud="another"),
        "invalid_claim:iss": issuer.token(iss="https://elsewhere.example"),
        "missing_claim:exp": issuer.token(exp=None),
        "no_username_in:preferred_username": issuer.token(preferred_username=None),
        "unsupported_algorithm": issuer.token(algorithm="HS256", key="x" * 32),
        "decode_error": "nonsense",
    }
    bodies = set()
    async with application(database_url, issuer) as http:
        for reason, token in tokens.items():
            with capture_logs() as logs:
                answer = await me(http, token)
            assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
            bodies.add(answer.content)
            (line,) = [line for line in logs if line["event"] == "token refused"]
            assert line["reason"] == reason
            assert reason == "decode_error" or line["kid"]
            assert len(line["kid"] or "") <= 100
            assert (line["kid"] or "").isprintable()
            assert not any(part and part in str(logs) for part in token.split(".")), (
                "the token is no business of a log's"
            )
    assert len(bodies) == 1


async def test_without_a_token_there_is_no_error_to_name(database_url: str, issuer: Issuer) -> None:
    async with application(database_url, issuer) as http:
        assert (await http.get(f"{BASE}/me")).headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", [b"[" * 6_000, b'["alg"]', b'"alg"', b"7", b"null", b'{"alg": ["RS256"]}', b"\xff"])
async def test_a_header_that_is_none_is_refused(header: bytes, database_url: str, issuer: Issuer) -> None:
    token = ".".join((base64.urlsafe_b64encode(header).decode().rstrip("="), *issuer.token().split(".")[1:]))
    async with application(database_url, issuer) as http:
        assert await status(http, token) == 401
