"""``/purchase-requests/{id}``: what approvers do with others: give their place away, ask somebody, have somebody decide too."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter

from api import schemas
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from api.routes.purchase_requests import DECISION, AskedDep
from application import views
from approval.model import Action

router = APIRouter(
    prefix="/purchase-requests/{request_id}",
    route_class=IdempotentRoute,
    tags=["purchase requests"],
    responses=ANSWERS,
    dependencies=POST,
)

_NAMING: Final = DECISION | documented("approver_not_eligible")


@router.post("/forward", response_model=views.PurchaseRequest, responses=_NAMING | documented("too_many_forwards"))
async def forward(asked: AskedDep, body: schemas.Forward) -> Any:
    """Give one's own place in a step to somebody else, with its deadline; at most three times in a row."""
    return await asked.decide(Action.FORWARD, body, step=body.step, to=body.to)


@router.post("/consult", response_model=views.PurchaseRequest, responses=DECISION)
async def consult(asked: AskedDep, body: schemas.Consult) -> Any:
    """Ask somebody before one decides; they may see the request then.

    Whoever asks keeps the decision. While the owner is asked its clock stands.
    """
    return await asked.decide(Action.CONSULT, body, step=body.step, acting_for=body.acting_for, to=body.to)


@router.post("/answer", response_model=views.PurchaseRequest, responses=DECISION)
async def answer(asked: AskedDep, body: schemas.Answer) -> Any:
    """Answer what one was asked; it is on the timeline, and no vote."""
    return await asked.decide(Action.ANSWER, body, consultation_id=body.consultation_id)


@router.post("/add-approver", response_model=views.PurchaseRequest, responses=_NAMING)
async def add_approver(asked: AskedDep, body: schemas.AddApprover) -> Any:
    """Have somebody else decide too, before, beside or after oneself; at most three in a round.

    The owner may add somebody after an open step where the process says `owner_may_add: true`.
    """
    return await asked.decide(Action.ADD_APPROVER, body, step=body.step, to=body.to, where=body.where)
