"""Asks the system for things, through its API and past it, and writes down every answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from tests.clients import BASE, ApiClient
from tests.faults.chaos.history import Answer, Call, History, Result
from tests.faults.system import System, eventually
from workflows import contracts

PEOPLE = ("sales1", "sales2", "manager1", "director1", "admin1", "purchasing1")
ANSWER_SECONDS = 12.0
"""How long somebody waits for an answer; longer than a whole decision takes, shorter than a process may be frozen."""
SIGNAL_TRY = timedelta(seconds=4)


class Desk:
    """Where people ask.

    Args:
        history: where it is written down.
        apis: of which each call takes one by chance.
        tokens: by username; good at all of them.
        engine: for those who go past the API.
        chance: which API.
    """

    def __init__(
        self,
        history: History,
        apis: list[httpx.AsyncClient],
        tokens: Mapping[str, str],
        engine: Client,
        chance: random.Random,
    ) -> None:
        self.history = history
        self._apis = apis
        self._tokens = tokens
        self._engine = engine
        self._chance = chance

    async def ask(self, call: Call, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Ask once; header names are given with underscores."""
        asked = self.history.now
        sent = {"Authorization": f"Bearer {self._tokens[call.actor]}", "Accept-Language": "en"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            response = await self._chance.choice(self._apis).request(method, BASE + path, json=body, headers=sent)
        except httpx.TransportError as error:
            answer = Answer.none(asked, type(error).__name__)
        else:
            answer = Answer.read(asked, self.history.now, response)
        call.answers.append(answer)
        return answer

    async def insist(self, call: Call, method: str, path: str, body: Any, *, tries: int, **headers: str) -> Answer:
        """Ask under the same id until there is an answer that says something, a number of times at most."""
        answer = await self.ask(call, method, path, body, **headers)
        for _ in range(tries - 1):
            if answer.result is not Result.UNKNOWN:
                break
            await asyncio.sleep(self._chance.uniform(0.1, 0.8))
            answer = await self.ask(call, method, path, body, **headers)
        return answer

    async def signal(self, call: Call, *arguments: Any) -> Answer:
        """Send a run a signal as Temporal's CLI would; ``DONE`` means that the engine has it."""
        asked = self.history.now
        handle = self._engine.get_workflow_handle(contracts.workflow_id(UUID(call.request_id)))
        try:
            await handle.signal(call.action, args=arguments, rpc_timeout=SIGNAL_TRY)
        except RPCError as error:
            gone = error.status is RPCStatusCode.NOT_FOUND
            result = Result.REFUSED if gone else Result.UNKNOWN
            answer = Answer(asked, self.history.now, result, code=error.status.name)
        except RuntimeError as error:  # the engine was not to be had at all
            answer = Answer.none(asked, type(error).__name__)
        else:
            answer = Answer(asked, self.history.now, Result.TAKEN)
        call.answers.append(answer)
        return answer


@asynccontextmanager
async def open_desk(system: System, history: History, chance: random.Random) -> AsyncIterator[Desk]:
    """A desk with everybody signed in; everything must be up."""
    async with AsyncExitStack() as stack:
        apis = [await stack.enter_async_context(system.http(url, seconds=ANSWER_SECONDS)) for url in system.api_urls]
        tokens: dict[str, str] = {}
        for username in PEOPLE:

            async def signed_in(username: str = username) -> bool:
                try:
                    tokens[username] = (await ApiClient.signed_in(apis[0], username)).token
                except (httpx.TransportError, AssertionError):
                    return False
                return True

            await eventually(signed_in)
        engine = await Client.connect(system.temporal.address, data_converter=pydantic_data_converter, lazy=True)
        yield Desk(history, apis, tokens, engine, chance)
