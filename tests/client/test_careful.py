"""When a call is sent again, and when not."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from purchase_approval_client import ConflictError, ProblemError, UnavailableError
from purchase_approval_client.careful import KEY, CarefulClient

Answer = httpx.Response | httpx.TransportError


def answering(*answers: Answer) -> tuple[list[httpx.Request], Callable[[httpx.Request], httpx.Response]]:
    """Gives these answers, one after another, and notes what was asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        given = answers[len(asked) - 1]
        if isinstance(given, httpx.TransportError):
            raise given
        return given

    return asked, answer


def away(seconds: int) -> httpx.Response:
    problem = {"status": 503, "code": "database_unavailable", "title": "Away", "detail": "Away"}
    return httpx.Response(
        503, json=problem, headers={"Retry-After": str(seconds), "Content-Type": "application/problem+json"}
    )


async def call(method: str, answers: tuple[Answer, ...], *, patience: float = 10) -> tuple[list[httpx.Request], int]:
    asked, answer = answering(*answers)
    transport = httpx.MockTransport(answer)
    async with CarefulClient(patience=patience, base_url="http://api", transport=transport) as http:
        return asked, (await http.request(method, "/", json={"a": 1} if method != "GET" else None)).status_code


async def test_what_is_away_is_waited_for_as_long_as_it_says() -> None:
    began = time.monotonic()
    asked, status = await call("POST", (away(1), away(0), httpx.Response(200)))
    assert (len(asked), status) == (3, 200)
    assert time.monotonic() - began >= 1
    assert len({request.headers[KEY] for request in asked}) == 1
    assert {request.content for request in asked} == {b'{"a":1}'}


async def test_nobody_waits_longer_than_their_patience() -> None:
    with pytest.raises(UnavailableError) as told:
        await call("GET", (away(60),), patience=30)
    assert (told.value.code, told.value.retry_after) == ("database_unavailable", 60)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_call_that_is_cut_is_sent_again(method: str) -> None:
    asked, status = await call(method, (httpx.ReadError("cut"), httpx.RemoteProtocolError("cut"), httpx.Response(200)))
    assert (len(asked), status) == (3, 200)


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
async def test_a_call_without_a_key_that_may_have_arrived_is_not_sent_again(method: str) -> None:
    with pytest.raises(httpx.ReadError):
        await call(method, (httpx.ReadError("cut"), httpx.Response(200)))
    asked, _ = await call(method, (httpx.ConnectError("nobody"), httpx.Response(200)))
    assert len(asked) == 2


async def test_a_connection_that_stays_cut_is_given_up() -> None:
    with pytest.raises(httpx.ConnectError):
        await call("GET", tuple(httpx.ConnectError("nobody") for _ in range(4)))


async def test_a_conflict_that_says_no_time_is_told_at_once() -> None:
    problem = {"status": 409, "code": "step_closed", "title": "Closed", "detail": "Somebody was first"}
    answer = httpx.Response(409, json=problem, headers={"Content-Type": "application/problem+json"})
    with pytest.raises(ConflictError, match="409 step_closed: Somebody was first"):
        await call("POST", (answer,))


async def test_an_answer_that_is_no_problem_of_the_api_is_told_as_it_is() -> None:
    with pytest.raises(ProblemError) as told:
        await call("GET", (httpx.Response(502, text="Bad gateway"),))
    assert (told.value.status, told.value.code, told.value.detail) == (502, "unexpected", "Bad gateway")
