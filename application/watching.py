"""Watchers of a request (Người theo dõi): who may have somebody read it and hear of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import structlog

from application import access
from application.caller import Caller
from application.permissions import place_to_decide
from approval.model import Code, FieldError, Person, Role, refuse
from crm import directory, requests, watchers
from crm.events import tell_touched
from crm.pool import Pool
from crm.records import RequestRecord
from crm.watchers import Watcher, Watching

log = structlog.get_logger(__name__)

MOST_WATCHERS: Final = 50
"""Of one request."""


async def of_request(pool: Pool, caller: Caller, record: RequestRecord) -> Watching:
    """Who watches a request, as ``access.load`` gave it to the caller."""
    return await watchers.of_request(pool, record.id, caller.username)


def may_choose(caller: Caller, record: RequestRecord, watching: Watching) -> bool:
    """Whether the caller may have others watch the request: an admin, the owner, an approver, whoever stands in for one now."""
    return (
        caller.has_role(Role.ADMIN)
        or caller.username == record.owner.username
        or watching.takes_part
        or place_to_decide(record, caller) is not None
    )


async def add(pool: Pool, caller: Caller, request_id: UUID, username: str) -> Watcher:
    """Have somebody watch a request; whoever does already goes on doing so.

    Raises:
        RefusedError: ``not_found``; ``forbidden``; ``invalid``: there is nobody of this name, or enough of them watch.
    """
    record = await access.load(pool, caller, request_id)
    watching = await of_request(pool, caller, record)
    _require_choice(caller, record, watching)
    people = await directory.find_people(pool, [username])
    if username not in people:
        raise refuse(Code.INVALID, FieldError(pointer="/username", message="no_such_user", params={"value": username}))
    known = {one.person.username for one in watching.watchers}
    if username not in known and len(known) >= MOST_WATCHERS:
        params = {"most": str(MOST_WATCHERS)}
        raise refuse(Code.INVALID, FieldError(pointer="/username", message="too_many_watchers", params=params))
    if await watchers.insert(pool, request_id, username, by=caller.username, at=datetime.now(UTC)):
        log.info("somebody may watch a request", watcher=username)
        await tell_touched(pool, request_id)
    after = await of_request(pool, caller, record)
    found = [one for one in after.watchers if one.person.username == username]
    if not found:  # somebody has taken it back meanwhile
        raise refuse(Code.NOT_FOUND)
    return found[0]


async def remove(pool: Pool, caller: Caller, request_id: UUID, username: str) -> None:
    """Have somebody watch a request no more; everybody may do so for themselves.

    Raises:
        RefusedError: ``not_found``; ``forbidden``.
    """
    record = await access.load(pool, caller, request_id)
    if username != caller.username:
        _require_choice(caller, record, await of_request(pool, caller, record))
    if await watchers.delete(pool, request_id, username):
        log.info("somebody watches a request no more", watcher=username)
        await tell_touched(pool, request_id)


def _require_choice(caller: Caller, record: RequestRecord, watching: Watching) -> None:
    if not may_choose(caller, record, watching):
        raise refuse(Code.FORBIDDEN, variant="watchers")


class SomebodyElse(Person):
    """Somebody of the directory."""

    sees: bool
    """Whether they may see the request."""


async def people(pool: Pool, caller: Caller, record: RequestRecord) -> list[SomebodyElse]:
    """Those who see a request, as ``access.load`` gave it to the caller; if they may choose its watchers, everybody else, too."""
    members = await directory.everyone(pool)
    seeing = await requests.seen_by(pool, [record.id], [member.username for member in members])
    sees = seeing.get(record.id, set())
    chooses = may_choose(caller, record, await of_request(pool, caller, record))
    return [
        SomebodyElse(username=member.username, name=member.name, sees=member.username in sees)
        for member in members
        if chooses or member.username in sees
    ]
