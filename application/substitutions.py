"""Substitutions (Ủy quyền duyệt), for the API and the pages alike: who makes, sees and revokes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from application.caller import Caller
from approval.field_errors import invalid_value
from approval.model import Code, FieldError, Input, Person, RefusedError, Role, refuse
from approval.substitution import Ceiling, NewSubstitution, begins, require_sound
from approval.values import Currency, Money, RequiredText, ShortText
from crm import directory, processes, substitutions
from crm.pool import Pool
from crm.substitutions import SubstitutionPage, SubstitutionRecord

FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST_OF_PERSON = 20
"""Substitutions of one person that hold or will."""
MOST_OF_PAIR = 5
"""Of those, with one substitute, who need not agree and whose every page asks for them."""
MOST_NAMED = 50
"""Processes or departments that one substitution names."""
Names = Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=MOST_NAMED)]


def _in_range(value: datetime | None) -> datetime | None:
    """A time that every calendar and every time zone knows."""
    if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise invalid_value("year_range", first=str(FIRST_YEAR), last=str(LAST_YEAR))
    return value


class CeilingDraft(Input):
    """The largest amount that the substitute decides on, that amount included; in another currency, nothing."""

    amount: Money
    currency: Currency = "VND"


class SubstitutionDraft(Input):
    """A substitution to be made. Left out, ``processes`` and ``departments`` are all, and there is no ceiling."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "substitute": "manager2",
                    "from": "2026-11-24T00:00:00+07:00",
                    "until": "2026-12-01T00:00:00+07:00",
                    "departments": ["Kinh doanh miền Bắc"],
                    "ceiling": {"amount": "200000000", "currency": "VND"},
                    "reason": "Nghỉ phép năm",
                }
            ]
        },
    )

    person: ShortText | None = None
    """Who is away, if an admin makes it; left out: the caller."""
    substitute: Annotated[ShortText, Field(min_length=1)]
    starts_at: Annotated[AwareDatetime | None, Field(alias="from"), AfterValidator(_in_range)] = None
    """It begins then, but never before it is made."""
    ends_at: Annotated[AwareDatetime, Field(alias="until"), AfterValidator(_in_range)]
    """It is over at that moment."""
    processes: Names | None = None
    departments: Names | None = None
    """Of the request's owner."""
    ceiling: CeilingDraft | None = None
    reason: RequiredText


async def make(pool: Pool, caller: Caller, draft: SubstitutionDraft, *, substitution_id: UUID) -> SubstitutionRecord:
    """Make a substitution. With the same id it is made once.

    Raises:
        RefusedError: ``invalid``, with each wrong place; ``forbidden``: only an admin makes one for somebody else.
    """
    is_admin = caller.has_role(Role.ADMIN)
    away = draft.person or caller.username
    if away != caller.username and not is_admin:
        raise refuse(
            Code.FORBIDDEN, FieldError(pointer="/person", message="person_of_admins"), variant="role", role=Role.ADMIN
        )
    now = datetime.now(UTC)
    starts_at = begins(draft.starts_at, now)
    active = await directory.find_people(pool, [away, draft.substitute])
    wrong: list[FieldError] = []
    try:
        new = NewSubstitution(
            person=away,
            person_active=away in active,
            substitute=draft.substitute,
            substitute_active=draft.substitute in active,
            starts_at=starts_at,
            ends_at=draft.ends_at,
        )
        require_sound(new, now, by_admin=is_admin)
    except RefusedError as error:
        wrong += error.refusal.errors
    wrong += await _unknown(pool, draft)
    of_person, of_pair = await substitutions.count_current(pool, away, draft.substitute)
    if of_person >= MOST_OF_PERSON or of_pair >= MOST_OF_PAIR:
        params = {"most": str(MOST_OF_PERSON), "of_pair": str(MOST_OF_PAIR)}
        wrong.append(FieldError(pointer="/substitute", message="too_many_substitutions", params=params))
    if wrong:
        raise refuse(Code.INVALID, *wrong)
    ceiling = Ceiling(amount=draft.ceiling.amount, currency=draft.ceiling.currency) if draft.ceiling else None
    record = SubstitutionRecord(
        id=substitution_id,
        person=Person(username=away, name=active[away]),
        substitute=Person(username=draft.substitute, name=active[draft.substitute]),
        starts_at=starts_at,
        ends_at=draft.ends_at,
        processes=draft.processes,
        departments=draft.departments,
        ceiling=ceiling,
        reason=draft.reason,
        made_by=caller.person,
        made_at=now,
    )
    await substitutions.insert(pool, record)
    return await substitutions.find(pool, substitution_id) or record


async def page(
    pool: Pool, caller: Caller, *, person: str | None = None, limit: int, cursor: str | None = None
) -> SubstitutionPage:
    """The caller's own substitutions, given and received, the newest first; an admin's are everybody's.

    Raises:
        RefusedError: ``invalid``: no cursor of this list.
    """
    of = None if caller.has_role(Role.ADMIN) else caller.username
    return await substitutions.page(pool, of=of, person=person, limit=limit, cursor=cursor)


async def revoke(pool: Pool, caller: Caller, substitution_id: UUID) -> None:
    """Revoke a substitution, for the person who is away or an admin; once it is revoked or over, nothing changes any more.

    Raises:
        RefusedError: ``not_found``: it is not there for the caller; ``forbidden``: they are the substitute.
    """
    found = await substitutions.find(pool, substitution_id)
    concerned = found is not None and caller.username in (found.person.username, found.substitute.username)
    if found is None or not (concerned or caller.has_role(Role.ADMIN)):
        raise refuse(Code.NOT_FOUND)
    if found.person.username != caller.username and not caller.has_role(Role.ADMIN):
        raise refuse(Code.FORBIDDEN, variant="revoke")
    await substitutions.revoke(pool, substitution_id, by=caller.username, at=datetime.now(UTC))


async def _unknown(pool: Pool, draft: SubstitutionDraft) -> list[FieldError]:
    """Processes and departments of a draft that are not there."""
    keys = {item.key for item in await processes.published_items(pool)} if draft.processes else set()
    departments = set(await substitutions.departments(pool)) if draft.departments else set()
    wrong = []
    for field, message, named, known in (
        ("processes", "no_such_process", draft.processes, keys),
        ("departments", "no_such_department", draft.departments, departments),
    ):
        for place, value in enumerate(named or ()):
            if value not in known:
                wrong.append(FieldError(pointer=f"/{field}/{place}", message=message, params={"value": value}))
    return wrong
