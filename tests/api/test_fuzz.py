"""What is known to be hard to read, in bodies, queries, headers and documents, is a problem of whoever sends it."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from tests.api.target import Target
from tests.clients import BASE, LINE, request_body

PROCESS = json.dumps(
    {
        "schema_version": 1,
        "key": "fuzz",
        "name": "Fuzz",
        "steps": [{"key": "a", "name": "A", "approvers": [{"manager": 1}]}],
    }
)


NUL, SURROGATE = "a\x00b", "\ud800"


def cursor(value: Any, last_id: Any = "01a20c84-2ddb-755c-843c-e08dc612183a", sort: Any = "-created") -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, value, last_id]).encode()).decode().rstrip("=")


def raw(**changes: Any) -> bytes:
    return json.dumps(request_body(**changes)).encode()


def with_quantity(text: str) -> bytes:
    return raw(lines=[LINE | {"quantity": 0}]).replace(b'"quantity": 0', f'"quantity": {text}'.encode())


def event(**changes: Any) -> bytes:
    body = {
        "event_id": "e",
        "occurred_at": "2026-11-24T00:00:00Z",
        "request_number": "YCMH-2026-000001",
        "purchase_status": "ordered",
    }
    return json.dumps(body | changes).encode()


BODIES: dict[str, bytes] = {
    "nothing": b"",
    "bad JSON": b"{",
    "invalid UTF-8": b'{"purpose": "\xff\xfe"}',
    "UTF-16": "{}".encode("utf-16"),
    "an array": b"[]",
    "null": b"null",
    "a deep array": b"[" * 100_000,
    "a deep object": b'{"a":' * 100_000,
    "a huge integer": b"9" * 10_000,
    "NUL in a text": raw(purpose=NUL),
    "NUL in a line": raw(lines=[LINE | {"product_code": NUL}]),
    "a lone surrogate": raw(purpose=SURROGATE),
    "a lone surrogate in a name": raw(**{SURROGATE: 1}),
    "a very long text": raw(purpose="x" * 1_000_000),
    "very many lines": raw(lines=[LINE] * 501),
    "quantity 1e400": with_quantity("1e400"),
    "quantity -1e400": with_quantity("-1e400"),
    "quantity NaN": with_quantity("NaN"),
    "quantity Infinity": with_quantity("Infinity"),
    "quantity 1e-400": with_quantity("1e-400"),
    "quantity of 5000 digits": with_quantity("9" * 5000),
    "quantity 'NaN'": with_quantity('"NaN"'),
    "quantity 'sNaN'": with_quantity('"sNaN"'),
    "quantity '1e999999999'": with_quantity('"1e999999999"'),
    "quantity '1e-999999999'": with_quantity('"1e-999999999"'),
    "quantity as object": with_quantity("{}"),
    "year 0": raw(desired_delivery_date="0000-01-01"),
    "a date as number": raw(desired_delivery_date=1e20),
    "a date as a small number": raw(desired_delivery_date=-(10**12)),
    "currency with a newline": raw(currency="VND\n"),
    "send to nobody": raw(send={"approvers": {NUL: SURROGATE}}),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data", "application/xml; \xff"]
)
async def test_a_bad_body_is_a_problem_of_the_caller(target: Target, body: bytes, content_type: str) -> None:
    await refused(
        target,
        "sales1",
        "POST",
        "/purchase-requests",
        content=body,
        headers={b"content-type": content_type.encode("latin-1")},
    )


@pytest.mark.parametrize(
    "occurred_at",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-24T00:00:00", 1e300, "x" * 10_000],
)
async def test_a_time_outside_of_all_calendars_is_a_problem_of_the_caller(target: Target, occurred_at: Any) -> None:
    await refused(target, "purchasing1", "POST", "/purchasing/events", content=event(occurred_at=occurred_at))


EVENTS: dict[str, bytes] = {
    "status": event(purchase_status=NUL),
    "number": event(request_number=NUL),
    "id": event(event_id=SURROGATE),
    "quantity": event(lines=[{"product_code": "x", "quantity_received": "1e99"}]),
}


@pytest.mark.parametrize("body", EVENTS.values(), ids=EVENTS)
async def test_a_bad_purchasing_event_is_a_problem_of_the_caller(target: Target, body: bytes) -> None:
    await refused(target, "purchasing1", "POST", "/purchasing/events", content=body)


NO_TOTALS: tuple[Any, ...] = ("NaN", "sNaN", "Infinity", "1e999999", "1e-999999", None, [])

QUERIES = [
    "owner=%00",
    "owner=%ED%A0%80",
    "owner=%FF",
    "owner=" + "x" * 10_000,
    "q=%00",
    "q=%25%25%5C",
    "q=" + "x" * 201,
    "q=" + "%C4%90" * 100,
    "purchase_status=%00",
    "process_status=nothing",
    "source_id=1",
    "sort=",
    "sort=--created",
    "sort=%00",
    "limit=0",
    "limit=201",
    "limit=-1",
    "limit=1e3",
    "limit=" + "9" * 5000,
    "limit=%D9%A1",
    "cursor=",
    "cursor=%00",
    "cursor=%FF",
    "cursor=" + "A" * 20_000,
    "cursor=" + base64.urlsafe_b64encode(b"[" * 20_000).decode(),
    "cursor=" + cursor("x"),
    "cursor=" + cursor({}),
    "cursor=" + cursor("0d5e3a52-6b1f-4c4e-9f0a-5f8f6f1d2c3b", sort={}),
    "sort=total&cursor=" + cursor("1", sort="-total"),
    "cursor=" + cursor("0d5e3a52-6b1f-4c4e-9f0a-5f8f6f1d2c3b", None),
    *(f"sort=total&cursor={cursor(value, sort='total')}" for value in NO_TOTALS),
    *(f"sort=number&cursor={cursor(value, sort='number')}" for value in (NUL, SURROGATE, 1, "x" * 10_000)),
    *(
        f"sort=request_date&cursor={cursor(value, sort='request_date')}"
        for value in ("0001-01-01", "9999-12-31", "infinity", "2026-02-30")
    ),
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: str(query)[:40])
@pytest.mark.parametrize("path", ["/purchase-requests", "/sales-orders", "/inbox"])
async def test_a_bad_query_is_a_problem_of_the_caller(target: Target, path: str, query: str) -> None:
    answer = await called(target, "admin1", "GET", f"{path}?{query}")
    assert answer.status_code in {200, 422}, answer.text


@pytest.mark.parametrize(
    "due",
    [
        "infinity",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-11-24",
        "2026-11-24T00:00:00",
        "x",
        1,
        None,
    ],
)
async def test_a_forged_cursor_of_the_inbox_is_a_problem_of_the_caller(target: Target, due: Any) -> None:
    answer = await called(target, "manager1", "GET", f"/inbox?cursor={cursor(due)}")
    assert answer.status_code in {200, 422}, answer.text


@pytest.mark.parametrize(
    "tag", ["", "*", '"1', "1", '"abc"', 'W/"1"', '"99999999999999999999"', "\xff", '"1", "2"', '"-1"']
)
async def test_any_if_match_is_held_to_or_refused(target: Target, tag: str) -> None:
    headers = {b"if-match": tag.encode("latin-1")}
    path = f"/purchase-requests/{(await made(target))['id']}"
    answer = await called(target, "sales1", "PATCH", path, json={"purpose": "x"}, headers=headers)
    assert answer.status_code in {200, 412, 428}, answer.text


@pytest.mark.parametrize("key", ["", "\xff", "x" * 256, "x" * 10_000, "a,b"])
async def test_any_idempotency_key_is_taken_or_refused(target: Target, key: str) -> None:
    headers = {b"idempotency-key": key.encode("latin-1")}
    answer = await called(target, "sales1", "POST", "/purchase-requests", json=request_body(), headers=headers)
    assert answer.status_code in {201, 422}, answer.text


@pytest.mark.parametrize("token", ["x", "a.b.c", "\xff", "x" * 10_000, ".".join(["e30"] * 3), "null"])
async def test_any_token_that_is_no_token_is_refused(target: Target, token: str) -> None:
    async with httpx.AsyncClient(base_url=target.url, trust_env=False) as http:
        answer = await http.get(f"{BASE}/me", headers={b"authorization": b"Bearer " + token.encode("latin-1")})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


PROCESSES: dict[str, bytes] = {
    "NUL in a name": PROCESS.replace('"Fuzz"', '"a\\u0000b"').encode(),
    "a lone surrogate in a name": PROCESS.replace('"Fuzz"', '"\\ud800"').encode(),
    "NUL in a username": PROCESS.replace('{"manager": 1}', '{"user": "\\u0000"}').encode(),
    "a surrogate for a role": PROCESS.replace('{"manager": 1}', '{"role": "\\udfff"}').encode(),
    "NUL in a condition": PROCESS.replace('"name": "A"', '"name": "A", "when": "\'\\u0000\' == \'\'"').encode(),
    "NUL in the document": b"key: \x00",
    "a NUL that YAML may escape": b'key: "\\0"',
    "invalid UTF-8": b"\xff\xfe",
    "a deep document": b"[" * 100_000,
    "a deep mapping": b"{a: " * 10_000,
    "a huge integer": b"a: " + b"9" * 10_000,
    "a date that is none": b"a: 2026-99-99",
    "an integer that is none": b"a: !!int x",
    "a float that is none": b"a: !!float x",
    "binary that is none": b"a: !!binary \xc3\xa9",
    "an object of Python": b"a: !!python/object/apply:os.system [echo]",
    "a key that is a list": b"? [a]\n: b",
    "an anchor in itself": b"&a [*a]",
    "laughs": b"a: &a [x]\n"
    + b"\n".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]".encode() for i in range(9)),
    "steps that laugh": b"a: &a {x: y}\n"
    + b"\n".join(f"{chr(98 + i)}: &{chr(98 + i)} {{x: *{chr(97 + i)}, y: *{chr(97 + i)}}}".encode() for i in range(22))
    + b"\nsteps: [*w]",
    "two documents": b"a: 1\n---\nb: 2",
    "nothing": b"",
}


@pytest.mark.parametrize("body", PROCESSES.values(), ids=PROCESSES)
@pytest.mark.parametrize("content_type", ["application/yaml", "application/json"])
async def test_a_bad_process_document_is_a_problem_of_its_author(
    target: Target, body: bytes, content_type: str
) -> None:
    answer = await called(
        target, "admin1", "PUT", "/processes/fuzz/draft", content=body, headers={b"content-type": content_type.encode()}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid"), answer.text


async def made(target: Target) -> Any:
    answer = await called(target, "sales1", "POST", "/purchase-requests", json=request_body())
    assert answer.status_code == 201, answer.text
    return answer.json()


async def refused(target: Target, username: str, method: str, path: str, **sent: Any) -> None:
    answer = await called(target, username, method, path, **sent)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def called(
    target: Target, username: str, method: str, path: str, *, headers: dict[bytes, bytes] | None = None, **sent: Any
) -> httpx.Response:
    signed_in = {name.encode(): value.encode() for name, value in target.headers(username).items()}
    async with httpx.AsyncClient(base_url=target.url, timeout=30, trust_env=False) as http:
        return await http.request(method, BASE + path, headers=(headers or {}) | signed_in, **sent)
