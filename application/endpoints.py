"""Endpoints, for the API and the pages alike: admins make, change, try and delete them, and look at what they were told."""

from __future__ import annotations

import base64
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import ConfigDict, Field

from application.caller import Caller
from application.delivery.engine import Engine, EngineRefusedError, EngineUnavailableError
from application.encryption import Encryption, NoKeyError
from approval.effects import EventType
from approval.model import Code, FieldError, Frozen, Input, Person, Role, refuse
from approval.values import Line, RequiredText, ShortText
from crm import deliveries, endpoints
from crm.deliveries import Delivery, DeliveryAnswer, DeliveryPage
from crm.endpoints import Endpoint, EndpointKind, OffReason
from crm.pool import Pool
from workflows.notice_contract import NoticeWay, WayKind

MOST_ENDPOINTS: Final = 50
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
SECRET_BYTES: Final = 32
SHOWN_AGAIN: Final = timedelta(minutes=10)
"""So long whoever makes a call again is given the secret that it made: the first answer may have been lost."""

EventTypes = Annotated[tuple[EventType, ...], Field(min_length=1, max_length=len(EventType))]
Address = Annotated[Line, Field(min_length=1, max_length=2000, examples=["https://erp.example.com/hooks/purchase"])]
ChatLanguage = Literal["vi", "en"]


class EndpointDraft(Input):
    """An endpoint to be made. Left out, ``event_types`` are all; ``chat_id`` is for Zalo alone, ``language`` for chats."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "webhook",
                    "name": "ERP",
                    "address": "https://erp.example.com/hooks/purchase",
                    "event_types": ["request.sent", "request.completed"],
                }
            ]
        },
    )

    kind: EndpointKind
    name: RequiredText
    address: Address
    chat_id: ShortText = ""
    event_types: EventTypes | None = None
    language: ChatLanguage = "vi"


class EndpointChange(Input):
    """What is to be another of an endpoint; the rest stays. ``event_types`` null are all."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [{"enabled": False}, {"event_types": None}]}
    )

    name: RequiredText | None = None
    address: Address | None = None
    chat_id: ShortText | None = None
    event_types: EventTypes | None = None
    language: ChatLanguage | None = None
    enabled: bool | None = None


class EndpointView(Frozen):
    """An endpoint as admins see it."""

    id: UUID
    kind: EndpointKind
    name: str
    address: str
    """Of a chat only the host, since whoever knows the rest can write there; empty: nobody can read it any more."""
    chat_id: str
    event_types: tuple[str, ...] | None
    language: ChatLanguage
    owner: Person
    made_at: datetime
    enabled: bool
    off_reason: OffReason | None
    state_since: datetime
    """Since when it is on, or off."""
    failing_since: datetime | None
    previous_secret_until: datetime | None
    """Until then it is signed with the secret before, too."""
    waiting: int
    """How many events it is to be told."""


class Tested(Frozen):
    """What came of trying an endpoint."""

    taken: bool
    answer: DeliveryAnswer


class Reply(Protocol):
    """What an endpoint answered to a call."""

    @property
    def answer(self) -> DeliveryAnswer:
        """For people."""
        ...


class Calls(Protocol):
    """Calls endpoints."""

    async def check(self, address: str) -> None:
        """Refuse an address that no call may go to.

        Raises:
            RefusedError: ``invalid``.
        """

    async def test(self, endpoint: Endpoint) -> tuple[Reply, bool]:
        """Tell an endpoint that it is being tried: what it answered, and whether it took it."""


class Endpoints:
    """What admins do with endpoints. Everything is refused to others (``forbidden``).

    Args:
        pool: the CRM database.
        encryption: of addresses and secrets.
        calls: calls endpoints.
        engine: has what is due delivered at once.
    """

    def __init__(self, pool: Pool, encryption: Encryption, calls: Calls, engine: Engine) -> None:
        self._pool = pool
        self._encryption = encryption
        self._calls = calls
        self._engine = engine

    @property
    def are_possible(self) -> bool:
        """Whether endpoints can be made here: there is a key to encrypt their secrets with."""
        return self._encryption.is_possible

    async def everything(self, caller: Caller) -> list[EndpointView]:
        """All endpoints, the oldest first."""
        caller.require_role(Role.ADMIN)
        found = await endpoints.everything(self._pool)
        waiting = await endpoints.waiting(self._pool, [one.id for one in found])
        return [self._view(one, waiting.get(one.id, 0)) for one in found]

    async def get(self, caller: Caller, endpoint_id: UUID) -> EndpointView:
        """One of them.

        Raises:
            RefusedError: ``not_found``.
        """
        endpoint = await self._find(caller, endpoint_id)
        return self._view(endpoint, (await endpoints.waiting(self._pool, [endpoint.id])).get(endpoint.id, 0))

    async def make(self, caller: Caller, draft: EndpointDraft, *, endpoint_id: UUID) -> tuple[EndpointView, str | None]:
        """Make an endpoint. With the same id it is made once.

        Returns:
            The endpoint, and a webhook's secret, which nobody is shown again.

        Raises:
            RefusedError: ``invalid``, also if it was made long ago; ``encryption_key_missing``: this installation cannot keep
                secrets.
        """
        caller.require_role(Role.ADMIN)
        self._require_key()
        _require_chat(draft.kind, draft.chat_id)
        await self._calls.check(draft.address)
        if len(await endpoints.everything(self._pool)) >= MOST_ENDPOINTS:
            params = {"most": str(MOST_ENDPOINTS)}
            raise refuse(Code.INVALID, FieldError(pointer="", message="too_many_endpoints", params=params))
        now = datetime.now(UTC)
        new = Endpoint(
            id=endpoint_id,
            kind=draft.kind,
            name=draft.name,
            address=self._encryption.encrypt(draft.address),
            chat_id=draft.chat_id,
            event_types=draft.event_types,
            language=draft.language,
            owner=caller.person,
            made_at=now,
            secret=None if draft.kind.is_chat else self._encryption.encrypt(new_secret()),
            previous_secret=None,
            previous_until=None,
            off_reason=None,
            state_since=now,
            failing_since=None,
        )
        await endpoints.insert(self._pool, new)
        made = await self._find(caller, endpoint_id)
        return self._view(made, 0), self._secret(made)

    async def change(self, caller: Caller, endpoint_id: UUID, change: EndpointChange) -> EndpointView:
        """Change one; switched on, it is told what still waits for it.

        Raises:
            RefusedError: ``not_found``, ``invalid``, ``encryption_key_missing``.
        """
        endpoint = await self._find(caller, endpoint_id)
        wanted = {name: getattr(change, name) for name in change.model_fields_set}
        updates = {name: wanted[name] for name in ("name", "chat_id", "language") if wanted.get(name) is not None}
        if "event_types" in wanted:
            updates["event_types"] = wanted["event_types"]
        if wanted.get("address") is not None:
            self._require_key()
            await self._calls.check(wanted["address"])
            updates["address"] = self._encryption.encrypt(wanted["address"])
        if wanted.get("enabled") is not None and wanted["enabled"] is not (endpoint.off_reason is None):
            updates["off_reason"] = None if wanted["enabled"] else OffReason.BY_HAND
        changed = endpoint.model_copy(update=updates)
        _require_chat(changed.kind, changed.chat_id)
        await endpoints.save(self._pool, changed, switched="off_reason" in updates)
        if endpoint.off_reason is not None and changed.off_reason is None:
            await deliveries.try_at_once(self._pool, endpoint_id)
            await self._wake(endpoint_id)
        return await self.get(caller, endpoint_id)

    async def delete(self, caller: Caller, endpoint_id: UUID) -> None:
        """Forget one, with what waits for it and all that it was told.

        Raises:
            RefusedError: ``not_found``.
        """
        caller.require_role(Role.ADMIN)
        if not await endpoints.delete(self._pool, endpoint_id):
            raise refuse(Code.NOT_FOUND)

    async def rotate(self, caller: Caller, endpoint_id: UUID, *, rotation_id: UUID) -> tuple[EndpointView, str]:
        """Give a webhook another secret; for a day what it is told is signed with both. With the same id it is done once.

        Returns:
            The endpoint, and its secret, which nobody is shown again.

        Raises:
            RefusedError: ``not_found``; ``invalid``: a chat has no secret, or this was done long ago; ``encryption_key_missing``.
        """
        endpoint = await self._find(caller, endpoint_id)
        self._require_key()
        if endpoint.kind.is_chat:
            raise refuse(Code.INVALID, FieldError(pointer="/kind", message="chat_has_no_secret"))
        secret = self._encryption.encrypt(new_secret())
        await endpoints.rotate(self._pool, endpoint_id, secret, rotation_id=rotation_id)
        rotated = await self._find(caller, endpoint_id)
        return await self.get(caller, endpoint_id), self._secret(rotated) or ""

    async def test(self, caller: Caller, endpoint_id: UUID) -> Tested:
        """Try an endpoint now, whether it is on or off. It stands in no list of deliveries.

        Raises:
            RefusedError: ``not_found``, ``encryption_key_missing``.
        """
        endpoint = await self._find(caller, endpoint_id)
        try:
            reply, taken = await self._calls.test(endpoint)
        except NoKeyError as error:
            raise refuse(Code.ENCRYPTION_KEY_MISSING) from error
        return Tested(taken=taken, answer=reply.answer)

    async def deliveries(self, caller: Caller, endpoint_id: UUID, *, limit: int, cursor: str | None) -> DeliveryPage:
        """What an endpoint was told and is to be, the newest first, with its answers.

        Raises:
            RefusedError: ``not_found``; ``invalid``: no cursor of this list.
        """
        await self._find(caller, endpoint_id)
        return await deliveries.page(self._pool, endpoint_id, limit=limit, cursor=cursor)

    async def resend(self, caller: Caller, endpoint_id: UUID, delivery_id: UUID) -> Delivery:
        """Have an endpoint told something again, or at once if it waits: the same bytes under the same id.

        Raises:
            RefusedError: ``not_found``; ``invalid``: it is off.
        """
        endpoint = await self._find(caller, endpoint_id)
        if endpoint.off_reason is not None:
            raise refuse(Code.INVALID, FieldError(pointer="/enabled", message="endpoint_is_off"))
        if not await deliveries.send_again(self._pool, endpoint_id, delivery_id):
            raise refuse(Code.NOT_FOUND)
        await self._wake(endpoint_id)
        found = await deliveries.find(self._pool, endpoint_id, delivery_id)
        if found is None:
            raise refuse(Code.NOT_FOUND)
        return found

    async def _find(self, caller: Caller, endpoint_id: UUID) -> Endpoint:
        caller.require_role(Role.ADMIN)
        endpoint = await endpoints.find(self._pool, endpoint_id)
        if endpoint is None:
            raise refuse(Code.NOT_FOUND)
        return endpoint

    async def _wake(self, endpoint_id: UUID) -> None:
        """Have what is due there delivered now; without the engine it is when that is back, or a worker looks around."""
        with suppress(EngineUnavailableError, EngineRefusedError):
            await self._engine.deliver(NoticeWay(kind=WayKind.ENDPOINT, endpoint_id=endpoint_id))

    def _require_key(self) -> None:
        if not self._encryption.is_possible:
            raise refuse(Code.ENCRYPTION_KEY_MISSING)

    def _secret(self, endpoint: Endpoint) -> str | None:
        """The secret that was just made.

        Raises:
            RefusedError: ``invalid``: it was made long ago, and is not shown any more.
        """
        if endpoint.secret is None:
            return None
        rotated = endpoint.previous_until
        made_at = rotated - endpoints.BOTH_SECRETS if rotated is not None else endpoint.made_at
        if datetime.now(UTC) - made_at > SHOWN_AGAIN:
            raise refuse(Code.INVALID, FieldError(pointer="", message="secret_was_shown"))
        return self._encryption.decrypt(endpoint.secret)

    def _view(self, endpoint: Endpoint, waiting: int) -> EndpointView:
        now = datetime.now(UTC)
        both = endpoint.previous_until if endpoint.previous_until and endpoint.previous_until > now else None
        return EndpointView(
            id=endpoint.id,
            kind=endpoint.kind,
            name=endpoint.name,
            address=self._shown_address(endpoint),
            chat_id=endpoint.chat_id,
            event_types=endpoint.event_types,
            language="en" if endpoint.language == "en" else "vi",
            owner=endpoint.owner,
            made_at=endpoint.made_at,
            enabled=endpoint.off_reason is None,
            off_reason=endpoint.off_reason,
            state_since=endpoint.state_since,
            failing_since=endpoint.failing_since,
            previous_secret_until=both,
            waiting=waiting,
        )

    def _shown_address(self, endpoint: Endpoint) -> str:
        try:
            address = self._encryption.decrypt(endpoint.address)
        except NoKeyError:
            return ""
        if not endpoint.kind.is_chat:
            return address
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.netloc}/…"


def new_secret() -> str:
    """A secret to sign with, as Standard Webhooks has them."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _require_chat(kind: EndpointKind, chat_id: str) -> None:
    """Zalo is told which chat by its id, all others by their address.

    Raises:
        RefusedError: ``invalid``.
    """
    if (kind is EndpointKind.ZALO) != bool(chat_id):
        message = "zalo_chat_id" if not chat_id else "chat_id_of_zalo"
        raise refuse(Code.INVALID, FieldError(pointer="/chat_id", message=message))
