"""A real SMTP server that takes mails, and does to them what mail servers do."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Received:
    """A mail that came."""

    receiver: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """With its parts."""
        return message_from_bytes(self.content, policy=default)

    def part(self, kind: str) -> str:
        """``plain`` or ``html``."""
        body = self.message.get_body((kind,))
        assert body is not None
        return str(body.get_content())


@dataclass
class PostOffice:
    """What came, and how it answers.

    Attributes:
        mails: in the order in which they came, whatever was answered.
        answers_to: by receiver: to RCPT, one after the other; then it takes them.
        answers: to the mails themselves, one after the other; then it takes them.
        dropped: so many connections are cut when a mail has come, before anything is answered.
        pause: seconds before a mail is answered.
        connections: how many there were.
        came: set when a mail has come.
    """

    mails: list[Received] = field(default_factory=list)
    answers_to: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    answers: list[str] = field(default_factory=list)
    dropped: int = 0
    pause: float = 0.0
    connections: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    def to(self, username: str) -> list[Received]:
        """The mails to somebody of the demo."""
        return [mail for mail in self.mails if mail.receiver == f"{username}@demo.example"]

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.answers_to[address]:
            return self.answers_to[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.original_content, bytes)
        self.mails += [Received(receiver, envelope.original_content) for receiver in envelope.rcpt_tos]
        self.came.set()
        if self.pause:
            await asyncio.sleep(self.pause)
        if self.dropped:
            self.dropped -= 1
            server.transport.abort()
            return "250 nobody hears this"
        return self.answers.pop(0) if self.answers else "250 taken"


@asynccontextmanager
async def open_post_office(port: int = 0) -> AsyncIterator[PostOffice]:
    """A post office on this machine, for as long as the block runs."""
    office = PostOffice()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(office, hostname="post", loop=loop), "127.0.0.1", port)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
