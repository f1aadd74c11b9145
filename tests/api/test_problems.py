"""Errors are problem details: one shape, one media type, stable codes, the caller's language, and honest when away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from crm.demo_data import load_demo_data
from crm.migrate import migrate
from crm.pool import Pool, create_pool
from embedded.postgres import PostgresServer
from embedded.temporal import TemporalServer
from problems import STATUS
from server import create_app
from settings import Settings
from tests.clients import BASE, LINE, ApiClient, request_body
from tests.conftest import SignIn

MEDIA_TYPE = "application/problem+json"


def problem(answer: httpx.Response, code: str) -> Any:
    """The body of a problem answer, whose shape is that of RFC 9457."""
    assert answer.headers["content-type"] == MEDIA_TYPE, answer.text
    body = answer.json()
    assert body["code"] == code, body
    assert body["type"] == f"urn:problem:{code}"
    assert body["status"] == answer.status_code == STATUS[code]
    assert body["title"]
    assert body["detail"]
    return body


@asynccontextmanager
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        yield http


async def test_whoever_is_not_signed_in_is_told_how(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{BASE}/me")
    problem(answer, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_address_with_nothing_at_it_is_not_found(http: httpx.AsyncClient) -> None:
    problem(await http.get(f"{BASE}/nothing"), "not_found")


@pytest.mark.parametrize("path", [f"{BASE}/me/", f"{BASE}/purchase-requests/", "/requests/", "/sign-in/"])
async def test_an_address_with_a_slash_too_many_leads_nowhere(http: httpx.AsyncClient, path: str) -> None:
    """A redirect would go by what we are reached with, which is http where a proxy ends TLS: with the token in the open."""
    assert (await http.get(path)).status_code == 404


async def test_an_id_that_is_none_is_not_found(sign_in: SignIn) -> None:
    problem(await (await sign_in("sales1")).call("GET", "/purchase-requests/1"), "not_found")


async def test_a_method_that_an_address_does_not_take_is_refused_with_those_it_takes(http: httpx.AsyncClient) -> None:
    answer = await http.put(f"{BASE}/me")
    problem(answer, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


async def test_a_body_is_refused_with_a_pointer_to_every_wrong_place(sign_in: SignIn) -> None:
    body = request_body(
        purpose="",
        unknown=1,
        currency="vnd",
        desired_delivery_date="tomorrow",
        lines=[LINE, LINE | {"quantity": "0"}, {"product_code": "x", "quantity": "1", "a/b~c": 1}],
    )
    answer = await (await sign_in("sales1")).call("POST", "/purchase-requests", body)
    pointers = {error["pointer"] for error in problem(answer, "invalid")["errors"]}
    assert pointers == {
        "/purpose",
        "/unknown",
        "/currency",
        "/desired_delivery_date",
        "/lines/1/quantity",
        "/lines/2/a~1b~0c",
    }


async def test_of_very_many_wrong_places_the_first_are_listed_and_the_others_counted(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    wrong = [LINE | {"quantity": "0"}] * 40
    listed = problem(await sales.call("POST", "/purchase-requests", request_body(lines=wrong)), "invalid")
    assert len(listed["errors"]) == 40
    assert "errors_left_out" not in listed
    listed = problem(await sales.call("POST", "/purchase-requests", request_body(lines=wrong * 2)), "invalid")
    assert [error["pointer"] for error in listed["errors"]] == [f"/lines/{index}/quantity" for index in range(50)]
    assert listed["errors_left_out"] == 30


async def test_wrong_places_that_a_rule_has_found_are_counted_likewise(sign_in: SignIn) -> None:
    nobody = [{"user": f"nobody{number}"} for number in range(20)]
    steps = [{"key": f"s{number}", "name": "S", "approvers": nobody} for number in range(20)]
    admin = await sign_in("admin1")
    document = {"schema_version": 1, "key": "many", "name": "Many", "steps": steps}
    listed = problem(await admin.call("PUT", "/processes/many/draft", document), "process_invalid")
    assert (len(listed["errors"]), listed.get("errors_left_out")) == (50, 350), listed


async def test_a_number_with_decimals_is_asked_for_as_a_text(sign_in: SignIn) -> None:
    body = request_body(lines=[LINE | {"quantity": 3.5}])
    answer = await (await sign_in("sales1")).call("POST", "/purchase-requests", body)
    assert problem(answer, "invalid")["errors"] == [
        {"pointer": "/lines/0/quantity", "detail": 'send a number with decimals as a text, such as "3.5"'}
    ]


UNREADABLE = "this cannot be read as JSON; check the commas, quotes and brackets before it"
JSON_BODY = "send a JSON object as the body, with the header Content-Type: application/json"


@pytest.mark.parametrize(
    ("path", "content", "content_type", "detail"),
    [
        ("/purchase-requests", b"", "application/json", JSON_BODY),
        ("/purchase-requests", b'{"purpose": "x"}', None, JSON_BODY),
        ("/purchase-requests", b'{"purpose": "x"}', "text/plain", JSON_BODY),
        (
            "/purchase-requests/0d5e3a52-6b1f-4c4e-9f0a-5f8f6f1d2c3b/recall",
            b"note=x",
            "application/x-www-form-urlencoded",
            JSON_BODY,
        ),
        ("/purchase-requests", b"{bad", "application/json", f"line 1, column 2: {UNREADABLE}"),
        (
            "/purchase-requests",
            '{"purpose": "Máy chủ",\n "lines" []}'.encode(),
            "application/json",
            f"line 2, column 10: {UNREADABLE}",
        ),
        ("/purchase-requests", b'{"purpose": "\xff"}', "application/json", "this is not JSON"),
    ],
)
async def test_whoever_sends_no_readable_json_is_told_what_to_send(
    sign_in: SignIn, path: str, content: bytes, content_type: str | None, detail: str
) -> None:
    sales = await sign_in("sales1")
    headers = {"Authorization": f"Bearer {sales.token}", "Accept-Language": "en"}
    if content_type:
        headers["Content-Type"] = content_type
    answer = await sales.http.post(BASE + path, content=content, headers=headers)
    assert problem(answer, "invalid")["errors"] == [{"pointer": "", "detail": detail}]


@pytest.mark.parametrize(
    ("path", "pointer", "detail"),
    [
        ("/inbox?limit=0", "/limit", "ask for 1 to 200 items at once"),
        ("/purchase-requests?sort=price", "/sort", "sort by one of: created, number, request_date, total;"),
        ("/purchase-requests?cursor=x", "/cursor", "use the next_cursor of the page before"),
        ("/sales-orders?cursor=x", "/cursor", "use the next_cursor of the page before"),
        ("/inbox?page=2", "/page", "there is no such parameter; use one of: q, overdue, for, flagged, cursor, limit"),
        ("/purchase-requests?status=completed", "/status", "use one of: process_status, purchase_status, owner, "),
        ("/me?a/b=1", "/a~1b", "there is no such parameter; this address takes none"),
        ("/purchase-requests?owner=sales1&owner=sales2", "/owner", "give this parameter once"),
        (
            "/inbox?page=2&page=3",
            "/page",
            "there is no such parameter; use one of: q, overdue, for, flagged, cursor, limit",
        ),
    ],
)
async def test_a_query_is_refused_with_the_parameter_and_what_it_may_be(
    sign_in: SignIn, path: str, pointer: str, detail: str
) -> None:
    answer = await (await sign_in("sales1")).call("GET", path)
    (error,) = problem(answer, "invalid")["errors"]
    assert error["pointer"] == pointer
    assert detail in error["detail"]


async def test_a_parameter_that_has_several_values_is_given_several_times(sign_in: SignIn) -> None:
    await (await sign_in("sales1")).get("/purchase-requests?process_status=returned&process_status=completed")


async def test_an_unknown_parameter_tells_nothing_to_whoever_is_not_signed_in(http: httpx.AsyncClient) -> None:
    problem(await http.get(f"{BASE}/inbox?page=2"), "unauthenticated")


async def test_a_parameter_that_a_write_does_not_take_is_refused_and_nothing_is_written(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    before = (await sales.get("/purchase-requests?limit=1"))["items"]
    problem(await sales.call("POST", "/purchase-requests?send=true", request_body()), "invalid")
    assert (await sales.get("/purchase-requests?limit=1"))["items"] == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/purchasing/events"),
        ("PUT", "/connection"),
        ("POST", "/processes/purchase-approval/publish"),
        ("PUT", "/processes/purchase-approval/draft"),
    ],
)
@pytest.mark.parametrize("body", [None, {}, {"unknown": 1}])
async def test_whether_somebody_may_is_told_before_what_is_wrong_with_the_body(
    sign_in: SignIn, method: str, path: str, body: Any
) -> None:
    answer = await (await sign_in("sales1")).call(method, path, body)
    assert "needs the role" in problem(answer, "forbidden")["detail"]


@pytest.mark.parametrize(
    ("accepted", "title"),
    [
        (None, "Không tìm thấy"),
        ("vi", "Không tìm thấy"),
        ("en", "Not found"),
        ("en-GB, vi;q=0.5", "Not found"),
        ("vi;q=0.5, en;q=0.9", "Not found"),
        ("fr, en;q=0.1", "Not found"),
        ("fr", "Không tìm thấy"),
        ("en;q=0", "Không tìm thấy"),
        ("*;;q=x,,", "Không tìm thấy"),
    ],
)
async def test_people_read_their_language_and_programs_the_same_code(
    http: httpx.AsyncClient, accepted: str | None, title: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted is not None else {}
    body = problem(await http.get(f"{BASE}/nothing", headers=headers), "not_found")
    assert body["title"] == title


async def test_every_problem_says_the_same_in_both_languages_but_for_its_words(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    bodies = [
        (await sales.call("POST", "/purchase-requests", request_body(lines=[]), Accept_Language=language)).json()
        for language in ("vi", "en")
    ]
    assert [body["code"] for body in bodies] == ["invalid", "invalid"]
    assert [error["pointer"] for error in bodies[0]["errors"]] == [error["pointer"] for error in bodies[1]["errors"]]
    assert bodies[0]["errors"][0]["detail"] != bodies[1]["errors"][0]["detail"]


class Away:
    """The application on a database server that a test may stop."""

    def __init__(self, server: PostgresServer, app: FastAPI, sales: ApiClient) -> None:
        self.server = server
        self.app = app
        self.sales = sales


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def away(tmp_path_factory: pytest.TempPathFactory, temporal: TemporalServer) -> AsyncIterator[Away]:
    server = PostgresServer(tmp_path_factory.mktemp("away") / "data", settings={"fsync": "off"})
    server.start()
    url = server.create_database("crm")
    await migrate(url)
    pool = await create_pool(url, 2)
    await load_demo_data(pool)
    await pool.close()
    app = create_app(Settings(database_url=url, demo_mode=True, database_pool_size=2))
    try:
        async with client(app) as http:
            yield Away(server, app, await ApiClient.signed_in(http, "sales1"))
    finally:
        server.stop()


def unavailable(answer: httpx.Response) -> None:
    problem(answer, "database_unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_with_every_connection_in_use_a_call_is_told_to_come_again(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.pool.ACQUIRE_SECONDS", 0.2)
    pool: Pool = away.app.state.pool
    async with pool.acquire(), pool.acquire():
        unavailable(await away.sales.call("GET", "/me"))
    assert (await away.sales.call("GET", "/me")).status_code == 200


async def test_a_connection_that_breaks_in_the_middle_of_a_call_is_database_trouble(away: Away) -> None:
    request = await away.sales.create()
    other = await create_pool(away.server.uri("crm"), 2)
    async with other.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM purchase_requests WHERE id = $1 FOR UPDATE", UUID(request["id"]))
        path = f"/purchase-requests/{request['id']}"
        edit = asyncio.create_task(away.sales.call("PATCH", path, {"purpose": "x"}, If_Match="*"))
        broken: list[Any] = []
        while not broken:
            await asyncio.sleep(0.05)
            broken = await other.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND pid <> pg_backend_pid()"
            )
        unavailable(await edit)
    await other.close()
    assert (await away.sales.request(request["id"]))["purpose"] == request["purpose"]


async def test_with_the_database_away_every_route_says_so(away: Away) -> None:
    document = (await away.sales.call("GET", "/openapi.json")).json()
    away.server.stop()
    try:
        for path, operations in document["paths"].items():
            if not path.startswith(BASE):
                continue  # the addresses for machines that watch over it say it in their own way
            there = path.removeprefix(BASE).replace("{key}", "purchase-approval").replace("{version}", "1")
            while "{" in there:
                there = there[: there.index("{")] + str(uuid4()) + there[there.index("}") + 1 :]
            for method in operations:
                body = {"username": "sales1"} if path.endswith("/demo/token") else None
                unavailable(await away.sales.call(method.upper(), there, body))
                if method == "post":
                    unavailable(await away.sales.call("POST", there, body, Idempotency_Key=str(uuid4())))
    finally:
        away.server.start()
    assert (await away.sales.call("GET", "/me")).status_code == 200


async def test_a_defect_is_an_internal_error_without_a_word_about_the_inside(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr("api.deps.load_caller", broken)
    answer = await away.sales.call("GET", "/me")
    problem(answer, "internal_error")
    assert "inside" not in answer.text


async def test_a_value_that_cannot_be_sent_to_the_database_is_a_defect_and_no_outage(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wrong_argument(pool: Pool, *_: object) -> None:
        await pool.fetchval("SELECT $1::integer", "not a number")

    monkeypatch.setattr("api.deps.load_caller", wrong_argument)
    problem(await away.sales.call("GET", "/me"), "internal_error")


@pytest.mark.parametrize(
    ("path", "chunked"), [(f"{BASE}/demo/token", False), (f"{BASE}/demo/token", True), ("/sign-in", False)]
)
async def test_a_body_that_is_too_long_is_refused_and_not_read(
    http: httpx.AsyncClient, path: str, chunked: bool
) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(64):
            read += 1_000_000
            yield b"x" * 1_000_000

    headers = {"Content-Type": "application/json" if path.startswith(BASE) else "application/x-www-form-urlencoded"}
    if not chunked:
        headers["Content-Length"] = "64000000"
    answer = await http.post(path, content=body(), headers=headers)
    assert answer.status_code == 413
    if path.startswith(BASE):
        assert answer.json()["code"] == "too_large"
    assert read <= 2_000_000
