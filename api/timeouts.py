"""How long a request may take to come in, as uvicorn's protocol with clocks: it has none of its own before an answer.

Connections on which a request never becomes complete would stay open for as long as whoever holds them likes, and each
takes a file descriptor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

log = structlog.get_logger(__name__)


class PunctualProtocol(HttpToolsProtocol):
    """HTTP/1.1 on one connection, which is closed when the request on it is late.

    The time in which we ourselves do not read, or still answer the request before, is not the caller's.
    """

    head_seconds = 10.0
    """From the first byte of a request, or from the opening of the connection, to the end of its headers."""
    silent_seconds = 20.0
    """Without a byte of a body."""
    body_seconds = 60.0
    """For all of a body; and for one that announces how long it is, as much more as it takes at ``slowest_body``."""
    slowest_body = 64 * 1024.0
    """Bytes a second, which a weak mobile connection has."""
    longest_body = 11 * 1024 * 1024
    """Bytes that anybody is given time for: a file."""
    longest_head = 64 * 1024
    """Bytes of a request line and headers that are kept while they are not complete."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._clock: asyncio.TimerHandle | None = None
        self._head_bytes: int | None = None
        """So many have come of a head that is not complete; None: none is expected yet."""
        self._body_ends = 0.0
        self._last_byte = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See ``asyncio.Protocol``."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        self._last_byte = self.loop.time()
        if self._clock is None:
            self._expect_head()
        if self._head_bytes is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes is not None and self._head_bytes > self.longest_head:
            self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """The parser's callback at the first byte of a request, which may have come together with the one before."""
        if self._head_bytes is None:
            self._expect_head(1)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The parser's callback at the end of a head: now the body is expected."""
        self._head_bytes = None
        now = self.loop.time()
        self._body_ends = now + self.body_seconds + min(self._announced(), self.longest_body) / self.slowest_body
        self._start_clock(min(now + self.silent_seconds, self._body_ends), self._look_at_body)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The parser's callback at the end of a request."""
        self._stop_clock()
        super().on_message_complete()

    def _announced(self) -> int:
        """How many bytes of a body the head promises, as far as it says."""
        said = next((value for name, value in self.headers if name == b"content-length"), b"")
        return int(said) if said.isdigit() and len(said) < 16 else 0

    def _expect_head(self, come: int = 0) -> None:
        self._head_bytes = come
        self._start_clock(self.loop.time() + self.head_seconds, self._look_at_head)

    def _look_at_head(self) -> None:
        if self._answers():
            self._start_clock(self.loop.time() + self.head_seconds, self._look_at_head)
        else:
            self._end(HTTPStatus.REQUEST_TIMEOUT)

    def _look_at_body(self) -> None:
        now = self.loop.time()
        if self.flow.read_paused:
            self._last_byte, self._body_ends = now, self._body_ends + self.silent_seconds
        ends = min(self._last_byte + self.silent_seconds, self._body_ends)
        if now < ends:
            self._start_clock(ends, self._look_at_body)
        else:
            self._end(HTTPStatus.REQUEST_TIMEOUT)

    def _answers(self) -> bool:
        """Whether the last request that came is not answered to its end."""
        cycle = self._last_cycle()
        return cycle is not None and not cycle.response_complete

    def _may_speak(self) -> bool:
        """Whether somebody has begun to ask, and no answer is on its way of which another one would become a part."""
        if self._head_bytes is not None:
            return self._head_bytes > 0 and not self._answers()
        cycle = self._last_cycle()
        return cycle is not None and not cycle.response_started and not self.pipeline

    def _last_cycle(self) -> RequestResponseCycle | None:
        return self.cycle

    def _end(self, status: HTTPStatus) -> None:
        """Close the connection, and say why where that can be said."""
        self._stop_clock()
        if self.transport.is_closing():
            return
        log.info("a request did not come in", status=status.value, address=self.client[0] if self.client else None)
        if self._may_speak() and not self.transport.get_write_buffer_size():
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(head.encode())
            self.transport.close()
        else:
            self.transport.abort()

    def _start_clock(self, at: float, look: Callable[[], None]) -> None:
        self._stop_clock()
        self._clock = self.loop.call_at(at, look)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
