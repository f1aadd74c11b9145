"""One decision is one trace, from the click to the mail and the webhook, over real processes and a real collector's end of OTLP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.clients import ApiClient
from tests.eventually import eventually
from tests.faults.system import ROOT, System
from tests.notices.post_office import PostOffice, open_post_office
from tests.notices.receiver import Receiver, receiving
from tracing import ALLOWED, AllowedOnly

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

APPROVE = "POST /api/v1/purchase-requests/{request_id}/approve"
CANARY = "Ghi chú mà không dấu vết nào được mang theo"


@dataclass(frozen=True)
class Told:
    """A span as the collector got it."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any]


@dataclass
class Collector:
    """What API and worker have sent."""

    receiver: Receiver
    _read: int = 0
    _spans: list[Told] = field(default_factory=list)

    @property
    def spans(self) -> list[Told]:
        """All of them, in the order in which they came."""
        for call in self.receiver.received[self._read :]:
            self._read += 1
            for resource in ExportTraceServiceRequest.FromString(call.body).resource_spans:
                (service,) = [
                    one.value.string_value for one in resource.resource.attributes if one.key == "service.name"
                ]
                for scope in resource.scope_spans:
                    self._spans += [
                        Told(
                            service=service,
                            name=span.name,
                            trace_id=span.trace_id.hex(),
                            span_id=span.span_id.hex(),
                            parent_id=span.parent_span_id.hex(),
                            attributes={
                                one.key: one.value.string_value or one.value.int_value for one in span.attributes
                            },
                        )
                        for span in scope.spans
                    ]
        return self._spans

    def of(self, trace_id: str) -> list[Told]:
        """The spans of a trace."""
        return [span for span in self.spans if span.trace_id == trace_id]

    async def trace_of(self, name: str, request_id: str, wanted: set[str], number: int = 1) -> list[Told]:
        """The trace that began with a call about a request, once it has spans of these names.

        Args:
            number: which of several such calls.
        """
        found: list[Told] = []

        async def is_whole() -> bool:
            began = [
                span
                for span in self.spans
                if span.name == name and span.attributes.get("purchase_request.id") == request_id
            ]
            if len(began) < number:
                return False
            found[:] = self.of(began[number - 1].trace_id)
            return wanted <= {span.name for span in found}

        try:
            await eventually(is_whole)
        except AssertionError:
            raise AssertionError(f"missing: {wanted - {span.name for span in found}}; told: {found}") from None
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def collector() -> AsyncIterator[Collector]:
    async with receiving() as receiver:
        yield Collector(receiver)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> AsyncIterator[System]:
    """The whole system as processes that tell the collector of what they do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACES_ENDPOINT", f"http://127.0.0.1:{collector.receiver.port}")
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        system = System(tmp_path_factory.mktemp("traces"), mails=True)
    try:
        await system.prepare()
        yield system
    finally:
        await system.end()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(system: System) -> AsyncIterator[PostOffice]:
    async with open_post_office(system.smtp_port) as office:
        yield office


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def http(system: System, office: PostOffice) -> AsyncIterator[httpx.AsyncClient]:
    await system.start("postgres", "temporal", "worker", "api")
    async with system.http() as http:
        yield http


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hooks(http: httpx.AsyncClient) -> AsyncIterator[Receiver]:
    """A webhook that hears of everything."""
    admin = await ApiClient.signed_in(http, "admin1")
    async with receiving() as receiver:
        body = {"name": "hooks", "kind": "webhook", "address": receiver.address}
        answer = await admin.call("POST", "/webhook-endpoints", body)
        assert answer.status_code == 201, answer.text
        yield receiver


async def sent(http: httpx.AsyncClient) -> Any:
    sales = await ApiClient.signed_in(http, "sales1")
    return await sales.done((await sales.create())["id"], "send")


async def test_one_decision_is_one_trace_from_the_click_to_mail_and_webhook(
    system: System, http: httpx.AsyncClient, hooks: Receiver, collector: Collector
) -> None:
    manager, request = await ApiClient.signed_in(http, "manager1"), await sent(http)
    strangers = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = await manager.act(request["id"], "approve", {"step": "manager", "note": CANARY}, traceparent=strangers)
    assert answer.status_code == 200
    wanted = {
        APPROVE,
        "SignalWorkflow:approve",
        "HandleSignal:approve",
        "StartActivity:apply",
        "RunActivity:apply",
        "Tell:step.approved",
        "SendMail",
        "Deliver:webhook",
    }
    trace = await collector.trace_of(APPROVE, request["id"], wanted)
    names = {span.name: span for span in trace}
    by_id = {span.span_id: span for span in trace}

    def path(span: Told) -> list[str]:
        """The names from a span up to the click."""
        return [span.name, *(path(by_id[span.parent_id]) if span.parent_id else [])]

    assert path(names["RunActivity:apply"]) == [
        "RunActivity:apply",
        "StartActivity:apply",
        "HandleSignal:approve",
        "SignalWorkflow:approve",
        APPROVE,
    ]
    for told in ("Tell:step.approved", "SendMail", "Deliver:webhook"):
        assert path(names[told]) == [told, *path(names["RunActivity:apply"])]
    statements = [span for span in trace if "db.statement" in span.attributes or "db.query.text" in span.attributes]
    assert {span.service for span in statements} == {"api", names["RunActivity:apply"].service}
    assert any("RunActivity:apply" in path(span) for span in statements)
    assert {span.trace_id for span in trace} != {strangers.split("-")[1]}
    assert names[APPROVE].attributes["http.response.status_code"] == 200
    counted = Counter(span.name for span in trace)
    assert {counted[name] for name in ("SignalWorkflow:approve", "HandleSignal:approve", "RunActivity:apply")} == {1}
    send = await collector.trace_of(
        "POST /api/v1/purchase-requests/{request_id}/send", request["id"], {"RunActivity:apply", "HandleSignal:send"}
    )
    assert {span.trace_id for span in send}.isdisjoint({span.trace_id for span in trace})


async def test_nothing_that_people_wrote_or_are_called_leaves_with_a_trace(
    http: httpx.AsyncClient, hooks: Receiver, collector: Collector
) -> None:
    request = await sent(http)
    manager = await ApiClient.signed_in(http, "manager1")
    assert (await manager.call("GET", "/purchase-requests?q=tim-nguoi-nay")).status_code in (200, 422)
    await manager.done(request["id"], "approve", {"step": "manager", "note": CANARY})
    await collector.trace_of(APPROVE, request["id"], {"RunActivity:apply", "SendMail", "Deliver:webhook"})
    everything = b"".join(call.body for call in collector.receiver.received)
    assert b"SignalWorkflow:approve" in everything
    said = [
        CANARY,
        "manager1",
        "sales1",
        request["owner"]["name"],
        request["purpose"],
        request["number"],
        "tim-nguoi-nay",
    ]
    for text in [*said, manager.token, f":{hooks.port}"]:
        assert text.encode() not in everything, text
    assert {name for span in collector.spans for name in span.attributes} <= ALLOWED


async def test_webhooks_carry_no_trace(hooks: Receiver) -> None:
    assert hooks.received
    assert all("traceparent" not in call.headers for call in hooks.received)


async def test_log_lines_name_their_trace(system: System, http: httpx.AsyncClient, collector: Collector) -> None:
    request = await sent(http)
    manager = await ApiClient.signed_in(http, "manager1")
    await manager.done(request["id"], "approve", {"step": "manager"})
    trace = await collector.trace_of(APPROVE, request["id"], {"RunActivity:apply"})

    def lines(part: str, event: str) -> list[dict[str, Any]]:
        text = (system.directory / f"{part}.log").read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in text if line.startswith("{")]
        return [line for line in found if line["event"] == event and line.get("request_id") == request["id"]]

    own = {span.span_id for span in trace}
    (recorded,) = [line for line in lines("worker", "decision recorded") if line["action"] == "approve"]
    (call,) = [line for line in lines("api", "call") if line["path"].endswith("/approve")]
    for line in (recorded, call):
        assert line["trace_id"] == trace[0].trace_id
        assert line["span_id"] in own


async def test_a_run_that_is_replayed_tells_nothing_twice(
    system: System, http: httpx.AsyncClient, collector: Collector
) -> None:
    request = await sent(http)
    manager = await ApiClient.signed_in(http, "manager1")
    await manager.done(request["id"], "approve", {"step": "manager"})
    wanted = {"HandleSignal:approve", "StartActivity:apply", "RunActivity:apply"}
    before = await collector.trace_of(APPROVE, request["id"], wanted)
    of_workflow = Counter(span.name for span in before if span.name in wanted)
    await system.stop("worker")
    await system.start("worker")  # nothing in memory: the next message has the whole history replayed
    director = await ApiClient.signed_in(http, "director1")
    answer = await director.act(request["id"], "approve", {"step": "director"})
    assert answer.status_code in (200, 202)  # a worker that has just started may take longer than the call waits
    after = await collector.trace_of(APPROVE, request["id"], wanted, number=2)
    assert Counter(span.name for span in after if span.name in wanted) == dict.fromkeys(wanted, 1)
    again = collector.of(before[0].trace_id)
    assert Counter(span.name for span in again if span.name in wanted) == of_workflow == dict.fromkeys(wanted, 1)
    assert len({span.span_id for span in collector.spans}) == len(collector.spans)


async def test_a_decision_that_waited_for_the_engine_stays_in_the_trace_of_its_click(
    system: System, http: httpx.AsyncClient, collector: Collector
) -> None:
    request = await sent(http)
    manager = await ApiClient.signed_in(http, "manager1")
    await system.stop("temporal")
    answer = await manager.act(request["id"], "approve", {"step": "manager"})
    assert answer.status_code == 202
    await system.start("temporal")
    wanted = {"DeliverStoredCommand", "SignalWorkflow:approve", "HandleSignal:approve", "RunActivity:apply"}
    trace = await collector.trace_of(APPROVE, request["id"], wanted)
    roots = [span for span in trace if not span.parent_id]
    assert [span.name for span in roots] == [APPROVE]
    ids = {span.span_id for span in trace}
    assert all(span.parent_id in ids for span in trace if span.parent_id)


def test_only_what_is_named_leaves() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(AllowedOnly(kept)))
    tracer = provider.get_tracer("test")
    with (
        pytest.raises(ValueError, match="Nguyễn"),
        tracer.start_as_current_span("work", attributes={"http.route": "/x", "url.query": "q=Nguyễn"}),
    ):
        raise ValueError("Nguyễn Văn A")
    (span,) = kept.get_finished_spans()
    assert dict(span.attributes or {}) == {"http.route": "/x"}
    (event,) = span.events
    assert dict(event.attributes or {}) == {"exception.type": "ValueError"}
    assert span.status.description is None


@pytest.mark.parametrize(
    ("program", "never"),
    [
        ("worker", ("opentelemetry", "temporalio.contrib.opentelemetry", "tracing")),
        # FastAPI itself imports the API of OpenTelemetry, which does nothing alone.
        ("server", ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.instrumentation", "tracing")),
    ],
)
def test_nothing_that_traces_is_imported_where_nobody_traces(program: str, never: tuple[str, ...]) -> None:
    code = f"import {program}, sys; print([name for name in sys.modules if name.startswith({never!r})])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
