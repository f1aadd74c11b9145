"""Calls that come at once: one caller's begin one after the other, and nobody else waits for all of them."""

from __future__ import annotations

import asyncio
import gc

from starlette.types import Message, Receive, Scope, Send

from arrivals import OneAfterTheOther

BURST = 40
STEPS = 5


class Recorded:
    """An application that goes on in several steps, as one that asks a database does, and tells whose step it was."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        for _ in range(STEPS):
            self.steps.append(scope["path"])
            await asyncio.sleep(0)


async def called(app: OneAfterTheOther, path: str, *headers: tuple[bytes, bytes]) -> None:
    async def receive() -> Message:
        raise AssertionError("nobody reads")

    async def send(_message: Message) -> None:
        raise AssertionError("nobody answers")

    await app({"type": "http", "path": path, "headers": list(headers)}, receive, send)


async def both(burst_shows: bytes | None, other_shows: bytes) -> list[str]:
    """Whose steps were done when, where one caller comes with a burst and then another with one call."""
    recorded = Recorded()
    app = OneAfterTheOther(recorded)
    burst = [(b"authorization", burst_shows)] if burst_shows else []
    async with asyncio.TaskGroup() as group:
        for _ in range(BURST):
            group.create_task(called(app, "burst", *burst))
        group.create_task(called(app, "other", (b"authorization", other_shows)))
    assert recorded.steps.count("burst") == BURST * STEPS
    assert recorded.steps.count("other") == STEPS
    return recorded.steps


def before_the_other_is_done(steps: list[str]) -> int:
    return len(steps) - 1 - steps[::-1].index("other") - (STEPS - 1)


async def test_one_call_is_not_kept_waiting_by_a_burst_of_somebody_else() -> None:
    assert before_the_other_is_done(await both(b"Bearer one", b"Bearer two")) <= STEPS * STEPS
    at_once = await both(None, b"Bearer two")
    assert before_the_other_is_done(at_once) >= BURST * (STEPS - 1), "without it, the burst goes first in every pass"


async def test_cookies_tell_callers_apart_as_well_and_a_call_alone_begins_at_once() -> None:
    recorded = Recorded()
    app = OneAfterTheOther(recorded)
    first = asyncio.create_task(called(app, "first", (b"cookie", b"session=1")))
    second = asyncio.create_task(called(app, "second", (b"cookie", b"session=2")))
    await asyncio.sleep(0)
    assert recorded.steps == ["first", "second"]
    await asyncio.gather(first, second)


async def test_one_that_gives_up_while_waiting_holds_up_nobody_and_nothing_is_kept_of_who_came() -> None:
    recorded = Recorded()
    app = OneAfterTheOther(recorded)
    waiting = [asyncio.create_task(called(app, str(number), (b"cookie", b"session=1"))) for number in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert set(recorded.steps) == {"0", "2"}
    del waiting  # with the exceptions, which keep what they went through
    await asyncio.sleep(0)
    gc.collect()
    assert not app._lines
