"""Comments on a request (Trao đổi), for the API and the pages alike. They are in no way part of the decision: whatever state the
request is in, whoever sees it may say something, and nothing that is decided on becomes another by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from application import access
from application.caller import Caller
from application.comment_text import mentions_in
from application.request_lock import RequestLock
from approval.model import Code, FieldError, Person, refuse
from crm import comments, directory, requests
from crm.comments import About, CommentPage, CommentRecord
from crm.events import tell_touched
from crm.pool import Connection, Pool

EDITABLE_FOR: Final = timedelta(minutes=10)
"""How long its author can have a comment say something else."""


class Comments:
    """What is said about requests.

    Args:
        pool: the CRM database.
        lock: the right to change a request.
    """

    def __init__(self, pool: Pool, lock: RequestLock) -> None:
        self._pool = pool
        self._lock = lock

    async def page(
        self, caller: Caller, request_id: UUID, *, limit: int, cursor: str | None, newest_first: bool = False
    ) -> CommentPage:
        """A part of what is said about a request that the caller may see; see ``crm.comments.page``.

        Raises:
            RefusedError: ``not_found``; ``invalid``: the cursor is not ours.
        """
        if not await requests.visible(self._pool, [request_id], caller.viewer):
            raise refuse(Code.NOT_FOUND)
        return await comments.page(self._pool, request_id, limit=limit, cursor=cursor, newest_first=newest_first)

    async def add(self, caller: Caller, request_id: UUID, text: str, *, comment_id: UUID) -> CommentRecord:
        """Say something about a request, and have those told whom it concerns. The same with the same id is said once.

        Args:
            text: what a ``CommentText`` may be.
            comment_id: of the comment; if it is that of another one, this gets an id of its own.

        Raises:
            RefusedError: ``not_found``; ``request_busy``; ``invalid``: it speaks to somebody who may not see the request.
        """
        now = datetime.now(UTC)
        async with (
            self._lock.turn(caller.username, request_id),
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            of = await _about(connection, caller, request_id)
            commented = await comments.authors(connection, request_id)
            mentioned = mentions_in(text)
            seen_by = await _seen_by(connection, request_id, [*commented, *mentioned])
            _require_seen(mentioned, seen_by, await directory.names(connection, mentioned))
            new = CommentRecord(
                id=comment_id,
                request_id=request_id,
                author=caller.person,
                text=text,
                mentioned=tuple(Person(username=one, name=seen_by[one]) for one in mentioned),
                written_at=now,
            )
            if not await comments.insert(connection, new):
                found = await comments.find(connection, comment_id)
                if found is not None and _is_same(found, new):
                    return found
                new = new.model_copy(update={"id": uuid7()})
                await comments.insert(connection, new)
            await comments.tell(connection, of, new, commented=[one for one in commented if one in seen_by])
        await tell_touched(self._pool, request_id)
        return new

    async def edit(self, caller: Caller, request_id: UUID, comment_id: UUID, text: str) -> CommentRecord:
        """Have a comment of the caller's say something else; what it said is kept. Nobody is told of it.

        Raises:
            RefusedError: ``not_found``; ``request_busy``; ``forbidden``: it is another's, or older than ``EDITABLE_FOR``;
                ``invalid``: it speaks to somebody whom it did not speak to before.
        """
        async with (
            self._lock.turn(caller.username, request_id),
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            await _about(connection, caller, request_id)
            await comments.lock(connection, comment_id)
            before = await comments.find(connection, comment_id)
            if before is None or before.request_id != request_id:
                raise refuse(Code.NOT_FOUND)
            now = datetime.now(UTC)
            if before.author.username != caller.username:
                raise refuse(Code.FORBIDDEN, variant="edit_comment")
            if now >= editable_until(before):
                raise refuse(Code.FORBIDDEN, variant="late_comment")
            if text == before.text:
                return before
            mentioned = mentions_in(text)
            known = {person.username for person in before.mentioned}
            new = [one for one in mentioned if one not in known]
            if new:
                raise refuse(Code.INVALID, *(_wrong("mention_in_edit", one) for one in new))
            await comments.edit(connection, before, text, list(mentioned), at=now)
            after = await comments.find(connection, comment_id)
        await tell_touched(self._pool, request_id)
        return after or before


def editable_until(comment: CommentRecord) -> datetime:
    """Until when, and not at that moment any more, its author can edit a comment."""
    return comment.written_at + EDITABLE_FOR


async def _about(connection: Connection, caller: Caller, request_id: UUID) -> About:
    of = await comments.about(connection, request_id, caller.viewer)
    if of is None:
        raise refuse(Code.NOT_FOUND)
    access.name_in_logs(of.number, None)
    return of


async def _seen_by(connection: Connection, request_id: UUID, usernames: Sequence[str]) -> dict[str, str]:
    """Names of those of the users who are there and may see the request, by username."""
    if not usernames:
        return {}
    seen = (await requests.seen_by(connection, [request_id], usernames)).get(request_id, set())
    return await directory.find_people(connection, seen)


def _require_seen(mentioned: Sequence[str], seen_by: dict[str, str], names: dict[str, str]) -> None:
    """Refuse to speak to whoever would not read it.

    Raises:
        RefusedError: ``invalid``.
    """
    wrong = [
        _wrong("mention_not_seen", one, name=names[one]) if one in names else _wrong("no_such_mention", one)
        for one in mentioned
        if one not in seen_by
    ]
    if wrong:
        raise refuse(Code.INVALID, *wrong)


def _wrong(message: str, username: str, **more: str) -> FieldError:
    return FieldError(pointer="/text", message=message, params={"value": username, **more})


def _is_same(found: CommentRecord, new: CommentRecord) -> bool:
    """Whether a comment is the other one, sent again."""
    return (found.request_id, found.author, found.first_text) == (new.request_id, new.author, new.text)
