"""One store is restored and the other is not: every open request is decided, every unsent one sent, no number given twice.

There are two moments, before and after, with a copy of each store from both. The CRM database is its data directory, the
engine's store its file, copied while their servers are down, as an operator would. At the first moment there are requests
in every state; until the second something happens to most of them, and others are made. Each test puts one copy of each
store together. There are two requests of each kind: some tests go on with one at once, as people do who know nothing of a
restore, and with the other after the check.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.clients import ApiClient
from tests.faults.system import System, applied, check, eventually, settled

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]

BEFORE, AFTER, GONE = "before", "after", "gone"
AT_ONCE, CHECKED = "gone on with at once", "gone on with after the check"
HALVES = (AT_ONCE, CHECKED)
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
        await asyncio.gather(*(self.company.go_on(kind, half) for kind, half in known))

    async def all_is_well(self) -> None:
        """Every request has ended, in the CRM and in the engine; new ones get numbers that nobody had; nothing differs."""
        await settled(self.system)
        rows = await self.system.rows("SELECT id, process_status FROM purchase_requests")
        assert {row["process_status"] for row in rows} <= {"completed", "rejected"}
        await asyncio.gather(*(check(self.system, str(row["id"]), run_may_be_lost=True) for row in rows))
        new = [(await self.company.people["sales1"].create())["number"] for _ in range(3)]
        assert not set(new) & self.company.numbers
        code, of_requests, rest = await self.check()
        assert (code, of_requests) == (0, {}), rest
        assert rest.splitlines()[-1] == "Nothing differs."

    def by_number(self, expected: dict[str, str], *halves: str) -> dict[str, str]:
        """What is expected of requests by their kind, by their number."""
        return {self.company.made[kind, half]["number"]: said for kind, said in expected.items() for half in halves}


def assert_said(of_requests: dict[str, str], expected: dict[str, str]) -> None:
    """Exactly these requests are spoken of, and so."""
    assert of_requests.keys() == expected.keys()
    for number, said in expected.items():
        assert said in of_requests[number]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    system = System(tmp_path_factory.mktemp("restores"))
    stores = Stores(system, tmp_path_factory.mktemp("copies"))
    try:
        await system.prepare()
        async with system.http() as http:
            names = ("sales1", "manager1", "director1")
            company = Company({name: await ApiClient.signed_in(http, name) for name in names})
            await _live_until_before(system, company)
            await system.stop("api", "worker", "postgres")
            stores.keep(BEFORE)
            await system.start("postgres", "temporal", "worker", "api")
            await _live_until_after(system, company)
            await system.stop("api", "worker", "temporal", "postgres")
            stores.keep(AFTER)
            yield Installation(system, stores, company)
    finally:
        await system.end()


async def _live_until_before(system: System, company: Company) -> None:
    async def live(kind: str, half: str) -> None:
        await company.make(kind, half)
        await company.do(company.id_of(kind, half), *UNTIL_BEFORE[kind])

    await asyncio.gather(*(live(kind, half) for kind in UNTIL_BEFORE for half in HALVES))
    await system.stop("temporal")
    for kind, what in WHILE_THE_ENGINE_WAS_AWAY.items():
        for half in HALVES:
            await company.leave_waiting(company.id_of(kind, half), what)


async def _live_until_after(system: System, company: Company) -> None:
    async def live(kind: str, half: str) -> None:
        if kind not in UNTIL_BEFORE:
            await company.make(kind, half)
        await company.do(company.id_of(kind, half), *UNTIL_AFTER[kind])

    await settled(system)
    await asyncio.gather(*(live(kind, half) for kind in UNTIL_AFTER for half in HALVES))


NO_RUN = "the engine had no run of it. Its run was started."
NOT_THERE = "not in the CRM, and the engine had it"
AGAIN_A_DRAFT = "a draft in the CRM, and the engine had it"

NEWER_ENGINE = {
    "open, then approved": "the engine showed in progress at director, waiting on director1, the CRM has in progress at "
    "manager, waiting on manager1.",
    "open, then ended": "in progress in the CRM, and its run in the engine had ended as rejected",
    "open, then returned": "the engine showed returned, the CRM has in progress at manager, waiting on manager1.",
    "returned, then sent": "the engine showed in progress at manager, waiting on manager1, the CRM has returned.",
    "draft, then sent": f"{AGAIN_A_DRAFT} in progress",
    "draft, then completed": f"{AGAIN_A_DRAFT} completed",
    DELETED: f"{AGAIN_A_DRAFT} in progress",
    "new, open": f"{NOT_THERE} in progress",
    "new, ended": f"{NOT_THERE} rejected",
}
"""What the check says when the CRM is from before and the engine from after."""
NEWER_ENGINE_WHEN_GONE_ON_WITH = {
    "new, open": f"{NOT_THERE} in progress",
    "new, ended": f"{NOT_THERE} rejected",
    DELETED: f"{NOT_THERE} in progress",
}
OLDER_ENGINE = {
    "open, then approved": "the engine showed in progress at manager, waiting on manager1, the CRM has in progress at "
    "director, waiting on director1.",
    "open, then ended": "rejected in the CRM, and its run in the engine waited. The run was ended.",
    "open, then returned": "the engine showed in progress at manager, waiting on manager1, the CRM has returned.",
    "returned, then sent": "the engine showed returned, the CRM has in progress at manager, waiting on manager1.",
    "draft, then sent": NO_RUN,
    DELETED: NO_RUN,
    "send waits": NO_RUN,
    "resend waits": "the engine showed returned, the CRM has in progress at manager, waiting on manager1.",
    "approval waits": "the engine showed in progress at manager, waiting on manager1, the CRM has in progress at director",
    "new, open": NO_RUN,
}
"""What it says when the CRM is from after and the engine from before."""
OLDER_ENGINE_WHEN_GONE_ON_WITH = {"open, then ended": OLDER_ENGINE["open, then ended"]}
OPEN_BEFORE = (
    "open",
    "open, then approved",
    "open, then ended",
    "open, then returned",
    "returned",
    "returned, then sent",
)
OPEN_AFTER = (
    *(
        "open",
        "open, then approved",
        "open, then returned",
        "returned",
        "returned, then sent",
        "draft, then sent",
        DELETED,
    ),
    *("send waits", "resend waits", "approval waits", "new, open"),
)
GIVEN = {
    "send waits": "had no outcome. It was given to its run",
    "resend waits": "had no outcome. It was given to its run",
    "approval waits": "approve by manager1, taken at ",
}
"""What it says of what waited."""


async def test_the_crm_from_before_and_the_engine_from_after_go_on_without_a_check(installation: Installation) -> None:
    system = installation.system
    await installation.restore(crm=BEFORE, engine=AFTER)
    await system.start("worker", "api")
    await installation.go_on(AT_ONCE)
    await settled(system)
    await system.stop("api")

    code, of_requests, rest = await installation.check("--restored")

    assert_said(
        of_requests,
        installation.by_number(NEWER_ENGINE, CHECKED) | installation.by_number(NEWER_ENGINE_WHEN_GONE_ON_WITH, AT_ONCE),
    )
    assert "They are passed.\nNumbers up to" in rest
    assert code == 1  # people are to be told what is lost
    await system.start("api")
    await installation.go_on(CHECKED)
    await installation.all_is_well()


async def test_the_crm_from_before_and_the_engine_from_after_are_checked_before_people_come(
    installation: Installation,
) -> None:
    system = installation.system
    await installation.restore(crm=BEFORE, engine=AFTER)
    await system.start("worker")

    code, of_requests, rest = await installation.check("--restored")

    assert_said(of_requests, installation.by_number(NEWER_ENGINE | GIVEN, *HALVES))
    assert "They are passed.\nNumbers up to" in rest
    assert code == 1
    again, of_requests, _ = await installation.check("--restored")
    assert (again, of_requests) == (0, {})
    await system.start("api")
    await installation.go_on(*HALVES)
    await installation.all_is_well()


async def test_the_crm_from_after_and_the_engine_from_before(installation: Installation) -> None:
    """The worker is left running, with runs in memory that are ahead of the engine's."""
    system = installation.system
    await installation.restore(crm=AFTER, engine=BEFORE, running=("worker",))
    await system.start("worker", "api")
    await installation.go_on(AT_ONCE)
    await settled(system)

    code, of_requests, rest = await installation.check()

    assert_said(
        of_requests,
        installation.by_number(OLDER_ENGINE, CHECKED) | installation.by_number(OLDER_ENGINE_WHEN_GONE_ON_WITH, AT_ONCE),
    )
    assert code == 0, rest
    await installation.go_on(CHECKED)
    await installation.all_is_well()


async def test_the_crm_from_after_and_no_engine_store_any_more(installation: Installation) -> None:
    system = installation.system
    await installation.restore(crm=AFTER, engine=GONE)
    await system.start("worker", "api")
    await installation.go_on(AT_ONCE)
    await settled(system)

    code, of_requests, rest = await installation.check()

    assert_said(of_requests, installation.by_number(dict.fromkeys(OPEN_AFTER, NO_RUN), CHECKED))
    assert code == 0, rest
    await installation.go_on(CHECKED)
    await installation.all_is_well()


async def test_the_crm_from_before_and_no_engine_store_any_more(installation: Installation) -> None:
    system = installation.system
    await installation.restore(crm=BEFORE, engine=GONE)
    await system.start("worker")

    code, of_requests, rest = await installation.check("--restored")

    assert_said(of_requests, installation.by_number(dict.fromkeys(OPEN_BEFORE, NO_RUN) | GIVEN, *HALVES))
    assert code == 0, rest
    assert rest.startswith("Numbers up to")  # nobody can know how far they had come
    await system.start("api")
    await installation.go_on(*HALVES)
    await installation.all_is_well()


async def test_both_stores_from_before(installation: Installation) -> None:
    """Nothing differs but what waited; no worker runs yet when the check is run."""
    system = installation.system
    await installation.restore(crm=BEFORE, engine=BEFORE)

    code, of_requests, rest = await installation.check("--restored")

    assert_said(of_requests, installation.by_number(GIVEN, *HALVES))
    assert "No worker is running" in rest
    assert code == 1
    await system.start("worker")
    await settled(system)
    code, of_requests, rest = await installation.check("--restored")
    assert (code, of_requests) == (0, {}), rest
    await system.start("api")
    await installation.go_on(*HALVES)
    await installation.all_is_well()


async def test_a_check_without_an_engine_or_a_database_says_so(installation: Installation) -> None:
    system = installation.system
    await system.start("postgres")
    await system.stop("temporal")
    done = await system.crm("check")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The engine does not answer (")
    await system.stop("postgres")
    done = await system.crm("check")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The CRM database does not answer (")
