"""What the page of a request shows of the talk about it: the newest comments, who watches it, and whether its reader has flagged it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from markupsafe import Markup

from application import watching
from application.caller import Caller
from application.comment_text import html_of
from application.comments import editable_until
from approval.model import Frozen
from crm import comments
from crm.comments import CommentRecord
from crm.pool import Pool
from crm.records import RequestRecord
from crm.watchers import Watcher

FEW_COMMENTS: Final = 20
"""On the page of a request; a page of their own has all."""


class ShownComment(Frozen):
    """A comment as somebody is shown it."""

    record: CommentRecord
    html: str
    editable: bool

    @property
    def markup(self) -> Markup:
        """Its text, made safe."""
        return Markup(self.html)  # noqa: S704 - by application.comment_text


class Typed(Frozen):
    """What somebody typed that was not taken, and why."""

    text: str
    error: str
    comment_id: UUID | None = None
    """Of the comment that it was to become; None: a new one."""


class Talk(Frozen):
    """The talk about a request."""

    comments: tuple[ShownComment, ...]
    """The newest, oldest first."""
    more: bool
    """Whether there are earlier ones."""
    watchers: tuple[Watcher, ...]
    may_choose: bool
    """Whether the reader may choose who watches."""
    flagged: bool
    """Whether they have flagged the request for themselves."""


def shown(found: Iterable[CommentRecord], caller: Caller) -> tuple[ShownComment, ...]:
    """Comments as the caller is shown them."""
    now = datetime.now(UTC)
    return tuple(
        ShownComment(
            record=one,
            html=html_of(one.text, {person.username: person.name for person in one.mentioned}),
            editable=one.author.username == caller.username and now < editable_until(one),
        )
        for one in found
    )


async def talk_about(pool: Pool, record: RequestRecord, caller: Caller) -> Talk:
    """The talk about a request, as the application gave it to the caller."""
    page, watched = await asyncio.gather(
        comments.page(pool, record.id, limit=FEW_COMMENTS, newest_first=True),
        watching.of_request(pool, caller, record),
    )
    return Talk(
        comments=shown(page.items[::-1], caller),
        more=page.next_cursor is not None,
        watchers=watched.watchers,
        may_choose=watching.may_choose(caller, record, watched),
        flagged=watched.flagged,
    )
