"""The check: batch after batch it compares the CRM with the engine, mends what differs, and says what it found.

It may be run at any time. What is listed or read may be over a moment later, so nothing is done on one look: a request is
looked at, then its run, then the request again, and only what differs both times is mended. Memory holds a batch at a time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Final, TypeVar
from uuid import UUID

from application.checking.asking import ask_again
from application.checking.commands import give_again
from application.checking.differences import OF_RUNS, Difference, difference, shows_what_it_should
from application.checking.findings import Finding, Kind
from application.checking.mending import Case, Suspect, is_noted, mend
from application.checking.numbers import Known, pass_numbers
from application.delivery.engine import Engine, EngineRun, EngineUnavailableError
from approval.model import ProcessStatus
from crm import checking, sessions
from crm.checking import Standing
from crm.pool import Pool

BATCH: Final = 200
"""Requests that are compared at once."""
AT_ONCE: Final = 10
"""Calls to the engine at once: it has others to serve."""
STUCK_AFTER: Final = 5
"""Tries after which what a run does is said to fail again and again."""
LONG_AGO_SECONDS: Final = 120.0
"""Age at which a command without an outcome is given to its run again while everything runs: the relay has tried by then."""
LOOK_AGAIN_SECONDS: Final = 0.2
WORKER_SECONDS: Final = 5.0

_FIRST: Final = UUID(int=0)

Thing = TypeVar("Thing")
Result = TypeVar("Result")


async def _go_on() -> None:
    """Nothing keeps it."""


class Check:
    """One check of a CRM and its engine.

    Args:
        pool: the CRM database.
        engine: Temporal.
        year: the one in which request numbers are given now.
        patience_seconds: how long is waited while none of the runs does what it was asked to.
        progress: awaited after each batch.
    """

    def __init__(
        self,
        pool: Pool,
        engine: Engine,
        *,
        year: int,
        patience_seconds: float = 30,
        progress: Callable[[], Awaitable[None]] = _go_on,
    ) -> None:
        self.compared: Counter[str] = Counter()
        """How many ``requests`` and ``runs`` were looked at."""
        self._pool = pool
        self._engine = engine
        self._year = year
        self._patience = patience_seconds
        self._progress = progress
        self._left_alone: tuple[Difference, ...] = ()
        self._free = asyncio.Semaphore(AT_ONCE)

    async def everything(self, *, margin: int | None = None) -> AsyncIterator[Finding]:
        """Compare all there is.

        Args:
            margin: see ``pass_numbers``. Where numbers are left out, this is the first check since the CRM was restored, and
                the rest of what a restore asks for is done, too.

        Raises:
            EngineUnavailableError: the engine is away, or went away; what was done until then stays.
            OSError, asyncpg.PostgresError: the same of the database.
        """
        if lacking := await self._engine.lacks():
            yield Finding(kind=Kind.LACKS, facts={"missing": ", ".join(lacking)})
            return
        works = await self._finds_a_worker()
        if not works:
            self._patience = 0
        known = Known()
        parts = (
            give_again(self._pool, self._engine, patience_seconds=self._patience),
            self.open_requests(),
            self.runs(known),
            pass_numbers(self._pool, known, year=self._year, margin=margin),
        )
        is_first = False
        for part in parts:
            async for finding in part:
                is_first |= finding.kind is Kind.NUMBERS_LEFT_OUT
                yield finding
        if is_first:
            async for finding in self._after_a_restore():
                yield finding
        if not works:
            yield Finding(kind=Kind.NO_WORKER)

    async def lately(self, *more: AsyncIterator[Finding]) -> AsyncIterator[Finding]:
        """Compare what can come to differ while everything runs; cheap enough to be done all the time. Only what is open is looked
        at, and of that a run only where the engine does not list it as the CRM has it. What a restore has lost is left to
        ``everything``: it is said once, to whoever has restored.

        Args:
            more: what else is to be compared.

        Raises:
            EngineUnavailableError, OSError, asyncpg.PostgresError: as of ``everything``.
        """
        if lacking := await self._engine.lacks():
            yield Finding(kind=Kind.LACKS, facts={"missing": ", ".join(lacking)})
            return
        self._patience = 0
        self._left_alone = (Difference.SEND_LOST, Difference.REQUEST_LOST)
        listed: dict[UUID, EngineRun] = {}
        for part in (
            give_again(self._pool, self._engine, patience_seconds=0, older_than_seconds=LONG_AGO_SECONDS),
            self.runs(Known(), open_only=True, listed=listed),
            self.open_requests(listed),
            *more,
        ):
            async for finding in part:
                yield finding

    async def _finds_a_worker(self) -> bool:
        """Whether a worker takes runs; one that has just been started is given the time to ask for work."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + WORKER_SECONDS
        while "worker" in await self._engine.missing():
            if loop.time() > deadline:
                return False
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return True

    async def open_requests(self, listed: Mapping[UUID, EngineRun] | None = None) -> AsyncIterator[Finding]:
        """See that every open request has a run that shows where it stands, and that its open steps ask somebody.

        Args:
            listed: the open runs that the engine lists; of a request whose run shows what it should, no more is asked.
                None: every run is looked at.
        """
        async for batch in self._open_requests():
            standings = await checking.standings(self._pool, batch)
            empty = [one for one in standings.values() if any(not step.assignments for step in one.open_steps)]
            asked = await self._each(empty, lambda standing: ask_again(self._pool, self._engine, standing))
            for finding in filter(None, asked):
                yield finding
            being_asked = {
                one.id
                for one, finding in zip(empty, asked, strict=True)
                if finding is not None and finding.kind is Kind.ASKED_AGAIN
            }
            suspects = [
                Suspect(id=one, standing=standing)
                for one, standing in standings.items()
                if one not in being_asked and not _is_listed_as_it_should(listed, standing)
            ]
            async for finding in self._compare(suspects):
                yield finding
            self.compared["requests"] += len(standings)
            await self._progress()

    async def runs(
        self, known: Known, *, open_only: bool = False, listed: dict[UUID, EngineRun] | None = None
    ) -> AsyncIterator[Finding]:
        """See that every run of the engine is of a request that the CRM holds open.

        Args:
            known: takes note of their numbers.
            open_only: whether those that have ended are left out.
            listed: takes note of the open ones.
        """
        async for some in self._engine.list_runs(open_only=open_only):
            known.add(run.number for run in some)
            if listed is not None:
                listed.update((run.request_id, run) for run in some if run.open)
            standings = await checking.standings(self._pool, {run.request_id for run in some})
            maybe = [run for run in some if _may_differ(standings.get(run.request_id), run)]
            noted = await checking.noted_lost(self._pool, {run.request_id for run in maybe})
            suspects = {
                run.request_id: Suspect(id=run.request_id, standing=standings.get(run.request_id), run_id=run.id)
                for run in sorted(maybe, key=lambda run: run.open)
                if run.open or not is_noted(run, noted)
            }
            async for finding in self._compare(list(suspects.values())):
                yield finding
            self.compared["runs"] += len(some)
            await self._progress()

    async def _after_a_restore(self) -> AsyncIterator[Finding]:
        """What cannot be seen to differ: runs of another round of the same step, with another deadline, and sessions of the
        pages that somebody had signed out of since the backup.
        """
        looked = 0
        async for batch in self._open_requests():
            await self._each(batch, self._engine.have_look)
            looked += len(batch)
        if looked:
            yield Finding(kind=Kind.LOOKED, facts={"count": f"{looked:,}"})
        if ended := await sessions.end_everybodys(self._pool):
            yield Finding(kind=Kind.SESSIONS_ENDED, facts={"count": f"{ended:,}"})

    async def _open_requests(self) -> AsyncIterator[list[UUID]]:
        """Every open request, a batch at a time."""
        for status in (ProcessStatus.IN_PROGRESS, ProcessStatus.RETURNED):
            after = _FIRST
            while batch := await checking.of_status(self._pool, status, after=after, limit=BATCH):
                yield batch
                after = batch[-1]

    async def _compare(self, suspects: list[Suspect]) -> AsyncIterator[Finding]:
        """Look at the runs of requests, mend what differs, and see that it was done."""
        looked = await self._each(suspects, self._look_at)
        for finding in (one for one in looked if isinstance(one, Finding)):
            yield finding
        cases = [one for one in looked if isinstance(one, Case) and one.what not in self._left_alone]
        again = await checking.standings(self._pool, [case.id for case in cases if case.what is not None])
        sure = [case for case in cases if case.what is not None and again.get(case.id) == case.standing]
        mended = await self._each(sure, self._mend)
        for finding in (one for found in mended if isinstance(found, list) for one in found):
            yield finding
        for error in (one for one in mended if isinstance(one, EngineUnavailableError)):
            raise error
        stuck = [case for case in cases if case.is_busy and case.run is not None and case.run.attempts >= STUCK_AFTER]
        async for finding in self._not_yet([case for case in sure if case.works] + stuck):
            yield finding

    async def _mend(self, case: Case) -> list[Finding] | EngineUnavailableError:
        """What ``mend`` says; or that the engine is away, which it may not have been for others."""
        try:
            return await mend(self._pool, self._engine, case)
        except EngineUnavailableError as error:
            return error

    async def _look_at(self, suspect: Suspect) -> Case | Finding | None:
        """The run of a request beside it; a finding: the engine does not say; None: there is no such run any more."""
        try:
            run = await self._engine.find_run(suspect.id, suspect.run_id)
        except EngineUnavailableError as error:
            if not await self._engine.is_ready():
                raise
            return Case(**dict(suspect), run=None, what=None).finding(Kind.NOT_TAKEN, error=str(error))
        if suspect.run_id is not None and run is None:
            return None
        return Case(**dict(suspect), run=run, what=difference(suspect.standing, run))

    async def _not_yet(self, cases: list[Case]) -> AsyncIterator[Finding]:
        """Those of some requests whose runs have not done what they have to after a while."""
        left, loop = cases, asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while left and loop.time() < deadline:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            standings = await checking.standings(self._pool, [case.id for case in left])
            suspects = [Suspect(id=case.id, standing=standings.get(case.id)) for case in left]
            looked = await self._each(suspects, self._look_at)
            before, left = left, [one for one in looked if isinstance(one, Case) and one.works]
            if len(left) < len(before):
                deadline = loop.time() + self._patience
        if not self._patience:
            left = [case for case in left if case.run is not None and case.run.attempts >= STUCK_AFTER]
        if not left:
            return
        for case in left:
            attempts = case.run.attempts if case.run is not None else 0
            if attempts >= STUCK_AFTER:
                yield case.finding(Kind.STUCK, attempts=str(attempts))
            else:
                yield case.finding(Kind.NOT_YET, seconds=f"{self._patience:g}")
        self._patience = 0  # the next ones would keep it waiting as long, batch after batch

    async def _each(self, things: Iterable[Thing], do: Callable[[Thing], Awaitable[Result]]) -> list[Result]:
        """Do something with each of some things, a few at a time."""

        async def one(thing: Thing) -> Result:
            async with self._free:
                return await do(thing)

        return await asyncio.gather(*map(one, things))


def _is_listed_as_it_should(listed: Mapping[UUID, EngineRun] | None, standing: Standing) -> bool:
    run = listed.get(standing.id) if listed is not None else None
    return run is not None and shows_what_it_should(standing, run)


def _may_differ(standing: Standing | None, listed: EngineRun) -> bool:
    """Whether a run, as it is listed, is worth a look; whether it waits is not listed."""
    return difference(standing, listed.model_copy(update={"at_rest": listed.open})) in OF_RUNS
