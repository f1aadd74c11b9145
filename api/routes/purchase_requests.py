"""``/purchase-requests``: making, editing, sending and deciding them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from admission import HEAVY
from api import schemas
from api.bodies import LINES
from api.deps import (
    CallerDep,
    IfMatchDep,
    LanguageDep,
    PoolDep,
    ServiceDep,
    SubjectDep,
    UndoingDep,
    ZoneDep,
    get_limit,
    get_long_limit,
)
from api.idempotency import HEADER, POST, IdempotentRoute
from api.problems import answer_refusal, documented
from api.routes import ANSWERS
from application import views
from application.caller import Caller
from application.commands import SendOrder
from application.delivery.handover import Taken
from application.outlook import Outlook
from application.purchase_requests import PurchaseRequests
from approval.model import Action, Code, ProcessStatus, RefusedError, refuse
from approval.values import Money, ShortText
from crm import inbox as inboxes
from crm import lists
from crm.inbox import InboxFilters, InboxPage
from crm.list_filters import Filters, WaitingAt
from crm.lists import DEFAULT_SORT, Page
from crm.records import RequestRecord
from problems import ProblemError
from texts import Language, refusal_text
from workflows.contracts import SAID_IN

router = APIRouter(
    prefix="/purchase-requests", route_class=IdempotentRoute, tags=["purchase requests"], responses=ANSWERS
)

_BASE: Final = "/api/v1/purchase-requests"
_TAKEN: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "model": schemas.CommandState,
        "description": "Taken durably and not applied yet. It is never lost; Location tells where its outcome will be. With `undo`:"
        " it is `deferred`, and takes effect at `takes_effect_at` unless it is taken back.",
    }
}
_DECISION_CODES: Final = (
    "not_your_step",
    "not_eligible",
    "ceiling_exceeded",
    "self_approval",
    "not_signed",
    "not_found",
    "step_closed",
    "held",
    "run_ended",
    "order_exists",
    "request_locked",
    "stale_version",
    "invalid",
    "note_required",
    "field_not_editable",
    "no_eligible_approver",
    "step_unsatisfiable",
    "process_invalid",
    "condition_too_costly",
    "idempotency_key_reused",
    "engine_unavailable",
)
DECISION: Final = _TAKEN | documented(*_DECISION_CODES)
_ENDING: Final = _TAKEN | documented(*_DECISION_CODES, "insufficient_user_authentication")
"""Of decisions that can end a run."""
_SEND: Final = _TAKEN | documented(
    *_DECISION_CODES,
    "request_busy",
    "not_connected",
    "approver_not_chosen",
    "approver_not_eligible",
)


def _location(request_id: UUID) -> str:
    return f"{_BASE}/{request_id}"


def _with_etag(record: RequestRecord, caller: Caller, language: str, response: Response) -> views.PurchaseRequest:
    response.headers["ETag"] = f'"{record.version}"'
    return views.request_view(record, caller, language)


def _settled(
    taken: Taken, request_id: UUID, caller: Caller, language: str, response: Response
) -> views.PurchaseRequest | JSONResponse:
    """200 with the request as committed, or 202 with the place where the outcome will be."""
    if taken.record is not None:
        return _with_etag(taken.record, caller, language, response)
    state = schemas.CommandState(
        command_id=taken.command_id, **_waits(undone=taken.undone, takes_effect_at=taken.takes_effect_at)
    )
    headers = {"Location": f"{_location(request_id)}/commands/{taken.command_id}"}
    return JSONResponse(state.model_dump(mode="json", exclude_none=True), status_code=202, headers=headers)


def _waits(*, undone: bool, takes_effect_at: datetime | None) -> dict[str, Any]:
    """Where a command stands that has not been applied, and was not refused."""
    if undone:
        return {"status": "undone"}
    return {"status": "accepted" if takes_effect_at is None else "deferred", "takes_effect_at": takes_effect_at}


@router.post(
    "",
    status_code=201,
    response_model=views.PurchaseRequest,
    dependencies=POST,
    responses=_SEND | {201: {"description": "Saved, and sent if asked to", "model": views.PurchaseRequest}},
    openapi_extra=LINES,
)
async def create(
    request: Request,
    response: Response,
    body: schemas.NewRequest,
    caller: CallerDep,
    service: ServiceDep,
    language: LanguageDep,
    subject: SubjectDep,
) -> Any:
    """Save a request; with `send`, save and send it.

    If the send is refused, the request is kept: the problem's `Location` and `purchase_request` say where.
    """
    await service.save(caller, body.draft(), request_id=subject)
    response.headers["Location"] = _location(subject)
    record = None
    if body.send is not None:
        order = SendOrder(choices=body.send.approvers, note=body.send.note or "")
        repeated = _maybe_repeated(request, None)
        try:
            taken = await service.commands.send(
                caller, subject, order, command_id=_send_id(subject), maybe_repeated=repeated
            )
            record = taken.record
        except RefusedError as error:
            record = await service.get(caller, subject)
            kept = {"purchase_request": {"id": str(record.id), "number": record.number}}
            within = tuple(item.model_copy(update={"pointer": f"/send{item.pointer}"}) for item in error.refusal.errors)
            refusal = error.refusal.model_copy(update={"errors": within})
            return await answer_refusal(request, refusal, headers={"Location": _location(record.id)}, extensions=kept)
    return _with_etag(record or await service.get(caller, subject), caller, language, response)


@router.get("", response_model=Page, openapi_extra=HEAVY)
async def list_requests(
    caller: CallerDep,
    pool: PoolDep,
    limit: Annotated[int, Depends(get_limit)],
    process_status: Annotated[list[ProcessStatus] | None, Query()] = None,
    purchase_status: Annotated[list[ShortText] | None, Query()] = None,
    owner: ShortText | None = None,
    department: Annotated[ShortText | None, Query(description="Of the owner")] = None,
    source_id: UUID | None = None,
    customer: Annotated[
        ShortText, Query(description="Words of the customer's name, of the order or opportunity; accents do not matter")
    ] = "",
    supplier: Annotated[ShortText | None, Query(description="The whole name; of goods that are not left out")] = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
    waiting_at: Annotated[
        str | None,
        Query(
            pattern="^[^/\\x00]{1,60}/[^/\\x00]{1,60}$",
            description="Where it waits now: keys of a process and a step",
            examples=["purchase-approval/manager"],
        ),
    ] = None,
    waiting_on: Annotated[ShortText | None, Query(description="Who is to decide now: a username")] = None,
    date_from: Annotated[date | None, Query(description="The first request date, itself included")] = None,
    date_to: Annotated[date | None, Query(description="The last one, itself included")] = None,
    total_from: Annotated[Money | None, Query(description="The least total as sent, itself included")] = None,
    total_to: Annotated[Money | None, Query(description="The greatest one, itself included")] = None,
    flagged: Annotated[bool, Query(description="Only those that the caller has flagged")] = False,
    q: Annotated[ShortText, Query(description="Looks in number, goods, people, purpose; accents do not matter")] = "",
    sort: Annotated[
        str, Query(description="created, number, request_date, total; a leading minus sorts downwards")
    ] = DEFAULT_SORT,
    cursor: str | None = None,
) -> Page:
    """List the requests that the caller may see."""
    filters = Filters(
        process_status=tuple(process_status or ()),
        purchase_status=tuple(purchase_status or ()),
        owner=owner,
        department=department,
        source_id=source_id,
        customer=customer,
        supplier=supplier,
        currency=currency,
        waiting_at=WaitingAt.read(waiting_at) if waiting_at else None,
        waiting_on=waiting_on,
        date_from=date_from,
        date_to=date_to,
        total_from=total_from,
        total_to=total_to,
        flagged_by=caller.username if flagged else None,
        q=q,
    )
    return await lists.page(pool, caller.viewer, filters, sort=sort, limit=limit, cursor=cursor)


@router.get("/{request_id}", response_model=views.PurchaseRequest)
async def get_request(
    request_id: UUID, response: Response, caller: CallerDep, service: ServiceDep, language: LanguageDep
) -> views.PurchaseRequest:
    """Read a whole request, with its run and what the caller may do with it."""
    return _with_etag(await service.get(caller, request_id), caller, language, response)


@router.patch(
    "/{request_id}",
    response_model=views.PurchaseRequest,
    responses=documented("request_locked", "request_busy", "stale_version", "if_match_required"),
    openapi_extra=LINES,
)
async def edit(
    request: Request,
    request_id: UUID,
    body: schemas.RequestPatch,
    response: Response,
    caller: CallerDep,
    service: ServiceDep,
    language: LanguageDep,
    version: IfMatchDep,
) -> views.PurchaseRequest:
    """Edit a request that is not sent or was returned; needs `If-Match`."""
    if request.headers.get("if-match") is None:
        raise ProblemError("if_match_required")
    record = await service.edit(caller, request_id, body.given(), version=version)
    return _with_etag(record, caller, language, response)


@router.delete(
    "/{request_id}", status_code=204, responses=documented("request_locked", "request_busy", "stale_version")
)
async def delete(request_id: UUID, caller: CallerDep, service: ServiceDep, version: IfMatchDep) -> None:
    """Delete a request that was never sent."""
    await service.delete(caller, request_id, version=version)


@router.get("/{request_id}/approval-preview", response_model=views.PreviewView)
async def approval_preview(
    request_id: UUID, caller: CallerDep, service: ServiceDep, language: LanguageDep, zone: ZoneDep
) -> views.PreviewView:
    """Preview a send: steps, approvers and why; and what would refuse it."""
    record = await service.get(caller, request_id)
    return views.preview_view(await service.preview(caller, record), language, zone)


@router.get("/{request_id}/outlook", response_model=Outlook)
async def show_outlook(request_id: UUID, caller: CallerDep, service: ServiceDep, language: LanguageDep) -> Outlook:
    """What a request waits for: who must do what next, what comes then, and how long it took other requests.

    Durations are seconds by the wall clock, of at most the last 200 times that the step was approved in the process; of fewer
    than five there are none.
    """
    return await service.outlook(await service.get(caller, request_id), language)


@dataclass(frozen=True)
class Asked:
    """A send or a decision of a version of the request: what all such calls come with."""

    request: Request
    request_id: UUID
    response: Response
    caller: Caller
    service: PurchaseRequests
    language: Language
    version: int | None
    subject: UUID

    async def send(self, body: schemas.SendCommand) -> Any:
        """Send, and answer with what became of it."""
        taken = await self.service.commands.send(
            self.caller,
            self.request_id,
            SendOrder(choices=body.approvers, note=body.note or ""),
            command_id=body.command_id or self.subject,
            version=self.version,
            maybe_repeated=_maybe_repeated(self.request, body.command_id),
        )
        return _settled(taken, self.request_id, self.caller, self.language, self.response)

    async def decide(
        self,
        action: Action,
        body: schemas.DecisionBody,
        **fields: Any,
    ) -> Any:
        """Decide, and answer with what became of it. ``fields``: further arguments of ``Commands.decide``."""
        said = getattr(body, SAID_IN.get(action, "note"), None)
        taken = await self.service.commands.decide(
            self.caller,
            self.request_id,
            action,
            command_id=body.command_id or self.subject,
            note=said or "",
            version=self.version,
            maybe_repeated=_maybe_repeated(self.request, body.command_id),
            **fields,
        )
        return _settled(taken, self.request_id, self.caller, self.language, self.response)


async def get_asked(
    request: Request,
    request_id: UUID,
    response: Response,
    caller: CallerDep,
    service: ServiceDep,
    language: LanguageDep,
    version: IfMatchDep,
    subject: SubjectDep,
) -> Asked:
    """What a send or a decision comes with."""
    return Asked(request, request_id, response, caller, service, language, version, subject)


AskedDep = Annotated[Asked, Depends(get_asked)]


@router.post("/{request_id}/send", response_model=views.PurchaseRequest, dependencies=POST, responses=_SEND)
async def send(asked: AskedDep, body: schemas.SendCommand | None = None) -> Any:
    """Send a request, or resend a returned one.

    If its order was cancelled, `note` is required: why the goods are needed all the same.
    """
    return await asked.send(body or schemas.SendCommand())


@router.post(
    "/{request_id}/approve",
    response_model=views.PurchaseRequest,
    dependencies=POST,
    responses=_ENDING,
    openapi_extra=LINES,
)
async def approve(asked: AskedDep, body: schemas.Approve) -> Any:
    """Approve the open step, with changes to the fields that it may edit."""
    changes = body.changes.model_dump(mode="json", exclude_unset=True) if body.changes else None
    lines = {str(line): said.model_dump(mode="json") for line, said in body.lines.items()} if body.lines else None
    return await asked.decide(
        Action.APPROVE,
        body,
        step=body.step,
        acting_for=body.acting_for,
        changes=changes,
        lines=lines,
        undo=body.undo,
    )


@router.post("/{request_id}/reject", response_model=views.PurchaseRequest, dependencies=POST, responses=_ENDING)
async def reject(asked: AskedDep, body: schemas.Reject) -> Any:
    """Return the request to its owner or to an earlier step; with `end`, reject it for good."""
    return await asked.decide(
        Action.REJECT,
        body,
        step=body.step,
        acting_for=body.acting_for,
        end=body.end,
        to=body.to,
        resume=body.resume,
        undo=body.undo,
    )


@router.post("/{request_id}/recall", response_model=views.PurchaseRequest, dependencies=POST, responses=DECISION)
async def recall(asked: AskedDep, body: schemas.Recall | None = None) -> Any:
    """Take a request back from approval."""
    return await asked.decide(Action.RECALL, body or schemas.Recall())


@router.post("/{request_id}/cancel", response_model=views.PurchaseRequest, dependencies=POST, responses=_ENDING)
async def cancel(asked: AskedDep, body: schemas.Cancel | None = None) -> Any:
    """Cancel a request and end its run; a note is required."""
    return await asked.decide(Action.CANCEL, body or schemas.Cancel())


@router.post(
    "/{request_id}/remind",
    response_model=views.PurchaseRequest,
    dependencies=POST,
    responses=DECISION | documented("reminded_recently"),
)
async def remind(asked: AskedDep, body: schemas.Remind) -> Any:
    """Have everybody reminded who can decide a step; by the owner or an admin, once in four hours."""
    return await asked.decide(Action.REMIND, body, step=body.step)


@router.post("/{request_id}/resolve-hold", response_model=views.PurchaseRequest, dependencies=POST, responses=DECISION)
async def resolve_hold(asked: AskedDep, body: schemas.ResolveHold) -> Any:
    """Answer a changed order, by the owner: `keep` the request as it is, with a note, or have it back to `amend` it.

    One that is kept goes on where it stood, and its approvers see the difference. One that is amended is returned; sent again, it
    begins a new round.
    """
    return await asked.decide(Action.RESOLVE_HOLD, body, choice=body.choice)


@router.post(
    "/{request_id}/resolve-approvers", response_model=views.PurchaseRequest, dependencies=POST, responses=_SEND
)
async def resolve_approvers(
    request_id: UUID,
    response: Response,
    caller: CallerDep,
    service: ServiceDep,
    language: LanguageDep,
    subject: SubjectDep,
    body: schemas.ResolveApprovers | None = None,
) -> Any:
    """Resolve the approvers of the steps still to be decided again, from today's directory; admins only."""
    command_id = (body.command_id if body else None) or subject
    taken = await service.commands.resolve_approvers(caller, request_id, command_id=command_id)
    return _settled(taken, request_id, caller, language, response)


@router.get(
    "/{request_id}/commands/{command_id}", response_model=schemas.CommandState, response_model_exclude_none=True
)
async def get_command(
    request_id: UUID, command_id: UUID, caller: CallerDep, service: ServiceDep, language: LanguageDep, zone: ZoneDep
) -> schemas.CommandState:
    """Read what became of a command that was answered with 202.

    Of the caller's own, if others have used its id too and theirs is known; `action` and `actor` say of whose command this is.
    """
    known, outcome = await service.commands.find(caller, request_id, command_id)
    if not known:
        raise refuse(Code.NOT_FOUND)
    if outcome is None or outcome.takes_effect_at is not None:
        takes_effect_at = outcome.takes_effect_at if outcome is not None else None
        undone = outcome is not None and outcome.undone
        return schemas.CommandState(command_id=command_id, **_waits(undone=undone, takes_effect_at=takes_effect_at))
    state = schemas.CommandState(
        command_id=command_id, status="applied", action=outcome.action, actor=outcome.actor or None
    )
    if outcome.refusal is None:
        return state
    detail = refusal_text(outcome.refusal.code, outcome.refusal.params, language, zone=zone)[1]
    return state.model_copy(update={"status": "refused", "code": outcome.refusal.code, "detail": detail})


@router.post(
    "/{request_id}/commands/{command_id}/undo",
    response_model=schemas.CommandState,
    response_model_exclude_none=True,
    dependencies=POST,
    responses=documented("not_found", "undo_too_late"),
)
async def undo(request_id: UUID, command_id: UUID, caller: CallerDep, undoing: UndoingDep) -> schemas.CommandState:
    """Take a decision back that is `deferred`: whatever happens after this is answered, it does not take effect.

    Only whoever decided can. The timeline says nothing of it, as of a decision that was never made.
    """
    await undoing.undo(caller, request_id, command_id)
    return schemas.CommandState(command_id=command_id, status="undone")


@router.get("/{request_id}/timeline", response_model=views.Timeline, openapi_extra=HEAVY)
async def get_timeline(
    request_id: UUID,
    caller: CallerDep,
    service: ServiceDep,
    language: LanguageDep,
    zone: ZoneDep,
    limit: Annotated[int, Depends(get_long_limit)],
    cursor: str | None = None,
) -> views.Timeline:
    """List everything that was tried on the request, refused actions included, oldest first.

    Without a `limit`, a page has up to 200 entries. Of one person's refused attempts it has the first 20 of each day;
    `further_refusals`, the same on every page, counts the others.
    """
    record = await service.get(caller, request_id)
    page, further = await asyncio.gather(
        service.timeline(record, limit=limit, cursor=cursor), service.further_refusals(record)
    )
    return views.Timeline(
        items=views.timeline_view(page.items, language, zone),
        next_cursor=page.next_cursor,
        further_refusals=views.further_refusals_view(further, language),
    )


inbox_router = APIRouter(tags=["purchase requests"], responses=ANSWERS)


@inbox_router.get("/inbox", response_model=InboxPage, openapi_extra=HEAVY)
async def inbox(
    caller: CallerDep,
    pool: PoolDep,
    limit: Annotated[int, Depends(get_limit)],
    q: Annotated[
        ShortText,
        Query(description="Looks in number, customer, order, goods, people, purpose; accents do not matter"),
    ] = "",
    overdue: Annotated[bool, Query(description="Only what should have been decided by now")] = False,
    waiting_on: Annotated[
        ShortText | None,
        Query(alias="for", description="Of the caller, or of one of those whose substitute they are, by username"),
    ] = None,
    flagged: Annotated[bool, Query(description="Only what the caller has flagged")] = False,
    cursor: str | None = None,
) -> InboxPage:
    """List the requests waiting on the caller, oldest deadline first."""
    filters = InboxFilters(q=q, overdue=overdue, waiting_on=waiting_on, flagged=flagged)
    return await inboxes.page(pool, caller.viewer, filters, limit=limit, cursor=cursor)


def _maybe_repeated(request: Request, command_id: UUID | None) -> bool:
    return command_id is not None or HEADER in request.headers


def _send_id(request_id: UUID) -> UUID:
    """The command id of a save-and-send's send: one for each request, so that a second try sends nothing twice."""
    return UUID(int=request_id.int ^ 1)
