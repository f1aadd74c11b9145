"""The worker: runs the workflows and their activities. Composition root: settings, pool, client, Worker.

Start as many as you like, on as many hosts: ``python worker.py`` does everything, ``python worker.py runs`` and
``python worker.py notices`` have a process each, so that those who decide do not share one with what goes out.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import structlog
import uvloop
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.service import RPCError
from temporalio.worker import (
    PollerBehaviorSimpleMaximum,
    UnsandboxedWorkflowRunner,
    Worker,
    WorkerDeploymentConfig,
    WorkflowRunner,
)

from activities.connectors import ConnectorSyncActivities
from activities.counting import CrmCountingActivities
from activities.housekeeping import CrmHousekeepingActivities
from activities.notices import CrmNoticeActivities
from activities.reconciling import CrmReconciliationActivities
from activities.run import CrmRunActivities
from activities.scan import AttachmentScanActivities
from application.amis import AMIS
from application.attachments.clamav import ClamAv
from application.attachments.places import storages
from application.attachments.scanning import Scans
from application.attachments.upkeep import AttachmentUpkeep
from application.calendars import Calendars
from application.delivery.connecting import NotLetInError, refusal
from application.delivery.engine import Engine, names_people
from application.encryption import Encryption
from application.reconciling import Reconciler
from application.schedules import counting, following, housekeeping, reconciliation, schedule, schedule_once
from application.signatures import SignalKeys, SignalRules
from application.waking import see_to_telling
from connectors.amis.connecting import AmisConnecting
from connectors.writing_back import ToOrders
from crm import connectors
from crm.pool import DATABASE_TROUBLE, Pool, create_pool
from deployment import build_code
from deployment.versions import CALL, HEARTBEAT
from engine_metrics import engine_metrics
from garbage import leave_alone_what_stays
from logs import configure_logging
from notices.delivering import EndpointDeliverer
from notices.devices import PushRules, ToDevices
from notices.dispatch import Dispatcher, MailRules, Sink, ToPeople
from notices.endpoints import Calls, ToEndpoints
from notices.guard import Guard
from notices.mail import MailDeliverer
from notices.mail_content import Contents
from notices.mail_message import Messages
from notices.push_calls import PushCalls
from notices.pushing import PushDeliverer
from notices.sending import Sender
from notices.ways import Deliverer
from priority import yield_to_others
from settings import Settings, read_settings
from trace_context import NOBODY, Tracer
from worker_health import WorkerHealth
from workflows import contracts
from workflows.attachment_scan import AttachmentScan
from workflows.connectors import ConnectorSync
from workflows.counting import Counting
from workflows.data_converter import data_converter
from workflows.housekeeping import Housekeeping
from workflows.notice_contract import WayKind, notices_queue
from workflows.notices import NoticeDelivery, Notices
from workflows.purchase_request import PurchaseRequest
from workflows.reconciliation import Reconciliation

if TYPE_CHECKING:
    from tracing import Tracing

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
"""Pause before the worker looks again for an engine or a database that is away when it starts."""

SEE_TO_SECONDS = 60.0
"""Pause before the worker sees again to what always runs, or to what the engine refused: it waits without harm."""

NICENESS = 10
"""A process that only tells leaves the processor to those who decide."""

Connected = TypeVar("Connected")

GRACE = timedelta(seconds=5)
"""How long activities may go on after a stop was asked for."""

POLLERS = 20
POLLERS_FOR_STARTS = 0.3
"""Of the pollers, those that take first tasks of runs: at least as many as the task queue has partitions, four. With the
SDK's five and one, starts waited for seconds while decisions did not; see docs/decisions/0008-worker-settings.md."""

TAKE_OVER_AFTER = timedelta(seconds=3)
"""After a worker that had a run in memory died, any other may take the run's next message after this long."""


class Work(StrEnum):
    """What a worker process does; each kind has a task queue of its own, so that telling keeps nobody from deciding."""

    RUNS = "runs"
    """Requests: what is decided on them, and the housekeeping."""
    NOTICES = "notices"
    """Telling people and systems."""


def queue_of(kind: Work) -> str:
    """The task queue of a kind of work."""
    return contracts.TASK_QUEUE if kind is Work.RUNS else notices_queue()


NOTICE_WORKFLOWS = (Notices, NoticeDelivery)
RUN_WORKFLOWS = (
    PurchaseRequest,
    Housekeeping,
    Counting,
    Reconciliation,
    AttachmentScan,
    ConnectorSync,
    *NOTICE_WORKFLOWS,  # those that were begun on this task queue move to their own when their history is begun anew
)


def workflows_of(kind: Work) -> Sequence[type]:
    """The workflows of a kind of work."""
    return RUN_WORKFLOWS if kind is Work.RUNS else NOTICE_WORKFLOWS


def deployment_name() -> str:
    """What the engine calls all builds of the workers together, of whichever kind; each company has its own in its namespace."""
    return contracts.TASK_QUEUE


def versioning(settings: Settings) -> WorkerDeploymentConfig | None:
    """Which build a worker is, whose runs go on with whichever build is current; None: builds are not told apart."""
    if not settings.worker_build_id:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name=deployment_name(), build_id=settings.worker_build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


@asynccontextmanager
async def workers(
    client: Client,
    pool: Pool,
    settings: Settings,
    runner: WorkflowRunner | None = None,
    kinds: Iterable[Work] = tuple(Work),
    tracer: Tracer = NOBODY,
) -> AsyncIterator[None]:
    """Workers on a client and a pool, for as long as the block runs.

    Args:
        client: connected, with the pydantic data converter.
        pool: the CRM database.
        settings: sizes and the business calendar.
        runner: how workflow code is run. By default outside the sandbox, which more than doubles the memory of a run;
            the tests run it inside, where anything that is not deterministic fails.
        kinds: what they do.
        tracer: is told of what goes out; of workflows and activities the client tells.
    """
    runner = runner or UnsandboxedWorkflowRunner()
    async with AsyncExitStack() as stack:
        notices = await stack.enter_async_context(build_notices(client, pool, settings, tracer))
        if Work.RUNS in kinds:
            await stack.enter_async_context(_for_runs(client, pool, settings, runner, notices))
        if Work.NOTICES in kinds:
            await stack.enter_async_context(_for_notices(client, settings, runner, notices))
        yield


def _for_runs(
    client: Client, pool: Pool, settings: Settings, runner: WorkflowRunner, notices: CrmNoticeActivities
) -> Worker:
    keys = SignalKeys.parse(settings.signal_keys.get_secret_value())
    signals = SignalRules(keys, required=settings.require_signed_signals)
    reconciler = Reconciler(pool, Engine(client, keys), settings.time_zone)
    files = storages(pool, settings.attachments_url)
    scanner = ClamAv(settings.clamav_address) if settings.clamav_address else None
    upkeep = AttachmentUpkeep(pool, files, Scans(client) if scanner is not None else None)
    return Worker(
        client,
        task_queue=contracts.TASK_QUEUE,
        workflows=workflows_of(Work.RUNS),
        deployment_config=versioning(settings),
        activities=[
            CrmRunActivities(
                pool, Calendars(settings.business_calendar), signals, names_people=names_people(client)
            ).apply,
            CrmHousekeepingActivities(pool, settings.retention, upkeep).forget,
            CrmReconciliationActivities(reconciler).reconcile,
            CrmCountingActivities(pool, settings.time_zone).count_changes,
            AttachmentScanActivities(pool, files, scanner).scan,
            ConnectorSyncActivities(pool, {AMIS: build_amis(settings)}, settings.base_url).sync,
            notices.dispatch,
            notices.deliver,
        ],
        workflow_runner=runner,
        max_cached_workflows=settings.worker_cached_runs,
        workflow_task_poller_behavior=PollerBehaviorSimpleMaximum(POLLERS),
        nonsticky_to_sticky_poll_ratio=POLLERS_FOR_STARTS,
        max_concurrent_activities=settings.database_pool_size,
        max_concurrent_local_activities=settings.database_pool_size,
        sticky_queue_schedule_to_start_timeout=TAKE_OVER_AFTER,
        graceful_shutdown_timeout=GRACE,
    )


def _for_notices(client: Client, settings: Settings, runner: WorkflowRunner, notices: CrmNoticeActivities) -> Worker:
    return Worker(
        client,
        task_queue=notices_queue(),
        workflows=workflows_of(Work.NOTICES),
        deployment_config=versioning(settings),
        activities=[notices.dispatch, notices.deliver],
        workflow_runner=runner,
        max_concurrent_activities=settings.database_pool_size,
        sticky_queue_schedule_to_start_timeout=TAKE_OVER_AFTER,
        graceful_shutdown_timeout=GRACE,
    )


@asynccontextmanager
async def build_notices(
    client: Client, pool: Pool, settings: Settings, tracer: Tracer = NOBODY
) -> AsyncIterator[CrmNoticeActivities]:
    """Who is told of what happens, and on which ways."""
    server, gather = settings.mail_server, timedelta(seconds=settings.mail_gather_seconds)
    mail = MailRules(on=server is not None, gather=gather, quiet=settings.mail_quiet_hours)
    sinks: list[Sink] = [
        ToPeople(Calendars(settings.business_calendar), mail),
        ToEndpoints(settings.base_url, settings.time_zone),
        ToOrders(AMIS),
    ]
    guard = Guard(settings.webhook_allowed_networks, plain_http=settings.demo_mode)
    sender, to_devices = Sender(guard), Sender(Guard(settings.push_allowed_networks))
    calls = Calls(Encryption(settings.encryption_keys.get_secret_value()), sender, settings.base_url)
    deliverers: dict[WayKind, Deliverer] = {WayKind.ENDPOINT: EndpointDeliverer(pool, calls, tracer)}
    if server is not None:
        contents = Contents(pool, settings.base_url, settings.time_zone, settings.mail_links)
        messages = Messages(settings.mail_sender)
        deliverers[WayKind.MAIL] = MailDeliverer(pool, server, contents, messages, gather=gather, tracer=tracer)
    key = settings.vapid_key
    if key is not None:
        rules = PushRules(server_key=key.public, quiet=settings.mail_quiet_hours)
        sinks.append(ToDevices(Calendars(settings.business_calendar), rules))
        pushing = PushCalls(to_devices, key)
        deliverers[WayKind.PUSH] = PushDeliverer(pool, pushing, settings.time_zone, tracer)
    async with aclosing(sender), aclosing(to_devices):
        yield CrmNoticeActivities(client, Dispatcher(pool, sinks, tracer), deliverers)


def build_amis(settings: Settings) -> AmisConnecting:
    """How AMIS is reached."""
    encryption = Encryption(settings.encryption_keys.get_secret_value())
    guard = Guard(settings.connector_allowed_networks, plain_http=settings.demo_mode)
    return AmisConnecting(encryption, guard, settings.time_zone)


def build_runtime(settings: Settings) -> Runtime:
    """The engine client's runtime, which serves the worker's metrics if asked to, and tells the engine that the worker is there."""
    address = settings.worker_metrics_address
    telemetry = engine_metrics(address) if address else TelemetryConfig()
    return Runtime(telemetry=telemetry, worker_heartbeat_interval=HEARTBEAT)


def build_tracing(settings: Settings, kinds: Sequence[Work]) -> Tracing | None:
    """Tells of what this process does; None: nobody wants to know, and what it takes is not even imported."""
    if not settings.traces_endpoint:
        return None
    from tracing import Tracing

    return Tracing(settings.traces_endpoint, settings.traces_ratio, f"worker {' '.join(kinds)}")


async def connect(settings: Settings, runtime: Runtime | None = None, tracing: Tracing | None = None) -> Client:
    """Connect to Temporal as its own environment variables say.

    Raises:
        RuntimeError: the engine is not to be had.
    """
    return await Client.connect(
        **ClientConfig.load_client_connect_config(),
        data_converter=data_converter(settings.payload_keys.get_secret_value()),
        runtime=runtime or build_runtime(settings),
        interceptors=[tracing.interceptor] if tracing is not None else [],
    )


async def _connect_as_its_build(settings: Settings, runtime: Runtime, tracing: Tracing | None) -> Client:
    """Connect, and see that the engine has the namespace, and does not know the build with other workflow code, before it is given work.

    Raises:
        RuntimeError, RPCError: the engine is away.
        FileNotFoundError: a certificate or a key is not there.
        NotLetInError: it is there and does not let us in, or settings lead to none.
        OtherCodeError: it knows the build with other code.
    """
    try:
        client = await connect(settings, runtime, tracing)
        await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace), timeout=CALL
        )
        if build := settings.worker_build_id:
            await build_code.require_same(client, deployment_name(), build, build_code.digest())
    except (OSError, ValueError, RuntimeError, RPCError) as error:
        if (refused := refusal(error)) is not None:
            raise refused from error
        raise
    return client


async def main(kinds: Sequence[Work]) -> None:
    """Run until SIGTERM or SIGINT; wait for the engine and the database as long as they are away at the start.

    Args:
        kinds: what this process does.
    """
    settings = read_settings()
    configure_logging(settings.log_format)
    if kinds == [Work.NOTICES]:
        yield_to_others(NICENESS)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    work = asyncio.create_task(_work(settings, kinds, stop))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        stopped.cancel()
        try:
            work.result()
        except (build_code.OtherCodeError, NotLetInError) as error:
            log.error("worker refused", error=str(error))
            sys.exit(1)
    await asyncio.wait({work}, timeout=2 * GRACE.total_seconds())


async def _work(settings: Settings, kinds: Sequence[Work], stop: asyncio.Event) -> None:
    health = WorkerHealth([queue_of(kind) for kind in kinds])
    tracing = build_tracing(settings, kinds)
    try:
        async with health.served(settings.worker_health_address):
            await _work_watched(settings, kinds, stop, health, tracing)
    finally:
        if tracing is not None:
            await asyncio.to_thread(tracing.stop)


async def _work_watched(
    settings: Settings, kinds: Sequence[Work], stop: asyncio.Event, health: WorkerHealth, tracing: Tracing | None
) -> None:
    runtime = build_runtime(settings)
    pool = await _once_there("database", lambda: create_pool(settings.database_url, settings.database_pool_size), stop)
    if pool is None:
        return
    health.pool = pool
    try:
        client = await _once_there("engine", lambda: _connect_as_its_build(settings, runtime, tracing), stop)
        if client is None:
            return
        health.client = client
        async with workers(client, pool, settings, kinds=kinds, tracer=tracing or NOBODY):
            log.info(
                "worker started", task_queue=contracts.TASK_QUEUE, kinds=list(kinds), build_id=settings.worker_build_id
            )
            if not settings.signal_keys.get_secret_value().strip():
                log.warning("SIGNAL_KEYS is not set: the timeline shows decisions of API and pages as signals")
            await _see_to_what_always_runs(client, pool, settings, stop)
        log.info("worker stopped")
    finally:
        await pool.close()


async def _see_to_what_always_runs(client: Client, pool: Pool, settings: Settings, stop: asyncio.Event) -> None:
    """See to the schedules and to the workflow that tells on what happens, until asked to stop. What cannot be
    done now is done later, and the worker does its work all the same; an engine that has lost its store is given both again.

    Raises:
        OtherCodeError: another worker of this build, which started at the same time, has other workflow code.
    """
    while not stop.is_set():
        is_noted = await _note_build(client, settings)
        try:
            await schedule(client, housekeeping())
            await schedule(client, counting())
            if settings.reconcile_minutes:
                await schedule(client, reconciliation(settings.reconcile_minutes))
            await see_to_telling(client)
            amis = await connectors.find(pool, AMIS)
            if amis is not None and amis.enabled:
                await schedule_once(client, following(AMIS))
        except RPCError as error:
            log.warning("the engine does not take what always runs", error=str(error))
        except DATABASE_TROUBLE as error:
            log.warning("it is not known what is to be followed", error=repr(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SEE_TO_SECONDS if is_noted else RETRY_SECONDS)


async def _note_build(client: Client, settings: Settings) -> bool:
    """Have the engine keep which workflow code our build has; False: it does not know the build yet, but will in a moment.

    Raises:
        OtherCodeError: it knows it with other code.
    """
    build = settings.worker_build_id
    try:
        return not build or await build_code.note(client, deployment_name(), build, build_code.digest())
    except RPCError as error:
        log.warning("the engine does not keep which code a build has", build_id=build, error=str(error))
        return True


async def _once_there(what: str, connect: Callable[[], Awaitable[Connected]], stop: asyncio.Event) -> Connected | None:
    """Connect, trying again for as long as the other side is away; None when asked to stop before that."""
    while not stop.is_set():
        try:
            return await connect()
        except (*DATABASE_TROUBLE, RuntimeError, RPCError) as error:  # RuntimeError: Temporal's client meets nobody
            log.warning("waiting", missing=what, error=str(error) or repr(error))  # only the text names a file
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
    return None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Works for the engine, on everything or on some kinds of work.")
    parser.add_argument("kinds", nargs="*", type=Work, help=f"of {', '.join(Work)}; all by default")
    leave_alone_what_stays()
    uvloop.run(main(parser.parse_args().kinds or tuple(Work)))
