"""``/people``: who people are, what they may do, whom they report to; changed with what that would do said first. For admins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from admission import HEAVY
from api.deps import AdminDep, IfMatchDep, LanguageDep, RecentAdminDep, SubjectDep, ZoneDep, get_limit
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application.people import People, Preview
from application.people_effects import Place, StepEffect
from approval.model import Frozen, Person
from approval.people import PersonChange, PersonDraft
from approval.values import ShortText
from crm.people_changes import Way
from crm.people_hanging import Hanging
from crm.people_pages import Away, PeopleFilters, PersonRecord, PersonState
from problems import ProblemError
from texts import Language
from texts.people import effect_text

router = APIRouter(prefix="/people", route_class=IdempotentRoute, tags=["people"], responses=ANSWERS)


class PersonView(Frozen):
    """Somebody of the directory. ``away`` are those who decide for them now; ``reports`` counts who report to them directly,
    ``waiting`` the decisions that wait on them now."""

    username: str
    name: str
    roles: Annotated[tuple[str, ...], Field(examples=[["sales"]])]
    manager: Person | None
    department: str
    email: Annotated[str, Field(examples=["an.nguyen@example.com"])]
    language: Annotated[str, Field(pattern="^(vi|en)$", examples=["vi"])]
    left: bool
    state: PersonState
    away: tuple[Away, ...]
    reports: int
    waiting: int
    version: int

    @classmethod
    def of(cls, record: PersonRecord) -> PersonView:
        """A stored one."""
        return cls(**{name: getattr(record, name) for name in cls.model_fields})


class PeopleList(Frozen):
    """One page of people and the cursor of the next."""

    items: tuple[PersonView, ...]
    next_cursor: str | None


class EffectSaid(Frozen):
    """One thing that a change does: `code` never changes, `text` says it in the caller's language."""

    code: Annotated[str, Field(examples=["owned_go_on"])]
    text: str


class PersonEffects(Frozen):
    """What a change would do. `places` are the first decisions that wait on the person, or will; `steps` are those of the processes
    in use that would ask others, or have too few, for what is sent or asked again from then on."""

    hanging: Hanging
    places: tuple[Place, ...]
    steps: tuple[StepEffect, ...]
    says: tuple[EffectSaid, ...]


class ChangedPerson(Frozen):
    """Somebody as they are by a change; of a dry run as they would be, with what that would do."""

    person: PersonView
    dry_run: bool
    gives_up_admin: bool = False
    """Whether the caller would take away their own role of an administrator, which `give_up_admin` has to say."""
    effects: PersonEffects | None = None

    @classmethod
    def would_be(cls, preview: Preview, language: Language, zone: ZoneInfo) -> ChangedPerson:
        """What a dry run answers."""
        effects = preview.effects
        said = tuple(
            EffectSaid(code=one.code, text=effect_text(one.code, one.params, language, zone=zone))
            for one in effects.says
        )
        return cls(
            person=PersonView.of(preview.after),
            dry_run=True,
            gives_up_admin=preview.gives_up_admin,
            effects=PersonEffects(hanging=effects.hanging, places=effects.places, steps=effects.steps, says=said),
        )


class PersonChangeView(Frozen):
    """What was changed of somebody: by field what it was and what it is. `changed_by` is null where nobody has said who it was."""

    changed_at: datetime
    changed_by: Person | None
    way: Way
    is_new: bool
    fields: Annotated[Mapping[str, tuple[Any, Any]], Field(examples=[{"manager": ["manager1", "manager2"]}])]


class PersonChanges(Frozen):
    """One page of what was changed of somebody, the newest first, and the cursor of the next."""

    items: tuple[PersonChangeView, ...]
    next_cursor: str | None


async def get_people(request: Request) -> People:
    """The application service."""
    people: People = request.app.state.people
    return people


PeopleDep = Annotated[People, Depends(get_people)]
_TAGGED: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"description": "Their version, for `If-Match`", "schema": {"type": "string"}}}}
}


@router.get("", response_model=PeopleList, openapi_extra=HEAVY)
async def list_people(
    caller: AdminDep,
    people: PeopleDep,
    limit: Annotated[int, Depends(get_limit)],
    q: Annotated[str, Query(max_length=200, description="words of name, username, e-mail or department")] = "",
    role: ShortText | None = None,
    department: ShortText | None = None,
    manager: Annotated[
        ShortText | None, Query(description="who report to this user directly; empty: who report to nobody")
    ] = None,
    state: PersonState | None = None,
    cursor: str | None = None,
) -> PeopleList:
    """List the people of the directory by username, those who have left included; admins only.

    Accents do not matter in `q`. With `manager` it is one branch of the tree of managers.
    """
    filters = PeopleFilters(q=q, role=role, department=department, manager=manager, state=state)
    page = await people.page(caller, filters, limit=limit, cursor=cursor)
    return PeopleList(items=tuple(PersonView.of(one) for one in page.items), next_cursor=page.next_cursor)


@router.post(
    "",
    status_code=201,
    response_model=PersonView,
    dependencies=POST,
    responses=documented("invalid", "forbidden", "insufficient_user_authentication"),
)
async def make_person(
    body: PersonDraft, caller: RecentAdminDep, people: PeopleDep, subject: SubjectDep, response: Response
) -> PersonView:
    """Have somebody in the directory who was not in it; admins only, may need a recent sign-in.

    They sign in by the company's identity provider; no password is kept here.
    """
    made = await people.make(caller, body, change_id=subject)
    response.headers["Location"] = f"/api/v1/people/{quote(made.username, safe='')}"
    response.headers["ETag"] = f'"{made.version}"'
    return PersonView.of(made)


@router.get("/{username}", response_model=PersonView, responses=documented("not_found") | _TAGGED)
async def get_person(username: ShortText, caller: AdminDep, people: PeopleDep, response: Response) -> PersonView:
    """Read who somebody is, with the `ETag` that a change needs; admins only."""
    found = await people.find(caller, username)
    response.headers["ETag"] = f'"{found.version}"'
    return PersonView.of(found)


@router.patch(
    "/{username}",
    response_model=ChangedPerson,
    openapi_extra=HEAVY,
    responses=documented(
        "invalid", "not_found", "stale_version", "if_match_required", "insufficient_user_authentication"
    )
    | _TAGGED,
)
async def change_person(
    username: ShortText,
    request: Request,
    body: PersonChange,
    caller: AdminDep,
    people: PeopleDep,
    seen: IfMatchDep,
    subject: SubjectDep,
    language: LanguageDep,
    zone: ZoneDep,
    response: Response,
    dry_run: Annotated[bool, Query(description="only say what it would do")] = False,
) -> ChangedPerson:
    """Change who somebody is, or mark them as left; with `dry_run`, say what that would do. Admins only.

    Needs `If-Match`, and may need a recent sign-in, but for a dry run. Whoever has left is signed out at once and may not sign in;
    what waits on them is given to others by `POST /people/{username}/reassign`. Managers never go around in a circle, and the
    last administrator stays one.
    """
    if dry_run:
        return ChangedPerson.would_be(await people.preview(caller, username, body), language, zone)
    if request.headers.get("if-match") is None:
        raise ProblemError("if_match_required")
    changed = await people.change(caller, username, body, seen=seen, change_id=subject)
    response.headers["ETag"] = f'"{changed.version}"'
    return ChangedPerson(person=PersonView.of(changed), dry_run=False)


@router.get("/{username}/changes", response_model=PersonChanges, openapi_extra=HEAVY, responses=documented("not_found"))
async def list_changes(
    username: ShortText,
    caller: AdminDep,
    people: PeopleDep,
    limit: Annotated[int, Depends(get_limit)],
    cursor: str | None = None,
) -> PersonChanges:
    """List what was changed of somebody, by whom and by which way, the newest first; admins only."""
    page = await people.changes(caller, username, limit=limit, cursor=cursor)
    items = tuple(
        PersonChangeView(**{name: getattr(one, name) for name in PersonChangeView.model_fields}) for one in page.items
    )
    return PersonChanges(items=items, next_cursor=page.next_cursor)
