"""Endpoints: what happens is written down for each of them, and a call tells one of them something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from application.encryption import Encryption
from approval.model import Code, FieldError, refuse
from crm import deliveries, directory, endpoints
from crm.deliveries import NewDelivery
from crm.dispatching import OutboxEvent
from crm.endpoints import Endpoint
from crm.pool import Connection, Pool
from notices import chat, webhooks
from notices.guard import AddressRefused
from notices.sending import Reply, Sender
from notices.telling import NAMED_IN_LISTS
from texts import Language
from texts.endpoints import chat_link_text, chat_test_text, chat_text
from workflows.notice_contract import NoticeWay, WayKind


class ToEndpoints:
    """Has every endpoint that is on told what it wants to hear; see ``notices.dispatch.Sink``.

    Args:
        base_url: where browsers reach the pages, without a trailing slash.
        zone: the company's time zone, in which chats are told times.
    """

    def __init__(self, base_url: str, zone: ZoneInfo) -> None:
        self._base_url = base_url
        self._zone = zone

    async def take(self, connection: Connection, events: Sequence[OutboxEvent]) -> set[NoticeWay]:
        """See ``Sink``."""
        told = await endpoints.switched_on(connection)
        names = await _names(connection, events) if any(endpoint.kind.is_chat for endpoint in told) else {}
        new = [
            NewDelivery(
                id=uuid7(),
                endpoint_id=endpoint.id,
                event_id=event.id,
                request_id=event.request_id,
                sequence=event.sequence,
                type=event.type,
                body=self._body(endpoint, event, names),
            )
            for endpoint in told
            for event in events
            if endpoint.wants(event.type)
        ]
        if new:
            await deliveries.insert(connection, new)
        return {way_of(endpoint_id) for endpoint_id in {one.endpoint_id for one in new}}

    async def due(self, pool: Pool) -> set[NoticeWay]:
        """See ``Sink``."""
        return {way_of(endpoint_id) for endpoint_id in await deliveries.endpoints_due(pool)}

    def _body(self, endpoint: Endpoint, event: OutboxEvent, names: Mapping[str, str]) -> str:
        facts = {name: value for name, value in event.facts.items() if name not in NAMED_IN_LISTS}
        link = f"{self._base_url}/requests/{event.request_id}"
        if not endpoint.kind.is_chat:
            return webhooks.event_body(event, facts, link)
        language = _language(endpoint)
        text = chat_text(event.type, {**facts, "number": event.number}, language, zone=self._zone, names=names)
        message = chat.Message(text, link, chat_link_text(language, event.number))
        return chat.body(endpoint.kind, message, endpoint.chat_id)


Call = Callable[[str, str], Awaitable[tuple[Reply, bool]]]
"""Tells an endpoint something once, under an id that is the same for every try: what it answered, and whether it took it."""


class Calls:
    """Calls endpoints: reads what is encrypted, signs, and says whether what was sent was taken.

    Args:
        encryption: of addresses and secrets.
        sender: makes the calls.
        base_url: where browsers reach the pages, without a trailing slash.
    """

    def __init__(self, encryption: Encryption, sender: Sender, base_url: str) -> None:
        self._encryption = encryption
        self._sender = sender
        self._base_url = base_url

    async def check(self, address: str) -> None:
        """Refuse an address that no call may go to; see ``notices.guard.Guard.check``.

        Raises:
            RefusedError: ``invalid``.
        """
        try:
            await self._sender.check(address)
        except AddressRefused as error:
            wrong = FieldError(pointer="/address", message=error.reason, params=error.params)
            raise refuse(Code.INVALID, wrong) from error

    def to(self, endpoint: Endpoint) -> Call:
        """Calls one endpoint.

        Raises:
            NoKeyError: its address or its secrets cannot be read.
        """
        address, secrets = self._encryption.decrypt(endpoint.address), self._secrets(endpoint)

        async def call(message_id: str, body: str) -> tuple[Reply, bool]:
            signed = {} if endpoint.kind.is_chat else webhooks.headers(message_id, datetime.now(UTC), body, secrets)
            reply = await self._sender.post(address, signed, body.encode())
            return reply, chat.was_taken(endpoint.kind, reply)

        return call

    async def test(self, endpoint: Endpoint) -> tuple[Reply, bool]:
        """Tell an endpoint that it is being tried: what was answered, and whether it was taken.

        Raises:
            NoKeyError: its address or its secrets cannot be read.
        """
        language = _language(endpoint)
        if endpoint.kind.is_chat:
            text = chat_test_text(endpoint.name, language)
            message = chat.Message(text, self._base_url, chat_link_text(language))
            body = chat.body(endpoint.kind, message, endpoint.chat_id)
        else:
            body = webhooks.test_body(endpoint.name, datetime.now(UTC))
        return await self.to(endpoint)(deliveries.message_id(uuid7()), body)

    def _secrets(self, endpoint: Endpoint) -> list[str]:
        """What signs now: for a day after a rotation two secrets."""
        found = [endpoint.secret] if endpoint.secret else []
        if endpoint.previous_secret and endpoint.previous_until and endpoint.previous_until > datetime.now(UTC):
            found.append(endpoint.previous_secret)
        return [self._encryption.decrypt(secret) for secret in found]


def way_of(endpoint_id: UUID) -> NoticeWay:
    """The way to an endpoint."""
    return NoticeWay(kind=WayKind.ENDPOINT, endpoint_id=endpoint_id)


async def _names(connection: Connection, events: Sequence[OutboxEvent]) -> dict[str, str]:
    """The names of the people of whom events speak."""
    usernames = {
        str(event.facts[fact]) for event in events for fact in ("actor", "person", "from") if fact in event.facts
    }
    return await directory.names(connection, usernames)


def _language(endpoint: Endpoint) -> Language:
    return "en" if endpoint.language == "en" else "vi"
