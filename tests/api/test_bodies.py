"""A body is read only of a caller who is known, and something is made only of one that is neither too long nor too full."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.types import Message

from api import bodies
from api.bodies import DEEPEST, LONGEST_OF_LINES, MOST_VALUES, check_json
from api.schemas import NewRequest
from approval.values import MOST_LINES
from body_limit import LONGEST_BODY
from crm.pool import Pool
from file_transfer import LONGEST_UPLOAD
from problems import ProblemError
from tests.clients import BASE, LINE, ApiClient, request_body
from tests.conftest import SignIn

JSON: Final = {"Content-Type": "application/json"}
CREATE: Final = "/purchase-requests"


async def post(user: ApiClient, path: str, content: bytes, **headers: str) -> httpx.Response:
    sent = {**JSON, "Authorization": f"Bearer {user.token}", "Accept-Language": "en", **headers}
    return await user.http.post(BASE + path, content=content, headers=sent)


def longest_lines(letter: str = "ế") -> list[dict[str, str]]:
    """As many lines as a request may have, each with the longest texts."""
    texts = dict.fromkeys(("product_code", "description", "warehouse", "unit", "supplier"), letter * 200)
    return [texts | {"quantity": "999999999999.9999", "unit_price": "9999999999999999.9999"}] * MOST_LINES


def unknown_fields(size: int) -> bytes:
    """An object of so many bytes, with as many fields as fit into them."""
    fields = ",".join(f'"{number:07}":0' for number in range(size // 12 - 1))
    return f"{{{fields}}}".encode()


async def test_the_body_of_a_caller_whom_nobody_knows_is_not_read(app: FastAPI, http: httpx.AsyncClient) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield b"{}"

    tried = 0
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation and not path.endswith("/demo/token"):
                for headers in (JSON, {**JSON, "Authorization": "Bearer x"}, {**JSON, "Idempotency-Key": "k"}):
                    address = re.sub(r"\{\w+\}", str(uuid4()), path)
                    answer = await http.request(method, address, content=body(), headers=headers)
                    assert (answer.status_code, read) == (401, 0), (method, path)
                    tried += 1
    assert tried > 30


@pytest.mark.parametrize(
    ("path", "longest"),
    [
        (CREATE, LONGEST_OF_LINES),
        ("/purchasing/events", LONGEST_BODY),
        (f"{CREATE}/0d5e3a52-6b1f-4c4e-9f0a-5f8f6f1d2c3b/recall", LONGEST_BODY),
    ],
)
async def test_a_body_may_be_as_long_as_its_call_needs(sign_in: SignIn, path: str, longest: int) -> None:
    user = await sign_in("purchasing1")
    assert (await post(user, path, b"[]".rjust(longest))).status_code == 422
    answer = await post(user, path, b"[]".rjust(longest + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert f"longer than {longest // 1024**2} MB" in answer.json()["detail"]


def test_calls_that_take_longer_bodies_say_so(app: FastAPI) -> None:
    said = {
        f"{method} {path.removeprefix(BASE)}": operation["x-longest-body"]
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
        if "x-longest-body" in operation
    }
    assert said == dict.fromkeys(
        (
            "post /purchase-requests",
            "patch /purchase-requests/{request_id}",
            "post /purchase-requests/{request_id}/approve",
            "put /processes/{key}/draft/matrix",
            "post /imports/{kind}",
            "post /codec/encode",
            "post /codec/decode",
        ),
        LONGEST_OF_LINES,
    ) | {"post /purchase-requests/{request_id}/attachments": LONGEST_UPLOAD}


async def test_the_longest_request_that_may_be_is_not_too_long(sign_in: SignIn) -> None:
    body = request_body(description="ế" * 4000, lines=longest_lines(), send={"note": "ế" * 4000})
    answer = await post(await sign_in("sales1"), CREATE, json.dumps(body, indent=1).encode())
    assert answer.status_code in (201, 202), answer.text[:1000]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[" + b"0," * MOST_VALUES + b"0]", f"more than {MOST_VALUES} values"),
        (b"[" + b"[]," * MOST_VALUES + b"0]", f"more than {MOST_VALUES} values"),
        (unknown_fields(LONGEST_OF_LINES), f"more than {MOST_VALUES} values"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), f"more than {DEEPEST} levels"),
        (b'{"a":' * (DEEPEST + 1) + b"0" + b"}" * (DEEPEST + 1), f"more than {DEEPEST} levels"),
        (b"[" * LONGEST_OF_LINES, f"more than {DEEPEST} levels"),
        (json.dumps(request_body()).encode("utf-16"), "this is not JSON"),
        (json.dumps(request_body()).encode("utf-32-le"), "this is not JSON"),
    ],
)
async def test_a_body_of_too_much_is_refused_in_one_sentence(sign_in: SignIn, body: bytes, said: str) -> None:
    answer = await post(await sign_in("sales1"), CREATE, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    (error,) = answer.json()["errors"]
    assert error["pointer"] == ""
    assert said in error["detail"]


def values_in(value: Any) -> int:
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return 1 + sum(values_in(item) for item in items)


def levels_in(value: Any) -> int:
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if items is None else 1 + max(map(levels_in, items), default=0)


_TEXTS = st.text(alphabet='a",[]{}\\ế😀\n', max_size=6)
_JSON = st.recursive(
    st.none() | st.integers() | _TEXTS,
    lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(_TEXTS, inner, min_size=1, max_size=4),
)


@given(value=_JSON, escaped=st.booleans(), indent=st.sampled_from([None, 2]))
def test_what_is_counted_is_what_is_there(value: Any, escaped: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=escaped, indent=indent).encode()
    for bound, there in (("MOST_VALUES", values_in(value)), ("DEEPEST", levels_in(value))):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bodies, bound, there)
            check_json(body)
            patch.setattr(bodies, bound, there - 1)
            with pytest.raises(ProblemError):
                check_json(body)


@given(body=st.binary(max_size=50) | st.text(alphabet='"\\,[]{} a').map(str.encode))
def test_what_is_no_json_is_left_to_the_parser_or_refused(body: bytes) -> None:
    with suppress(ProblemError):
        check_json(body)


async def test_other_calls_are_answered_while_a_body_of_too_much_is_refused(server_url: str) -> None:
    body = unknown_fields(LONGEST_OF_LINES)
    began = time.perf_counter()
    with pytest.raises(ValidationError) as wrong:
        NewRequest.model_validate(json.loads(body))
    assert len(wrong.value.errors()) > 300_000
    looked_through = time.perf_counter() - began

    async with httpx.AsyncClient(base_url=server_url, timeout=60, trust_env=False) as http:
        sales = await ApiClient.signed_in(http, "sales1")
        waited = []
        refusing = asyncio.create_task(post(sales, CREATE, body))
        while not refusing.done():
            asked = time.perf_counter()
            assert (await http.get("/healthz")).status_code == 200
            waited.append(time.perf_counter() - asked)
        assert (await refusing).status_code == 422
    assert max(waited) < looked_through / 2


async def test_an_answer_that_is_too_long_to_be_kept_is_given_again_from_what_is_there(
    sign_in: SignIn, pool: Pool
) -> None:
    sales, key = await sign_in("sales1"), str(uuid4())
    body = request_body(lines=[LINE] * MOST_LINES)
    first = await sales.call("POST", CREATE, body, Idempotency_Key=key)
    assert len(first.content) > 64 * 1024
    made = await pool.fetchval("SELECT count(*) FROM purchase_requests")
    second = await sales.call("POST", CREATE, body, Idempotency_Key=key)
    assert (second.status_code, second.json()) == (201, first.json())
    assert "idempotent-replayed" not in second.headers
    assert await pool.fetchval("SELECT count(*) FROM purchase_requests") == made
    assert await pool.fetchval("SELECT body FROM idempotency_keys WHERE key = $1", key) is None
    other = await sales.call("POST", CREATE, request_body(), Idempotency_Key=key)
    assert other.json()["code"] == "idempotency_key_reused"


async def test_a_caller_who_leaves_before_the_body_is_there_is_no_defect(app: FastAPI, sign_in: SignIn) -> None:
    coming: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = {
        **JSON,
        "Host": "localhost",
        "Authorization": f"Bearer {(await sign_in('sales1')).token}",
        "Idempotency-Key": str(uuid4()),
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": BASE + CREATE,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    await app(scope, receive, send)
    assert sent[0]["status"] == 422
