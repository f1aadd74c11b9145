"""``/purchase-requests/{id}/comments`` and ``/watchers``: talking about a request, and who may read along."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import ConfigDict, Field

from admission import HEAVY
from api.deps import CallerDep, PoolDep, ServiceDep, SubjectDep, get_limit
from api.idempotency import POST, IdempotentRoute
from api.problems import documented
from api.routes import ANSWERS
from application import watching
from application.caller import Caller
from application.comment_text import html_of
from application.comments import Comments, editable_until
from approval.model import Code, FieldError, Frozen, Input, Person, refuse
from approval.values import CommentText, ShortText
from crm.comments import CommentRecord, Said
from crm.watchers import Watcher

router = APIRouter(
    prefix="/purchase-requests/{request_id}",
    route_class=IdempotentRoute,
    tags=["purchase requests"],
    responses=ANSWERS,
)


async def get_comments(request: Request) -> Comments:
    """What is said about requests."""
    comments: Comments = request.app.state.comments
    return comments


CommentsDep = Annotated[Comments, Depends(get_comments)]


class CommentBody(Input):
    """What somebody says."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "@manager1 Báo giá **đã gồm** VAT."}]})

    text: CommentText
    """Markdown of a small kind: bold, italics, code, lists, links, quotes. `@username` speaks to somebody, who must be able to
    see the request."""


class Comment(Frozen):
    """A comment. `text` is what was typed, `html` the same to be shown, safe for any page."""

    id: UUID
    author: Person
    text: Annotated[str, Field(examples=["@manager1 Báo giá **đã gồm** VAT."])]
    html: Annotated[
        str,
        Field(
            examples=[
                '<p><span class="mention" title="manager1">@Lê Hoàng Nam</span> Báo giá <strong>đã gồm</strong> VAT.</p>'
            ]
        ),
    ]
    mentioned: tuple[Person, ...]
    written_at: datetime
    edited_at: datetime | None
    """When it was edited last; null: never."""
    earlier: tuple[Said, ...]
    """What it said before, oldest first."""
    editable_until: datetime | None
    """Until when the caller can edit it; null: not, or not any more."""

    @classmethod
    def of(cls, record: CommentRecord, caller: Caller) -> Comment:
        """A stored one, as the caller is shown it."""
        names = {person.username: person.name for person in record.mentioned}
        until = editable_until(record)
        is_own = record.author.username == caller.username
        shown = {name: getattr(record, name) for name in cls.model_fields if name in CommentRecord.model_fields}
        return cls(
            **shown,
            html=html_of(record.text, names),
            editable_until=until if is_own and datetime.now(UTC) < until else None,
        )


class CommentList(Frozen):
    """One page of comments and the cursor of the next."""

    items: tuple[Comment, ...]
    next_cursor: str | None


class WatcherBody(Input):
    """Who is to watch."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"username": "sales2"}]})

    username: Annotated[ShortText, Field(min_length=1)]


class WatcherList(Frozen):
    """Everybody who watches a request, in the order in which they were added."""

    items: tuple[Watcher, ...]


@router.get("/comments", response_model=CommentList, openapi_extra=HEAVY)
async def list_comments(
    request_id: UUID,
    caller: CallerDep,
    comments: CommentsDep,
    limit: Annotated[int, Depends(get_limit)],
    sort: Annotated[str, Query(description="created, or -created for the newest first")] = "created",
    cursor: str | None = None,
) -> CommentList:
    """List what is said about a request, oldest first."""
    if sort not in ("created", "-created"):
        raise refuse(Code.INVALID, FieldError(pointer="/sort", message="unknown_sort", params={"allowed": "created"}))
    page = await comments.page(caller, request_id, limit=limit, cursor=cursor, newest_first=sort == "-created")
    return CommentList(items=tuple(Comment.of(one, caller) for one in page.items), next_cursor=page.next_cursor)


@router.post(
    "/comments",
    status_code=201,
    response_model=Comment,
    dependencies=POST,
    responses=documented("invalid", "request_busy", "idempotency_key_reused"),
)
async def add_comment(
    request_id: UUID, body: CommentBody, caller: CallerDep, comments: CommentsDep, subject: SubjectDep
) -> Comment:
    """Say something about a request, in whatever state it is; it is in no way part of the decision.

    The owner, those who watch it, who commented before, and whom it speaks to with `@username` are told.
    """
    return Comment.of(await comments.add(caller, request_id, body.text, comment_id=subject), caller)


@router.patch(
    "/comments/{comment_id}",
    response_model=Comment,
    responses=documented("invalid", "forbidden", "request_busy"),
)
async def edit_comment(
    request_id: UUID, comment_id: UUID, body: CommentBody, caller: CallerDep, comments: CommentsDep
) -> Comment:
    """Edit a comment of one's own, within ten minutes; what it said is kept in `earlier`.

    Nobody is told of it, so that it can speak to nobody whom it did not speak to before.
    """
    return Comment.of(await comments.edit(caller, request_id, comment_id, body.text), caller)


@router.get("/watchers", response_model=WatcherList)
async def list_watchers(request_id: UUID, caller: CallerDep, pool: PoolDep, service: ServiceDep) -> WatcherList:
    """List who watches a request: reads it, and hears of it, though it is neither theirs nor waits on them."""
    record = await service.get(caller, request_id)
    return WatcherList(items=(await watching.of_request(pool, caller, record)).watchers)


@router.post(
    "/watchers",
    status_code=201,
    response_model=Watcher,
    dependencies=POST,
    responses=documented("invalid", "forbidden", "idempotency_key_reused"),
)
async def add_watcher(request_id: UUID, body: WatcherBody, caller: CallerDep, pool: PoolDep) -> Watcher:
    """Have somebody watch a request, who may read it from now on; by its owner, an approver of it, or an admin.

    Of whoever watches it already, the answer says since when.
    """
    return await watching.add(pool, caller, request_id, body.username)


@router.delete("/watchers/{username}", status_code=204, responses=documented("forbidden"))
async def remove_watcher(request_id: UUID, username: ShortText, caller: CallerDep, pool: PoolDep) -> None:
    """Have somebody watch a request no more; by those who may add them, and by themselves."""
    await watching.remove(pool, caller, request_id, username)
