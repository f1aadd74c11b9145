"""``/processes/{key}/try``: a draft tried on past requests, before it is published."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from admission import HEAVY
from api.deps import AdminDep, LanguageDep, PoolDep
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from api.routes.calendar import CalendarsDep
from api.routes.processes import Key
from application.trying import MOST, Trial, TriedRequest, try_draft
from approval.model import Frozen, Input, Person
from approval.trial import StepChange, StepDifference
from texts import short_refusal

router = APIRouter(route_class=IdempotentRoute, tags=["processes"], responses=ANSWERS)


class Try(Input):
    """On how many requests."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"last": 200}]})

    last: Annotated[int, Field(ge=1, le=MOST)] = 200


class StepDifferenceView(Frozen):
    """A step that differs, and who is asked in it who was not, and the other way round."""

    key: str
    name: str
    change: StepChange
    added: tuple[Person, ...]
    gone: tuple[Person, ...]
    other_votes: bool


class TriedRequestView(Frozen):
    """A request for which the draft differs from the version that it ran. ``more`` and ``fewer``: people asked in all.
    ``refusal`` is the code of what would refuse the send."""

    id: UUID
    number: str
    process_key: str
    version: int
    steps: tuple[StepDifferenceView, ...]
    more: bool
    fewer: bool
    refusal: str | None
    detail: str | None


class TrialView(Frozen):
    """What a draft would do to past requests: of how many steps come or go (``other_steps``), others are asked in a step that stays
    (``other_people``), more or fewer are asked in all, the send would be refused. Those that would have taken too long are
    ``left_out``."""

    tried: int
    left_out: int
    other_steps: int
    other_people: int
    more: int
    fewer: int
    refused: int
    requests: tuple[TriedRequestView, ...]


@router.post(
    "/processes/{key}/try",
    response_model=TrialView,
    dependencies=POST,
    openapi_extra=HEAVY,
    responses=documented("invalid", "idempotency_key_reused"),
)
async def try_process(
    key: Key,
    caller: AdminDep,
    pool: PoolDep,
    calendars: CalendarsDep,
    language: LanguageDep,
    body: Try | None = None,
) -> TrialView:
    """Try the draft of a process on the requests that were sent last; admins only.

    Each is held against the version that it ran, both with the people of today. Nothing is changed.
    """
    return _view(await try_draft(pool, calendars, key, (body or Try()).last), language)


def _view(trial: Trial, language: str) -> TrialView:
    counts = {name: getattr(trial, name) for name in TrialView.model_fields if name != "requests"}
    return TrialView(**counts, requests=tuple(_request(one, language) for one in trial.requests))


def difference_views(differences: Iterable[StepDifference], language: str) -> tuple[StepDifferenceView, ...]:
    """Steps that differ, in a language."""
    return tuple(
        StepDifferenceView(
            key=step.key,
            name=step.name[language],
            change=step.change,
            added=step.added,
            gone=step.gone,
            other_votes=step.other_votes,
        )
        for step in differences
    )


def _request(one: TriedRequest, language: str) -> TriedRequestView:
    same = {name: getattr(one, name) for name in ("id", "number", "process_key", "version", "more", "fewer")}
    return TriedRequestView(
        **same,
        steps=difference_views(one.steps, language),
        refusal=one.refusal.code if one.refusal else None,
        detail=short_refusal(one.refusal.code, one.refusal.params, language) if one.refusal else None,
    )
