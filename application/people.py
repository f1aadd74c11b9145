"""People of the directory, for admins: read, made, and changed one by one, with what a change would do said before it is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from application import people_effects
from application.caller import Caller
from application.people_effects import Effects, Place
from application.recent_sign_in import RecentSignIn
from approval.model import Code, FieldError, Frozen, Person, Role, refuse
from approval.people import PersonChange, PersonDraft, circle_text
from approval.routing import Directory
from crm import directory, people, people_changes, people_hanging, people_pages
from crm.people_changes import ChangesPage, KnownFrom, Way
from crm.people_hanging import Hanging
from crm.people_pages import PeopleFilters, PeoplePage, PersonRecord
from crm.pool import Connection, Pool


class PersonDetail(Frozen):
    """Somebody with what hangs on them."""

    record: PersonRecord
    above: tuple[Person, ...]
    """Their managers, the nearest last."""
    known: KnownFrom
    hanging: Hanging
    places: tuple[Place, ...]
    """The first of what waits on them, or will."""


class Preview(Frozen):
    """What a change would do."""

    before: PersonRecord
    values: Mapping[str, Any]
    """What would be another, by field."""
    after: PersonRecord
    effects: Effects
    gives_up_admin: bool
    """Whether the caller would take away their own role of an administrator."""


class People:
    """The directory, for admins.

    Args:
        pool: the CRM database.
        recent_sign_in: asked of whoever says what people may do.
    """

    def __init__(self, pool: Pool, recent_sign_in: RecentSignIn) -> None:
        self._pool = pool
        self._recent_sign_in = recent_sign_in

    async def page(
        self, caller: Caller, filters: PeopleFilters, *, limit: int, cursor: str | None = None
    ) -> PeoplePage:
        """People, by username.

        Raises:
            RefusedError: ``forbidden``; ``invalid``: no cursor of this list.
        """
        caller.require_role(Role.ADMIN)
        return await people_pages.page(self._pool, filters, limit=limit, cursor=cursor)

    async def find(self, caller: Caller, username: str) -> PersonRecord:
        """Somebody.

        Raises:
            RefusedError: ``forbidden``, ``not_found``.
        """
        caller.require_role(Role.ADMIN)
        return await _found(self._pool, username)

    async def detail(self, caller: Caller, username: str) -> PersonDetail:
        """Somebody with what hangs on them.

        Raises:
            RefusedError: ``forbidden``, ``not_found``.
        """
        record = await self.find(caller, username)
        return PersonDetail(
            record=record,
            above=await people_pages.chain(self._pool, username),
            known=await people_changes.known_from(self._pool, username),
            hanging=await people_hanging.hanging(self._pool, username),
            places=await people_effects.places(self._pool, username),
        )

    async def changes(self, caller: Caller, username: str, *, limit: int, cursor: str | None = None) -> ChangesPage:
        """What was changed of somebody, by whom and how, the newest first.

        Raises:
            RefusedError: ``forbidden``, ``not_found``; ``invalid``: no cursor of this list.
        """
        await self.find(caller, username)
        return await people_changes.page(self._pool, username, limit=limit, cursor=cursor)

    async def branch(self, caller: Caller, manager: str | None, *, limit: int) -> tuple[tuple[PersonRecord, ...], int]:
        """The first of those who report to somebody, or to nobody, and how many there are.

        Raises:
            RefusedError: ``forbidden``.
        """
        caller.require_role(Role.ADMIN)
        return await people_pages.branch(self._pool, manager, limit=limit)

    async def make(self, caller: Caller, draft: PersonDraft, *, change_id: UUID) -> PersonRecord:
        """Have somebody in the directory who was not in it. With the same id it is done once.

        Raises:
            RefusedError: ``forbidden``; ``invalid``: somebody has this username, or the manager is nobody who is there.
            SignInAgainError: the caller has signed in too long ago.
        """
        caller.require_role(Role.ADMIN)
        self._recent_sign_in.require(caller)
        async with self._pool.acquire() as connection, connection.transaction():
            await people.hold(connection)
            if await people_changes.made_by(connection, change_id, draft.username):
                return await _found(connection, draft.username)
            errors = await _wrong_manager(connection, draft.username, draft.manager)
            await people_changes.on_behalf_of(connection, caller.username, Way.HAND, change_id)
            values = {**draft.model_dump(), "manager": draft.manager or None}
            if errors or not await people_changes.insert(connection, draft.username, values):
                taken = FieldError(pointer="/username", message="username_taken", params={"value": draft.username})
                raise refuse(Code.INVALID, *(errors or [taken]))
            await _write_language(connection, draft.username, "vi", draft.language, caller, change_id)
            return await _found(connection, draft.username)

    async def preview(self, caller: Caller, username: str, change: PersonChange) -> Preview:
        """What a change would do; nothing is changed.

        Raises:
            RefusedError: ``forbidden``, ``not_found``; ``invalid``: it cannot be made, whoever knows what it does.
        """
        before = await self.find(caller, username)
        values = _differences(before, change)
        async with self._pool.acquire() as connection:
            errors = await _errors(connection, before, values)
            if errors:
                raise refuse(Code.INVALID, *errors)
            there = await directory.whole(connection)
            hanging = await people_hanging.hanging(connection, username)
            known = await people_changes.known_from(connection, username)
            after = people_effects.with_change(there, username, values)
            effects = Effects(
                hanging=hanging,
                places=(),
                steps=await people_effects.step_effects(connection, there, after),
                says=people_effects.says(before, values, hanging, known, there),
            )
        if values.keys() & {"left", "roles"}:
            effects = effects.model_copy(update={"places": await people_effects.places(self._pool, username)})
        return Preview(
            before=before,
            values=values,
            after=_with(before, values, there),
            effects=effects,
            gives_up_admin=_gives_up_admin(caller, before, values) is not None,
        )

    async def change(
        self, caller: Caller, username: str, change: PersonChange, *, seen: int | None, change_id: UUID
    ) -> PersonRecord:
        """Change somebody. Whoever has left by it is signed out by the database itself.

        Args:
            caller: an admin.
            username: whom.
            change: what is given of them.
            seen: the version that it is made on; None: whichever there is.
            change_id: what it is known by.

        Raises:
            RefusedError: ``forbidden``, ``not_found``; ``stale_version``; ``invalid``: a manager who is nobody, or who reports to
                them; nobody would be an administrator any more, or the caller no more and did not say that they know.
            SignInAgainError: the caller has signed in too long ago.
        """
        caller.require_role(Role.ADMIN)
        self._recent_sign_in.require(caller)
        async with self._pool.acquire() as connection, connection.transaction():
            await people.hold(connection)
            before = await _found(connection, username)
            if seen is not None and seen != before.version:
                raise refuse(Code.STALE_VERSION, variant="person")
            values = _differences(before, change)
            errors = await _errors(connection, before, values)
            own = _gives_up_admin(caller, before, values)
            if not errors and own is not None and not change.give_up_admin:
                errors = [own]
            if errors:
                raise refuse(Code.INVALID, *errors)
            await people_changes.on_behalf_of(connection, caller.username, Way.HAND, change_id)
            await people_changes.update(connection, username, _columns(values))
            language = values.get("language", before.language)
            await _write_language(connection, username, before.language, language, caller, change_id)
            return await _found(connection, username)


async def _found(executor: Pool | Connection, username: str) -> PersonRecord:
    record = await people_pages.find(executor, username)
    if record is None:
        raise refuse(Code.NOT_FOUND)
    return record


def _differences(before: PersonRecord, change: PersonChange) -> dict[str, Any]:
    """What a change makes another."""
    was: dict[str, Any] = {
        "name": before.name,
        "roles": before.roles,
        "manager": before.manager.username if before.manager is not None else None,
        "department": before.department,
        "email": before.email,
        "language": before.language,
        "left": before.left,
    }
    values = {name: value or None if name == "manager" else value for name, value in change.values().items()}
    return {name: value for name, value in values.items() if value != was[name]}


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    columns = {name: value for name, value in values.items() if name not in ("left", "language")}
    return columns if "left" not in values else {**columns, "active": not values["left"]}


def _with(before: PersonRecord, values: Mapping[str, Any], there: Directory) -> PersonRecord:
    """Somebody as a change would have them."""
    update = dict(values)
    if update.get("manager") is not None:
        update["manager"] = Person(username=update["manager"], name=there[update["manager"]].name)
    return before.model_copy(update=update)


async def _errors(connection: Connection, before: PersonRecord, values: Mapping[str, Any]) -> list[FieldError]:
    """Why somebody cannot be changed so."""
    errors = await _wrong_manager(connection, before.username, values["manager"]) if "manager" in values else []
    is_admin = Role.ADMIN in values.get("roles", before.roles) and not values.get("left", before.left)
    was_admin = Role.ADMIN in before.roles and not before.left
    if was_admin and not is_admin and not await people_changes.other_admins(connection, before.username):
        pointer = "/left" if values.get("left") else "/roles"
        errors.append(FieldError(pointer=pointer, message="import_last_admin", params={"value": before.username}))
    return errors


async def _wrong_manager(connection: Connection, username: str, manager: str | None) -> list[FieldError]:
    if not manager:
        return []
    if manager == username:
        circle = circle_text([username])
        return [FieldError(pointer="/manager", message="import_manager_circle", params={"value": circle})]
    if not await directory.find_people(connection, [manager]):
        return [FieldError(pointer="/manager", message="no_such_user", params={"value": manager})]
    if manager in await people_pages.below(connection, username):
        above = [person.username for person in await people_pages.chain(connection, manager)]
        circle = circle_text([*above[above.index(username) :], manager])
        return [FieldError(pointer="/manager", message="import_manager_circle", params={"value": circle})]
    return []


def _gives_up_admin(caller: Caller, before: PersonRecord, values: Mapping[str, Any]) -> FieldError | None:
    """That the caller would take away their own role of an administrator, if they would."""
    if before.username != caller.username or Role.ADMIN not in before.roles:
        return None
    if values.get("left"):
        return FieldError(pointer="/left", message="own_admin")
    return (
        FieldError(pointer="/roles", message="own_admin")
        if Role.ADMIN not in values.get("roles", before.roles)
        else None
    )


async def _write_language(
    connection: Connection, username: str, before: str, after: str, caller: Caller, change_id: UUID
) -> None:
    if after != before:
        await people_changes.set_language(connection, username, before, after, change_id=change_id, by=caller.username)
