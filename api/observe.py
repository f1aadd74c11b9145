"""Logs and metrics of HTTP calls, as plain ASGI middleware."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from trace_context import NOBODY, Span, Tracer

log = structlog.get_logger(__name__)

_QUIET: Final = ("/healthz", "/readyz", "/readyz/all", "/metrics")
_UNTRACED: Final = frozenset({*_QUIET, "/events"})
"""What nobody traces: questions of machines, and the call of an open page that hears of changes for a quarter of an hour."""
_SECRET: Final = re.compile(r"^/mail/.*", re.DOTALL)
"""Addresses that are keys, of which a log says only what they are; see ``application.mail_links``."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PARAMETER: Final = re.compile(r"{(\w+)(?::\w+)?}")
_REQUEST_ID: Final = re.compile(r"/purchase-requests/([0-9a-f-]{36})")


class Metrics:
    """The API's Prometheus metrics."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.calls = Counter("http_requests", "HTTP calls", ("method", "route", "status"), registry=self.registry)
        self.seconds = Histogram(
            "http_request_seconds",
            "Duration of HTTP calls",
            ("method", "route"),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self.registry,
        )
        self.commands = Counter(
            "purchase_request_commands",
            "Sends and decisions by what became of them: applied, waiting (202), or the code of the refusal",
            ("action", "outcome"),
            registry=self.registry,
        )
        self.waiting = Gauge(
            "purchase_request_commands_waiting", "Commands taken that have no outcome yet", registry=self.registry
        )

    def count_command(self, action: str, outcome: str) -> None:
        """Count one send or decision."""
        self.commands.labels(action, outcome).inc()

    @asynccontextmanager
    async def served(self, address: str) -> AsyncIterator[None]:
        """Serve them, for as long as the block runs, at an address of their own as well; empty: nowhere.

        Raises:
            OSError: the address is not to be had.
        """
        if not address:
            yield
            return
        host, _, port = address.rpartition(":")
        server, thread = start_http_server(int(port), host.strip("[]"), self.registry)
        try:
            yield
        finally:
            await asyncio.to_thread(server.shutdown)
            server.server_close()
            thread.join()


class ObserveCalls:
    """Logs and counts each HTTP call once it is answered; every log line within it carries its id and its request's.

    Args:
        app: the application.
        metrics: where to count.
        tracer: is told of each; a trace begins with it, whatever a caller says of one.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, tracer: Tracer) -> None:
        self._app = app
        self._metrics = metrics
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        tracer = NOBODY if scope["path"] in _UNTRACED else self._tracer
        with tracer.span(_method(scope), begins=True) as span:
            await self._observe(scope, receive, send, span)

    async def _observe(self, scope: Scope, receive: Receive, send: Send, span: Span) -> None:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(call_id=str(uuid7()))
        named = _REQUEST_ID.search(scope["path"])
        if named:
            structlog.contextvars.bind_contextvars(request_id=named[1])
        status = 500
        started = time.perf_counter()

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observed)
        finally:
            seconds = time.perf_counter() - started
            route = _route(scope)
            span.name(f"{_method(scope)} {route}")
            span.note({"http.request.method": _method(scope), "http.route": route, "http.response.status_code": status})
            if named:
                span.note({"purchase_request.id": named[1]})
            self._metrics.calls.labels(_method(scope), route, str(status)).inc()
            self._metrics.seconds.labels(_method(scope), route).observe(seconds)
            if scope["path"] not in _QUIET:
                log.info(
                    "call",
                    method=scope["method"],
                    path=_SECRET.sub("/mail/{token}", scope["path"]),
                    status=status,
                    milliseconds=round(seconds * 1000, 1),
                )


def _route(scope: Scope) -> str:
    """The template of the route that answered: there are as many as there are routes, whatever anybody asks for.

    A route knows its path within its router; what stands before that in the call's path is the router's prefix.
    """
    template: str | None = getattr(scope.get("route"), "path", None)
    if template is None:
        return "unmatched"
    values: Mapping[str, object] = scope.get("path_params", {})
    within = _PARAMETER.sub(lambda found: str(values.get(found[1], "")), template)
    return f"{scope['path'].removesuffix(within)}{template}" if scope["path"].endswith(within) else template


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "other"
