"""Those whom the system does not know as people: the purchasing system, signals past the API, and who looks at everything."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from tests.faults.chaos.desk import Desk
from tests.faults.chaos.people import Case, Clerk

BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES: Final = ("quoting", "ordered", "partially_received", "received")


class Outsider(Clerk):
    """Somebody who works on everybody's requests: reports goods, signals runs, reads, decides what others work on."""

    def __init__(self, name: str, desk: Desk, chance: random.Random, cases: list[Case], until: float) -> None:
        super().__init__(name, desk, chance, cases, until)
        outside: dict[Callable[[Case], Awaitable[object]], int] = {
            self.look: 4, self.approve: 1, self.repeat: 2, self.signal: 4, self.malformed: 4, self.report: 6,
            self.report_again: 3, self.look_at_lists: 1,
        }  # fmt: skip
        self.steps = outside

    async def work(self) -> None:
        """See ``Clerk``; of the newest cases one by chance."""
        while not self.is_over():
            await asyncio.sleep(self.chance.uniform(0.0, 0.2))
            if self.cases:
                step = self.chance.choices(list(self.steps), list(self.steps.values()))[0]
                await step(self.chance.choice(self.cases[-30:]))

    async def look_at_lists(self, _case: Case) -> None:
        """A list, which must not fail whatever else is going on."""
        call = self.desk.history.call(self.name, "manager1", "list")
        await self.desk.ask(call, "GET", self.chance.choice(["/inbox", "/purchase-requests?limit=20"]))

    async def signal(self, case: Case) -> None:
        """A decision straight to the engine, as from its command line; sometimes by who may not."""
        wishes: list[tuple[str, str, dict[str, Any]]] = [
            ("manager1", "approve", {"step": "manager"}),
            ("director1", "approve", {"step": "director"}),
            ("manager1", "reject", {"step": "manager", "note": "by signal"}),
            ("director1", "reject", {"step": "director", "note": "by signal", "end": True}),
            (case.owner, "recall", {}),
            (case.owner, "approve", {"step": "manager"}),
            ("manager2", "approve", {"step": "manager"}),
            ("nobody", "cancel", {"note": "by signal"}),
        ]
        actor, action, said = self.chance.choice(wishes)
        command_id = str(uuid4())
        call = self.desk.history.call(self.name, actor, action, case.id, command_id=command_id, said=said, signal=True)
        case.commands.append(call)
        await self.desk.signal(call, {"command_id": command_id, "actor": actor, **said})
        if self.chance.random() < 0.5:
            await self.follow(call)

    async def malformed(self, case: Case) -> None:
        """Whatever a signal can carry: each is refused, and none holds up the run."""
        command_id = str(uuid4())
        known = {"command_id": command_id, "actor": "manager1", "step": "manager"}
        name, arguments = self.chance.choice(self._wrong(known))
        of_known = (
            arguments[:1] != [] and isinstance(arguments[0], dict) and arguments[0].get("command_id") == command_id
        )
        call = self.desk.history.call(
            self.name,
            "manager1",
            name,
            case.id,
            command_id=command_id if of_known and len(arguments) == 1 else None,
            said={"malformed": True},
            signal=True,
        )
        await self.desk.signal(call, *arguments)

    @staticmethod
    def _wrong(known: dict[str, Any]) -> list[tuple[str, list[Any]]]:
        return [
            ("approve", []),
            ("approve", ["approved!"]),
            ("approve", [known, known]),
            ("approve", [[known]]),
            ("approve", [{"actor": "manager1"}]),
            ("approve", [{**known, "actor": 7}]),
            ("approve", [{**known, "actor": "manager1\0"}]),
            ("approve", [{**known, "amount": 1}]),
            ("approve", [{**known, "changes": [1] * 20_000}]),
            ("approve", [{**known, "note": "x" * 1_200_000}]),
            ("reject", [{**known, "end": "yes", "note": "no"}]),
            ("approve_all", [known]),
            ("send", [{"command_id": 1}]),
            ("cancel", [{**known, "step": None}]),
        ]

    async def report(self, case: Case) -> None:
        """Goods have come, or purchasing says how far it is; often too early, and in no order."""
        number = len(case.reports)
        event: dict[str, Any] = {
            "event_id": f"{case.id}/{number}",
            "occurred_at": (BEGINNING + timedelta(minutes=self.chance.randrange(10_000))).isoformat(),
            "request_number": case.number,
        }
        if self.chance.random() < 0.6:
            event["purchase_status"] = self.chance.choice(STATUSES)
        if "purchase_status" not in event or self.chance.random() < 0.5:
            event["lines"] = [{"product_code": "LT-T14", "quantity_received": str(self.chance.randrange(0, 9))}]
        call = self.desk.history.call(self.name, "purchasing1", "event", case.id, said=event)
        case.reports.append(call)
        tries = self.chance.randrange(1, 4)
        headers = {"Idempotency_Key": event["event_id"]} if number % 3 == 0 else {}
        await self.desk.insist(call, "POST", "/purchasing/events", event, tries=tries, **headers)

    async def report_again(self, case: Case) -> None:
        """The same report again; or another one under its id, which is refused."""
        if not case.reports:
            return
        call = self.chance.choice(case.reports)
        said = call.said
        if self.chance.random() < 0.3:
            said = {**said, "lines": [{"product_code": "LT-T14", "quantity_received": "77"}]}
            call = self.desk.history.call(self.name, "purchasing1", "event", case.id, said=said)
        await self.desk.ask(call, "POST", "/purchasing/events", said)
