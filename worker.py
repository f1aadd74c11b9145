"""The worker: runs the workflows and their activities. Composition root: settings, pool, client, Worker.

Start as many as you like, on as many hosts: ``python worker.py`` does everything, ``python worker.py runs`` and
``python worker.py notices`` have a process each, so that those who decide do not share one with what goes out.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

import structlog
import uvloop
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.envconfig import ClientConfig
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError
from temporalio.worker import PollerBehaviorSimpleMaximum, UnsandboxedWorkflowRunner, Worker, WorkflowRunner

from activities.connectors import ConnectorSyncActivities
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
from application.delivery.engine import Engine
from application.encryption import Encryption
from application.following import schedule_following
from application.reconciling import Reconciler
from application.schedules import housekeeping, reconciliation, schedule
from application.signatures import SignalKeys, SignalRules
from connectors.amis.connecting import AmisConnecting
from crm import connectors
from crm.pool import DATABASE_TROUBLE, Pool, create_pool
from logs import configure_logging
from notices.delivering import EndpointDeliverer
from notices.dispatch import Dispatcher, MailRules, Sink, ToPeople
from notices.endpoints import Calls, ToEndpoints
from notices.guard import Guard
from notices.mail import MailDeliverer
from notices.mail_content import Contents
from notices.mail_message import Messages
from notices.sending import Sender
from notices.ways import Deliverer
from priority import yield_to_others
from settings import Settings, read_settings
from workflows import contracts
from workflows.attachment_scan import AttachmentScan
from workflows.connectors import ConnectorSync
from workflows.data_converter import DATA_CONVERTER
from workflows.housekeeping import Housekeeping
from workflows.notice_contract import NOTICES_ID, NOTICES_TYPE, WayKind, notices_queue
from workflows.notices import NoticeDelivery, Notices
from workflows.purchase_request import PurchaseRequest
from workflows.reconciliation import Reconciliation

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


@asynccontextmanager
async def workers(
    client: Client,
    pool: Pool,
    settings: Settings,
    runner: WorkflowRunner | None = None,
    kinds: Iterable[Work] = tuple(Work),
) -> AsyncIterator[None]:
    """Workers on a client and a pool, for as long as the block runs.

    Args:
        client: connected, with the pydantic data converter.
        pool: the CRM database.
        settings: sizes and the business calendar.
        runner: how workflow code is run. By default outside the sandbox, which more than doubles the memory of a run;
            the tests run it inside, where anything that is not deterministic fails.
        kinds: what they do.
    """
    runner = runner or UnsandboxedWorkflowRunner()
    notices = build_notices(client, pool, settings)
    async with AsyncExitStack() as stack:
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
        # Those that tell move to their own queue when their history is begun anew.
        workflows=[
            PurchaseRequest,
            Housekeeping,
            Reconciliation,
            AttachmentScan,
            ConnectorSync,
            Notices,
            NoticeDelivery,
        ],
        activities=[
            CrmRunActivities(pool, Calendars(settings.business_calendar), signals).apply,
            CrmHousekeepingActivities(pool, settings.retention, upkeep).forget,
            CrmReconciliationActivities(reconciler).reconcile,
            AttachmentScanActivities(pool, files, scanner).scan,
            ConnectorSyncActivities(pool, {AMIS: build_amis(settings)}).sync,
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
        workflows=[Notices, NoticeDelivery],
        activities=[notices.dispatch, notices.deliver],
        workflow_runner=runner,
        max_concurrent_activities=settings.database_pool_size,
        sticky_queue_schedule_to_start_timeout=TAKE_OVER_AFTER,
        graceful_shutdown_timeout=GRACE,
    )


def build_notices(client: Client, pool: Pool, settings: Settings) -> CrmNoticeActivities:
    """Who is told of what happens, and on which ways."""
    server, gather = settings.mail_server, timedelta(seconds=settings.mail_gather_seconds)
    mail = MailRules(on=server is not None, gather=gather, quiet=settings.mail_quiet_hours)
    sinks: list[Sink] = [
        ToPeople(Calendars(settings.business_calendar), mail),
        ToEndpoints(settings.base_url, settings.time_zone),
    ]
    guard = Guard(settings.webhook_allowed_networks, plain_http=settings.demo_mode)
    calls = Calls(Encryption(settings.encryption_keys.get_secret_value()), Sender(guard), settings.base_url)
    deliverers: dict[WayKind, Deliverer] = {WayKind.ENDPOINT: EndpointDeliverer(pool, calls)}
    if server is not None:
        contents = Contents(pool, settings.base_url, settings.time_zone, settings.mail_links)
        messages = Messages(settings.mail_sender)
        deliverers[WayKind.MAIL] = MailDeliverer(pool, server, contents, messages, gather=gather)
    return CrmNoticeActivities(client, Dispatcher(pool, sinks), deliverers)


def build_amis(settings: Settings) -> AmisConnecting:
    """How AMIS is reached."""
    encryption = Encryption(settings.encryption_keys.get_secret_value())
    guard = Guard(settings.connector_allowed_networks, plain_http=settings.demo_mode)
    return AmisConnecting(encryption, guard, settings.time_zone)


def build_runtime(settings: Settings) -> Runtime:
    """The engine client's runtime, which serves the worker's metrics if asked to."""
    telemetry = TelemetryConfig()
    if settings.worker_metrics_address:
        telemetry = TelemetryConfig(metrics=PrometheusConfig(bind_address=settings.worker_metrics_address))
    return Runtime(telemetry=telemetry)


async def connect(settings: Settings, runtime: Runtime | None = None) -> Client:
    """Connect to Temporal as its own environment variables say.

    Raises:
        RuntimeError: the engine is not to be had.
    """
    return await Client.connect(
        **ClientConfig.load_client_connect_config(),
        data_converter=DATA_CONVERTER,
        runtime=runtime or build_runtime(settings),
    )


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
        work.result()
    await asyncio.wait({work}, timeout=2 * GRACE.total_seconds())


async def _work(settings: Settings, kinds: Sequence[Work], stop: asyncio.Event) -> None:
    runtime = build_runtime(settings)
    pool = await _once_there("database", lambda: create_pool(settings.database_url, settings.database_pool_size), stop)
    if pool is None:
        return
    try:
        client = await _once_there("engine", lambda: connect(settings, runtime), stop)
        if client is None:
            return
        async with workers(client, pool, settings, kinds=kinds):
            log.info("worker started", task_queue=contracts.TASK_QUEUE, kinds=list(kinds))
            if not settings.signal_keys.get_secret_value().strip():
                log.warning("SIGNAL_KEYS is not set: the timeline shows decisions of API and pages as signals")
            await _see_to_what_always_runs(client, pool, settings, stop)
        log.info("worker stopped")
    finally:
        await pool.close()


async def _see_to_what_always_runs(client: Client, pool: Pool, settings: Settings, stop: asyncio.Event) -> None:
    """See to the schedules and to the workflow that tells on what happens, until asked to stop. What cannot be
    done now is done later, and the worker does its work all the same; an engine that has lost its store is given both again."""
    while not stop.is_set():
        try:
            await schedule(client, housekeeping())
            if settings.reconcile_minutes:
                await schedule(client, reconciliation(settings.reconcile_minutes))
            await client.start_workflow(
                NOTICES_TYPE,
                id=NOTICES_ID,
                task_queue=notices_queue(),
                task_timeout=contracts.WORKFLOW_TASK_TIMEOUT,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
            amis = await connectors.find(pool, AMIS)
            if amis is not None and amis.enabled:
                await schedule_following(client, AMIS)
        except RPCError as error:
            log.warning("the engine does not take what always runs", error=str(error))
        except DATABASE_TROUBLE as error:
            log.warning("it is not known what is to be followed", error=repr(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SEE_TO_SECONDS)


async def _once_there(what: str, connect: Callable[[], Awaitable[Connected]], stop: asyncio.Event) -> Connected | None:
    """Connect, trying again for as long as the other side is away; None when asked to stop before that."""
    while not stop.is_set():
        try:
            return await connect()
        except (*DATABASE_TROUBLE, RuntimeError) as error:  # Temporal's client raises RuntimeError when it is refused
            log.warning("waiting", missing=what, error=repr(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
    return None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Works for the engine, on everything or on some kinds of work.")
    parser.add_argument("kinds", nargs="*", type=Work, help=f"of {', '.join(Work)}; all by default")
    uvloop.run(main(parser.parse_args().kinds or tuple(Work)))
