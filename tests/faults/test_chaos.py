"""Everything is killed at random while several people work; afterwards every request is whole, and every answer was true."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.clients import BASE, ApiClient, request_body
from tests.faults.system import System, check, settled

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(420)]

SEED = 20261124
SECONDS = 40.0
"""How long people work and things die."""
CLERKS = 5
TRIES = 40

Answers = dict[str, httpx.Response]
"""The last answer to each command; of a command that was never answered there is none."""


class Clerk:
    """Makes requests and sees each through, in the roles of everybody concerned. Tries again what got no answer."""

    def __init__(self, users: dict[str, ApiClient], chance: random.Random, until: float) -> None:
        self._users = users
        self._chance = chance
        self._until = until
        self.answers: dict[str, Answers] = defaultdict(dict)

    async def work(self) -> None:
        while not self._over():
            await self._one_request()

    def _over(self) -> bool:
        return asyncio.get_running_loop().time() > self._until

    async def _one_request(self) -> None:
        body = request_body(send={}) if self._chance.random() < 0.5 else request_body()
        made = await self._call("sales1", "/purchase-requests", body, key=str(uuid4()))
        if made is None or made.status_code != 201:
            return
        request_id = made.json()["id"]
        self.answers[request_id].update({})
        if "send" not in body:
            await self._command(request_id, "sales1", "send", {})
        for _ in range(self._chance.randrange(1, 6)):
            if self._over():
                return
            step = self._chance.choice([self._approve, self._approve, self._return, self._race, self._end])
            await step(request_id)

    async def _approve(self, request_id: str) -> None:
        await self._command(request_id, "manager1", "approve", {"step": "manager"})
        await self._command(request_id, "director1", "approve", {"step": "director"})

    async def _return(self, request_id: str) -> None:
        await self._command(request_id, "manager1", "reject", {"step": "manager", "note": "again"})
        await self._command(request_id, "sales1", "send", {})

    async def _race(self, request_id: str) -> None:
        await asyncio.gather(
            self._command(request_id, "manager1", "approve", {"step": "manager"}),
            self._command(request_id, "sales1", "recall", {}),
            self._command(request_id, "sales1", "approve", {"step": "manager"}),
        )
        await self._command(request_id, "sales1", "send", {})

    async def _end(self, request_id: str) -> None:
        if self._chance.random() < 0.4:
            await self._command(request_id, "sales1", "cancel", {"note": "enough"})
        else:
            await self._command(request_id, "director1", "reject", {"step": "director", "note": "no", "end": True})

    async def _command(self, request_id: str, username: str, action: str, body: dict[str, Any]) -> None:
        command_id = str(uuid4())
        path = f"/purchase-requests/{request_id}/{action}"
        answer = await self._call(username, path, {**body, "command_id": command_id})
        if answer is not None:
            self.answers[request_id][command_id] = answer

    async def _call(self, username: str, path: str, body: Any, *, key: str | None = None) -> httpx.Response | None:
        headers = {"Idempotency_Key": key} if key else {}
        for _ in range(TRIES):
            try:
                answer = await self._users[username].call("POST", path, body, **headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code != 503:
                assert answer.status_code < 500, answer.text
                return answer
            await asyncio.sleep(0.5)
        return None


async def kill_and_start(system: System, chance: random.Random, until: float) -> list[str]:
    """Kill one or more parts, leave them dead for a moment, start them again, until it is time."""
    killed: list[str] = []
    while asyncio.get_running_loop().time() < until:
        await asyncio.sleep(chance.uniform(0.5, 2.5))
        parts = chance.choice(
            [["worker"], ["worker"], ["api"], ["postgres"], ["temporal"], ["worker", "postgres"], ["api", "temporal"]]
        )
        await system.kill(*parts)
        killed += parts
        await asyncio.sleep(chance.uniform(0.0, 2.0))
        await system.start(*parts)
    return killed


async def test_whatever_dies_every_answer_was_true_and_every_request_is_whole(
    system: System, http: httpx.AsyncClient
) -> None:
    chance = random.Random(SEED)
    users = {name: await ApiClient.signed_in(http, name) for name in ("sales1", "manager1", "director1")}
    until = asyncio.get_running_loop().time() + SECONDS
    clerks = [Clerk(users, random.Random(chance.random()), until) for _ in range(CLERKS)]
    killed, *_ = await asyncio.gather(kill_and_start(system, chance, until), *(clerk.work() for clerk in clerks))
    await settled(system)

    answers = {request_id: given for clerk in clerks for request_id, given in clerk.answers.items()}
    assert killed
    assert answers
    for request_id, given in answers.items():
        await check(system, request_id)
        await every_answer_was_true(system, request_id, given)
    numbers = await system.rows("SELECT number FROM purchase_requests")
    assert len({row["number"] for row in numbers}) == len(numbers)


async def every_answer_was_true(system: System, request_id: str, answers: Answers) -> None:
    """200: accepted, once. 202: recorded since. Refused: nothing was done, and that is recorded."""
    rows = await system.rows("SELECT command_id, refusal FROM outcomes WHERE request_id = $1", UUID(request_id))
    outcomes = {str(row["command_id"]): row for row in rows}
    for command_id, answer in answers.items():
        assert command_id in outcomes, (request_id, command_id, answer.status_code, answer.text)
        refusal = outcomes[command_id]["refusal"]
        if answer.status_code == 200:
            assert refusal is None, (request_id, command_id)
        elif answer.status_code == 202:
            place = f"{BASE}/purchase-requests/{request_id}/commands/{command_id}"
            assert answer.headers["location"] == place
        else:
            assert refusal is not None, (request_id, command_id, answer.text)
            assert refusal["code"] == answer.json()["code"], (request_id, command_id)
