"""The mail server, spoken to by SMTP: one connection for many mails, and what it makes of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Final

from aiosmtplib import SMTP, SMTPException, SMTPResponseException
from pydantic import SecretStr

from approval.model import Frozen

_TROUBLE: Final = (SMTPException, OSError)
_GOING_AWAY: Final = 421


class Tls(StrEnum):
    """How the connection is kept from others."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"
    """From its first byte on."""


class MailServer(Frozen):
    """Where mails go.

    Args:
        sender: the address that they come from, in the envelope.
        timeout: seconds for each of the server's answers.
        send_limit: seconds for one mail, however slowly the server answers.
    """

    host: str
    port: int
    tls: Tls
    sender: str
    user: str = ""
    password: SecretStr = SecretStr("")
    timeout: float = 20.0
    send_limit: float = 60.0

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[SmtpSession]:
        """A connection, for as long as the block runs.

        Raises:
            ServerAwayError: on entering.
        """
        client = SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user or None,
            password=self.password.get_secret_value() or None,
            use_tls=self.tls is Tls.TLS,
            start_tls=self.tls is Tls.STARTTLS,
            timeout=self.timeout,
        )
        try:
            await client.connect()
        except _TROUBLE as error:
            client.close()
            raise ServerAwayError(_words(error)) from error
        try:
            yield SmtpSession(client, self)
        finally:
            with suppress(*_TROUBLE):
                await client.quit()
            client.close()


class ServerAwayError(Exception):
    """The server takes no mail of ours now, whoever it is for. The message has its answer."""


class Verdict(StrEnum):
    """What the server makes of a mail."""

    TAKEN = "taken"
    LATER = "later"
    """Not now, for this receiver."""
    NEVER = "never"
    UNSURE = "unsure"
    """The line went dead before it said."""


class Answer(Frozen):
    """The same with its own words."""

    verdict: Verdict
    words: str


class SmtpSession:
    """A connection.

    Args:
        client: connected.
        server: to what.
    """

    def __init__(self, client: SMTP, server: MailServer) -> None:
        self._client = client
        self._server = server
        self.usable = True
        """Whether another mail can be given."""

    async def send(self, receiver: str, message: bytes) -> Answer:
        """Give the server a mail.

        Args:
            receiver: one address, in ASCII.
            message: as RFC 5322 has it.

        Raises:
            ServerAwayError: it certainly did not take it, nor would it take another one.
        """
        given = False
        try:
            async with asyncio.timeout(self._server.send_limit):
                await self._client.mail(self._server.sender)
                refused = await self._refusal_of(receiver)
                if refused is not None:
                    return refused
                given = True
                response = await self._client.data(message)
                return Answer(verdict=Verdict.TAKEN, words=f"{response.code} {response.message}")
        except SMTPResponseException as error:
            if not given or error.code == _GOING_AWAY:
                self.usable = False
                raise ServerAwayError(_words(error)) from error
            return await self._refused(error)
        except _TROUBLE as error:  # TimeoutError among them
            self.usable = False
            if given:
                return Answer(verdict=Verdict.UNSURE, words=_words(error))
            raise ServerAwayError(_words(error)) from error

    async def _refusal_of(self, receiver: str) -> Answer | None:
        try:
            await self._client.rcpt(receiver)
        except SMTPResponseException as error:
            if error.code == _GOING_AWAY:
                raise
            return await self._refused(error)
        return None

    async def _refused(self, error: SMTPResponseException) -> Answer:
        """The server's refusal of one mail, after which it is ready for the next."""
        try:
            await self._client.rset()
        except _TROUBLE:
            self.usable = False
        verdict = Verdict.NEVER if error.code >= 500 else Verdict.LATER
        return Answer(verdict=verdict, words=_words(error))


def _words(error: BaseException) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or type(error).__name__
