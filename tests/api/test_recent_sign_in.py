"""What cannot be undone takes a token of somebody who signed in lately, where the installation wants it so (RFC 9470)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
import pytest_asyncio
from temporalio.client import Client

from application.caller import Caller
from application.recent_sign_in import RecentSignIn
from approval.model import Channel
from approval.routing import Member
from crm.pool import Pool
from embedded.temporal import TemporalServer
from server import create_app
from settings import Settings
from tests.api.issuer import AUDIENCE, Issuer
from tests.api.setting import connect, publish, sent, working
from tests.clients import BASE, LINE, ApiClient
from tests.eventually import eventually

CHEAP = {"lines": [{**LINE, "quantity": "1"}]}
"""Of a request that the manager alone approves."""
CODE = "insufficient_user_authentication"
OLD = timedelta(minutes=16)
RECENT = timedelta(minutes=14)

SignedInFor = Callable[[str, timedelta], ApiClient]


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: TemporalServer, issuer: Issuer) -> Settings:
    return Settings(
        database_url=database_url, oidc_issuer=issuer.url, oidc_audience=AUDIENCE, reauthenticate_minutes=15
    )


@pytest.fixture
def signed_in(http: httpx.AsyncClient, issuer: Issuer) -> SignedInFor:
    """Somebody with a token that says that they signed in so long ago."""

    def signed_in(username: str, ago: timedelta) -> ApiClient:
        at = int((datetime.now(UTC) - ago).timestamp())
        return ApiClient(http, username, issuer.token(preferred_username=username, auth_time=at))

    return signed_in


def asked_to_sign_in_again(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (401, CODE), answer.text
    assert "15 minutes" in answer.json()["detail"]
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith(f'Bearer error="{CODE}", ')
    assert challenge.endswith(', max_age="900"')


@pytest_asyncio.fixture(loop_scope="session")
async def request_id(signed_in: SignedInFor, running_worker: None) -> AsyncIterator[str]:
    """A request that waits for its manager, who is its last approver."""
    sales = signed_in("sales1", OLD)
    request = await sales.create(**CHEAP)
    await sales.done(request["id"], "send")
    yield request["id"]


async def test_an_approval_that_became_the_last_one_on_its_way_asks_too(
    signed_in: SignedInFor, temporal_client: Client, settings: Settings
) -> None:
    """It is the first here: its worker must be the only one."""
    admin, sales = signed_in("admin1", RECENT), signed_in("sales1", OLD)
    both = ("manager1", "manager2")
    step = {"key": "both", "name": "Both", "approvers": [{"user": name} for name in both], "decision": "all"}
    await publish(admin, "two-at-once", [step])
    await connect(admin, "two-at-once")
    async with working(temporal_client, settings):
        request = (await sent(sales, **CHEAP))["id"]
    for name in both:  # neither is the last of them yet
        assert (await signed_in(name, OLD).act(request, "approve", {"step": "both"})).status_code == 202

    async def are_decided() -> bool:
        return len(await sales.timeline(request)) == 4

    async with working(temporal_client, settings):
        await eventually(are_decided, 60)
        assert [entry["reason"] for entry in (await sales.timeline(request))[2:]] == [None, CODE]
        assert (await sales.request(request))["process_status"] == "in_progress"
        done = await signed_in("manager2", RECENT).done(request, "approve", {"step": "both"})
    assert done["process_status"] == "completed"
    await connect(admin, "purchase-approval")


@pytest.mark.parametrize(
    ("username", "action", "body"),
    [
        ("sales1", "cancel", {"note": "Không cần nữa"}),
        ("admin1", "cancel", {"note": "Không cần nữa"}),
        ("manager1", "reject", {"step": "manager", "note": "Không mua", "end": True}),
        ("manager1", "approve", {"step": "manager"}),
    ],
)
async def test_a_run_is_ended_by_who_signed_in_lately(
    signed_in: SignedInFor, request_id: str, username: str, action: str, body: Any
) -> None:
    old, recent = signed_in(username, OLD), signed_in(username, RECENT)
    before = await old.timeline(request_id)
    asked_to_sign_in_again(await old.act(request_id, action, body))
    assert await old.timeline(request_id) == before
    assert (await recent.done(request_id, action, body))["run"]["status"] != "in_progress"


async def test_leaving_every_line_out_ends_the_run_and_asks_too(
    signed_in: SignedInFor, pool: Pool, running_worker: None
) -> None:
    admin, sales, manager = signed_in("admin1", RECENT), signed_in("sales1", OLD), signed_in("manager1", OLD)
    steps = [
        {"key": name, "name": name, "approvers": [{"user": name}], "may_decide_lines": True}
        for name in ("manager1", "director1")
    ]
    await publish(admin, "line-by-line", steps, schema_version=2)
    await connect(admin, "line-by-line")
    request = await sent(sales, **CHEAP)
    lines = {request["lines"][0]["id"]: {"decision": "reject", "note": "Không mua"}}
    body = {"step": "manager1", "lines": lines}
    before = await sales.timeline(request["id"])
    asked_to_sign_in_again(await manager.act(request["id"], "approve", body, Idempotency_Key="old"))
    assert await sales.timeline(request["id"]) == before
    recent = signed_in("manager1", RECENT)
    done = await recent.done(request["id"], "approve", body, Idempotency_Key="old")
    assert done["process_status"] == "rejected"
    await connect(admin, "purchase-approval")


async def test_what_can_be_put_right_asks_nobody_again(signed_in: SignedInFor, running_worker: None) -> None:
    sales, manager, director = (signed_in(name, OLD) for name in ("sales1", "manager1", "director1"))
    request = (await sales.create())["id"]
    await sales.done(request, "send")
    await sales.done(request, "recall")
    await sales.done(request, "send")
    await manager.done(request, "reject", {"step": "manager", "note": "Sửa lại"})
    await sales.done(request, "send")
    await manager.done(request, "approve", {"step": "manager"})  # the director comes after
    asked_to_sign_in_again(await director.act(request, "approve", {"step": "director"}))
    draft = await sales.create()
    answer = await sales.call("PATCH", f"/purchase-requests/{draft['id']}", {"purpose": "x"}, If_Match='"1"')
    assert answer.status_code == 200
    assert (await sales.call("DELETE", f"/purchase-requests/{draft['id']}")).status_code == 204


ADMIN_CALLS = [
    ("POST", "/processes/purchase-approval/publish", None),
    ("DELETE", "/connection", None),
    ("PUT", "/connection", {"process_key": "purchase-approval"}),
]


@pytest.mark.parametrize(("method", "path", "body"), ADMIN_CALLS)
async def test_what_every_later_request_goes_through_is_changed_by_who_signed_in_lately(
    signed_in: SignedInFor, pool: Pool, method: str, path: str, body: Any
) -> None:
    async def state() -> Any:
        return await pool.fetch("SELECT * FROM connection"), await pool.fetch("SELECT * FROM process_versions")

    before = await state()
    asked_to_sign_in_again(await signed_in("admin1", OLD).call(method, path, body))
    assert await state() == before
    assert (await signed_in("admin1", RECENT).call(method, path, body)).is_success


@pytest.mark.parametrize(("method", "path", "body"), ADMIN_CALLS)
async def test_nobody_is_asked_to_sign_in_again_for_what_they_may_not_do(
    signed_in: SignedInFor, request_id: str, method: str, path: str, body: Any
) -> None:
    answer = await signed_in("sales1", OLD).call(method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    refused = await signed_in("manager1", OLD).act(request_id, "cancel", {"note": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


WHEN: dict[str, Any] = {
    "not said": None,
    "long ago": 0,
    "in words": "yesterday",
    "yes": True,
    "in milliseconds": int(datetime.now(UTC).timestamp() * 1000),
    "at no time": 1e300,
    "in an hour": int(datetime.now(UTC).timestamp()) + 3600,
}


@pytest.mark.parametrize("at", WHEN.values(), ids=WHEN)
async def test_a_token_that_does_not_say_when_is_old(
    http: httpx.AsyncClient, issuer: Issuer, request_id: str, at: Any
) -> None:
    sales = ApiClient(http, "sales1", issuer.token(auth_time=at))
    asked_to_sign_in_again(await sales.act(request_id, "cancel", {"note": "x"}))


async def test_the_issuers_clock_may_be_a_little_ahead(signed_in: SignedInFor, request_id: str) -> None:
    await signed_in("sales1", timedelta(seconds=-30)).done(request_id, "cancel", {"note": "x"})


async def test_what_was_done_is_answered_again_without_a_recent_sign_in(
    signed_in: SignedInFor, request_id: str
) -> None:
    old, recent = signed_in("sales1", OLD), signed_in("sales1", RECENT)
    command = {"note": "Không cần nữa", "command_id": str(uuid4())}
    done = await recent.done(request_id, "cancel", command)
    assert await old.done(request_id, "cancel", command) == done


async def test_the_same_call_goes_on_with_the_new_token(signed_in: SignedInFor, request_id: str) -> None:
    old, recent = signed_in("sales1", OLD), signed_in("sales1", RECENT)
    key = str(uuid4())
    asked_to_sign_in_again(await old.act(request_id, "cancel", {"note": "x"}, Idempotency_Key=key))
    answer = await recent.act(request_id, "cancel", {"note": "x"}, Idempotency_Key=key)
    assert answer.status_code == 200
    assert "idempotent-replayed" not in answer.headers


def test_unless_it_is_asked_for_nobody_is_asked() -> None:
    caller = Caller.of(
        Member(username="sales1", name="", roles=frozenset(), manager=None, department=""), (), Channel.API
    )
    assert caller.authenticated_at is None
    assert RecentSignIn(timedelta()).is_met_by(caller)
    assert not RecentSignIn(timedelta(minutes=1)).is_met_by(caller)


async def test_a_token_of_the_demo_says_when_it_was_asked_for(database_url: str, temporal: TemporalServer) -> None:
    app = create_app(Settings(database_url=database_url, demo_mode=True))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http,
    ):
        token = (await http.post(f"{BASE}/demo/token", json={"username": "sales1"})).json()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert abs(claims["auth_time"] - datetime.now(UTC).timestamp()) < 60
