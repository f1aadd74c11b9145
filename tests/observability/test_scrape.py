"""Every metric that an alert or a dashboard names is told by a running API, worker or engine, with the labels that are asked for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from temporalio import workflow
from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from embedded.processes import free_port
from embedded.temporal import TemporalServer
from engine_metrics import engine_metrics
from settings import Settings
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.observability.promql import names, selectors
from tests.observability.watched import RULES, expressions
from workflows.reconciliation_contract import RECONCILIATION_TYPE

PROMETHEUS_OWN = {"up"}
"""Metrics that Prometheus makes of what it scrapes."""

Series = list[tuple[str, dict[str, str]]]


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """The settings under test, with metrics of worker and API's engine client."""
    addresses = {name: f"127.0.0.1:{free_port()}" for name in ("worker_metrics_address", "api_engine_metrics_address")}
    return settings.model_copy(update=addresses)


@workflow.defn(name="Forgetful")
class Forgetful:
    """A workflow whose code changes while it is on its way."""

    changed = False

    @workflow.run
    async def run(self) -> None:
        """Wait for the clock at first, and when it has rung, remember something else."""
        if Forgetful.changed:
            await workflow.execute_activity("Nothing", start_to_close_timeout=timedelta(hours=1))
        Forgetful.changed = True
        await workflow.sleep(0.1)


SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ", re.MULTILINE)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def series(text: str) -> Series:
    """What an answer tells, by the names that Prometheus takes: a library that reads it would have counters end as they should."""
    return [(name, dict(LABEL.findall(labels))) for name, labels in SAMPLE.findall(text)]


async def scraped(address: str) -> Series:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"http://{address}/metrics")
    assert answer.status_code == 200
    return series(answer.text)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def throttled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Series]:
    """What an engine of low limits tells, and the client that it refused."""
    metrics_port, address = free_port(), f"127.0.0.1:{free_port()}"
    server = TemporalServer(
        tmp_path_factory.mktemp("throttled") / "temporal.db",
        metrics_port=metrics_port,
        dynamic_configuration={"frontend.namespaceRPS": "2", "frontend.namespaceBurstRatio": "1.0"},
    )
    server.start()
    try:
        client = await Client.connect(server.address, runtime=Runtime(telemetry=engine_metrics(address)))

        async def start(number: int) -> None:
            try:
                await client.start_workflow(
                    "Nothing", id=f"nothing-{number}", task_queue="nobody", rpc_timeout=timedelta(seconds=3)
                )
            except RPCError:
                return

        await asyncio.gather(*(start(number) for number in range(30)))
        yield [*await scraped(f"127.0.0.1:{metrics_port}"), *await scraped(address)]
    finally:
        server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(
    sign_in: SignIn,
    http: httpx.AsyncClient,
    app: FastAPI,
    temporal_client: Client,
    running_worker: None,
    settings: Settings,
    task_queue: str,
    throttled: Series,
) -> Series:
    """What all of them tell after a decision, a look at everything, a pass of the reconciler, and a workflow that fails."""
    sales = await sign_in("sales1")
    request = await sales.done((await sales.create())["id"], "send")
    await (await sign_in("manager1")).act(request["id"], "approve", {"step": "manager"})
    await http.get("/readyz/all")
    await temporal_client.execute_workflow(RECONCILIATION_TYPE, id="reconciliation", task_queue=task_queue)
    async with Worker(
        temporal_client,
        task_queue=f"{task_queue}-forgetful",
        workflows=[Forgetful],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=0,
    ):
        await temporal_client.start_workflow(
            "Forgetful", id=f"forgetful-{task_queue}", task_queue=f"{task_queue}-forgetful"
        )

        async def has_failed() -> bool:
            return any(
                (name, labels.get("failure_reason"))
                == ("temporal_workflow_task_execution_failed_total", "NonDeterminismError")
                for name, labels in await scraped(settings.worker_metrics_address)
            )

        await eventually(has_failed)
        worker = await scraped(settings.worker_metrics_address)
    await temporal_client.get_workflow_handle(f"forgetful-{task_queue}").terminate()
    api = series((await http.get("/metrics")).text)
    return [*api, *worker, *await scraped(settings.api_engine_metrics_address), *throttled]


async def test_every_metric_that_is_asked_for_is_told(told: Series) -> None:
    known = {name for name, _ in told} | PROMETHEUS_OWN
    missing = {(where, name) for where, expression in expressions() for name in names(expression) if name not in known}
    assert not missing


NOT_PROVOKED = {("failure_reason", "GrpcMessageTooLarge"), ("status", "5.."), ("status", "429")}
"""Values that no test can have told here: another failure of the same metric is, and the API's own statuses are."""


async def test_every_label_that_an_alert_asks_for_is_told(told: Series) -> None:
    for rule in RULES:
        for selector in selectors(rule["expr"]):
            if selector.name in PROMETHEUS_OWN:
                continue
            found = [labels for name, labels in told if name == selector.name]
            for matcher in selector.matchers.matchers:
                if (matcher.name, matcher.value) in NOT_PROVOKED:
                    assert any(matcher.name in labels for labels in found)
                    continue
                wanted = matcher.value.split("|")
                assert any(labels.get(matcher.name) in wanted for labels in found), (rule["alert"], matcher.name)
