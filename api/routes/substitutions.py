"""``/substitutions``: who decides for somebody who is away."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, ConfigDict, Field

from admission import HEAVY
from api.deps import CallerDep, PoolDep, SubjectDep, get_limit
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application import substitutions
from application.substitutions import SubstitutionDraft
from approval.model import Frozen, Person
from approval.substitution import Ceiling
from approval.values import ShortText
from crm.substitutions import SubstitutionRecord

router = APIRouter(prefix="/substitutions", route_class=IdempotentRoute, tags=["substitutions"], responses=ANSWERS)


class SubstitutionState(StrEnum):
    """Where a substitution stands."""

    UPCOMING = "upcoming"
    ACTIVE = "active"
    OVER = "over"
    REVOKED = "revoked"


class Substitution(Frozen):
    """A substitution: `substitute` decides for `person` from `from` up to and without `until`. `processes` and `departments`
    are null where it is for all."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    id: UUID
    person: Person
    substitute: Person
    starts_at: Annotated[AwareDatetime, Field(alias="from")]
    ends_at: Annotated[AwareDatetime, Field(alias="until")]
    processes: tuple[str, ...] | None
    departments: tuple[str, ...] | None
    ceiling: Ceiling | None
    reason: str
    made_by: Person
    made_at: datetime
    revoked_by: Person | None
    revoked_at: datetime | None
    state: SubstitutionState

    @classmethod
    def of(cls, record: SubstitutionRecord) -> Substitution:
        """A stored one, as it stands now."""
        known = {name: getattr(record, name) for name in cls.model_fields if name != "state"}
        return cls(**known, state=_state(record, datetime.now(UTC)))


class Substitutions(Frozen):
    """One page of substitutions and the cursor of the next."""

    items: tuple[Substitution, ...]
    next_cursor: str | None


def _state(record: SubstitutionRecord, now: datetime) -> SubstitutionState:
    if record.revoked_at is not None:
        return SubstitutionState.REVOKED
    if now >= record.ends_at:
        return SubstitutionState.OVER
    return SubstitutionState.ACTIVE if record.holds(now) else SubstitutionState.UPCOMING


@router.get("", response_model=Substitutions, openapi_extra=HEAVY)
async def list_substitutions(
    caller: CallerDep,
    pool: PoolDep,
    limit: Annotated[int, Depends(get_limit)],
    person: ShortText | None = None,
    cursor: str | None = None,
) -> Substitutions:
    """List the substitutions that the caller has given or received, the newest first; an admin's are everybody's.

    `person` narrows it to those of one person who is away.
    """
    page = await substitutions.page(pool, caller, person=person, limit=limit, cursor=cursor)
    return Substitutions(items=tuple(Substitution.of(record) for record in page.items), next_cursor=page.next_cursor)


@router.post(
    "", status_code=201, response_model=Substitution, dependencies=POST, responses=documented("invalid", "forbidden")
)
async def make_substitution(
    body: SubstitutionDraft, caller: CallerDep, pool: PoolDep, subject: SubjectDep
) -> Substitution:
    """Have somebody decide for the caller, or, as an admin, for `person`.

    It covers what was open before it began, and it is looked at when a decision is made. It is at most 90 days long, unless an
    admin makes it. Nobody approves their own request as a substitute, and nobody has two votes in a step.
    """
    return Substitution.of(await substitutions.make(pool, caller, body, substitution_id=subject))


@router.delete("/{substitution_id}", status_code=204, responses=documented("forbidden", "not_found"))
async def revoke_substitution(substitution_id: UUID, caller: CallerDep, pool: PoolDep) -> None:
    """Revoke a substitution; it stays in the list. Decisions that are not written yet are refused."""
    await substitutions.revoke(pool, caller, substitution_id)
