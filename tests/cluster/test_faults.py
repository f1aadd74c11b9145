"""One of two of each role is killed and frozen, then all are restarted one after the other, then both of each role, PostgreSQL and the
balancer are killed and frozen, while people work at 25 actions a second: every answer was true.

``make cluster-test`` runs it; it builds Temporal the first time, and needs Go and HAProxy.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.clients import ApiClient
from tests.cluster.load import TIRED_AFTER, Office, Window, seen, table
from tests.cluster.running import POSTGRES, READY_SECONDS, RunningCluster
from tests.embedded.running import eventually, gone
from tests.faults.chaos.desk import Desk
from tests.faults.chaos.history import History
from tests.faults.chaos.judge import Judge
from tests.faults.system import pending, settled
from tests.faults.whole import engine_problems, read

PER_SECOND: Final = float(os.environ.get("ACTIONS") or 25)
ANSWER_SECONDS: Final = 70.0
"""Longer than the balancer waits for an API, so that it is the balancer that gives up."""

FROZEN_SECONDS: Final = 8.0
AFTERWARDS: Final = 6.0
"""Seconds that belong to a fault after it is over: what waited for it is done then."""

PATIENT_FOR: Final = 300.0
"""Seconds after which nobody asks again, where nobody can answer: longer than all of a role take to come back."""

ROLES: Final = {
    "api": "API",
    "worker": "worker",
    "temporal-frontend": "Temporal frontend",
    "temporal-history": "Temporal history",
    "temporal-matching": "Temporal matching",
    "temporal-worker": "Temporal worker",
}
"""Names of processes by their files, without their numbers: there are two of each."""
ALONE: Final = {POSTGRES: "PostgreSQL", "balancer": "balancer"}
"""Those of which there is one."""
DEPLOYED: Final = ("temporal-worker", "temporal-matching", "temporal-history", "temporal-frontend", "worker", "api")
"""The order of a deploy: workers before APIs, and the engine before both."""

NO_LIMITS: Final = {
    "RATE_LIMIT_PER_MINUTE": "1000000",
    "READ_LIMIT_PER_MINUTE": "1000000",
    "CALLS_AT_ONCE": "1000",
    "TURN_SECONDS": "0",
    "RECONCILE_MINUTES": "0",
}
"""Few users make the load of many; and what the reconciler heals would hide what is healed by itself."""

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(
        "CLUSTER_TEST" not in os.environ, reason="make cluster-test runs it: it builds Temporal with Go"
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cluster(request: pytest.FixtureRequest) -> AsyncIterator[RunningCluster]:
    """Two of everything. Its logs are kept if a test fails."""
    directory = Path(tempfile.mkdtemp(prefix="cluster-"))
    failed = request.session.testsfailed
    cluster = RunningCluster(directory / "data", 2, **NO_LIMITS)
    try:
        await asyncio.to_thread(cluster.wait_for, "Ctrl-C", READY_SECONDS)
        yield cluster
    finally:
        cluster.close()
        if request.session.testsfailed == failed:
            shutil.rmtree(directory)


@asynccontextmanager
async def open_desk(cluster: RunningCluster, history: History) -> AsyncIterator[Desk]:
    """A desk at the balancer, with everybody signed in."""
    limits = httpx.Limits(max_connections=500)  # everybody who waits while nobody can answer
    async with httpx.AsyncClient(
        base_url=cluster.api_url, timeout=ANSWER_SECONDS, limits=limits, trust_env=False
    ) as http:
        people = ("sales1", "sales2", "manager1", "director1", "admin1")
        tokens = {username: (await ApiClient.signed_in(http, username)).token for username in people}
        engine = await Client.connect(cluster.engine_address, data_converter=pydantic_data_converter, lazy=True)
        yield Desk(history, [http], tokens, engine, random.Random(0))


class Record:
    """What is done to the cluster, and when."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.windows: list[Window] = []

    async def during(self, what: str, fault: Awaitable[None]) -> Window:
        """Have something happen, and a little time after it."""
        began = self._history.now
        self._history.note(what)
        await fault
        await asyncio.sleep(AFTERWARDS)
        self.windows.append(Window(what, began, self._history.now))
        print(table(self._history, self.windows[-1:]).splitlines()[-1], file=sys.stderr, flush=True)
        return self.windows[-1]


@contextmanager
def written_down(history: History, path: Path) -> Iterator[None]:
    """Keeps the history of all calls, whatever comes of it."""
    try:
        yield
    finally:
        history.write(path)


def numbered(role: str, *numbers: int) -> dict[str, str]:
    """Processes of a role: names by files."""
    return {f"{role}-{number}": f"{ROLES[role]} {number}" for number in numbers}


@asynccontextmanager
async def at_work(
    cluster: RunningCluster, name: str, tired_after: float = TIRED_AFTER
) -> AsyncIterator[tuple[History, Record]]:
    """People at work, until what is done to the cluster is over and all that they began is seen through; then every answer is checked."""
    history = History()
    record, over = Record(history), asyncio.Event()
    with written_down(history, cluster.data_directory / f"{name}.jsonl"):
        async with open_desk(cluster, history) as desk, asyncio.TaskGroup() as group:
            group.create_task(Office(name, desk, PER_SECOND, tired_after).work(over))
            await record.during("nothing", asyncio.sleep(10))
            yield history, record
            over.set()
        await settled(cluster)
        problems = await _problems(cluster, history, name)
    print(f"\n{table(history, record.windows)}\n{history.counts()}", file=sys.stderr, flush=True)
    assert len([call for call in history.calls if call.action == "make" and call.done]) > 100
    assert not problems, "\n".join(f"{request_id}: {problem}" for request_id, problem in problems[:20])


def assert_nobody_saw_an_error(history: History, windows: list[Window]) -> None:
    errors = {window.what: seen(history, window).errors for window in windows}
    assert not any(errors.values()), errors


async def test_one_of_two_of_each_role_may_die_or_hang_and_nothing_is_lost_or_done_twice(
    cluster: RunningCluster,
) -> None:
    async with at_work(cluster, "one") as (history, record):
        killed = []
        for role, name in ROLES.items():
            one = numbered(role, 1)
            killed.append(await record.during(f"kill -9 {name} 1", cluster.kill(one)))
            await cluster.balanced()
            await record.during(f"freeze {name} 1 for {FROZEN_SECONDS:.0f} s", cluster.freeze(one, FROZEN_SECONDS))
            await cluster.balanced()
    assert_nobody_saw_an_error(history, killed)


async def test_nobody_sees_a_rolling_restart_of_everything(cluster: RunningCluster) -> None:
    async with at_work(cluster, "rolling") as (history, record):
        restarted = []
        for role in DEPLOYED:
            for number in (1, 2):
                one = numbered(role, number)
                restarted.append(await record.during(f"restart {ROLES[role]} {number}", cluster.restart(one)))
                await cluster.balanced()
    assert_nobody_saw_an_error(history, restarted)


async def test_both_of_each_role_postgresql_and_the_balancer_may_die_or_hang_and_nothing_is_lost_or_done_twice(
    cluster: RunningCluster,
) -> None:
    both = {f"both of {name}": numbered(role, 1, 2) for role, name in ROLES.items()}
    alone = {name: {file: name} for file, name in ALONE.items()}
    async with at_work(cluster, "both", PATIENT_FOR) as (_, record):
        for what, parts in {**both, **alone}.items():
            await record.during(f"kill -9 {what}", cluster.kill(parts))
            await cluster.balanced()
            await record.during(f"freeze {what} for {FROZEN_SECONDS:.0f} s", cluster.freeze(parts, FROZEN_SECONDS))
            await cluster.balanced()


async def _problems(cluster: RunningCluster, history: History, name: str) -> list[tuple[str, str]]:
    """Everything that is wrong now that nothing is on its way: by the answers, by the CRM, by the engine."""
    made = {UUID(call.request_id) for call in history.calls if call.request_id is not None}
    there = await cluster.rows("SELECT id FROM purchase_requests WHERE description LIKE $1", f"{name} %")
    found = await read(cluster, made | {row["id"] for row in there})
    problems = list(Judge(history, found).problems())
    problems += [(str(row["request_id"]), "it was taken, and waits") for row in await pending(cluster)]
    of_runs = await engine_problems(cluster, found.values())
    problems += [(str(key), f"the engine has it otherwise: {error!r}") for key, error in of_runs.items()]
    unfinished = [key for key, whole in found.items() if whole.request["process_status"] != "completed"]
    return problems + [(str(key), "it was seen through, and is not completed") for key in unfinished]


def test_it_leaves_no_process_behind_and_starts_again_with_what_it_had(cluster: RunningCluster) -> None:
    processes = {file: cluster.part(file) for file in cluster.files}
    assert len(processes) >= 2 * 4 + 2 + 2 + 3
    with httpx.Client(base_url=cluster.api_url, trust_env=False) as http:
        before = http.get("/api/v1/openapi.json").status_code
    assert cluster.stop() == 0
    assert gone(processes)
    assert eventually(lambda: not list((cluster.data_directory / "run").glob("*.pid")))
    again = RunningCluster(cluster.data_directory, 2, **NO_LIMITS)
    try:
        again.wait_for("Ctrl-C", 300)
        with httpx.Client(base_url=again.api_url, trust_env=False) as http:
            assert http.get("/api/v1/openapi.json").status_code == before == 200
            token = http.post("/api/v1/demo/token", json={"username": "sales1"}).json()["access_token"]
            requests = http.get("/api/v1/purchase-requests", headers={"Authorization": f"Bearer {token}"}).json()
            assert requests["items"]
    finally:
        again.close()
