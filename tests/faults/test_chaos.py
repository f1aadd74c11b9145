"""Everything is killed, frozen, filled up and restored at random while many people work; every answer was true all the same.

``make test`` plays one round of three minutes; ``make chaos MINUTES=60`` some twenty. The seed decides who does what, what is done
to the system, and in which order; how they meet is the machine's affair, so that a seed comes close to a round and no more.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from tests.faults.chaos.closing import check_inboxes, close_all, look_up_all
from tests.faults.chaos.desk import Desk, open_desk
from tests.faults.chaos.history import History
from tests.faults.chaos.judge import Judge
from tests.faults.chaos.nemesis import Nemesis
from tests.faults.chaos.outsiders import Outsider
from tests.faults.chaos.people import Case, Clerk
from tests.faults.system import System, pending, settled
from tests.faults.whole import Whole, engine_problems, read

MINUTES = float(os.environ.get("CHAOS_MINUTES") or 3)
SEED = int(os.environ.get("SEED") or 20261124)
ROUNDS = max(1, round(MINUTES / 3))
ROUND_SECONDS = MINUTES * 60 / ROUNDS
AFTERWARDS = 400
"""Seconds that a round may take besides: to come to rest, to end what is open, to look at everything."""

CLERKS = 6
OUTSIDERS = 2
TOLD_EVERY = 5.0
MOST_STORIES = 3

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(120 + ROUNDS * (ROUND_SECONDS + AFTERWARDS)),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system(request: pytest.FixtureRequest) -> AsyncIterator[System]:
    """A system of the test's own, with spares, its stores on disks that can be filled. Its logs are kept if it fails."""
    directory = Path(tempfile.mkdtemp(prefix="chaos-"))
    failed = request.session.testsfailed
    system = System(directory, spares=True, disks=True)
    try:
        await system.prepare()
        yield system
    finally:
        await system.end()
        if request.session.testsfailed == failed:
            shutil.rmtree(directory)


async def test_whatever_is_done_to_it_every_answer_was_true_and_every_request_is_whole(system: System) -> None:
    for number in range(ROUNDS):
        seed = SEED + number
        _tell(f"Round {number + 1} of {ROUNDS}. {_again(system, seed)}")
        try:
            await play(system, seed, ROUND_SECONDS)
        except Exception as error:
            error.add_note(_again(system, seed))
            raise


async def play(system: System, seed: int, seconds: float) -> None:
    """One round: work and faults, then rest, then a look at everything, before and after all that is open is ended."""
    chance, history, problems = random.Random(seed), History(), list[tuple[str, str]]()
    nemesis = Nemesis(system, random.Random(chance.random()), history)
    try:
        async with open_desk(system, history, random.Random(chance.random())) as desk:
            await _work(desk, nemesis, chance, seconds)
            await nemesis.mend()
            _tell(f"everything is up: {_counts(history)}")
            problems += await _rest(system)
            history.note(f"the check says: {(await system.crm('check')).stdout}")
            found = await _judge(system, history, problems)
            problems += await check_inboxes(desk, found)
            problems += await look_up_all(desk, random.Random(chance.random()), Judge(history, found).owed())
            still_open = [str(key) for key, whole in found.items() if not whole.ended]
            problems += await close_all(desk, random.Random(chance.random()), still_open)
            problems += await _rest(system)
            found = await _judge(system, history, problems)
            problems += [("", said) for said in [(await system.crm("check")).stdout] if "Nothing differs." not in said]
            _tell(
                f"{len(found)} requests, {len(still_open)} of them were open; {len(problems)} problems; {_counts(history)}"
            )
    finally:
        history.write(system.directory / f"history-{seed}.jsonl")
    assert history.calls
    _require_none(problems, history, system, seed)


async def _judge(system: System, history: History, problems: list[tuple[str, str]]) -> dict[UUID, Whole]:
    """Look at everything; what is wrong is added to the problems."""
    found = await read(system, _made(history))
    problems += Judge(history, found).problems()
    of_runs = await engine_problems(system, found.values(), run_may_be_lost=True)
    problems += [(str(request_id), f"the engine has it otherwise: {error!r}") for request_id, error in of_runs.items()]
    return found


async def _rest(system: System) -> list[tuple[str, str]]:
    """Wait until nothing is on its way; what still is after a long time."""
    with suppress(AssertionError):
        await settled(system)
    left = await pending(system)
    return [(str(command["request_id"]), f"it was taken, and waits: {dict(command)}") for command in left]


async def _work(desk: Desk, nemesis: Nemesis, chance: random.Random, seconds: float) -> None:
    cases: list[Case] = []
    kinds = [Clerk] * CLERKS + [Outsider] * OUTSIDERS
    people = [
        kind(f"{kind.__name__.lower()} {place}", desk, random.Random(chance.random()), cases, seconds)
        for place, kind in enumerate(kinds)
    ]
    telling = asyncio.create_task(_progress(desk.history))
    try:
        async with asyncio.TaskGroup() as group:
            for work in (nemesis.play(seconds), *(one.work() for one in people)):
                group.create_task(work)
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling


async def _progress(history: History) -> None:
    while True:
        await asyncio.sleep(TOLD_EVERY)
        latest = history.done_to_it[-1][1] if history.done_to_it else ""
        _tell(f"[{history.now:4.0f} s] {_counts(history)}; {latest}")


def _made(history: History) -> list[UUID]:
    """Every request that somebody heard of."""
    return list({UUID(call.request_id) for call in history.calls if call.request_id is not None})


def _require_none(problems: list[tuple[str, str]], history: History, system: System, seed: int) -> None:
    if not problems:
        return
    lines = [f"{len(problems)} problems. {_again(system, seed)}"]
    for request_id, problem in problems[:MOST_STORIES]:
        lines += ["", f"=== {request_id}: {problem}", history.story(request_id)]
    lines += [f"{request_id}: {problem.splitlines()[0]}" for request_id, problem in problems[MOST_STORIES:][:50]]
    pytest.fail("\n".join(lines), pytrace=False)


def _again(system: System, seed: int) -> str:
    """How to play a round again, and where it is written down."""
    again = f"make chaos MINUTES={ROUND_SECONDS / 60:g} SEED={seed}"
    return f"To play it again: {again}. Logs and the history of all calls are in {system.directory}."


def _counts(history: History) -> str:
    return ", ".join(f"{number} {result}" for result, number in history.counts().items())


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
