"""Traces by OpenTelemetry, sent to a collector. Imported by worker and API only where ``TRACES_ENDPOINT`` is set.

One decision is one trace: the call, the signal, what the workflow and its activity do, each statement, and later what is told
of it by mail and webhook. Only what ``ALLOWED`` names leaves the process: ids, codes, routes and statements, whose values are
never part of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import temporalio.client
import temporalio.worker
from opentelemetry import context as otel_context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, get_current_span, set_span_in_context
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from temporalio.contrib.opentelemetry import TracingInterceptor, TracingWorkflowInboundInterceptor

from trace_context import Attribute, Span, traceparent, within

ALLOWED: Final = frozenset(
    {
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "temporalWorkflowID",
        "temporalRunID",
        "temporalActivityID",
        "db.system",
        "db.system.name",
        "db.statement",
        "db.query.text",
        "exception.type",
        "purchase_request.id",
        "event.type",
        "event.id",
        "endpoint.id",
        "mail.id",
    }
)
"""What spans may say. A library's next release may say more, which then stays here."""

LONGEST_ATTRIBUTE: Final = 500
"""Letters of a statement, of which nobody needs more to know it."""

EXPORT_SECONDS: Final = 5
"""How long the collector may take; what it does not take meanwhile is lost, and nobody waits for it."""

_BEGINS: Final = "begins"
"""The attribute of spans with which a trace may begin; it does not leave the process."""

_CLOCK_SPAN: Final = "RunActivity:apply"
"""Where nobody clicked: a run's clock rang."""

_PROPAGATOR: Final = TraceContextTextMapPropagator()


class Tracing:
    """Tells a collector of what a process does.

    Args:
        endpoint: of the collector, OTLP over HTTP, without a path: ``http://otel-collector:4318``. Headers that it wants are
            the exporter's own business (``OTEL_EXPORTER_OTLP_HEADERS``).
        ratio: of the traces that begin here, how many are told: 1 is all of them.
        service: what the process is called.
    """

    on = True

    def __init__(self, endpoint: str, ratio: float, service: str) -> None:
        self._provider = TracerProvider(
            sampler=ParentBased(root=_Beginnings(ratio)),
            resource=Resource.create({"service.name": service}),
            span_limits=SpanLimits(max_span_attribute_length=LONGEST_ATTRIBUTE),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(AllowedOnly(exporter)))
        self._tracer = self._provider.get_tracer("purchase-approval")
        self._statements: AsyncPGInstrumentor = AsyncPGInstrumentor()  # type: ignore[no-untyped-call]
        self._statements.instrument(tracer_provider=self._provider)
        self.interceptor = RunTracing(self._tracer)

    def stop(self) -> None:
        """Send what is left, and tell nothing more."""
        self._statements.uninstrument()
        self._provider.shutdown()

    @contextmanager
    def span(self, name: str, parents: Sequence[str | None] = (), *, begins: bool = False) -> Iterator[Span]:
        """See ``trace_context.Tracer``."""
        known = [_context(parent) for parent in parents if parent is not None]
        links = [Link(get_current_span(context).get_span_context()) for context in known[1:]]
        with self._tracer.start_as_current_span(
            name,
            context=known[0] if known else None,
            kind=SpanKind.SERVER if begins else SpanKind.INTERNAL,
            attributes={_BEGINS: True} if begins else None,
            links=links,
            set_status_on_exception=False,
        ) as span:
            try:
                with within(_traceparent(span)):
                    yield _Told(span)
            except Exception:
                span.set_status(Status(StatusCode.ERROR))
                raise


class _Told:
    """See ``trace_context.Span``."""

    def __init__(self, span: OtelSpan) -> None:
        self._span = span

    def name(self, name: str) -> None:
        self._span.update_name(name)

    def note(self, attributes: Mapping[str, Attribute]) -> None:
        self._span.set_attributes(attributes)


class _Beginnings(Sampler):
    """Begins a trace with what somebody did or a clock did, and not with each look of a process at what waits.

    Args:
        ratio: how many of them are told.
    """

    def __init__(self, ratio: float) -> None:
        self._share = TraceIdRatioBased(ratio)

    def should_sample(
        self,
        parent_context: otel_context.Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Mapping[str, Any] | None = None,
        *more: Any,
        **others: Any,
    ) -> SamplingResult:
        """See ``Sampler``."""
        if name != _CLOCK_SPAN and _BEGINS not in (attributes or {}):
            return SamplingResult(Decision.DROP)
        return self._share.should_sample(parent_context, trace_id, name, kind, attributes, *more, **others)

    def get_description(self) -> str:
        """See ``Sampler``."""
        return f"Beginnings({self._share.get_description()})"


class AllowedOnly(SpanExporter):
    """Sends spans on without what is not allowed: other attributes, messages of exceptions, descriptions of statuses.

    Args:
        exporter: sends them.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See ``SpanExporter``."""
        return self._exporter.export([_allowed(span) for span in spans])

    def shutdown(self) -> None:
        """See ``SpanExporter``."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """See ``SpanExporter``."""
        return self._exporter.force_flush(timeout_millis)


def _allowed(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_only(span.attributes),
        events=[Event(event.name, _only(event.attributes), event.timestamp) for event in span.events],
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _only(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (attributes or {}).items() if name in ALLOWED}


class RunTracing(TracingInterceptor):
    """The SDK's interceptor, but for this: a run goes on for weeks, and each message of it belongs to the trace of whoever sent
    it, and not to that of the first send. Replaying tells nothing again, as with the SDK's.
    """

    def workflow_interceptor_class(
        self,
        input: temporalio.worker.WorkflowInterceptorClassInput,  # noqa: A002 - its name there
    ) -> type[TracingWorkflowInboundInterceptor]:
        """See ``temporalio.worker.Interceptor``."""
        super().workflow_interceptor_class(input)
        return MessageTracing

    def intercept_activity(
        self,
        next: temporalio.worker.ActivityInboundInterceptor,  # noqa: A002 - its name there
    ) -> temporalio.worker.ActivityInboundInterceptor:
        """See ``temporalio.worker.Interceptor``."""
        return super().intercept_activity(_WithinSpan(next))


class _WithinSpan(temporalio.worker.ActivityInboundInterceptor):
    """What an activity stores or gives on belongs to its span."""

    async def execute_activity(self, input: temporalio.worker.ExecuteActivityInput) -> Any:  # noqa: A002
        with within(_traceparent(get_current_span())):
            return await self.next.execute_activity(input)


class MessageTracing(TracingWorkflowInboundInterceptor):
    """Within a workflow: what a signal leads to belongs to the signal's trace. The workflow keeps where that is with the
    message (``workflows.contracts.Message.trace``), and is there when it has the message worked on.
    """

    async def handle_signal(self, input: temporalio.worker.HandleSignalInput) -> None:  # noqa: A002
        """See ``temporalio.worker.WorkflowInboundInterceptor``."""
        sent = self._sent_from(input)
        if sent is None:
            await super().handle_signal(input)
            return
        with within(sent):
            self._completed_span(f"HandleSignal:{input.signal}", add_to_outbound=input, kind=SpanKind.SERVER)
        with within(self._sent_from(input)):
            await self.next.handle_signal(input)

    def _sent_from(self, signal: temporalio.worker.HandleSignalInput) -> str | None:
        header = signal.headers.get(self.header_key)
        if header is None:
            return None
        (carrier,) = self.payload_converter.from_payloads([header])
        found = carrier.get("traceparent")
        return found if isinstance(found, str) else None

    def _completed_span(self, span_name: str, **more: Any) -> None:
        """See ``TracingWorkflowInboundInterceptor``: what is done for a message has the message's trace for its own."""
        message = traceparent()
        if message is None:
            super()._completed_span(span_name, **more)
            return
        token = otel_context.attach(_context(message))
        try:
            super()._completed_span(span_name, **more)
        finally:
            otel_context.detach(token)


def _context(traceparent: str) -> otel_context.Context:
    """An OpenTelemetry context that stands there, and in nothing else."""
    return _PROPAGATOR.extract({"traceparent": traceparent}, context=otel_context.Context())


def _traceparent(span: OtelSpan) -> str | None:
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, context=set_span_in_context(span))
    return carrier.get("traceparent")
