"""A signed-in user of the API: the calls of everyday, each answered with what it is about. All others are under ``generated``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Final, Literal, Protocol, Self, TypeVar
from uuid import UUID

from purchase_approval_client.careful import CarefulClient
from purchase_approval_client.generated import AuthenticatedClient
from purchase_approval_client.generated.api.account import demo_token, me
from purchase_approval_client.generated.api.purchase_requests import (
    approval_preview,
    approve,
    cancel,
    create,
    edit,
    get_command,
    get_request,
    get_timeline,
    inbox,
    list_requests,
    recall,
    reject,
    send,
)
from purchase_approval_client.generated.api.purchasing import report
from purchase_approval_client.generated.models import (
    Applied,
    Approve,
    Cancel,
    CommandState,
    InboxItem,
    InboxPage,
    ListedItem,
    Me,
    NewRequest,
    Page,
    PreviewView,
    PurchaseRequest,
    PurchasingEvent,
    Recall,
    Reject,
    RequestPatch,
    SendCommand,
    Timeline,
    TimelineItem,
    Token,
    TokenRequest,
)
from purchase_approval_client.problems import ConflictError, NotAppliedYetError, NotFoundError

Language = Literal["vi", "en"]
_FIRST_LOOK: Final = 0.2
_LAST_LOOK: Final = 2.0
"""Seconds between two looks for an outcome: at first, and later."""

Answer = TypeVar("Answer")


class _Paged(Protocol):
    @property
    def next_cursor(self) -> str | None: ...


PageOf = TypeVar("PageOf", bound=_Paged)


class Session:
    """The API as one user has it; an async context manager, which closes its connections.

    Args:
        address: where the API is, without a path: ``https://purchase.example.com``.
        token: a bearer token of the company's issuer.
        language: of texts for people.
        timeout: seconds for which one answer is waited.
        patience: seconds in which a call may be sent again when it was cut, or when the answer says to come again.
        outcome_seconds: for how long the outcome of a decision is waited that was taken and is not applied at once.
        options: further ones of ``httpx.AsyncClient``, such as ``verify``, ``proxy``, ``transport``.

    Every call raises:
        ProblemError: it was refused; see its subclasses.
        httpx.TransportError: there was no answer.
    Decisions raise besides:
        NotAppliedYetError: taken, and not applied within ``outcome_seconds``.
    """

    def __init__(
        self,
        address: str,
        token: str | None,
        *,
        language: Language = "vi",
        timeout: float = 30.0,
        patience: float = 30.0,
        outcome_seconds: float = 30.0,
        **options: Any,
    ) -> None:
        headers = {"Accept-Language": language} | ({"Authorization": f"Bearer {token}"} if token else {})
        self.http = CarefulClient(patience=patience, base_url=address, headers=headers, timeout=timeout, **options)
        self.api = AuthenticatedClient(base_url=address, token=token or "").set_async_httpx_client(self.http)
        """What the generated calls take as ``client``."""
        self._outcome_seconds = outcome_seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.http.aclose()

    async def me(self) -> Me:
        """Who is signed in."""
        return expect(Me, await me.asyncio(client=self.api))

    async def inbox(self) -> AsyncIterator[InboxItem]:
        """The requests that wait on the user, those with the oldest deadline first."""
        async for page in pages(InboxPage, inbox.asyncio, client=self.api):
            for item in page.items:
                yield item

    async def requests(self, **filters: Any) -> AsyncIterator[ListedItem]:
        """The requests that the user may see.

        Args:
            filters: as of ``generated.api.purchase_requests.list_requests``: ``q``, ``process_status``, ``sort`` …
        """
        async for page in pages(Page, list_requests.asyncio, client=self.api, **filters):
            for item in page.items:
                yield item

    async def request(self, request_id: UUID) -> PurchaseRequest:
        """A whole request."""
        return expect(PurchaseRequest, await get_request.asyncio(request_id, client=self.api))

    async def request_numbered(self, number: str) -> PurchaseRequest:
        """A whole request, by its number.

        Raises:
            NotFoundError: the user sees no such request.
        """
        async for item in self.requests(q=number):
            if item.number.casefold() == number.casefold():
                return await self.request(item.id)
        raise NotFoundError(status=404, code="not_found", title="", detail=number)

    async def timeline(self, request_id: UUID) -> AsyncIterator[TimelineItem]:
        """Everything that was tried on a request, oldest first."""
        async for page in pages(Timeline, get_timeline.asyncio, request_id, client=self.api):
            for item in page.items:
                yield item

    async def preview(self, request_id: UUID) -> PreviewView:
        """What a send would run now."""
        return expect(PreviewView, await approval_preview.asyncio(request_id, client=self.api))

    async def create(self, body: NewRequest | Mapping[str, Any]) -> PurchaseRequest:
        """Save a request; with ``send`` in its body, save and send it."""
        new = body if isinstance(body, NewRequest) else NewRequest.from_dict(dict(body))
        return await self._settled(await create.asyncio(client=self.api, body=new), None)

    async def edit(self, request: PurchaseRequest, changes: RequestPatch | Mapping[str, Any]) -> PurchaseRequest:
        """Edit a request as it was read.

        Raises:
            StaleVersionError: it has changed since.
        """
        patch = changes if isinstance(changes, RequestPatch) else RequestPatch.from_dict(dict(changes))
        edited = await edit.asyncio(request.id, client=self.api, body=patch, if_match=version_tag(request))
        return expect(PurchaseRequest, edited)

    async def send(
        self,
        request_id: UUID,
        *,
        approvers: Mapping[str, str] | None = None,
        note: str | None = None,
        seen: PurchaseRequest | None = None,
    ) -> PurchaseRequest:
        """Send a request, or resend a returned one.

        Args:
            request_id: of the request.
            approvers: by step key, where the requester chooses.
            note: goes with it.
            seen: the request as it was read; if it has changed since, the call is refused with ``StaleVersionError``.
        """
        body = SendCommand.from_dict({"approvers": dict(approvers or {}), "note": note})
        return await self._settled(
            await send.asyncio(request_id, client=self.api, body=body, **_as_seen(seen)), request_id
        )

    async def approve(
        self,
        request_id: UUID,
        step: str,
        *,
        note: str | None = None,
        changes: Mapping[str, Any] | None = None,
        lines: Mapping[UUID, Mapping[str, str]] | None = None,
        acting_for: str | None = None,
        seen: PurchaseRequest | None = None,
    ) -> PurchaseRequest:
        """Approve an open step.

        Args:
            request_id: of the request.
            step: its key.
            note: goes with it.
            changes: to what the step may edit: ``{"lines": [{"id": …, "quantity": "8"}]}``.
            lines: what becomes of single lines: ``{id: {"decision": "return", "note": …}}``.
            acting_for: whose substitute one decides as, where one is that of several people.
            seen: see ``send``.
        """
        said = {"step": step, "note": note, "for": acting_for, "changes": changes}
        body = Approve.from_dict(
            said | ({"lines": {str(line): dict(what) for line, what in lines.items()}} if lines else {})
        )
        return await self._settled(
            await approve.asyncio(request_id, client=self.api, body=body, **_as_seen(seen)), request_id
        )

    async def reject(
        self,
        request_id: UUID,
        step: str,
        note: str,
        *,
        end: bool = False,
        to: str | None = None,
        acting_for: str | None = None,
        seen: PurchaseRequest | None = None,
    ) -> PurchaseRequest:
        """Return a request to its owner, or to an earlier step (``to``); with ``end`` reject it for good. Else see ``approve``."""
        body = Reject.from_dict({"step": step, "note": note, "end": end, "to": to, "for": acting_for})
        return await self._settled(
            await reject.asyncio(request_id, client=self.api, body=body, **_as_seen(seen)), request_id
        )

    async def recall(self, request_id: UUID, note: str | None = None) -> PurchaseRequest:
        """Take one's own request back from approval."""
        body = Recall.from_dict({"note": note})
        return await self._settled(await recall.asyncio(request_id, client=self.api, body=body), request_id)

    async def cancel(self, request_id: UUID, note: str) -> PurchaseRequest:
        """Cancel a request for good."""
        body = Cancel.from_dict({"note": note})
        return await self._settled(await cancel.asyncio(request_id, client=self.api, body=body), request_id)

    async def report(self, event: PurchasingEvent | Mapping[str, Any]) -> Applied:
        """Report what has become of a request in purchasing."""
        said = event if isinstance(event, PurchasingEvent) else PurchasingEvent.from_dict(dict(event))
        return expect(Applied, await report.asyncio(client=self.api, body=said))

    async def outcome(self, request_id: UUID, command_id: UUID) -> CommandState:
        """What became of a decision that was taken and not applied at once."""
        return expect(CommandState, await get_command.asyncio(request_id, command_id, client=self.api))

    async def _settled(self, answer: object, request_id: UUID | None) -> PurchaseRequest:
        """The request after a decision, which is waited for if it is taken and not applied at once."""
        if isinstance(answer, PurchaseRequest) or request_id is None:
            return expect(PurchaseRequest, answer)
        state = expect(CommandState, answer)
        deadline = time.monotonic() + self._outcome_seconds
        pause = _FIRST_LOOK
        while state.status == "accepted":
            if time.monotonic() > deadline:
                raise NotAppliedYetError(request_id, state.command_id)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LAST_LOOK)
            state = await self.outcome(request_id, state.command_id)
        if state.status == "refused":
            raise ConflictError(status=409, code=str(state.code), title="", detail=str(state.detail))
        return await self.request(request_id)


async def demo_session(address: str, username: str, **options: Any) -> Session:
    """A session of a user of the demo, where the system runs in demo mode.

    Args:
        address: see ``Session``.
        username: of the demo's directory: ``sales1``.
        options: as of ``Session``.
    """
    async with Session(address, None, **options) as nobody:
        token = expect(Token, await demo_token.asyncio(client=nobody.api, body=TokenRequest(username=username)))
    return Session(address, token.access_token, **options)


async def pages(
    kind: type[PageOf], call: Callable[..., Awaitable[object]], *where: Any, **arguments: Any
) -> AsyncIterator[PageOf]:
    """The pages of any list, one after another.

    Args:
        kind: what the call answers with: ``OrderPage``.
        call: ``asyncio`` of a generated call.
        where: its ids.
        arguments: ``client``, filters, ``limit``.
    """
    page = expect(kind, await call(*where, **arguments))
    yield page
    while page.next_cursor is not None:
        page = expect(kind, await call(*where, **arguments, cursor=page.next_cursor))
        yield page


def version_tag(request: PurchaseRequest) -> str:
    """What ``If-Match`` says of a request as it was read."""
    return f'"{request.version}"'


def _as_seen(request: PurchaseRequest | None) -> dict[str, str]:
    return {"if_match": version_tag(request)} if request is not None else {}


def expect(kind: type[Answer], answer: object) -> Answer:
    """The answer of a generated call, which is of that kind: whatever else the document has the API answer was raised.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(answer, kind):
        raise TypeError(
            f"the API answered with {type(answer).__name__} instead of {kind.__name__}: is this client its own?"
        )
    return answer
