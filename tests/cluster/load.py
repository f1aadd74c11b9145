"""People who work at a steady pace, whatever the system does, and ask again under the same key where nobody answered."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final
from uuid import UUID, uuid4

from tests.clients import request_body
from tests.faults.chaos.desk import Desk
from tests.faults.chaos.history import Answer, Call, History, Result
from tests.faults.chaos.people import Case, Clerk

ACTIONS: Final = 3
"""Of each request: it is made and sent, its manager approves, the director approves."""
STEPS: Final = (("manager", "manager1"), ("director", "director1"))
OWNERS: Final = ("sales1", "sales2")

PAUSE: Final = 0.2
TIRED_AFTER: Final = 90.0
"""Seconds after which nobody asks again, if only one of two is away."""


class Office:
    """Requests that begin at a fixed rate, each seen through to its last approval.

    Args:
        name: with which what their requests are about begins.
        desk: where they ask.
        per_second: actions.
        tired_after: seconds after which nobody asks again.
    """

    def __init__(self, name: str, desk: Desk, per_second: float, tired_after: float = TIRED_AFTER) -> None:
        self._name = name
        self._desk = desk
        self._tired_after = tired_after
        self._between = ACTIONS / per_second
        self._looking = Clerk("office", desk, random.Random(0), [], math.inf)

    async def work(self, over: asyncio.Event) -> None:
        """Until it is over; then what has begun is seen through."""
        loop = asyncio.get_running_loop()
        begun, number = loop.time(), 0
        async with asyncio.TaskGroup() as group:
            while not over.is_set():
                group.create_task(self._see_through(number))
                number += 1
                await asyncio.sleep(max(0.0, begun + number * self._between - loop.time()))

    async def _see_through(self, number: int) -> None:
        owner = OWNERS[number % len(OWNERS)]
        made = await self._make(f"{self._name} {number}", owner)
        if made is None:
            return
        for step, approver in STEPS:
            if not await self._approve(made, step, approver):
                return

    async def _make(self, marker: str, owner: str) -> str | None:
        """A request that is made and sent; its id, once its first approver is asked."""
        said = {"marker": marker, "edit": 0, "quantity": "10", "sends": True}
        call = self._desk.history.call(marker, owner, "make", said=said)
        body = {**request_body(purpose="edit 0", description=marker), "send": {}}
        answer = await self._insist(call, "/purchase-requests", body)
        if answer.result is not Result.DONE:
            return None
        call.request_id = answer.body["id"]
        call.command_id = str(UUID(int=UUID(call.request_id).int ^ 1))  # the id of a save-and-send's send
        return call.request_id if await self._sent(call.request_id, answer.body) else None

    async def _sent(self, request_id: str, shown: Any) -> bool:
        """Whether a request is in progress; it waits for that, as the engine may be away when it is made."""
        until = self._desk.history.now + self._tired_after
        while shown is None or shown["process_status"] == "not_sent":
            if self._desk.history.now > until:
                return False
            await asyncio.sleep(PAUSE)
            shown = await self._looking.read(Case(request_id, "", "", ""))
        return True

    async def _approve(self, request_id: str, step: str, approver: str) -> bool:
        said = {"step": step}
        call = self._desk.history.call(request_id, approver, "approve", request_id, command_id=str(uuid4()), said=said)
        path = f"/purchase-requests/{request_id}/approve"
        answer = await self._insist(call, path, {**said, "command_id": call.command_id})
        return answer.result is Result.DONE or (answer.result is Result.TAKEN and await self._outcome(call))

    async def _insist(self, call: Call, path: str, body: Any) -> Answer:
        """One POST under one key, again and again while nobody says what became of it."""
        key, history = str(uuid4()), self._desk.history
        until = history.now + self._tired_after
        answer = await self._desk.ask(call, "POST", path, body, Idempotency_Key=key)
        while answer.result is Result.UNKNOWN and history.now < until:
            await asyncio.sleep(PAUSE)
            answer = await self._desk.ask(call, "POST", path, body, Idempotency_Key=key)
        return answer

    async def _outcome(self, call: Call) -> bool:
        """Whether what was taken was done; it waits for that."""
        until = self._desk.history.now + self._tired_after
        while self._desk.history.now < until:
            if await self._looking.look_up(call):
                return call.done
            await asyncio.sleep(PAUSE)
        return False


@dataclass(frozen=True)
class Window:
    """A time in which something was done to the system, by the history's clock."""

    what: str
    began: float
    ended: float


@dataclass(frozen=True)
class Seen:
    """What clients saw in a window.

    Attributes:
        acknowledged: actions that were done or taken.
        errors: answers that said nothing, by what they were: a status, or why there was none.
        slowest: milliseconds until an answer.
        gap: seconds, the longest without any acknowledgement.
        waiting: seconds, the longest that an action took with all its tries.
    """

    acknowledged: int
    errors: dict[str, int]
    slowest: float
    gap: float
    waiting: float


def seen(history: History, window: Window) -> Seen:
    """What clients saw in a window; actions count where they were asked for."""
    actions = [call for call in history.calls if call.action in ("make", "approve") and call.answers]
    of_window = [call for call in actions if window.began <= call.answers[0].asked < window.ended]
    answers = [answer for call in of_window for answer in call.answers]
    errors: dict[str, int] = {}
    for answer in answers:
        if answer.result is Result.UNKNOWN:
            what = f"{answer.status} {answer.code}".strip() if answer.status else answer.code
            errors[what] = errors.get(what, 0) + 1
    good = sorted(
        answer.came
        for call in actions
        for answer in call.answers
        if answer.result in (Result.DONE, Result.TAKEN) and window.began <= answer.came < window.ended
    )
    moments = [window.began, *good, window.ended]
    return Seen(
        acknowledged=len(good),
        errors=errors,
        slowest=1000 * max((answer.came - answer.asked for answer in answers if answer.came < math.inf), default=0.0),
        gap=max(later - earlier for earlier, later in pairwise(moments)),
        waiting=max(
            (call.answers[-1].came - call.answers[0].asked for call in of_window if call.answers[-1].came < math.inf),
            default=0.0,
        ),
    )


def table(history: History, windows: Iterable[Window]) -> str:
    """What clients saw, a line for each window."""
    lines = [f"{'what was done':44} {'actions':>8} {'gap s':>7} {'slowest ms':>11} {'with tries s':>13}  errors"]
    for window in windows:
        found = seen(history, window)
        errors = ", ".join(f"{number} × {what}" for what, number in sorted(found.errors.items())) or "none"
        lines.append(
            f"{window.what:44} {found.acknowledged:8} {found.gap:7.2f} {found.slowest:11.0f} {found.waiting:13.2f}  {errors}"
        )
    return "\n".join(lines)
