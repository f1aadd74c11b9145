"""One call to another system: a body is posted, and what is answered is read as far as it is worth it.

Whatever is at the other end, a call costs no more than a connection for some seconds and a few kilobytes.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

import httpcore2

from approval.model import Frozen
from crm.deliveries import DeliveryAnswer
from notices.guard import AddressRefused, Guard, GuardedBackend, NameNotFound, timeouts

CONNECT_SECONDS: Final = 5.0
CALL_SECONDS: Final = 15.0
"""From the name to the end of the answer."""
LONGEST_ANSWER: Final = 4096
"""Bytes of an answer that are read; the connection of a longer one is closed."""
LONGEST_KEPT: Final = 500
"""Letters of it that are kept for people."""
CONNECTIONS: Final = 100
IDLE_SECONDS: Final = 5.0
AGENT: Final = "purchase-approval/1"


class Failure(StrEnum):
    """Why there was no answer."""

    REFUSED = "address_refused"
    """It is not to be called; see ``notices.guard``."""
    NAME = "name_not_found"
    CONNECTION = "no_connection"
    TIMEOUT = "timeout"
    PROTOCOL = "bad_answer"


class Reply(Frozen):
    """What came of a call."""

    answer: DeliveryAnswer
    retry_after: float | None = None
    """Seconds for which the receiver wants to be left alone."""
    body: bytes = b""

    @property
    def status(self) -> int | None:
        """Of HTTP; None: there was no answer."""
        return self.answer.status

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it. A redirect is no success, and is not followed."""
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """Posts to other systems.

    Args:
        guard: says where calls may go.
        tls: whose certificates are good; by default the system's authorities.
    """

    def __init__(self, guard: Guard, tls: ssl.SSLContext | None = None) -> None:
        self._guard = guard
        self._tls = tls or httpcore2.default_ssl_context()

    async def check(self, address: str) -> None:
        """See ``Guard.check``."""
        await self._guard.check(address)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Some calls. Connections are kept for the next call for some seconds, each to an address that was checked."""
        async with httpcore2.AsyncConnectionPool(
            ssl_context=self._tls,
            max_connections=CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=GuardedBackend(self._guard),
        ) as http:
            yield Session(self._guard, http)


class Session:
    """Makes calls; see ``Sender.session``."""

    def __init__(self, guard: Guard, http: httpcore2.AsyncConnectionPool) -> None:
        self._guard = guard
        self._http = http

    async def post(self, address: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Post JSON.

        Args:
            address: the URL.
            headers: besides what every call has.
            body: as it is sent.

        Returns:
            What came of it; no fault of the other side is raised.
        """
        begun, at = time.monotonic(), datetime.now(UTC)
        status, error, said, retry_after = None, "", b"", None
        try:
            self._guard.check_form(address)
            async with asyncio.timeout(CALL_SECONDS), self._answer(address, headers, body) as response:
                status, retry_after = response.status, _retry_after(response)
                said = await _beginning(response)
        except AddressRefused as refused:
            error = f"{Failure.REFUSED}: {refused.params.get('host', refused.reason)}"
        except NameNotFound:
            error = Failure.NAME
        except (TimeoutError, httpcore2.TimeoutException):
            error = Failure.TIMEOUT
        except (httpcore2.NetworkError, OSError) as trouble:
            error = f"{Failure.CONNECTION}: {trouble}"[:LONGEST_KEPT]
        except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, UnicodeError, ValueError) as trouble:
            error = f"{Failure.PROTOCOL}: {trouble}"[:LONGEST_KEPT]
        took = round(1000 * (time.monotonic() - begun))
        answer = DeliveryAnswer(
            at=at, status=status, error=error if status is None else "", body=_readable(said), took_ms=took
        )
        return Reply(answer=answer, retry_after=retry_after, body=said)

    @asynccontextmanager
    async def _answer(self, address: str, headers: Mapping[str, str], body: bytes) -> AsyncIterator[httpcore2.Response]:
        sent = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": AGENT, **headers}
        async with self._http.stream(
            "POST",
            address,
            headers=[(name.encode(), value.encode()) for name, value in sent.items()],
            content=body,
            extensions=timeouts(CONNECT_SECONDS, CALL_SECONDS),
        ) as response:
            yield response


async def _beginning(response: httpcore2.Response) -> bytes:
    said = b""
    async for chunk in response.aiter_stream():
        said += chunk[:LONGEST_ANSWER]
        if len(said) >= LONGEST_ANSWER:
            break
    return said[:LONGEST_ANSWER]


def _readable(said: bytes) -> str:
    """The beginning of an answer, fit for people and for PostgreSQL."""
    text = said.decode(errors="replace")[:LONGEST_KEPT]
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


def _retry_after(response: httpcore2.Response) -> float | None:
    """Seconds of ``Retry-After`` (RFC 9110, 10.2.3), which may be a time."""
    said = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"").decode("latin-1")
    if said.strip().isascii() and said.strip().isdigit():
        return float(said.strip()[:9])
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, TypeError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0.0)
