"""``/processes/{key}/impact`` and ``/move-runs``: whom publishing concerns, and moving their runs to another version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field, StrictBool

from admission import HEAVY
from api.deps import AdminDep, LanguageDep, SubjectDep
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from api.routes.processes import Key
from api.routes.trials import StepDifferenceView, difference_views
from application.moving import MOST, Movable, Moved, MovingRuns
from approval.model import Frozen, Input, Refusal
from approval.values import at_most
from crm.process_runs import StepCount
from texts import short_refusal

router = APIRouter(route_class=IdempotentRoute, tags=["processes"], responses=ANSWERS)


class MovableView(Frozen):
    """A run, and what moving it would do to the steps that are still to be decided, or why it cannot be moved (``code`` and, in
    words, ``detail``). ``step`` is the first one that is open; null: it was returned to its owner."""

    request_id: UUID
    number: str
    version: int
    step: str | None
    can_move: bool
    changes: tuple[StepDifferenceView, ...]
    code: str | None
    detail: str | None


class ImpactView(Frozen):
    """The runs that go on, by the version that they run and the first step that is open, and what moving would do: to the
    newest version, and to the draft if it were published."""

    newest: int | None
    runs: tuple[StepCount, ...]
    to_newest: tuple[MovableView, ...]
    to_draft: tuple[MovableView, ...]


class MoveRuns(Input):
    """Which runs, and to which version."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to_version": 2, "dry_run": True}]})

    to_version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    requests: Annotated[tuple[UUID, ...], Field(max_length=MOST), at_most(MOST)] | None = None
    """Of these requests; left out: of all that run another version, the oldest first."""
    dry_run: StrictBool
    """Whether it is only said what would happen."""
    after: UUID | None = None
    """With ``dry_run``: ``next_after`` of the page before."""


class MovedView(Frozen):
    """What became of one run: ``applied``, ``refused``, or ``accepted``, which is taken durably and not applied yet."""

    request_id: UUID
    number: str
    command_id: UUID
    status: Annotated[str, Field(pattern="^(accepted|applied|refused)$", examples=["applied"])]
    note: str
    """What it did, as the timeline has it."""
    code: str | None
    detail: str | None


class MovesView(Frozen):
    """Of a dry run, ``would_move``, a page of it; else ``moved``, what became of each run."""

    to_version: int
    would_move: tuple[MovableView, ...] = ()
    next_after: UUID | None = None
    moved: tuple[MovedView, ...] = ()


async def get_moving(request: Request) -> MovingRuns:
    """The application service."""
    service: MovingRuns = request.app.state.moving_runs
    return service


MovingDep = Annotated[MovingRuns, Depends(get_moving)]


@router.get("/processes/{key}/impact", response_model=ImpactView, openapi_extra=HEAVY)
async def get_impact(key: Key, caller: AdminDep, service: MovingDep, language: LanguageDep) -> ImpactView:
    """Read whom publishing the draft of a process concerns; admins only.

    Runs go on with the version that they began with, until somebody moves them. The 200 oldest are tried.
    """
    found = await service.impact(caller, key)
    return ImpactView(
        newest=found.newest,
        runs=found.counts,
        to_newest=_movables(found.to_newest, language),
        to_draft=_movables(found.to_draft, language),
    )


@router.post(
    "/processes/{key}/move-runs",
    response_model=MovesView,
    dependencies=POST,
    responses=documented("invalid", "idempotency_key_reused")
    | {202: {"model": MovesView, "description": "Taken durably; some of it is not applied yet and will be"}},
    openapi_extra=HEAVY,
)
async def move_runs(
    key: Key,
    body: MoveRuns,
    caller: AdminDep,
    service: MovingDep,
    language: LanguageDep,
    subject: SubjectDep,
) -> MovesView | JSONResponse:
    """Move runs of a process to another of its versions, at most 200 at once; with `dry_run`, say of each what would happen.

    What was decided stands; what is still to be decided is as that version has it. It is decided run by run, each on its own
    timeline. Admins only.
    """
    if body.dry_run:
        plan = await service.plan(caller, key, body.to_version, body.requests, after=body.after)
        items = _movables(plan.items, language)
        return MovesView(to_version=body.to_version, would_move=items, next_after=plan.next_after)
    done = await service.move(caller, key, body.to_version, body.requests, command=subject)
    answer = MovesView(to_version=body.to_version, moved=tuple(_moved(one, language) for one in done))
    if all(one.applied for one in done):
        return answer
    return JSONResponse(answer.model_dump(mode="json"), status_code=202)


def _movables(items: Iterable[Movable], language: str) -> tuple[MovableView, ...]:
    return tuple(
        MovableView(
            request_id=one.request_id,
            number=one.number,
            version=one.version,
            step=one.step,
            can_move=one.refusal is None,
            changes=difference_views(one.changes, language),
            code=one.refusal.code if one.refusal else None,
            detail=_in_words(one.refusal, language),
        )
        for one in items
    )


def _moved(one: Moved, language: str) -> MovedView:
    status = "refused" if one.refusal is not None else "applied" if one.applied else "accepted"
    return MovedView(
        request_id=one.request_id,
        number=one.number,
        command_id=one.command_id,
        status=status,
        note=one.note,
        code=one.refusal.code if one.refusal else None,
        detail=_in_words(one.refusal, language),
    )


def _in_words(refusal: Refusal | None, language: str) -> str | None:
    return short_refusal(refusal.code, refusal.params, language) if refusal is not None else None
