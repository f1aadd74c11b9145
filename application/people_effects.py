"""What a change of somebody would do, said before it is made: to what waits on them, to what they own, to what is sent from then on.

Who decides a request is settled when it is sent, and stays so whatever becomes of the directory. It is asked anew when a request is
sent again, when an admin has its approvers looked up again, and when an approver's change adds a step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from approval.directory_change import StepChange, step_changes
from approval.model import Frozen, LocalizedText, Person, ProcessStatus, Role
from approval.process import PurchaseProcess
from approval.reassigning import places_of
from approval.routing import Directory, Member
from approval.state import AssignmentState
from crm import processes, reassigning
from crm.people_changes import KnownFrom
from crm.people_hanging import Hanging
from crm.people_pages import PersonRecord
from crm.pool import Connection, Pool
from crm.records import run_state

LISTED: Final = 20
"""Places that are named; of further ones it is said how many there are."""
MOST_NAMED: Final = 5
"""Owners that are named for a step."""
MOST_VERSIONS: Final = 10
"""Versions of processes that are looked at: the one that a send runs, and those with the most runs."""


class Place(Frozen):
    """A place of somebody in a request."""

    request_id: UUID
    number: str
    owner: Person
    step: str
    step_name: LocalizedText
    state: AssignmentState
    alone: bool
    """Whether the step could not be decided without them."""


class StepEffect(Frozen):
    """What becomes of a step of a process for what is sent, or asked again, from then on."""

    process: str
    process_name: LocalizedText
    process_version: int
    step: str
    step_name: LocalizedText
    row: int | None
    """Of the approval matrix."""
    others: int
    """Of so many people's requests it asks others than before, ..."""
    nobody: int
    """... and so many people's requests have too few to decide it, and are refused when they are sent."""
    people: tuple[Person, ...]
    """Some of these, or else of those."""


class Said(Frozen):
    """One thing that is so: a code, with the parameters of its text."""

    code: str
    params: Mapping[str, str] = {}


class Effects(Frozen):
    """What a change would do."""

    hanging: Hanging
    places: tuple[Place, ...]
    steps: tuple[StepEffect, ...]
    says: tuple[Said, ...]


async def places(pool: Pool, username: str) -> tuple[Place, ...]:
    """The first of what waits on somebody, or will."""
    found: list[Place] = []
    for record in await reassigning.requests_of(pool, username, after=None, limit=LISTED):
        state = run_state(record)
        for step, place in places_of(state, username) if state is not None else ():
            others = [one for one in step.seats if one.person.username != username]
            still = sum(one.state.undecided for one in others)
            found.append(
                Place(
                    request_id=record.id,
                    number=record.number,
                    owner=record.owner,
                    step=step.plan.key,
                    step_name=step.plan.name,
                    state=place.state,
                    alone=step.approvals + still < step.needed,
                )
            )
    return tuple(found[:LISTED])


async def step_effects(executor: Pool | Connection, before: Directory, after: Directory) -> tuple[StepEffect, ...]:
    """What another directory does to the processes that are used."""
    found: list[StepEffect] = []
    for version in await _in_use(executor):
        for change in step_changes(version.document, before, after):
            found.append(_effect(version.document, version.version, change, after))
    return tuple(sorted(found, key=lambda one: (-one.nobody, one.process, -one.process_version)))


async def _in_use(executor: Pool | Connection) -> list[processes.ProcessVersion]:
    connected = await processes.connected_version(executor)
    running = await processes.running(executor)
    versions = [connected] if connected is not None else []
    for key, number in sorted(running, key=lambda one: -running[one])[:MOST_VERSIONS]:
        if connected is None or (key, number) != (connected.key, connected.version):
            version = await processes.load_version(executor, key, number)
            versions += [version] if version is not None else []
    return versions


def _effect(process: PurchaseProcess, version: int, change: StepChange, people: Directory) -> StepEffect:
    concerned = change.nobody or change.others
    return StepEffect(
        process=process.key,
        process_name=process.name,
        process_version=version,
        step=change.step,
        step_name=change.name,
        row=change.row,
        others=len(change.others),
        nobody=len(change.nobody),
        people=tuple(Person(username=name, name=people[name].name) for name in concerned[:MOST_NAMED]),
    )


def with_change(people: Directory, username: str, values: Mapping[str, Any]) -> Directory:
    """The directory as it would be with a change of somebody."""
    member = people[username]
    changed = Member(
        username=username,
        name=values.get("name", member.name),
        roles=frozenset(values.get("roles", member.roles)),
        manager=values.get("manager", member.manager),
        department=values.get("department", member.department),
        active=not values.get("left", not member.active),
    )
    return {**people, username: changed}


def says(
    before: PersonRecord, values: Mapping[str, Any], hanging: Hanging, known: KnownFrom, people: Directory
) -> tuple[Said, ...]:
    """What is so, in the order in which it matters.

    Args:
        before: the person.
        values: what of them is another by the change.
        hanging: what hangs on them.
        known: other places that say who they are.
        people: everybody, for names.
    """
    leaves, comes_back = values.get("left") is True, values.get("left") is False
    found = [*(_of_leaving(hanging, known) if leaves else ()), *([Said(code="comes_back")] if comes_back else [])]
    if not leaves:
        found += _of_places(values, hanging)
    if "manager" in values:
        found += _of_manager(before, values["manager"], hanging, people)
    if "roles" in values:
        found += _of_roles(before.roles, values["roles"])
    if "department" in values:
        found.append(Said(code="department_of_sends"))
    found += _of_other_places(values, known)
    return tuple(found) or (Said(code="nothing"),)


def _of_leaving(hanging: Hanging, known: KnownFrom) -> Iterator[Said]:
    yield Said(code="signed_out")
    if hanging.open or hanging.later:
        yield Said(code="places_stuck", params={"open": str(hanging.open), "later": str(hanging.later)})
    if hanging.alone:
        yield Said(code="places_alone", params={"count": str(hanging.alone)})
    if hanging.own:
        yield Said(code="owned_left", params={"count": str(hanging.own)})
    if hanging.reports:
        yield Said(code="reports_left", params={"count": str(hanging.reports)})
    if hanging.substituting:
        yield Said(code="substitutes_left", params={"count": str(hanging.substituting)})
    if hanging.substituted:
        yield Said(code="substituted_goes_on", params={"count": str(hanging.substituted)})
    if known.amis_names:
        yield Said(code="amis_left", params={"names": ", ".join(known.amis_names)})


def _of_places(values: Mapping[str, Any], hanging: Hanging) -> Iterator[Said]:
    if "roles" in values and (hanging.open or hanging.later):
        yield Said(code="places_stay", params={"open": str(hanging.open), "later": str(hanging.later)})
    if "manager" not in values and "department" not in values:
        return
    running = hanging.owned.get(ProcessStatus.IN_PROGRESS, 0)
    if running:
        yield Said(code="owned_go_on", params={"count": str(running)})
    to_send = hanging.own - running
    if to_send:
        yield Said(code="owned_to_send", params={"count": str(to_send)})


def _of_manager(before: PersonRecord, manager: str | None, hanging: Hanging, people: Directory) -> Iterator[Said]:
    if manager is not None:
        yield Said(code="manager_sees", params={"name": people[manager].name if manager in people else manager})
    if before.manager is not None:
        yield Said(code="manager_sees_no_more", params={"name": before.manager.name})
    if hanging.open or hanging.later:
        yield Said(code="escalates_to_manager")


def _of_roles(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Said]:
    for role in (Role.ADMIN, Role.PURCHASING):
        if role in after and role not in before:
            yield Said(code=f"{role}_given")
        if role in before and role not in after:
            yield Said(code=f"{role}_taken")


def _of_other_places(values: Mapping[str, Any], known: KnownFrom) -> Iterator[Said]:
    if known.file_at is not None and values.keys() - {"language"}:
        yield Said(code="file_says_again", params={"at": known.file_at.isoformat()})
    if known.sign_in_at is not None and values.keys() & {"name", "email", "department", "roles"}:
        yield Said(code="sign_in_says_again")
