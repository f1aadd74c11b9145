"""What is done about a request and a run that differ. The CRM is right: the run is started, or told to look at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from application.checking.differences import Difference, shown
from application.checking.findings import Finding, Kind
from application.delivery.engine import Engine, EngineRefusedError, EngineRun
from approval.model import Frozen, ProcessStatus
from crm import checking, requests
from crm.checking import LostRequest, Standing
from crm.pool import Pool
from crm.visibility import EVERYTHING
from workflows import contracts
from workflows.contracts import Searchable


class Suspect(Frozen):
    """A request that is to be compared with its run."""

    id: UUID
    standing: Standing | None
    """None: the CRM does not have it."""
    run_id: str | None = None
    """The engine's id of the run that is meant; None: the one that is there now, or was last."""


class Case(Suspect):
    """A request beside its run."""

    run: EngineRun | None
    what: Difference | None
    """How they differ, if they do."""

    @property
    def works(self) -> bool:
        """Whether the run has something to do: it is at work, or is told to by what differs."""
        told = self.what is not None and self.run is not None and self.run.open
        return self.is_busy or told or self.what is Difference.NO_RUN

    @property
    def is_busy(self) -> bool:
        """Whether the run is at work."""
        return self.run is not None and self.run.open and not self.run.at_rest

    def finding(self, kind: Kind, **facts: str) -> Finding:
        """Something found of it."""
        known = self.standing or self.run
        return Finding(kind=kind, number=known.number if known else "", owner=known.owner if known else "", facts=facts)


async def mend(pool: Pool, engine: Engine, case: Case) -> list[Finding]:
    """Do what a difference asks for, and say so.

    Raises:
        EngineUnavailableError: the engine is away.
    """
    try:
        match case.what:
            case Difference.NO_RUN:
                return await _start(pool, engine, case)
            case Difference.SHOWS_OTHERWISE | Difference.GOES_ON:
                return await _have_look(engine, case)
            case Difference.SEND_LOST | Difference.REQUEST_LOST:
                return await _note_lost(pool, engine, case)
            case None:
                return []
    except EngineRefusedError as error:
        return [case.finding(Kind.NOT_TAKEN, error=str(error))]


async def _start(pool: Pool, engine: Engine, case: Case) -> list[Finding]:
    record = await requests.load(pool, case.id, EVERYTHING)
    if record is None:
        return []
    await engine.start_run(record, contracts.LOOK, {})
    crm = _status(record.process_status)
    if case.run is not None and case.run.has_run_its_course:
        return [case.finding(Kind.STARTED_ANEW, crm=crm, engine=_status(case.run.shows.process_status))]
    return [case.finding(Kind.STARTED, crm=crm)]


async def _have_look(engine: Engine, case: Case) -> list[Finding]:
    await engine.have_look(case.id)
    standing, run = case.standing, case.run
    if standing is None or run is None:
        return []
    if case.what is Difference.GOES_ON:
        return [case.finding(Kind.ENDED, crm=_status(standing.process_status))]
    return [
        case.finding(
            Kind.SHOWN, engine=_in_words(run.shows), crm=_in_words(shown(standing, names_people=run.names_people))
        )
    ]


async def _note_lost(pool: Pool, engine: Engine, case: Case) -> list[Finding]:
    """Keep first what was lost, so that whatever happens next it is known."""
    run = case.run
    if run is None:
        return []
    engine_status = run.shows.process_status or ProcessStatus.IN_PROGRESS
    lost = LostRequest(
        request_id=case.id, engine_run=run.id, number=run.number, owner=run.owner, process_status=engine_status
    )
    is_news = not is_noted(run, await checking.noted_lost(pool, [case.id]))
    holder = (await checking.holders(pool, [run.number])).get(run.number) if case.standing is None else None
    await checking.note_lost(pool, lost)
    if run.open:
        await engine.have_look(case.id)
    if not is_news:
        return []
    kind = Kind.SEND_LOST if case.standing is not None else Kind.REQUEST_LOST
    found = [case.finding(kind, engine=_status(engine_status))]
    if holder is not None:
        found.append(case.finding(Kind.NUMBER_TWICE, other=str(holder)))
    return found


def is_noted(run: EngineRun, noted: Mapping[UUID, datetime]) -> bool:
    """Whether it has been said that something of a request is lost, since one of its runs was started."""
    at = noted.get(run.request_id)
    return at is not None and run.started_at < at


def _status(status: str) -> str:
    """A status as people read it."""
    return status.replace("_", " ")


def _in_words(shown: Searchable) -> str:
    """Where a run stands, for people."""
    if shown.step is None:
        return _status(shown.process_status) or "nothing"
    if not shown.approvers:
        return f"{_status(shown.process_status)} at {shown.step}"
    people = shown.approvers[:3]
    more = f" and {len(shown.approvers) - 3} more" if len(shown.approvers) > 3 else ""
    return f"{_status(shown.process_status)} at {shown.step}, waiting on {', '.join(people)}{more}"
