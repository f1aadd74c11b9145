"""A company with requests in every state, and copies of both stores from two moments of its life.

The CRM database is its data directory, the engine's store its file, copied while their servers are down, as an operator
would. At the first moment there are requests in every state; until the second something happens to most of them, and others
are made. There are two requests of each kind: with one people go on at once, with the other after the check.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.clients import ApiClient
from tests.faults.system import System, applied, eventually, settled
from tests.faults.whole import check_crm, check_engine, read

BEFORE, AFTER, GONE = "before", "after", "gone"
AT_ONCE, CHECKED = "gone on with at once", "gone on with after the check"
HALVES = (AT_ONCE, CHECKED)
AT_WORK = 6
"""Requests that something is done with at the same time."""
DELETED = "draft, then sent, and deleted once it is a draft again"

UNTIL_BEFORE = {
    "open": ("send",),
    "open, then approved": ("send",),
    "open, then ended": ("send",),
    "open, then returned": ("send",),
    "returned": ("send", "reject"),
    "returned, then sent": ("send", "reject"),
    "ended": ("send", "end"),
    "draft": (),
    "draft, then sent": (),
    "draft, then completed": (),
    DELETED: (),
    "send waits": (),
    "resend waits": ("send", "reject"),
    "approval waits": ("send",),
}
"""What was done to the requests that there are at the first moment."""
WHILE_THE_ENGINE_WAS_AWAY = {"send waits": "send", "resend waits": "send", "approval waits": "approve"}
"""What was taken just before that, and waits for the engine; until the second moment it is done."""
UNTIL_AFTER = {
    "open, then approved": ("approve",),
    "open, then ended": ("end",),
    "open, then returned": ("reject",),
    "returned, then sent": ("send",),
    "draft, then sent": ("send",),
    "draft, then completed": ("send", "approve", "approve as director"),
    DELETED: ("send",),
    "new, open": ("send",),
    "new, ended": ("send", "end"),
    "new draft": (),
}
"""What was done until the second moment; the new ones were made after the first. Nobody but its owner knows the new draft."""


DEEDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "send": ("sales1", "send", {}),
    "approve": ("manager1", "approve", {"step": "manager"}),
    "approve as director": ("director1", "approve", {"step": "director"}),
    "reject": ("manager1", "reject", {"step": "manager", "note": "xem lại"}),
    "end": ("manager1", "reject", {"step": "manager", "note": "không", "end": True}),
}
"""Who does what."""


@dataclass
class Company:
    """The people, and what they have made."""

    people: dict[str, ApiClient]
    made: dict[tuple[str, str], Any] = field(default_factory=dict)
    """Requests as they were saved, by kind and half."""

    async def make(self, kind: str, half: str) -> None:
        """Save a request."""
        self.made[kind, half] = await self.people["sales1"].create()

    def id_of(self, kind: str, half: str) -> str:
        return str(self.made[kind, half]["id"])

    @property
    def numbers(self) -> set[str]:
        """Every number that somebody has been given."""
        return {request["number"] for request in self.made.values()}

    async def do(self, request_id: str, *whats: str) -> None:
        """Do one thing after the other with a request, each of which is done at once or soon."""
        for what in whats:
            await self._taken(request_id, what, (200, 202))

    async def leave_waiting(self, request_id: str, what: str) -> None:
        """Do something while the engine is away."""
        await self._taken(request_id, what, (202,), wait=False)

    async def _taken(self, request_id: str, what: str, statuses: tuple[int, ...], *, wait: bool = True) -> None:
        who, action, body = DEEDS[what]
        command_id = str(uuid4())
        answer = await self.people[who].act(request_id, action, {**body, "command_id": command_id})
        assert answer.status_code in statuses, answer.text
        if wait and answer.status_code != 200:
            outcome = await applied(self.people[who], request_id, command_id)
            assert outcome["status"] == "applied", outcome

    async def go_on(self, kind: str, half: str) -> None:
        """Do with a request whatever comes next, until it has ended or is gone."""
        sales, request_id = self.people["sales1"], self.id_of(kind, half)
        path = f"/purchase-requests/{request_id}"

        async def has_ended() -> bool:
            answer = await sales.call("GET", path)
            if answer.status_code == 404:
                return True
            request = answer.json()
            match request["process_status"], request["run"] and request["run"]["step"]:
                case "completed" | "rejected", _:
                    return True
                case _ if request["send_pending"]:
                    return False
                case "not_sent", None if kind == DELETED:
                    assert (await sales.call("DELETE", path)).status_code == 204
                case "not_sent", None:
                    edit, version = {"purpose": "Sau khi khôi phục"}, f'"{request["version"]}"'
                    assert (await sales.call("PATCH", path, edit, If_Match=version)).status_code == 200
                    await self.do(request_id, "send")
                case "returned", None:
                    await self.do(request_id, "send")
                case "in_progress", {"key": "manager"}:
                    await self.do(request_id, "approve")
                case "in_progress", {"key": "director"}:
                    await self.do(request_id, "approve as director")
                case status, step:
                    raise AssertionError(f"nobody can go on with a request that is {status} at {step}")
            return False

        await eventually(has_ended)


class Stores:
    """Copies of the two stores from some moments. Their servers are down when they are copied."""

    def __init__(self, system: System, directory: Path) -> None:
        self._crm = system.postgres.data_directory
        self._engine = system.temporal.state_file
        self._directory = directory

    def keep(self, moment: str) -> None:
        """Copy both."""
        kept = self._directory / moment
        kept.mkdir()
        _copy([self._crm, *self._engine_files(self._engine.parent)], kept)

    def bring_back(self, crm: str, engine: str) -> None:
        """Put each to what it was at a moment."""
        shutil.rmtree(self._crm)
        for file in self._engine_files(self._engine.parent):
            file.unlink()
        _copy([self._directory / crm / self._crm.name], self._crm.parent)
        if engine != GONE:
            _copy(self._engine_files(self._directory / engine), self._engine.parent)

    def _engine_files(self, directory: Path) -> list[Path]:
        return [file for file in directory.glob(f"{self._engine.name}*") if file.suffix != ".log"]


def _copy(sources: Iterable[Path], directory: Path) -> None:
    """With owners and rights: PostgreSQL takes no directory of anybody else's."""
    subprocess.run(["cp", "-a", *map(str, sources), str(directory)], check=True)


@dataclass(frozen=True)
class Installation:
    """The whole system with copies of its stores from two moments."""

    system: System
    stores: Stores
    company: Company

    async def restore(self, *, crm: str, engine: str, running: tuple[str, ...] = ()) -> None:
        """Put the stores together and start them.

        Args:
            running: what is left running meanwhile, which an operator should stop.
        """
        await self.system.stop(*(part for part in ("api", "worker", "temporal", "postgres") if part not in running))
        await asyncio.to_thread(self.stores.bring_back, crm, engine)
        await self.system.start("postgres", "temporal")

    async def check(self, *arguments: str) -> tuple[int, dict[str, str], str]:
        """Run the check: its exit code, what it says of each request by number, and the rest of it."""
        done = await self.system.crm("check", *arguments)
        assert "Traceback" not in done.stderr, done.stderr
        lines = [line for line in done.stdout.splitlines() if not line.startswith("  > ")]
        of_requests = {line.split()[0]: line for line in lines if line.startswith("YCMH-")}
        rest = [line for line in lines if not line.startswith("YCMH-")]
        assert len(of_requests) + len(rest) == len(lines), "something is said twice of a request"
        return done.returncode, of_requests, "\n".join(rest)

    async def go_on(self, *halves: str) -> None:
        """Go on with every request that somebody knows of."""
        known = [(kind, half) for kind, half in self.company.made if half in halves]
        await few_at_once(self.company.go_on(kind, half) for kind, half in known)

    async def all_is_well(self) -> None:
        """Every request has ended, in the CRM and in the engine; new ones get numbers that nobody had; nothing differs."""
        await settled(self.system)
        rows = await self.system.rows("SELECT id, process_status FROM purchase_requests")
        assert {row["process_status"] for row in rows} <= {"completed", "rejected"}
        found = await read(self.system, [row["id"] for row in rows])
        for whole in found.values():
            check_crm(whole)
        await check_engine(self.system, found.values(), run_may_be_lost=True)
        new = [(await self.company.people["sales1"].create())["number"] for _ in range(3)]
        assert not set(new) & self.company.numbers
        code, of_requests, rest = await self.check()
        assert (code, of_requests) == (0, {}), rest
        assert rest.splitlines()[-1] == "Nothing differs."

    def by_number(self, expected: dict[str, str], *halves: str) -> dict[str, str]:
        """What is expected of requests by their kind, by their number."""
        return {self.company.made[kind, half]["number"]: said for kind, said in expected.items() for half in halves}


async def few_at_once(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do it all, no more at once than the machine does in time: else everybody asks again and again whether it is done."""
    free = asyncio.Semaphore(AT_WORK)

    async def one(work: Coroutine[Any, Any, None]) -> None:
        async with free:
            await work

    async with asyncio.TaskGroup() as tasks:
        for work in works:
            tasks.create_task(one(work))


async def live_until_before(system: System, company: Company) -> None:
    """What happens until the first moment; the engine is down then."""

    async def live(kind: str, half: str) -> None:
        await company.make(kind, half)
        await company.do(company.id_of(kind, half), *UNTIL_BEFORE[kind])

    await few_at_once(live(kind, half) for kind in UNTIL_BEFORE for half in HALVES)
    await system.stop("temporal")
    left = ((company.id_of(kind, half), what) for kind, what in WHILE_THE_ENGINE_WAS_AWAY.items() for half in HALVES)
    await few_at_once(company.leave_waiting(request_id, what) for request_id, what in left)


async def live_until_after(system: System, company: Company) -> None:
    """What happens until the second."""

    async def live(kind: str, half: str) -> None:
        if kind not in UNTIL_BEFORE:
            await company.make(kind, half)
        await company.do(company.id_of(kind, half), *UNTIL_AFTER[kind])

    await settled(system)
    await few_at_once(live(kind, half) for kind in UNTIL_AFTER for half in HALVES)
