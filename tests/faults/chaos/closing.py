"""What must still be possible after all that happened: every request that is open can be brought to its end, by its rules."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from tests.faults.chaos.desk import Desk
from tests.faults.chaos.history import Call, Result
from tests.faults.chaos.people import APPROVERS, Case, Clerk
from tests.faults.whole import ENDED, Whole

MOST_STEPS: Final = 8
AT_ONCE: Final = 6


class StillOpen(AssertionError):
    """A request cannot be brought to its end, or something that its state allows was refused."""


class Closer(Clerk):
    """Brings requests to their ends while nothing else happens, so that nothing it does may be refused."""

    def __init__(self, desk: Desk, chance: random.Random) -> None:
        super().__init__("closer", desk, chance, [], float("inf"))

    async def close(self, request_id: str) -> None:
        """Approve, resend or cancel what is seen, until it has ended.

        Raises:
            StillOpen: it does not end, or a step to it was refused.
        """
        for _ in range(MOST_STEPS):
            seen = await self.read(Case(request_id, "", "", ""))
            if seen is None:
                raise StillOpen(f"{request_id} cannot be read")
            if seen["process_status"] in ENDED:
                return
            await self._step(seen)
        raise StillOpen(f"{request_id} has not ended after {MOST_STEPS} steps")

    async def _step(self, seen: dict[str, Any]) -> None:
        """One thing that the state allows, and its outcome."""
        owner, status = seen["owner"]["username"], seen["process_status"]
        case = Case(seen["id"], seen["number"], owner, seen["lines"][0]["id"])
        if status == "not_sent" or (status == "returned" and self.chance.random() < 0.5):
            call = await self.command(case, owner, "send", {})
        elif status == "returned" or self.chance.random() < 0.2:
            call = await self.command(case, owner, "cancel", {"note": "closing time"})
        else:
            step = seen["run"]["step"]["key"]
            call = await self.command(case, APPROVERS[step], "approve", {"step": step})
        await self._settle(case, call)

    async def _settle(self, case: Case, call: Call) -> None:
        for _ in range(5):
            if call.last is not None and call.last.result is Result.DONE:
                return
            if call.last is not None and call.last.result is Result.REFUSED:
                raise StillOpen(f"{case.id}: what its state allows is refused: {call}")
            await self.follow(call)
        raise StillOpen(f"{case.id}: nothing becomes of {call}")


async def close_all(desk: Desk, chance: random.Random, request_ids: Iterable[str]) -> list[tuple[str, str]]:
    """Bring requests to their ends; those that cannot be, and why."""
    free, problems = asyncio.Semaphore(AT_ONCE), list[tuple[str, str]]()

    async def one(request_id: str) -> None:
        async with free:
            try:
                await Closer(desk, random.Random(chance.random())).close(request_id)
            except StillOpen as error:
                problems.append((request_id, str(error)))

    await asyncio.gather(*(one(request_id) for request_id in request_ids))
    return problems


async def look_up_all(desk: Desk, chance: random.Random, calls: Iterable[Call]) -> list[tuple[str, str]]:
    """Look for the outcomes of commands that must have one by now, where the answers said; those that cannot be read."""
    free, closer = asyncio.Semaphore(AT_ONCE), Closer(desk, chance)

    async def one(call: Call) -> tuple[str, str] | None:
        async with free:
            found = await closer.look_up(call)
        return None if found else (str(call.request_id), f"its outcome is not where the answer said: {call}")

    return [problem for problem in await asyncio.gather(*map(one, calls)) if problem is not None]


async def check_inboxes(desk: Desk, found: Mapping[UUID, Whole]) -> list[tuple[str, str]]:
    """Each approver's inbox has the requests that wait on them, and no others; where it does not."""
    problems: list[tuple[str, str]] = []
    for user in APPROVERS.values():
        shown: set[UUID] = set()
        path = "/inbox?limit=200"
        while path:
            call = desk.history.call("closer", user, "list")
            page = (await desk.ask(call, "GET", path)).body
            shown |= {UUID(item["id"]) for item in page["items"]}
            path = f"/inbox?limit=200&cursor={page['next_cursor']}" if page["next_cursor"] else ""
        waiting = {
            key
            for key, whole in found.items()
            for row in whole.asked
            if (row["person"], row["state"]) == (user, "open")
        }
        problems += [(str(one), f"it waits on {user}, and is not in the inbox") for one in waiting - shown]
        problems += [
            (str(one), f"it is in the inbox of {user}, and does not wait") for one in shown & found.keys() - waiting
        ]
    return problems
