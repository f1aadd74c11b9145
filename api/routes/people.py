"""``/people``: giving what waits on somebody to others, because they have left or cannot do it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field, StrictBool

from admission import HEAVY
from api.deps import AdminDep, LanguageDep, SubjectDep, ZoneDep
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application.reassigning import Done, MoveState, PlannedMove, Reassigning
from approval.model import Code, Frozen, Input, Person, Refusal
from approval.state import AssignmentState
from approval.values import ShortText
from texts import refusal_text

router = APIRouter(prefix="/people", route_class=IdempotentRoute, tags=["people"], responses=ANSWERS)


class Reassign(Input):
    """Who gets what waits on somebody."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "manager", "dry_run": True}]})

    to: Annotated[ShortText, Field(min_length=1)]
    """``manager``: the first above the person who can be asked; ``resolve``: whom the process names today; or a username."""
    dry_run: StrictBool
    """Whether it is only said what would happen."""
    after: UUID | None = None
    """With ``dry_run``: ``next_after`` of the page before."""


class WouldMove(Frozen):
    """What would become of one assignment."""

    request_id: UUID
    number: str
    owner: Person
    step: str
    state: AssignmentState
    due_at: datetime | None
    outcome: MoveState
    to: tuple[Person, ...]
    """Who would get it."""
    code: str | None
    """Why it stays where it is, where it does, ..."""
    detail: str | None
    """... and in words."""


class Moved(Frozen):
    """What became of one request: ``applied``, ``refused``, or ``accepted``, which is taken durably and not applied yet."""

    request_id: UUID
    number: str
    command_id: UUID
    status: Annotated[str, Field(pattern="^(accepted|applied|refused)$", examples=["applied"])]
    note: str
    """Who got it from whom, as the timeline has it."""
    code: str | None
    detail: str | None


class Reassignment(Frozen):
    """Of a dry run, ``would_move``, a page of it; else ``moved``, what became of each request."""

    person: Person
    requests: int
    """How many wait on them."""
    would_move: tuple[WouldMove, ...] = ()
    next_after: UUID | None = None
    moved: tuple[Moved, ...] = ()


async def get_reassigning(request: Request) -> Reassigning:
    """The application service."""
    service: Reassigning = request.app.state.reassigning
    return service


@router.post(
    "/{username}/reassign",
    response_model=Reassignment,
    dependencies=POST,
    responses=documented("not_found", "invalid", "not_eligible")
    | {202: {"model": Reassignment, "description": "Taken durably; some of it is not applied yet and will be"}},
    openapi_extra=HEAVY,
)
async def reassign(
    username: ShortText,
    body: Reassign,
    caller: AdminDep,
    service: Annotated[Reassigning, Depends(get_reassigning)],
    language: LanguageDep,
    zone: ZoneDep,
    subject: SubjectDep,
) -> Reassignment | JSONResponse:
    """Give every open assignment of somebody to others; with `dry_run`, say of each what would happen.

    It is decided request by request, each on its own timeline. What can be given to nobody stays, and a dry run afterwards says
    why. Admins only.
    """

    def words(refusal: Refusal | None) -> tuple[Code | None, str | None]:
        if refusal is None:
            return None, None
        return refusal.code, refusal_text(refusal.code, refusal.params, language, zone=zone)[1]

    def would_move(move: PlannedMove) -> WouldMove:
        code, detail = words(move.refusal)
        same = {name: getattr(move, name) for name in WouldMove.model_fields if hasattr(move, name)}
        return WouldMove(**same, code=code, detail=detail)

    def moved(done: Done) -> Moved:
        code, detail = words(done.refusal)
        status = "refused" if done.refusal is not None else "applied" if done.applied else "accepted"
        return Moved(
            request_id=done.request_id,
            number=done.number,
            command_id=done.command_id,
            status=status,
            note=done.note,
            code=code,
            detail=detail,
        )

    if body.dry_run:
        plan = await service.plan(caller, username, body.to, after=body.after)
        return Reassignment(
            person=plan.whose.person,
            requests=plan.whose.requests,
            would_move=tuple(would_move(move) for move in plan.items),
            next_after=plan.next_after,
        )
    whose, done = await service.reassign(caller, username, body.to, command=subject)
    answer = Reassignment(person=whose.person, requests=len(done), moved=tuple(moved(one) for one in done))
    if all(one.applied for one in done):
        return answer
    return JSONResponse(answer.model_dump(mode="json"), status_code=202)
