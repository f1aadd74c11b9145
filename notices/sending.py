"""One call to another system: a body is posted, and what is answered is read as far as it is worth it.

Whatever is at the other end, a call costs no more than a connection for some seconds and a few kilobytes.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

import aiohttp

from approval.model import Frozen
from crm.deliveries import DeliveryAnswer
from notices.guard import AddressRefused, Guard, as_it_stands, guarded_session, said_of

CONNECT_SECONDS: Final = 5.0
CALL_SECONDS: Final = 15.0
"""From the name to the end of the answer."""
LONGEST_ANSWER: Final = 4096
"""Bytes of an answer that are read; the connection of a longer one is closed."""
LONGEST_KEPT: Final = 500
"""Letters of it that are kept for people."""
IDLE_SECONDS: Final = 4.0
"""How long a connection is kept for the next call: shorter than servers usually do."""
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
    """Posts to other systems. A connection, which goes to an address that was checked, is kept until nothing was posted on it for
    some seconds.

    Args:
        guard: says where calls may go.
        tls: whose certificates are good; by default the system's authorities.
    """

    def __init__(self, guard: Guard, tls: ssl.SSLContext | None = None) -> None:
        self._guard = guard
        self._tls = tls
        self._http: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def check(self, address: str) -> None:
        """See ``Guard.check``."""
        await self._guard.check(address)

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
        except aiohttp.InvalidURL:  # a number that is another form of an IP address
            error = Failure.REFUSED
        except aiohttp.ClientConnectorDNSError:
            error = Failure.NAME
        except TimeoutError:
            error = Failure.TIMEOUT
        except (aiohttp.ClientConnectionError, OSError) as trouble:
            error = f"{Failure.CONNECTION}: {said_of(trouble)}"
        except Exception as trouble:  # of any other kind; its text is in no log, since it may have the address
            error = f"{Failure.PROTOCOL}: {said_of(trouble)}"
        took = round(1000 * (time.monotonic() - begun))
        answer = DeliveryAnswer(
            at=at, status=status, error=error if status is None else "", body=_readable(said), took_ms=took
        )
        return Reply(answer=answer, retry_after=retry_after, body=said)

    def _answer(
        self, address: str, headers: Mapping[str, str], body: bytes
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        if self._http is None:
            self._http = guarded_session(self._guard, self._tls, idle=IDLE_SECONDS, connect=CONNECT_SECONDS)
        sent = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": AGENT, **headers}
        return self._http.post(as_it_stands(address), headers=sent, data=body, allow_redirects=False)


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    said = b""
    while len(said) < LONGEST_ANSWER and (chunk := await response.content.read(LONGEST_ANSWER - len(said))):
        said += chunk
    return said


def _readable(said: bytes) -> str:
    """The beginning of an answer, fit for people and for PostgreSQL."""
    text = said.decode(errors="replace")[:LONGEST_KEPT]
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Seconds of ``Retry-After`` (RFC 9110, 10.2.3), which may be a time."""
    said = response.headers.get("Retry-After", "")
    if said.strip().isascii() and said.strip().isdigit():
        return float(said.strip()[:9])
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0.0)
