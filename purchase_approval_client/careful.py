"""HTTP as the API wants it: a key for every POST, so that it is done once however often it is sent; sent again when the
connection was cut, or when the answer says when; and an exception for whatever was not done."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final
from uuid import uuid4

import httpx

from purchase_approval_client.problems import problem_of, retry_after

KEY: Final = "Idempotency-Key"
_CUT: Final = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.TimeoutException)
_AGAIN: Final = (409, 429, 503)
"""Statuses that may come with ``Retry-After``, when nothing was done, or what was done is done once."""
_CUTS: Final = 4
"""How often a call is sent while its connection is cut."""
_FIRST_PAUSE: Final = 0.25


class CarefulClient(httpx.AsyncClient):
    """An HTTP client on the API's address.

    Args:
        patience: seconds in which a call may be sent again; an answer that says to come later than that is raised at once.
        options: as of ``httpx.AsyncClient``.
    """

    def __init__(self, *, patience: float, **options: Any) -> None:
        super().__init__(**options)
        self._patience = patience

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request, again if need be.

        Raises:
            ProblemError: it was not done; see its subclasses.
            httpx.TransportError: there was no answer.
        """
        if request.method == "POST":
            request.headers.setdefault(KEY, str(uuid4()))
        await request.aread()  # so that it can be sent again
        until = time.monotonic() + self._patience
        cuts = 0
        while True:
            try:
                response = await super().send(request, **options)
            except _CUT as error:
                cuts += 1
                pause = _FIRST_PAUSE * 2 ** (cuts - 1)
                if cuts == _CUTS or not _may_be_repeated(request, error) or time.monotonic() + pause > until:
                    raise
            else:
                seconds = retry_after(response) if response.status_code in _AGAIN else None
                if seconds is None or time.monotonic() + seconds > until:
                    return await _done(response)
                await response.aclose()
                pause = seconds
            await asyncio.sleep(pause)


def _may_be_repeated(request: httpx.Request, error: httpx.TransportError) -> bool:
    """Whether a call may be sent again after a cut: it never arrived, changes nothing, or is done once by its key."""
    never_arrived = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return never_arrived or request.method in ("GET", "HEAD", "OPTIONS") or KEY in request.headers


async def _done(response: httpx.Response) -> httpx.Response:
    if response.is_error:
        await response.aread()
        raise problem_of(response)
    return response
