"""One HTTP call to another system: where it may go, how long it may take, and how much of an answer is read."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final, NamedTuple

import aiohttp

from connectors.interface import SystemTroubleError
from notices.guard import AddressRefused, Guard, as_it_stands, guarded_session, said_of

CONNECT_SECONDS: Final = 10.0
CALL_SECONDS: Final = 60.0
"""From the name to the end of the answer."""
LONGEST_ANSWER: Final = 32 * 1024 * 1024
"""Bytes of an answer; one that is longer is refused."""
IDLE_SECONDS: Final = 4.0
"""How long a connection is kept for the next call: shorter than servers usually do."""
AGENT: Final = "purchase-approval/1"


class Answered(NamedTuple):
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class UnreachableError(Exception):
    """There was no answer, or none that is HTTP; the same call may be answered later."""


class Web:
    """Makes calls, over connections that are kept for the next one.

    Args:
        guard: says where calls may go.
        tls: whose certificates are good; by default the system's authorities.
    """

    def __init__(self, guard: Guard, tls: ssl.SSLContext | None = None) -> None:
        self._guard = guard
        self._tls = tls
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections; further calls open others."""
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def call(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Answered:
        """Make one call.

        Raises:
            UnreachableError: there was no answer.
            SystemTroubleError: ``address_refused``, ``answer_too_long``.
        """
        try:
            self._guard.check_form(url)
            async with asyncio.timeout(CALL_SECONDS):
                return await self._call(method, url, headers, body)
        except AddressRefused as error:
            raise SystemTroubleError("address_refused", error.params.get("host", error.reason)) from error
        except aiohttp.ClientConnectorDNSError as error:
            raise UnreachableError("the name is not known") from error
        except TimeoutError as error:
            raise UnreachableError("no answer in time") from error
        except aiohttp.ClientConnectorError as error:
            raise UnreachableError("no connection") from error
        except (aiohttp.ClientError, OSError, RuntimeError) as error:
            raise UnreachableError(said_of(error)) from error
        except ValueError as error:
            # Its text has the header that it does not like, which may be a token.
            raise UnreachableError("the call cannot be written as HTTP") from error

    async def _call(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        if self._http is None:
            self._http = guarded_session(self._guard, self._tls, idle=IDLE_SECONDS, connect=CONNECT_SECONDS)
        sent = {"Accept": "application/json", "User-Agent": AGENT, **headers}
        if body:
            sent["Content-Type"] = "application/json"
        async with self._http.request(
            method, as_it_stands(url), headers=sent, data=body or None, allow_redirects=False
        ) as response:
            said = bytearray()
            async for chunk in response.content.iter_any():
                said += chunk
                if len(said) > LONGEST_ANSWER:
                    raise SystemTroubleError("answer_too_long", f"{LONGEST_ANSWER:,} bytes")
            found = {name.lower(): value for name, value in response.headers.items()}
            return Answered(response.status, found, bytes(said))
