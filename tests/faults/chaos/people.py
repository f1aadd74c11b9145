"""Clerks who make requests and see each through, in the roles of everybody concerned, with all that people do wrong."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from tests.clients import LINE, request_body
from tests.faults.chaos.desk import PEOPLE, Desk
from tests.faults.chaos.history import Answer, Call, Result

APPROVERS: Final = {"manager": "manager1", "director": "director1"}
FOLLOWS: Final = 8
"""How often a clerk looks for the outcome of a command that was taken."""

Body = dict[str, Any]


@dataclass
class Case:
    """A request as its clerk knows it."""

    id: str
    number: str
    owner: str
    line_id: str
    edits: int = 0
    commands: list[Call] = field(default_factory=list)
    reports: list[Call] = field(default_factory=list)


class Clerk:
    """One client: asks one thing after the other, but where a race is the point.

    Args:
        name: by which the history knows the clerk.
        chance: decides everything that the clerk does.
        cases: all clerks' requests, for those who look at what others do.
        until: when it is time to go home, by the history's clock.
    """

    def __init__(self, name: str, desk: Desk, chance: random.Random, cases: list[Case], until: float) -> None:
        self.name = name
        self.desk = desk
        self.chance = chance
        self.cases = cases
        self._until = until
        self._made = 0
        steps: dict[Callable[[Case], Awaitable[object]], int] = {
            self.approve: 6, self.return_: 3, self.recall: 2, self.race: 2, self.end: 1, self.edit: 3, self.edit_twice: 1,
            self.look: 3, self.repeat: 3, self.share_an_id: 2, self.resolve: 1, self.send: 2,
        }  # fmt: skip
        self.steps = steps

    def is_over(self) -> bool:
        """Whether it is time to go home."""
        return self.desk.history.now > self._until

    async def work(self) -> None:
        """Until it is time to go home."""
        while not self.is_over():
            case = await self.make()
            if case is None:
                continue
            self.cases.append(case)
            for step in self.chance.choices(list(self.steps), list(self.steps.values()), k=self.chance.randrange(1, 7)):
                if self.is_over():
                    return
                await step(case)
            if self.chance.random() < 0.7:
                await self.complete(case)

    async def make(self) -> Case | None:
        """Save a request, and mostly send it with that; sometimes it is deleted at once."""
        owner = self.chance.choice(["sales1", "sales2"])
        marker, self._made = f"{self.name}/{self._made}", self._made + 1
        quantity, currency = str(self.chance.randrange(1, 8)), "USD" if self.chance.random() < 0.1 else "VND"
        line = {**LINE, "quantity": quantity}
        body = request_body(purpose="edit 0", description=marker, currency=currency, lines=[line])
        sends = self.chance.random() < 0.6
        said = {"marker": marker, "edit": 0, "quantity": quantity, "sends": sends}
        call = self.desk.history.call(self.name, owner, "make", said=said)
        answer = await self.desk.insist(
            call,
            "POST",
            "/purchase-requests",
            {**body, "send": {}} if sends else body,
            tries=self.chance.randrange(1, 8),
            Idempotency_Key=str(uuid4()),
        )
        if answer.result is not Result.DONE:
            return None
        made = answer.body
        call.request_id = made["id"]
        if sends:
            call.command_id = str(UUID(int=UUID(made["id"]).int ^ 1))  # the id of a save-and-send's send
        elif self.chance.random() < 0.1:
            await self.ask(made["id"], owner, "delete", "DELETE")
            return None
        return Case(made["id"], made["number"], owner, made["lines"][0]["id"])

    async def ask(
        self, request_id: str, actor: str, action: str, method: str, rest: str = "", body: Any = None, **fields: Any
    ) -> Answer:
        """One call about a request, asked once."""
        headers = fields.pop("headers", {})
        call = self.desk.history.call(self.name, actor, action, request_id, **fields)
        return await self.desk.ask(call, method, f"/purchase-requests/{request_id}{rest}", body, **headers)

    async def command(
        self, case: Case, actor: str, action: str, body: Body, *, command_id: str = "", again: Call | None = None
    ) -> Call:
        """A send or a decision, asked until there is an answer or the clerk gives up; sometimes followed to its outcome."""
        call = again or self.desk.history.call(
            self.name, actor, action, case.id, command_id=command_id or str(uuid4()), said=body
        )
        path = f"/purchase-requests/{case.id}/{call.action.replace('_', '-')}"
        headers = {"Idempotency_Key": f"{call.command_id} {call.number}"} if call.number % 4 == 0 else {}
        sent = {**call.said, "command_id": call.command_id}
        answer = await self.desk.insist(call, "POST", path, sent, tries=self.chance.randrange(1, 8), **headers)
        if again is None:
            case.commands.append(call)
        if answer.result is Result.TAKEN and self.chance.random() < 0.6:
            await self.follow(call)
        return call

    async def follow(self, call: Call) -> None:
        """Look for the outcome of a command now and then."""
        for _ in range(FOLLOWS):
            await asyncio.sleep(self.chance.uniform(0.2, 1.0))
            if await self.look_up(call):
                return

    async def look_up(self, call: Call) -> bool:
        """Look for the outcome of a command: it is an answer to the call that asked for it, unless it says to be another's
        with the same id. Whether there is one.
        """
        assert call.request_id is not None
        who = "admin1" if call.signal else call.actor
        answer = await self.ask(call.request_id, who, "outcome", "GET", f"/commands/{call.command_id}")
        state = answer.body["status"] if answer.result is Result.DONE else "accepted"
        if state == "accepted" or (answer.body["action"], answer.body.get("actor")) != (call.action, call.actor):
            return False
        result = Result.DONE if state == "applied" else Result.REFUSED
        call.answers.append(Answer(answer.asked, answer.came, result, answer.status, answer.body.get("code", "")))
        return True

    async def read(self, case: Case, actor: str = "admin1") -> Body | None:
        """The request as somebody sees it; None: nobody can tell now, or it is gone."""
        answer = await self.ask(case.id, actor, "read", "GET")
        return answer.body if answer.result is Result.DONE else None

    async def look(self, case: Case) -> None:
        """Read it, its timeline, or somebody's inbox."""
        actor = self.chance.choice([case.owner, "manager1", "admin1"])
        if self.chance.random() < 0.7:
            await self.read(case, actor)
        else:
            await self.ask(case.id, actor, "timeline", "GET", "/timeline")

    async def send(self, case: Case) -> None:
        await self.command(case, case.owner, "send", {})

    async def approve(self, case: Case, step: str = "") -> None:
        """One step, or one after the other; now and then with another quantity."""
        for key in [step] if step else self.chance.choice([["manager"], ["director"], ["manager", "director"]]):
            body: Body = {"step": key}
            if self.chance.random() < 0.3:
                body["changes"] = {"lines": [{"id": case.line_id, "quantity": str(self.chance.randrange(1, 8))}]}
            await self.command(case, APPROVERS[key], "approve", body)

    async def return_(self, case: Case) -> None:
        await self.command(case, "manager1", "reject", {"step": "manager", "note": "again"})
        if self.chance.random() < 0.7:
            await self.send(case)

    async def recall(self, case: Case) -> None:
        await self.command(case, case.owner, "recall", {})
        await self.edit(case)
        await self.send(case)

    async def end(self, case: Case) -> None:
        """Cancelled by its owner or an admin, or rejected for good; now and then without the note that it takes."""
        note = self.chance.choice(["enough", "no more", ""])
        if self.chance.random() < 0.5:
            await self.command(case, self.chance.choice([case.owner, "admin1"]), "cancel", {"note": note})
        else:
            step = self.chance.choice(list(APPROVERS))
            await self.command(case, APPROVERS[step], "reject", {"step": step, "note": note, "end": True})

    async def resolve(self, case: Case) -> None:
        await self.command(case, "admin1", "resolve_approvers", {})

    async def race(self, case: Case) -> None:
        """Several people at once, one of them the owner, who may not."""
        await asyncio.gather(
            self.command(case, "manager1", "approve", {"step": "manager"}),
            self.command(case, case.owner, "recall", {}),
            self.command(case, case.owner, "approve", {"step": "manager"}),
            self.command(case, "director1", "approve", {"step": "director"}),
        )

    async def repeat(self, case: Case) -> None:
        """Something that was asked before, under its own id, some time later or at once with itself."""
        calls = [call for call in case.commands if call.actor in PEOPLE]
        if not calls:
            return
        call = self.chance.choice(calls)
        await asyncio.gather(
            *(self.command(case, call.actor, call.action, {}, again=call) for _ in range(self.chance.randrange(1, 3)))
        )

    async def share_an_id(self, case: Case) -> None:
        """One command id for several things of several people: it can be only one of them."""
        command_id = str(uuid4())
        await asyncio.gather(
            self.command(case, "manager1", "approve", {"step": "manager"}, command_id=command_id),
            self.command(case, case.owner, "recall", {}, command_id=command_id),
            self.command(case, "admin1", "cancel", {"note": "no"}, command_id=command_id),
        )

    async def edit(self, case: Case, seen: Body | None = None) -> None:
        """Another quantity, of the version that was seen last."""
        seen = seen or await self.read(case, case.owner)
        if seen is None:
            return
        case.edits += 1
        said = {"edit": case.edits, "quantity": str(self.chance.randrange(1, 8)), "seen": seen["version"]}
        line = {**LINE, "id": seen["lines"][0]["id"], "quantity": said["quantity"]}
        body = {"purpose": f"edit {case.edits}", "lines": [line]}
        headers = {"If_Match": f'"{seen["version"]}"'}
        await self.ask(case.id, case.owner, "edit", "PATCH", body=body, said=said, headers=headers)

    async def edit_twice(self, case: Case) -> None:
        """Two edits at once of what was seen: one of them has not seen the other."""
        seen = await self.read(case, case.owner)
        if seen is not None:
            await asyncio.gather(self.edit(case, seen), self.edit(case, seen))

    async def complete(self, case: Case) -> None:
        """See it through to the last approval, as far as it goes."""
        for _ in range(6):
            seen = await self.read(case)
            if self.is_over() or seen is None:
                return
            step = seen["run"]["step"] if seen["run"] is not None else None
            if step is not None:
                await self.approve(case, step["key"])
            elif seen["process_status"] in ("not_sent", "returned") and not seen["send_pending"]:
                await self.send(case)
            else:
                return
